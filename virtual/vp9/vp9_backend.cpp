// SPDX-License-Identifier: MIT
// One VP9 job: parse, judge, poison, decode, copy, and follow the eight reference slots.
#include "vp9/vp9_backend.h"

#include <linux/videodev2.h>

#include <cinttypes>
#include <set>

#include "host/options.h"
#include "image/image_layout.h"
#include "report/judge.h"
#include "vp9/compressed.h"
#include "vp9/judge.h"

namespace vdec {
namespace {

DecodeStatus damaged(const DecodeJob& job, const char* kind) {
    judge().stream_error(kind, "frame %" PRIu64 " ts %" PRIu64, job.number, job.timestamp);
    return DecodeStatus::error;
}

// Annex B: several frames in one chunk, which clients must take apart.
bool is_superframe(std::span<const uint8_t> data) {
    if (data.empty() || (data.back() & 0xe0) != 0xc0) return false;
    const size_t frames = (data.back() & 7U) + 1U;
    const size_t bytes = (data.back() >> 3 & 3U) + 1U;
    const size_t index = 2 + frames * bytes;
    return frames > 1 && data.size() > index && data[data.size() - index] == data.back();
}

bool fits(const vp9::FrameSize& size, const CaptureImage& target, bool exactly) {
    if (exactly) {
        const auto aligned = [](unsigned value) { return (value + 63) / 64 * 64; };
        return aligned(size.width) == target.width && aligned(size.height) == target.height;
    }
    return size.width <= target.width && size.height <= target.height;
}

}  // namespace

Vp9Backend::Vp9Backend(const FrameFields& fields, bool exact_size)
    : fields_(fields), exact_size_(exact_size), decoder_(AV_CODEC_ID_VP9) {}

bool Vp9Backend::judge_headers(const DecodeJob& job, const FieldJudge& judge,
                               const v4l2_ctrl_vp9_frame& frame,
                               const vp9::FrameHeader& header) const {
    vp9::judge_frame(judge, frame, header, reader_.known());
    vp9::CompressedHeader wanted;
    const auto coded = job.bitstream.subspan(header.uncompressed_size, header.compressed_size);
    if (!vp9::read_compressed_header(coded, header, wanted)) return false;
    if (job.controls->find(V4L2_CID_STATELESS_VP9_COMPRESSED_HDR) != nullptr) {
        const auto got =
            job.controls->get<v4l2_ctrl_vp9_compressed_hdr>(V4L2_CID_STATELESS_VP9_COMPRESSED_HDR);
        vp9::judge_compressed(judge, frame, got, header, wanted);
    }
    const bool deep = is_deep(job.target.fourcc);
    judge.expect("capture_bit_depth", deep ? 10 : 8, header.bit_depth);
    return true;
}

void Vp9Backend::use_references(const DecodeJob& job, const FieldJudge& judge,
                                const v4l2_ctrl_vp9_frame& frame, const vp9::FrameHeader& header) {
    std::set<uint64_t> kept = {job.timestamp};
    for (const ReferenceSlot& slot : slots_) kept.insert(slot.timestamp);
    if (!header.intra()) {
        const auto use = [&](const char* field, uint64_t timestamp, size_t index) {
            const ReferenceSlot& slot = slots_[header.ref_frame_idx[index]];
            if (!judge.reference(field, timestamp, slot)) kept.erase(slot.timestamp);
        };
        use("last_frame_ts", frame.last_frame_ts, 0);
        use("golden_frame_ts", frame.golden_frame_ts, 1);
        use("alt_frame_ts", frame.alt_frame_ts, 2);
    }
    decoder_.poison_except(kept, options().poison);
}

DecodeStatus Vp9Backend::decode(const DecodeJob& job) {
    const auto frame = job.controls->get<v4l2_ctrl_vp9_frame>(V4L2_CID_STATELESS_VP9_FRAME);
    const FieldJudge judge("vp9", job);
    poison_image(job.target);
    if (is_superframe(job.bitstream)) {
        vdec::judge().violation("vp9-superframe", "frame %" PRIu64 ": OUTPUT holds several frames",
                                job.number);
        return DecodeStatus::error;
    }
    vp9::FrameHeader header;
    if (!reader_.read(job.bitstream, header)) {
        reader_.doubt();
        for (ReferenceSlot& slot : slots_) slot.known = false;
        return damaged(job, "vp9-header");
    }
    if (header.show_existing) {
        vdec::judge().violation("vp9-show-existing-frame",
                                "frame %" PRIu64 ": there is nothing to decode", job.number);
        return DecodeStatus::error;
    }
    bool intact = judge_headers(job, judge, frame, header);
    use_references(job, judge, frame, header);
    intact = decoder_.decode(job.bitstream, job.timestamp) && intact;
    for (size_t i = 0; i < slots_.size(); ++i) {
        if ((header.refresh_frame_flags >> i & 1) != 0) slots_[i] = {job.timestamp, intact};
    }
    log_line(1, "vp9 frame %" PRIu64 " ts %" PRIu64 " %ux%u %s%s refresh %02x %s", job.number,
             job.timestamp, header.size.width, header.size.height,
             header.key          ? "key"
             : header.intra_only ? "intra"
                                 : "inter",
             header.show ? "" : " hidden", header.refresh_frame_flags, intact ? "ok" : "damaged");
    if (!intact) return damaged(job, "vp9-damaged");
    if (!fits(header.size, job.target, exact_size_)) return damaged(job, "vp9-capture-size");
    if (judge.spoils(fields_) || spoiled_by_last_) decoder_.spoil(job.timestamp);
    spoiled_by_last_ = judge.spoils_next(fields_);
    if (spoilt_by_format(job, header.size.width, header.size.height)) return DecodeStatus::done;
    const AVFrame* picture = decoder_.find(job.timestamp);
    const bool copied = picture != nullptr && copy_picture(*picture, Rows::all, job.target);
    return copied ? DecodeStatus::done : DecodeStatus::error;
}

}  // namespace vdec
