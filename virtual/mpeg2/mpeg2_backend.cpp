// SPDX-License-Identifier: MIT
// One MPEG-2 job: judge, poison, rebuild, decode, copy.
#include "mpeg2/mpeg2_backend.h"

#include <algorithm>
#include <cinttypes>
#include <set>

#include "host/options.h"
#include "report/judge.h"

namespace vdec {
namespace {

// The other fields of the controls are decoded as they are.
constexpr std::string_view kDecoded[] = {"chroma_format",
                                         "frame_of_progressive_sequence",
                                         "frame_pred_dct_of_progressive_sequence",
                                         "progressive_field",
                                         "f_code",
                                         "zero_in_quantiser_matrix"};
constexpr FrameFields kFieldOrder = {.read = true, .unread = kDecoded};

mpeg2::Controls read_controls(const ControlValues& values) {
    return {values.get<v4l2_ctrl_mpeg2_sequence>(V4L2_CID_STATELESS_MPEG2_SEQUENCE),
            values.get<v4l2_ctrl_mpeg2_picture>(V4L2_CID_STATELESS_MPEG2_PICTURE),
            values.get<v4l2_ctrl_mpeg2_quantisation>(V4L2_CID_STATELESS_MPEG2_QUANTISATION)};
}

DecodeStatus damaged(const DecodeJob& job, const char* kind) {
    judge().stream_error(kind, "frame %" PRIu64 " ts %" PRIu64, job.number, job.timestamp);
    return DecodeStatus::error;
}

Rows rows_of(const mpeg2::Controls& controls) {
    if (controls.is_frame()) return Rows::all;
    return controls.picture.picture_structure == V4L2_MPEG2_PIC_TOP_FIELD ? Rows::top
                                                                          : Rows::bottom;
}

bool is_slice(uint8_t code) { return code >= 0x01 && code <= 0xaf; }

// Position of the next start code at or after `from`; data.size() when there is none.
size_t find_start_code(std::span<const uint8_t> data, size_t from) {
    for (size_t i = from; i + 4 <= data.size(); ++i) {
        if (data[i] == 0 && data[i + 1] == 0 && data[i + 2] == 1) return i;
    }
    return data.size();
}

// The slices of OUTPUT with their start codes and the zero bytes behind them, which may belong to
// the last symbol. Everything else is the controls' matter.
Bytes read_slices(const DecodeJob& job) {
    const auto data = job.bitstream;
    size_t at = find_start_code(data, 0);
    if (at != 0) {
        judge().violation("mpeg2-start-code",
                          "frame %" PRIu64 ": OUTPUT does not begin with a start code", job.number);
    }
    Bytes slices;
    while (at < data.size()) {
        const size_t next = find_start_code(data, at + 3);
        const auto unit = data.subspan(at, next - at);
        if (is_slice(unit[3])) {
            slices.insert(slices.end(), unit.begin(), unit.end());
        } else {
            judge().violation("mpeg2-not-a-slice",
                              "frame %" PRIu64 ": OUTPUT holds start code %02x", job.number,
                              unit[3]);
        }
        at = next;
    }
    return slices;
}

}  // namespace

Mpeg2Backend::Mpeg2Backend(bool reads_field_order)
    : reads_field_order_(reads_field_order), decoder_(AV_CODEC_ID_MPEG2VIDEO) {}

void Mpeg2Backend::begin_picture(const DecodeJob& job, const mpeg2::Controls& controls) {
    const unsigned structure = controls.picture.picture_structure;
    second_field_ = previous_.awaits_second_field && previous_.timestamp == job.timestamp &&
                    structure == (3U ^ previous_.structure);
    if (second_field_ && previous_.target != job.target.data) {
        judge().violation("mpeg2-second-field-elsewhere",
                          "frame %" PRIu64 ": CAPTURE is not the buffer of the first field",
                          job.number);
    }
    previous_ = {job.timestamp, job.target.data, structure, !controls.is_frame() && !second_field_};
    if (second_field_ || controls.bidirectional()) return;
    older_ = newest_;
    newest_ = {job.timestamp, true};
}

void Mpeg2Backend::judge_controls(const FieldJudge& judge, const mpeg2::Controls& controls) const {
    const v4l2_ctrl_mpeg2_picture& picture = controls.picture;
    judge.expect("chroma_format", controls.sequence.chroma_format, 1);
    if ((controls.sequence.flags & V4L2_MPEG2_SEQ_FLAG_PROGRESSIVE) != 0) {
        judge.expect("frame_of_progressive_sequence", controls.is_frame(), true);
        judge.expect("frame_pred_dct_of_progressive_sequence",
                     controls.flag(V4L2_MPEG2_PIC_FLAG_FRAME_PRED_DCT), true);
    }
    if (!controls.is_frame()) {
        judge.expect("progressive_field", controls.flag(V4L2_MPEG2_PIC_FLAG_PROGRESSIVE), false);
    }
    if (!controls.is_frame() && picture.picture_coding_type == V4L2_MPEG2_PIC_CODING_TYPE_P) {
        // hantro tells the first field from the second one by this, for want of anything else.
        const bool top = picture.picture_structure == V4L2_MPEG2_PIC_TOP_FIELD;
        judge.expect("top_field_first", controls.flag(V4L2_MPEG2_PIC_FLAG_TOP_FIELD_FIRST),
                     top != second_field_);
    }
    const size_t directions = controls.bidirectional() ? 2 : controls.intra() ? 0 : 1;
    for (size_t i = 0; i < directions; ++i) {
        for (const int code : picture.f_code[i]) {
            judge.expect("f_code", std::clamp(code, 1, 9), code);
        }
    }
    const auto& matrices = controls.quantisation;
    const bool has_zero = std::ranges::count(matrices.intra_quantiser_matrix, 0) != 0 ||
                          std::ranges::count(matrices.non_intra_quantiser_matrix, 0) != 0;
    judge.expect("zero_in_quantiser_matrix", has_zero, false);
}

void Mpeg2Backend::use_references(const DecodeJob& job, const FieldJudge& judge,
                                  const mpeg2::Controls& controls) {
    const uint64_t forward = controls.picture.forward_ref_ts;
    const uint64_t backward = controls.picture.backward_ref_ts;
    // P pictures name one anchor, but the next B picture may need the other one.
    std::set<uint64_t> kept = {job.timestamp, older_.timestamp, newest_.timestamp};
    const auto use = [&](const char* field, uint64_t timestamp, const ReferenceSlot& slot) {
        if (!judge.reference(field, timestamp, slot)) kept.erase(slot.timestamp);
    };
    if (controls.bidirectional()) {
        use("backward_ref_ts", backward, newest_);
        const bool names_none = forward == backward || forward == 0;
        if (older_.known && forward != older_.timestamp && names_none) {
            // A leading picture after a jump: the client has no past to name.
            kept.erase(older_.timestamp);
            vdec::judge().stream_error("mpeg2-no-forward-reference", "frame %" PRIu64, job.number);
        } else {
            use("forward_ref_ts", forward, older_);
        }
    } else if (!controls.intra()) {
        // A second field needs the first one, too, which is in the same buffer.
        const bool names_itself = forward == job.timestamp || forward == 0 || forward == UINT64_MAX;
        if (!second_field_ || !names_itself) use("forward_ref_ts", forward, older_);
    }
    decoder_.poison_except(kept, options().poison);
}

DecodeStatus Mpeg2Backend::decode(const DecodeJob& job) {
    const mpeg2::Controls controls = read_controls(*job.controls);
    const FieldJudge judge("mpeg2", job);
    const Bytes slices = read_slices(job);
    begin_picture(job, controls);
    judge_controls(judge, controls);
    // The other field's lines stay when the buffer comes a second time.
    if (!second_field_) poison_image(job.target);
    use_references(job, judge, controls);
    Bytes packet;
    if (!second_field_) mpeg2::write_sequence(packet, controls);
    if (!second_field_ && controls.intra()) mpeg2::write_group(packet);
    mpeg2::write_picture(packet, controls);
    packet.insert(packet.end(), slices.begin(), slices.end());
    const bool intact = !slices.empty() && decoder_.decode(packet, job.timestamp);
    if (!intact && !controls.bidirectional()) newest_.known = false;
    log_line(1, "mpeg2 frame %" PRIu64 " ts %" PRIu64 " %ux%u type %u structure %u%s %s",
             job.number, job.timestamp, controls.sequence.horizontal_size,
             controls.sequence.vertical_size, controls.picture.picture_coding_type,
             controls.picture.picture_structure, second_field_ ? " second" : "",
             intact ? "ok" : "damaged");
    if (slices.empty()) return damaged(job, "mpeg2-no-slice");
    if (!intact) return damaged(job, "mpeg2-damaged");
    if (controls.sequence.horizontal_size > job.target.width ||
        controls.sequence.vertical_size > job.target.height) {
        return damaged(job, "mpeg2-larger-than-capture");
    }
    // The other field would come from the wrong buffer.
    if (judge.spoils(kFieldOrder) && reads_field_order_) {
        decoder_.spoil(job.timestamp, rows_of(controls));
    }
    const AVFrame* picture = decoder_.find(job.timestamp);
    const bool copied = picture != nullptr && copy_picture(*picture, rows_of(controls), job.target);
    return copied ? DecodeStatus::done : DecodeStatus::error;
}

}  // namespace vdec
