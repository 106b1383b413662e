// SPDX-License-Identifier: MIT
// Any bytes as a VP8 frame tag, and as the first partitions of two frames in a row.
#include <cstdlib>

#include "bitstream/vp8_frame_header.h"
#include "fuzz_input.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    v4l2va::fuzz::FuzzInput fuzz(data, size);
    v4l2va::Vp8LastingState lasting;
    for (const bool last : {false, true}) {
        const bool key_frame = fuzz.flag();
        const auto bytes = last ? fuzz.rest() : fuzz.take(fuzz.byte());
        const auto tag = v4l2va::parse_vp8_frame_tag(bytes);
        if (tag) {
            const auto written = v4l2va::write_vp8_frame_tag(*tag);
            if (std::memcmp(written.data(), bytes.data(), tag->size()) != 0) {
                std::abort();
            }
        }
        const auto header = v4l2va::parse_vp8_frame_header(bytes, key_frame, lasting);
        // What users of the header rely on.
        if (header && (header->header_bits > bytes.size() * 8 || header->coder_range < 128 ||
                       header->coder_value >= header->coder_range || header->coder_bit_count > 7 ||
                       header->loop_filter_level > 63 || header->y_ac_qi > 127 ||
                       header->num_dct_partitions > 8)) {
            std::abort();
        }
    }
    return 0;
}
