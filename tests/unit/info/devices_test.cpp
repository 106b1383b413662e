// SPDX-License-Identifier: MIT
#include "info/devices.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <linux/videodev2.h>

#include <cerrno>
#include <map>

namespace v4l2va::info {
namespace {

using testing::HasSubstr;

// Nodes that can be listed and looked at; opening any gives `open_errno`.
class Nodes final : public System {
  public:
    struct Node {
        mode_t mode = 0;
        gid_t group = 0;
    };
    std::map<std::string, std::vector<std::string>> directories;
    std::map<std::string, Node> nodes;
    int open_errno = EACCES;

    Result<std::vector<std::string>> list(const char* directory) override {
        const auto found = directories.find(directory);
        if (found == directories.end()) {
            return fail(ErrorCode::kNoDevice, "opendir", ENOENT);
        }
        return found->second;
    }
    Result<struct stat> status(const char* path) override {
        const auto found = nodes.find(path);
        if (found == nodes.end()) {
            return fail(ErrorCode::kNoDevice, "stat", ENOENT);
        }
        struct stat result {};
        result.st_mode = S_IFCHR | found->second.mode;
        result.st_gid = found->second.group;
        return result;
    }
    Result<UniqueFd> open(const char* /*path*/) override {
        return fail(error_code_from_errno(open_errno), "open", open_errno);
    }
    Result<int> ioctl(int /*fd*/, unsigned long /*request*/, void* /*argument*/,
                      const char* op) override {
        return fail(ErrorCode::kKernel, op, ENOTTY);
    }
    Result<Mapping> map(int /*fd*/, size_t /*size*/, uint64_t /*offset*/, const char* op) override {
        return fail(ErrorCode::kKernel, op, ENODEV);
    }
    Result<PollResult> poll(int /*fd*/, PollFor /*event*/, uint64_t /*timeout_ns*/) override {
        return PollResult{};
    }
    Result<UniqueFd> duplicate(int /*fd*/) override {
        return fail(ErrorCode::kKernel, "dup", EBADF);
    }
    Result<uint64_t> size_of(int /*fd*/) override {
        return fail(ErrorCode::kKernel, "lseek", EBADF);
    }
};

constexpr gid_t kSomeGroup = 44321;  // that no system has a name for

TEST(Permissions, NameTheGroupToJoin) {
    Nodes system;
    system.directories["/dev"] = {"media0", "media10", "media2", "mediactl", "null"};
    for (const char* path : {"/dev/media0", "/dev/media2", "/dev/media10"}) {
        system.nodes[path] = {0660, kSomeGroup};
    }
    const auto nodes = examine_permissions(system, {});
    ASSERT_EQ(nodes.size(), 3U);
    EXPECT_EQ(nodes[1].path, "/dev/media2");
    EXPECT_EQ(nodes[2].path, "/dev/media10");
    EXPECT_EQ(nodes[0].mode, 0660U);
    EXPECT_EQ(nodes[0].owner, "root");
    EXPECT_THAT(nodes[0].error, HasSubstr("Permission denied"));
    EXPECT_THAT(nodes[0].remedy, HasSubstr("usermod -aG " + std::to_string(kSomeGroup)));
}

// Joining root's group is no remedy, and a group that may not read does not help either.
TEST(Permissions, SendToUdevWhereNoGroupHelps) {
    for (const Nodes::Node node : {Nodes::Node{0660, 0}, Nodes::Node{0600, kSomeGroup}}) {
        Nodes system;
        system.directories["/dev"] = {"media0"};
        system.nodes["/dev/media0"] = node;
        EXPECT_THAT(examine_permissions(system, {}).at(0).remedy, HasSubstr("udev"));
    }
}

TEST(Permissions, BlameNoGroupWhereEverybodyMay) {
    Nodes system;
    system.directories["/dev"] = {"media0"};
    system.nodes["/dev/media0"] = {0666, 0};
    EXPECT_THAT(examine_permissions(system, {}).at(0).remedy, HasSubstr("container"));
}

TEST(LeftOut, TakesTheRemedyOfItsPermission) {
    Enumeration found;
    const Error denied = {ErrorCode::kPermission, EACCES, "open"};
    found.skipped = {{"/dev/media0", denied}, {"/dev/media1", denied}};
    const auto nodes = describe_left_out(
        found, {{"/dev/media0", "root", "video", 0660, "denied", "usermod -aG video"}});
    EXPECT_EQ(nodes.at(0).reason, "open: Permission denied");
    EXPECT_EQ(nodes.at(0).remedy, "usermod -aG video");
    EXPECT_EQ(nodes.at(1).remedy, remedy(denied));
}

TEST(Permissions, TellOtherFailures) {
    Nodes system;
    system.open_errno = EBUSY;
    system.directories["/dev"] = {"media0", "media1"};
    system.nodes["/dev/media0"] = {0666, 0};
    const auto nodes = examine_permissions(system, {});
    EXPECT_THAT(nodes.at(0).remedy, HasSubstr("end the program"));
    EXPECT_THAT(nodes.at(1).error, HasSubstr("No such file"));
}

TEST(Permissions, EachNodeOnce) {
    Nodes system;
    system.directories["/dev"] = {};
    system.directories["/dev/dri"] = {"card0", "renderD128"};
    Enumeration found;
    found.devices.resize(2);
    found.devices[0].video_path = found.devices[1].video_path = "/dev/video3";
    found.skipped = {{"/dev/video3", Error{}}, {"/dev/media0", Error{}}};
    const auto nodes = examine_permissions(system, found);
    ASSERT_EQ(nodes.size(), 2U);
    EXPECT_EQ(nodes[0].path, "/dev/video3");
    EXPECT_EQ(nodes[1].path, "/dev/dri/renderD128");
}

TEST(RenderNodes, SayWhyTheyDoNotTellTheirDriver) {
    Nodes system;
    EXPECT_TRUE(examine_render_nodes(system, "").empty());
    system.directories["/dev/dri"] = {"renderD128"};
    const auto nodes = examine_render_nodes(system, "/nowhere");
    EXPECT_EQ(nodes.at(0).driver, "");
    EXPECT_EQ(nodes.at(0).link, "");
    EXPECT_THAT(nodes.at(0).error, HasSubstr("Permission denied"));
}

TEST(Decoders, FormatsThatNoCodecHasAreToldByTheirFourcc) {
    Enumeration found;
    DeviceInfo device;
    device.video_path = "/dev/video0";
    CodedFormatInfo coded;
    coded.fourcc = V4L2_PIX_FMT_FWHT_STATELESS;
    coded.capture_fourccs = {V4L2_PIX_FMT_NV12, V4L2_PIX_FMT_NV12M};
    device.coded_formats = {coded};
    found.devices = {device};
    const auto decoders = describe_decoders(found);
    const CodecReport& codec = decoders.at(0).codecs.at(0);
    EXPECT_EQ(codec.label, "SFWH");
    EXPECT_TRUE(codec.profiles.empty());
    EXPECT_TRUE(codec.depths.empty());
    EXPECT_THAT(codec.capture, testing::ElementsAre("NV12", "NM12"));
}

}  // namespace
}  // namespace v4l2va::info
