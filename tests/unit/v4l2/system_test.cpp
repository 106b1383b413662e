// SPDX-License-Identifier: MIT
// KernelSystem, quirks and ControlSet.
#include "v4l2/system.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/eventfd.h>
#include <sys/mman.h>

#include <cerrno>

#include "v4l2/control_set.h"
#include "v4l2/quirks.h"

namespace v4l2va {
namespace {

TEST(KernelSystem, ListsAndStats) {
    KernelSystem system;
    auto names = system.list("/dev");
    ASSERT_TRUE(names);
    EXPECT_NE(std::find(names->begin(), names->end(), "null"), names->end());
    EXPECT_TRUE(std::is_sorted(names->begin(), names->end()));
    EXPECT_EQ(std::find(names->begin(), names->end(), ".."), names->end());
    auto status = system.status("/dev/null");
    ASSERT_TRUE(status);
    EXPECT_TRUE(S_ISCHR(status->st_mode));
    EXPECT_EQ(system.list("/nonexistent").error().code, ErrorCode::kNoDevice);
    EXPECT_EQ(system.status("/nonexistent").error().sys_errno, ENOENT);
}

TEST(KernelSystem, OpensForExecSafety) {
    KernelSystem system;
    auto fd = system.open("/dev/null");
    ASSERT_TRUE(fd);
    EXPECT_NE(::fcntl(fd->get(), F_GETFD) & FD_CLOEXEC, 0);
    EXPECT_NE(::fcntl(fd->get(), F_GETFL) & O_NONBLOCK, 0);
    auto copy = system.duplicate(fd->get());
    ASSERT_TRUE(copy);
    EXPECT_NE(::fcntl(copy->get(), F_GETFD) & FD_CLOEXEC, 0);
    EXPECT_EQ(system.open("/nonexistent").error().code, ErrorCode::kNoDevice);
    EXPECT_FALSE(system.duplicate(-1));
}

TEST(KernelSystem, MapsAndMeasures) {
    KernelSystem system;
    const UniqueFd memory(::memfd_create("test", MFD_CLOEXEC));
    ASSERT_EQ(::ftruncate(memory.get(), 8192), 0);
    EXPECT_EQ(*system.size_of(memory.get()), 8192U);
    auto mapping = system.map(memory.get(), 4096, 4096, "mmap");
    ASSERT_TRUE(mapping);
    mapping->data()[0] = std::byte{7};
    EXPECT_EQ(mapping->size(), 4096U);
    EXPECT_EQ(system.map(-1, 4096, 0, "mmap here").error().op, std::string("mmap here"));
    EXPECT_FALSE(system.size_of(-1));
}

TEST(KernelSystem, Polls) {
    KernelSystem system;
    const UniqueFd event(::eventfd(0, EFD_CLOEXEC));
    auto writable = system.poll(event.get(), PollFor::kReadersGone, UINT64_MAX);
    ASSERT_TRUE(writable);
    EXPECT_TRUE(writable->ready);
    auto nothing = system.poll(event.get(), PollFor::kRequestDone, 1'000'000);
    ASSERT_TRUE(nothing);
    EXPECT_FALSE(nothing->ready);
    EXPECT_FALSE(nothing->failed);
    EXPECT_FALSE(system.poll(event.get(), PollFor::kRequestDone, 0)->ready);
    EXPECT_TRUE(system.poll(1'000'000, PollFor::kRequestDone, 0)->failed);
}

TEST(KernelSystem, IoctlErrorsNameTheOperation) {
    KernelSystem system;
    auto fd = system.open("/dev/null");
    ASSERT_TRUE(fd);
    auto result = system.ioctl(fd->get(), 0xdeadbeef, nullptr, "SOME_IOCTL");
    ASSERT_FALSE(result);
    EXPECT_STREQ(result.error().op, "SOME_IOCTL");
    EXPECT_EQ(result.error().sys_errno, ENOTTY);
    EXPECT_EQ(result.error().code, ErrorCode::kKernel);
}

TEST(ErrorCodes, FromErrno) {
    EXPECT_EQ(error_code_from_errno(ENOMEM), ErrorCode::kNoMemory);
    EXPECT_EQ(error_code_from_errno(ENOSPC), ErrorCode::kNoMemory);
    EXPECT_EQ(error_code_from_errno(ENOBUFS), ErrorCode::kNoMemory);
    EXPECT_EQ(error_code_from_errno(EBUSY), ErrorCode::kBusy);
    EXPECT_EQ(error_code_from_errno(ENODEV), ErrorCode::kNoDevice);
    EXPECT_EQ(error_code_from_errno(ENXIO), ErrorCode::kNoDevice);
    EXPECT_EQ(error_code_from_errno(ENOENT), ErrorCode::kNoDevice);
    EXPECT_EQ(error_code_from_errno(EACCES), ErrorCode::kPermission);
    EXPECT_EQ(error_code_from_errno(EPERM), ErrorCode::kPermission);
    EXPECT_EQ(error_code_from_errno(ETIMEDOUT), ErrorCode::kTimeout);
    EXPECT_EQ(error_code_from_errno(EINVAL), ErrorCode::kKernel);
}

TEST(Quirks, KnownAndUnknownDrivers) {
    for (const char* name :
         {"hantro-vpu", "rkvdec", "cedrus", "mtk-vcodec-dec", "rpi-hevc-dec", "visl"}) {
        EXPECT_EQ(find_quirks(name)->driver_name, name);
        EXPECT_FALSE(find_quirks(name)->needs_cpu_sync);
    }
    EXPECT_TRUE(find_quirks("tegra-vde")->needs_cpu_sync);
    EXPECT_FALSE(find_quirks("tegra-vde")->has_h264_main_tools);
    EXPECT_FALSE(find_quirks("tegra-vde")->has_h264_fields);
    EXPECT_FALSE(find_quirks("mtk-vcodec-dec")->has_h264_fields);
    EXPECT_TRUE(find_quirks("mtk-vcodec-dec")->has_h264_main_tools);
    EXPECT_EQ(find_quirks("mtk-vcodec-dec")->h264_nominal_profiles, 0U);
    EXPECT_TRUE(find_quirks("a new one")->needs_cpu_sync);
    EXPECT_TRUE(find_quirks("a new one")->driver_name.empty());
}

TEST(ControlSet, KeepsBytesByTypeAndId) {
    ControlSet set;
    EXPECT_TRUE(set.find(1).empty());
    set.set(1, uint32_t{0x12345678});
    const uint16_t values[] = {1, 2, 3};
    set.set_array(2, std::span<const uint16_t>(values));
    uint32_t value = 0;
    EXPECT_TRUE(set.get(1, value));
    EXPECT_EQ(value, 0x12345678U);
    uint16_t wrong = 0;
    EXPECT_FALSE(set.get(1, wrong));
    EXPECT_EQ(set.find(2).size(), 6U);
    set.set(1, uint16_t{9});
    EXPECT_TRUE(set.get(1, wrong));
    EXPECT_EQ(set.entries().size(), 2U);
    set.clear();
    EXPECT_TRUE(set.find(1).empty());
    EXPECT_EQ(set.entries().size(), 2U);
}

}  // namespace
}  // namespace v4l2va
