// SPDX-License-Identifier: MIT
// Exported frames outlive everything that made them.
#include <cstring>
#include <memory>
#include <set>

#include "export.h"
#include "lifecycle_fixture.h"

namespace v4l2va::test {
namespace {

using Exports = Lifecycle;
using Frames = std::vector<std::unique_ptr<ExportedFrame>>;
using Bytes = std::vector<std::vector<uint8_t>>;

Frames export_all(const Player& player, const Recording& clip) {
    Frames frames;
    for (const VASurfaceID recorded : clip.surfaces) {
        frames.push_back(
            std::make_unique<ExportedFrame>(player.display(), player.surface(recorded)));
    }
    return frames;
}

Bytes bytes_of(const Frames& frames) {
    Bytes bytes;
    for (const auto& frame : frames) {
        bytes.push_back(frame->bytes());
    }
    return bytes;
}

// visl writes a number into each picture. What a board's device does not write, the client does.
void number_pictures(const Player& player, const Recording& clip) {
    VAImageFormat format = {};
    format.fourcc = VA_FOURCC_NV12;
    VAImage image = {};
    const unsigned width = clip.coded_width;
    const unsigned height = clip.coded_height;
    ASSERT_EQ(vaCreateImage(player.display(), &format, static_cast<int>(width),
                            static_cast<int>(height), &image),
              VA_STATUS_SUCCESS);
    int number = 0;
    for (const VASurfaceID recorded : clip.surfaces) {
        void* bytes = nullptr;
        ASSERT_EQ(vaMapBuffer(player.display(), image.buf, &bytes), VA_STATUS_SUCCESS);
        std::memset(bytes, ++number, image.data_size);
        ASSERT_EQ(vaUnmapBuffer(player.display(), image.buf), VA_STATUS_SUCCESS);
        ASSERT_EQ(vaPutImage(player.display(), player.surface(recorded), image.image_id, 0, 0,
                             width, height, 0, 0, width, height),
                  VA_STATUS_SUCCESS);
    }
    EXPECT_EQ(vaDestroyImage(player.display(), image.image_id), VA_STATUS_SUCCESS);
}

void decode_something(const Recording& clip) {
    const Display display;
    Player player(display, clip);
    EXPECT_EQ(decode_and_sync(player, clip), clip.pictures.size());
}

// Without surface, context, display, and in the end without the device.
TEST_F(Exports, OutliveEverything) {
    decode_something(h264_clip());
    for (const Recording* clip : {&other_clip(), &h264_clip()}) {
        const Counts before = Counts::now();
        Frames frames;
        Bytes expected;
        {
            const Display display;
            Player player(display, *clip);
            ASSERT_EQ(decode_and_sync(player, *clip), clip->pictures.size());
            if (on_board()) number_pictures(player, *clip);
            frames = export_all(player, *clip);
            expected = bytes_of(frames);
        }
        const std::set<std::vector<uint8_t>> different(expected.begin(), expected.end());
        ASSERT_EQ(different.size(), frames.size()) << "each picture has a number";
        const Counts exported = Counts::now();
        const size_t objects = frames.size() * frames[0]->objects();
        EXPECT_EQ(exported.fds, before.fds + objects);
        EXPECT_EQ(exported.dma_bufs, before.dma_bufs + objects);
        EXPECT_EQ(exported.device_opens, before.device_opens);

        decode_something(other_clip());
        decode_something(h264_clip());
        EXPECT_EQ(bytes_of(frames), expected) << "others decoded meanwhile";

        EXPECT_EQ(remove_device(), 0) << "a frame must not keep the decoder";
        EXPECT_EQ(bytes_of(frames), expected) << "the device is gone";
        EXPECT_EQ(load_device(), 0);
        decode_something(h264_clip());
        EXPECT_EQ(bytes_of(frames), expected) << "the device is another";
        frames.clear();
        expect_same_objects(before, Counts::now());
    }
}

// Chromium's and GStreamer's order: the export comes before the first picture.
TEST_F(Exports, EarlyOnesShowThePictureAfterTheEnd) {
    const Recording& clip = other_clip();
    decode_something(clip);
    const Counts before = Counts::now();
    Frames frames;
    Bytes empty;
    {
        const Display display;
        Player player(display, clip);
        frames = export_all(player, clip);
        empty = bytes_of(frames);
        for (const RecordedPicture& picture : clip.pictures) {
            ASSERT_EQ(player.decode(picture), VA_STATUS_SUCCESS);  // and never vaSyncSurface
        }
        player.forget();
    }
    const Bytes decoded = bytes_of(frames);
    for (size_t i = 0; i < frames.size(); ++i) {
        EXPECT_NE(decoded[i], empty[i]) << "frame " << i;
    }
    frames.clear();
    expect_same_objects(before, Counts::now());
}

}  // namespace
}  // namespace v4l2va::test
