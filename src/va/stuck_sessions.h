// SPDX-License-Identifier: MIT
// StuckSessions: the sessions of contexts that are gone, whose device keeps a picture.
#pragma once

#include <memory>
#include <vector>

#include "base/mutex.h"
#include "decode/decode_session.h"

namespace v4l2va {

// Closing such a session's node would wait for the device, without limit. It waits here until the
// device has given everything back, and its surfaces can still be asked for. Thread-safe; nothing
// of it waits.
class StuckSessions {
  public:
    void keep(std::shared_ptr<DecodeSession> session);
    // Closes those that are idle by now.
    void prune();
    // Lets go of all: what is stuck still leaves its node open.
    void clear();

  private:
    Mutex mutex_;
    std::vector<std::shared_ptr<DecodeSession>> sessions_ V4L2VA_GUARDED_BY(mutex_);
};

}  // namespace v4l2va
