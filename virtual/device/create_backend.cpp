// SPDX-License-Identifier: MIT
// The list of codec backends.
#include "device/create_backend.h"

#include <linux/videodev2.h>

#include "av1/av1_backend.h"
#include "h264/h264_backend.h"
#include "hevc/hevc_backend.h"
#include "mpeg2/mpeg2_backend.h"
#include "uapi/av1.h"
#include "vp8/vp8_backend.h"
#include "vp9/vp9_backend.h"

namespace vdec {

std::unique_ptr<CodecBackend> create_backend(uint32_t fourcc, const Personality& device) {
    switch (fourcc) {
        case av1::kPixelFormat:
            return std::make_unique<Av1Backend>(device.av1);
        case V4L2_PIX_FMT_H264_SLICE:
            return std::make_unique<H264Backend>(device.h264);
        case V4L2_PIX_FMT_HEVC_SLICE:
            return std::make_unique<HevcBackend>(device.hevc);
        case V4L2_PIX_FMT_MPEG2_SLICE:
            return std::make_unique<Mpeg2Backend>(device.mpeg2_reads_field_order);
        case V4L2_PIX_FMT_VP8_FRAME:
            return std::make_unique<Vp8Backend>(device.vp8);
        case V4L2_PIX_FMT_VP9_FRAME:
            return std::make_unique<Vp9Backend>(device.vp9, device.vp9_exact_size);
        default:
            return nullptr;
    }
}

}  // namespace vdec
