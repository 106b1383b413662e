// SPDX-License-Identifier: MIT
// Streams that last: more surfaces than a queue has buffers, and timestamps that grow.
#include <gtest/gtest.h>

#include "client.h"
#include "test_driver.h"

namespace v4l2va::test {
namespace {

// Queues of the usual personalities have 32 buffers, of the newest kernels 64.
constexpr unsigned kSurfaces = 100;

class Lasting : public ::testing::TestWithParam<const char*> {};

// Each picture gets a surface that had none before, none is destroyed, and vaCreateContext was told
// of none: as `-vf reverse` and encoders that look ahead hold them. (A reference that is held for
// as long: SessionTest.RebindingSparesReferences.)
TEST_P(Lasting, AHundredSurfacesAreHeld) {
    const Recording recording = record_clip({.width = 64,
                                             .height = 64,
                                             .frames = kSurfaces,
                                             .gop = 250,
                                             .x264_params = "bframes=3:b-pyramid=normal:ref=8",
                                             .codec = GetParam()});
    const Display display;
    const VAConfigID config = make_config(display.get(), recording);
    const VAContextID context = make_context(display.get(), config, recording);
    const std::vector<VASurfaceID> surfaces =
        make_surfaces(display.get(), recording, static_cast<unsigned>(recording.pictures.size()));
    Stream stream(display.get(), context, recording, {});
    for (size_t i = 0; i < surfaces.size(); ++i) {
        ASSERT_EQ(stream.decode(recording.pictures[i], surfaces[i]), VA_STATUS_SUCCESS) << i;
    }
    size_t wrong = 0;
    for (size_t i = 0; i < surfaces.size(); ++i) {
        const RecordedPicture& picture = recording.pictures[i];
        const Pixels pixels = read_surface(display.get(), surfaces[i], recording.visible_width,
                                           recording.visible_height);
        wrong += picture.has_expected && pixels != picture.expected ? 1 : 0;
    }
    EXPECT_EQ(wrong, 0U);
    EXPECT_TRUE(display.messages().empty());
}

INSTANTIATE_TEST_SUITE_P(Codecs, Lasting, ::testing::Values("h264", "hevc", "vp8", "vp9", "mpeg2"));

// A session's timestamps are names of its references, in microseconds; kernels keep them as seconds
// and microseconds, and clients of other interfaces have lost them at 2^31, 2^32 and 10^6.
TEST(LastingTimestamps, GoOnOverEveryEdge) {
    for (const char* codec : {"h264", "hevc", "vp9", "av1"}) {
        const Recording recording = record_clip({.frames = 12, .gop = 12, .codec = codec});
        for (const uint64_t edge : {uint64_t{1'000'000}, uint64_t{1} << 31, uint64_t{1} << 32}) {
            const TestDriver driver(0, edge - 5);
            const Display display;
            Player player(display, recording);
            EXPECT_EQ(player.decode_and_compare(), recording.pictures.size()) << codec << edge;
        }
    }
}

}  // namespace
}  // namespace v4l2va::test
