// SPDX-License-Identifier: MIT
// H.264 High 10 through libva, on a device that has it.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>

#include "player.h"

namespace v4l2va::test {
namespace {

const Recording& deep_clip() {
    static const Recording recording = record_deep_clip({});
    return recording;
}

TEST(High10, IsOfferedWithBothDepths) {
    const Display display;
    std::vector<VAProfile> profiles(static_cast<size_t>(vaMaxNumProfiles(display.get())));
    int count = 0;
    ASSERT_EQ(vaQueryConfigProfiles(display.get(), profiles.data(), &count), VA_STATUS_SUCCESS);
    EXPECT_EQ(std::count(profiles.begin(), profiles.begin() + count, kH264High10), 1);
    VAConfigAttrib attribute = {VAConfigAttribRTFormat, 0};
    ASSERT_EQ(vaGetConfigAttributes(display.get(), kH264High10, VAEntrypointVLD, &attribute, 1),
              VA_STATUS_SUCCESS);
    EXPECT_EQ(attribute.value, uint32_t{VA_RT_FORMAT_YUV420} | VA_RT_FORMAT_YUV420_10);
    attribute.value = 0;
    ASSERT_EQ(
        vaGetConfigAttributes(display.get(), VAProfileH264High, VAEntrypointVLD, &attribute, 1),
        VA_STATUS_SUCCESS);
    EXPECT_EQ(attribute.value, uint32_t{VA_RT_FORMAT_YUV420});
}

TEST(High10, EveryPictureIsBitExact) {
    const Display display;
    Player player(display, deep_clip());
    EXPECT_EQ(player.decode_and_compare(), deep_clip().pictures.size());
    EXPECT_TRUE(display.messages().empty());
}

TEST(High10, EveryToolIsBitExact) {
    const Display display;
    for (const char* params : {"bframes=2:direct=temporal:ref=2", "no-cabac=1:bframes=1",
                               "tff=1:bframes=1:ref=2", "8x8dct=0:cqm=jvt:slices=3"}) {
        const Recording recording =
            record_deep_clip({.width = 208, .height = 128, .frames = 12, .x264_params = params});
        Player player(display, recording);
        EXPECT_EQ(player.decode_and_compare(), recording.pictures.size()) << params;
    }
}

// Who sends the clip. The recorder is libavcodec 5.1, whose picture order counts of type 0 start at
// 65536; pic_init_qp is the standard's here.
enum class Sender { kRecorder, kStandard, kFfmpeg7 };

Recording sent_by(Sender sender, Recording recording) {
    constexpr int32_t kFfmpegPoc = 65536;
    constexpr int kQpBdOffset = 12;
    const auto change = [sender](VAPictureParameterBufferH264& params) {
        if (sender == Sender::kFfmpeg7) {
            params.pic_init_qp_minus26 += kQpBdOffset;
            params.pic_init_qs_minus26 += kQpBdOffset;
        }
        if (sender != Sender::kStandard) {
            return;
        }
        if (params.seq_fields.bits.pic_order_cnt_type != 0) {
            params.seq_fields.bits.log2_max_pic_order_cnt_lsb_minus4 = 0;
            return;
        }
        params.CurrPic.TopFieldOrderCnt -= kFfmpegPoc;
        params.CurrPic.BottomFieldOrderCnt -= kFfmpegPoc;
        for (VAPictureH264& reference : params.ReferenceFrames) {
            reference.TopFieldOrderCnt -= kFfmpegPoc;
            reference.BottomFieldOrderCnt -= kFfmpegPoc;
        }
    };
    for (RecordedPicture& picture : recording.pictures) {
        for (RecordedBuffer& buffer : picture.buffers) {
            if (buffer.type == VAPictureParameterBufferType) {
                VAPictureParameterBufferH264 params;
                std::memcpy(&params, buffer.bytes.data(), sizeof(params));
                change(params);
                std::memcpy(buffer.bytes.data(), &params, sizeof(params));
            }
        }
    }
    return recording;
}

VAPictureParameterBufferH264 first_picture(const Recording& recording) {
    VAPictureParameterBufferH264 params = {};
    std::memcpy(&params, recording.pictures[0].buffers[0].bytes.data(), sizeof(params));
    return params;
}

// By what the driver knows it, from libavcodec itself.
TEST(High10, SignsOfLibavcodec) {
    const VAPictureParameterBufferH264 b_pictures = first_picture(record_clip({.frames = 4}));
    EXPECT_EQ(b_pictures.seq_fields.bits.pic_order_cnt_type, 0U);
    EXPECT_EQ(b_pictures.CurrPic.TopFieldOrderCnt, 65536);
    const VAPictureParameterBufferH264 p_pictures =
        first_picture(record_clip({.frames = 4, .x264_params = "bframes=0"}));
    EXPECT_EQ(p_pictures.seq_fields.bits.pic_order_cnt_type, 2U);
    EXPECT_EQ(p_pictures.seq_fields.bits.log2_max_pic_order_cnt_lsb_minus4, 12U);
}

// libx264's scale of QP begins at -12: pic_init_qp_minus26 is QP - 38, beyond -26 at 1.
TEST(High10, EveryQpFromEverySender) {
    const Display display;
    for (const char* qp : {"1", "21", "51", "63"}) {
        for (const char* tools : {"bframes=2", "no-cabac=1:slices=2", "keyint=1", "tff=1"}) {
            const std::string params = std::string(tools) + ":qp=" + qp;
            const Recording clip =
                record_deep_clip({.width = 96, .height = 64, .frames = 5, .x264_params = params});
            for (const Sender sender : {Sender::kRecorder, Sender::kStandard, Sender::kFfmpeg7}) {
                const Recording recording = sent_by(sender, clip);
                Player player(display, recording);
                EXPECT_EQ(player.decode_and_compare(), recording.pictures.size())
                    << params << " sender " << static_cast<int>(sender);
            }
        }
    }
}

// Once a context, whatever the number of pictures, and nothing above debug level.
TEST(High10, TellsOnceWhoSends) {
    for (const Sender sender : {Sender::kStandard, Sender::kFfmpeg7}) {
        const Recording recording = sent_by(sender, deep_clip());
        const auto display = display_with_infos("debug");
        Player player(*display, recording);
        EXPECT_EQ(player.decode_and_compare(), recording.pictures.size());
        const auto& infos = display->infos();
        const auto about_qp = [](const std::string& line) {
            return line.find("pic_init_qp") != std::string::npos;
        };
        EXPECT_EQ(std::count_if(infos.begin(), infos.end(), about_qp), 1);
    }
}

TEST(High10, PicturesOfEightBits) {
    const Display display;
    Recording recording = record_clip({});
    recording.profile = kH264High10;
    Player player(display, recording);
    EXPECT_EQ(player.decode_and_compare(), recording.pictures.size());
}

TEST(High10, HighRefusesTenBits) {
    const Display display;
    Recording recording = deep_clip();
    recording.profile = VAProfileH264High;
    recording.bit_depth = 8;
    Player player(display, recording);
    EXPECT_NE(player.decode(recording.pictures[0]), VA_STATUS_SUCCESS);
}

}  // namespace
}  // namespace v4l2va::test
