// SPDX-License-Identifier: MIT
#include "info/devices.h"

#include <drm.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <linux/videodev2.h>
#include <sys/mman.h>
#include <sys/sysmacros.h>

#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>

#include "info/print.h"
#include "v4l2/uapi_compat.h"

namespace v4l2va::info {
namespace {

using testing::HasSubstr;

// Nodes that can be listed and looked at; opening any gives `open_errno`, but for those of
// `drivers`, which tell their DRM driver.
class Nodes final : public System {
  public:
    struct Node {
        mode_t mode = 0;
        gid_t group = 0;
        dev_t number = 0;
    };
    std::map<std::string, std::vector<std::string>> directories;
    std::map<std::string, Node> nodes;
    std::map<std::string, std::string> drivers;
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
        result.st_rdev = found->second.number;
        return result;
    }
    Result<UniqueFd> open(const char* path) override {
        if (drivers.contains(path)) {
            opened_ = path;
            return UniqueFd(memfd_create("node", MFD_CLOEXEC));
        }
        return fail(error_code_from_errno(open_errno), "open", open_errno);
    }
    // Nodes are asked one after the other.
    Result<int> ioctl(int /*fd*/, unsigned long request, void* argument, const char* op) override {
        if (request == DRM_IOCTL_VERSION) {
            auto& version = *static_cast<drm_version*>(argument);
            version.name_len = drivers.at(opened_).copy(version.name, version.name_len);
            return 0;
        }
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

  private:
    std::string opened_;
};

// A directory with modules and links as they are installed, removed at the end.
class Modules {
  public:
    explicit Modules(const std::vector<std::string>& linked) {
        std::string name = testing::TempDir() + "v4l2va-modules-XXXXXX";
        path_ = mkdtemp(name.data());
        for (const char* module : {"v4l2_request", "radeonsi"}) {
            std::ofstream(file(module)) << "a module";
        }
        for (const std::string& link : linked) {
            std::filesystem::create_symlink("v4l2_request_drv_video.so", file(link));
        }
    }
    ~Modules() { std::filesystem::remove_all(path_); }
    Modules(const Modules&) = delete;
    Modules& operator=(const Modules&) = delete;

    [[nodiscard]] const std::string& path() const { return path_; }

  private:
    [[nodiscard]] std::string file(const std::string& driver) const {
        return path_ + "/" + driver + "_drv_video.so";
    }
    std::string path_;
};

std::vector<std::string> names_of(const std::vector<DrmReport>& reports) {
    std::vector<std::string> names;
    for (const DrmReport& report : reports) {
        names.push_back(report.node.substr(report.node.rfind('/') + 1));
    }
    return names;
}

constexpr gid_t kSomeGroup = 44321;  // that no system has a name for

TEST(Permissions, NameTheGroupToJoin) {
    Nodes system;
    system.directories["/dev"] = {"media0", "media10", "media2", "mediactl", "null"};
    for (const char* path : {"/dev/media0", "/dev/media2", "/dev/media10"}) {
        system.nodes[path] = {0660, kSomeGroup};
    }
    const auto nodes = examine_permissions(system, {}, {});
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
        EXPECT_THAT(examine_permissions(system, {}, {}).at(0).remedy, HasSubstr("udev"));
    }
}

TEST(Permissions, BlameNoGroupWhereEverybodyMay) {
    Nodes system;
    system.directories["/dev"] = {"media0"};
    system.nodes["/dev/media0"] = {0666, 0};
    EXPECT_THAT(examine_permissions(system, {}, {}).at(0).remedy, HasSubstr("container"));
}

// The rules of a control group for devices: whatever the mode, no group helps.
TEST(Permissions, BlameNoGroupWhereTheKernelSaysNotPermitted) {
    Nodes system;
    system.open_errno = EPERM;
    system.directories["/dev"] = {"media0"};
    system.nodes["/dev/media0"] = {0660, kSomeGroup};
    EXPECT_EQ(examine_permissions(system, {}, {}).at(0).remedy, "let it into the container");
}

TEST(MediaNotInDev, IsTheKernelsWithoutAFile) {
    std::string sysfs = testing::TempDir() + "v4l2va-sysfs-XXXXXX";
    ASSERT_NE(mkdtemp(sysfs.data()), nullptr);
    const std::string devices = sysfs + "/bus/media/devices";
    for (const char* number : {"0", "3", "12"}) {
        const std::string directory = devices + "/media" + number;
        std::filesystem::create_directories(directory);
        std::ofstream(directory + "/dev") << "237:" << number << "\n";
    }
    Nodes system;
    system.directories[devices] = {"media0", "media3", "media12", "media4"};
    EXPECT_EQ(list_media_not_in_dev(system, sysfs).size(), 3U) << "what is no device is not told";
    // Under another name it is there.
    system.directories["/dev"] = {"media0"};
    system.nodes["/dev/media0"] = {0660, 0, makedev(237, 3)};
    EXPECT_THAT(list_media_not_in_dev(system, sysfs), testing::ElementsAre("media0", "media12"));
    EXPECT_TRUE(list_media_not_in_dev(system, "/nowhere").empty());
    std::filesystem::remove_all(sysfs);
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
    const auto nodes = examine_permissions(system, {}, {});
    EXPECT_THAT(nodes.at(0).remedy, HasSubstr("end the program"));
    EXPECT_THAT(nodes.at(1).error, HasSubstr("No such file"));
}

TEST(Permissions, EachNodeOnce) {
    Nodes system;
    system.directories["/dev"] = {};
    Enumeration found;
    found.devices.resize(2);
    found.devices[0].video_path = found.devices[1].video_path = "/dev/video3";
    found.skipped = {{"/dev/video3", Error{}}, {"/dev/media0", Error{}}};
    const auto nodes = examine_permissions(system, found, {{"/dev/dri/renderD128", "", "", ""}});
    ASSERT_EQ(nodes.size(), 2U);
    EXPECT_EQ(nodes[0].path, "/dev/video3");
    EXPECT_EQ(nodes[1].path, "/dev/dri/renderD128");
}

TEST(DrmNodes, SayWhyTheyDoNotTellTheirDriver) {
    Nodes system;
    EXPECT_TRUE(examine_drm_nodes(system, "").empty());
    EXPECT_EQ(choose_node({}), nullptr);
    system.directories["/dev/dri"] = {"card0", "renderD128"};
    const auto nodes = examine_drm_nodes(system, "/nowhere");
    EXPECT_THAT(names_of(nodes), testing::ElementsAre("renderD128"));
    EXPECT_EQ(nodes.at(0).driver, "");
    EXPECT_EQ(nodes.at(0).link, "");
    EXPECT_THAT(nodes.at(0).error, HasSubstr("Permission denied"));
    EXPECT_EQ(choose_node(nodes), &nodes.at(0));
}

TEST(DrmNodes, TheFirstThatLeadsToTheDriverIsChosen) {
    const Modules modules({"panthor"});
    Nodes system;
    system.directories["/dev/dri"] = {"card0", "card1", "renderD128", "renderD129"};
    system.drivers = {{"/dev/dri/renderD128", "radeonsi"},
                      {"/dev/dri/renderD129", "panthor"},
                      {"/dev/dri/card0", "radeonsi"},
                      {"/dev/dri/card1", "rockchip"}};
    const auto nodes = examine_drm_nodes(system, modules.path());
    EXPECT_THAT(names_of(nodes), testing::ElementsAre("renderD128", "renderD129"));
    EXPECT_FALSE(nodes.at(0).ours);
    EXPECT_THAT(nodes.at(0).link, HasSubstr("radeonsi_drv_video.so"));
    EXPECT_TRUE(nodes.at(1).ours);
    EXPECT_EQ(choose_node(nodes), &nodes.at(1));
}

// As on SAMA5D4, D1 and V3s.
TEST(DrmNodes, BoardsWithoutAGpuHaveACard) {
    const Modules modules({"sun4i-drm"});
    Nodes system;
    system.directories["/dev/dri"] = {"by-path", "card0"};
    system.drivers = {{"/dev/dri/card0", "sun4i-drm"}};
    const auto nodes = examine_drm_nodes(system, modules.path());
    EXPECT_THAT(names_of(nodes), testing::ElementsAre("card0"));
    EXPECT_TRUE(nodes.at(0).ours);
    EXPECT_THAT(list_drm_nodes(system), testing::ElementsAre("/dev/dri/card0"));
    system.drivers.clear();
    EXPECT_THAT(examine_drm_nodes(system, "").at(0).error, HasSubstr("Permission denied"));
}

// A card is asked where no render node leads to the driver, and where it has none of its own.
TEST(DrmNodes, CardsStandInForRenderNodes) {
    const Modules modules({"rockchip"});
    Nodes system;
    system.directories["/dev/dri"] = {"card0", "card1", "card2", "renderD128"};
    system.drivers = {{"/dev/dri/renderD128", "panfrost"},
                      {"/dev/dri/card0", "panfrost"},
                      {"/dev/dri/card1", "rockchip"}};
    const auto nodes = examine_drm_nodes(system, modules.path());
    EXPECT_THAT(names_of(nodes), testing::ElementsAre("renderD128", "card1"));
    EXPECT_EQ(choose_node(nodes), &nodes.at(1));
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
    ASSERT_EQ(codec.capture.size(), 2U);
    EXPECT_EQ(codec.capture[0].fourcc, "NV12");
    EXPECT_EQ(codec.capture[0].drm, "NV12");
    EXPECT_FALSE(codec.capture[0].used);
    EXPECT_EQ(codec.capture[1].fourcc, "NM12");
    EXPECT_EQ(codec.capture[1].drm, "");
}

CodecReport h264_of(std::vector<uint32_t> capture_fourccs, bool has_high10) {
    CodedFormatInfo coded;
    coded.fourcc = V4L2_PIX_FMT_H264_SLICE;
    coded.has_profile_menu = !has_high10;
    coded.profile_mask = 1U << V4L2_MPEG_VIDEO_H264_PROFILE_HIGH;
    coded.control_ids = {V4L2_CID_STATELESS_H264_SPS, V4L2_CID_STATELESS_H264_PPS,
                         V4L2_CID_STATELESS_H264_DECODE_PARAMS};
    coded.capture_fourccs = std::move(capture_fourccs);
    DeviceInfo device;
    device.coded_formats = {coded};
    Enumeration found;
    found.devices = {device};
    return describe_decoders(found).at(0).codecs.at(0);
}

TEST(Decoders, FormatsAreUsedOrNotAndExportedOrNot) {
    Report report;
    report.decoders.resize(1);
    report.decoders[0].codecs = {
        h264_of({V4L2_PIX_FMT_NV12_4L4, V4L2_PIX_FMT_NV16, V4L2_PIX_FMT_NV15}, true),
        h264_of({V4L2_PIX_FMT_NV12_32L32, V4L2_PIX_FMT_NV12, V4L2_PIX_FMT_NV15}, false),
        h264_of({V4L2_PIX_FMT_NV12_32L32}, false)};
    const std::string text = as_text(report);
    EXPECT_THAT(text,
                HasSubstr("; VT12 → not exportable, NV16 (not used), NV15 → NV15 linear; frame"));
    EXPECT_THAT(text, HasSubstr("; ST12 (not used), NV12 → NV12 linear, NV15 (not used); frame"));
    EXPECT_THAT(text, HasSubstr("; ST12 → NV12 in Allwinner's tiles; frame"));
    EXPECT_THAT(as_json(report, nullptr), HasSubstr("\"modifier\": \"0x900000000000001\""));
}

}  // namespace
}  // namespace v4l2va::info
