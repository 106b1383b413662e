// SPDX-License-Identifier: MIT
// Processes that never asked for video load the driver, too: session managers, plugin scanners, X
// servers (intel/libva#663). Whatever the process lacks, there is a status, a line, and no trace.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>
#include <va/va.h>
#include <va/va_drm.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <functional>
#include <mutex>
#include <set>
#include <string>
#include <thread>

#include "file_calls.h"

namespace v4l2va::test {
namespace {

// The bound is for machines under load; the figures that are printed are a few ms.
constexpr double kSoon = 1000;
constexpr const char* kNode = "/dev/dri/renderD128";

// Of one vaGetDisplayDRM, vaInitialize, vaTerminate. Lies in memory that processes share.
struct Outcome {
    VAStatus status = VA_STATUS_ERROR_UNIMPLEMENTED;  // nothing came of it
    int profiles = 0;
    unsigned lines = 0;  // of the driver, at any level that it says by default
    int leaked = 0;      // descriptors
    double ms = 0;       // of vaInitialize
};

// Without a descriptor of its own.
int open_descriptors() {
    int count = 0;
    for (int fd = 0; fd < 1024; ++fd) {
        count += fcntl(fd, F_GETFD) >= 0 ? 1 : 0;
    }
    return count;
}

void count_line(void* user, const char* line) {
    if (std::strstr(line, "v4l2_request: ") != nullptr) {
        ++*static_cast<unsigned*>(user);
        static std::string last;
        if (last != line) {
            std::printf("    %s", line);
            last = line;
        }
    }
}

double ms_since(std::chrono::steady_clock::time_point start) {
    return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start)
        .count();
}

// `name`: of the module, else what the environment says.
VADisplay make_display(int node, unsigned* lines, const char* name = nullptr) {
    const VADisplay display = vaGetDisplayDRM(node);
    vaSetErrorCallback(display, count_line, lines);
    vaSetInfoCallback(display, nullptr, nullptr);
    if (name != nullptr) {
        std::string changeable = name;
        EXPECT_EQ(vaSetDriverName(display, changeable.data()), VA_STATUS_SUCCESS);
    }
    return display;
}

Outcome load() {
    Outcome outcome;
    const int before = open_descriptors();
    const int node = open(kNode, O_RDWR | O_CLOEXEC);
    const VADisplay display = make_display(node, &outcome.lines);
    const auto start = std::chrono::steady_clock::now();
    int major = 0;
    int minor = 0;
    {
        const AllocationsCount counted;
        outcome.status = vaInitialize(display, &major, &minor);
    }
    outcome.ms = ms_since(start);
    if (outcome.status == VA_STATUS_SUCCESS) {
        outcome.profiles = vaMaxNumProfiles(display);
    }
    vaTerminate(display);
    close(node);
    outcome.leaked = open_descriptors() - before;
    return outcome;
}

// A process of its own: `prepare` is for life. One that dies or hangs fails the test.
Outcome in_child(const std::function<void()>& prepare, const std::function<Outcome()>& act = load) {
    void* const memory =
        mmap(nullptr, sizeof(Outcome), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    auto* const shared = new (memory) Outcome;
    std::fflush(stdout);
    const pid_t child = fork();
    if (child == 0) {
        alarm(60);
        prepare();
        *shared = act();
        std::fflush(stdout);
        _exit(0);
    }
    int status = -1;
    EXPECT_EQ(waitpid(child, &status, 0), child);
    EXPECT_EQ(status, 0) << "ended by signal " << WTERMSIG(status);
    const Outcome outcome = *shared;
    munmap(memory, sizeof(Outcome));
    return outcome;
}

void limit(__rlimit_resource resource, rlim_t value) {
    const rlimit both = {value, value};
    EXPECT_EQ(setrlimit(resource, &both), 0);
}

// KiB of address space.
size_t address_space() {
    std::ifstream status("/proc/self/status");
    for (std::string line; std::getline(status, line);) {
        if (line.starts_with("VmSize:")) {
            return std::stoul(line.substr(7));
        }
    }
    return 0;
}

// Only what libva needs to find the module; who runs this need not be root.
void clear_environment() {
    EXPECT_EQ(access(kNode, R_OK), 0) << "now the virtual decoder has read its own";
    const std::string path = getenv("LIBVA_DRIVERS_PATH");
    const std::string name = getenv("LIBVA_DRIVER_NAME");
    clearenv();
    setenv("LIBVA_DRIVERS_PATH", path.c_str(), 1);
    setenv("LIBVA_DRIVER_NAME", name.c_str(), 1);
}

void close_standard_files() {
    for (const int fd : {0, 1, 2}) {
        close(fd);
    }
}

constexpr bool kSanitized =
#ifdef __SANITIZE_ADDRESS__
    true;
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
    true;
#else
    false;
#endif
#else
    false;
#endif

struct Lack {
    const char* name;
    void (*prepare)();
};

const Lack kLacks[] = {
    {"nothing", [] {}},
    {"environment and home", clear_environment},
    {"descriptors 0 to 2", close_standard_files},
    {"more than 16 descriptors", [] { limit(RLIMIT_NOFILE, 16); }},
    {"more than 64 MB of addresses",
     [] {
         if (!kSanitized) limit(RLIMIT_AS, rlim_t{64} << 20);
     }},
    {"a working directory",
     [] {
         char path[] = "/tmp/v4l2va-gone-XXXXXX";
         EXPECT_EQ(chdir(mkdtemp(path)), 0);
         rmdir(path);
     }},
};

// Runs `body` in a process that has another thread, which waits on a lock until it ends.
void beside_a_thread(const std::function<void()>& body) {
    std::mutex mutex;
    std::condition_variable changed;
    bool done = false;
    std::thread other([&] {
        std::unique_lock<std::mutex> lock(mutex);
        changed.wait(lock, [&] { return done; });
    });
    body();
    {
        const std::lock_guard<std::mutex> guard(mutex);
        done = true;
    }
    changed.notify_all();
    other.join();
}

TEST(Loading, WhateverTheProcessLacks) {
    for (const Lack& lack : kLacks) {
        const Outcome outcome = in_child(lack.prepare);
        std::printf("  without %s: %.1f ms, %d profiles\n", lack.name, outcome.ms,
                    outcome.profiles);
        EXPECT_EQ(outcome.status, VA_STATUS_SUCCESS) << lack.name;
        EXPECT_GT(outcome.profiles, 0) << lack.name;
        EXPECT_EQ(outcome.lines, 0U) << lack.name;
        EXPECT_EQ(outcome.leaked, 0) << lack.name;
        EXPECT_LT(outcome.ms, kSoon) << lack.name;
    }
}

TEST(LoadingRefused, WhateverTheProcessLacks) {
    for (const Lack& lack : kLacks) {
        const Outcome outcome = in_child(lack.prepare);
        std::printf("  without %s: %.1f ms, %u lines\n", lack.name, outcome.ms, outcome.lines);
        EXPECT_EQ(outcome.status, VA_STATUS_ERROR_OPERATION_FAILED) << lack.name;
        EXPECT_EQ(outcome.lines, 1U) << lack.name;
        EXPECT_EQ(outcome.leaked, 0) << lack.name;
        EXPECT_LT(outcome.ms, kSoon) << lack.name;
    }
}

// From what libva itself needs to what suffices: the driver is somewhere between out of luck.
TEST(Loading, AnyNumberOfDescriptors) {
    if (kSanitized) GTEST_SKIP() << "a sanitizer asks pipe() whether it may look at an object";
    const auto used = static_cast<rlim_t>(open_descriptors());
    int refused = 0;
    for (rlim_t room = 0; room < 8; ++room) {
        const Outcome outcome = in_child([&] { limit(RLIMIT_NOFILE, used + room); });
        refused += outcome.status == VA_STATUS_SUCCESS ? 0 : 1;
        EXPECT_LE(outcome.lines, 1U) << room;
        EXPECT_EQ(outcome.leaked, 0) << room;
    }
    EXPECT_GT(refused, 2);
    EXPECT_LT(refused, 8) << "the last ones suffice";
}

TEST(Loading, EveryFailingAllocation) {
    EXPECT_EQ(load().status, VA_STATUS_SUCCESS);
    size_t nth = 0;
    Outcome outcome;
    do {
        fail_allocation(++nth);
        outcome = load();
        EXPECT_LE(outcome.lines, 1U) << nth;
        EXPECT_EQ(outcome.leaked, 0) << nth;
    } while (allocation_failed() && nth < 10000);
    EXPECT_EQ(outcome.status, VA_STATUS_SUCCESS) << "and the next one works";
    fail_allocation(0);
    EXPECT_GT(nth, 30U);
    std::printf("  each of %zu allocations\n", nth - 1);
}

TEST(Loading, InAForkedChildOfAThreadedParent) {
    beside_a_thread([] {
        // Where the parent has the driver and where it has not.
        for (int round = 0; round < 2; ++round) {
            const Outcome child = in_child([] {});
            EXPECT_EQ(child.status, VA_STATUS_SUCCESS);
            EXPECT_EQ(child.leaked, 0);
            EXPECT_EQ(load().status, VA_STATUS_SUCCESS);
        }
    });
}

// Nothing adds up: descriptors, lines, address space.
void load_a_thousand_times(VAStatus wanted, unsigned lines) {
    EXPECT_EQ(load().status, wanted);
    size_t after_hundred = 0;
    double slowest = 0;
    const auto start = std::chrono::steady_clock::now();
    std::fflush(stdout);
    for (int i = 0; i < 1000; ++i) {
        const Outcome outcome = load();
        ASSERT_EQ(outcome.status, wanted) << i;
        ASSERT_EQ(outcome.lines, lines) << i;
        ASSERT_EQ(outcome.leaked, 0) << i;
        slowest = std::max(slowest, outcome.ms);
        if (i == 99) {
            after_hundred = address_space();
        }
    }
    std::printf("  1,000 times: %.2f ms each, the slowest %.1f ms; %zu KiB more than after 100\n",
                ms_since(start) / 1000, slowest, address_space() - after_hundred);
    if (!kSanitized) {
        EXPECT_LE(address_space(), after_hundred + 512);
    }
}

TEST(Loading, AThousandTimes) { load_a_thousand_times(VA_STATUS_SUCCESS, 0); }

TEST(LoadingRefused, AThousandTimes) { load_a_thousand_times(VA_STATUS_ERROR_OPERATION_FAILED, 1); }

// "rockchip" and "panfrost", as `meson install` links them: one file, and once more two.
TEST(Loading, UnderTwoNamesInOneProcess) {
    namespace fs = std::filesystem;
    std::string directory = "/tmp/v4l2va-names-XXXXXX";
    ASSERT_NE(mkdtemp(directory.data()), nullptr);
    const fs::path module = fs::path(getenv("LIBVA_DRIVERS_PATH")) / "v4l2_request_drv_video.so";
    fs::create_symlink(module, directory + "/rockchip_drv_video.so");
    fs::create_symlink(module, directory + "/panfrost_drv_video.so");
    fs::copy_file(module, directory + "/lima_drv_video.so");
    const auto body = [&] {
        setenv("LIBVA_DRIVERS_PATH", directory.c_str(), 1);
        Outcome outcome;
        const int node = open(kNode, O_RDWR | O_CLOEXEC);
        for (const char* second : {"panfrost", "lima"}) {
            int version = 0;
            const VADisplay one = make_display(node, &outcome.lines, "rockchip");
            const VADisplay other = make_display(node, &outcome.lines, second);
            EXPECT_EQ(vaInitialize(one, &version, &version), VA_STATUS_SUCCESS);
            EXPECT_EQ(vaInitialize(other, &version, &version), VA_STATUS_SUCCESS) << second;
            EXPECT_EQ(vaMaxNumProfiles(one), vaMaxNumProfiles(other));
            EXPECT_STREQ(vaQueryVendorString(one), vaQueryVendorString(other));
            VASurfaceID of_one = VA_INVALID_ID;
            VASurfaceID of_other = VA_INVALID_ID;
            EXPECT_EQ(vaCreateSurfaces(one, VA_RT_FORMAT_YUV420, 64, 64, &of_one, 1, nullptr, 0),
                      VA_STATUS_SUCCESS);
            EXPECT_EQ(vaTerminate(one), VA_STATUS_SUCCESS);
            EXPECT_EQ(
                vaCreateSurfaces(other, VA_RT_FORMAT_YUV420, 64, 64, &of_other, 1, nullptr, 0),
                VA_STATUS_SUCCESS)
                << "it must not end with the first";
            VAImage image = {};
            EXPECT_EQ(vaDeriveImage(other, of_other, &image), VA_STATUS_SUCCESS);
            EXPECT_EQ(vaTerminate(other), VA_STATUS_SUCCESS);
        }
        outcome.status =
            ::testing::Test::HasFailure() ? VA_STATUS_ERROR_UNIMPLEMENTED : VA_STATUS_SUCCESS;
        return outcome;
    };
    EXPECT_EQ(in_child([] {}, body).status, VA_STATUS_SUCCESS);
    fs::remove_all(directory);
}

// Before Linux 6.16 each open of a USB camera's node wakes it and lights its lamp
// (archledger/irlume#428). Run on a Raspberry Pi 5 with a USB camera, its own and a scaler.
TEST(Loading, OpensDecodersAndNoCamera) {
    EXPECT_EQ(load().status, VA_STATUS_SUCCESS);
    const int node = open(kNode, O_RDWR | O_CLOEXEC);
    unsigned lines = 0;
    const VADisplay display = make_display(node, &lines);
    int version = 0;
    listen_to_file_calls();
    EXPECT_EQ(vaInitialize(display, &version, &version), VA_STATUS_SUCCESS);
    const FileCalls calls = file_calls();
    EXPECT_EQ(std::multiset<std::string>(calls.opened.begin(), calls.opened.end()),
              (std::multiset<std::string>{"/dev/media0", "/dev/media1", "/dev/media2",
                                          "/dev/media3", "/dev/video19"}))
        << "each media device once, and of the video nodes the decoder's";
    for (const std::string& path : calls.others) {
        EXPECT_TRUE(path == "/dev" || path.starts_with("/dev/video")) << path << ": nor /sys";
    }
    EXPECT_FALSE(calls.others.empty());
    vaTerminate(display);
    close(node);
}

}  // namespace
}  // namespace v4l2va::test
