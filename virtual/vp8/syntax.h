// SPDX-License-Identifier: MIT
// VP8 frame headers (RFC 6386 9 and 19.2), read independently of any client.
#pragma once

#include <array>
#include <cstdint>
#include <span>

namespace vdec::vp8 {

struct Probabilities {
    uint8_t coeff[4][8][3][11];
    uint8_t y_mode[4];
    uint8_t uv_mode[3];
    uint8_t mv[2][19];
};

// What outlives a frame (9.3, 9.6).
struct Segmentation {
    bool enabled = false;
    bool update_map = false;
    bool update_data = false;
    bool absolute = false;
    std::array<int, 4> quantizer = {};
    std::array<int, 4> filter_level = {};
    std::array<uint8_t, 3> tree_probs = {};
};

struct FilterDeltas {
    bool enabled = false;
    bool update = false;
    std::array<int, 4> reference = {};
    std::array<int, 4> mode = {};
};

// How the golden or altref buffer changes after a frame (9.7).
enum class BufferUpdate { none, current, last, other };

struct FrameHeader {
    bool key = false;
    bool show = false;
    unsigned version = 0;
    unsigned first_part_size = 0;
    unsigned width = 0;
    unsigned height = 0;
    unsigned horizontal_scale = 0;
    unsigned vertical_scale = 0;
    Segmentation segmentation;
    bool simple_filter = false;
    int filter_level = 0;
    unsigned sharpness = 0;
    FilterDeltas deltas;
    unsigned parts = 1;
    std::array<uint32_t, 8> part_sizes = {};
    int y_ac_qi = 0;
    int y_dc_delta = 0;
    int y2_dc_delta = 0;
    int y2_ac_delta = 0;
    int uv_dc_delta = 0;
    int uv_ac_delta = 0;
    BufferUpdate golden = BufferUpdate::none;
    BufferUpdate alternate = BufferUpdate::none;
    bool sign_bias_golden = false;
    bool sign_bias_alternate = false;
    bool refresh_last = false;
    bool skip_enabled = false;
    unsigned prob_skip_false = 0;
    unsigned prob_intra = 0;
    unsigned prob_last = 0;
    unsigned prob_golden = 0;
    Probabilities probabilities = {};
    // The bool decoder behind the header.
    uint32_t header_bits = 0;
    unsigned range = 0;
    unsigned value = 0;
    unsigned bits_left = 0;
};

// Reads the frames of a stream in order, since much persists from frame to frame.
class HeaderReader {
  public:
    // False when the frame is too short for its header. Until the first key frame nothing is
    // known(), and what persists must not be compared.
    bool read(std::span<const uint8_t> frame, FrameHeader& header);
    [[nodiscard]] bool known() const { return known_; }
    // A frame could not be read: what persists may have changed.
    void doubt() { known_ = false; }

  private:
    bool read_key_frame_start(std::span<const uint8_t> frame, FrameHeader& header);
    bool read_part_sizes(std::span<const uint8_t> rest, FrameHeader& header) const;

    bool known_ = false;
    unsigned width_ = 0;
    unsigned height_ = 0;
    unsigned horizontal_scale_ = 0;
    unsigned vertical_scale_ = 0;
    Segmentation segmentation_;
    FilterDeltas deltas_;
    Probabilities probabilities_ = {};
};

}  // namespace vdec::vp8
