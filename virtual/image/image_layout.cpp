// SPDX-License-Identifier: MIT
// Pixel formats of CAPTURE: how large they are, and where the bits of a sample go. Written from the
// kernel's descriptions of the formats, one sample at a time.
#include "image/image_layout.h"

#include "uapi/pixel_formats.h"

namespace vdec {
namespace {

unsigned round_up(unsigned value, unsigned to) { return (value + to - 1) / to * to; }

constexpr unsigned kColumn = 128;       // bytes across a column of Raspberry Pi's formats
constexpr unsigned kDeepColumn = 96;    // and its samples when three share 32 bits
constexpr unsigned kSunxiTile = 32;     // both ways
constexpr unsigned kMediatekTile = 16;  // across; luma is twice as high

// Where bits are in a plane: a byte, and the first bit of it.
struct Place {
    uint8_t* base = nullptr;
    size_t size = 0;
    uint64_t bit = 0;  // from base
};

void put_bits(const Place& place, unsigned count, unsigned value) {
    if (count == 8 && place.bit % 8 == 0) {
        if (place.bit / 8 < place.size) place.base[place.bit / 8] = static_cast<uint8_t>(value);
        return;
    }
    uint32_t mask = ((1U << count) - 1) << place.bit % 8;
    uint32_t bits = value << place.bit % 8 & mask;
    for (uint64_t at = place.bit / 8; mask != 0 && at < place.size; ++at, mask >>= 8, bits >>= 8) {
        place.base[at] = static_cast<uint8_t>((place.base[at] & ~mask) | bits);
    }
}

struct Memory {
    uint8_t* base = nullptr;
    size_t size = 0;
    size_t start = 0;  // bytes
};

// Chroma has a memory plane of its own, or follows `luma_bytes` behind the start.
Memory memory_of(const CaptureImage& image, int plane, size_t luma_bytes) {
    if (plane == 0) return {image.data, image.size, 0};
    if (image.chroma != nullptr) return {image.chroma, image.chroma_size, 0};
    return {image.data, image.size, luma_bytes};
}

// Rows of samples of `bits` bits; `scale` bits lie unused below each.
void put_linear(const CaptureImage& image, int plane, unsigned x, unsigned y, unsigned value,
                unsigned bits, unsigned unused) {
    const Memory memory = memory_of(image, plane, size_t{image.stride} * image.height);
    const uint64_t row = memory.start + size_t{y} * image.stride;
    put_bits({memory.base, memory.size, row * 8 + uint64_t{x} * (bits + unused)}, bits + unused,
             value << unused);
}

// Tiles of 4x4 samples; what four rows of them take is what the stride says.
void put_4l4(const CaptureImage& image, int plane, unsigned x, unsigned y, unsigned value,
             unsigned bits, unsigned unused) {
    const Memory memory = memory_of(image, plane, size_t{image.stride} * image.height);
    const unsigned sample_bits = bits + unused;
    const uint64_t strip = memory.start + size_t{y / 4} * 4 * image.stride;
    const uint64_t in_tile = y % 4 * 4 + x % 4;
    const uint64_t bit = strip * 8 + (uint64_t{x / 4} * 16 + in_tile) * sample_bits;
    put_bits({memory.base, memory.size, bit}, sample_bits, value << unused);
}

void put_32l32(const CaptureImage& image, int plane, unsigned x, unsigned y, unsigned value) {
    const size_t luma = size_t{image.stride} * round_up(image.height, kSunxiTile);
    const Memory memory = memory_of(image, plane, luma);
    const unsigned across = image.stride / kSunxiTile;
    const size_t tile = size_t{y / kSunxiTile} * across + x / kSunxiTile;
    const size_t at = memory.start + tile * kSunxiTile * kSunxiTile + y % kSunxiTile * kSunxiTile +
                      x % kSunxiTile;
    put_bits({memory.base, memory.size, at * 8}, 8, value);
}

unsigned mediatek_tile_rows(int plane) { return plane == 0 ? 32 : 16; }

void put_mm21(const CaptureImage& image, int plane, unsigned x, unsigned y, unsigned value) {
    const Memory memory = memory_of(image, plane, 0);
    const unsigned rows = mediatek_tile_rows(plane);
    const unsigned across = image.width / kMediatekTile;
    const size_t tile = size_t{y / rows} * across + x / kMediatekTile;
    const size_t at = tile * rows * kMediatekTile + y % rows * kMediatekTile + x % kMediatekTile;
    put_bits({memory.base, memory.size, at * 8}, 8, value);
}

// The low two bits of 16x4 samples come first, in 16 bytes: a byte for a column, or four bytes for
// a row.
void put_mt2110(const CaptureImage& image, int plane, unsigned x, unsigned y, unsigned value,
                bool raster) {
    const Memory memory = memory_of(image, plane, 0);
    const unsigned rows = mediatek_tile_rows(plane);
    const unsigned across = image.width / kMediatekTile;
    const size_t tile = size_t{y / rows} * across + x / kMediatekTile;
    const size_t block = tile * rows * 20 + y % rows / 4 * size_t{80};
    const unsigned column = x % kMediatekTile;
    const unsigned row = y % 4;
    const uint64_t low = raster ? uint64_t{row} * 32 + column * 2 : uint64_t{column} * 8 + row * 2;
    put_bits({memory.base, memory.size, block * 8 + low}, 2, value & 3);
    const size_t high = block + 16 + size_t{row} * kMediatekTile + column;
    put_bits({memory.base, memory.size, high * 8}, 8, value >> 2);
}

// Columns of 128 bytes. With chroma below luma the stride is the number of lines of a column; with
// chroma in a memory plane of its own, columns have the lines of the plane.
void put_column(const CaptureImage& image, int plane, unsigned x, unsigned y, unsigned value,
                bool deep) {
    const bool own_plane = plane == 1 && image.chroma != nullptr;
    unsigned lines = image.chroma != nullptr ? image.height : image.stride;
    if (own_plane) lines /= 2;
    const unsigned line = plane == 0 || own_plane ? y : image.height + y;
    const size_t column = size_t{x / (deep ? kDeepColumn : kColumn)} * lines;
    const size_t start = (column + line) * kColumn;
    const Memory memory =
        own_plane ? Memory{image.chroma, image.chroma_size, 0} : Memory{image.data, image.size, 0};
    if (deep) {
        const size_t word = start + x % kDeepColumn / 3 * 4;
        put_bits({memory.base, memory.size, word * 8 + x % 3 * size_t{10}}, 10, value);
    } else {
        put_bits({memory.base, memory.size, (start + x % kColumn) * 8}, 8, value);
    }
}

// Three planes of rows; `swapped`: Cr before Cb.
void put_planar(const CaptureImage& image, int plane, unsigned x, unsigned y, unsigned value,
                bool swapped) {
    if (plane == 0) return put_linear(image, 0, x, y, value, 8, 0);
    const bool second = (x % 2 == 1) != swapped;
    const size_t at = size_t{y} * (image.stride / 2) + x / 2;
    if (image.chroma != nullptr) {
        uint8_t* base = second ? image.second_chroma : image.chroma;
        return put_bits({base, image.chroma_size, at * 8}, 8, value);
    }
    const size_t luma = size_t{image.stride} * image.height;
    const size_t start = second ? luma + luma / 4 : luma;
    put_bits({image.data, image.size, (start + at) * 8}, 8, value);
}

// Y Cb Y Cr; two rows share their chroma, which the stream has once.
void put_yuyv(const CaptureImage& image, int plane, unsigned x, unsigned y, unsigned value) {
    const size_t stride = image.stride;
    if (plane == 0) return put_bits({image.data, image.size, (y * stride + 2 * x) * 8}, 8, value);
    const size_t in_row = size_t{x / 2} * 4 + (x % 2 == 0 ? 1 : 3);
    for (unsigned row = 2 * y; row < 2 * y + 2 && row < image.height; ++row) {
        put_bits({image.data, image.size, (row * stride + in_row) * 8}, 8, value);
    }
}

}  // namespace

bool is_deep(uint32_t fourcc) {
    switch (fourcc) {
        case V4L2_PIX_FMT_P010:
        case V4L2_PIX_FMT_NV15:
        case V4L2_PIX_FMT_P010_4L4:
        case V4L2_PIX_FMT_NV15_4L4:
        case V4L2_PIX_FMT_MT2110T:
        case V4L2_PIX_FMT_MT2110R:
        case V4L2_PIX_FMT_NV12_10_COL128:
        case V4L2_PIX_FMT_NV12MT_10_COL128:
            return true;
        default:
            return false;
    }
}

const char* format_description(uint32_t fourcc) {
    switch (fourcc) {
        case V4L2_PIX_FMT_P010:
            return "10-bit Y/UV 4:2:0";
        case V4L2_PIX_FMT_NV15:
            return "10-bit Y/UV 4:2:0 (Packed)";
        case V4L2_PIX_FMT_NV12_4L4:
            return "Y/UV 4:2:0 (4x4 Linear)";
        case V4L2_PIX_FMT_P010_4L4:
            return "10-bit Y/UV 4:2:0 (4x4 Linear)";
        case V4L2_PIX_FMT_NV15_4L4:
            return "10-bit Y/UV 4:2:0 (4x4 Linear)";
        case V4L2_PIX_FMT_NV12_32L32:
            return "Y/UV 4:2:0 (32x32 Linear)";
        case V4L2_PIX_FMT_MM21:
            return "Mediatek 8-bit Block Format";
        case V4L2_PIX_FMT_MT2110T:
            return "Mediatek 10bit Tile Mode";
        case V4L2_PIX_FMT_MT2110R:
            return "Mediatek 10bit Raster Mode";
        case V4L2_PIX_FMT_NV12_COL128:
            return "Y/CbCr 4:2:0 (128b cols)";
        case V4L2_PIX_FMT_NV12_10_COL128:
            return "10-bit Y/CbCr 4:2:0 (128b cols)";
        case V4L2_PIX_FMT_NV12MT_COL128:
            return "Y/CbCr 4:2:0 (128b cols)";
        case V4L2_PIX_FMT_NV12MT_10_COL128:
            return "10-bit Y/CbCr 4:2:0 (128b cols)";
        case V4L2_PIX_FMT_YUYV:
            return "YUYV 4:2:2";
        case V4L2_PIX_FMT_NV16:
            return "Y/UV 4:2:2";
        case V4L2_PIX_FMT_NV20:
            return "10-bit Y/UV 4:2:2 (Packed)";
        case V4L2_PIX_FMT_YUV420:
            return "Planar YUV 4:2:0";
        case V4L2_PIX_FMT_NV21:
            return "Y/VU 4:2:0";
        case V4L2_PIX_FMT_YVU420:
            return "Planar YVU 4:2:0";
        case V4L2_PIX_FMT_YUV420M:
            return "Planar YUV 4:2:0 (N-C)";
        case V4L2_PIX_FMT_YVU420M:
            return "Planar YVU 4:2:0 (N-C)";
        default:
            return "Y/UV 4:2:0";
    }
}

namespace {

void add_chroma(Format& format, unsigned planes, unsigned stride, unsigned sizeimage) {
    format.chroma_planes = planes;
    format.chroma_stride = stride;
    format.chroma_sizeimage = sizeimage;
}

// Returns the bytes of a row of luma, in all columns.
unsigned align_to_columns(Format& format) {
    const unsigned samples = is_deep(format.fourcc) ? kDeepColumn : kColumn;
    format.width = round_up(format.width, samples);
    format.height = round_up(format.height, 8);
    return format.width / samples * kColumn;
}

}  // namespace

void lay_out(Format& format, unsigned stride_alignment) {
    format.chroma_planes = 0;
    const unsigned samples = round_up(format.width, stride_alignment);
    switch (format.fourcc) {
        case V4L2_PIX_FMT_P010:
        case V4L2_PIX_FMT_P010_4L4:
            format.stride = samples * 2;
            break;
        case V4L2_PIX_FMT_NV15:
        case V4L2_PIX_FMT_NV15_4L4:
            format.stride = samples * 5 / 4;
            break;
        case V4L2_PIX_FMT_NV12_32L32:
            format.height = round_up(format.height, kSunxiTile);
            format.stride = round_up(format.width, kSunxiTile);
            format.sizeimage = format.stride * format.height +
                               format.stride * round_up(format.height, 2 * kSunxiTile) / 2;
            return;
        case V4L2_PIX_FMT_MM21:
        case V4L2_PIX_FMT_MT2110T:
        case V4L2_PIX_FMT_MT2110R: {
            format.width = round_up(format.width, 64);
            format.height = round_up(format.height, 64);
            format.stride = format.width;  // with 10 bits too
            const unsigned luma = format.width * format.height;
            format.sizeimage = is_deep(format.fourcc) ? luma / 4 * 5 : luma;
            add_chroma(format, 1, format.stride, format.sizeimage / 2);
            return;
        }
        case V4L2_PIX_FMT_NV12_COL128:
        case V4L2_PIX_FMT_NV12_10_COL128: {
            // Lines of a column. What is asked for is taken if it is not too far off.
            const unsigned row = align_to_columns(format);
            const unsigned least = format.height * 3 / 2;
            if (format.stride < least || format.stride > 2 * least) format.stride = least;
            format.sizeimage = format.stride * row;
            return;
        }
        case V4L2_PIX_FMT_NV12MT_COL128:
        case V4L2_PIX_FMT_NV12MT_10_COL128:
            format.stride = align_to_columns(format);
            format.sizeimage = format.stride * format.height;
            add_chroma(format, 1, format.stride, format.sizeimage / 2);
            return;
        case V4L2_PIX_FMT_YUV420M:
        case V4L2_PIX_FMT_YVU420M:
            format.stride = samples;
            format.sizeimage = samples * format.height;
            add_chroma(format, 2, samples / 2, format.sizeimage / 4);
            return;
        case V4L2_PIX_FMT_YUYV:
            format.stride = samples * 2;
            format.sizeimage = format.stride * format.height;
            return;
        case V4L2_PIX_FMT_NV16:
        case V4L2_PIX_FMT_NV20:
            format.stride = format.fourcc == V4L2_PIX_FMT_NV20 ? samples * 5 / 4 : samples;
            format.sizeimage = format.stride * format.height * 2;
            return;
        default:
            format.stride = samples;
            break;
    }
    format.sizeimage = format.stride * format.height * 3 / 2;
}

void put_sample(const CaptureImage& image, int plane, unsigned x, unsigned y, unsigned value) {
    switch (image.fourcc) {
        case V4L2_PIX_FMT_NV12:
            return put_linear(image, plane, x, y, value, 8, 0);
        case V4L2_PIX_FMT_NV21:
            return put_linear(image, plane, plane == 0 ? x : x ^ 1, y, value, 8, 0);
        case V4L2_PIX_FMT_P010:
            return put_linear(image, plane, x, y, value, 10, 6);
        case V4L2_PIX_FMT_NV15:
            return put_linear(image, plane, x, y, value, 10, 0);
        case V4L2_PIX_FMT_NV12_4L4:
            return put_4l4(image, plane, x, y, value, 8, 0);
        case V4L2_PIX_FMT_P010_4L4:
            return put_4l4(image, plane, x, y, value, 10, 6);
        case V4L2_PIX_FMT_NV15_4L4:
            return put_4l4(image, plane, x, y, value, 10, 0);
        case V4L2_PIX_FMT_NV12_32L32:
            return put_32l32(image, plane, x, y, value);
        case V4L2_PIX_FMT_MM21:
            return put_mm21(image, plane, x, y, value);
        case V4L2_PIX_FMT_MT2110T:
            return put_mt2110(image, plane, x, y, value, false);
        case V4L2_PIX_FMT_MT2110R:
            return put_mt2110(image, plane, x, y, value, true);
        case V4L2_PIX_FMT_NV12_COL128:
        case V4L2_PIX_FMT_NV12MT_COL128:
            return put_column(image, plane, x, y, value, false);
        case V4L2_PIX_FMT_NV12_10_COL128:
        case V4L2_PIX_FMT_NV12MT_10_COL128:
            return put_column(image, plane, x, y, value, true);
        case V4L2_PIX_FMT_YUV420:
        case V4L2_PIX_FMT_YUV420M:
            return put_planar(image, plane, x, y, value, false);
        case V4L2_PIX_FMT_YVU420:
        case V4L2_PIX_FMT_YVU420M:
            return put_planar(image, plane, x, y, value, true);
        case V4L2_PIX_FMT_YUYV:
            return put_yuyv(image, plane, x, y, value);
        default:
            return;
    }
}

}  // namespace vdec
