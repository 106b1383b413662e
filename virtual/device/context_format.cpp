// SPDX-License-Identifier: MIT
// Formats of both queues.
#include <algorithm>
#include <cerrno>

#include "device/context.h"
#include "image/image_layout.h"

namespace vdec {
namespace {

constexpr unsigned align_up(unsigned value, unsigned to) { return (value + to - 1) / to * to; }

unsigned tail_size(const Tail& tail, const Format& format) {
    const unsigned mask = tail.sixteen_bits ? 0xffff : ~0U;
    const unsigned across = align_up(format.width & mask, tail.block_width) / tail.block_width;
    const unsigned down = align_up(format.height & mask, tail.block_height) / tail.block_height;
    return across * down * tail.bytes + tail.fixed;
}

}  // namespace

void Context::adjust_output_size(Format& format) const {
    const OutputSize& size = personality().output_size;
    if (format.sizeimage == 0) {
        format.sizeimage = std::max(format.width * format.height * size.per_pixel, size.unasked);
    }
    format.sizeimage = std::max(align_up(format.sizeimage, size.alignment), size.least);
}

void Context::fit_capture_size(Format& format, bool native) const {
    const Personality& device = personality();
    const Sizes& sizes = coded_format(output_format_.fourcc).sizes;
    switch (device.capture_size) {
        case CaptureSize::output:
            format.width = output_format_.width;
            format.height = output_format_.height;
            break;
        case CaptureSize::at_least_output:
            format.width = sizes.fit_width(std::max(format.width, output_format_.width));
            format.height = sizes.fit_height(std::max(format.height, output_format_.height));
            break;
        case CaptureSize::asked:
            format.width = std::clamp(format.width, sizes.min_width, sizes.max_width);
            format.height = std::clamp(format.height, sizes.min_height, sizes.max_height);
            break;
    }
    const auto limit = [](unsigned& value, unsigned most) {
        if (most != 0) value = std::min(value, most);
    };
    limit(format.width, native ? device.max_capture_width : device.max_processed_width);
    limit(format.height, native ? device.max_capture_height : device.max_processed_height);
}

void Context::adjust(Format& format, bool output) const {
    if (output) {
        const CodedFormat& coded = coded_format(format.fourcc);
        format.fourcc = coded.fourcc;
        Sizes sizes = coded.sizes;
        if (personality().output_has_no_step) sizes.step_width = sizes.step_height = 1;
        format.width = sizes.fit_width(format.width);
        format.height = sizes.fit_height(format.height);
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
    fit_capture_size(format, native);
    format.width = align_up(format.width,
                            own_alignment ? device.native_width_alignment : device.width_alignment);
    format.height = align_up(
        format.height, own_alignment ? device.native_height_alignment : device.height_alignment);
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
    if (output && personality().forgets_output_size) {
        told.width = coded_format(told.fourcc).sizes.min_width;
        told.height = coded_format(told.fourcc).sizes.min_height;
    }
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
        if (!personality().depth_is_sticky && !personality().try_sets_depth) bit_depth_ = 8;
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
