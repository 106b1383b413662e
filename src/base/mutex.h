// SPDX-License-Identifier: MIT
// Mutex and MutexLock with clang's thread-safety annotations (no effect under other compilers).
#pragma once

#include <mutex>

#if defined(__clang__)
#define V4L2VA_THREAD(x) __attribute__((x))
#else
#define V4L2VA_THREAD(x)
#endif

#define V4L2VA_CAPABILITY(x) V4L2VA_THREAD(capability(x))
#define V4L2VA_SCOPED_CAPABILITY V4L2VA_THREAD(scoped_lockable)
#define V4L2VA_GUARDED_BY(x) V4L2VA_THREAD(guarded_by(x))
#define V4L2VA_REQUIRES(...) V4L2VA_THREAD(requires_capability(__VA_ARGS__))
#define V4L2VA_EXCLUDES(...) V4L2VA_THREAD(locks_excluded(__VA_ARGS__))
#define V4L2VA_ACQUIRE(...) V4L2VA_THREAD(acquire_capability(__VA_ARGS__))
#define V4L2VA_RELEASE(...) V4L2VA_THREAD(release_capability(__VA_ARGS__))

namespace v4l2va {

class V4L2VA_CAPABILITY("mutex") Mutex {
  public:
    Mutex() = default;
    Mutex(const Mutex&) = delete;
    Mutex& operator=(const Mutex&) = delete;

    void lock() V4L2VA_ACQUIRE() { mutex_.lock(); }
    void unlock() V4L2VA_RELEASE() { mutex_.unlock(); }

  private:
    std::mutex mutex_;
};

// Holds the mutex for a scope. unlock() and lock() let a wait happen outside of it.
class V4L2VA_SCOPED_CAPABILITY MutexLock {
  public:
    explicit MutexLock(Mutex& mutex) V4L2VA_ACQUIRE(mutex) : mutex_(mutex) { mutex_.lock(); }
    ~MutexLock() V4L2VA_RELEASE() {
        if (held_) {
            mutex_.unlock();
        }
    }
    MutexLock(const MutexLock&) = delete;
    MutexLock& operator=(const MutexLock&) = delete;

    void unlock() V4L2VA_RELEASE() {
        mutex_.unlock();
        held_ = false;
    }
    void lock() V4L2VA_ACQUIRE() {
        mutex_.lock();
        held_ = true;
    }

  private:
    Mutex& mutex_;
    bool held_ = true;
};

}  // namespace v4l2va
