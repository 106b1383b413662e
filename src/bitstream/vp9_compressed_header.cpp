// SPDX-License-Identifier: MIT
// VP9 compressed header (6.3).
#include <algorithm>
#include <type_traits>

#include "bitstream/bool_decoder.h"
#include "bitstream/vp9_frame_header.h"

namespace v4l2va {
namespace {

constexpr uint8_t kDiffUpdateProb = 252;

// inv_map_table[] (6.3.5): 20 coarse steps, then every other value in turn. The standard gives 254
// entries; the last code of decode_term_subexp() reaches one further, which libvpx repeats.
constexpr size_t kInvMapSize = 255;
constexpr std::array<uint8_t, kInvMapSize> make_inv_map_table() {
    constexpr size_t kCoarse = 20;
    std::array<uint8_t, kInvMapSize> table = {};
    for (size_t i = 0; i < kCoarse; ++i) {
        table[i] = static_cast<uint8_t>(7 + 13 * i);
    }
    uint8_t value = 1;
    for (size_t i = kCoarse; i < kInvMapSize - 1; ++i) {
        if (value % 13 == 7) {
            ++value;
        }
        table[i] = value++;
    }
    table[kInvMapSize - 1] = table[kInvMapSize - 2];
    return table;
}
constexpr std::array<uint8_t, kInvMapSize> kInvMapTable = make_inv_map_table();
static_assert(kInvMapTable[19] == 254 && kInvMapTable[20] == 1 && kInvMapTable[253] == 253);

// decode_term_subexp() (6.3.4): 0..254.
uint32_t decode_term_subexp(BoolDecoder& decoder) {
    if (!decoder.flag()) {
        return decoder.literal(4);
    }
    if (!decoder.flag()) {
        return decoder.literal(4) + 16;
    }
    if (!decoder.flag()) {
        return decoder.literal(5) + 32;
    }
    const uint32_t v = decoder.literal(7);
    if (v < 65) {
        return v + 64;
    }
    return (v << 1) - 1 + decoder.literal(1);
}

// diff_update_prob() (6.3.3), up to inv_remap_prob(), which is the decoder's own.
void read_diff_update(BoolDecoder& decoder, uint8_t& update) {
    if (decoder.read(kDiffUpdateProb)) {
        update = kInvMapTable[decode_term_subexp(decoder)];
    }
}

// update_mv_prob() (6.3.17).
void read_mv_update(BoolDecoder& decoder, uint8_t& update) {
    if (decoder.read(kDiffUpdateProb)) {
        update = static_cast<uint8_t>(decoder.literal(7) << 1 | 1);
    }
}

// Each element of an array of any rank, in order.
template <typename Read, typename T>
void for_each(BoolDecoder& decoder, Read read, T& element) {
    if constexpr (std::is_array_v<T>) {
        for (auto& inner : element) {
            for_each(decoder, read, inner);
        }
    } else {
        read(decoder, element);
    }
}

template <typename T>
void read_diff_updates(BoolDecoder& decoder, T& updates) {
    for_each(decoder, read_diff_update, updates);
}

template <typename T>
void read_mv_updates(BoolDecoder& decoder, T& updates) {
    for_each(decoder, read_mv_update, updates);
}

// read_tx_mode() (6.3.1).
Vp9TxMode read_tx_mode(BoolDecoder& decoder, bool lossless) {
    if (lossless) {
        return Vp9TxMode::kOnly4x4;
    }
    uint32_t tx_mode = decoder.literal(2);
    if (tx_mode == static_cast<uint32_t>(Vp9TxMode::kAllow32x32)) {
        tx_mode += decoder.literal(1);
    }
    return static_cast<Vp9TxMode>(tx_mode);
}

// read_coef_probs() (6.3.7).
void read_coef_probs(BoolDecoder& decoder, Vp9TxMode tx_mode, Vp9ProbUpdates& updates) {
    const size_t max_tx_size = std::min<size_t>(static_cast<size_t>(tx_mode), 3);
    for (size_t tx_size = 0; tx_size <= max_tx_size; ++tx_size) {
        if (!decoder.flag()) {  // update_probs
            continue;
        }
        for (auto& plane : updates.coef[tx_size]) {
            for (auto& reference : plane) {
                for (size_t band = 0; band < 6; ++band) {
                    const size_t contexts = band == 0 ? 3 : 6;
                    for (size_t context = 0; context < contexts; ++context) {
                        read_diff_updates(decoder, reference[band][context]);
                    }
                }
            }
        }
    }
}

// frame_reference_mode() (6.3.10), with setup_compound_reference_mode() (7.3.6).
Vp9ReferenceMode read_reference_mode(BoolDecoder& decoder, const Vp9FrameHeader& frame) {
    const auto& bias = frame.ref_frame_sign_bias;
    const bool compound_allowed = bias[1] != bias[0] || bias[2] != bias[0];
    if (!compound_allowed || !decoder.flag()) {
        return Vp9ReferenceMode::kSingle;
    }
    return decoder.flag() ? Vp9ReferenceMode::kSelect : Vp9ReferenceMode::kCompound;
}

// frame_reference_mode_probs() (6.3.11).
void read_reference_mode_probs(BoolDecoder& decoder, Vp9ReferenceMode mode,
                               Vp9ProbUpdates& updates) {
    if (mode == Vp9ReferenceMode::kSelect) {
        read_diff_updates(decoder, updates.comp_mode);
    }
    if (mode != Vp9ReferenceMode::kCompound) {
        read_diff_updates(decoder, updates.single_ref);
    }
    if (mode != Vp9ReferenceMode::kSingle) {
        read_diff_updates(decoder, updates.comp_ref);
    }
}

// mv_probs() (6.3.16).
void read_mv_probs(BoolDecoder& decoder, bool allow_high_precision_mv, Vp9MvProbs& mv) {
    read_mv_updates(decoder, mv.joint);
    for (size_t i = 0; i < 2; ++i) {
        read_mv_updates(decoder, mv.sign[i]);
        read_mv_updates(decoder, mv.classes[i]);
        read_mv_updates(decoder, mv.class0_bit[i]);
        read_mv_updates(decoder, mv.bits[i]);
    }
    for (size_t i = 0; i < 2; ++i) {
        read_mv_updates(decoder, mv.class0_fr[i]);
        read_mv_updates(decoder, mv.fr[i]);
    }
    if (!allow_high_precision_mv) {
        return;
    }
    for (size_t i = 0; i < 2; ++i) {
        read_mv_updates(decoder, mv.class0_hp[i]);
        read_mv_updates(decoder, mv.hp[i]);
    }
}

}  // namespace

Result<Vp9CompressedHeader> parse_vp9_compressed_header(std::span<const std::byte> bytes,
                                                        const Vp9FrameHeader& frame) {
    BoolDecoder decoder(bytes);
    if (bytes.empty() || decoder.flag()) {  // the marker of init_bool() (9.2.1)
        return fail(ErrorCode::kInvalidBitstream, "VP9 compressed header");
    }
    Vp9CompressedHeader header;
    Vp9ProbUpdates& updates = header.updates;
    header.tx_mode = read_tx_mode(decoder, frame.lossless());
    if (header.tx_mode == Vp9TxMode::kSelect) {
        read_diff_updates(decoder, updates.tx8);
        read_diff_updates(decoder, updates.tx16);
        read_diff_updates(decoder, updates.tx32);
    }
    read_coef_probs(decoder, header.tx_mode, updates);
    read_diff_updates(decoder, updates.skip);
    if (!frame.frame_is_intra()) {
        read_diff_updates(decoder, updates.inter_mode);
        if (frame.interp_filter == Vp9InterpFilter::kSwitchable) {
            read_diff_updates(decoder, updates.interp_filter);
        }
        read_diff_updates(decoder, updates.is_inter);
        header.reference_mode = read_reference_mode(decoder, frame);
        read_reference_mode_probs(decoder, header.reference_mode, updates);
        read_diff_updates(decoder, updates.y_mode);
        read_diff_updates(decoder, updates.partition);
        read_mv_probs(decoder, frame.allow_high_precision_mv, updates.mv);
    }
    if (!decoder.ok()) {
        return fail(ErrorCode::kInvalidBitstream, "VP9 compressed header");
    }
    return header;
}

}  // namespace v4l2va
