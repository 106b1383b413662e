// SPDX-License-Identifier: MIT
#include "rkvdec_picture.h"

#include <linux/videodev2.h>

#include <span>

#include "uapi/pixel_formats.h"

namespace hardware {

bool fetch_stream(const RkvdecPicture& picture, DeviceMemory& memory, vdec::Bytes& stream) {
    const std::span bytes = memory.at(picture.stream, picture.stream_bytes);
    stream.assign(bytes.begin(), bytes.end());
    return !stream.empty();
}

std::optional<PictureOutput> rkvdec_output(const RkvdecPicture& picture, unsigned chroma_format_idc,
                                           unsigned bit_depth) {
    if (chroma_format_idc > 1 || picture.row == 0) return std::nullopt;
    const bool deep = bit_depth > 8;
    PictureOutput output;
    output.fourcc = deep ? V4L2_PIX_FMT_NV15 : V4L2_PIX_FMT_NV12;
    output.luma = picture.output;
    output.chroma = picture.output + picture.luma;
    output.stride = picture.row;
    output.width = deep ? picture.row * 8 / 10 : picture.row;
    output.height = picture.luma / picture.row;
    return output;
}

}  // namespace hardware
