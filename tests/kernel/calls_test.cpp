// SPDX-License-Identifier: MIT
// What a picture costs in ioctls, and what a lost reference does, on a real kernel.
#include <dlfcn.h>

#include <atomic>
#include <chrono>
#include <cstdarg>

#include "lifecycle_fixture.h"

namespace {

std::atomic<size_t> calls{0};

}  // namespace

// What the driver finds in place of libc's.
extern "C" int ioctl(int fd, unsigned long request, ...) {
    using Ioctl = int (*)(int, unsigned long, void*);
    static const auto real = reinterpret_cast<Ioctl>(dlsym(RTLD_NEXT, "ioctl"));
    va_list arguments;
    va_start(arguments, request);
    void* const argument = va_arg(arguments, void*);
    va_end(arguments);
    ++calls;
    return real(fd, request, argument);
}

namespace v4l2va::test {
namespace {

const Recording& one_slice_clip() {
    static const Recording clip = record_clip(
        {.width = 128, .height = 96, .frames = 12, .gop = 12, .x264_params = "bframes=0:ref=1"});
    return clip;
}

using Calls = Lifecycle;

// The same limit as on the virtual decoder (tests/clients/test_budget.py).
TEST_F(Calls, SevenAPicture) {
    constexpr size_t kMost = 7;
    const Recording* const clips[] = {&one_slice_clip(), &other_clip()};
    for (const Recording* clip : clips) {
        const Display display;
        Player player(display, *clip);
        ASSERT_EQ(decode_and_sync(player, *clip), clip->pictures.size());
        const size_t before = calls;
        constexpr size_t kTimes = 5;
        for (size_t i = 0; i < kTimes; ++i) {
            ASSERT_EQ(decode_and_sync(player, *clip), clip->pictures.size());
        }
        const size_t pictures = kTimes * clip->pictures.size();
        const size_t made = calls - before;
        EXPECT_GE(made, 4 * pictures);
        EXPECT_LE(made, kMost * pictures);
        std::printf("measured: %.2f ioctls a picture\n",
                    static_cast<double>(made) / static_cast<double>(pictures));
    }
}

using LostReference = Lifecycle;

// ffmpeg names a surface that was never decoded into in the place of a picture that it lacks.
// Hantro's G2 never ends the request of such a picture (hantro_g2_hevc_dec.c, set_ref), and no
// watchdog runs.
TEST_F(LostReference, NoPictureHangs) {
    static const Recording clip =
        record_clip({.width = 128, .height = 96, .frames = 12, .gop = 12, .codec = "hevc"});
    constexpr std::chrono::seconds kBound{5};  // our own bound of a picture is 10
    for (const size_t lost : {0U, 4U}) {
        const Display display;
        Player player(display, clip);
        const size_t decoded = decode_and_sync(player, clip, 0, lost);
        ASSERT_EQ(decoded, lost);
        const auto started = std::chrono::steady_clock::now();
        for (size_t i = lost + 1; i < clip.pictures.size(); ++i) {
            RecordedPicture picture = clip.pictures[i];
            if (player.decode(picture) == VA_STATUS_SUCCESS) {
                EXPECT_EQ(vaSyncSurface(display.get(), player.surface(picture.target)),
                          VA_STATUS_SUCCESS)
                    << i;
            }
        }
        EXPECT_LT(std::chrono::steady_clock::now() - started, kBound);
        EXPECT_EQ(decode_and_sync(player, clip), clip.pictures.size()) << "from the IDR picture on";
    }
}

}  // namespace
}  // namespace v4l2va::test
