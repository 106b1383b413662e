// SPDX-License-Identifier: MIT
// No memory and no descriptors, at any moment: what fails says so, nothing leaks, and all goes on
// when there are some again.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <linux/media.h>
#include <linux/videodev2.h>
#include <unistd.h>
#include <va/va_drm.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <map>

#include "client.h"
#include "export.h"
#include "failing_calls.h"

namespace v4l2va::test {
namespace {

const Recording& clip() {
    static const Recording recording =
        record_clip({.frames = 16, .gop = 16, .x264_params = "bframes=2:ref=4"});
    return recording;
}

// The kth frame buffer of a stream finds no memory: of the surface (allocated at its first
// picture), or of the session's queue.
TEST(Memory, IsShortAtAnyFrame) {
    size_t short_runs = 0;
    for (size_t nth = 1; nth < 100; ++nth) {
        const Display display;
        Player player(display, clip());
        size_t refused = 0;
        size_t equal = 0;
        size_t failures = 0;
        {
            const FailingCalls shortage(VIDIOC_CREATE_BUFS, nth, ENOMEM, 1);
            std::vector<const RecordedPicture*> in_flight;
            for (const RecordedPicture& picture : clip().pictures) {
                VAStatus status = player.decode(picture);
                if (status != VA_STATUS_SUCCESS) {
                    EXPECT_EQ(status, VA_STATUS_ERROR_ALLOCATION_FAILED) << nth;
                    ++refused;
                    // Memory is back: the same once more.
                    status = player.decode(picture);
                }
                ASSERT_EQ(status, VA_STATUS_SUCCESS) << nth;
                equal += !picture.has_expected || player.read(picture) == picture.expected ? 1 : 0;
            }
            failures = FailingCalls::failed();
        }
        EXPECT_EQ(equal, clip().pictures.size()) << nth;
        if (failures == 0) {
            break;
        }
        ++short_runs;
        EXPECT_LE(refused, 1U);
        EXPECT_LE(display.messages().size(), refused);
        if (refused != 0 && !display.messages().empty()) {
            EXPECT_NE(display.messages().front().find("CmaFree"), std::string::npos)
                << display.messages().front();
        }
    }
    EXPECT_GE(short_runs, clip().surfaces.size());
}

// Memory is gone from the kth frame on, for several pictures, and comes back: pictures that were in
// flight are good, and so is everything from the next IDR picture on.
TEST(Memory, IsShortForAWhile) {
    const Recording groups =
        record_clip({.frames = 24, .gop = 8, .x264_params = "bframes=0:ref=4"});
    for (size_t nth = 1; nth < 12; ++nth) {
        const Display display;
        Player player(display, groups);
        std::map<VASurfaceID, const RecordedPicture*> in_flight;
        {
            const FailingCalls shortage(VIDIOC_CREATE_BUFS, nth, ENOMEM);
            for (size_t i = 0; i < 8; ++i) {
                const RecordedPicture& picture = groups.pictures[i];
                const VAStatus status = player.decode(picture);
                if (status == VA_STATUS_SUCCESS) {
                    in_flight[picture.target] = &picture;
                    continue;
                }
                EXPECT_EQ(status, VA_STATUS_ERROR_ALLOCATION_FAILED) << nth;
                in_flight.erase(picture.target);
                for (const auto& [recorded, good] : in_flight) {
                    EXPECT_EQ(player.read(*good), good->expected) << nth;
                }
                break;
            }
        }
        EXPECT_EQ(player.decode_and_compare(8, 24), 16U) << nth;
    }
}

void expect_untouched(const Descriptor& descriptor) {
    const auto* bytes = reinterpret_cast<const unsigned char*>(&descriptor);
    EXPECT_TRUE(std::all_of(bytes, bytes + sizeof(descriptor),
                            [](unsigned char byte) { return byte == 0xa5; }));
}

VAStatus export_into(VADisplay display, VASurfaceID surface, Descriptor& descriptor,
                     uint32_t type = VA_SURFACE_ATTRIB_MEM_TYPE_DRM_PRIME_2) {
    std::memset(&descriptor, 0xa5, sizeof(descriptor));
    return vaExportSurfaceHandle(display, surface, type,
                                 VA_EXPORT_SURFACE_READ_ONLY | VA_EXPORT_SURFACE_SEPARATE_LAYERS,
                                 &descriptor);
}

TEST(Descriptors, AFailedExportKeepsNone) {
    const Display display;
    for (const unsigned long request :
         {static_cast<unsigned long>(VIDIOC_EXPBUF), FailingCalls::kDuplicate}) {
        const VASurfaceID surface = make_surfaces(display.get(), clip(), 1).front();
        const size_t before = open_fds();
        Descriptor descriptor;
        for (int i = 0; i < 20; ++i) {
            const FailingCalls none_left(request, 1, EMFILE);
            EXPECT_EQ(export_into(display.get(), surface, descriptor),
                      VA_STATUS_ERROR_OPERATION_FAILED);
            expect_untouched(descriptor);
            EXPECT_EQ(FailingCalls::failed(), 1U);
        }
        const size_t own = request == FailingCalls::kDuplicate ? 1 : 0;  // the surface's memory
        EXPECT_EQ(open_fds(), before + own);
        EXPECT_NE(
            export_into(display.get(), surface, descriptor, VA_SURFACE_ATTRIB_MEM_TYPE_KERNEL_DRM),
            VA_STATUS_SUCCESS);
        expect_untouched(descriptor);
        const Export exported(display.get(), surface, VA_EXPORT_SURFACE_COMPOSED_LAYERS);
        EXPECT_EQ(exported.status(), VA_STATUS_SUCCESS);
    }
}

TEST(Descriptors, AThousandContextsKeepNone) {
    const Display display;
    const VAConfigID config = make_config(display.get(), clip());
    { Player(display, clip()).decode_and_compare(0, 2); }
    const size_t before = open_fds();
    for (int i = 0; i < 1000; ++i) {
        const VAContextID context = make_context(display.get(), config, clip());
        if (i % 20 == 0) {
            Player player(display, clip());
            ASSERT_EQ(player.decode_and_compare(0, 2), 2U);
        }
        ASSERT_EQ(vaDestroyContext(display.get(), context), VA_STATUS_SUCCESS);
    }
    EXPECT_EQ(open_fds(), before);
}

// Of one display, before there is a decoder.
TEST(Descriptors, InitializeFailsAThousandTimesAndThenSucceeds) {
    const Display keeps_the_module_loaded;
    const size_t before = open_fds();
    const int fd = open("/dev/dri/renderD128", O_RDWR | O_CLOEXEC);
    VADisplay display = vaGetDisplayDRM(fd);
    vaSetErrorCallback(display, nullptr, nullptr);
    vaSetInfoCallback(display, nullptr, nullptr);
    int major = 0;
    int minor = 0;
    {
        const FailingCalls no_decoder(MEDIA_IOC_G_TOPOLOGY, 1, EIO);
        ASSERT_NE(vaInitialize(display, &major, &minor), VA_STATUS_SUCCESS);
        const size_t after_one = open_fds();
        for (int i = 1; i < 1000; ++i) {
            ASSERT_NE(vaInitialize(display, &major, &minor), VA_STATUS_SUCCESS);
        }
        EXPECT_EQ(open_fds(), after_one);
        EXPECT_GE(FailingCalls::failed(), 1000U);
    }
    EXPECT_EQ(vaInitialize(display, &major, &minor), VA_STATUS_SUCCESS);
    std::vector<VAProfile> profiles(static_cast<size_t>(vaMaxNumProfiles(display)));
    int count = 0;
    EXPECT_EQ(vaQueryConfigProfiles(display, profiles.data(), &count), VA_STATUS_SUCCESS);
    EXPECT_GT(count, 0);
    EXPECT_EQ(vaTerminate(display), VA_STATUS_SUCCESS);
    close(fd);
    EXPECT_EQ(open_fds(), before);
}

}  // namespace
}  // namespace v4l2va::test
