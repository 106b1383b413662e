// SPDX-License-Identifier: MIT
// One AV1 job: judge, poison, find the references, write a stream, decode, copy.
#include "av1/av1_backend.h"

#include <algorithm>
#include <cinttypes>

#include "host/options.h"
#include "report/judge.h"
#include "report/report.h"

namespace vdec {
namespace {

using av1::kSlots;

DecodeStatus damaged(const DecodeJob& job, const char* kind) {
    judge().stream_error(kind, "frame %" PRIu64 " ts %" PRIu64, job.number, job.timestamp);
    return DecodeStatus::error;
}

const char* name_of(uint32_t frame_type) {
    static constexpr const char* kNames[] = {"key", "inter", "intra", "switch"};
    return kNames[frame_type & 3];
}

}  // namespace

std::set<uint64_t> Av1Backend::named_frames(const DecodeJob& job, const av1::Frame& frame) const {
    std::set<uint64_t> named;
    for (const uint64_t timestamp : frame.reference_frame_ts) {
        if (job.find_reference(timestamp) == ReferenceState::found) named.insert(timestamp);
    }
    return named;
}

void Av1Backend::report_lost(const DecodeJob& job, size_t slot, uint64_t timestamp) const {
    const ReferenceState state = job.find_reference(timestamp);
    const bool damaged = state == ReferenceState::found && damaged_.contains(timestamp);
    // A stream that begins in the middle: the client has nothing to name.
    const bool never_decoded =
        !slots_[slot].known && (timestamp == 0 || timestamp == job.timestamp);
    if (damaged || never_decoded) {
        judge().stream_error("av1-lost-reference", "frame %" PRIu64 ": slot %zu ts %" PRIu64,
                             job.number, slot, timestamp);
        return;
    }
    const bool requeued = state == ReferenceState::requeued;
    judge().violation(
        requeued ? "reference-requeued" : "reference-unknown",
        "frame %" PRIu64 ": reference ts %" PRIu64 " %s", job.number, timestamp,
        requeued ? "is in a buffer that was queued again" : "is none of the frames that were kept");
}

bool Av1Backend::judge_primary_slot(const FieldJudge& judge, const av1::Frame& frame) const {
    if (frame.primary_ref_frame == av1::kPrimaryRefNone) return false;
    const size_t slot = frame.slot_of(frame.primary_ref_frame);
    if (!slots_[slot].known) return false;
    const bool lost = frame.reference_frame_ts[slot] != slots_[slot].timestamp;
    judge.expect("primary_ref_frame_slot", static_cast<int64_t>(frame.reference_frame_ts[slot]),
                 static_cast<int64_t>(slots_[slot].timestamp));
    report().primary_ref_frame(lost);
    return lost;
}

bool Av1Backend::resolve(const DecodeJob& job, const FieldJudge& judge, av1::FrameToWrite& input,
                         bool& lost_primary) {
    const av1::Frame& frame = input.controls.frame;
    input.references.slot_hints = store_.order_hints();
    if (frame.intra()) return true;
    av1::FoundReferences found = {};
    for (size_t i = 0; i < av1::kRefsPerFrame; ++i) {
        const uint64_t timestamp = frame.reference_frame_ts[frame.slot_of(i)];
        found[i] = store_.find(timestamp);
        if (found[i] == nullptr) report_lost(job, frame.slot_of(i), timestamp);
    }
    av1::judge_references(judge, input.controls, found);
    lost_primary = judge_primary_slot(judge, frame);
    for (size_t i = 0; i < av1::kRefsPerFrame; ++i) {
        // Hardware would read some other buffer.
        const av1::StoredFrame* reference = found[i] != nullptr ? found[i] : store_.any();
        if (reference == nullptr) return false;
        input.references.slots[i] = store_.slot_of(*reference);
        input.references.hints[i] = reference->header.order_hint;
        if (i == frame.primary_ref_frame) input.references.previous_motion = reference->motion;
    }
    return true;
}

void Av1Backend::note_result(const DecodeJob& job, const av1::Frame& frame, bool intact) {
    for (size_t i = 0; i < kSlots; ++i) {
        if ((frame.refresh_frame_flags >> i & 1) != 0) slots_[i] = {job.timestamp, intact};
    }
    if (!intact) damaged_.insert(job.timestamp);
}

DecodeStatus Av1Backend::decode_picture(const DecodeJob& job, const av1::FrameToWrite& input,
                                        bool lost_primary) {
    const av1::Frame& frame = input.controls.frame;
    const av1::StoredFrame* stored = store_.decode(input, job.timestamp);
    note_result(job, frame, stored != nullptr);
    if (stored == nullptr) return damaged(job, "av1-damaged");
    // rockchip_av1_get_cdfs() takes what the slot has, whoever left it: garbage, in silence.
    if (lost_primary) poison_picture(stored->picture.planes());
    const bool fits = frame.upscaled_width <= job.target.width &&
                      frame.frame_height_minus_1 + 1 <= job.target.height;
    if (!fits) return damaged(job, "av1-capture-size");
    if (spoilt_by_format(job, frame.upscaled_width, frame.frame_height_minus_1 + 1)) {
        return DecodeStatus::done;
    }
    // Later frames refer to the picture without grain, which the device has elsewhere.
    const Dav1dFrame grained = input.film_grain ? store_.with_grain(*stored) : Dav1dFrame();
    const Dav1dFrame& shown = input.film_grain ? grained : stored->picture;
    const bool copied = !shown.empty() && copy_picture(shown.planes(), Rows::all, job.target);
    return copied ? DecodeStatus::done : DecodeStatus::error;
}

DecodeStatus Av1Backend::decode(const DecodeJob& job) {
    poison_image(job.target);
    av1::FrameToWrite input;
    input.controls = av1::read_controls(*job.controls);
    const av1::Frame& frame = input.controls.frame;
    if (!av1::is_sane(input.controls)) {
        judge().violation("av1-controls",
                          "frame %" PRIu64
                          ": a control is out of range, or TILE_GROUP_ENTRY has "
                          "%zu elements for %u x %u tiles",
                          job.number, input.controls.tiles.size(), frame.tile_info.tile_cols,
                          frame.tile_info.tile_rows);
        note_result(job, frame, false);
        return DecodeStatus::error;
    }
    const FieldJudge judge("av1", job);
    av1::judge_sequence(judge, input.controls.sequence, job.target);
    av1::judge_frame(judge, input.controls);
    av1::judge_tiles(judge, input.controls, job.bitstream);
    av1::judge_grain(judge, input.controls);
    input.film_grain = style_.film_grain && input.controls.grain.has(av1::kApplyGrain);
    std::erase_if(damaged_, [&](uint64_t timestamp) {
        return std::ranges::find(frame.reference_frame_ts, timestamp) ==
               std::end(frame.reference_frame_ts);
    });
    store_.begin(named_frames(job, frame), input.controls.sequence, options().poison);
    DecodeStatus status = DecodeStatus::error;
    bool lost_primary = false;
    if (!av1::write_tile_group(input.controls, job.bitstream, input.tiles)) {
        note_result(job, frame, false);
        damaged(job, "av1-tiles");
    } else if (!resolve(job, judge, input, lost_primary)) {
        note_result(job, frame, false);
        damaged(job, "av1-no-reference");
    } else {
        status = decode_picture(job, input, lost_primary);
    }
    log_line(1, "av1 frame %" PRIu64 " ts %" PRIu64 " %ux%u %s%s refresh %02x %s", job.number,
             job.timestamp, frame.upscaled_width, frame.frame_height_minus_1 + 1,
             name_of(frame.frame_type), frame.has(av1::kShowFrame) ? "" : " hidden",
             frame.refresh_frame_flags, status == DecodeStatus::done ? "ok" : "damaged");
    return status;
}

}  // namespace vdec
