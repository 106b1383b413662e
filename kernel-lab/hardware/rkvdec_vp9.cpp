// SPDX-License-Identifier: MIT
#include "rkvdec_vp9.h"

#include <linux/v4l2-controls.h>
#include <linux/videodev2.h>

#include <span>
#include <string>
#include <utility>

#include "rkvdec_vp9_tables.h"
#include "vp9/compressed.h"

namespace hardware {
namespace {

using vdec::vp9::CompressedHeader;
using vdec::vp9::FrameHeader;

constexpr size_t kStreams = 8;

constexpr size_t reg(size_t number) { return number * sizeof(uint32_t); }

enum Feature : size_t { kAltQ, kAltL, kReference, kSkip };

// reg20 to reg27: the features of segments as the frame before left them.
bool same_segments(const Registers& registers, const vdec::vp9::Segmentation& wanted) {
    for (size_t i = 0; i < 8; ++i) {
        const auto is_on = [&](Feature feature) {
            return (wanted.feature_enabled[i] >> feature & 1) != 0;
        };
        const auto value = [&](unsigned low, unsigned count) {
            return sign_extended(registers.bits(reg(20 + i), low, count), count);
        };
        const auto& data = wanted.feature_data[i];
        if (registers.bit(reg(20 + i), 1) != is_on(kAltQ) ||
            registers.bit(reg(20 + i), 11) != is_on(kAltL) ||
            registers.bit(reg(20 + i), 19) != is_on(kReference) ||
            registers.bit(reg(20 + i), 22) != is_on(kSkip)) {
            return false;
        }
        if (is_on(kAltQ) && value(2, 9) != data[kAltQ]) return false;
        if (is_on(kAltL) && value(12, 7) != data[kAltL]) return false;
        if (is_on(kReference) &&
            registers.bits(reg(20 + i), 20, 2) != static_cast<uint32_t>(data[kReference])) {
            return false;
        }
    }
    return registers.bit(reg(20), 0) == wanted.absolute;
}

// reg32 and reg33
bool same_deltas(const Registers& registers, const vdec::vp9::LoopFilter& wanted) {
    const auto delta = [&](size_t number, unsigned index) {
        return sign_extended(registers.bits(reg(number), 7 * index, 7), 7);
    };
    for (unsigned i = 0; i < 4; ++i) {
        if (delta(32, i) != wanted.ref_deltas[i]) return false;
    }
    return delta(33, 0) == wanted.mode_deltas[0] && delta(33, 1) == wanted.mode_deltas[1];
}

// What of the frame before is wrong, nullptr where all is right. Of an intra frame the device needs
// nothing.
const char* last_frame_fault(const Registers& registers, const FrameHeader& last,
                             const FrameHeader& header) {
    if (registers.bit(reg(33), 17) != last.show) return "last_show_frame";
    if (registers.bit(reg(33), 18) != last.intra()) return "last_intra_only";
    const bool same_size =
        last.size.width == header.size.width && last.size.height == header.size.height;
    if (registers.bit(reg(33), 19) != same_size) return "last_widthheight_eqcur";
    if (registers.bit(reg(33), 16) != last.segmentation.enabled) {
        return "segmentation_enable_lstframe";
    }
    if (header.independent()) return nullptr;
    if (!same_deltas(registers, last.loop_filter)) return "loop filter deltas of the last frame";
    if (last.segmentation.enabled && !same_segments(registers, last.segmentation)) {
        return "segmentation features of the last frame";
    }
    return nullptr;
}

const char* header_fault(const Registers& registers, const FrameHeader& header,
                         const CompressedHeader& compressed, size_t size) {
    if (registers.bits(reg(28), 0, 3) != compressed.deltas.tx_mode) return "tx_mode";
    if (!header.intra() && registers.bits(reg(28), 3, 2) != compressed.reference_mode) {
        return "frame_reference_mode";
    }
    const size_t tiles = size - header.uncompressed_size - header.compressed_size;
    return registers.bits(reg(36), 0, 24) != tiles ? "lasttile_size" : nullptr;
}

const char* segmentation_fault(const RkvdecVp9Table& table, const vdec::vp9::Segmentation& wanted) {
    if (!wanted.enabled || !wanted.update_map) return nullptr;
    if (table.segmentation_tree != wanted.tree_probs) return "tree probabilities";
    if (wanted.temporal_update && table.segmentation_pred != wanted.pred_probs) {
        return "prediction probabilities";
    }
    return nullptr;
}

// The frame's header with the references that registers name. The device reads the rest of it from
// the stream.
v4l2_ctrl_vp9_frame frame_control(const JobView& view, const RkvdecPicture& picture,
                                  const FrameHeader& header) {
    v4l2_ctrl_vp9_frame frame = {};
    frame.frame_width_minus_1 = static_cast<uint16_t>(header.size.width - 1);
    frame.frame_height_minus_1 = static_cast<uint16_t>(header.size.height - 1);
    frame.bit_depth = static_cast<uint8_t>(header.bit_depth);
    if (header.key) frame.flags = V4L2_VP9_FRAME_FLAG_KEY_FRAME;
    const auto timestamp = [&](size_t number) {
        const uint64_t address = view.registers.word(reg(number));
        // One that has no buffer is sent to the frame itself.
        return address == picture.output ? 0 : view.pictures.timestamp(address);
    };
    frame.last_frame_ts = timestamp(11);
    frame.golden_frame_ts = timestamp(12);
    frame.alt_frame_ts = timestamp(13);
    return frame;
}

}  // namespace

std::variant<PictureJob, NoPicture> RkvdecVp9::read(const RkvdecPicture& picture,
                                                    const JobView& view) {
    const uint64_t address = view.registers.word(reg(6));
    const std::span bytes = view.memory.at(address, kVp9TableBytes);
    PictureJob job;
    if (!fetch_stream(picture, view.memory, job.bitstream)) return NoPicture{"no stream"};
    if (bytes.empty()) return NoPicture{"no table of probabilities"};
    job.stream = view.memory.serial(address).value_or(0);
    if (!streams_.contains(job.stream) && streams_.size() == kStreams) {
        streams_.erase(streams_.begin());
    }
    Stream& stream = streams_[job.stream];
    FrameHeader header;
    CompressedHeader compressed;
    if (!stream.reader.read(job.bitstream, header) || header.show_existing ||
        !vdec::vp9::read_compressed_header(
            std::span(job.bitstream).subspan(header.uncompressed_size, header.compressed_size),
            header, compressed)) {
        return NoPicture{"no frame header"};
    }
    const RkvdecVp9Table table = read_vp9_table(bytes, header.intra());
    const char* fault = header_fault(view.registers, header, compressed, job.bitstream.size());
    if (fault == nullptr && stream.has_last && !header.intra()) {
        fault = last_frame_fault(view.registers, stream.last, header);
    }
    if (fault == nullptr) fault = segmentation_fault(table, header.segmentation);
    const Vp9Probabilities wanted = stream.contexts.next(header, compressed);
    if (fault == nullptr) fault = find_difference(table, wanted, header.intra());
    stream.has_last = true;
    stream.last = header;
    stream.last_output = picture.output;
    if (fault != nullptr) return NoPicture{std::string("the stream has another ") + fault};

    job.coded_format = V4L2_PIX_FMT_VP9_FRAME;
    job.width = header.size.width;
    job.height = header.size.height;
    job.bit_depth = header.bit_depth;
    job.address = picture.output;
    const auto output = rkvdec_output(picture, 1, header.bit_depth);
    if (!output) return NoPicture{"no format for such samples"};
    job.outputs = {*output};
    job.set(V4L2_CID_STATELESS_VP9_FRAME, frame_control(view, picture, header));
    return job;
}

}  // namespace hardware
