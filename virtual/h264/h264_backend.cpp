// SPDX-License-Identifier: MIT
// One H.264 job: parse, judge, poison, rebuild, decode, copy.
#include "h264/h264_backend.h"

#include <algorithm>
#include <cinttypes>
#include <cstring>
#include <set>

#include "h264/judge.h"
#include "h264/slice_writer.h"
#include "h264/writer.h"
#include "host/options.h"
#include "report/judge.h"

namespace vdec {
namespace {

constexpr size_t kHeaderBytes = 4096;

h264::Sets sets_of(const ControlValues& controls) {
    h264::Sets sets = {};
    sets.sps = controls.get<v4l2_ctrl_h264_sps>(V4L2_CID_STATELESS_H264_SPS);
    sets.pps = controls.get<v4l2_ctrl_h264_pps>(V4L2_CID_STATELESS_H264_PPS);
    if (controls.find(V4L2_CID_STATELESS_H264_SCALING_MATRIX) != nullptr) {
        sets.scaling =
            controls.get<v4l2_ctrl_h264_scaling_matrix>(V4L2_CID_STATELESS_H264_SCALING_MATRIX);
    } else {
        std::memset(&sets.scaling, 16, sizeof sets.scaling);  // a device without any is flat
    }
    sets.params = controls.get<v4l2_ctrl_h264_decode_params>(V4L2_CID_STATELESS_H264_DECODE_PARAMS);
    sets.slice_based = controls.get<int32_t>(V4L2_CID_STATELESS_H264_DECODE_MODE) ==
                       V4L2_STATELESS_H264_DECODE_MODE_SLICE_BASED;
    sets.annex_b = controls.get<int32_t>(V4L2_CID_STATELESS_H264_START_CODE) ==
                   V4L2_STATELESS_H264_START_CODE_ANNEX_B;
    sets.slice = controls.get<v4l2_ctrl_h264_slice_params>(V4L2_CID_STATELESS_H264_SLICE_PARAMS);
    sets.weights = controls.get<v4l2_ctrl_h264_pred_weights>(V4L2_CID_STATELESS_H264_PRED_WEIGHTS);
    return sets;
}

bool is_active(const v4l2_h264_dpb_entry& entry, const H264Style& style) {
    const bool valid = (entry.flags & V4L2_H264_DPB_ENTRY_FLAG_VALID) != 0 || !style.reads_valid;
    return valid && (entry.flags & V4L2_H264_DPB_ENTRY_FLAG_ACTIVE) != 0;
}

bool starts_with_start_code(std::span<const uint8_t> data) {
    size_t zeros = 0;
    while (zeros < data.size() && data[zeros] == 0) ++zeros;
    return zeros >= 2 && zeros < data.size() && data[zeros] == 1;
}

Rows rows_of(const h264::SliceHeader& header) {
    if (!header.field_pic) return Rows::all;
    return header.bottom_field ? Rows::bottom : Rows::top;
}

// At log level 2: what the client says the decoded picture buffer holds.
void log_dpb(const h264::Sets& sets) {
    if (options().log < 2) return;
    for (const v4l2_h264_dpb_entry& entry : sets.params.dpb) {
        if (entry.flags == 0) continue;
        log_line(2, "  dpb ts %" PRIu64 " frame_num %u fields %u poc %d/%d flags %x",
                 static_cast<uint64_t>(entry.reference_ts), entry.frame_num, entry.fields,
                 entry.top_field_order_cnt, entry.bottom_field_order_cnt, entry.flags);
    }
}

}  // namespace

H264Backend::H264Backend(const H264Style& style)
    : style_(style), set_table_(style.sets), decoder_(AV_CODEC_ID_H264) {}

void H264Backend::add_slice(const DecodeJob& job, const h264::Sets& sets,
                            std::span<const uint8_t> nal) {
    const unsigned type = nal[0] & 31U;
    if (type >= 2 && type <= 4) {
        judge().stream_error("h264-data-partitioning", "frame %" PRIu64, job.number);
    }
    if (type != 1 && type != 5) return;
    Slice slice;
    slice.nal = nal;
    slice.rbsp = unescaped(nal, h264::rewrites_poc(sets) ? SIZE_MAX : kHeaderBytes);
    if (!h264::parse_slice_header(slice.rbsp, sets, slice.header)) {
        judge().stream_error("h264-slice-header", "frame %" PRIu64, job.number);
        return;
    }
    slices_.push_back(std::move(slice));
}

void H264Backend::read_slices(const DecodeJob& job, const h264::Sets& sets) {
    slices_.clear();
    if (starts_with_start_code(job.bitstream) != sets.annex_b) {
        judge().violation("h264-start-code", "frame %" PRIu64 ": OUTPUT %s with a start code",
                          job.number, sets.annex_b ? "does not begin" : "begins");
    }
    if (sets.annex_b) {
        for (const auto nal : split_annex_b(job.bitstream)) add_slice(job, sets, nal);
    } else if (!job.bitstream.empty()) {
        // 7.4.1: no NAL unit ends so. Apple's decoder never ends a CAVLC picture with it.
        if (job.bitstream.back() == 0) {
            judge().violation("h264-trailing-zero", "frame %" PRIu64 ": the NAL unit ends in 0",
                              job.number);
        }
        add_slice(job, sets, job.bitstream);
    }
}

void H264Backend::check_slices(const DecodeJob& job) const {
    const h264::SliceHeader& first = slices_.front().header;
    uint32_t last_mb = first.first_mb;
    for (const Slice& slice : slices_) {
        const h264::SliceHeader& header = slice.header;
        if (header.redundant_pic_cnt > 0) continue;
        if (header.first_mb < last_mb) {
            judge().stream_error("h264-slice-order", "frame %" PRIu64, job.number);
        }
        last_mb = header.first_mb;
        if (header.frame_num != first.frame_num || header.fields() != first.fields() ||
            header.idr() != first.idr()) {
            judge().violation("h264-slices-of-two-pictures",
                              "frame %" PRIu64 ": OUTPUT holds slices of different pictures",
                              job.number);
        }
    }
}

// The model goes on to the picture of the first slice.
void H264Backend::follow_stream(const DecodeJob& job, const h264::Sets& sets) {
    const h264::SliceHeader& header = slices_.front().header;
    second_field_ =
        model_.pairs_with_previous(header) && model_.current().timestamp == job.timestamp;
    const bool names_nothing = std::ranges::none_of(
        sets.params.dpb, [&](const auto& entry) { return is_active(entry, style_); });
    if (names_nothing && !header.idr() && !second_field_ && header.slice_type == h264::kI &&
        !model_.references().empty()) {
        // The client jumped to a random access point; a stateless decoder has no past.
        judge().stream_error("h264-random-access", "frame %" PRIu64, job.number);
        model_.restart();
        decoder_.flush();
    }
    model_.begin(header, sets, job.timestamp, second_field_);
    if (model_.had_gap() && !model_.exact()) {
        judge().stream_error("h264-frame-num-gap", "frame %" PRIu64 ": frame_num %u", job.number,
                             header.frame_num);
    }
}

H264Backend::Picture H264Backend::begin_picture(const DecodeJob& job, const h264::Sets& sets) {
    follow_stream(job, sets);
    if (!second_field_) {
        first_field_target_ = job.target.data;
        if (job.new_picture) poison_image(job.target);
    } else if (first_field_target_ != job.target.data) {
        judge().violation("h264-second-field-elsewhere",
                          "frame %" PRIu64 ": CAPTURE is not the buffer of the first field",
                          job.number);
    }
    log_dpb(sets);
    Picture picture;
    picture.header = slices_.front().header;
    picture.sets = sets;
    picture.number = job.number;
    picture.timestamp = job.timestamp;
    picture.target = job.target;
    picture.named = {job.timestamp};
    for (const v4l2_h264_dpb_entry& entry : sets.params.dpb) {
        if (is_active(entry, style_) &&
            job.find_reference(entry.reference_ts) == ReferenceState::found) {
            picture.named.insert(entry.reference_ts);
        }
    }
    return picture;
}

h264::SliceTypes H264Backend::slice_types() const {
    h264::SliceTypes types = 0;
    for (const Slice& slice : slices_) types |= 1U << slice.header.slice_type;
    return types;
}

bool H264Backend::check_limits(const DecodeJob& job, Picture& picture) {
    const h264::Limit limit = h264::find_limit(style_, picture.sets, slice_types());
    const bool failed = refuses_all_ || limit.outcome == h264::Outcome::failed;
    if (limit.outcome != h264::Outcome::decoded) {
        judge().stream_error("h264-not-decodable", "frame %" PRIu64 ": %s", job.number, limit.tool);
    }
    picture.garbage = limit.outcome == h264::Outcome::garbage;
    if (!failed) return true;
    refuses_all_ = refuses_all_ || style_.field_pictures == FieldPictures::fail;
    model_.finish(picture.header, picture.sets);
    return false;
}

void H264Backend::read_sets(Picture& picture) {
    set_table_.write(picture.sets);
    const bool found = std::ranges::all_of(slices_, [&](const Slice& slice) {
        return set_table_.finds(picture.sets, slice.header.pps_id);
    });
    picture.garbage = picture.garbage || !found;
}

void H264Backend::keep_motion(Picture& picture) {
    if (!style_.no_motion_of_baseline) return;
    const bool kept = picture.sets.sps.profile_idc > 66 && picture.sets.params.nal_ref_idc != 0;
    if (kept) {
        without_motion_.erase(picture.timestamp);
    } else if (picture.header.reference()) {
        without_motion_.insert(picture.timestamp);
    }
    if ((slice_types() & 1U << h264::kB) == 0) return;
    const bool missing = std::ranges::any_of(picture.named, [&](uint64_t timestamp) {
        return timestamp != picture.timestamp && without_motion_.contains(timestamp);
    });
    picture.garbage = picture.garbage || missing;
}

void H264Backend::add_all_slices(Picture& picture) const {
    const h264::Sets& sets = picture.sets;
    std::set<uint32_t> pps_ids;
    for (const Slice& slice : slices_) pps_ids.insert(slice.header.pps_id);
    for (const uint32_t id : pps_ids) append_nal(picture.slices, h264::write_pps(sets, id));
    for (const Slice& slice : slices_) {
        if (slice.header.redundant_pic_cnt > 0) continue;
        if (h264::rewrites_poc(sets)) {
            append_nal(picture.slices, h264::rewrite_slice(slice.rbsp, slice.header, sets));
        } else {
            picture.slices.insert(picture.slices.end(), {0, 0, 0, 1});
            picture.slices.insert(picture.slices.end(), slice.nal.begin(), slice.nal.end());
        }
    }
}

DecodeStatus H264Backend::decode_picture(const Picture& picture) {
    const h264::Sets& sets = picture.sets;
    const h264::SliceHeader& header = picture.header;
    decoder_.poison_except(picture.named, options().poison);
    Bytes packet;
    append_nal(packet, h264::write_sps(sets));
    packet.insert(packet.end(), picture.slices.begin(), picture.slices.end());
    const bool intact = decoder_.decode(packet, picture.timestamp);
    model_.finish(header, sets);
    if (!intact) {
        judge().stream_error("h264-damaged", "frame %" PRIu64 " ts %" PRIu64, picture.number,
                             picture.timestamp);
    }
    log_line(1, "h264 frame %" PRIu64 " ts %" PRIu64 " %ux%u nal %u type %u frame_num %u poc %d %s",
             picture.number, picture.timestamp, sets.width(), sets.height(), header.nal_unit_type,
             header.slice_type, header.frame_num, sets.params.top_field_order_cnt,
             intact ? "ok" : "damaged");
    if (picture.garbage) decoder_.spoil(picture.timestamp, rows_of(header));
    const AVFrame* frame = decoder_.find(picture.timestamp);
    const bool copied = frame != nullptr && copy_picture(*frame, rows_of(header), picture.target);
    return intact && copied ? DecodeStatus::done : DecodeStatus::error;
}

DecodeStatus H264Backend::decode(const DecodeJob& job) {
    h264::Sets sets = sets_of(*job.controls);
    // The device is told one offset for both.
    if (style_.tegra_tools) {
        sets.pps.second_chroma_qp_index_offset = sets.pps.chroma_qp_index_offset;
    }
    read_slices(job, sets);
    if (slices_.empty()) {
        judge().stream_error("h264-no-slice", "frame %" PRIu64, job.number);
        model_.doubt();
        if (collected_ && !job.held) (void)decode_collected();
        return DecodeStatus::error;
    }
    if (sets.slice_based) return decode_slice(job, sets);
    check_slices(job);
    Picture picture = begin_picture(job, sets);
    if (!check_limits(job, picture)) return DecodeStatus::error;
    const h264::Silent silent =
        h264::judge_picture(job, picture.header, slice_types(), sets, model_, style_);
    picture.garbage = picture.garbage || (style_.skips_headers && silent.wrong_header);
    read_sets(picture);
    keep_motion(picture);
    // Lists in another order: prediction is from the wrong pictures.
    if (silent.wrong_lists) picture.named = {picture.timestamp};
    add_all_slices(picture);
    return decode_picture(picture);
}

}  // namespace vdec
