// SPDX-License-Identifier: MIT
// HevcCodec: VA-API's HEVC buffers to V4L2_PIX_FMT_HEVC_SLICE.
#include "codec/hevc.h"

#include <algorithm>
#include <array>
#include <numeric>

#include "bitstream/hevc_slice_rewriter.h"
#include "codec/rendered_buffer.h"
#include "v4l2/uapi_compat.h"

namespace v4l2va {
namespace {

constexpr std::array<std::byte, 3> kStartCode = {std::byte{0}, std::byte{0}, std::byte{1}};

// nuh_layer_id above 0 (7.3.1.2): decoders of the base layer leave such NAL units out (F.3), as
// libavcodec does. Some GStreamer hand on those of alpha and multi-view streams.
bool is_enhancement_layer(std::span<const std::byte> nal) {
    return nal.size() >= 2 &&
           ((nal[0] & std::byte{1}) != std::byte{0} || (nal[1] & std::byte{0xf8}) != std::byte{0});
}

// bit_size and data_byte_offset are 32 bit wide.
constexpr size_t kMaxPictureBytes = UINT32_MAX / 8;

}  // namespace

HevcCodec::HevcCodec(const CodecTraits& traits, const HevcProfile& profile, Size coded_size)
    : traits_(traits), profile_(profile), coded_size_(coded_size) {}

void HevcCodec::begin() {
    picture_.reset();
    iq_matrix_.reset();
    slice_list_.clear();
}

Result<> HevcCodec::add(VABufferType type, std::span<const std::byte> bytes,
                        uint32_t num_elements) {
    return RenderedBuffer(type, bytes, num_elements, "HEVC buffer type")
        .parameters<VAPictureParameterBufferHEVC>(VAPictureParameterBufferType, picture_)
        .parameters<VAIQMatrixBufferHEVC>(VAIQMatrixBufferType, iq_matrix_)
        .slices(slice_list_)
        .result();
}

Result<CodedPicture> HevcCodec::finish(const PictureInput& input) {
    if (!picture_) {
        return fail(ErrorCode::kInvalidParameter, "HEVC picture parameters missing");
    }
    if (const Result<> result = check_hevc_picture(*picture_, profile_, coded_size_); !result) {
        return fail(result.error());
    }
    const HevcSliceHeaderInput header_input = hevc_slice_header_input(*picture_);
    if (const Result<> result = parse_slices(header_input); !result) {
        return fail(result.error());
    }
    if (slices_.empty()) {
        return CodedPicture{};  // of another layer altogether
    }
    if (const Result<> result = check_features(); !result) {
        return fail(result.error());
    }
    if (const Result<> result = read_entry_points(); !result) {
        return fail(result.error());
    }
    const bool has_inter_slices =
        std::any_of(slices_.begin(), slices_.end(), [](const HevcSlice& slice) {
            const auto type = slice.slice_params->LongSliceFlags.fields.slice_type;
            return !slice.header.is(HevcSliceType::kI) ||
                   type != static_cast<uint32_t>(HevcSliceType::kI);
        });
    const HevcDpbRules rules = {.sets_from_headers = traits_.has_ext_sps_rps,
                                .no_reference = traits_.no_reference};
    const Result<> assigned = dpb_.assign(*picture_, input, has_inter_slices, latest_, rules);
    if (!assigned) {
        return fail(assigned.error());
    }
    for (const HevcSlice& slice : slices_) {
        dpb_.order_long_term({*slice.slice_params, slice.header});
    }
    if (const Result<> result = rewrite_headers(header_input); !result) {
        return fail(result.error());
    }
    point_at_bytes();
    if (const Result<> result = check_sizes(); !result) {
        return fail(result.error());
    }
    make_units();
    dpb_.decoded(input.timestamp);
    latest_.decoded({input.target, input.timestamp, picture_->CurrPic.pic_order_cnt});
    CodedPicture coded;
    coded.units = units_.units();
    coded.references = dpb_.references();
    return coded;
}

Result<> HevcCodec::parse_slices(const HevcSliceHeaderInput& input) {
    slices_.clear();
    const auto list = slice_list_.resolve();
    if (!list) {
        return fail(list.error());
    }
    size_t last_independent = 0;
    for (const auto& entry : *list) {
        HevcSlice slice;
        slice.nal = nal_unit_of(entry.data);
        if (is_enhancement_layer(slice.nal)) {
            continue;
        }
        const Result<HevcSliceSegmentHeader> header = parse_hevc_slice_segment_header(
            slice.nal, input, slices_.empty() ? nullptr : &slices_[last_independent].header);
        if (!header) {
            return fail(header.error());
        }
        slice.header = *header;
        slice.params = entry.params;
        const bool dependent = header->dependent_slice_segment_flag;
        slice.slice_params = dependent ? slices_[last_independent].params : entry.params;
        if (const Result<> result = check_hevc_slice(*picture_, *slice.slice_params); !result) {
            return fail(result.error());
        }
        last_independent = dependent ? last_independent : slices_.size();
        slices_.push_back(slice);
    }
    return {};
}

// What the picture needs and the device may lack.
Result<> HevcCodec::check_features() const {
    if (picture_->pic_fields.bits.scaling_list_enabled_flag != 0 && !traits_.has_scaling_matrix) {
        return fail(ErrorCode::kUnsupported, "HEVC scaling matrix");
    }
    if (!slice_based() && traits_.has_slice_params && slices_.size() > traits_.max_slice_params) {
        return fail(ErrorCode::kUnsupported, "number of HEVC slice segments");
    }
    return {};
}

// Only for a device that wants them. In frame-based mode the control holds those of all segments
// (ext-ctrls-codec-stateless), which may be too many for it; none of these devices reads them.
Result<> HevcCodec::read_entry_points() {
    entry_points_.clear();
    if (traits_.max_entry_points == 0) {
        return {};
    }
    for (const HevcSlice& slice : slices_) {
        const uint32_t count = slice.header.num_entry_point_offsets;
        if (slice_based() && count > traits_.max_entry_points) {
            return fail(ErrorCode::kUnsupported, "number of HEVC entry points");
        }
        const size_t first = entry_points_.size();
        entry_points_.resize(first + count);
        const Result<> result = read_hevc_entry_points(slice.nal, slice.header,
                                                       std::span(entry_points_).subspan(first));
        if (!result) {
            return result;
        }
    }
    return {};
}

// Headers that refer to no table of the SPS are right as they are.
Result<> HevcCodec::rewrite_headers(const HevcSliceHeaderInput& input) {
    rewritten_.clear();
    if (!rewrites() ||
        (input.num_short_term_ref_pic_sets == 0 && input.num_long_term_ref_pics_sps == 0)) {
        return {};
    }
    for (HevcSlice& slice : slices_) {
        if (!slice.header.has_ref_pic_sets()) {
            continue;
        }
        const Result<HevcRefPicSets> sets = dpb_.written_sets(slice.header, input);
        if (!sets) {
            return fail(sets.error());
        }
        // What follows is the client's, so it must be found by the header as it came.
        slice.data = slice.nal.subspan(slice.header.bytes_in_nal());
        slice.rewritten_begin = rewritten_.size();
        rewrite_hevc_ref_pic_sets(slice.nal, input, *sets, slice.header, rewritten_);
        slice.rewritten_bytes = rewritten_.size() - slice.rewritten_begin;
    }
    // A dependent segment repeats the sizes of its slice's sets, which have changed.
    const HevcSlice* independent = nullptr;
    for (HevcSlice& slice : slices_) {
        if (!slice.header.dependent_slice_segment_flag) {
            independent = &slice;
        } else {
            static_cast<HevcSliceHeader&>(slice.header) = independent->header;
        }
    }
    return {};
}

// Once rewritten_ no longer moves.
void HevcCodec::point_at_bytes() {
    for (HevcSlice& slice : slices_) {
        if (slice.rewritten_bytes != 0) {
            slice.header_bytes =
                std::span(rewritten_).subspan(slice.rewritten_begin, slice.rewritten_bytes);
        } else {
            slice.header_bytes = slice.nal.first(slice.header.bytes_in_nal());
            slice.data = slice.nal.subspan(slice.header.bytes_in_nal());
        }
    }
}

Result<> HevcCodec::check_sizes() const {
    size_t bytes = 0;
    for (const HevcSlice& slice : slices_) {
        const size_t left = kMaxPictureBytes - bytes;
        if (slice.data.size() >= left ||
            slice.header_bytes.size() + kStartCode.size() > left - slice.data.size()) {
            return fail(ErrorCode::kInvalidParameter, "size of the HEVC picture");
        }
        bytes += kStartCode.size() + slice.header_bytes.size() + slice.data.size();
    }
    return {};
}

void HevcCodec::make_units() {
    make_slice_params();
    units_.clear();
    for (size_t i = 0; i < slices_.size(); ++i) {
        if (slice_based() || i == 0) {
            ControlSet& controls = units_.start();
            set_picture_controls(controls);
            set_slice_controls(controls, i, slice_based() ? 1 : slices_.size());
        }
        if (traits_.start_code == StartCode::kAnnexB) {
            units_.append(kStartCode);
        }
        units_.append(slices_[i].header_bytes);
        units_.append(slices_[i].data);
    }
    append_padding();
}

// So much that no slice ends behind the buffer, whatever its bit_size counts from.
void HevcCodec::append_padding() {
    if (!traits_.pads_hevc_slices || slice_params_.empty() || slice_based()) {
        return;
    }
    padding_.resize(slice_params_.back().data_byte_offset);
    units_.append(padding_);
}

void HevcCodec::make_slice_params() {
    slice_params_.clear();
    if (!traits_.has_slice_params) {
        return;
    }
    const size_t start_code = traits_.start_code == StartCode::kAnnexB ? kStartCode.size() : 0;
    size_t begin = 0;  // of the segment, in its OUTPUT buffer
    for (const HevcSlice& slice : slices_) {
        const size_t bytes = start_code + slice.header_bytes.size() + slice.data.size();
        size_t size = bytes;
        size_t data = begin + start_code + slice.header_bytes.size();
        if (slice_based()) {
            // cedrus skips to it through its own removal of emulation prevention bytes.
            data = start_code + slice.header.slice_data_byte_offset;
        } else {
            begin += bytes;
            // What hevc_d has always taken; with start codes the others want it as documented.
            size = traits_.pads_hevc_slices || start_code == 0 ? begin : bytes;
        }
        const HevcSlicePlace place = {static_cast<uint32_t>(size * 8), static_cast<uint32_t>(data)};
        slice_params_.push_back(hevc_slice_params(*picture_, slice, place, dpb_));
    }
}

void HevcCodec::set_picture_controls(ControlSet& controls) const {
    const HevcSliceSegmentHeader& first = slices_.front().header;
    controls.set(V4L2_CID_STATELESS_HEVC_SPS, hevc_sps(*picture_, rewrites()));
    controls.set(V4L2_CID_STATELESS_HEVC_PPS,
                 hevc_pps(*picture_, first.slice_pic_parameter_set_id));
    // Without the flag of the SPS no driver reads it.
    if (picture_->pic_fields.bits.scaling_list_enabled_flag != 0) {
        controls.set(V4L2_CID_STATELESS_HEVC_SCALING_MATRIX,
                     hevc_scaling_matrix(iq_matrix_ ? &*iq_matrix_ : nullptr));
    }
    controls.set(V4L2_CID_STATELESS_HEVC_DECODE_PARAMS, hevc_decode_params(*picture_, first, dpb_));
    if (traits_.has_ext_sps_rps) {
        // The SPS has no sets, so nothing of these tables is valid. They are sent all the same, one
        // empty set each, since an array control cannot be empty: early drivers for vdpu381 read
        // the first element whatever the SPS says, and no table of another client may remain.
        const v4l2_ctrl_hevc_ext_sps_st_rps st_rps = {};
        const v4l2_ctrl_hevc_ext_sps_lt_rps lt_rps = {};
        controls.set(V4L2_CID_STATELESS_HEVC_EXT_SPS_ST_RPS, st_rps);
        controls.set(V4L2_CID_STATELESS_HEVC_EXT_SPS_LT_RPS, lt_rps);
    }
}

// For the `count` slice segments from `first` on.
void HevcCodec::set_slice_controls(ControlSet& controls, size_t first, size_t count) const {
    if (traits_.has_slice_params) {
        controls.set_array(V4L2_CID_STATELESS_HEVC_SLICE_PARAMS,
                           std::span(slice_params_).subspan(first, count));
    }
    const auto offsets_of = [](size_t sum, const HevcSlice& slice) {
        return sum + slice.header.num_entry_point_offsets;
    };
    const auto begin = slices_.begin() + static_cast<std::ptrdiff_t>(first);
    const auto end = begin + static_cast<std::ptrdiff_t>(count);
    const size_t skip = std::accumulate(slices_.begin(), begin, size_t{0}, offsets_of);
    const size_t offsets = std::accumulate(begin, end, size_t{0}, offsets_of);
    if (offsets != 0 && offsets <= traits_.max_entry_points) {
        controls.set_array(V4L2_CID_STATELESS_HEVC_ENTRY_POINT_OFFSETS,
                           std::span<const uint32_t>(entry_points_).subspan(skip, offsets));
    }
}

std::unique_ptr<Codec> create_hevc_codec(const CodecTraits& traits, VAProfile profile,
                                         Size coded_size) {
    const HevcProfile* hevc_profile = find_hevc_profile(profile);
    if (hevc_profile == nullptr) {
        return nullptr;
    }
    return std::make_unique<HevcCodec>(traits, *hevc_profile, coded_size);
}

}  // namespace v4l2va
