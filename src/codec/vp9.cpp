// SPDX-License-Identifier: MIT
// Vp9Codec: VA-API's VP9 buffers to V4L2_PIX_FMT_VP9_FRAME.
#include "codec/vp9.h"

#include "base/checked.h"
#include "codec/rendered_buffer.h"
#include "codec/vp9_controls.h"

namespace v4l2va {
namespace {

constexpr std::array<Vp9Profile, 2> kProfiles = {{
    {VAProfileVP9Profile0, 0, 8},
    {VAProfileVP9Profile2, 2, 10},
}};

}  // namespace

Vp9Codec::Vp9Codec(const CodecTraits& traits, const Vp9Profile& profile)
    : traits_(traits), profile_(profile) {
    state_.bit_depth = profile.bit_depth;
}

void Vp9Codec::begin() {
    picture_.reset();
    slice_.clear();
}

Result<> Vp9Codec::add(VABufferType type, std::span<const std::byte> bytes, uint32_t num_elements) {
    return RenderedBuffer(type, bytes, num_elements, "VP9 buffer type")
        .parameters<VADecPictureParameterBufferVP9>(VAPictureParameterBufferType, picture_)
        .slices(slice_)
        .result();
}

Result<CodedPicture> Vp9Codec::finish(const PictureInput& input) {
    if (!picture_) {
        return fail(ErrorCode::kInvalidParameter, "VP9 picture parameters missing");
    }
    next_state_ = state_;
    if (const Result<> result = parse_frame(); !result) {
        return fail(result.error());
    }
    if (const Result<> result = assign_references(input); !result) {
        return fail(result.error());
    }
    units_.clear();
    ControlSet& controls = units_.start();
    controls.set(V4L2_CID_STATELESS_VP9_FRAME, frame_control());
    if (traits_.has_vp9_compressed_hdr) {
        controls.set(V4L2_CID_STATELESS_VP9_COMPRESSED_HDR, vp9_compressed_hdr(compressed_header_));
    }
    units_.append(frame_);
    state_ = next_state_;
    references_.decoded(input);

    CodedPicture coded;
    coded.units = units_.units();
    coded.references = references_.surfaces();
    coded.coded_size = {header_.frame_width, header_.frame_height};
    return coded;
}

Result<> Vp9Codec::parse_frame() {
    const Result<std::span<const std::byte>> data = slice_.resolve();
    if (!data) {
        return fail(data.error());
    }
    const Result<std::span<const std::byte>> frame = strip_vp9_superframe_index(*data);
    if (!frame) {
        return fail(frame.error());
    }
    frame_ = *frame;
    if (picture_->frame_width == 0 || picture_->frame_height == 0) {
        return fail(ErrorCode::kInvalidParameter, "VP9 frame size");
    }
    const Result<Vp9FrameHeader> header = parse_vp9_uncompressed_header(
        frame_, {picture_->frame_width, picture_->frame_height}, next_state_);
    if (!header) {
        return fail(header.error());
    }
    header_ = *header;
    if (const Result<> result = check_frame(); !result) {
        return result;
    }
    const std::span<const std::byte> rest = frame_.subspan(header_.uncompressed_header_size);
    if (header_.compressed_header_size > rest.size()) {
        return fail(ErrorCode::kInvalidBitstream, "VP9 compressed header size");
    }
    const Result<Vp9CompressedHeader> compressed =
        parse_vp9_compressed_header(rest.first(header_.compressed_header_size), header_);
    if (!compressed) {
        return fail(compressed.error());
    }
    compressed_header_ = *compressed;
    return {};
}

Result<> Vp9Codec::check_frame() const {
    if (header_.show_existing_frame) {
        // Nothing to decode: the client shows a surface that it has.
        return fail(ErrorCode::kInvalidParameter, "VP9 show_existing_frame");
    }
    if (header_.profile != profile_.number) {
        return fail(ErrorCode::kUnsupported, "VP9 frame of another profile");
    }
    // An inter frame does not code its depth: the client's tells when its key frame was refused.
    if (next_state_.bit_depth != profile_.bit_depth ||
        (picture_->bit_depth != 0 && picture_->bit_depth != profile_.bit_depth)) {
        return fail(ErrorCode::kUnsupported, "VP9 bit depth");
    }
    return {};
}

Result<> Vp9Codec::assign_references(const PictureInput& input) {
    if (header_.frame_is_intra()) {
        references_.clear();
        return {};
    }
    std::array<VASurfaceID, VpxReferences::kCount> surfaces;
    static_assert(kVp9RefsPerFrame == VpxReferences::kCount);
    for (size_t i = 0; i < surfaces.size(); ++i) {
        surfaces[i] = picture_->reference_frames[header_.ref_frame_idx[i]];
    }
    return references_.assign(surfaces, picture_->reference_frames, input, traits_.no_reference);
}

v4l2_ctrl_vp9_frame Vp9Codec::frame_control() const {
    v4l2_ctrl_vp9_frame frame = vp9_frame(header_, next_state_);
    frame.last_frame_ts = references_.nanoseconds(0);
    frame.golden_frame_ts = references_.nanoseconds(1);
    frame.alt_frame_ts = references_.nanoseconds(2);
    frame.reference_mode = static_cast<uint8_t>(compressed_header_.reference_mode);
    return frame;
}

std::unique_ptr<Codec> create_vp9_codec(const CodecTraits& traits, VAProfile profile,
                                        Size /*coded_size*/) {
    for (const Vp9Profile& candidate : kProfiles) {
        if (candidate.profile == profile) {
            return std::make_unique<Vp9Codec>(traits, candidate);
        }
    }
    return nullptr;
}

}  // namespace v4l2va
