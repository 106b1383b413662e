// SPDX-License-Identifier: MIT
// Reading of VP9 compressed headers.
#include "vp9/compressed.h"

#include <array>
#include <type_traits>

#include "backend/bool_reader.h"

namespace vdec::vp9 {
namespace {

constexpr unsigned kUpdateProbability = 252;

// inv_map_table (10.5): twenty coarse steps first, then every value between them; the largest code
// has no value of its own.
constexpr std::array<uint8_t, 255> make_inverse_map() {
    std::array<uint8_t, 255> map = {};
    size_t at = 0;
    for (unsigned value = 7; value <= 254; value += 13) map[at++] = static_cast<uint8_t>(value);
    for (unsigned value = 1; value <= 253; ++value) {
        if (value % 13 != 7) map[at++] = static_cast<uint8_t>(value);
    }
    map[at] = 253;
    return map;
}

constexpr std::array<uint8_t, 255> kInverseMap = make_inverse_map();
static_assert(kInverseMap[19] == 254 && kInverseMap[20] == 1 && kInverseMap[254] == 253);

class CompressedReader {
  public:
    CompressedReader(std::span<const uint8_t> data, const FrameHeader& header,
                     CompressedHeader& out)
        : in_(data), header_(header), out_(out), deltas_(out.deltas) {}

    bool read() {
        if (in_.flag()) return false;  // marker
        read_tx_mode();
        read_coefficients();
        updates(deltas_.skip);
        if (!header_.intra()) read_inter();
        return !in_.exhausted();
    }

  private:
    unsigned decode_term_subexp() {
        if (!in_.flag()) return in_.literal(4);
        if (!in_.flag()) return in_.literal(4) + 16;
        if (!in_.flag()) return in_.literal(5) + 32;
        const unsigned value = in_.literal(7);
        if (value < 65) return value + 64;
        return (value << 1) - 1 + (in_.flag() ? 1U : 0U);
    }

    void update(uint8_t& delta) {
        if (!in_.read(kUpdateProbability)) return;
        const unsigned index = decode_term_subexp();
        delta = kInverseMap[index < kInverseMap.size() ? index : kInverseMap.size() - 1];
    }
    template <typename T, size_t size>
    void updates(T (&deltas)[size]) {
        for (T& delta : deltas) {
            if constexpr (std::is_array_v<T>) {
                updates(delta);
            } else {
                update(delta);
            }
        }
    }

    void update_mv(uint8_t& prob) {
        if (in_.read(kUpdateProbability)) prob = static_cast<uint8_t>(in_.literal(7) << 1 | 1);
    }
    template <typename T, size_t size>
    void updates_mv(T (&probs)[size]) {
        for (T& prob : probs) {
            if constexpr (std::is_array_v<T>) {
                updates_mv(prob);
            } else {
                update_mv(prob);
            }
        }
    }

    void read_tx_mode() {
        if (header_.quantization.lossless()) return;
        unsigned mode = in_.literal(2);
        if (mode == V4L2_VP9_TX_MODE_ALLOW_32X32) mode += in_.literal(1);
        deltas_.tx_mode = static_cast<uint8_t>(mode);
        if (mode != V4L2_VP9_TX_MODE_SELECT) return;
        updates(deltas_.tx8);
        updates(deltas_.tx16);
        updates(deltas_.tx32);
    }

    void read_coefficients() {
        const unsigned mode = deltas_.tx_mode;
        const unsigned largest = mode < V4L2_VP9_TX_MODE_SELECT ? mode : 3;
        for (unsigned size = 0; size <= largest; ++size) {
            if (in_.literal(1) == 0) continue;
            for (auto& plane : deltas_.coef[size]) {
                for (auto& reference : plane) read_bands(reference);
            }
        }
    }

    void read_bands(uint8_t (&bands)[6][6][3]) {
        for (size_t band = 0; band < 6; ++band) {
            const size_t contexts = band == 0 ? 3 : 6;
            for (size_t context = 0; context < contexts; ++context) updates(bands[band][context]);
        }
    }

    void read_reference_mode() {
        const bool compound_allowed = header_.sign_bias[1] != header_.sign_bias[0] ||
                                      header_.sign_bias[2] != header_.sign_bias[0];
        if (!compound_allowed || !in_.flag()) return;
        out_.reference_mode = in_.flag() ? V4L2_VP9_REFERENCE_MODE_SELECT
                                         : V4L2_VP9_REFERENCE_MODE_COMPOUND_REFERENCE;
    }

    void read_inter() {
        updates(deltas_.inter_mode);
        if (header_.switchable_filter) updates(deltas_.interp_filter);
        updates(deltas_.is_inter);
        read_reference_mode();
        const unsigned mode = out_.reference_mode;
        if (mode == V4L2_VP9_REFERENCE_MODE_SELECT) updates(deltas_.comp_mode);
        if (mode != V4L2_VP9_REFERENCE_MODE_COMPOUND_REFERENCE) updates(deltas_.single_ref);
        if (mode != V4L2_VP9_REFERENCE_MODE_SINGLE_REFERENCE) updates(deltas_.comp_ref);
        updates(deltas_.y_mode);
        updates(deltas_.partition);
        read_mv();
    }

    void read_mv() {
        v4l2_vp9_mv_probs& mv = deltas_.mv;
        updates_mv(mv.joint);
        for (size_t i = 0; i < 2; ++i) {
            update_mv(mv.sign[i]);
            updates_mv(mv.classes[i]);
            update_mv(mv.class0_bit[i]);
            updates_mv(mv.bits[i]);
        }
        for (size_t i = 0; i < 2; ++i) {
            updates_mv(mv.class0_fr[i]);
            updates_mv(mv.fr[i]);
        }
        if (!header_.allow_high_precision_mv) return;
        for (size_t i = 0; i < 2; ++i) {
            update_mv(mv.class0_hp[i]);
            update_mv(mv.hp[i]);
        }
    }

    BoolReader in_;
    const FrameHeader& header_;
    CompressedHeader& out_;
    v4l2_ctrl_vp9_compressed_hdr& deltas_;
};

}  // namespace

bool read_compressed_header(std::span<const uint8_t> data, const FrameHeader& header,
                            CompressedHeader& out) {
    out = {};
    return CompressedReader(data, header, out).read();
}

}  // namespace vdec::vp9
