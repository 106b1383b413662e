// SPDX-License-Identifier: MIT
// Any bytes as VP9 frames, several in a row.
#include <cstdlib>

#include "bitstream/vp9_frame_header.h"
#include "fuzz_input.h"

namespace {

// What users of the headers rely on: the ranges that the kernel checks.
void check(const v4l2va::Vp9FrameHeader& header, const v4l2va::Vp9LastingState& lasting) {
    constexpr int kLimits[] = {255, 63, 3, 0};
    for (const auto& segment : lasting.feature_data) {
        for (size_t feature = 0; feature < segment.size(); ++feature) {
            if (std::abs(segment[feature]) > kLimits[feature]) {
                std::abort();
            }
        }
    }
    if (header.frame_width == 0 || header.frame_width > 65536 || header.frame_height == 0 ||
        header.frame_height > 65536 || header.render_width == 0 || header.render_width > 65536 ||
        header.loop_filter_level > 63 || header.loop_filter_sharpness > 7 ||
        header.tile_cols_log2 > 6 || header.tile_rows_log2 > 2 ||
        header.compressed_header_size > 65535 ||
        (header.error_resilient_mode && header.refresh_frame_context)) {
        std::abort();
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    v4l2va::fuzz::FuzzInput fuzz(data, size);
    v4l2va::Vp9LastingState lasting;
    while (!fuzz.empty()) {
        const v4l2va::Vp9FrameSize reference_size = {1U + fuzz.number<uint16_t>(),
                                                     1U + fuzz.number<uint16_t>()};
        const auto frame = fuzz.take(fuzz.number<uint16_t>() % 2048);
        const auto header = v4l2va::parse_vp9_uncompressed_header(frame, reference_size, lasting);
        if (!header || header->show_existing_frame) {
            continue;
        }
        check(*header, lasting);
        const auto rest = frame.subspan(header->uncompressed_header_size);
        const auto compressed =
            rest.first(std::min<size_t>(header->compressed_header_size, rest.size()));
        (void)v4l2va::parse_vp9_compressed_header(compressed, *header);
    }
    return 0;
}
