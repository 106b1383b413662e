// SPDX-License-Identifier: MIT
#include "vp9_contexts.h"

#include <cstring>
#include <type_traits>

namespace hardware {
namespace {

using vdec::vp9::CompressedHeader;
using vdec::vp9::FrameHeader;

// 6.3.6
int inv_recenter_nonneg(int v, int m) {
    if (v > 2 * m) return v;
    return (v & 1) != 0 ? m - (v + 1) / 2 : m + v / 2;
}

// 6.3.5; DELTA as the uAPI has it: of inv_map_table, 0 for no change.
void change(uint8_t& probability, uint8_t delta) {
    if (delta == 0) return;
    const int old = probability;
    const int changed = old <= 128 ? 1 + inv_recenter_nonneg(delta, old - 1)
                                   : 255 - inv_recenter_nonneg(delta, 255 - old);
    probability = static_cast<uint8_t>(changed);
}

// 6.3.17: the probability itself.
void replace(uint8_t& probability, uint8_t value) {
    if (value != 0) probability = value;
}

template <typename T, size_t size, typename Update>
void update(T (&probabilities)[size], const T (&deltas)[size], Update one) {
    for (size_t i = 0; i < size; ++i) {
        if constexpr (std::is_array_v<T>) {
            update(probabilities[i], deltas[i], one);
        } else {
            one(probabilities[i], deltas[i]);
        }
    }
}

// What a header does not have has deltas of 0.
void update_all(Vp9Probabilities& probabilities, const Vp9Probabilities& deltas) {
    update(probabilities.tx8, deltas.tx8, change);
    update(probabilities.tx16, deltas.tx16, change);
    update(probabilities.tx32, deltas.tx32, change);
    update(probabilities.coef, deltas.coef, change);
    update(probabilities.skip, deltas.skip, change);
    update(probabilities.inter_mode, deltas.inter_mode, change);
    update(probabilities.interp_filter, deltas.interp_filter, change);
    update(probabilities.is_inter, deltas.is_inter, change);
    update(probabilities.comp_mode, deltas.comp_mode, change);
    update(probabilities.single_ref, deltas.single_ref, change);
    update(probabilities.comp_ref, deltas.comp_ref, change);
    update(probabilities.y_mode, deltas.y_mode, change);
    update(probabilities.partition, deltas.partition, change);
    update(probabilities.mv.joint, deltas.mv.joint, replace);
    update(probabilities.mv.sign, deltas.mv.sign, replace);
    update(probabilities.mv.classes, deltas.mv.classes, replace);
    update(probabilities.mv.class0_bit, deltas.mv.class0_bit, replace);
    update(probabilities.mv.bits, deltas.mv.bits, replace);
    update(probabilities.mv.class0_fr, deltas.mv.class0_fr, replace);
    update(probabilities.mv.fr, deltas.mv.fr, replace);
    update(probabilities.mv.class0_hp, deltas.mv.class0_hp, replace);
    update(probabilities.mv.hp, deltas.mv.hp, replace);
}

// load_probs2(): they are not taken back after an intra frame.
void keep_of_intra(Vp9Probabilities& saved, const Vp9Probabilities& decoded) {
    std::memcpy(saved.tx8, decoded.tx8, sizeof saved.tx8);
    std::memcpy(saved.tx16, decoded.tx16, sizeof saved.tx16);
    std::memcpy(saved.tx32, decoded.tx32, sizeof saved.tx32);
    std::memcpy(saved.skip, decoded.skip, sizeof saved.skip);
}

}  // namespace

size_t Vp9Contexts::reset(const FrameHeader& header) {
    if (!header.independent()) return header.frame_context_idx;
    if (header.key || header.error_resilient || header.reset_frame_context == 3) {
        contexts_.fill(vp9_default_probabilities());
    } else if (header.reset_frame_context == 2) {
        contexts_[header.frame_context_idx] = vp9_default_probabilities();
    }
    return 0;
}

Vp9Probabilities Vp9Contexts::next(const FrameHeader& header, const CompressedHeader& compressed) {
    Vp9Probabilities& saved = contexts_[reset(header)];
    Vp9Probabilities decoded = saved;
    update_all(decoded, compressed.deltas);
    if (!header.refresh_frame_context) return decoded;
    if (header.parallel_decoding) {
        saved = decoded;
    } else if (header.intra()) {
        keep_of_intra(saved, decoded);
    }
    return decoded;
}

}  // namespace hardware
