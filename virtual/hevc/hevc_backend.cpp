// SPDX-License-Identifier: MIT
// One HEVC job: parse, judge, rebuild as the device would read it, poison, decode, copy.
#include "hevc/hevc_backend.h"

#include <algorithm>
#include <cinttypes>
#include <cstring>

#include "host/options.h"
#include "report/judge.h"

namespace vdec {
namespace {

using hevc::DpbLists;
using hevc::Sets;
using hevc::SliceHeader;

constexpr size_t kHeaderBytes = 16384;

bool starts_with_start_code(std::span<const uint8_t> data) {
    size_t zeros = 0;
    while (zeros < data.size() && data[zeros] == 0) ++zeros;
    return zeros >= 2 && zeros < data.size() && data[zeros] == 1;
}

bool is_slice(std::span<const uint8_t> nal) {
    if (nal.size() < 3) return false;
    const unsigned type = nal[0] >> 1 & 63U;
    const unsigned layer = (nal[0] & 1U) << 5 | nal[1] >> 3;
    return layer == 0 && (type <= hevc::kRaslR || (type >= hevc::kBlaWLp && type <= hevc::kCra));
}

// Where byte `wanted` of the RBSP lies in the NAL unit.
size_t raw_offset(std::span<const uint8_t> nal, size_t wanted) {
    size_t count = 0;
    unsigned zeros = 0;
    for (size_t i = 0; i < nal.size(); ++i) {
        if (zeros >= 2 && nal[i] == 3) {
            zeros = 0;
            continue;
        }
        if (count++ == wanted) return i;
        zeros = nal[i] == 0 ? zeros + 1 : 0;
    }
    return nal.size();
}

Bytes copy_of(std::span<const uint8_t> data) { return {data.begin(), data.end()}; }

hevc::WeightTable weights_from(const v4l2_hevc_pred_weight_table& from) {
    hevc::WeightTable table;
    table.luma_log2_denom = std::min<int>(from.luma_log2_weight_denom, 7);
    table.delta_chroma_log2_denom = std::clamp<int>(
        from.delta_chroma_log2_weight_denom, -table.luma_log2_denom, 7 - table.luma_log2_denom);
    for (size_t i = 0; i < hevc::kMaxRefIdx; ++i) {
        hevc::Weight& l0 = table.entries[0][i];
        hevc::Weight& l1 = table.entries[1][i];
        l0.delta_luma = from.delta_luma_weight_l0[i];
        l0.luma_offset = from.luma_offset_l0[i];
        l1.delta_luma = from.delta_luma_weight_l1[i];
        l1.luma_offset = from.luma_offset_l1[i];
        for (size_t c = 0; c < 2; ++c) {
            l0.delta_chroma[c] = from.delta_chroma_weight_l0[i][c];
            l0.chroma_offset[c] = from.chroma_offset_l0[i][c];
            l1.delta_chroma[c] = from.delta_chroma_weight_l1[i][c];
            l1.chroma_offset[c] = from.chroma_offset_l1[i][c];
        }
    }
    return table;
}

// The header of a device that reads none. `entry_points` are those that no slice before took.
SliceHeader header_from(const v4l2_ctrl_hevc_slice_params& params, const Sets& sets,
                        std::span<const uint32_t> entry_points) {
    const auto flag = [&params](uint64_t bit) { return (params.flags & bit) != 0; };
    SliceHeader header;
    header.nal_unit_type = params.nal_unit_type;
    header.temporal_id_plus1 = params.nuh_temporal_id_plus1;
    header.address = params.slice_segment_addr;
    header.first_in_picture = params.slice_segment_addr == 0;
    header.dependent = flag(V4L2_HEVC_SLICE_PARAMS_FLAG_DEPENDENT_SLICE_SEGMENT);
    header.slice_type = std::min<unsigned>(params.slice_type, V4L2_HEVC_SLICE_TYPE_I);
    header.temporal_mvp = flag(V4L2_HEVC_SLICE_PARAMS_FLAG_SLICE_TEMPORAL_MVP_ENABLED);
    header.sao_luma = flag(V4L2_HEVC_SLICE_PARAMS_FLAG_SLICE_SAO_LUMA);
    header.sao_chroma = flag(V4L2_HEVC_SLICE_PARAMS_FLAG_SLICE_SAO_CHROMA);
    if (!header.intra()) {
        header.num_ref_idx[0] =
            std::min(params.num_ref_idx_l0_active_minus1 + 1U, hevc::kMaxRefIdx);
    }
    if (header.b()) {
        header.num_ref_idx[1] =
            std::min(params.num_ref_idx_l1_active_minus1 + 1U, hevc::kMaxRefIdx);
    }
    header.mvd_l1_zero = flag(V4L2_HEVC_SLICE_PARAMS_FLAG_MVD_L1_ZERO);
    header.cabac_init = flag(V4L2_HEVC_SLICE_PARAMS_FLAG_CABAC_INIT);
    header.collocated_from_l0 = !header.b() || flag(V4L2_HEVC_SLICE_PARAMS_FLAG_COLLOCATED_FROM_L0);
    header.collocated_ref_idx = params.collocated_ref_idx;
    header.weights = weights_from(params.pred_weight_table);
    header.five_minus_max_num_merge_cand = params.five_minus_max_num_merge_cand;
    header.qp_delta = params.slice_qp_delta;
    header.cb_qp_offset = params.slice_cb_qp_offset;
    header.cr_qp_offset = params.slice_cr_qp_offset;
    header.deblocking_disabled = flag(V4L2_HEVC_SLICE_PARAMS_FLAG_SLICE_DEBLOCKING_FILTER_DISABLED);
    header.beta_offset_div2 = params.slice_beta_offset_div2;
    header.tc_offset_div2 = params.slice_tc_offset_div2;
    header.loop_filter_across_slices =
        flag(V4L2_HEVC_SLICE_PARAMS_FLAG_SLICE_LOOP_FILTER_ACROSS_SLICES_ENABLED);
    if (sets.has_entry_points()) {
        const auto own = entry_points.first(
            std::min<size_t>(params.num_entry_point_offsets, entry_points.size()));
        header.entry_points.assign(own.begin(), own.end());
    }
    return header;
}

void log_dpb(const Sets& sets) {
    if (options().log < 2) return;
    for (const v4l2_hevc_dpb_entry& entry : hevc::dpb_of(sets)) {
        log_line(2, "  dpb ts %" PRIu64 " poc %d flags %x", static_cast<uint64_t>(entry.timestamp),
                 entry.pic_order_cnt_val, entry.flags);
    }
}

bool is_slice_based(const DecodeJob& job) {
    return job.controls->get<int32_t>(V4L2_CID_STATELESS_HEVC_DECODE_MODE) ==
           V4L2_STATELESS_HEVC_DECODE_MODE_SLICE_BASED;
}

// How many bytes from data_byte_offset on the driver has the hardware read; nothing when it
// refuses.
std::optional<size_t> slice_data_size(const v4l2_ctrl_hevc_slice_params& params, BitSize reading,
                                      const DecodeJob& job) {
    const size_t bytesused = job.bitstream.size();
    const size_t offset = params.data_byte_offset;
    const size_t size = (params.bit_size + size_t{7}) / 8;
    if (offset >= bytesused) return std::nullopt;
    switch (reading) {
        case BitSize::from_buffer:
            if (bytesused < size || offset >= params.bit_size / 8) return std::nullopt;
            return size - offset;
        case BitSize::from_data:
            if (offset + size > bytesused) return std::nullopt;
            break;
        case BitSize::either:
            break;
    }
    return std::min<size_t>(params.bit_size / 8 + 1, bytesused - offset);
}

size_t offset_of(std::span<const uint8_t> nal, const DecodeJob& job) {
    return static_cast<size_t>(nal.data() - job.bitstream.data());
}

}  // namespace

HevcBackend::HevcBackend(const HevcStyle& style) : style_(style), decoder_(AV_CODEC_ID_HEVC) {}

bool HevcBackend::check_controls(const DecodeJob& job, const Sets& sets) const {
    if (!hevc::is_sane(sets)) {
        judge().violation("hevc-parameter-sets",
                          "frame %" PRIu64 ": the SPS or the PPS is out of range", job.number);
        return false;
    }
    if (style_.ext_sps_rps && !sets.has_tables) {
        judge().violation("hevc-ext-sps-rps",
                          "frame %" PRIu64
                          ": %u short-term sets and %u long-term pictures in the SPS, but "
                          "EXT_SPS_*_RPS have %zu and %zu",
                          job.number, sets.sps.num_short_term_ref_pic_sets,
                          sets.sps.num_long_term_ref_pics_sps, sets.st_sets.size(),
                          sets.lt_sps.size());
        return false;
    }
    return true;
}

void HevcBackend::add_slice(const DecodeJob& job, std::span<const uint8_t> nal) {
    if (!is_slice(nal)) return;
    const size_t start_code = starts_with_start_code(job.bitstream) ? 3 : 0;
    Slice& slice = slices_.emplace_back();
    slice.nal = nal;
    slice.place.nal = offset_of(nal, job) - start_code;
    slice.place.end = offset_of(nal, job) + nal.size();
}

// SLICE_PARAMS alone say where slices begin. `bit_size` is the size of each, or its end in the
// buffer: drivers have read it in both ways.
void HevcBackend::split_by_sizes(const DecodeJob& job, const Sets& sets) {
    const size_t total = job.bitstream.size();
    size_t sum = 0;
    for (const auto& params : sets.slices) sum += params.bit_size / 8;
    const size_t last = sets.slices.empty() ? 0 : sets.slices.back().bit_size / 8;
    const bool ends = sum != total && last <= total;
    const auto behind = job.bitstream.subspan(std::min(ends ? last : sum, total));
    // Behind the last slice there may be zeros, which hardware may be told to read.
    if ((sum > total && !ends) ||
        std::ranges::any_of(behind, [](uint8_t byte) { return byte != 0; })) {
        judge().violation("hevc-slice-bit_size",
                          "frame %" PRIu64 ": the slices have %zu bytes, the OUTPUT buffer %zu",
                          job.number, sum, total);
    }
    size_t at = 0;
    for (const auto& params : sets.slices) {
        const size_t size = params.bit_size / 8;
        const size_t end = std::min(ends ? size : at + size, total);
        if (end <= at) continue;
        add_slice(job, job.bitstream.subspan(at, end - at));
        at = end;
    }
}

void HevcBackend::find_slices(const DecodeJob& job, const Sets& sets) {
    slices_.clear();
    const bool annex_b = job.controls->get<int32_t>(V4L2_CID_STATELESS_HEVC_START_CODE) ==
                         V4L2_STATELESS_HEVC_START_CODE_ANNEX_B;
    if (starts_with_start_code(job.bitstream) != annex_b) {
        judge().violation("hevc-start-code", "frame %" PRIu64 ": OUTPUT %s with a start code",
                          job.number, annex_b ? "does not begin" : "begins");
    }
    if (annex_b) {
        for (const auto nal : split_annex_b(job.bitstream)) add_slice(job, nal);
    } else if (is_slice_based(job)) {
        add_slice(job, job.bitstream);
    } else {
        split_by_sizes(job, sets);
    }
}

bool HevcBackend::parse_slices(const DecodeJob& job, const Sets& sets) {
    const SliceHeader* previous = coded_.empty() ? nullptr : &coded_.back().header;
    for (Slice& slice : slices_) {
        slice.head = unescaped(slice.nal, kHeaderBytes);
        if (!hevc::parse_slice_header(slice.head, sets, previous, std::nullopt, slice.header)) {
            judge().stream_error("hevc-slice-header", "frame %" PRIu64, job.number);
            return false;
        }
        previous = &slice.header;
        const size_t begin = slice.header.data_begin;
        slice.place.data = offset_of(slice.nal, job) +
                           (is_slice_based(job) ? begin : raw_offset(slice.nal, begin));
    }
    return !slices_.empty();
}

bool HevcBackend::finds_sets(const Sets& sets) {
    if (!style_.indexes_sets) return true;
    v4l2_ctrl_hevc_pps pps = sets.pps;
    pps.pic_parameter_set_id = 0;
    Bytes entry(sizeof sets.sps + sizeof pps);
    std::memcpy(entry.data(), &sets.sps, sizeof sets.sps);
    std::memcpy(entry.data() + sizeof sets.sps, &pps, sizeof pps);
    set_table_[sets.pps.pic_parameter_set_id] = entry;
    const auto found = set_table_.find(slices_.front().header.pps_id);
    return found != set_table_.end() && found->second == entry;
}

bool HevcBackend::judge_all(const DecodeJob& job, const Sets& sets) {
    const SliceHeader& first = slices_.front().header;
    if (coded_.empty()) model_.begin(first, sets, job.timestamp);
    const bool right = hevc::judge_picture(job, first, sets, model_, style_);
    for (const Slice& slice : slices_) {
        if (slice.header.poc_lsb == first.poc_lsb && slice.header.idr() == first.idr()) continue;
        judge().violation("hevc-slices-of-two-pictures",
                          "frame %" PRIu64 ": OUTPUT holds slices of different pictures",
                          job.number);
    }
    if (style_.max_slices == 0) return right;
    if (sets.slices.size() != slices_.size()) {
        judge().violation("hevc-slice-count",
                          "frame %" PRIu64 ": SLICE_PARAMS has %zu elements, OUTPUT %zu slices",
                          job.number, sets.slices.size(), slices_.size());
        return right;
    }
    for (size_t i = 0; i < slices_.size(); ++i) {
        hevc::judge_slice(job, slices_[i].header, sets, sets.slices[i], style_, slices_[i].place);
    }
    if (style_.max_entry_points == 0) return right;
    std::vector<uint32_t> entry_points;
    for (const Slice& slice : slices_) {
        const auto& own = slice.header.entry_points;
        entry_points.insert(entry_points.end(), own.begin(), own.end());
    }
    hevc::judge_entry_points(job, entry_points, sets.entry_points);
    return right;
}

bool HevcBackend::code_parsed(const Slice& slice, size_t index, const Sets& sets,
                              CodedSlice& coded) {
    const SliceHeader* previous = coded_.empty() ? nullptr : &coded_.back().header;
    const v4l2_ctrl_hevc_slice_params* params =
        index < sets.slices.size() ? &sets.slices[index] : nullptr;
    std::optional<unsigned> skipped;
    if (!style_.ext_sps_rps) {
        const bool idr = sets.params_flag(V4L2_HEVC_DECODE_PARAM_FLAG_IDR_PIC);
        skipped = params != nullptr
                      ? hevc::bits_to_skip(sets, idr, params->short_term_ref_pic_set_size,
                                           params->long_term_ref_pic_set_size)
                      : hevc::bits_to_skip(sets, idr, sets.params.short_term_ref_pic_set_size,
                                           sets.params.long_term_ref_pic_set_size);
    }
    if (!hevc::parse_slice_header(slice.head, sets, previous, skipped, coded.header)) return false;
    if (params != nullptr) {
        coded.lists = hevc::lists_from_params(coded.header, *params);
    } else if (style_.ext_sps_rps) {
        coded.lists = hevc::lists_from_header(coded.header, sets);
    } else {
        coded.lists = hevc::lists_from_controls(coded.header, sets);
    }
    coded.data = copy_of(slice.nal.subspan(raw_offset(slice.nal, coded.header.data_begin)));
    return true;
}

bool HevcBackend::code_from_params(const DecodeJob& job, const Slice& slice, size_t index,
                                   const Sets& sets, CodedSlice& coded) {
    if (index >= sets.slices.size()) return false;
    const v4l2_ctrl_hevc_slice_params& params = sets.slices[index];
    size_t taken = 0;
    for (size_t i = 0; i < index; ++i) taken += sets.slices[i].num_entry_point_offsets;
    coded.header = header_from(
        params, sets,
        std::span(sets.entry_points).subspan(std::min(taken, sets.entry_points.size())));
    coded.lists = hevc::lists_from_params(coded.header, params);
    const size_t offset = params.data_byte_offset;
    if (!is_slice_based(job)) {
        const std::optional<size_t> size = slice_data_size(params, style_.bit_size, job);
        if (!size) return false;
        // Where there are start codes, the next one is the end that hardware finds in the data.
        const auto data = job.bitstream.subspan(offset, *size);
        coded.data = copy_of(data.first(find_start_code(data, 0)));
        return true;
    }
    // The driver looks for the alignment bit in the byte before.
    if (offset == 0 || offset > slice.nal.size() || slice.nal[offset - 1] == 0) return false;
    const size_t end = std::min<size_t>(params.bit_size / 8, slice.nal.size());
    const size_t begin = raw_offset(slice.nal, offset);
    if (begin >= end) return false;
    coded.data = copy_of(slice.nal.subspan(begin, end - begin));
    return true;
}

bool HevcBackend::code_slices(const DecodeJob& job, const Sets& sets) {
    for (size_t i = 0; i < slices_.size(); ++i) {
        CodedSlice coded;
        const bool complete = style_.headers_from_controls
                                  ? code_from_params(job, slices_[i], i, sets, coded)
                                  : code_parsed(slices_[i], i, sets, coded);
        if (!complete) {
            judge().stream_error("hevc-unreadable", "frame %" PRIu64 ": slice %zu", job.number, i);
            return false;
        }
        coded_.push_back(std::move(coded));
    }
    return true;
}

std::optional<uint64_t> HevcBackend::find_known(const DecodeJob& job,
                                                const v4l2_hevc_dpb_entry& entry) const {
    auto timestamp = static_cast<uint64_t>(entry.timestamp);
    bool found = job.find_reference(timestamp) == ReferenceState::found;
    if (style_.references == HevcReferences::in_poc_table) {
        timestamp = poc_table_.find(entry.pic_order_cnt_val).value_or(0);
        found = true;
    }
    return found && known_.contains(timestamp) ? std::optional(timestamp) : std::nullopt;
}

DecodeStatus HevcBackend::check_references(const DecodeJob& job, const Sets& sets) {
    hevc::ReferenceFault fault = hevc::reference_fault(
        sets, style_.references, [&](uint64_t ts) { return known_.contains(ts); });
    if (style_.references == HevcReferences::in_poc_table &&
        !poc_table_.decode(hevc::dpb_of(sets), sets.params.pic_order_cnt_val, job.timestamp)) {
        fault = {DecodeStatus::lost_request, "order count that was never decoded"};
    }
    if (fault.status == DecodeStatus::hang || fault.status == DecodeStatus::lost_request) {
        judge().violation("hevc-hang", "frame %" PRIu64 ": %s", job.number, fault.what);
    } else if (fault.status == DecodeStatus::error) {
        judge().stream_error("hevc-missing-collocated", "frame %" PRIu64, job.number);
    }
    return fault.status;
}

HevcBackend::Resolved HevcBackend::resolve(const DecodeJob& job, const Sets& sets) {
    Resolved result;
    std::vector<uint64_t> order;
    const int poc = sets.params.pic_order_cnt_val - base_poc_;
    for (const v4l2_hevc_dpb_entry& entry : hevc::dpb_of(sets)) {
        result.entries.emplace_back();
        const std::optional<uint64_t> timestamp = find_known(job, entry);
        if (!timestamp) {
            continue;
        }
        const int reference_poc = known_.at(*timestamp).coded_poc;
        if (reference_poc == poc) continue;
        const auto same = std::ranges::find(order, *timestamp);
        result.entries.back() = static_cast<size_t>(same - order.begin());
        if (same != order.end()) continue;
        order.push_back(*timestamp);
        const bool long_term = (entry.flags & V4L2_HEVC_DPB_ENTRY_LONG_TERM_REFERENCE) != 0;
        result.picture.references.push_back({reference_poc, long_term});
    }
    result.timestamps.insert(order.begin(), order.end());
    const bool intra =
        std::ranges::all_of(coded_, [](const CodedSlice& slice) { return slice.header.intra(); });
    result.picture.idr = intra && order.empty();
    result.picture.poc = poc;
    // Nothing to refer to where something is needed: libavcodec makes a grey picture.
    if (!intra && order.empty()) result.picture.references.push_back({poc - 1, false});
    return result;
}

Bytes HevcBackend::build_packet(const Sets& sets, const Resolved& resolved) const {
    Bytes packet;
    append_nal(packet, hevc::write_vps(sets));
    append_nal(packet, hevc::write_sps(sets));
    append_nal(packet, hevc::write_pps(sets));
    for (const CodedSlice& slice : coded_) {
        hevc::ReferenceLists lists;
        for (size_t list = 0; list < 2; ++list) {
            for (const uint8_t index : slice.lists.lists[list]) {
                const bool found =
                    index < resolved.entries.size() && resolved.entries[index].has_value();
                lists.lists[list].push_back(found ? *resolved.entries[index] : 0);
            }
        }
        append_nal(packet, hevc::write_slice_header(slice.header, lists, resolved.picture, sets));
        packet.insert(packet.end(), slice.data.begin(), slice.data.end());
    }
    return packet;
}

DecodeStatus HevcBackend::decode_picture(const DecodeJob& job, const Sets& sets) {
    poison_image(job.target);
    if (const DecodeStatus status = check_references(job, sets); status != DecodeStatus::done) {
        return status;
    }
    const Resolved resolved = resolve(job, sets);
    std::set<uint64_t> named = resolved.timestamps;
    named.insert(job.timestamp);
    decoder_.poison_except(named, options().poison);
    std::erase_if(known_,
                  [&](const auto& item) { return !resolved.timestamps.contains(item.first); });
    const bool intact = decoder_.decode(build_packet(sets, resolved), job.timestamp);
    if (resolved.picture.idr) base_poc_ = sets.params.pic_order_cnt_val;
    known_[job.timestamp] = {sets.params.pic_order_cnt_val,
                             sets.params.pic_order_cnt_val - base_poc_};
    if (!intact) {
        judge().stream_error("hevc-damaged", "frame %" PRIu64 " ts %" PRIu64, job.number,
                             job.timestamp);
    }
    if (garbage_) decoder_.spoil(job.timestamp);
    const AVFrame* frame = decoder_.find(job.timestamp);
    const bool copied = frame != nullptr && copy_picture(*frame, Rows::all, job.target);
    return intact && copied ? DecodeStatus::done : DecodeStatus::error;
}

DecodeStatus HevcBackend::decode(const DecodeJob& job) {
    const Sets sets = hevc::read_sets(*job.controls, style_);
    if (job.new_picture && !coded_.empty()) {
        judge().violation("hevc-held-slices",
                          "frame %" PRIu64 ": the last slice of ts %" PRIu64 " was held",
                          job.number, pending_timestamp_);
        coded_.clear();
    }
    pending_timestamp_ = job.timestamp;
    if (!check_controls(job, sets)) return DecodeStatus::error;
    find_slices(job, sets);
    if (!parse_slices(job, sets)) {
        judge().stream_error("hevc-no-slice", "frame %" PRIu64, job.number);
        model_.doubt();
        coded_.clear();
        return DecodeStatus::error;
    }
    log_dpb(sets);
    if (coded_.empty()) garbage_ = false;
    const bool right = judge_all(job, sets);
    garbage_ = !finds_sets(sets) || !right || garbage_;
    const SliceHeader first = slices_.front().header;
    DecodeStatus status = DecodeStatus::error;
    if (code_slices(job, sets)) {
        if (job.held) return DecodeStatus::done;
        status = decode_picture(job, sets);
    }
    model_.finish();
    coded_.clear();
    log_line(1, "hevc frame %" PRIu64 " ts %" PRIu64 " %ux%u nal %u type %u poc %d %s", job.number,
             job.timestamp, sets.sps.pic_width_in_luma_samples, sets.sps.pic_height_in_luma_samples,
             first.nal_unit_type, first.slice_type, sets.params.pic_order_cnt_val,
             status == DecodeStatus::done ? "ok" : "damaged");
    return status;
}

}  // namespace vdec
