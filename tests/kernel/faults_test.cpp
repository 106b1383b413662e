// SPDX-License-Identifier: MIT
// Jobs of real drivers that never end, memory that is at its end or in pieces; on boards only.
#include <fcntl.h>
#include <linux/dma-heap.h>
#include <linux/videodev2.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>
#include <va/va_drmcommon.h>

#include <cerrno>
#include <chrono>
#include <csignal>
#include <fstream>
#include <regex>

#include "lifecycle_fixture.h"

namespace v4l2va::test {
namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::seconds;
using Descriptor = VADRMPRIMESurfaceDescriptor;

// Behind each driver's own watchdog (hantro and cedrus 2 s, mtk-vcodec-dec 1 s, rkvdec by its
// clock), and before ours, which gives a device up (10 s).
constexpr seconds kWatchdog{6};

// Jobs that start from now on never end, or do again.
void set_hang(bool hang) {
    std::ofstream("/sys/module/decoder_model/parameters/hang") << (hang ? "Y" : "N");
}

// What the kernel may say of such a job, and of memory that it does not have.
class Faults : public Lifecycle {
  protected:
    void TearDown() override {
        set_hang(false);
        Lifecycle::TearDown();
    }
    // Every new message is one of a watchdog, or of a device that told an error.
    void expect_told() {
        static const std::regex told(
            R"((.*rame processing timed out!|.*device still running, aborting)"
            R"(|.*decode error detected\.|.*MTK_V(CODEC|4L2).*ERROR.*|.*(dec|core|lat).*(time ?out|fail).*)\n?(.|\n)*)",
            std::regex::icase);
        for (const std::string& line : log().complaints()) {
            EXPECT_TRUE(std::regex_match(line, told)) << line;
        }
    }
    // The kernel tells at length, with all of its memory.
    void expect_told_of_memory() {
        static const std::regex told(R"((page allocation failure|dma alloc of size \d+ failed))");
        bool found = false;
        for (const std::string& line : log().complaints()) {
            found = found || std::regex_search(line, told);
        }
        EXPECT_TRUE(found);
    }
};

bool is_damaged(const Player& player, VASurfaceID surface) {
    VASurfaceDecodeMBErrors* errors = nullptr;
    EXPECT_EQ(vaQuerySurfaceError(player.display(), surface, VA_STATUS_ERROR_DECODING_ERROR,
                                  reinterpret_cast<void**>(&errors)),
              VA_STATUS_SUCCESS);
    return errors != nullptr && errors[0].status != -1;
}

const Recording* const* clips() {
    static const Recording* const all[] = {&h264_clip(), &other_clip()};
    return all;
}

using Hang = Faults;

// The kernel's watchdog gives the job back: the picture is damaged, the next one is not.
TEST_F(Hang, TheWatchdogEndsIt) {
    for (size_t codec = 0; codec < 2; ++codec) {
        const Recording& clip = *clips()[codec];
        const Display display;
        Player player(display, clip);
        ASSERT_EQ(decode_and_sync(player, clip, 0, 2), 2U);
        const RecordedPicture& picture = clip.pictures[2];
        const VASurfaceID surface = player.surface(picture.target);
        const auto started = Clock::now();
        set_hang(true);
        ASSERT_EQ(player.decode(picture), VA_STATUS_SUCCESS);
        // mtk-vcodec starts jobs in a thread of its own: maybe not yet.
        EXPECT_EQ(vaSyncSurface(display.get(), surface), VA_STATUS_SUCCESS);
        set_hang(false);
        EXPECT_GT(Clock::now() - started, std::chrono::milliseconds(300)) << "it did not hang";
        EXPECT_LT(Clock::now() - started, kWatchdog);
        EXPECT_TRUE(is_damaged(player, surface));
        EXPECT_EQ(decode_and_sync(player, clip, 3, clip.pictures.size()), clip.pictures.size() - 3);
        const VASurfaceID last = player.surface(clip.pictures.back().target);
        EXPECT_FALSE(is_damaged(player, last));
        EXPECT_EQ(decode_and_sync(player, clip), clip.pictures.size());
    }
    expect_told();
}

// A client that is killed while its job hangs is gone when the watchdog has ended the job.
TEST_F(Hang, TheClientIsKilled) {
    const Recording& clip = h264_clip();
    const Counts before = Counts::now();
    int ends[2] = {-1, -1};
    ASSERT_EQ(pipe(ends), 0);
    const pid_t client = fork();
    if (client == 0) {
        const Display display;
        Player player(display, clip);
        bool fine = decode_and_sync(player, clip, 0, 2) == 2;
        set_hang(true);
        fine = fine && player.decode(clip.pictures[2]) == VA_STATUS_SUCCESS;
        if (!fine || write(ends[1], "", 1) != 1) _exit(1);
        (void)vaSyncSurface(display.get(), player.surface(clip.pictures[2].target));
        pause();
    }
    close(ends[1]);
    char byte = 0;
    ASSERT_EQ(read(ends[0], &byte, 1), 1);
    close(ends[0]);
    const auto started = Clock::now();
    ASSERT_EQ(kill(client, SIGKILL), 0);
    int status = 0;
    ASSERT_EQ(waitpid(client, &status, 0), client);
    set_hang(false);
    EXPECT_TRUE(WIFSIGNALED(status));
    EXPECT_LT(Clock::now() - started, kWatchdog);
    expect_same_objects(before, Counts::now());
    const Display display;
    Player player(display, clip);
    EXPECT_EQ(decode_and_sync(player, clip), clip.pictures.size());
    expect_told();
}

void close_all(const Descriptor& descriptor) {
    for (uint32_t i = 0; i < descriptor.num_objects; ++i) close(descriptor.objects[i].fd);
}

using NoMemory = Faults;

// Each surface gets its memory, until there is none.
TEST_F(NoMemory, TheNextSurfaceFailsAlone) {
    constexpr unsigned kWidth = 1280;
    constexpr unsigned kHeight = 720;
    constexpr size_t kMost = 2000;
    const rlimit descriptors = {8192, 8192};  // a surface has one for each plane
    ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &descriptors), 0);
    const Recording& clip = h264_clip();
    const Counts before = Counts::now();
    {
        const Display display;
        Player player(display, clip);
        ASSERT_EQ(decode_and_sync(player, clip), clip.pictures.size());
        std::vector<VASurfaceID> surfaces;
        VAStatus status = VA_STATUS_SUCCESS;
        while (status == VA_STATUS_SUCCESS && surfaces.size() < kMost) {
            VASurfaceID surface = VA_INVALID_ID;
            ASSERT_EQ(vaCreateSurfaces(display.get(), VA_RT_FORMAT_YUV420, kWidth, kHeight,
                                       &surface, 1, nullptr, 0),
                      VA_STATUS_SUCCESS);
            surfaces.push_back(surface);
            Descriptor descriptor = {};
            status = vaExportSurfaceHandle(
                display.get(), surface, VA_SURFACE_ATTRIB_MEM_TYPE_DRM_PRIME_2,
                VA_EXPORT_SURFACE_READ_ONLY | VA_EXPORT_SURFACE_COMPOSED_LAYERS, &descriptor);
            // The surface has it, and descriptors would be at their end first.
            if (status == VA_STATUS_SUCCESS) close_all(descriptor);
        }
        EXPECT_EQ(status, VA_STATUS_ERROR_ALLOCATION_FAILED);
        EXPECT_GT(surfaces.size(), 20U);
        std::printf("measured: %zu surfaces of %ux%u\n", surfaces.size() - 1, kWidth, kHeight);
        EXPECT_EQ(decode_and_sync(player, clip), clip.pictures.size()) << "made before";
        EXPECT_EQ(
            vaDestroySurfaces(display.get(), surfaces.data(), static_cast<int>(surfaces.size())),
            VA_STATUS_SUCCESS);
        Player next(display, clip);
        EXPECT_EQ(decode_and_sync(next, clip), clip.pictures.size()) << "memory is back";
    }
    expect_same_objects(before, Counts::now());
    expect_told_of_memory();
}

// A dma-buf of /dev/dma_heap/system, whose pages are anywhere in memory.
int heap_buffer(size_t size) {
    const int fd = open("/dev/dma_heap/system", O_RDWR | O_CLOEXEC);
    dma_heap_allocation_data data = {};
    data.len = size;
    data.fd_flags = O_RDWR | O_CLOEXEC;
    EXPECT_EQ(ioctl(fd, DMA_HEAP_IOCTL_ALLOC, &data), 0);
    close(fd);
    return static_cast<int>(data.fd);
}

Descriptor export_of(VADisplay display, VASurfaceID surface) {
    Descriptor descriptor = {};
    EXPECT_EQ(vaExportSurfaceHandle(
                  display, surface, VA_SURFACE_ATTRIB_MEM_TYPE_DRM_PRIME_2,
                  VA_EXPORT_SURFACE_READ_WRITE | VA_EXPORT_SURFACE_COMPOSED_LAYERS, &descriptor),
              VA_STATUS_SUCCESS);
    return descriptor;
}

VAStatus import(VADisplay display, unsigned width, unsigned height, Descriptor& descriptor,
                VASurfaceID& surface) {
    VASurfaceAttrib attributes[2] = {};
    attributes[0].type = VASurfaceAttribMemoryType;
    attributes[0].flags = VA_SURFACE_ATTRIB_SETTABLE;
    attributes[0].value.type = VAGenericValueTypeInteger;
    attributes[0].value.value.i = VA_SURFACE_ATTRIB_MEM_TYPE_DRM_PRIME_2;
    attributes[1].type = VASurfaceAttribExternalBufferDescriptor;
    attributes[1].flags = VA_SURFACE_ATTRIB_SETTABLE;
    attributes[1].value.type = VAGenericValueTypePointer;
    attributes[1].value.value.p = &descriptor;
    return vaCreateSurfaces(display, VA_RT_FORMAT_YUV420, width, height, &surface, 1, attributes,
                            2);
}

// Without VIDIOC_PREPARE_BUF (mtk-vcodec) a device is not asked before it decodes.
bool prepares_buffers() {
    const int node = open("/dev/video0", O_RDWR | O_CLOEXEC);
    v4l2_buffer buffer = {};
    buffer.type = V4L2_BUF_TYPE_VIDEO_CAPTURE_MPLANE;
    const bool unknown = ioctl(node, VIDIOC_PREPARE_BUF, &buffer) != 0 && errno == ENOTTY;
    close(node);
    return !unknown;
}

using Import = Faults;

// The devices have no IOMMU: memory in pieces is refused at once, in one piece it is decoded into.
TEST_F(Import, OnlyMemoryInOnePiece) {
    const Recording& clip = h264_clip(1280, 720);
    const Counts before = Counts::now();
    {
        const Display maker;
        const Player made(maker, clip);
        const Display display;
        Descriptor descriptor = export_of(maker.get(), made.surface(clip.surfaces[0]));
        const Descriptor one_piece = descriptor;
        VASurfaceID surface = VA_INVALID_ID;
        for (uint32_t i = 0; i < descriptor.num_objects; ++i) {
            descriptor.objects[i].fd = heap_buffer(descriptor.objects[i].size);
        }
        EXPECT_EQ(import(display.get(), clip.coded_width, clip.coded_height, descriptor, surface),
                  prepares_buffers() ? VA_STATUS_ERROR_UNSUPPORTED_MEMORY_TYPE : VA_STATUS_SUCCESS);
        close_all(descriptor);
        close_all(one_piece);
        (void)log().complaints();  // vb2 tells how long the first piece is

        size_t next = 0;
        VAStatus status = VA_STATUS_SUCCESS;
        const auto make = [&](unsigned width, unsigned height) {
            Descriptor frame = export_of(maker.get(), made.surface(clip.surfaces[next++]));
            VASurfaceID imported = VA_INVALID_ID;
            if (status == VA_STATUS_SUCCESS) {
                status = import(display.get(), width, height, frame, imported);
            }
            close_all(frame);
            return imported;
        };
        Player player(display, clip, Player::Options{.make_surface = make});
        ASSERT_EQ(status, VA_STATUS_SUCCESS);
        EXPECT_EQ(decode_and_sync(player, clip), clip.pictures.size());
        EXPECT_TRUE(display.messages().empty()) << display.messages().front();
    }
    expect_same_objects(before, Counts::now());
}

}  // namespace
}  // namespace v4l2va::test
