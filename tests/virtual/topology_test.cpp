// SPDX-License-Identifier: MIT
// The virtual files, the media topology and the formats.
#include <dirent.h>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <cerrno>
#include <fstream>
#include <set>
#include <string>
#include <thread>

#include "device_file.h"

namespace {

std::set<std::string> list(const char* path) {
    std::set<std::string> names;
    DIR* dir = opendir(path);
    if (dir == nullptr) return names;
    while (const dirent* entry = readdir(dir)) names.insert(entry->d_name);
    closedir(dir);
    return names;
}

TEST(Files, AreListedAndAreCharacterDevices) {
    EXPECT_TRUE(list("/dev").contains("media0"));
    EXPECT_TRUE(list("/dev").contains("video0"));
    EXPECT_TRUE(list("/dev/dri").contains("renderD128"));
    struct stat st = {};
    ASSERT_EQ(stat("/dev/video0", &st), 0);
    EXPECT_TRUE(S_ISCHR(st.st_mode));
    EXPECT_EQ(major(st.st_rdev), 81U);
    const Video video;
    ASSERT_EQ(fstat(video.fd(), &st), 0);
    EXPECT_TRUE(S_ISCHR(st.st_mode));
    EXPECT_EQ(major(st.st_rdev), 81U);
    EXPECT_EQ(access("/dev/media0", R_OK | W_OK), 0);
}

TEST(Files, AreFoundThroughSysfs) {
    char target[256] = {};
    ASSERT_GT(readlink("/sys/dev/char/81:0", target, sizeof target - 1), 0);
    EXPECT_TRUE(std::string(target).ends_with("/video0"));
    std::ifstream uevent("/sys/dev/char/81:0/uevent");
    std::string line;
    bool found = false;
    while (std::getline(uevent, line)) found = found || line == "DEVNAME=video0";
    EXPECT_TRUE(found);
}

TEST(Files, DupsAreTheSameFile) {
    Video video;
    ASSERT_EQ(video.set_format(kOutput, 640, 480), 0);
    const int copy = dup(video.fd());
    v4l2_format format = {};
    format.type = kOutput;
    EXPECT_EQ(call(copy, VIDIOC_G_FMT, &format), 0);
    EXPECT_EQ(format.fmt.pix_mp.width, 640U);
    close(copy);
    EXPECT_EQ(video.format(kOutput).fmt.pix_mp.width, 640U);
}

TEST(Media, TopologyNamesADecoder) {
    const Media media;
    media_v2_topology topology = {};
    ASSERT_EQ(call(media.fd(), MEDIA_IOC_G_TOPOLOGY, &topology), 0);
    ASSERT_EQ(topology.num_entities, 3U);
    ASSERT_EQ(topology.num_interfaces, 1U);
    media_v2_entity entities[3] = {};
    media_v2_interface interface = {};
    topology.ptr_entities = reinterpret_cast<uintptr_t>(entities);
    topology.ptr_interfaces = reinterpret_cast<uintptr_t>(&interface);
    ASSERT_EQ(call(media.fd(), MEDIA_IOC_G_TOPOLOGY, &topology), 0);
    EXPECT_EQ(entities[1].function, static_cast<uint32_t>(MEDIA_ENT_F_PROC_VIDEO_DECODER));
    EXPECT_EQ(interface.devnode.major, 81U);
    topology.num_entities = 1;
    EXPECT_EQ(call(media.fd(), MEDIA_IOC_G_TOPOLOGY, &topology), ENOSPC);
}

TEST(Formats, OutputDeterminesCapture) {
    Video video;
    ASSERT_EQ(video.set_format(kOutput, 1910, 1070), 0);
    const v4l2_pix_format_mplane out = video.format(kOutput).fmt.pix_mp;
    EXPECT_EQ(out.width, 1920U);
    EXPECT_EQ(out.height, 1072U);
    EXPECT_EQ(out.plane_fmt[0].sizeimage, 1920U * 1072 * 2);
    const v4l2_pix_format_mplane cap = video.format(kCapture).fmt.pix_mp;
    EXPECT_EQ(cap.pixelformat, static_cast<uint32_t>(V4L2_PIX_FMT_NV12));
    EXPECT_EQ(cap.width, 1920U);
    EXPECT_GE(cap.plane_fmt[0].sizeimage, 1920U * 1072 * 3 / 2 + 64 * 120 * 67 + 32);
    ASSERT_EQ(video.set_format(kOutput, 16, 16), 0);
    EXPECT_EQ(video.format(kCapture).fmt.pix_mp.width, 48U);
}

TEST(Formats, ChangeTheirSizeUnderLivingQueues) {
    Video video;
    ASSERT_EQ(video.set_format(kOutput, 320, 240), 0);
    ASSERT_EQ(video.reqbufs(kCapture, 1), 0);
    ASSERT_EQ(video.reqbufs(kOutput, 1), 0);
    ASSERT_EQ(video.stream(kOutput, true), 0);
    EXPECT_EQ(video.set_format(kOutput, 640, 480), 0);
    EXPECT_EQ(video.format(kCapture).fmt.pix_mp.width, 640U);
    EXPECT_EQ(video.set_format(kOutput, 640, 480, V4L2_PIX_FMT_VP8_FRAME), EBUSY);
}

TEST(Strict, FormatsAreBusyWithCaptureBuffersAndWhileStreaming) {
    Video video;
    ASSERT_EQ(video.set_format(kOutput, 320, 240), 0);
    ASSERT_EQ(video.reqbufs(kCapture, 1), 0);
    EXPECT_EQ(video.set_format(kOutput, 640, 480), EBUSY);
    ASSERT_EQ(video.reqbufs(kCapture, 0), 0);
    EXPECT_EQ(video.set_format(kOutput, 640, 480), 0);
    ASSERT_EQ(video.reqbufs(kOutput, 1), 0);
    ASSERT_EQ(video.stream(kOutput, true), 0);
    EXPECT_EQ(video.set_format(kOutput, 320, 240), EBUSY);
}

TEST(Ioctls, CheckTheirPointersAndNumbers) {
    const Video video;
    EXPECT_EQ(call(video.fd(), VIDIOC_QUERYCAP, nullptr), EFAULT);
    EXPECT_EQ(call(video.fd(), VIDIOC_S_FMT, reinterpret_cast<void*>(16)), EFAULT);
    v4l2_tuner tuner = {};
    EXPECT_EQ(call(video.fd(), VIDIOC_G_TUNER, &tuner), ENOTTY);
}

TEST(Contexts, AreIndependent) {
    std::vector<std::thread> threads;
    for (unsigned i = 1; i <= 4; ++i) {
        threads.emplace_back([i] {
            for (int round = 0; round < 50; ++round) {
                Video video;
                ASSERT_EQ(video.set_format(kOutput, 64 * i, 64 * i), 0);
                EXPECT_EQ(video.format(kCapture).fmt.pix_mp.width, 64 * i);
                EXPECT_EQ(video.reqbufs(kCapture, i), 0);
            }
        });
    }
    for (std::thread& thread : threads) thread.join();
}

}  // namespace
