// SPDX-License-Identifier: MIT
// The counts themselves: they must see what a client holds, or the other tests prove nothing.
#include <va/va_drmcommon.h>

#include <memory>

#include "export.h"
#include "lifecycle_fixture.h"

namespace v4l2va::test {
namespace {

using Counting = Lifecycle;

TEST_F(Counting, SeesADecoderAndItsFrames) {
    { const Display warm_up; }
    const Counts before = Counts::now();
    auto display = std::make_unique<Display>();
    const Recording& clip = other_clip(1280, 720);
    auto player = std::make_unique<Player>(*display, clip);
    ASSERT_EQ(decode_and_sync(*player, clip), clip.pictures.size());
    const size_t objects =
        ExportedFrame(display->get(), player->surface(clip.surfaces[0])).objects();
    const Counts during = Counts::now();
    EXPECT_GE(during.fds, before.fds + 2 + clip.surfaces.size())
        << "render node, media node, frames";
    EXPECT_EQ(during.dma_bufs, before.dma_bufs + clip.surfaces.size() * objects);
    EXPECT_EQ(during.device_opens, before.device_opens + 2);
    const size_t frames_kb = clip.surfaces.size() * 1280 * 720 * 3 / 2 / 1024;
    EXPECT_LE(during.free_kb + frames_kb / 2, before.free_kb);
    if (!on_board()) {
        EXPECT_GE(during.vmalloc_kb, before.vmalloc_kb + frames_kb);
    }
    player.reset();
    display.reset();
    expect_same_objects(before, Counts::now());
}

TEST_F(Counting, SeesWarningsOfTheKernel) {
    KernelLog log;
    FILE* kernel = fopen("/dev/kmsg", "w");
    ASSERT_NE(kernel, nullptr);
    fputs("<6>lifecycle-test: an information", kernel);
    fclose(kernel);
    EXPECT_TRUE(log.complaints().empty());
}

}  // namespace
}  // namespace v4l2va::test
