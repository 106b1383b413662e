// SPDX-License-Identifier: MIT
// HEVC streams of profiles that no config has, sent into a config of Main: ffmpeg's
// allow_profile_mismatch, which presets of recorders set for all streams (intel/media-driver#1173).
#include <gtest/gtest.h>

#include <cstring>
#include <functional>

#include "client.h"
#include "player.h"

namespace v4l2va::test {
namespace {

struct OtherProfile {
    const char* name;
    std::function<void(VAPictureParameterBufferHEVC&)> change;
    size_t size = sizeof(VAPictureParameterBufferHEVC);
};

const OtherProfile kOtherProfiles[] = {
    {"monochrome", [](auto& picture) { picture.pic_fields.bits.chroma_format_idc = 0; }},
    {"4:2:2", [](auto& picture) { picture.pic_fields.bits.chroma_format_idc = 2; }},
    {"4:4:4", [](auto& picture) { picture.pic_fields.bits.chroma_format_idc = 3; }},
    {"12 bits",
     [](auto& picture) {
         picture.bit_depth_luma_minus8 = 4;
         picture.bit_depth_chroma_minus8 = 4;
     }},
    {"two depths", [](auto& picture) { picture.bit_depth_chroma_minus8 = 2; }},
    // FFmpeg's way with range extensions, whatever their samples are.
    {"range extensions", [](auto&) {}, sizeof(VAPictureParameterBufferHEVCExtension)},
};

RecordedPicture changed(RecordedPicture picture, const OtherProfile& other) {
    for (RecordedBuffer& buffer : picture.buffers) {
        if (buffer.type == VAPictureParameterBufferType) {
            VAPictureParameterBufferHEVC parameters;
            std::memcpy(&parameters, buffer.bytes.data(), sizeof(parameters));
            other.change(parameters);
            std::memcpy(buffer.bytes.data(), &parameters, sizeof(parameters));
            buffer.bytes.resize(other.size);
            buffer.element_size = static_cast<unsigned>(other.size);
        }
    }
    return picture;
}

// The number of pictures of the clip that are right.
size_t decode_good(const Display& display, const Recording& clip) {
    const VAConfigID config = make_config(display.get(), clip);
    const VAContextID context = make_context(display.get(), config, clip);
    Stream stream(display.get(), context, clip, {});
    size_t right = 0;
    for (const RecordedPicture& picture : clip.pictures) {
        const VASurfaceID target = make_surfaces(display.get(), clip, 1)[0];
        EXPECT_EQ(stream.decode(picture, target), VA_STATUS_SUCCESS);
        right += !picture.has_expected || read_surface(display.get(), target, clip.visible_width,
                                                       clip.visible_height) == picture.expected
                     ? 1
                     : 0;
    }
    EXPECT_EQ(vaDestroyContext(display.get(), context), VA_STATUS_SUCCESS);
    return right;
}

TEST(OtherProfile, HevcPicturesFailAndTheNextStreamDecodes) {
    const Recording clip = record_clip({.width = 208, .height = 112, .frames = 8, .codec = "hevc"});
    const Display display;
    for (const OtherProfile& other : kOtherProfiles) {
        const VAConfigID config = make_config(display.get(), clip);
        const VAContextID context = make_context(display.get(), config, clip);
        const auto targets = make_surfaces(display.get(), clip, 4);
        Stream stream(display.get(), context, clip, {});
        for (size_t i = 0; i < clip.pictures.size(); ++i) {
            EXPECT_NE(stream.decode(changed(clip.pictures[i], other), targets[i % 4]),
                      VA_STATUS_SUCCESS)
                << other.name << ", picture " << i;
        }
        EXPECT_EQ(vaDestroyContext(display.get(), context), VA_STATUS_SUCCESS);
        EXPECT_EQ(decode_good(display, clip), clip.pictures.size()) << "after " << other.name;
    }
    EXPECT_LE(display.messages().size(), 1U) << "once a display";
}

}  // namespace
}  // namespace v4l2va::test
