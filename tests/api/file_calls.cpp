// SPDX-License-Identifier: MIT
// Stands between the driver and the virtual decoder in calls on files, and in operator new.
#include "file_calls.h"

#include <dirent.h>
#include <dlfcn.h>
#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdarg>
#include <cstdlib>
#include <mutex>
#include <new>
#include <utility>

namespace v4l2va::test {
namespace {

std::mutex g_mutex;
bool g_listening = false;
FileCalls g_calls;

thread_local int g_counting = 0;
thread_local int g_in_system_call = 0;
size_t g_left = 0;  // until an allocation fails; 0: none will

// The virtual decoder works in the process that calls it.
class SystemCall {
  public:
    SystemCall() { ++g_in_system_call; }
    ~SystemCall() { --g_in_system_call; }
    SystemCall(const SystemCall&) = delete;
    SystemCall& operator=(const SystemCall&) = delete;
};

void hear(std::vector<std::string> FileCalls::*list, const char* path) {
    const std::lock_guard<std::mutex> guard(g_mutex);
    if (g_listening) {
        (g_calls.*list).emplace_back(path);
    }
}

}  // namespace

void listen_to_file_calls() {
    const std::lock_guard<std::mutex> guard(g_mutex);
    g_calls = {};
    g_listening = true;
}

FileCalls file_calls() {
    const std::lock_guard<std::mutex> guard(g_mutex);
    g_listening = false;
    return std::exchange(g_calls, {});
}

AllocationsCount::AllocationsCount() { ++g_counting; }

AllocationsCount::~AllocationsCount() { --g_counting; }

void fail_allocation(size_t nth) { g_left = nth; }

bool allocation_failed() { return g_left == 0; }

// nullptr: there is no memory.
static void* allocate(size_t size) {
    const bool counted = g_counting > 0 && g_in_system_call == 0 && g_left > 0;
    return counted && --g_left == 0 ? nullptr : std::malloc(size > 0 ? size : 1);
}

}  // namespace v4l2va::test

[[gnu::noinline]] void* operator new(size_t size) {
    void* const memory = v4l2va::test::allocate(size);
    if (memory == nullptr) {
        throw std::bad_alloc();
    }
    return memory;
}

// Of std::stable_partition, for one; the library's own would not fit the delete below.
[[gnu::noinline]] void* operator new(size_t size, const std::nothrow_t& /*tag*/) noexcept {
    return v4l2va::test::allocate(size);
}

[[gnu::noinline]] void operator delete(void* memory) noexcept { std::free(memory); }
[[gnu::noinline]] void operator delete(void* memory, size_t /*size*/) noexcept {
    std::free(memory);
}

// Files of 64 bits are asked for: libc's headers call open() open64 and stat() stat64.
extern "C" int open(const char* path, int flags, ...) {
    const v4l2va::test::SystemCall call;
    v4l2va::test::hear(&v4l2va::test::FileCalls::opened, path);
    va_list arguments;
    va_start(arguments, flags);
    const int mode = va_arg(arguments, int);
    va_end(arguments);
    static const auto next =
        reinterpret_cast<int (*)(const char*, int, ...)>(dlsym(RTLD_NEXT, "open64"));
    return next(path, flags, mode);
}

extern "C" int stat(const char* path, struct stat* result) noexcept {
    const v4l2va::test::SystemCall call;
    v4l2va::test::hear(&v4l2va::test::FileCalls::others, path);
    static const auto next =
        reinterpret_cast<int (*)(const char*, struct stat*)>(dlsym(RTLD_NEXT, "stat64"));
    return next(path, result);
}

extern "C" DIR* opendir(const char* path) {
    const v4l2va::test::SystemCall call;
    v4l2va::test::hear(&v4l2va::test::FileCalls::others, path);
    static const auto next = reinterpret_cast<DIR* (*)(const char*)>(dlsym(RTLD_NEXT, "opendir"));
    return next(path);
}

extern "C" dirent* readdir(DIR* directory) {
    const v4l2va::test::SystemCall call;
    static const auto next = reinterpret_cast<dirent* (*)(DIR*)>(dlsym(RTLD_NEXT, "readdir64"));
    return next(directory);
}

extern "C" int closedir(DIR* directory) {
    const v4l2va::test::SystemCall call;
    static const auto next = reinterpret_cast<int (*)(DIR*)>(dlsym(RTLD_NEXT, "closedir"));
    return next(directory);
}

extern "C" int ioctl(int fd, unsigned long request, ...) noexcept {
    const v4l2va::test::SystemCall call;
    va_list arguments;
    va_start(arguments, request);
    void* const argument = va_arg(arguments, void*);
    va_end(arguments);
    static const auto next =
        reinterpret_cast<int (*)(int, unsigned long, ...)>(dlsym(RTLD_NEXT, "ioctl"));
    return next(fd, request, argument);
}

extern "C" int close(int fd) {
    const v4l2va::test::SystemCall call;
    static const auto next = reinterpret_cast<int (*)(int)>(dlsym(RTLD_NEXT, "close"));
    return next(fd);
}
