// SPDX-License-Identifier: MIT
// H.264 on Rockchip's decoders: what each generation says in registers of its own becomes one
// picture job here.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <variant>

#include "rkvdec_h264_tables.h"
#include "rkvdec_picture.h"

namespace hardware {

// An entry of the DPB.
struct RkvdecReference {
    uint64_t address = 0;
    bool coded_as_fields = false;
    bool used = false;  // its motion may be read
    bool top = false;   // is a reference
    bool bottom = false;
    int32_t top_order = 0;
    int32_t bottom_order = 0;
};

struct RkvdecH264Job {
    RkvdecPicture picture;
    uint64_t sets = 0;  // the table of parameter sets
    H264SetsLayout layout;
    uint64_t references = 0;     // H264ReferenceTable
    uint64_t scaling_lists = 0;  // 0: the parameter sets say where they are
    // Macroblocks, of the frame; 0: the parameter sets have them.
    unsigned width = 0;
    unsigned height = 0;
    int32_t top_order = 0;
    int32_t bottom_order = 0;
    std::array<RkvdecReference, 16> dpb = {};
};

// The entry of a table of parameter sets that a stream's first slice names; empty where there is
// none.
std::span<const uint8_t> find_h264_sets(uint64_t table, const H264SetsLayout& layout,
                                        std::span<const uint8_t> stream, DeviceMemory& memory);

// Slice headers are read from the stream.
std::variant<PictureJob, NoPicture> make_h264_job(const RkvdecH264Job& job, const JobView& view);

}  // namespace hardware
