// SPDX-License-Identifier: MIT
// Mpeg2Codec: VA-API's MPEG-2 buffers to V4L2_PIX_FMT_MPEG2_SLICE.
#include "codec/mpeg2.h"

#include <linux/v4l2-controls.h>

#include <algorithm>

#include "codec/rendered_buffer.h"

namespace v4l2va {
namespace {

constexpr uint32_t kLastSliceStartCode = 0xAF;

// A slice begins with its start code.
Result<> check_start_code(std::span<const std::byte> data) {
    const std::span<const std::byte> slice = strip_start_code(data);
    if (slice.size() == data.size()) {
        return fail(ErrorCode::kInvalidBitstream, "MPEG-2 slice without start code");
    }
    const auto code = slice.empty() ? 0U : std::to_integer<uint32_t>(slice.front());
    if (code == 0 || code > kLastSliceStartCode) {
        return fail(ErrorCode::kInvalidBitstream, "MPEG-2 slice start code");
    }
    return {};
}

// The slices at the start of `data`: up to the first start code of another kind, which clients
// leave behind the last one (libavcodec's parser a sequence_end_code, others user data).
// `last_row`: that of the last slice, slice_vertical_position - 1 (6.3.16), where it is a later
// one; slice_vertical_position_extension is not looked at: no level of Main profile is that high.
std::span<const std::byte> slices_of(std::span<const std::byte> data, uint32_t& last_row) {
    constexpr std::array kPrefix = {std::byte{0}, std::byte{0}, std::byte{1}};
    auto found = std::search(data.begin(), data.end(), kPrefix.begin(), kPrefix.end());
    while (data.end() - found > static_cast<std::ptrdiff_t>(kPrefix.size())) {
        const auto code = std::to_integer<uint32_t>(found[kPrefix.size()]);
        if (code == 0 || code > kLastSliceStartCode) {
            return data.first(static_cast<size_t>(found - data.begin()));
        }
        last_row = std::max(last_row, code - 1);
        found = std::search(found + kPrefix.size(), data.end(), kPrefix.begin(), kPrefix.end());
    }
    return data;
}

}  // namespace

void Mpeg2Codec::begin() {
    picture_.reset();
    iq_matrix_.reset();
    slice_list_.clear();
}

Result<> Mpeg2Codec::add(VABufferType type, std::span<const std::byte> bytes,
                         uint32_t num_elements) {
    return RenderedBuffer(type, bytes, num_elements, "MPEG-2 buffer type")
        .parameters<VAPictureParameterBufferMPEG2>(VAPictureParameterBufferType, picture_)
        .parameters<VAIQMatrixBufferMPEG2>(VAIQMatrixBufferType, iq_matrix_)
        .slices(slice_list_)
        .result();
}

Result<CodedPicture> Mpeg2Codec::finish(const PictureInput& input) {
    if (!picture_) {
        return fail(ErrorCode::kInvalidParameter, "MPEG-2 picture parameters missing");
    }
    if (const Result<> result = check_mpeg2_picture(*picture_, coded_size_); !result) {
        return fail(result.error());
    }
    if (const Result<> result = parse_slices(); !result) {
        return fail(result.error());
    }

    CodedPicture coded;
    coded.part = part_of(input);
    const Timestamp own =
        coded.part == PicturePart::kSecondField ? first_field_.timestamp : input.timestamp;
    // VA does not carry progressive_sequence. It is taken as 1 until a picture shows that it cannot
    // be; from then on as 0, so that it changes once at most: frames of progressive material within
    // an interlaced sequence must not look like a new sequence.
    const bool progressive_sequence =
        !seen_interlaced_ && mpeg2_may_be_progressive(*picture_, last_row_);
    const v4l2_ctrl_mpeg2_quantisation quantisation =
        iq_matrix_ ? mpeg2_quantisation(quantisation_, *iq_matrix_) : quantisation_;
    const Result<Mpeg2References> references =
        find_references({input.target, own, input.references}, coded.part);
    if (!references) {
        return fail(references.error());
    }

    units_.clear();
    ControlSet& controls = units_.start();
    controls.set(V4L2_CID_STATELESS_MPEG2_SEQUENCE,
                 mpeg2_sequence(*picture_, progressive_sequence));
    controls.set(V4L2_CID_STATELESS_MPEG2_PICTURE,
                 mpeg2_picture(*picture_, coded.part, *references));
    controls.set(V4L2_CID_STATELESS_MPEG2_QUANTISATION, quantisation);
    for (const std::span<const std::byte> slice : slices_) {
        units_.append(slice);
    }

    commit(input, coded.part, progressive_sequence, quantisation);
    coded.units = units_.units();
    coded.references = std::span(references_).first(reference_count_);
    return coded;
}

// Fills slices_ and last_row_.
Result<> Mpeg2Codec::parse_slices() {
    slices_.clear();
    last_row_ = 0;
    const auto list = slice_list_.resolve();
    if (!list) {
        return fail(list.error());
    }
    for (const auto& slice : *list) {
        if (const Result<> result = check_start_code(slice.data); !result) {
            return result;
        }
        slices_.push_back(slices_of(slice.data, last_row_));
    }
    return {};
}

// VA's is_first_field, believed only as far as there is a first field to complete: it may have been
// lost, and some clients leave 0 always. libavcodec sets 0 in frame pictures, others 1.
PicturePart Mpeg2Codec::part_of(const PictureInput& input) const {
    const auto& extension = picture_->picture_coding_extension.bits;
    if (extension.picture_structure == V4L2_MPEG2_PIC_FRAME) {
        return PicturePart::kFrame;
    }
    const bool completes = first_field_.timestamp.valid() && first_field_.target == input.target &&
                           first_field_.picture_structure != extension.picture_structure &&
                           input.references != nullptr &&
                           input.references->find(input.target) == first_field_.timestamp;
    return extension.is_first_field == 0 && completes ? PicturePart::kSecondField
                                                      : PicturePart::kFirstField;
}

// Fills references_. `input` has the timestamp of the frame that the picture is part of. One that
// is missing is replaced (stand_in.h), in a B picture by the other: a stream cut at random still
// decodes. Errors: kInvalidBitstream (nothing can replace it).
Result<Mpeg2References> Mpeg2Codec::find_references(const PictureInput& input, PicturePart part) {
    reference_count_ = 0;
    const auto find = [&](VASurfaceID surface) {
        // What the target held is gone, unless it is the first field of this frame.
        if (surface == input.target) {
            return part == PicturePart::kSecondField ? input.timestamp : Timestamp();
        }
        if (input.references == nullptr) {
            return Timestamp();
        }
        const Timestamp timestamp = input.references->find(surface);
        if (timestamp.valid()) {
            references_[reference_count_++] = surface;
        }
        return timestamp;
    };
    Mpeg2References references;
    const bool b = picture_->picture_coding_type == V4L2_MPEG2_PIC_CODING_TYPE_B;
    if (!b && picture_->picture_coding_type != V4L2_MPEG2_PIC_CODING_TYPE_P) {
        return references;
    }
    references.forward = find(picture_->forward_reference_picture);
    references.backward = b ? find(picture_->backward_reference_picture) : Timestamp();
    if (references.forward.valid() && (references.backward.valid() || !b)) {
        return references;
    }
    const ExistingPicture other = {
        VA_INVALID_ID, references.forward.valid() ? references.forward : references.backward, 0};
    // A second field has the first one at its own timestamp.
    const NoReference no_reference =
        part == PicturePart::kSecondField ? NoReference::kItself : no_reference_;
    const Result<StandIn> found = stand_in(std::span(&other, other.timestamp.valid() ? 1 : 0), 0,
                                           latest_, input, no_reference);
    if (!found) {
        return fail(found.error());
    }
    if (found->kind == StandIn::Kind::kExisting && reference_count_ == 0 &&
        found->picture.surface != VA_INVALID_ID) {
        references_[reference_count_++] = found->picture.surface;
    }
    for (Timestamp* reference : {&references.forward, &references.backward}) {
        if (!reference->valid() && (b || reference == &references.forward)) {
            *reference = found->picture.timestamp;
        }
    }
    return references;
}

void Mpeg2Codec::commit(const PictureInput& input, PicturePart part, bool progressive_sequence,
                        const v4l2_ctrl_mpeg2_quantisation& quantisation) {
    latest_.decoded({input.target,
                     part == PicturePart::kSecondField ? first_field_.timestamp : input.timestamp,
                     0});
    quantisation_ = quantisation;
    seen_interlaced_ = !progressive_sequence;
    first_field_ = {};
    if (part == PicturePart::kFirstField) {
        first_field_ = {input.target, input.timestamp,
                        picture_->picture_coding_extension.bits.picture_structure};
    }
}

std::unique_ptr<Codec> create_mpeg2_codec(const CodecTraits& traits, VAProfile profile,
                                          Size coded_size) {
    if (profile != VAProfileMPEG2Simple && profile != VAProfileMPEG2Main) {
        return nullptr;
    }
    return std::make_unique<Mpeg2Codec>(coded_size, traits.no_reference);
}

}  // namespace v4l2va
