// SPDX-License-Identifier: MIT
// H264Codec: VA-API's H.264 buffers to V4L2_PIX_FMT_H264_SLICE.
#include "codec/h264.h"

#include <algorithm>

#include "codec/rendered_buffer.h"

namespace v4l2va {
namespace {

constexpr uint8_t kH264MainProfileIdc = 77;
constexpr std::array<std::byte, 3> kStartCode = {std::byte{0}, std::byte{0}, std::byte{1}};

H264Structure structure_of(const H264SliceHeader& header) {
    if (!header.field_pic_flag) {
        return H264Structure::kFrame;
    }
    return header.bottom_field_flag ? H264Structure::kBottomField : H264Structure::kTopField;
}

// Clients keep their config when the stream changes to Main, and hantro stores no motion for direct
// prediction if profile_idc is 66. A Constrained Baseline stream is a Main stream, too (A.2.1.1,
// A.2.2). Of devices without Main's tools none gets such a stream.
H264Profile told_profile(const CodecTraits& traits, const H264Profile& profile) {
    H264Profile told = profile;
    if (traits.has_h264_main_tools) {
        told.profile_idc = std::max(told.profile_idc, kH264MainProfileIdc);
    }
    return told;
}

}  // namespace

H264Codec::H264Codec(const CodecTraits& traits, const H264Profile& profile, Size coded_size)
    : traits_(traits), profile_(told_profile(traits, profile)), coded_size_(coded_size) {}

void H264Codec::begin() {
    picture_.reset();
    iq_matrix_.reset();
    slice_list_.clear();
}

Result<> H264Codec::add(VABufferType type, std::span<const std::byte> bytes,
                        uint32_t num_elements) {
    return RenderedBuffer(type, bytes, num_elements, "H.264 buffer type")
        .parameters<VAPictureParameterBufferH264>(VAPictureParameterBufferType, picture_)
        .parameters<VAIQMatrixBufferH264>(VAIQMatrixBufferType, iq_matrix_)
        .slices(slice_list_)
        .result();
}

Result<CodedPicture> H264Codec::finish(const PictureInput& input) {
    if (!picture_) {
        return fail(ErrorCode::kInvalidParameter, "H.264 picture parameters missing");
    }
    if (const Result<> result = check_h264_picture(*picture_, profile_, coded_size_); !result) {
        return fail(result.error());
    }
    if (profile_.profile_idc < 100) {
        picture_->seq_fields.bits.chroma_format_idc = 1;  // inferred, 7.4.2.1.1
    }
    if (const Result<> result = parse_slices(); !result) {
        return fail(result.error());
    }
    if (const Result<> result = check_structure(); !result) {
        return fail(result.error());
    }
    if (const Result<> result = check_tools(); !result) {
        return fail(result.error());
    }
    const v4l2_ctrl_h264_scaling_matrix scaling =
        h264_scaling_matrix(iq_matrix_ ? &*iq_matrix_ : nullptr);
    if (!traits_.has_scaling_matrix && h264_scaling(scaling) == H264Scaling::kMatrix) {
        return fail(ErrorCode::kUnsupported, "H.264 scaling matrix");
    }

    const H264SliceHeader& header = slices_.front().header;
    CodedPicture coded;
    if (header.field_pic_flag) {
        coded.part = is_second_field(input) ? PicturePart::kSecondField : PicturePart::kFirstField;
    }
    next_state_ = state_;
    next_state_.start_picture(*picture_, header);
    if (const Result<> result = correct_init_qp(); !result) {
        return fail(result.error());
    }
    learn_num_ref_idx_defaults();
    const bool has_inter_slices =
        std::any_of(slices_.begin(), slices_.end(),
                    [](const H264Slice& slice) { return !slice.header.is(H264SliceType::kI); });
    PictureInput frame = input;
    NoReference no_reference = traits_.no_reference;
    if (coded.part == PicturePart::kSecondField) {
        frame.timestamp = state_.first_field.timestamp;
        no_reference = NoReference::kItself;  // that is where the first field is
    }
    const Result<> assigned =
        dpb_.assign(*picture_, frame, structure_of(header), coded.part == PicturePart::kSecondField,
                    has_inter_slices, latest_, no_reference, next_state_);
    if (!assigned) {
        return fail(assigned.error());
    }
    coded.news = news();
    const H264FieldOrderCnt poc = current_poc(coded.part);
    make_units(poc, scaling);
    commit(input, coded.part, poc);
    coded.units = units_.units();
    coded.references = dpb_.references();
    return coded;
}

// Fills slices_ with the primary slices.
Result<> H264Codec::parse_slices() {
    slices_.clear();
    const auto list = slice_list_.resolve();
    if (!list) {
        return fail(list.error());
    }
    for (const auto& slice : *list) {
        const std::span<const std::byte> nal = nal_unit_of(slice.data);
        const Result<H264SliceHeader> header = parse_slice(slice, nal);
        if (!header) {
            return fail(header.error());
        }
        // 7.4.3: a redundant picture repeats what the primary one has; no decoder wants it.
        if (header->redundant_pic_cnt == 0) {
            slices_.push_back({slice.params, *header, nal});
        }
    }
    if (slices_.empty()) {
        return fail(ErrorCode::kInvalidBitstream, "H.264 picture of redundant slices only");
    }
    return {};
}

Result<H264SliceHeader> H264Codec::parse_slice(
    const SliceList<VASliceParameterBufferH264>::Slice& slice, std::span<const std::byte> nal) {
    const Result<H264SliceHeader> header =
        parse_h264_slice_header(nal, h264_slice_header_input(*picture_, *slice.params));
    if (header && (header->is(H264SliceType::kSP) || header->is(H264SliceType::kSI))) {
        return fail(ErrorCode::kUnsupported, "H.264 switching slice");
    }
    return header;
}

// The stream says frame or field in each slice header, the client in CurrPic.
Result<> H264Codec::check_structure() const {
    const H264Structure structure = h264_structure(picture_->CurrPic);
    for (const H264Slice& slice : slices_) {
        if (structure_of(slice.header) != structure) {
            return fail(ErrorCode::kInvalidBitstream, "H.264 field and frame slices mixed");
        }
    }
    return {};
}

// What the device would fail, or decode as something else.
Result<> H264Codec::check_tools() const {
    const auto& pic = picture_->pic_fields.bits;
    const H264SliceType type = slices_.front().header.slice_type;
    if (!traits_.has_h264_fields && slices_.front().header.field_pic_flag) {
        return fail(ErrorCode::kUnsupported, "H.264 field pictures");
    }
    if (traits_.has_h264_main_tools) {
        return {};
    }
    if (pic.entropy_coding_mode_flag != 0) {
        return fail(ErrorCode::kUnsupported, "H.264 CABAC");
    }
    if (picture_->seq_fields.bits.frame_mbs_only_flag == 0) {
        return fail(ErrorCode::kUnsupported, "H.264 interlacing");
    }
    if (type == H264SliceType::kB) {
        return fail(ErrorCode::kUnsupported, "H.264 B slices");
    }
    if (type == H264SliceType::kP && pic.weighted_pred_flag != 0) {
        return fail(ErrorCode::kUnsupported, "H.264 weighted prediction");
    }
    if (pic.transform_8x8_mode_flag != 0) {
        return fail(ErrorCode::kUnsupported, "H.264 8x8 transform");
    }
    if (!std::all_of(slices_.begin(), slices_.end(),
                     [type](const H264Slice& slice) { return slice.header.is(type); })) {
        return fail(ErrorCode::kUnsupported, "H.264 slices of two types in a picture");
    }
    return {};
}

// 3.30: the other field of the frame whose first field came directly before. VA has no such flag:
// it is the same surface, of the other parity, not decoded into by anyone in between.
bool H264Codec::is_second_field(const PictureInput& input) const {
    const H264State::FirstField& first = state_.first_field;
    return first.timestamp.valid() && first.target == input.target &&
           first.structure != structure_of(slices_.front().header) &&
           first.frame_num == picture_->frame_num && input.references != nullptr &&
           input.references->find(input.target) == first.timestamp;
}

// From here on picture_ has the standard's pic_init_qp_minus26 and pic_init_qs_minus26.
Result<> H264Codec::correct_init_qp() {
    const auto by_delta = [](const H264Slice& a, const H264Slice& b) {
        return a.header.slice_qp_delta < b.header.slice_qp_delta;
    };
    const auto [lowest, highest] = std::minmax_element(slices_.begin(), slices_.end(), by_delta);
    H264QpBias& bias = next_state_.qp_bias;
    bias.look_at(*picture_, lowest->header.slice_qp_delta, highest->header.slice_qp_delta,
                 next_state_.client());
    const int offset = bias.of(*picture_);
    picture_->pic_init_qp_minus26 = static_cast<int8_t>(picture_->pic_init_qp_minus26 - offset);
    picture_->pic_init_qs_minus26 = static_cast<int8_t>(picture_->pic_init_qs_minus26 - offset);
    return check_h264_qp(*picture_, slices_);
}

// A slice that does not override the PPS's numbers shows them.
void H264Codec::learn_num_ref_idx_defaults() {
    for (const H264Slice& slice : slices_) {
        const H264SliceHeader& header = slice.header;
        if (header.num_ref_idx_active_override_flag || header.is(H264SliceType::kI)) {
            continue;
        }
        auto& learned = next_state_.num_ref_idx_default[header.pic_parameter_set_id];
        learned.l0 = header.num_ref_idx_l0_active_minus1;
        if (header.is(H264SliceType::kB)) {
            learned.l1 = header.num_ref_idx_l1_active_minus1;
        }
    }
}

// What this picture tells of the client.
const char* H264Codec::news() {
    if (const char* const qp_bias = next_state_.qp_bias.news()) {
        return qp_bias;
    }
    const auto contradicts = [this](const H264Slice& slice) {
        const H264SliceHeader& header = slice.header;
        return header.is(H264SliceType::kP) && !header.ref_pic_list_modification_flag_l0 &&
               !dpb_.gives_list0(*slice.params, header.num_ref_idx_l0_active_minus1 + size_t{1});
    };
    if (next_state_.has_told_lists || traits_.decode_mode == DecodeMode::kSliceBased ||
        std::none_of(slices_.begin(), slices_.end(), contradicts)) {
        return nullptr;
    }
    next_state_.has_told_lists = true;
    return "H.264: RefPicList0 is not what ReferenceFrames give; has the client left some out?";
}

// Of a field picture only the coded field's count is its own; the first field's is remembered.
H264FieldOrderCnt H264Codec::current_poc(PicturePart part) {
    H264FieldOrderCnt poc = next_state_.corrected(picture_->CurrPic);
    if (part == PicturePart::kFrame) {
        return poc;
    }
    const bool bottom = slices_.front().header.bottom_field_flag;
    H264FieldOrderCnt frame;
    if (part == PicturePart::kSecondField) {
        if (const auto* first = next_state_.use(state_.first_field.timestamp)) {
            frame = first->poc;
        }
    }
    (bottom ? frame.bottom : frame.top) = bottom ? poc.bottom : poc.top;
    (bottom ? frame.has_bottom : frame.has_top) = bottom ? poc.has_bottom : poc.has_top;
    return frame;
}

void H264Codec::commit(const PictureInput& input, PicturePart part, const H264FieldOrderCnt& poc) {
    const H264SliceHeader& header = slices_.front().header;
    const Timestamp timestamp =
        part == PicturePart::kSecondField ? state_.first_field.timestamp : input.timestamp;
    next_state_.finish_picture(timestamp, poc, part != PicturePart::kFrame, header);
    next_state_.first_field = {};
    if (part == PicturePart::kFirstField) {
        // 7.4.3: after operation 5 frame_num is regarded as 0.
        const uint16_t frame_num = header.has_mmco5 ? uint16_t{0} : picture_->frame_num;
        next_state_.first_field = {input.target, timestamp, structure_of(header), frame_num};
    }
    latest_.decoded({input.target, timestamp, 0});
    state_ = next_state_;
}

void H264Codec::make_units(const H264FieldOrderCnt& poc,
                           const v4l2_ctrl_h264_scaling_matrix& scaling) {
    const bool slice_based = traits_.decode_mode == DecodeMode::kSliceBased;
    units_.clear();
    for (const H264Slice& slice : slices_) {
        if (slice_based || &slice == &slices_.front()) {
            ControlSet& controls = units_.start();
            set_picture_controls(controls, poc, scaling);
            if (slice_based) {
                set_slice_controls(controls, slice);
            }
        }
        if (traits_.start_code == StartCode::kAnnexB) {
            units_.append(kStartCode);
        }
        units_.append(slice.nal);
    }
}

void H264Codec::set_picture_controls(ControlSet& controls, const H264FieldOrderCnt& poc,
                                     const v4l2_ctrl_h264_scaling_matrix& scaling) const {
    const uint8_t pps_id = slices_.front().header.pic_parameter_set_id;
    controls.set(V4L2_CID_STATELESS_H264_SPS, h264_sps(*picture_, profile_));
    controls.set(V4L2_CID_STATELESS_H264_PPS,
                 h264_pps(*picture_, pps_id, next_state_.num_ref_idx_default[pps_id],
                          h264_scaling(scaling)));
    // Sent when flat, too: control values last, and rkvdec reads the matrix whatever the flag says.
    if (traits_.has_scaling_matrix) {
        controls.set(V4L2_CID_STATELESS_H264_SCALING_MATRIX, scaling);
    }
    controls.set(V4L2_CID_STATELESS_H264_DECODE_PARAMS,
                 h264_decode_params(*picture_, slices_, poc, dpb_));
}

void H264Codec::set_slice_controls(ControlSet& controls, const H264Slice& slice) const {
    const v4l2_ctrl_h264_slice_params params = h264_slice_params(slice, dpb_);
    if (traits_.has_slice_params) {
        controls.set(V4L2_CID_STATELESS_H264_SLICE_PARAMS, params);
    }
    v4l2_ctrl_h264_pps pps = {};
    (void)controls.get(V4L2_CID_STATELESS_H264_PPS, pps);
    if (traits_.has_pred_weights && V4L2_H264_CTRL_PRED_WEIGHTS_REQUIRED(&pps, &params)) {
        controls.set(V4L2_CID_STATELESS_H264_PRED_WEIGHTS, h264_pred_weights(slice));
    }
}

std::unique_ptr<Codec> create_h264_codec(const CodecTraits& traits, VAProfile profile,
                                         Size coded_size) {
    const H264Profile* h264_profile = find_h264_profile(profile);
    if (h264_profile == nullptr) {
        return nullptr;
    }
    return std::make_unique<H264Codec>(traits, *h264_profile, coded_size);
}

}  // namespace v4l2va
