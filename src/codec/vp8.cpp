// SPDX-License-Identifier: MIT
// Vp8Codec: VA-API's VP8 buffers to V4L2_PIX_FMT_VP8_FRAME.
#include "codec/vp8.h"

#include <algorithm>
#include <cstring>
#include <iterator>

#include "base/checked.h"
#include "codec/rendered_buffer.h"

namespace v4l2va {
namespace {

constexpr uint8_t kMaxVersion = 3;  // VAProfileVP8Version0_3

// RFC 6386 11.2: a key frame's modes have constant probabilities.
constexpr std::array<uint8_t, 4> kKeyFrameYModeProbs = {145, 156, 163, 128};
constexpr std::array<uint8_t, 3> kKeyFrameUvModeProbs = {142, 114, 183};

// "0 means a key frame" (va_dec_vp8.h).
bool is_key_frame(const VAPictureParameterBufferVP8& picture) {
    return picture.pic_fields.bits.key_frame == 0;
}

v4l2_vp8_segment vp8_segment(const Vp8FrameHeader& header, const Vp8LastingState& state) {
    v4l2_vp8_segment segment = {};
    std::copy(state.quantizer_update.begin(), state.quantizer_update.end(), segment.quant_update);
    std::copy(state.loop_filter_update.begin(), state.loop_filter_update.end(), segment.lf_update);
    std::copy(state.segment_probs.begin(), state.segment_probs.end(), segment.segment_probs);
    segment.flags =
        (header.segmentation_enabled ? V4L2_VP8_SEGMENT_FLAG_ENABLED : 0U) |
        (header.update_mb_segmentation_map ? V4L2_VP8_SEGMENT_FLAG_UPDATE_MAP : 0U) |
        (header.update_segment_feature_data ? V4L2_VP8_SEGMENT_FLAG_UPDATE_FEATURE_DATA : 0U) |
        // 9.3: segment_feature_mode 1 is absolute.
        (state.segment_feature_absolute ? 0U : V4L2_VP8_SEGMENT_FLAG_DELTA_VALUE_MODE);
    return segment;
}

v4l2_vp8_loop_filter vp8_loop_filter(const Vp8FrameHeader& header, const Vp8LastingState& state) {
    v4l2_vp8_loop_filter filter = {};
    static_assert(std::size(v4l2_vp8_loop_filter{}.ref_frm_delta) == 4);
    static_assert(std::size(v4l2_vp8_loop_filter{}.mb_mode_delta) == 4);
    std::copy(state.ref_frame_deltas.begin(), state.ref_frame_deltas.end(), filter.ref_frm_delta);
    std::copy(state.mb_mode_deltas.begin(), state.mb_mode_deltas.end(), filter.mb_mode_delta);
    filter.sharpness_level = header.sharpness_level;
    filter.level = header.loop_filter_level;
    filter.flags = (header.loop_filter_adj_enable ? V4L2_VP8_LF_ADJ_ENABLE : 0U) |
                   (header.mode_ref_lf_delta_update ? V4L2_VP8_LF_DELTA_UPDATE : 0U) |
                   (header.filter_type ? V4L2_VP8_LF_FILTER_TYPE_SIMPLE : 0U);
    return filter;
}

v4l2_vp8_quantization vp8_quantization(const Vp8FrameHeader& header) {
    v4l2_vp8_quantization quant = {};
    quant.y_ac_qi = header.y_ac_qi;
    quant.y_dc_delta = header.y_dc_delta;
    quant.y2_dc_delta = header.y2_dc_delta;
    quant.y2_ac_delta = header.y2_ac_delta;
    quant.uv_dc_delta = header.uv_dc_delta;
    quant.uv_ac_delta = header.uv_ac_delta;
    return quant;
}

v4l2_vp8_entropy vp8_entropy(const VAPictureParameterBufferVP8& picture,
                             const VAProbabilityDataBufferVP8& probabilities) {
    v4l2_vp8_entropy entropy = {};
    static_assert(sizeof(entropy.coeff_probs) == sizeof(probabilities.dct_coeff_probs));
    static_assert(sizeof(entropy.y_mode_probs) == sizeof(picture.y_mode_probs));
    static_assert(sizeof(entropy.uv_mode_probs) == sizeof(picture.uv_mode_probs));
    static_assert(sizeof(entropy.mv_probs) == sizeof(picture.mv_probs));
    std::memcpy(entropy.coeff_probs, probabilities.dct_coeff_probs, sizeof(entropy.coeff_probs));
    std::memcpy(entropy.mv_probs, picture.mv_probs, sizeof(entropy.mv_probs));
    if (is_key_frame(picture)) {
        // Clients disagree on what they fill in here.
        std::copy(kKeyFrameYModeProbs.begin(), kKeyFrameYModeProbs.end(), entropy.y_mode_probs);
        std::copy(kKeyFrameUvModeProbs.begin(), kKeyFrameUvModeProbs.end(), entropy.uv_mode_probs);
    } else {
        std::memcpy(entropy.y_mode_probs, picture.y_mode_probs, sizeof(entropy.y_mode_probs));
        std::memcpy(entropy.uv_mode_probs, picture.uv_mode_probs, sizeof(entropy.uv_mode_probs));
    }
    return entropy;
}

v4l2_vp8_entropy_coder_state vp8_coder_state(const Vp8FrameHeader& header) {
    v4l2_vp8_entropy_coder_state state = {};
    state.range = header.coder_range;
    state.value = header.coder_value;
    state.bit_count = header.coder_bit_count;
    return state;
}

uint64_t vp8_flags(const Vp8FrameTag& tag, const Vp8FrameHeader& header) {
    return (tag.key_frame ? V4L2_VP8_FRAME_FLAG_KEY_FRAME : 0U) |
           (tag.show_frame ? V4L2_VP8_FRAME_FLAG_SHOW_FRAME : 0U) |
           (header.mb_no_skip_coeff ? V4L2_VP8_FRAME_FLAG_MB_NO_SKIP_COEFF : 0U) |
           (header.sign_bias_golden ? V4L2_VP8_FRAME_FLAG_SIGN_BIAS_GOLDEN : 0U) |
           (header.sign_bias_alternate ? V4L2_VP8_FRAME_FLAG_SIGN_BIAS_ALT : 0U);
}

}  // namespace

void Vp8Codec::begin() {
    picture_.reset();
    probabilities_.reset();
    slice_.clear();
}

Result<> Vp8Codec::add(VABufferType type, std::span<const std::byte> bytes, uint32_t num_elements) {
    return RenderedBuffer(type, bytes, num_elements, "VP8 buffer type")
        .parameters<VAPictureParameterBufferVP8>(VAPictureParameterBufferType, picture_)
        // Clamped indices per segment: the frame header has what they were made from.
        .unused<VAIQMatrixBufferVP8>(VAIQMatrixBufferType)
        .parameters<VAProbabilityDataBufferVP8>(VAProbabilityBufferType, probabilities_)
        .slices(slice_)
        .result();
}

Result<CodedPicture> Vp8Codec::finish(const PictureInput& input) {
    if (!picture_ || !probabilities_) {
        return fail(ErrorCode::kInvalidParameter, "VP8 picture parameters missing");
    }
    if (const Result<> result = check_picture(); !result) {
        return fail(result.error());
    }
    if (const Result<> result = split_frame(); !result) {
        return fail(result.error());
    }
    const auto header = parse_vp8_frame_header(frame_.data.first(frame_.tag.first_part_size),
                                               frame_.tag.key_frame, next_state_ = state_);
    if (!header) {
        return fail(header.error());
    }
    frame_.header = *header;
    if (const Result<> result = split_dct_partitions(); !result) {
        return fail(result.error());
    }
    if (frame_.tag.key_frame) {
        references_.clear();
    } else {
        const Result<> assigned = references_.assign(
            {picture_->last_ref_frame, picture_->golden_ref_frame, picture_->alt_ref_frame}, {},
            input, no_reference_);
        if (!assigned) {
            return fail(assigned.error());
        }
    }
    units_.clear();
    units_.start().set(V4L2_CID_STATELESS_VP8_FRAME, frame_control());
    units_.append(std::span<const std::byte>(frame_.tag_bytes).first(frame_.tag.size()));
    units_.append(frame_.data);
    state_ = next_state_;
    references_.decoded(input);

    CodedPicture coded;
    coded.units = units_.units();
    coded.references = references_.surfaces();
    coded.coded_size = {picture_->frame_width, picture_->frame_height};
    return coded;
}

Result<> Vp8Codec::check_picture() const {
    if (picture_->frame_width == 0 || picture_->frame_width > kVp8MaxDimension ||
        picture_->frame_height == 0 || picture_->frame_height > kVp8MaxDimension) {
        return fail(ErrorCode::kInvalidParameter, "VP8 frame size");
    }
    if (picture_->pic_fields.bits.version > kMaxVersion) {
        return fail(ErrorCode::kUnsupported, "VP8 version");
    }
    return {};
}

// Finds or makes the frame tag, and checks that the first partition is there.
Result<> Vp8Codec::split_frame() {
    const Result<std::span<const std::byte>> data = slice_.resolve();
    if (!data) {
        return fail(data.error());
    }
    frame_.data = *data;
    if (!take_tag()) {
        if (const Result<> result = make_tag(); !result) {
            return result;
        }
    }
    if (frame_.tag.first_part_size == 0 || frame_.tag.first_part_size > frame_.data.size()) {
        return fail(ErrorCode::kInvalidBitstream, "VP8 first partition size");
    }
    return {};
}

// True if the client left the stream's own tag before the slice, as GStreamer and Chromium do. What
// stands there must agree with what the client says, else it is something else.
bool Vp8Codec::take_tag() {
    const bool key_frame = is_key_frame(*picture_);
    const size_t size = key_frame ? kVp8KeyFrameTagSize : kVp8FrameTagSize;
    const size_t offset = slice_.params().slice_data_offset;
    if (offset < size) {
        return false;
    }
    const std::span<const std::byte> bytes = slice_.data().subspan(offset - size, size);
    const std::optional<Vp8FrameTag> tag = parse_vp8_frame_tag(bytes);
    if (!tag || tag->key_frame != key_frame || tag->version != picture_->pic_fields.bits.version ||
        tag->first_part_size > frame_.data.size()) {
        return false;
    }
    if (key_frame &&
        (tag->width != picture_->frame_width || tag->height != picture_->frame_height)) {
        return false;
    }
    frame_.tag = *tag;
    std::copy(bytes.begin(), bytes.end(), frame_.tag_bytes.begin());
    return true;
}

Result<> Vp8Codec::make_tag() {
    const VASliceParameterBufferVP8& slice = slice_.params();
    // va_dec_vp8.h: partition_size[0] is what the client has not read of the first partition, the
    // byte in which it stopped apart.
    const uint64_t first_part_size =
        uint64_t{slice.partition_size[0]} + (uint64_t{slice.macroblock_offset} + 7) / 8;
    if (first_part_size > kVp8MaxFirstPartSize) {
        return fail(ErrorCode::kInvalidParameter, "VP8 first partition size");
    }
    frame_.tag = {};
    frame_.tag.key_frame = is_key_frame(*picture_);
    frame_.tag.version = static_cast<uint8_t>(picture_->pic_fields.bits.version);
    frame_.tag.first_part_size = static_cast<uint32_t>(first_part_size);
    if (frame_.tag.key_frame) {
        frame_.tag.width = narrow<uint16_t>(picture_->frame_width);
        frame_.tag.height = narrow<uint16_t>(picture_->frame_height);
    }
    frame_.tag_bytes = write_vp8_frame_tag(frame_.tag);
    return {};
}

// 9.5: behind the first partition stand the sizes, 3 bytes each, of all DCT partitions but the
// last, which takes the rest; then the partitions.
Result<> Vp8Codec::split_dct_partitions() {
    constexpr size_t kSizeBytes = 3;
    const std::span<const std::byte> rest = frame_.data.subspan(frame_.tag.first_part_size);
    const size_t count = frame_.header.num_dct_partitions;
    const size_t table_size = kSizeBytes * (count - 1);
    frame_.dct_part_sizes = {};
    if (table_size > rest.size()) {
        return fail(ErrorCode::kInvalidBitstream, "VP8 partition sizes");
    }
    size_t left = rest.size() - table_size;
    for (size_t i = 0; i + 1 < count; ++i) {
        const auto bytes = rest.subspan(kSizeBytes * i, kSizeBytes);
        const uint32_t size = std::to_integer<uint32_t>(bytes[0]) |
                              std::to_integer<uint32_t>(bytes[1]) << 8 |
                              std::to_integer<uint32_t>(bytes[2]) << 16;
        if (size > left) {
            return fail(ErrorCode::kInvalidBitstream, "VP8 partition sizes");
        }
        frame_.dct_part_sizes[i] = size;
        left -= size;
    }
    if (left > UINT32_MAX) {
        return fail(ErrorCode::kInvalidParameter, "VP8 partition sizes");
    }
    frame_.dct_part_sizes[count - 1] = static_cast<uint32_t>(left);
    return {};
}

v4l2_ctrl_vp8_frame Vp8Codec::frame_control() const {
    const Vp8FrameTag& tag = frame_.tag;
    const Vp8FrameHeader& header = frame_.header;
    v4l2_ctrl_vp8_frame frame = {};
    frame.segment = vp8_segment(header, next_state_);
    frame.lf = vp8_loop_filter(header, next_state_);
    frame.quant = vp8_quantization(header);
    frame.entropy = vp8_entropy(*picture_, *probabilities_);
    frame.coder_state = vp8_coder_state(header);
    frame.width = narrow<uint16_t>(picture_->frame_width);
    frame.height = narrow<uint16_t>(picture_->frame_height);
    frame.horizontal_scale = tag.horizontal_scale;
    frame.vertical_scale = tag.vertical_scale;
    frame.version = tag.version;
    frame.prob_skip_false = header.prob_skip_false;
    frame.prob_intra = header.prob_intra;
    frame.prob_last = header.prob_last;
    frame.prob_gf = header.prob_gf;
    frame.num_dct_parts = header.num_dct_partitions;
    frame.first_part_size = tag.first_part_size;
    frame.first_part_header_bits = header.header_bits;
    static_assert(std::size(v4l2_ctrl_vp8_frame{}.dct_part_sizes) == 8);
    std::copy(frame_.dct_part_sizes.begin(), frame_.dct_part_sizes.end(), frame.dct_part_sizes);
    frame.last_frame_ts = references_.nanoseconds(0);
    frame.golden_frame_ts = references_.nanoseconds(1);
    frame.alt_frame_ts = references_.nanoseconds(2);
    frame.flags = vp8_flags(tag, header);
    return frame;
}

std::unique_ptr<Codec> create_vp8_codec(const CodecTraits& traits, VAProfile profile,
                                        Size /*coded_size*/) {
    if (profile != VAProfileVP8Version0_3) {
        return nullptr;
    }
    return std::make_unique<Vp8Codec>(traits.no_reference);
}

}  // namespace v4l2va
