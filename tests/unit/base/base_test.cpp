// SPDX-License-Identifier: MIT
// Results, checked arithmetic, descriptors, mappings, the logger and the mutex.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/mman.h>

#include <cerrno>
#include <string>
#include <thread>
#include <vector>

#include "base/checked.h"
#include "base/log.h"
#include "base/mapping.h"
#include "base/mutex.h"
#include "base/result.h"
#include "base/unique_fd.h"

namespace v4l2va {
namespace {

bool is_open(int fd) { return ::fcntl(fd, F_GETFD) >= 0; }

TEST(Checked, NarrowsOnlyWhatFits) {
    EXPECT_EQ(narrow<uint8_t>(255), 255);
    EXPECT_EQ(narrow<int8_t>(-128), -128);
    EXPECT_EQ(checked_narrow<uint8_t>(255), uint8_t{255});
    EXPECT_EQ(checked_narrow<uint8_t>(256), std::nullopt);
    EXPECT_EQ(checked_narrow<uint32_t>(int64_t{-1}), std::nullopt);
    EXPECT_EQ(checked_narrow<int32_t>(uint64_t{0x80000000}), std::nullopt);
}

TEST(Checked, DetectsOverflow) {
    EXPECT_EQ(checked_add<uint32_t>(1, 2), 3U);
    EXPECT_EQ(checked_add<uint32_t>(UINT32_MAX, 1), std::nullopt);
    EXPECT_EQ(checked_mul<uint32_t>(65536, 65535), 65536U * 65535U);
    EXPECT_EQ(checked_mul<uint32_t>(65536, 65536), std::nullopt);
    EXPECT_EQ(checked_mul<size_t>(SIZE_MAX, 2), std::nullopt);
}

TEST(Checked, AlignsUp) {
    EXPECT_EQ(align_up(0U, 16), 0U);
    EXPECT_EQ(align_up(1U, 16), 16U);
    EXPECT_EQ(align_up(16U, 16), 16U);
    EXPECT_EQ(align_up(uint64_t{0x100000001}, 4096), uint64_t{0x100001000});
}

TEST(Result, CarriesValueOrError) {
    const auto half = [](int value) -> Result<int> {
        if (value % 2 != 0) {
            return fail(ErrorCode::kInvalidParameter, "half", EINVAL);
        }
        return value / 2;
    };
    EXPECT_EQ(*half(4), 2);
    const auto failed = half(3);
    ASSERT_FALSE(failed);
    EXPECT_EQ(failed.error().code, ErrorCode::kInvalidParameter);
    EXPECT_EQ(failed.error().sys_errno, EINVAL);
    EXPECT_STREQ(failed.error().op, "half");
}

TEST(UniqueFd, OwnsItsDescriptor) {
    int number = -1;
    {
        UniqueFd fd(::open("/dev/null", O_RDONLY | O_CLOEXEC));
        number = fd.get();
        EXPECT_TRUE(fd);
        UniqueFd moved = std::move(fd);
        EXPECT_EQ(moved.get(), number);
        EXPECT_TRUE(is_open(number));
        UniqueFd assigned;
        EXPECT_FALSE(assigned);
        assigned = std::move(moved);
        EXPECT_EQ(assigned.get(), number);
    }
    EXPECT_FALSE(is_open(number));
    UniqueFd released(::open("/dev/null", O_RDONLY | O_CLOEXEC));
    number = released.release();
    EXPECT_FALSE(released);
    EXPECT_TRUE(is_open(number));
    released.reset(number);
    released.reset();
    EXPECT_FALSE(is_open(number));
}

TEST(Mapping, UnmapsOnce) {
    void* const memory =
        ::mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    ASSERT_NE(memory, MAP_FAILED);
    Mapping mapping(memory, 4096);
    EXPECT_TRUE(mapping);
    EXPECT_EQ(mapping.bytes().size(), 4096U);
    Mapping other = std::move(mapping);
    EXPECT_EQ(other.data(), memory);
    Mapping third;
    EXPECT_FALSE(third);
    third = std::move(other);
    EXPECT_EQ(third.data(), memory);
    third.reset();
    EXPECT_EQ(third.size(), 0U);
    unsigned char residency = 0;
    EXPECT_EQ(::mincore(memory, 4096, &residency), -1);
}

struct Line {
    LogLevel level;
    std::string text;
};

void keep_line(void* user, LogLevel level, const char* line) {
    static_cast<std::vector<Line>*>(user)->push_back({level, line});
}

TEST(Logger, LevelsByName) {
    EXPECT_EQ(log_level_from_name("debug", LogLevel::kError), LogLevel::kDebug);
    EXPECT_EQ(log_level_from_name("none", LogLevel::kError), LogLevel::kNone);
    EXPECT_EQ(log_level_from_name("loud", LogLevel::kInfo), LogLevel::kInfo);
    EXPECT_EQ(log_level_from_name(nullptr, LogLevel::kWarning), LogLevel::kWarning);
}

TEST(Logger, WritesWholeLinesUpToItsLevel) {
    std::vector<Line> lines;
    const Logger log(LogLevel::kWarning, keep_line, &lines);
    log.error("one %d", 1);
    log.warning("two");
    log.info("three");
    log.debug("four");
    ASSERT_EQ(lines.size(), 2U);
    EXPECT_EQ(lines[0].text, "v4l2_request: one 1\n");
    EXPECT_EQ(lines[1].level, LogLevel::kWarning);
    EXPECT_TRUE(log.enabled(LogLevel::kError));
    EXPECT_FALSE(log.enabled(LogLevel::kInfo));
}

TEST(Logger, CutsLongLines) {
    std::vector<Line> lines;
    const Logger log(LogLevel::kDebug, keep_line, &lines);
    for (size_t length = 150; length < 260; ++length) {
        log.info("%s", std::string(length, 'x').c_str());
        EXPECT_LE(lines.back().text.size(), 199U);
        EXPECT_EQ(lines.back().text.back(), '\n');
    }
}

TEST(Logger, NoSinkIsFine) {
    const Logger log(LogLevel::kDebug, nullptr, nullptr);
    log.error("nobody hears");
    EXPECT_FALSE(log.enabled(LogLevel::kError));
}

TEST(Logger, FailureNamesOperationAndErrno) {
    std::vector<Line> lines;
    const Logger log(LogLevel::kError, keep_line, &lines);
    log.failure("submit", Error{ErrorCode::kNoMemory, ENOMEM, "VIDIOC_QBUF capture"});
    log.failure("submit", Error{ErrorCode::kTimeout, 0, "poll request"});
    log.failure("submit", Error{ErrorCode::kBusy, EBUSY, "VIDIOC_S_FMT"});
    EXPECT_EQ(lines[0].text,
              "v4l2_request: submit: VIDIOC_QBUF capture: out of memory (see CmaFree in "
              "/proc/meminfo)\n");
    EXPECT_EQ(lines[1].text, "v4l2_request: submit: poll request: timed out\n");
    EXPECT_EQ(lines[2].text,
              "v4l2_request: submit: VIDIOC_S_FMT: device busy (Device or resource busy)\n");
}

TEST(Logger, StreamFailuresAreLoudOnce) {
    std::vector<Line> lines;
    const Logger log(LogLevel::kError, keep_line, &lines);
    for (int i = 0; i < 100; ++i) {
        log.stream_failure("picture", Error{ErrorCode::kDecoding, 0, "decode"});
    }
    EXPECT_EQ(lines.size(), 1U);
}

TEST(Logger, EveryCodeHasAName) {
    for (int code = 0; code <= static_cast<int>(ErrorCode::kKernel); ++code) {
        EXPECT_STRNE(error_code_name(static_cast<ErrorCode>(code)), "unknown error");
    }
}

TEST(Mutex, LockCanBeLetGo) {
    Mutex mutex;
    int value = 0;
    MutexLock lock(mutex);
    lock.unlock();
    std::thread other([&] {
        const MutexLock inner(mutex);
        value = 1;
    });
    other.join();
    lock.lock();
    EXPECT_EQ(value, 1);
}

}  // namespace
}  // namespace v4l2va
