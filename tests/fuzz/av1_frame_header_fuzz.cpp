// SPDX-License-Identifier: MIT
// Any bytes in front of an AV1 frame's first tile, and any frame that a client tells of.
#include <cstdlib>

#include "bitstream/av1_frame_header.h"
#include "fuzz_input.h"

namespace {

void require(bool condition) {
    if (!condition) {
        std::abort();
    }
}

v4l2va::Av1ToldFrame told_frame(v4l2va::fuzz::FuzzInput& fuzz) {
    v4l2va::Av1ToldFrame told;
    told.frame_type = fuzz.below(3);
    told.show_frame = fuzz.flag();
    told.showable_frame = fuzz.flag();
    told.error_resilient_mode = fuzz.flag();
    told.allow_screen_content_tools = fuzz.flag();
    told.force_integer_mv = fuzz.flag();
    told.order_hint_bits = fuzz.below(9);
    told.order_hint = fuzz.byte();
    told.primary_ref_frame = fuzz.below(8);
    for (uint8_t& index : told.ref_frame_idx) {
        index = fuzz.below(8);
    }
    return told;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    v4l2va::fuzz::FuzzInput fuzz(data, size);
    while (!fuzz.empty()) {
        const v4l2va::Av1ToldFrame told = told_frame(fuzz);
        const uint8_t layouts = fuzz.byte();
        const auto bytes = fuzz.take(fuzz.number<uint16_t>() % 512);
        const auto match = v4l2va::match_av1_frame_header(bytes, told, layouts);
        require((match.layouts & ~layouts) == 0);
        require(match.layouts != 0 || !match.refresh_frame_flags);
    }
    return 0;
}
