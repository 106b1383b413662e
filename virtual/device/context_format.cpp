// SPDX-License-Identifier: MIT
// Capabilities and formats of the video node.
#include <linux/version.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>

#include "device/context.h"
#include "image/image_layout.h"
#include "uapi/av1.h"
#include "uapi/pixel_formats.h"

namespace vdec {
namespace {

constexpr unsigned align_up(unsigned value, unsigned to) { return (value + to - 1) / to * to; }

unsigned tail_size(const Tail& tail, const Format& format) {
    const unsigned across = align_up(format.width, tail.block_width) / tail.block_width;
    const unsigned down = align_up(format.height, tail.block_height) / tail.block_height;
    return across * down * tail.bytes + tail.fixed;
}

template <size_t size>
void set_text(__u8 (&to)[size], const char* text) {
    std::snprintf(reinterpret_cast<char*>(to), size, "%s", text);
}

}  // namespace

int Context::querycap(VideoCall&, v4l2_capability& cap) {
    cap = {};
    set_text(cap.driver, personality().driver);
    set_text(cap.card, card_of(device_.node));
    set_text(cap.bus_info, bus_info_of(device_.node));
    cap.version = KERNEL_VERSION(6, 12, 0);
    cap.device_caps = V4L2_CAP_STREAMING;
    cap.device_caps |= personality().multi_planar ? V4L2_CAP_VIDEO_M2M_MPLANE : V4L2_CAP_VIDEO_M2M;
    cap.device_caps |= V4L2_CAP_EXT_PIX_FORMAT;
    cap.capabilities = cap.device_caps | V4L2_CAP_DEVICE_CAPS;
    return 0;
}

const CodedFormat& Context::coded_format(uint32_t fourcc) const {
    const auto formats = personality().coded_formats;
    const auto found = std::ranges::find(formats, fourcc, &CodedFormat::fourcc);
    return found == formats.end() ? formats.front() : *found;
}

int Context::enum_fmt(VideoCall&, v4l2_fmtdesc& desc) {
    const uint32_t index = desc.index;
    const uint32_t type = desc.type;
    if (queue_of(type) == nullptr) return -EINVAL;
    desc = {};
    desc.index = index;
    desc.type = type;
    if (is_type(type, true)) {
        if (index >= personality().coded_formats.size()) return -EINVAL;
        const CodedFormat& format = personality().coded_formats[index];
        desc.pixelformat = format.fourcc;
        desc.flags = V4L2_FMT_FLAG_COMPRESSED;
        set_text(desc.description, format.description);
        return 0;
    }
    // mtk_vdec_get_cap_fmt() has no format for VP8 once a sequence had ten bits.
    const bool none = bit_depth_ > max_bit_depth() && personality().depth_is_sticky;
    const std::vector<uint32_t> formats = listed_capture_formats();
    if (none || index >= formats.size()) return -EINVAL;
    desc.pixelformat = formats[index];
    set_text(desc.description, format_description(desc.pixelformat));
    return 0;
}

int Context::enum_framesizes(VideoCall&, v4l2_frmsizeenum& sizes) {
    if (personality().size_listing == SizeListing::none) return -ENOTTY;
    if (sizes.index != 0) return -EINVAL;
    const CodedFormat& format = coded_format(sizes.pixel_format);
    if (format.fourcc != sizes.pixel_format) return -EINVAL;
    const Sizes& range = format.sizes;
    if (personality().size_listing == SizeListing::continuous) {
        sizes.type = V4L2_FRMSIZE_TYPE_CONTINUOUS;
        sizes.stepwise = {1, range.max_width, 1, 1, range.max_height, 1};
        return 0;
    }
    sizes.type = V4L2_FRMSIZE_TYPE_STEPWISE;
    sizes.stepwise = {range.min_width,  range.max_width,  range.step_width,
                      range.min_height, range.max_height, range.step_height};
    return 0;
}

std::span<const uint32_t> Context::capture_formats() const {
    const size_t first = personality().film_grain_is_post_processed && film_grain_ ? 1 : 0;
    if (bit_depth_ <= 8) return personality().capture_formats.subspan(first);
    const auto formats = personality().deep_capture_formats.subspan(first);
    if (formats.empty() || formats[0] != V4L2_PIX_FMT_MT2110T) return formats;
    // Of MediaTek's two, H.264 has the second one and everything else the first.
    return formats.subspan(output_format_.fourcc == V4L2_PIX_FMT_H264_SLICE ? 1 : 0, 1);
}

bool Context::lists_all_formats() const {
    switch (personality().lists_all_formats) {
        case ListsAll::never:
            return false;
        case ListsAll::after_output_format:
            return any_image_format_;
        case ListsAll::until_sequence:
            return !sequence_set_;
    }
    return false;
}

unsigned Context::max_bit_depth() const {
    switch (output_format_.fourcc) {
        case V4L2_PIX_FMT_H264_SLICE:
            return personality().max_bit_depth;
        case V4L2_PIX_FMT_HEVC_SLICE:
            return personality().hevc.max_bit_depth;
        case V4L2_PIX_FMT_VP9_FRAME:
            return personality().vp9_max_bit_depth;
        case av1::kPixelFormat:
            return personality().av1.max_bit_depth;
        default:
            return 8;
    }
}

std::vector<uint32_t> Context::listed_capture_formats() const {
    const auto possible = capture_formats();
    std::vector<uint32_t> result(possible.begin(), possible.end());
    if (!lists_all_formats()) return result;
    const auto add = [&result](std::span<const uint32_t> more) {
        result.insert(result.end(), more.begin(), more.end());
    };
    if (max_bit_depth() > 8) add(personality().deep_capture_formats);
    if (output_format_.fourcc == V4L2_PIX_FMT_H264_SLICE) add(personality().other_capture_formats);
    return result;
}

void Context::adjust_output_size(Format& format) const {
    const OutputSize& size = personality().output_size;
    if (format.sizeimage == 0) {
        format.sizeimage = std::max(format.width * format.height * size.per_pixel, size.unasked);
    }
    format.sizeimage = std::max(align_up(format.sizeimage, size.alignment), size.least);
}

void Context::adjust(Format& format, bool output) const {
    if (output) {
        const CodedFormat& coded = coded_format(format.fourcc);
        format.fourcc = coded.fourcc;
        format.width = coded.sizes.fit_width(format.width);
        format.height = coded.sizes.fit_height(format.height);
        format.stride = 0;
        adjust_output_size(format);
        return;
    }
    const Personality& device = personality();
    const auto formats = listed_capture_formats();
    if (formats.empty()) {
        format = {};
        return;
    }
    if (std::ranges::find(formats, format.fourcc) == formats.end()) format.fourcc = formats[0];
    const auto of_depth = bit_depth_ <= 8 ? device.capture_formats : device.deep_capture_formats;
    const bool native = format.fourcc == of_depth[0];
    const bool own_alignment = native && device.native_width_alignment != 0;
    format.width = align_up(output_format_.width,
                            own_alignment ? device.native_width_alignment : device.width_alignment);
    format.height = align_up(output_format_.height, own_alignment ? device.native_height_alignment
                                                                  : device.height_alignment);
    lay_out(format, own_alignment ? device.native_width_alignment : device.stride_alignment);
    if (!device.post_processor || native) {
        format.sizeimage += tail_size(coded_format(output_format_.fourcc).tail, format);
    }
    if (device.low_bits_behind && bit_depth_ > 8) {
        format.sizeimage += align_up(format.width / 4, 32) * format.height * 3 / 2;
    }
}

void Context::reset_capture_format() {
    capture_format_ = output_format_;
    capture_format_.fourcc = 0;  // the first
    adjust(capture_format_, false);
}

void Context::write_format(const Format& format, v4l2_format& out) const {
    if (personality().multi_planar) {
        v4l2_pix_format_mplane& pix = out.fmt.pix_mp;
        pix = {};
        pix.width = format.width;
        pix.height = format.height;
        pix.pixelformat = format.fourcc;
        pix.field = V4L2_FIELD_NONE;
        pix.colorspace = format.colorspace;
        pix.num_planes = static_cast<__u8>(1 + format.chroma_planes);
        pix.plane_fmt[0].bytesperline = format.stride;
        pix.plane_fmt[0].sizeimage = format.sizeimage;
        for (unsigned i = 1; i <= format.chroma_planes; ++i) {
            pix.plane_fmt[i].bytesperline = format.chroma_stride;
            pix.plane_fmt[i].sizeimage = format.chroma_sizeimage;
        }
        pix.ycbcr_enc = static_cast<__u8>(format.ycbcr_encoding);
        pix.quantization = static_cast<__u8>(format.quantization);
        pix.xfer_func = static_cast<__u8>(format.transfer);
        return;
    }
    v4l2_pix_format& pix = out.fmt.pix;
    pix = {};
    pix.width = format.width;
    pix.height = format.height;
    pix.pixelformat = format.fourcc;
    pix.field = V4L2_FIELD_NONE;
    pix.bytesperline = format.stride;
    pix.sizeimage = format.sizeimage;
    pix.colorspace = format.colorspace;
    pix.priv = V4L2_PIX_FMT_PRIV_MAGIC;
    pix.ycbcr_enc = format.ycbcr_encoding;
    pix.quantization = format.quantization;
    pix.xfer_func = format.transfer;
}

void Context::read_format(const v4l2_format& in, bool output, Format& format) const {
    // Colorimetry of CAPTURE is that of OUTPUT: a decoder converts nothing.
    if (!output) format = output_format_;
    if (personality().multi_planar) {
        const v4l2_pix_format_mplane& pix = in.fmt.pix_mp;
        format.stride = pix.plane_fmt[0].bytesperline;
        format.width = pix.width;
        format.height = pix.height;
        format.fourcc = pix.pixelformat;
        format.sizeimage = pix.plane_fmt[0].sizeimage;
        if (!output) return;
        format.colorspace = pix.colorspace;
        format.ycbcr_encoding = pix.ycbcr_enc;
        format.quantization = pix.quantization;
        format.transfer = pix.xfer_func;
        return;
    }
    const v4l2_pix_format& pix = in.fmt.pix;
    format.width = pix.width;
    format.height = pix.height;
    format.fourcc = pix.pixelformat;
    format.sizeimage = pix.sizeimage;
    if (!output) return;
    format.colorspace = pix.colorspace;
    format.ycbcr_encoding = pix.ycbcr_enc;
    format.quantization = pix.quantization;
    format.transfer = pix.xfer_func;
}

int Context::g_fmt(VideoCall&, v4l2_format& format) {
    if (queue_of(format.type) == nullptr) return -EINVAL;
    const bool output = is_type(format.type, true);
    Format told = output ? output_format_ : capture_format_;
    if (!output && personality().forgets_deep_pitch && deep_pitch_ && jobs_ == 0) {
        told.stride = told.stride * 5 / 4;
        told.chroma_stride = told.stride;
    }
    write_format(told, format);
    return 0;
}

int Context::try_fmt(VideoCall&, v4l2_format& format) {
    if (queue_of(format.type) == nullptr) return -EINVAL;
    const bool output = is_type(format.type, true);
    Format wanted;
    read_format(format, output, wanted);
    adjust(wanted, output);
    // Only mtk leaves it so; the only one without a CAPTURE format is tegra124.
    if (wanted.sizeimage == 0) return -EINVAL;
    write_format(wanted, format);
    return 0;
}

bool Context::output_format_is_busy(uint32_t new_fourcc) const {
    const bool other_fourcc = new_fourcc != output_format_.fourcc;
    switch (personality().output_busy) {
        case OutputBusy::relaxed:
            return output_.streaming && other_fourcc;
        case OutputBusy::buffers:
            return !output_.buffers.empty();
        case OutputBusy::never:
            return false;
        case OutputBusy::strict:
            break;
    }
    return output_.streaming || (!output_.buffers.empty() && other_fourcc) ||
           !capture_.buffers.empty();
}

int Context::s_fmt(VideoCall&, v4l2_format& format) {
    if (queue_of(format.type) == nullptr) return -EINVAL;
    const bool output = is_type(format.type, true);
    Format wanted;
    read_format(format, output, wanted);
    adjust(wanted, output);
    if (output) {
        if (output_format_is_busy(wanted.fourcc)) return -EBUSY;
        output_format_ = wanted;
        deep_pitch_ = false;
        if (!personality().depth_is_sticky) bit_depth_ = 8;
        film_grain_ = false;
        any_image_format_ = true;
        reset_capture_format();
    } else {
        if (personality().capture_busy && !capture_.buffers.empty()) return -EBUSY;
        if (wanted.sizeimage == 0) return -EINVAL;  // there is no format
        capture_format_ = wanted;
        deep_pitch_ = false;
        if (personality().set_format_forgets_depth && bit_depth_ > 8) {
            wanted.sizeimage = wanted.width * wanted.height;
            wanted.chroma_sizeimage = wanted.sizeimage / 2;
        }
    }
    write_format(wanted, format);
    return 0;
}

}  // namespace vdec
