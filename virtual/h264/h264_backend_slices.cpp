// SPDX-License-Identifier: MIT
// H264Backend in slice-based mode: one slice per job.
#include <algorithm>
#include <cinttypes>
#include <utility>

#include "h264/h264_backend.h"
#include "h264/judge.h"
#include "h264/slice_judge.h"
#include "h264/slice_writer.h"
#include "h264/writer.h"
#include "report/judge.h"

namespace vdec {
namespace {

// The id of that PPS, or a new one whose code is as long as that of `least`, or 8 bits longer.
uint32_t find_pps_id(const std::map<uint32_t, Bytes>& known, const Bytes& pps, uint32_t least) {
    for (const uint32_t first : {least, 16 * (least + 1) - 1}) {
        for (uint32_t id = first; id <= 2 * first; ++id) {
            const auto found = known.find(id);
            if (found == known.end() || found->second == pps) return id;
        }
    }
    return least;
}

}  // namespace

// Whether the slice of this job belongs to the picture that is being collected. The other field of
// a frame is another picture.
bool H264Backend::continues_picture(const DecodeJob& job) const {
    const h264::SliceHeader& header = slices_.front().header;
    const h264::SliceHeader& first = collected_->header;
    return job.timestamp == collected_->timestamp && header.fields() == first.fields() &&
           header.frame_num == first.frame_num && header.idr() == first.idr();
}

// Headers of eight lengths, one for each alignment of the data: redundant_pic_cnt, which is 0, has
// one bit or none, and the id of the PPS 1, 3, 5 or 7. Each request has a PPS of its own, whatever
// its id.
void H264Backend::code_slice(const h264::Sets& sets, Picture& picture) const {
    const Slice& slice = slices_.front();
    const h264::ReferenceLists lists = h264::lists_from_controls(sets, model_);
    h264::Sets coded = sets;
    uint32_t least = 0;
    for (unsigned variant = 0; variant < 8; ++variant) {
        coded.pps.flags &= static_cast<__u16>(~V4L2_H264_PPS_FLAG_REDUNDANT_PIC_CNT_PRESENT);
        if (variant % 2 == 1) coded.pps.flags |= V4L2_H264_PPS_FLAG_REDUNDANT_PIC_CNT_PRESENT;
        least = (1U << variant / 2) - 1;
        if (h264::keeps_alignment(slice.rbsp, slice.header, coded, least, lists)) break;
    }
    const Bytes pps = h264::write_pps(coded, 0);
    const uint32_t id = find_pps_id(picture.pps, pps, least);
    if (picture.pps.emplace(id, pps).second) {
        append_nal(picture.slices, h264::write_pps(coded, id));
    }
    append_nal(picture.slices, h264::write_slice(slice.rbsp, slice.header, coded, id, lists));
}

DecodeStatus H264Backend::decode_collected() {
    const Picture picture = std::move(*collected_);
    collected_.reset();
    return decode_picture(picture);
}

DecodeStatus H264Backend::release_held() {
    return collected_ ? decode_collected() : DecodeStatus::done;
}

DecodeStatus H264Backend::decode_slice(const DecodeJob& job, const h264::Sets& sets) {
    if (slices_.size() > 1) {
        judge().violation("h264-slice-count", "frame %" PRIu64 ": OUTPUT holds %zu slices",
                          job.number, slices_.size());
    }
    DecodeStatus status = DecodeStatus::done;
    if (collected_ && job.new_picture) {
        // STREAMOFF took the buffer away from under it.
        collected_.reset();
        model_.doubt();
    } else if (collected_ && !continues_picture(job)) {
        status = decode_collected();
    }
    const bool begins = !collected_;
    if (begins) collected_ = begin_picture(job, sets);
    const h264::SliceHeader& header = slices_.front().header;
    if (!begins && header.first_mb == 0) {
        judge().violation("h264-slices-of-two-pictures",
                          "frame %" PRIu64 ": ts %" PRIu64 " begins a second time", job.number,
                          job.timestamp);
    }
    if (header.redundant_pic_cnt > 0) {
        judge().violation("h264-redundant-slice", "frame %" PRIu64, job.number);
    }
    h264::judge_picture(job, header, slice_types(), sets, model_, style_);
    h264::judge_slice(job, header, sets, model_);
    code_slice(sets, *collected_);
    if (!job.held && decode_collected() == DecodeStatus::error) status = DecodeStatus::error;
    return status;
}

}  // namespace vdec
