// SPDX-License-Identifier: MIT
// Several devices in one machine (rk3399): files, topologies, requests, jobs, faults.
#include <dirent.h>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <ctime>
#include <fstream>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "device_file.h"

namespace {

constexpr const char* kRkvdec = "/dev/video5";
constexpr const char* kRkvdecMedia = "/dev/media1";
constexpr const char* kHantro = "/dev/video4";
constexpr const char* kHantroMedia = "/dev/media2";

struct Topology {
    std::vector<media_v2_entity> entities;
    std::vector<media_v2_interface> interfaces;
    std::vector<media_v2_link> links;
    std::vector<media_v2_pad> pads;
};

Topology topology_of(const Media& media) {
    media_v2_topology counts = {};
    EXPECT_EQ(call(media.fd(), MEDIA_IOC_G_TOPOLOGY, &counts), 0);
    Topology result;
    result.entities.resize(counts.num_entities);
    result.interfaces.resize(counts.num_interfaces);
    result.links.resize(counts.num_links);
    result.pads.resize(counts.num_pads);
    counts.ptr_entities = reinterpret_cast<uintptr_t>(result.entities.data());
    counts.ptr_interfaces = reinterpret_cast<uintptr_t>(result.interfaces.data());
    counts.ptr_links = reinterpret_cast<uintptr_t>(result.links.data());
    counts.ptr_pads = reinterpret_cast<uintptr_t>(result.pads.data());
    EXPECT_EQ(call(media.fd(), MEDIA_IOC_G_TOPOLOGY, &counts), 0);
    return result;
}

// By function: minors of the video nodes that the interface links of the neighbours lead to.
std::map<uint32_t, std::set<uint32_t>> nodes_by_function(const Topology& topology) {
    std::map<uint32_t, uint32_t> owners;  // of pads
    for (const auto& pad : topology.pads) owners[pad.id] = pad.entity_id;
    std::map<uint32_t, uint32_t> minors;  // of interfaces
    for (const auto& interface : topology.interfaces) {
        minors[interface.id] = interface.devnode.minor;
    }
    std::map<uint32_t, uint32_t> nodes;  // of entities
    for (const auto& link : topology.links) {
        if (minors.contains(link.source_id)) nodes[link.sink_id] = minors[link.source_id];
    }
    std::map<uint32_t, std::set<uint32_t>> result;
    for (const auto& entity : topology.entities) {
        for (const auto& link : topology.links) {
            const uint32_t from = owners[link.source_id];
            const uint32_t to = owners[link.sink_id];
            if (from == entity.id && nodes.contains(to)) {
                result[entity.function].insert(nodes[to]);
            }
        }
    }
    return result;
}

std::string card(const char* path) {
    const File file(path);
    v4l2_capability cap = {};
    EXPECT_EQ(call(file.fd(), VIDIOC_QUERYCAP, &cap), 0) << path;
    return reinterpret_cast<const char*>(cap.card);
}

TEST(Machine, HasItsNodesInDev) {
    std::set<std::string> names;
    DIR* dir = opendir("/dev");
    while (const dirent* entry = readdir(dir)) names.insert(entry->d_name);
    closedir(dir);
    for (const char* name :
         {"video0", "video1", "video3", "video4", "video5", "media0", "media1", "media2"}) {
        EXPECT_TRUE(names.contains(name)) << name;
    }
    EXPECT_FALSE(names.contains("video2"));
    struct stat st = {};
    ASSERT_EQ(stat(kHantro, &st), 0);
    EXPECT_EQ(minor(st.st_rdev), 4U);
    const File file(kHantro);
    ASSERT_EQ(fstat(file.fd(), &st), 0);
    EXPECT_EQ(minor(st.st_rdev), 4U);
    std::ifstream name("/sys/class/video4linux/video4/name");
    std::string line;
    std::getline(name, line);
    EXPECT_EQ(line, "rockchip,rk3399-vpu-dec");
}

TEST(Machine, NodesSayWhatTheyAre) {
    EXPECT_EQ(card("/dev/video0"), "rockchip-rga");
    EXPECT_EQ(card("/dev/video3"), "rockchip,rk3399-vpu-enc");
    EXPECT_EQ(card(kHantro), "rockchip,rk3399-vpu-dec");
    EXPECT_EQ(card(kRkvdec), "rkvdec");
}

TEST(Machine, AnEncoderSharesTheMediaDevice) {
    auto nodes = nodes_by_function(topology_of(Media(kHantroMedia)));
    EXPECT_EQ(nodes[MEDIA_ENT_F_PROC_VIDEO_DECODER], std::set<uint32_t>{4});
    EXPECT_EQ(nodes[MEDIA_ENT_F_PROC_VIDEO_ENCODER], std::set<uint32_t>{3});
    nodes = nodes_by_function(topology_of(Media(kRkvdecMedia)));
    EXPECT_EQ(nodes[MEDIA_ENT_F_PROC_VIDEO_DECODER], std::set<uint32_t>{5});
    nodes = nodes_by_function(topology_of(Media("/dev/media0")));
    EXPECT_FALSE(nodes.contains(MEDIA_ENT_F_PROC_VIDEO_DECODER));
}

TEST(Machine, BystandersTakeNoFormat) {
    Video encoder("/dev/video3");
    EXPECT_EQ(encoder.set_format(kOutput, 320, 240), ENOTTY);
    const Media camera("/dev/media0");
    int request = -1;
    EXPECT_EQ(call(camera.fd(), MEDIA_IOC_REQUEST_ALLOC, &request), ENOTTY);
}

TEST(Machine, RequestsAreOfOneMediaDevice) {
    Media right(kRkvdecMedia);
    Media wrong(kHantroMedia);
    Video video(kRkvdec);
    video.start(1);
    video.write_slice(0);
    v4l2_ctrl_h264_pps pps = {};
    const File foreign(wrong.allocate_request());
    EXPECT_EQ(video.set_control(V4L2_CID_STATELESS_H264_PPS, &pps, sizeof pps, foreign.fd()),
              EINVAL);
    EXPECT_EQ(video.queue_output(0, foreign.fd(), 1), EINVAL);
    const File own(right.allocate_request());
    EXPECT_EQ(video.set_control(V4L2_CID_STATELESS_H264_PPS, &pps, sizeof pps, own.fd()), 0);
    EXPECT_EQ(video.queue_output(0, own.fd(), 1), 0);
    EXPECT_EQ(queue_request(own.fd()), 0);
}

// Two devices decode at the same time: with a second a frame, both are done before one after
// another could be.
TEST(Machine, DevicesWorkInParallel) {
    const char* delay = getenv("V4L2VA_VIRTUAL_DELAY_MS");
    if (delay == nullptr) GTEST_SKIP();
    Media media_a(kRkvdecMedia);
    Media media_b(kHantroMedia);
    Video a(kRkvdec);
    Video b(kHantro);
    a.start(1);
    ASSERT_EQ(b.set_format(kOutput, 320, 240, V4L2_PIX_FMT_VP8_FRAME), 0);
    ASSERT_EQ(b.reqbufs(kOutput, 1), 0);
    ASSERT_EQ(b.reqbufs(kCapture, 1), 0);
    ASSERT_EQ(b.stream(kOutput, true), 0);
    ASSERT_EQ(b.stream(kCapture, true), 0);
    const File request_a(media_a.allocate_request());
    const File request_b(media_b.allocate_request());
    ASSERT_EQ(a.queue_capture(0), 0);
    ASSERT_EQ(b.queue_capture(0), 0);
    ASSERT_EQ(a.queue_output(0, request_a.fd(), 1), 0);
    ASSERT_EQ(b.queue_output(0, request_b.fd(), 1), 0);
    timespec start = {};
    clock_gettime(CLOCK_MONOTONIC, &start);
    ASSERT_EQ(queue_request(request_a.fd()), 0);
    ASSERT_EQ(queue_request(request_b.fd()), 0);
    EXPECT_EQ(poll_file(request_a.fd(), POLLPRI, 5000), POLLPRI);
    EXPECT_EQ(poll_file(request_b.fd(), POLLPRI, 5000), POLLPRI);
    timespec end = {};
    clock_gettime(CLOCK_MONOTONIC, &end);
    const double ms = static_cast<double>(end.tv_sec - start.tv_sec) * 1e3 +
                      static_cast<double>(end.tv_nsec - start.tv_nsec) / 1e6;
    EXPECT_LT(ms, 2 * std::stod(delay));
}

// Run with deny:video4:EACCES,deny:rkvdec:ENXIO,deny:media0:EBUSY.
TEST(Denied, FilesCannotBeOpened) {
    EXPECT_EQ(open(kHantro, O_RDWR), -1);
    EXPECT_EQ(errno, EACCES);
    EXPECT_EQ(access(kHantro, R_OK | W_OK), -1);
    EXPECT_EQ(errno, EACCES);
    EXPECT_EQ(access(kHantro, F_OK), 0);
    EXPECT_EQ(open(kRkvdec, O_RDWR), -1);
    EXPECT_EQ(errno, ENXIO);
    EXPECT_EQ(access(kRkvdec, R_OK | W_OK), 0);
    EXPECT_EQ(open("/dev/media0", O_RDWR), -1);
    EXPECT_EQ(errno, EBUSY);
    EXPECT_GE(File("/dev/video3").fd(), 0);
    struct stat st = {};
    EXPECT_EQ(stat(kHantro, &st), 0);
}

// Run with absent:media1,absent:video4,rename:rkvdec:video0x,deny:media2:EPERM.
TEST(Contained, FilesAreAbsentOrHaveOtherNames) {
    struct stat st = {};
    for (const char* path : {"/dev/media1", kHantro, kRkvdec}) {
        EXPECT_EQ(stat(path, &st), -1) << path;
        EXPECT_EQ(open(path, O_RDWR), -1) << path;
        EXPECT_EQ(errno, ENOENT) << path;
    }
    ASSERT_EQ(stat("/dev/video0x", &st), 0);
    EXPECT_EQ(minor(st.st_rdev), 5U);
    EXPECT_GE(File("/dev/video0x").fd(), 0);
    std::set<std::string> names;
    DIR* dev = opendir("/dev");
    while (const dirent* entry = readdir(dev)) names.insert(entry->d_name);
    closedir(dev);
    EXPECT_TRUE(names.contains("video0x"));
    EXPECT_TRUE(names.contains("media2"));
    for (const char* name : {"media1", "video4", "video5"}) EXPECT_FALSE(names.contains(name));
    // /sys is the machine's.
    EXPECT_EQ(access("/sys/class/video4linux/video4/name", R_OK), 0);
    // The rules of a control group for devices.
    EXPECT_EQ(access("/dev/media2", R_OK | W_OK), -1);
    EXPECT_EQ(errno, EPERM);
}

}  // namespace
