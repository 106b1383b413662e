// SPDX-License-Identifier: MIT
// HEVC on Rockchip's decoders: what each generation says in registers of its own becomes one
// picture job here.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <variant>

#include "machines/personality.h"
#include "rkvdec_hevc_tables.h"
#include "rkvdec_picture.h"

namespace hardware {

struct RkvdecHevcJob {
    struct Reference {
        uint64_t address = 0;
        int32_t order = 0;
        bool valid = false;
    };

    RkvdecPicture picture;
    uint64_t sets = 0;  // the table of parameter sets
    HevcSetsLayout layout;
    bool sets_by_id = true;      // an entry for each pps_id; false: there is one entry
    uint64_t references = 0;     // HevcSliceReferences of each slice segment, or HevcReferenceSets
    unsigned slices = 0;         // 0: HevcReferenceSets
    uint64_t scaling_lists = 0;  // 0: the parameter sets say where they are
    HevcScalingOrder scaling_order = HevcScalingOrder::columns;
    int32_t order = 0;
    std::array<Reference, 16> dpb = {};
};

// How the backends take HEVC from such a job: with final lists of each slice, or with the reference
// picture sets of the SPS.
const vdec::HevcStyle& rkvdec_hevc_style(bool told_lists);

// Order counts of pictures, by their addresses.
using HevcOrders = std::map<uint64_t, int32_t>;

// Slice headers are read from the stream. ORDERS: of the jobs before, to which this one is added.
// The device scales motion by the order counts that it is told of references; the backend takes
// those of the pictures: where they differ there is no picture.
std::variant<PictureJob, NoPicture> make_hevc_job(const RkvdecHevcJob& job, const JobView& view,
                                                  HevcOrders& orders);

}  // namespace hardware
