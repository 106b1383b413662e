// SPDX-License-Identifier: MIT
// StuckSessions: the sessions of contexts that are gone, whose device keeps a picture.
#include "va/stuck_sessions.h"

#include <utility>

namespace v4l2va {

void StuckSessions::keep(std::shared_ptr<DecodeSession> session) {
    const MutexLock lock(mutex_);
    sessions_.push_back(std::move(session));
}

void StuckSessions::prune() {
    std::vector<std::shared_ptr<DecodeSession>> idle;  // closed after the lock is let go
    const MutexLock lock(mutex_);
    for (auto session = sessions_.begin(); session != sessions_.end();) {
        if ((*session)->is_idle()) {
            idle.push_back(std::move(*session));
            session = sessions_.erase(session);
        } else {
            (void)(*session)->is_stuck();  // its next picture may be: nobody else asks
            ++session;
        }
    }
}

void StuckSessions::clear() {
    std::vector<std::shared_ptr<DecodeSession>> all;
    const MutexLock lock(mutex_);
    all.swap(sessions_);
}

}  // namespace v4l2va
