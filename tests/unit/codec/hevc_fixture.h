// SPDX-License-Identifier: MIT
// What a VA-API client hands over for HEVC pictures, for tests only.
#pragma once

#include <va/va.h>
#include <va/va_dec_hevc.h>

#include <cstring>
#include <vector>

#include "../bitstream/hevc_slice_writer.h"
#include "codec/hevc.h"
#include "codec_fixture.h"

namespace v4l2va::test {

inline VAPictureHEVC hevc_picture(VASurfaceID surface, int32_t poc, uint32_t flags = 0) {
    VAPictureHEVC picture = {};
    picture.picture_id = surface;
    picture.pic_order_cnt = poc;
    picture.flags = flags;
    return picture;
}

// One picture of a 416x240 stream with CTBs of 16; each test changes what it is about.
struct HevcTestPicture {
    explicit HevcTestPicture(HevcSliceType type, int32_t poc, VASurfaceID surface = 1)
        : target(surface) {
        params.CurrPic = hevc_picture(surface, poc);
        for (auto& reference : params.ReferenceFrames) {
            reference = hevc_picture(VA_INVALID_ID, 0, VA_PICTURE_HEVC_INVALID);
        }
        params.pic_width_in_luma_samples = 416;
        params.pic_height_in_luma_samples = 240;
        params.pic_fields.bits.chroma_format_idc = 1;
        params.sps_max_dec_pic_buffering_minus1 = 4;
        params.log2_diff_max_min_luma_coding_block_size = 1;
        params.log2_diff_max_min_transform_block_size = 2;
        params.log2_max_pic_order_cnt_lsb_minus4 = 4;
        params.num_short_term_ref_pic_sets = 3;
        add_slice(type);
    }

    // A slice segment as the client describes it, and as it stands in the stream.
    struct Slice {
        VASliceParameterBufferHEVC params = {};
        HevcSliceToWrite syntax;
    };

    Slice& add_slice(HevcSliceType type) {
        Slice slice;
        HevcSliceSegmentHeader& header = slice.syntax.header;
        header.nal_unit_type = 1;
        header.slice_type = type;
        header.first_slice_segment_in_pic_flag = slices.empty();
        header.slice_segment_address = static_cast<uint32_t>(slices.size());
        header.slice_pic_order_cnt_lsb = static_cast<uint16_t>(params.CurrPic.pic_order_cnt & 0xff);
        header.short_term_ref_pic_set_sps_flag = true;
        header.short_term_ref_pic_set_idx = 1;
        std::memset(slice.params.RefPicList, 0xff, sizeof(slice.params.RefPicList));
        slice.params.slice_segment_address = header.slice_segment_address;
        slice.params.LongSliceFlags.fields.slice_type = static_cast<uint32_t>(type) & 3U;
        slice.params.collocated_ref_idx = 0xff;
        slices.push_back(slice);
        return slices.back();
    }

    HevcSliceSegmentHeader& header() { return slices.front().syntax.header; }

    VAPictureHEVC& add_reference(VASurfaceID surface, int32_t poc, uint32_t flags) {
        params.ReferenceFrames[references] = hevc_picture(surface, poc, flags);
        return params.ReferenceFrames[references++];
    }

    [[nodiscard]] std::vector<std::byte> nal(size_t index) {
        Slice& slice = slices[index];
        VAPictureParameterBufferHEVC written = params;
        if (written.log2_min_luma_coding_block_size_minus3 > 3) {
            written.log2_min_luma_coding_block_size_minus3 = 0;  // no stream can be like this
        }
        if (written.log2_diff_max_min_luma_coding_block_size > 3) {
            written.log2_diff_max_min_luma_coding_block_size = 3;
        }
        HevcSliceWriter writer(hevc_slice_header_input(written), slice.syntax);
        std::vector<std::byte> bytes = writer.write();
        slice.params.slice_data_size = static_cast<uint32_t>(bytes.size());
        slice.params.slice_data_byte_offset = static_cast<uint32_t>(writer.header_bytes);
        return bytes;
    }

    VASurfaceID target;
    VAPictureParameterBufferHEVC params = {};
    VAIQMatrixBufferHEVC iq_matrix = {};
    bool has_iq_matrix = false;
    std::vector<Slice> slices;
    size_t references = 0;
};

// The five styles of devices.
enum class HevcStyle { kFrame, kFrameSlices, kFrameRps, kSlice, kFrameNoStartCode };

inline constexpr HevcStyle kHevcStyles[] = {HevcStyle::kFrame, HevcStyle::kFrameSlices,
                                            HevcStyle::kFrameRps, HevcStyle::kSlice,
                                            HevcStyle::kFrameNoStartCode};

inline CodecTraits hevc_traits(HevcStyle style) {
    CodecTraits traits;
    traits.has_scaling_matrix = true;
    const bool slices = style == HevcStyle::kFrameSlices || style == HevcStyle::kFrameNoStartCode;
    if (slices) {
        traits.has_slice_params = true;
        traits.max_slice_params = 600;
    }
    if (style == HevcStyle::kFrameNoStartCode || style == HevcStyle::kSlice) {
        traits.start_code = StartCode::kNone;
    }
    if (style == HevcStyle::kSlice) {
        traits.decode_mode = DecodeMode::kSliceBased;
        traits.has_slice_params = true;
        traits.max_slice_params = 1;
        traits.max_entry_points = 256;
        traits.supports_hold = true;
    }
    traits.has_ext_sps_rps = style == HevcStyle::kFrameRps;
    traits.no_reference = NoReference::kItself;
    return traits;
}

// A codec and the surfaces around it.
class HevcTestCodec : public TestClient {
  public:
    explicit HevcTestCodec(HevcStyle style = HevcStyle::kFrame,
                           VAProfile profile = VAProfileHEVCMain, Size size = {416, 240})
        : HevcTestCodec(hevc_traits(style), profile, size) {}
    explicit HevcTestCodec(const CodecTraits& traits, VAProfile profile = VAProfileHEVCMain,
                           Size size = {416, 240})
        : TestClient(create_hevc_codec(traits, profile, size)) {
        for (VASurfaceID surface = 100; surface < 120; ++surface) {
            surfaces.timestamps[surface] = Timestamp(surface);
        }
    }

    // As ffmpeg does: parameters, then a pair of buffers for each slice.
    Result<CodedPicture> decode(HevcTestPicture& picture) {
        begin();
        data.clear();
        add_struct(VAPictureParameterBufferType, picture.params);
        if (picture.has_iq_matrix) {
            add_struct(VAIQMatrixBufferType, picture.iq_matrix);
        }
        for (size_t i = 0; i < picture.slices.size(); ++i) {
            data.push_back(picture.nal(i));
        }
        for (size_t i = 0; i < picture.slices.size(); ++i) {
            add_struct(VASliceParameterBufferType, picture.slices[i].params);
            add(VASliceDataBufferType, data[i]);
        }
        return finish(picture.target);
    }

    // Always of the same timestamp, and not decoded into `target` afterwards.
    Result<CodedPicture> finish(VASurfaceID target) {
        return codec->finish({target, Timestamp(900), &surfaces});
    }

    std::vector<std::vector<std::byte>> data;  // the NAL units of the last decode()
};

// All elements of an array control.
template <typename T>
std::vector<T> hevc_array(const CodedPicture& coded, uint32_t id, size_t unit = 0) {
    const std::span<const std::byte> bytes = coded.units[unit].controls->find(id);
    std::vector<T> values(bytes.size() / sizeof(T));
    if (!values.empty()) {
        std::memcpy(values.data(), bytes.data(), values.size() * sizeof(T));
    }
    return values;
}

inline constexpr uint32_t kHevcBefore = VA_PICTURE_HEVC_RPS_ST_CURR_BEFORE;
inline constexpr uint32_t kHevcAfter = VA_PICTURE_HEVC_RPS_ST_CURR_AFTER;
inline constexpr uint32_t kHevcLongTerm =
    VA_PICTURE_HEVC_RPS_LT_CURR | VA_PICTURE_HEVC_LONG_TERM_REFERENCE;

inline v4l2_ctrl_hevc_decode_params hevc_decode_control(const CodedPicture& coded) {
    return control<v4l2_ctrl_hevc_decode_params>(coded, V4L2_CID_STATELESS_HEVC_DECODE_PARAMS);
}

inline std::vector<v4l2_ctrl_hevc_slice_params> hevc_slice_controls(const CodedPicture& coded,
                                                                    size_t unit = 0) {
    return hevc_array<v4l2_ctrl_hevc_slice_params>(coded, V4L2_CID_STATELESS_HEVC_SLICE_PARAMS,
                                                   unit);
}

// A B picture between its references, which come in no good order.
inline HevcTestPicture hevc_b_picture() {
    HevcTestPicture picture(HevcSliceType::kB, 20);
    picture.add_reference(100, 8, kHevcBefore);
    picture.add_reference(101, 28, kHevcAfter);
    picture.add_reference(102, 16, kHevcBefore);
    picture.add_reference(103, 12, 0);
    picture.add_reference(104, 24, kHevcAfter);
    auto& slice = picture.slices[0];
    slice.params.num_ref_idx_l0_active_minus1 = 1;
    slice.params.num_ref_idx_l1_active_minus1 = 1;
    slice.params.RefPicList[0][0] = 2;
    slice.params.RefPicList[0][1] = 0;
    slice.params.RefPicList[1][0] = 4;
    slice.params.RefPicList[1][1] = 1;
    slice.syntax.header.num_ref_idx_active_override_flag = true;
    slice.syntax.header.num_ref_idx_l0_active_minus1 = 1;
    slice.syntax.header.num_ref_idx_l1_active_minus1 = 1;
    return picture;
}

// Two slices, the first with a dependent segment, all with entry points.
inline HevcTestPicture hevc_segmented_picture() {
    HevcTestPicture picture = hevc_b_picture();
    picture.params.pic_fields.bits.entropy_coding_sync_enabled_flag = 1;
    picture.params.slice_parsing_fields.bits.dependent_slice_segments_enabled_flag = 1;
    picture.slices.push_back(picture.slices[0]);
    picture.slices.push_back(picture.slices[0]);
    for (size_t i = 0; i < 3; ++i) {
        auto& slice = picture.slices[i];
        slice.syntax.header.first_slice_segment_in_pic_flag = i == 0;
        slice.syntax.header.slice_segment_address = static_cast<uint32_t>(10 * i);
        slice.params.slice_segment_address = static_cast<uint32_t>(10 * i);
        slice.syntax.header.offset_len_minus1 = 7;
        slice.syntax.entry_point_offsets.assign(i + 1, static_cast<uint32_t>(i + 1));
        slice.syntax.payload.assign(10 + i, static_cast<std::byte>(0x70 + i));
    }
    picture.slices[0].params.slice_qp_delta = 5;
    picture.slices[2].params.slice_qp_delta = 6;
    auto& dependent = picture.slices[1];
    dependent.syntax.header.dependent_slice_segment_flag = true;
    dependent.params.LongSliceFlags.fields.dependent_slice_segment_flag = 1;
    dependent.params.num_ref_idx_l0_active_minus1 = 0;  // as clients that leave zeros
    dependent.params.LongSliceFlags.fields.slice_type = 0;
    return picture;
}

}  // namespace v4l2va::test
