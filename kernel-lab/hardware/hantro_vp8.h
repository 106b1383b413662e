// SPDX-License-Identifier: MIT
// HantroVp8: pictures of VP8 as Hantro's decoders G1 and VPU2 are told them. The chips differ in
// where a value is; drivers/media/platform/verisilicon, hantro_vp8.c: what the table has.
//
// The device begins behind the frame header. The software decoder needs that header; it is in the
// same buffer, and each of its values that decides the picture is held against the device's: one
// that differs makes garbage, as it would there.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <variant>

#include "chip_model.h"
#include "vp8/syntax.h"

namespace hardware {

// Names as in RFC 6386 9 and 19.2.
struct HantroVp8Registers {
    bool inter = false;
    bool no_skipping = false;       // mb_no_coeff_skip is 0
    bool no_filter = false;         // loop_filter_level is 0
    bool not_full_pixel = false;    // the version is not 3
    bool bilinear = false;          // nor 0
    unsigned width_in_mbs = 0;
    unsigned height_in_mbs = 0;
    unsigned range = 0;  // of the bool decoder behind the frame header
    unsigned value = 0;
    bool segmentation = false;
    bool update_segment_map = false;
    // Of each segment; of the first alone without segmentation.
    std::array<unsigned, 4> filter_levels = {};
    std::array<unsigned, 4> quantizers = {};
    unsigned sharpness = 0;
    bool simple_filter = false;
    std::array<int, 4> mode_deltas = {};
    std::array<int, 4> reference_deltas = {};
    std::array<int, 5> quantizer_deltas = {};  // y_dc, y2_dc, y2_ac, uv_dc, uv_ac
    // The macroblock headers: the address is one of eight bytes, the bits are from there on.
    uint64_t first_part = 0;
    unsigned first_part_bit = 0;
    uint32_t first_part_size = 0;  // bytes from that address on
    // The same of the partitions of coefficients.
    unsigned parts = 0;
    std::array<uint64_t, 8> part = {};
    std::array<unsigned, 8> part_bit = {};
    uint32_t parts_size = 0;  // bytes of all, and of the table of sizes before them
    // Addresses of frames.
    uint64_t last = 0;
    uint64_t golden = 0;
    uint64_t alternate = 0;
    bool sign_bias_golden = false;
    bool sign_bias_alternate = false;
    uint64_t output = 0;
    uint64_t table = 0;
};

class HantroVp8 {
  public:
    std::variant<PictureJob, NoPicture> read(const HantroVp8Registers& told, DeviceMemory& memory,
                                             const DecodedPictures& pictures);
    // Which fields of the frame header these devices read.
    static vdec::FrameFields fields();

  private:
    // By PictureJob::stream: much persists from frame to frame, and no register has all of it.
    std::map<uint64_t, vdec::vp8::HeaderReader> headers_;
};

}  // namespace hardware
