// SPDX-License-Identifier: MIT
#include "codec/mpeg2.h"

#include <gtest/gtest.h>
#include <linux/v4l2-controls.h>

#include <algorithm>
#include <cstring>
#include <numeric>

#include "codec_fixture.h"

namespace v4l2va {
namespace {

using test::control_of;
using test::IgnoredField;
using test::payload_of;
using test::TestClient;

constexpr uint32_t kTop = V4L2_MPEG2_PIC_TOP_FIELD;
constexpr uint32_t kBottom = V4L2_MPEG2_PIC_BOTTOM_FIELD;
constexpr uint64_t kMicrosecond = 1000;

std::vector<std::byte> bytes(std::initializer_list<int> values) {
    std::vector<std::byte> out;
    for (const int value : values) {
        out.push_back(static_cast<std::byte>(value));
    }
    return out;
}

// One picture of a 720x576 stream.
struct Picture {
    explicit Picture(int32_t type, VASurfaceID surface = 1, uint32_t structure = 3)
        : target(surface) {
        params.horizontal_size = 720;
        params.vertical_size = 576;
        params.forward_reference_picture = VA_INVALID_ID;
        params.backward_reference_picture = VA_INVALID_ID;
        params.picture_coding_type = type;
        params.f_code = 0x3245;
        params.picture_coding_extension.bits.picture_structure = structure & 3;
        slices = {bytes({0, 0, 1, 1, 0x50}), bytes({0, 0, 1, 2, 0x51, 0x52})};
    }

    static Picture field(int32_t type, uint32_t structure, bool first, VASurfaceID surface = 1) {
        Picture picture(type, surface, structure);
        picture.params.picture_coding_extension.bits.is_first_field = first ? 1 : 0;
        return picture;
    }

    VASurfaceID target;
    VAPictureParameterBufferMPEG2 params = {};
    std::vector<std::vector<std::byte>> slices;
};

struct Mpeg2 : TestClient {
    explicit Mpeg2(Size size = {720, 576}, NoReference no_reference = NoReference::kItself)
        : TestClient(create_mpeg2_codec({.no_reference = no_reference}, VAProfileMPEG2Main, size)) {
    }

    Result<CodedPicture> decode(const Picture& picture,
                                const VAIQMatrixBufferMPEG2* matrix = nullptr) {
        begin();
        EXPECT_TRUE(add_struct(VAPictureParameterBufferType, picture.params));
        if (matrix != nullptr) {
            EXPECT_TRUE(add_struct(VAIQMatrixBufferType, *matrix));
        }
        for (const auto& data : picture.slices) {
            VASliceParameterBufferMPEG2 slice = {};
            slice.slice_data_size = static_cast<uint32_t>(data.size());
            EXPECT_TRUE(add_struct(VASliceParameterBufferType, slice));
            EXPECT_TRUE(add(VASliceDataBufferType, data));
        }
        return finish(picture.target);
    }
};

v4l2_ctrl_mpeg2_picture picture_control(const CodedPicture& coded) {
    return control_of<v4l2_ctrl_mpeg2_picture>(coded, V4L2_CID_STATELESS_MPEG2_PICTURE);
}

v4l2_ctrl_mpeg2_sequence sequence_control(const CodedPicture& coded) {
    return control_of<v4l2_ctrl_mpeg2_sequence>(coded, V4L2_CID_STATELESS_MPEG2_SEQUENCE);
}

v4l2_ctrl_mpeg2_quantisation matrices(const CodedPicture& coded) {
    return control_of<v4l2_ctrl_mpeg2_quantisation>(coded, V4L2_CID_STATELESS_MPEG2_QUANTISATION);
}

TEST(Mpeg2Codec, FieldByField) {
    Mpeg2 client;
    Picture picture(V4L2_MPEG2_PIC_CODING_TYPE_I);
    auto& extension = picture.params.picture_coding_extension.bits;
    extension.intra_dc_precision = 2;
    extension.top_field_first = 1;
    extension.concealment_motion_vectors = 1;
    extension.intra_vlc_format = 1;
    extension.repeat_first_field = 1;
    const auto coded = client.decode(picture);
    ASSERT_TRUE(coded);
    EXPECT_EQ(coded->part, PicturePart::kFrame);
    EXPECT_TRUE(coded->references.empty());
    EXPECT_EQ(payload_of(*coded), std::string("\0\0\1\1\x50\0\0\1\2\x51\x52", 11));

    const v4l2_ctrl_mpeg2_sequence sequence = sequence_control(*coded);
    EXPECT_EQ(sequence.horizontal_size, 720);
    EXPECT_EQ(sequence.vertical_size, 576);
    EXPECT_EQ(sequence.chroma_format, 1);
    EXPECT_EQ(sequence.flags, 0);

    const v4l2_ctrl_mpeg2_picture control = picture_control(*coded);
    EXPECT_EQ(control.backward_ref_ts, 0U);
    EXPECT_EQ(control.forward_ref_ts, 0U);
    EXPECT_EQ(control.flags,
              uint32_t{V4L2_MPEG2_PIC_FLAG_TOP_FIELD_FIRST | V4L2_MPEG2_PIC_FLAG_CONCEALMENT_MV |
                       V4L2_MPEG2_PIC_FLAG_INTRA_VLC | V4L2_MPEG2_PIC_FLAG_REPEAT_FIRST});
    EXPECT_EQ(control.f_code[0][0], 3);
    EXPECT_EQ(control.f_code[0][1], 2);
    EXPECT_EQ(control.f_code[1][0], 4);
    EXPECT_EQ(control.f_code[1][1], 5);
    EXPECT_EQ(control.picture_coding_type, V4L2_MPEG2_PIC_CODING_TYPE_I);
    EXPECT_EQ(control.picture_structure, V4L2_MPEG2_PIC_FRAME);
    EXPECT_EQ(control.intra_dc_precision, 2);
}

// 1088 rows with twelve slices in each row of macroblocks, a buffer each, as libavcodec sends them.
TEST(Mpeg2Codec, EverySliceOfManyIsSent) {
    Mpeg2 client({1920, 1088});
    Picture picture(V4L2_MPEG2_PIC_CODING_TYPE_I);
    picture.params.horizontal_size = 1920;
    picture.params.vertical_size = 1088;
    picture.slices.clear();
    std::string all;
    for (int row = 1; row <= 68; ++row) {
        for (int slice = 0; slice < 12; ++slice) {
            picture.slices.push_back(bytes({0, 0, 1, row, 0x50 + slice}));
            all +=
                std::string("\0\0\1", 3) + static_cast<char>(row) + static_cast<char>(0x50 + slice);
        }
    }
    const auto coded = client.decode(picture);
    ASSERT_TRUE(coded);
    EXPECT_EQ(payload_of(*coded), all);
}

// libavcodec leaves it with the last slice; a picture's bytes are its slices alone.
TEST(Mpeg2Codec, SequenceEndCodeIsLeftOut) {
    Mpeg2 client;
    Picture picture(V4L2_MPEG2_PIC_CODING_TYPE_I);
    for (const int value : {0, 0, 1, 0xb7}) {
        picture.slices.back().push_back(static_cast<std::byte>(value));
    }
    const auto coded = client.decode(picture);
    ASSERT_TRUE(coded);
    EXPECT_EQ(payload_of(*coded), std::string("\0\0\1\1\x50\0\0\1\2\x51\x52", 11));
}

// Clients that cut at the next slice or picture leave what is between: user data, an extension, the
// headers of the next group, stuffing before them.
TEST(Mpeg2Codec, OtherStartCodesEndTheSlices) {
    const std::string slices("\0\0\1\1\x50\0\0\1\2\x51\x52", 11);
    for (const int code : {0x00, 0xb2, 0xb3, 0xb5, 0xb7, 0xb8, 0xff}) {
        Mpeg2 client;
        Picture picture(V4L2_MPEG2_PIC_CODING_TYPE_I);
        for (const int value : {0, 0, 1, code, 0x12, 0, 0, 1, 7}) {
            picture.slices.back().push_back(static_cast<std::byte>(value));
        }
        EXPECT_EQ(payload_of(*client.decode(picture)), slices) << code;
    }
    for (const size_t stuffing : {1U, 3U, 64U, 4096U}) {
        Mpeg2 client;
        Picture picture(V4L2_MPEG2_PIC_CODING_TYPE_I);
        auto& last = picture.slices.back();
        last.insert(last.end(), stuffing, std::byte{0});
        EXPECT_EQ(payload_of(*client.decode(picture)), slices + std::string(stuffing, '\0'));
        for (const int value : {0, 0, 1, 0xb7}) {
            last.push_back(static_cast<std::byte>(value));
        }
        const std::string payload = payload_of(*client.decode(picture));
        EXPECT_EQ(payload.find_first_not_of('\0', slices.size()), std::string::npos) << stuffing;
        EXPECT_LE(payload.size(), slices.size() + stuffing);
    }
}

// A client that passes the whole picture in one piece, with more rows than arrays of drivers had.
TEST(Mpeg2Codec, ManySlicesInOneBufferAndInMany) {
    Picture one(V4L2_MPEG2_PIC_CODING_TYPE_I);
    Picture many(V4L2_MPEG2_PIC_CODING_TYPE_I);
    one.slices.assign(1, {});
    many.slices.clear();
    for (int i = 0; i < 36 * 9; ++i) {  // nine slices a row
        const auto slice = bytes({0, 0, 1, 1 + i / 9, 0x50 + i % 9});
        many.slices.push_back(slice);
        one.slices[0].insert(one.slices[0].end(), slice.begin(), slice.end());
    }
    Mpeg2 first;
    Mpeg2 second;
    const auto in_one = first.decode(one);
    const auto in_many = second.decode(many);
    ASSERT_TRUE(in_one);
    ASSERT_TRUE(in_many);
    EXPECT_EQ(in_many->units[0].fragments.size(), 324U);
    EXPECT_EQ(test::outcome_of(in_one), test::outcome_of(in_many));
}

// Not conforming, but common: each flag is the picture's, none is inferred from another.
TEST(Mpeg2Codec, ProgressiveFrameWithFieldPrediction) {
    Mpeg2 client;
    Picture picture(V4L2_MPEG2_PIC_CODING_TYPE_I);
    picture.params.picture_coding_extension.bits.progressive_frame = 1;
    auto coded = client.decode(picture);
    EXPECT_EQ(picture_control(*coded).flags, uint32_t{V4L2_MPEG2_PIC_FLAG_PROGRESSIVE});
    EXPECT_EQ(sequence_control(*coded).flags, 0);
    picture.params.picture_coding_extension.bits.progressive_frame = 0;
    picture.params.picture_coding_extension.bits.frame_pred_frame_dct = 1;
    coded = client.decode(picture);
    EXPECT_EQ(picture_control(*coded).flags, uint32_t{V4L2_MPEG2_PIC_FLAG_FRAME_PRED_DCT});
}

TEST(Mpeg2Codec, OtherFlags) {
    Mpeg2 client;
    Picture picture(V4L2_MPEG2_PIC_CODING_TYPE_I);
    auto& extension = picture.params.picture_coding_extension.bits;
    extension.frame_pred_frame_dct = 1;
    extension.q_scale_type = 1;
    extension.alternate_scan = 1;
    extension.progressive_frame = 1;
    const auto coded = client.decode(picture);
    ASSERT_TRUE(coded);
    EXPECT_EQ(picture_control(*coded).flags,
              uint32_t{V4L2_MPEG2_PIC_FLAG_FRAME_PRED_DCT | V4L2_MPEG2_PIC_FLAG_Q_SCALE_TYPE |
                       V4L2_MPEG2_PIC_FLAG_ALT_SCAN | V4L2_MPEG2_PIC_FLAG_PROGRESSIVE});
    EXPECT_EQ(sequence_control(*coded).flags, V4L2_MPEG2_SEQ_FLAG_PROGRESSIVE);
}

Picture progressive_picture() {
    Picture picture(V4L2_MPEG2_PIC_CODING_TYPE_I);
    picture.params.picture_coding_extension.bits.frame_pred_frame_dct = 1;
    picture.params.picture_coding_extension.bits.progressive_frame = 1;
    return picture;
}

TEST(Mpeg2Codec, ProgressiveSequenceEndsOnce) {
    Mpeg2 client;
    EXPECT_EQ(sequence_control(*client.decode(progressive_picture())).flags, 1);
    EXPECT_EQ(sequence_control(*client.decode(Picture(V4L2_MPEG2_PIC_CODING_TYPE_I))).flags, 0);
    EXPECT_EQ(sequence_control(*client.decode(progressive_picture())).flags, 0);
}

// 6.3.3: an interlaced sequence of 400 lines has 26 rows of macroblocks, a progressive one 25.
TEST(Mpeg2Codec, RowsTellProgressiveSequence) {
    for (const int last_row : {25, 26}) {
        Mpeg2 client;
        Picture picture = progressive_picture();
        picture.params.vertical_size = 400;
        picture.slices.push_back(bytes({0, 0, 1, last_row, 0x50}));
        EXPECT_EQ(sequence_control(*client.decode(picture)).flags, last_row == 25 ? 1 : 0);
    }
}

VAIQMatrixBufferMPEG2 iq_matrix(uint8_t first) {
    VAIQMatrixBufferMPEG2 matrix = {};
    uint8_t value = first;
    for (auto* list :
         {matrix.intra_quantiser_matrix, matrix.non_intra_quantiser_matrix,
          matrix.chroma_intra_quantiser_matrix, matrix.chroma_non_intra_quantiser_matrix}) {
        std::iota(list, list + 64, value);
        value = static_cast<uint8_t>(value + 10);
    }
    return matrix;
}

TEST(Mpeg2Codec, MatricesStay) {
    Mpeg2 client;
    const Picture picture(V4L2_MPEG2_PIC_CODING_TYPE_I);
    // Defaults, 6.3.11.
    v4l2_ctrl_mpeg2_quantisation now = matrices(*client.decode(picture));
    EXPECT_EQ(now.intra_quantiser_matrix[0], 8);
    EXPECT_EQ(now.intra_quantiser_matrix[4], 16);  // zig-zag: row 1, column 1
    EXPECT_EQ(now.intra_quantiser_matrix[5], 19);
    EXPECT_EQ(now.intra_quantiser_matrix[63], 83);
    EXPECT_EQ(now.chroma_intra_quantiser_matrix[63], 83);
    EXPECT_EQ(now.non_intra_quantiser_matrix[0], 16);
    EXPECT_EQ(now.chroma_non_intra_quantiser_matrix[63], 16);

    VAIQMatrixBufferMPEG2 matrix = iq_matrix(20);
    matrix.load_intra_quantiser_matrix = 1;
    now = matrices(*client.decode(picture, &matrix));
    EXPECT_EQ(now.intra_quantiser_matrix[63], 83);
    EXPECT_EQ(now.intra_quantiser_matrix[0], 20);
    EXPECT_EQ(now.chroma_intra_quantiser_matrix[1], 21);  // follows luma
    EXPECT_EQ(now.non_intra_quantiser_matrix[1], 16);

    // Nothing loaded, then no buffer at all.
    matrix = iq_matrix(1);
    EXPECT_EQ(matrices(*client.decode(picture, &matrix)).intra_quantiser_matrix[0], 20);
    EXPECT_EQ(matrices(*client.decode(picture)).intra_quantiser_matrix[0], 20);

    matrix.load_non_intra_quantiser_matrix = 1;
    matrix.load_chroma_intra_quantiser_matrix = 1;
    now = matrices(*client.decode(picture, &matrix));
    EXPECT_EQ(now.intra_quantiser_matrix[0], 20);
    EXPECT_EQ(now.non_intra_quantiser_matrix[0], 11);
    EXPECT_EQ(now.chroma_intra_quantiser_matrix[0], 21);
    EXPECT_EQ(now.chroma_non_intra_quantiser_matrix[0], 11);
    matrix = {};
    matrix.load_chroma_non_intra_quantiser_matrix = 1;
    matrix.chroma_non_intra_quantiser_matrix[0] = 99;
    now = matrices(*client.decode(picture, &matrix));
    EXPECT_EQ(now.non_intra_quantiser_matrix[0], 11);
    EXPECT_EQ(now.chroma_non_intra_quantiser_matrix[0], 99);
}

TEST(Mpeg2Codec, FailedPictureLoadsNoMatrix) {
    Mpeg2 client;
    Picture broken(V4L2_MPEG2_PIC_CODING_TYPE_I);
    broken.slices[1] = bytes({0, 0, 1, 0xB3, 0});
    VAIQMatrixBufferMPEG2 matrix = iq_matrix(20);
    matrix.load_intra_quantiser_matrix = 1;
    EXPECT_FALSE(client.decode(broken, &matrix));
    const Picture picture(V4L2_MPEG2_PIC_CODING_TYPE_I);
    EXPECT_EQ(matrices(*client.decode(picture)).intra_quantiser_matrix[0], 8);
}

TEST(Mpeg2Codec, References) {
    Mpeg2 client;
    ASSERT_TRUE(client.decode(Picture(V4L2_MPEG2_PIC_CODING_TYPE_I, 1)));
    Picture p(V4L2_MPEG2_PIC_CODING_TYPE_P, 2);
    p.params.forward_reference_picture = 1;
    p.params.backward_reference_picture = 1;  // libavcodec leaves anything there
    auto coded = client.decode(p);
    EXPECT_EQ(picture_control(*coded).forward_ref_ts, 1 * kMicrosecond);
    EXPECT_EQ(picture_control(*coded).backward_ref_ts, 0U);
    ASSERT_EQ(coded->references.size(), 1U);
    EXPECT_EQ(coded->references[0], 1U);

    Picture b(V4L2_MPEG2_PIC_CODING_TYPE_B, 3);
    b.params.forward_reference_picture = 1;
    b.params.backward_reference_picture = 2;
    coded = client.decode(b);
    EXPECT_EQ(picture_control(*coded).forward_ref_ts, 1 * kMicrosecond);
    EXPECT_EQ(picture_control(*coded).backward_ref_ts, 2 * kMicrosecond);
    EXPECT_EQ(coded->references.size(), 2U);

    // An open group after a seek: only the later anchor exists.
    b.params.forward_reference_picture = 77;
    coded = client.decode(b);
    EXPECT_EQ(picture_control(*coded).forward_ref_ts, 2 * kMicrosecond);
    EXPECT_EQ(picture_control(*coded).backward_ref_ts, 2 * kMicrosecond);
    // Nothing that is named exists: the picture before, then itself.
    p.params.forward_reference_picture = 77;
    coded = client.decode(p);
    EXPECT_EQ(picture_control(*coded).forward_ref_ts, 4 * kMicrosecond);
    ASSERT_EQ(coded->references.size(), 1U);
    EXPECT_EQ(coded->references[0], b.target);
    client.surfaces.timestamps.clear();
    coded = client.decode(p);
    EXPECT_EQ(picture_control(*coded).forward_ref_ts, 6 * kMicrosecond);
    EXPECT_TRUE(coded->references.empty());
    Mpeg2 refusing({720, 576}, NoReference::kRefuse);
    EXPECT_FALSE(refusing.decode(p));
}

// The first B pictures of a group that says it is closed, or whose link was cut.
TEST(Mpeg2Codec, BPicturesWithoutReferences) {
    Mpeg2 client;
    ASSERT_TRUE(client.decode(Picture(V4L2_MPEG2_PIC_CODING_TYPE_I, 1)));
    Picture b(V4L2_MPEG2_PIC_CODING_TYPE_B, 2);
    b.params.backward_reference_picture = 1;
    auto coded = client.decode(b);
    ASSERT_TRUE(coded);
    EXPECT_EQ(picture_control(*coded).forward_ref_ts, 1 * kMicrosecond);
    EXPECT_EQ(picture_control(*coded).backward_ref_ts, 1 * kMicrosecond);
    std::swap(b.params.forward_reference_picture, b.params.backward_reference_picture);
    coded = client.decode(b);
    ASSERT_TRUE(coded);
    EXPECT_EQ(picture_control(*coded).forward_ref_ts, 1 * kMicrosecond);
    EXPECT_EQ(picture_control(*coded).backward_ref_ts, 1 * kMicrosecond);
    b.params.forward_reference_picture = VA_INVALID_ID;
    EXPECT_TRUE(client.decode(b));
}

// A bottom-first P frame of two fields after a top-first I frame of an I and a P field.
TEST(Mpeg2Codec, FieldPairs) {
    Mpeg2 client;
    const uint32_t tff = V4L2_MPEG2_PIC_FLAG_TOP_FIELD_FIRST;
    auto coded = client.decode(Picture::field(V4L2_MPEG2_PIC_CODING_TYPE_I, kTop, true));
    EXPECT_EQ(coded->part, PicturePart::kFirstField);
    EXPECT_EQ(picture_control(*coded).flags & tff, tff);
    EXPECT_EQ(picture_control(*coded).picture_structure, kTop);

    // Its reference is the first field: the timestamp that both fields carry.
    Picture second = Picture::field(V4L2_MPEG2_PIC_CODING_TYPE_P, kBottom, false);
    second.params.forward_reference_picture = 1;
    coded = client.decode(second);
    EXPECT_EQ(coded->part, PicturePart::kSecondField);
    EXPECT_EQ(picture_control(*coded).flags & tff, tff);
    EXPECT_EQ(picture_control(*coded).forward_ref_ts, 1 * kMicrosecond);
    EXPECT_TRUE(coded->references.empty());

    Picture p = Picture::field(V4L2_MPEG2_PIC_CODING_TYPE_P, kBottom, true, 2);
    p.params.forward_reference_picture = 1;
    coded = client.decode(p);
    EXPECT_EQ(coded->part, PicturePart::kFirstField);
    EXPECT_EQ(picture_control(*coded).flags & tff, 0U);
    EXPECT_EQ(picture_control(*coded).forward_ref_ts, 1 * kMicrosecond);
    p = Picture::field(V4L2_MPEG2_PIC_CODING_TYPE_P, kTop, false, 2);
    p.params.forward_reference_picture = 1;
    coded = client.decode(p);
    EXPECT_EQ(coded->part, PicturePart::kSecondField);
    EXPECT_EQ(picture_control(*coded).flags & tff, 0U);
    EXPECT_EQ(picture_control(*coded).forward_ref_ts, 1 * kMicrosecond);
    EXPECT_EQ(coded->references.size(), 1U);
}

// Whatever the client names, and whatever else exists, the first field does.
TEST(Mpeg2Codec, SecondFieldHasItsFirstOnAnyDevice) {
    Mpeg2 refusing({720, 576}, NoReference::kRefuse);
    ASSERT_TRUE(refusing.decode(Picture::field(V4L2_MPEG2_PIC_CODING_TYPE_I, kTop, true)));
    const auto coded =
        refusing.decode(Picture::field(V4L2_MPEG2_PIC_CODING_TYPE_P, kBottom, false));
    ASSERT_TRUE(coded);
    EXPECT_EQ(coded->part, PicturePart::kSecondField);
    EXPECT_EQ(picture_control(*coded).forward_ref_ts, 1 * kMicrosecond);
}

TEST(Mpeg2Codec, SecondFieldNeedsItsFirst) {
    Mpeg2 client;
    const auto part = [&client](uint32_t structure, bool first, VASurfaceID surface) {
        return client
            .decode(Picture::field(V4L2_MPEG2_PIC_CODING_TYPE_I, structure, first, surface))
            ->part;
    };
    EXPECT_EQ(part(kBottom, false, 1), PicturePart::kFirstField);  // its first field was lost
    EXPECT_EQ(part(kTop, false, 2), PicturePart::kFirstField);     // another surface
    EXPECT_EQ(part(kTop, false, 2), PicturePart::kFirstField);     // the same parity
    EXPECT_EQ(part(kBottom, true, 2), PicturePart::kFirstField);   // the client says so
    EXPECT_EQ(part(kTop, false, 2), PicturePart::kSecondField);
    EXPECT_EQ(part(kBottom, false, 2), PicturePart::kFirstField);  // a third one
    client.surfaces.timestamps[2] = Timestamp(1234);               // decoded into by others
    EXPECT_EQ(part(kTop, false, 2), PicturePart::kFirstField);
    ASSERT_TRUE(client.decode(Picture(V4L2_MPEG2_PIC_CODING_TYPE_I, 3)));
    EXPECT_EQ(part(kBottom, false, 2), PicturePart::kFirstField);  // a frame in between
}

TEST(Mpeg2Codec, Refused) {
    Mpeg2 client;
    const auto error = [&client](auto damage) {
        Picture picture(V4L2_MPEG2_PIC_CODING_TYPE_B);
        damage(picture);
        const auto coded = client.decode(picture);
        EXPECT_FALSE(coded);
        return coded ? ErrorCode::kKernel : coded.error().code;
    };
    EXPECT_EQ(error([](Picture& p) { p.params.picture_coding_type = 4; }), ErrorCode::kUnsupported);
    EXPECT_EQ(
        error([](Picture& p) { p.params.picture_coding_extension.bits.picture_structure = 0; }),
        ErrorCode::kUnsupported);
    for (const int32_t type : {0, 5, -1, 258}) {
        EXPECT_EQ(error([type](Picture& p) { p.params.picture_coding_type = type; }),
                  ErrorCode::kInvalidParameter);
    }
    for (const int32_t f_code : {0x0111, 0x1011, 0x110f, 0x111a}) {
        EXPECT_EQ(error([f_code](Picture& p) { p.params.f_code = f_code; }),
                  ErrorCode::kInvalidParameter);
    }
    EXPECT_EQ(error([](Picture& p) { p.params.horizontal_size = 721; }),
              ErrorCode::kInvalidParameter);
    EXPECT_EQ(error([](Picture& p) { p.params.vertical_size = 0; }), ErrorCode::kInvalidParameter);
    EXPECT_EQ(error([](Picture& p) { p.slices.clear(); }), ErrorCode::kInvalidParameter);
    for (const auto& slice : {bytes({1, 2, 3, 4, 5}), bytes({0, 0, 1}), bytes({0, 0, 1, 0, 0}),
                              bytes({0, 0, 1, 0xB0, 0}), bytes({0, 0, 0, 0})}) {
        EXPECT_EQ(error([&slice](Picture& p) { p.slices[1] = slice; }),
                  ErrorCode::kInvalidBitstream);
    }
    client.begin();
    EXPECT_EQ(client.finish(1).error().code, ErrorCode::kInvalidParameter);
    EXPECT_FALSE(client.add(VAProbabilityBufferType, bytes({1})));
    EXPECT_FALSE(client.add(VAPictureParameterBufferType, bytes({1})));
}

// libavcodec writes 15 where a picture has no vectors of that direction.
TEST(Mpeg2Codec, UnusedVectorsNeedNoCode) {
    Mpeg2 client;
    Picture picture(V4L2_MPEG2_PIC_CODING_TYPE_I);
    picture.params.f_code = 0xffff;
    EXPECT_TRUE(client.decode(picture));
    picture.params.picture_coding_type = V4L2_MPEG2_PIC_CODING_TYPE_P;
    picture.params.f_code = 0x11ff;
    EXPECT_TRUE(client.decode(picture));
}

// Each field of VA's structs: a B picture after two anchors.
struct Audit {
    Audit() : picture(V4L2_MPEG2_PIC_CODING_TYPE_B, 3) {
        picture.params.forward_reference_picture = 100;
        picture.params.backward_reference_picture = 101;
        slice.slice_data_offset = 1;
        slice.slice_data_size = 6;
        data = bytes({9, 0, 0, 1, 1, 0x50, 0x51, 0x52});
        // Not what the defaults are.
        matrix = iq_matrix(100);
        matrix.load_intra_quantiser_matrix = 1;
        matrix.load_non_intra_quantiser_matrix = 1;
        matrix.load_chroma_intra_quantiser_matrix = 1;
        matrix.load_chroma_non_intra_quantiser_matrix = 1;
    }

    std::string run() {
        Mpeg2 client;
        for (VASurfaceID surface = 100; surface < 102; ++surface) {
            client.surfaces.timestamps[surface] = Timestamp(500 + surface);
        }
        // The first field of a pair, for is_first_field.
        if (pair) {
            EXPECT_TRUE(client.decode(Picture::field(V4L2_MPEG2_PIC_CODING_TYPE_I, kTop, true, 3)));
        }
        client.begin();
        EXPECT_TRUE(client.add_struct(VAPictureParameterBufferType, picture.params));
        EXPECT_TRUE(client.add_struct(VAIQMatrixBufferType, matrix));
        EXPECT_TRUE(client.add_struct(VASliceParameterBufferType, slice));
        EXPECT_TRUE(client.add(VASliceDataBufferType, data));
        return test::outcome_of(client.finish(3));
    }

    Picture picture;
    VAIQMatrixBufferMPEG2 matrix = {};
    VASliceParameterBufferMPEG2 slice = {};
    std::vector<std::byte> data;
    bool pair = false;
};

TEST(Mpeg2Audit, PictureParameters) {
    using Params = VAPictureParameterBufferMPEG2;
    Audit audit;
    const std::vector<IgnoredField> ignored = {
        {offsetof(Params, f_code) + 2, 16, "four codes of four bits"},
        {offsetof(Params, picture_coding_extension), 20, "unnamed bits", 12 + 1},
        {offsetof(Params, picture_coding_extension), 1, "is_first_field: of field pictures", 12},
        {offsetof(Params, va_reserved), 4 * 32, "reserved"},
    };
    test::audit_fields(audit.picture.params, ignored, [&audit] { return audit.run(); });

    audit.pair = true;
    audit.picture.params.picture_coding_extension.bits.picture_structure = kBottom;
    const std::string second = audit.run();
    audit.picture.params.picture_coding_extension.bits.is_first_field = 1;
    EXPECT_NE(audit.run(), second);
}

TEST(Mpeg2Audit, IqMatrix) {
    using Matrix = VAIQMatrixBufferMPEG2;
    Audit audit;
    // Any value but 0 loads: a second bit set changes nothing.
    std::vector<IgnoredField> ignored = {{offsetof(Matrix, va_reserved), 4 * 32, "reserved"}};
    for (size_t i = 0; i < 4; ++i) {
        ignored.push_back({4 * i, 31, "a flag", 1});
    }
    test::audit_fields(audit.matrix, ignored, [&audit] { return audit.run(); });
}

TEST(Mpeg2Audit, SliceParameters) {
    using Slice = VASliceParameterBufferMPEG2;
    Audit audit;
    const std::vector<IgnoredField> ignored = {
        {offsetof(Slice, macroblock_offset), 5 * 32, "all in the slice header, which is sent"},
        {offsetof(Slice, va_reserved), 4 * 32, "reserved"},
    };
    test::audit_fields(audit.slice, ignored, [&audit] { return audit.run(); });
}

}  // namespace
}  // namespace v4l2va
