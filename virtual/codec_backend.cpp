// SPDX-License-Identifier: MIT
// The list of codec backends.
#include "codec_backend.h"

#include <linux/videodev2.h>

#include "h264_backend.h"

namespace vdec {

std::unique_ptr<CodecBackend> create_backend(uint32_t fourcc) {
    switch (fourcc) {
        case V4L2_PIX_FMT_H264_SLICE:
            return std::make_unique<H264Backend>();
        default:
            return nullptr;
    }
}

}  // namespace vdec
