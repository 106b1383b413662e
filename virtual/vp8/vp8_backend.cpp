// SPDX-License-Identifier: MIT
// One VP8 job: parse, judge, poison, decode, copy, and follow the reference buffers.
#include "vp8/vp8_backend.h"

#include <cinttypes>
#include <set>

#include "host/options.h"
#include "report/judge.h"
#include "vp8/judge.h"

namespace vdec {
namespace {

ReferenceSlot updated(vp8::BufferUpdate update, const ReferenceSlot& current,
                      const ReferenceSlot& last, const ReferenceSlot& other,
                      const ReferenceSlot& itself) {
    switch (update) {
        case vp8::BufferUpdate::current:
            return current;
        case vp8::BufferUpdate::last:
            return last;
        case vp8::BufferUpdate::other:
            return other;
        case vp8::BufferUpdate::none:
            break;
    }
    return itself;
}

}  // namespace

Vp8Backend::Vp8Backend(const FrameFields& fields) : fields_(fields), decoder_(AV_CODEC_ID_VP8) {}

DecodeStatus Vp8Backend::damaged(const DecodeJob& job, const char* kind) {
    judge().stream_error(kind, "frame %" PRIu64 " ts %" PRIu64, job.number, job.timestamp);
    return DecodeStatus::error;
}

void Vp8Backend::use_references(const DecodeJob& job, const FieldJudge& judge,
                                const v4l2_ctrl_vp8_frame& frame, const vp8::FrameHeader& header) {
    std::set<uint64_t> kept = {job.timestamp};
    if (!header.key) {
        kept.insert({last_.timestamp, golden_.timestamp, alternate_.timestamp});
        const auto use = [&](const char* field, uint64_t timestamp, const ReferenceSlot& slot) {
            if (!judge.reference(field, timestamp, slot)) kept.erase(slot.timestamp);
        };
        use("last_frame_ts", frame.last_frame_ts, last_);
        use("golden_frame_ts", frame.golden_frame_ts, golden_);
        use("alt_frame_ts", frame.alt_frame_ts, alternate_);
    }
    decoder_.poison_except(kept, options().poison);
}

void Vp8Backend::update_references(const vp8::FrameHeader& header, const ReferenceSlot& current) {
    const ReferenceSlot golden = updated(header.golden, current, last_, alternate_, golden_);
    const ReferenceSlot alternate = updated(header.alternate, current, last_, golden_, alternate_);
    const bool swap =
        header.golden == vp8::BufferUpdate::other && header.alternate == vp8::BufferUpdate::other;
    golden_ = golden;
    alternate_ = alternate;
    if (swap) {
        // Decoders disagree: whether the second copy sees the result of the first.
        golden_.known = alternate_.known = false;
    }
    if (header.refresh_last) last_ = current;
}

DecodeStatus Vp8Backend::decode(const DecodeJob& job) {
    const auto frame = job.controls->get<v4l2_ctrl_vp8_frame>(V4L2_CID_STATELESS_VP8_FRAME);
    const FieldJudge judge("vp8", job);
    poison_image(job.target);
    vp8::FrameHeader header;
    if (!reader_.read(job.bitstream, header)) {
        reader_.doubt();
        last_ = golden_ = alternate_ = {};
        return damaged(job, "vp8-header");
    }
    if (!header.key && !reader_.known()) return damaged(job, "vp8-no-key-frame");
    vp8::judge_fields(judge, frame, header);
    use_references(job, judge, frame, header);
    const bool intact = decoder_.decode(job.bitstream, job.timestamp);
    update_references(header, {job.timestamp, intact});
    log_line(1, "vp8 frame %" PRIu64 " ts %" PRIu64 " %ux%u %s%s %s", job.number, job.timestamp,
             header.width, header.height, header.key ? "key" : "inter",
             header.show ? "" : " hidden", intact ? "ok" : "damaged");
    if (!intact) return damaged(job, "vp8-damaged");
    if (header.width > job.target.width || header.height > job.target.height) {
        return damaged(job, "vp8-larger-than-capture");
    }
    if (spoilt_by_format(job, header.width, header.height)) return DecodeStatus::done;
    if (judge.spoils(fields_)) decoder_.spoil(job.timestamp);
    const AVFrame* picture = decoder_.find(job.timestamp);
    const bool copied = picture != nullptr && copy_picture(*picture, Rows::all, job.target);
    return copied ? DecodeStatus::done : DecodeStatus::error;
}

}  // namespace vdec
