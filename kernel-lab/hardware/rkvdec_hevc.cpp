// SPDX-License-Identifier: MIT
#include "rkvdec_hevc.h"

#include <linux/videodev2.h>

#include <algorithm>
#include <cstring>
#include <utility>
#include <vector>

#include "hevc/controls.h"
#include "hevc/syntax.h"
#include "rkvdec_hevc_references.h"

namespace hardware {
namespace {

std::vector<std::span<const uint8_t>> slices_of(std::span<const uint8_t> stream) {
    std::vector<std::span<const uint8_t>> slices;
    for (const auto nal : vdec::split_annex_b(stream)) {
        if (nal.size() > 2 && (nal[0] >> 1 & 63) <= vdec::hevc::kLastIrap) slices.push_back(nal);
    }
    return slices;
}

uint32_t pps_id_of(std::span<const uint8_t> nal) {
    const vdec::Bytes head = vdec::unescaped(nal, 32);
    const unsigned type = head[0] >> 1 & 63U;
    vdec::BitReader reader(head);
    reader.skip(17);  // the NAL unit's header, first_slice_segment_in_pic_flag
    if (type >= vdec::hevc::kBlaWLp) reader.skip(1);
    return reader.ue();
}

std::span<const uint8_t> entry_of(const RkvdecHevcJob& job, std::span<const uint8_t> nal,
                                  DeviceMemory& memory) {
    const uint32_t id = job.sets_by_id ? pps_id_of(nal) : 0;
    if (id > 63) return {};
    return memory.at(job.sets + id * job.layout.bytes, job.layout.bytes);
}

template <typename T>
void set_array(PictureJob& job, uint32_t id, const std::vector<T>& values) {
    vdec::ControlValues::Payload payload(values.size() * sizeof(T));
    if (!values.empty()) std::memcpy(payload.data(), values.data(), payload.size());
    job.controls.set(id, std::move(payload));
}

class Job {
  public:
    Job(const RkvdecHevcJob& job, const JobView& view, HevcOrders& orders)
        : job_(job), view_(view), orders_(orders) {}

    std::variant<PictureJob, NoPicture> make() {
        const bool right_orders = has_right_orders();
        orders_[job_.picture.output] = job_.order;
        if (!right_orders) return no("a reference has another order count");
        if (!fetch_stream(job_.picture, view_.memory, out_.bitstream)) return no("no stream");
        slices_ = slices_of(out_.bitstream);
        if (slices_.empty()) return no("no slice in the stream");
        if (job_.slices > slices_.size()) return no("fewer slices in the stream than told");
        if (job_.slices > 0) end_stream_after(job_.slices);
        if (!read_sets()) return no(reason_);
        if (!read_references()) return no(reason_);
        return finish();
    }

  private:
    static NoPicture no(const char* reason) { return {reason}; }

    bool has_right_orders() const {
        return std::ranges::all_of(job_.dpb, [this](const RkvdecHevcJob::Reference& reference) {
            const auto found = orders_.find(reference.address);
            return !reference.valid || reference.address == job_.picture.output ||
                   found == orders_.end() || found->second == reference.order;
        });
    }

    // Behind the last slice there may be what an earlier picture left.
    void end_stream_after(size_t count) {
        slices_.resize(count);
        const auto end = static_cast<size_t>(slices_.back().data() - out_.bitstream.data()) +
                         slices_.back().size();
        out_.bitstream.resize(end);
    }

    // Devices find the sets of each slice; a picture job has one.
    bool read_sets() {
        const auto entry = entry_of(job_, slices_.front(), view_.memory);
        reason_ = "no parameter sets";
        if (entry.empty()) return false;
        reason_ = "slices of different parameter sets";
        for (const auto nal : slices_) {
            if (entry_of(job_, nal, view_.memory).data() != entry.data()) return false;
        }
        const HevcSets read = read_hevc_sets(entry, job_.layout);
        sps_ = read.sps;
        out_.set(V4L2_CID_STATELESS_HEVC_SPS, read.sps);
        out_.set(V4L2_CID_STATELESS_HEVC_PPS, read.pps);
        if ((read.sps.flags & V4L2_HEVC_SPS_FLAG_SCALING_LIST_ENABLED) == 0) return true;
        reason_ = "no scaling lists";
        const auto table = view_.memory.at(
            job_.scaling_lists != 0 ? job_.scaling_lists : read.scaling_lists, kHevcScalingBytes);
        if (table.empty()) return false;
        out_.set(V4L2_CID_STATELESS_HEVC_SCALING_MATRIX,
                 read_hevc_scaling_lists(table, job_.scaling_order));
        return true;
    }

    v4l2_ctrl_hevc_decode_params read_dpb() const {
        v4l2_ctrl_hevc_decode_params params = {};
        params.pic_order_cnt_val = job_.order;
        // All valid entries come first.
        for (const RkvdecHevcJob::Reference& from : job_.dpb) {
            if (!from.valid) break;
            v4l2_hevc_dpb_entry& entry = params.dpb[params.num_active_dpb_entries++];
            // One that has no buffer is sent to the picture itself.
            if (from.address != job_.picture.output) {
                entry.timestamp = view_.pictures.timestamp(from.address);
            }
            entry.pic_order_cnt_val = from.order;
        }
        return params;
    }

    bool read_references() {
        reason_ = "no table of references";
        HevcReferenceFiller filler(slices_, read_dpb());
        if (job_.slices > 0) {
            const auto packets =
                view_.memory.at(job_.references, job_.slices * kHevcSliceReferencesBytes);
            if (packets.empty()) return false;
            for (size_t i = 0; i < job_.slices; ++i) {
                filler.add_packet(read_hevc_slice_references(
                    packets.subspan(i * kHevcSliceReferencesBytes, kHevcSliceReferencesBytes)));
            }
        } else {
            const auto table = view_.memory.at(job_.references, kHevcReferenceSetsBytes);
            if (table.empty()) return false;
            const HevcReferenceSets sets = read_hevc_reference_sets(table, sps_);
            set_array(out_, vdec::hevc::kCidExtSpsStRps, sets.short_term);
            set_array(out_, vdec::hevc::kCidExtSpsLtRps, sets.long_term);
        }
        reason_ = "no slice header";
        const vdec::HevcStyle& style = rkvdec_hevc_style(job_.slices > 0);
        if (!filler.read_headers(vdec::hevc::read_sets(out_.controls, style))) return false;
        out_.set(V4L2_CID_STATELESS_HEVC_DECODE_PARAMS, filler.params());
        if (job_.slices > 0) {
            set_array(out_, V4L2_CID_STATELESS_HEVC_SLICE_PARAMS, filler.slices());
        }
        return true;
    }

    std::variant<PictureJob, NoPicture> finish() {
        out_.coded_format = V4L2_PIX_FMT_HEVC_SLICE;
        out_.stream = view_.memory.serial(job_.references).value_or(0);
        out_.width = sps_.pic_width_in_luma_samples;
        out_.height = sps_.pic_height_in_luma_samples;
        out_.bit_depth = sps_.bit_depth_luma_minus8 + 8U;
        out_.address = job_.picture.output;
        const auto output = rkvdec_output(job_.picture, sps_.chroma_format_idc, out_.bit_depth);
        if (!output) return no("no format for such samples");
        out_.outputs = {*output};
        out_.set(V4L2_CID_STATELESS_HEVC_DECODE_MODE,
                 int32_t{V4L2_STATELESS_HEVC_DECODE_MODE_FRAME_BASED});
        out_.set(V4L2_CID_STATELESS_HEVC_START_CODE,
                 int32_t{V4L2_STATELESS_HEVC_START_CODE_ANNEX_B});
        return std::move(out_);
    }

    const RkvdecHevcJob& job_;
    const JobView& view_;
    HevcOrders& orders_;
    PictureJob out_;
    std::vector<std::span<const uint8_t>> slices_;  // of out_.bitstream
    v4l2_ctrl_hevc_sps sps_ = {};
    const char* reason_ = "";
};

}  // namespace

const vdec::HevcStyle& rkvdec_hevc_style(bool told_lists) {
    return vdec::find_personality(told_lists ? "rkvdec" : "vdpu383").hevc;
}

std::variant<PictureJob, NoPicture> make_hevc_job(const RkvdecHevcJob& job, const JobView& view,
                                                  HevcOrders& orders) {
    return Job(job, view, orders).make();
}

}  // namespace hardware
