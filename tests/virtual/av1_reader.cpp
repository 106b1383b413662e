// SPDX-License-Identifier: MIT
// sequence_header_obu() and uncompressed_header() of the AV1 standard (5.5, 5.9), without what the
// writer never writes: still pictures, timing, operating points, frame ids, references by order.
#include "av1_reader.h"

#include <algorithm>
#include <cstdlib>

using vdec::BitReader;
using namespace vdec::av1;

namespace {

template <typename Flags>
void set_if(bool condition, unsigned flag, Flags& flags) {
    if (condition) flags = static_cast<Flags>(flags | flag);
}

int read_su(BitReader& in, unsigned n) {
    const auto value = static_cast<int>(in.bits(n));
    return (value & (1 << (n - 1))) != 0 ? value - (1 << n) : value;
}

unsigned floor_log2(unsigned x) {
    unsigned s = 0;
    while (x > 1) {
        x >>= 1;
        ++s;
    }
    return s;
}

unsigned read_ns(BitReader& in, unsigned n) {
    const unsigned w = floor_log2(n) + 1;
    const unsigned m = (1U << w) - n;
    const unsigned v = in.bits(w - 1);
    if (v < m) return v;
    return (v << 1) - m + in.bits(1);
}

int read_delta_q(BitReader& in) { return in.flag() ? read_su(in, 7) : 0; }

bool ends_with_trailing_bits(BitReader& in, size_t bytes) {
    if (!in.flag()) return false;
    while (in.position() % 8 != 0) {
        if (in.flag()) return false;
    }
    return !in.failed() && in.position() == bytes * 8;
}

int inverse_recenter(int r, int v) {
    if (v > 2 * r) return v;
    return (v & 1) != 0 ? r - ((v + 1) >> 1) : r + (v >> 1);
}

int decode_subexp(BitReader& in, int num_syms) {
    int i = 0;
    int mk = 0;
    const int k = 3;
    for (;;) {
        const int b2 = i != 0 ? k + i - 1 : k;
        const int a = 1 << b2;
        if (num_syms <= mk + 3 * a) {
            return static_cast<int>(read_ns(in, static_cast<unsigned>(num_syms - mk))) + mk;
        }
        if (!in.flag()) return static_cast<int>(in.bits(static_cast<unsigned>(b2))) + mk;
        ++i;
        mk += a;
    }
}

int decode_signed_subexp_with_ref(BitReader& in, int low, int high, int r) {
    const int mx = high - low;
    const int shifted = r - low;
    const int v = decode_subexp(in, mx);
    const int x = (shifted << 1) <= mx ? inverse_recenter(shifted, v)
                                       : mx - 1 - inverse_recenter(mx - 1 - shifted, v);
    return x + low;
}

class FrameReader {
  public:
    FrameReader(std::span<const uint8_t> payload, const Sequence& sequence,
                const References& references)
        : in_(payload), sequence_(sequence), given_(references), bytes_(payload.size()) {}

    ReadFrame run() {
        start();
        if (f_.intra()) {
            frame_size();
            if (f_.has(kAllowScreenContentTools) &&
                f_.upscaled_width == f_.frame_width_minus_1 + 1) {
                flag(kAllowIntrabc);
            }
        } else {
            inter();
        }
        if (f_.has(kDisableCdfUpdate)) {
            f_.flags |= kDisableFrameEndUpdateCdf;
        } else {
            flag(kDisableFrameEndUpdateCdf);
        }
        tile_info();
        quantization();
        segmentation();
        deltas();
        loop_filter();
        cdef();
        restoration();
        modes();
        motion();
        grain();
        result_.complete = ends_with_trailing_bits(in_, bytes_);
        return result_;
    }

  private:
    void flag(FrameFlag which) { set_if(in_.flag(), which, f_.flags); }
    [[nodiscard]] bool mono() const { return sequence_.has(kMonoChrome); }

    void start() {
        if (in_.flag()) std::abort();  // show_existing_frame
        f_.frame_type = in_.bits(2);
        flag(kShowFrame);
        flag(kShowableFrame);
        flag(kErrorResilientMode);
        flag(kDisableCdfUpdate);
        flag(kAllowScreenContentTools);
        if (f_.has(kAllowScreenContentTools)) flag(kForceIntegerMv);
        flag(kFrameSizeOverride);
        f_.order_hint = in_.bits(sequence_.order_hint_bits);
        f_.primary_ref_frame = kPrimaryRefNone;
        if (!f_.intra() && !f_.has(kErrorResilientMode)) {
            f_.primary_ref_frame = static_cast<uint8_t>(in_.bits(3));
        }
        result_.refresh = static_cast<uint8_t>(in_.bits(8));
        if ((!f_.intra() || result_.refresh != 0xff) && f_.has(kErrorResilientMode)) {
            for (unsigned& hint : result_.references.slot_hints) {
                hint = in_.bits(sequence_.order_hint_bits);
            }
        }
    }

    void frame_size() {
        f_.upscaled_width = in_.bits(16) + 1;
        f_.frame_height_minus_1 = in_.bits(16);
        flag(kUseSuperres);
        f_.superres_denom = 8;
        if (f_.has(kUseSuperres)) f_.superres_denom = static_cast<uint8_t>(in_.bits(3) + 9);
        f_.frame_width_minus_1 =
            (f_.upscaled_width * 8 + f_.superres_denom / 2U) / f_.superres_denom - 1;
        if (!in_.flag()) std::abort();  // render_and_frame_size_different
        f_.render_width_minus_1 = static_cast<uint16_t>(in_.bits(16));
        f_.render_height_minus_1 = static_cast<uint16_t>(in_.bits(16));
    }

    void inter() {
        if (sequence_.has(kEnableOrderHint) && in_.flag()) std::abort();
        for (unsigned& slot : result_.references.slots) slot = in_.bits(3);
        if (!f_.has(kErrorResilientMode) && in_.bits(7) != 0) std::abort();  // found_ref
        frame_size();
        if (!f_.has(kForceIntegerMv)) flag(kAllowHighPrecisionMv);
        f_.interpolation_filter = in_.flag() ? 4 : in_.bits(2);
        flag(kIsMotionModeSwitchable);
        if (!f_.has(kErrorResilientMode) && sequence_.has(kEnableRefFrameMvs)) {
            flag(kUseRefFrameMvs);
        }
    }

    static unsigned log2_of(unsigned block, unsigned target) {
        unsigned k = 0;
        while ((block << k) < target) ++k;
        return k;
    }

    // Returns the logarithm.
    unsigned uniform_tiles(unsigned sbs, unsigned log2, unsigned max_log2, uint8_t& count,
                           uint32_t* sizes) {
        while (log2 < max_log2 && in_.flag()) ++log2;
        const unsigned size = (sbs + (1U << log2) - 1) >> log2;
        count = 0;
        for (unsigned start = 0; start < sbs; start += size) {
            sizes[count++] = std::min(size, sbs - start) - 1;
        }
        return log2;
    }

    unsigned explicit_tiles(unsigned sbs, unsigned max_size, uint8_t& count, uint32_t* sizes) {
        unsigned widest = 0;
        count = 0;
        for (unsigned start = 0; start < sbs && count < 64;) {
            sizes[count] = read_ns(in_, std::min(sbs - start, max_size));
            widest = std::max(widest, sizes[count] + 1);
            start += sizes[count++] + 1;
        }
        return widest;
    }

    void tile_info() {
        TileInfo& info = f_.tile_info;
        const bool big = sequence_.has(kUse128x128Superblock);
        const unsigned shift = big ? 5 : 4;
        const unsigned mi_cols = 2 * ((f_.frame_width_minus_1 + 8) >> 3);
        const unsigned mi_rows = 2 * ((f_.frame_height_minus_1 + 8) >> 3);
        const unsigned cols = (mi_cols + (1U << shift) - 1) >> shift;
        const unsigned rows = (mi_rows + (1U << shift) - 1) >> shift;
        const unsigned max_width = 4096U >> (shift + 2);
        const unsigned max_area = (4096U * 2304U) >> (2 * (shift + 2));
        const unsigned min_cols = log2_of(max_width, cols);
        const unsigned min_tiles = std::max(min_cols, log2_of(max_area, rows * cols));
        unsigned log2_cols = 0;
        unsigned log2_rows = 0;
        if (in_.flag()) {
            info.flags = kUniformTileSpacing;
            log2_cols = uniform_tiles(cols, min_cols, log2_of(1, std::min(cols, 64U)),
                                      info.tile_cols, info.width_in_sbs_minus_1);
            const unsigned min_rows = min_tiles > log2_cols ? min_tiles - log2_cols : 0;
            log2_rows = uniform_tiles(rows, min_rows, log2_of(1, std::min(rows, 64U)),
                                      info.tile_rows, info.height_in_sbs_minus_1);
        } else {
            const unsigned widest =
                explicit_tiles(cols, max_width, info.tile_cols, info.width_in_sbs_minus_1);
            const unsigned area = min_tiles > 0 ? (rows * cols) >> (min_tiles + 1) : rows * cols;
            explicit_tiles(rows, std::max(area / widest, 1U), info.tile_rows,
                           info.height_in_sbs_minus_1);
            log2_cols = log2_of(1, info.tile_cols);
            log2_rows = log2_of(1, info.tile_rows);
        }
        if (log2_cols == 0 && log2_rows == 0) return;
        info.context_update_tile_id = static_cast<uint8_t>(in_.bits(log2_cols + log2_rows));
        info.tile_size_bytes = static_cast<uint8_t>(in_.bits(2) + 1);
    }

    void quantization() {
        Quantization& q = f_.quantization;
        q.base_q_idx = static_cast<uint8_t>(in_.bits(8));
        q.delta_q_y_dc = static_cast<int8_t>(read_delta_q(in_));
        if (!mono()) {
            const bool differs = in_.flag();
            set_if(differs, kDiffUvDelta, q.flags);
            q.delta_q_u_dc = static_cast<int8_t>(read_delta_q(in_));
            q.delta_q_u_ac = static_cast<int8_t>(read_delta_q(in_));
            q.delta_q_v_dc = differs ? static_cast<int8_t>(read_delta_q(in_)) : q.delta_q_u_dc;
            q.delta_q_v_ac = differs ? static_cast<int8_t>(read_delta_q(in_)) : q.delta_q_u_ac;
        }
        if (!in_.flag()) return;
        q.flags |= kUsingQmatrix;
        q.qm_y = static_cast<uint8_t>(in_.bits(4));
        q.qm_u = static_cast<uint8_t>(in_.bits(4));
        q.qm_v = mono() ? q.qm_u : static_cast<uint8_t>(in_.bits(4));
    }

    void segmentation() {
        static constexpr unsigned kBits[8] = {8, 6, 6, 6, 6, 3, 0, 0};
        Segmentation& seg = f_.segmentation;
        if (!in_.flag()) return;
        seg.flags = kSegEnabled | kSegUpdateMap | kSegUpdateData;
        if (f_.primary_ref_frame != kPrimaryRefNone) {
            if (!in_.flag()) seg.flags = kSegEnabled | kSegUpdateData;
            if (seg.has(kSegUpdateMap)) set_if(in_.flag(), kSegTemporalUpdate, seg.flags);
            if (!in_.flag()) std::abort();  // update_data
        }
        for (unsigned i = 0; i < 8; ++i) {
            for (unsigned j = 0; j < 8; ++j) {
                if (!in_.flag()) continue;
                set_if(true, 1U << j, seg.feature_enabled[i]);
                seg.feature_data[i][j] = static_cast<int16_t>(
                    j < 5 ? read_su(in_, kBits[j] + 1) : static_cast<int>(in_.bits(kBits[j])));
                seg.last_active_seg_id = static_cast<uint8_t>(i);
                set_if(j >= 5, kSegIdPreSkip, seg.flags);
            }
        }
    }

    void deltas() {
        Quantization& q = f_.quantization;
        LoopFilter& filter = f_.loop_filter;
        if (q.base_q_idx == 0 || !in_.flag()) return;
        q.flags |= kDeltaQPresent;
        q.delta_q_res = static_cast<uint8_t>(in_.bits(2));
        if (f_.has(kAllowIntrabc) || !in_.flag()) return;
        filter.flags |= kDeltaLfPresent;
        filter.delta_lf_res = static_cast<uint8_t>(in_.bits(2));
        set_if(in_.flag(), kDeltaLfMulti, filter.flags);
    }

    [[nodiscard]] bool lossless() const {
        const Quantization& q = f_.quantization;
        for (size_t i = 0; i < 8; ++i) {
            int qidx = q.base_q_idx;
            if (f_.segmentation.has(kSegEnabled) && (f_.segmentation.feature_enabled[i] & 1) != 0) {
                qidx = std::clamp(qidx + f_.segmentation.feature_data[i][0], 0, 255);
            }
            if (qidx != 0) return false;
        }
        return q.delta_q_y_dc == 0 && q.delta_q_u_dc == 0 && q.delta_q_u_ac == 0 &&
               q.delta_q_v_dc == 0 && q.delta_q_v_ac == 0;
    }

    void loop_filter() {
        LoopFilter& filter = f_.loop_filter;
        if (lossless() || f_.has(kAllowIntrabc)) return;
        filter.level[0] = static_cast<uint8_t>(in_.bits(6));
        filter.level[1] = static_cast<uint8_t>(in_.bits(6));
        if (!mono() && (filter.level[0] != 0 || filter.level[1] != 0)) {
            filter.level[2] = static_cast<uint8_t>(in_.bits(6));
            filter.level[3] = static_cast<uint8_t>(in_.bits(6));
        }
        filter.sharpness = static_cast<uint8_t>(in_.bits(3));
        if (!in_.flag()) return;
        filter.flags |= kLfDeltaEnabled;
        if (!in_.flag()) return;
        filter.flags |= kLfDeltaUpdate;
        for (int8_t& delta : filter.ref_deltas) {
            if (in_.flag()) delta = static_cast<int8_t>(read_su(in_, 7));
        }
        for (int8_t& delta : filter.mode_deltas) {
            if (in_.flag()) delta = static_cast<int8_t>(read_su(in_, 7));
        }
    }

    void cdef() {
        if (lossless() || f_.has(kAllowIntrabc)) return;
        const auto secondary = [this] {
            const unsigned value = in_.bits(2);
            return static_cast<uint8_t>(value == 3 ? 4 : value);
        };
        Cdef& cdef = f_.cdef;
        cdef.damping_minus_3 = static_cast<uint8_t>(in_.bits(2));
        cdef.bits = static_cast<uint8_t>(in_.bits(2));
        for (size_t i = 0; i < size_t{1} << cdef.bits; ++i) {
            cdef.y_pri_strength[i] = static_cast<uint8_t>(in_.bits(4));
            cdef.y_sec_strength[i] = secondary();
            if (mono()) continue;
            cdef.uv_pri_strength[i] = static_cast<uint8_t>(in_.bits(4));
            cdef.uv_sec_strength[i] = secondary();
        }
    }

    void restoration() {
        static constexpr RestorationType kRemap[4] = {kRestoreNone, kRestoreSwitchable, kWiener,
                                                      kSgrproj};
        const bool all_lossless = lossless() && f_.upscaled_width == f_.frame_width_minus_1 + 1;
        if (all_lossless || f_.has(kAllowIntrabc)) return;
        LoopRestoration& lr = f_.loop_restoration;
        for (size_t i = 0; i < (mono() ? 1U : 3U); ++i) {
            lr.frame_restoration_type[i] = kRemap[in_.bits(2)];
            if (lr.frame_restoration_type[i] == kRestoreNone) continue;
            lr.flags |= kUsesLr;
            if (i > 0) lr.flags |= kUsesChromaLr;
        }
        if (lr.flags == 0) return;
        lr.lr_unit_shift = in_.flag() ? 1 : 0;
        if (sequence_.has(kUse128x128Superblock)) {
            ++lr.lr_unit_shift;
        } else if (lr.lr_unit_shift != 0 && in_.flag()) {
            ++lr.lr_unit_shift;
        }
        if ((lr.flags & kUsesChromaLr) != 0) lr.lr_uv_shift = in_.flag() ? 1 : 0;
        lr.loop_restoration_size[0] = 256U >> (2 - lr.lr_unit_shift);
        lr.loop_restoration_size[1] = lr.loop_restoration_size[0] >> lr.lr_uv_shift;
        lr.loop_restoration_size[2] = lr.loop_restoration_size[1];
    }

    [[nodiscard]] int distance(unsigned a, unsigned b) const {
        const int diff = static_cast<int>(a) - static_cast<int>(b);
        const int m = 1 << (sequence_.order_hint_bits - 1);
        return (diff & (m - 1)) - (diff & m);
    }

    // skip_mode_params() as 5.9.22 has it.
    bool skip_mode() {
        if (!sequence_.has(kEnableOrderHint)) return false;
        int forward = -1;
        int backward = -1;
        for (int i = 0; i < 7; ++i) {
            const unsigned hint = given_.hints[static_cast<size_t>(i)];
            const auto hint_of = [&](int k) { return given_.hints[static_cast<size_t>(k)]; };
            if (distance(hint, f_.order_hint) < 0) {
                if (forward < 0 || distance(hint, hint_of(forward)) > 0) forward = i;
            } else if (distance(hint, f_.order_hint) > 0) {
                if (backward < 0 || distance(hint, hint_of(backward)) < 0) backward = i;
            }
        }
        if (forward < 0) return false;
        int second = backward;
        for (int i = 0; backward < 0 && i < 7; ++i) {
            const auto hint_of = [&](int k) { return given_.hints[static_cast<size_t>(k)]; };
            if (distance(hint_of(i), hint_of(forward)) >= 0) continue;
            if (second < 0 || distance(hint_of(i), hint_of(second)) > 0) second = i;
        }
        if (second < 0) return false;
        f_.skip_mode_frame[0] = static_cast<uint8_t>(1 + std::min(forward, second));
        f_.skip_mode_frame[1] = static_cast<uint8_t>(1 + std::max(forward, second));
        f_.flags |= kSkipModeAllowed;
        return true;
    }

    void modes() {
        if (!lossless()) f_.tx_mode = in_.flag() ? kTxSelect : kTxLargest;
        if (!f_.intra()) {
            flag(kReferenceSelect);
            if (f_.has(kReferenceSelect) && skip_mode()) flag(kSkipModePresent);
            if (!f_.has(kErrorResilientMode)) flag(kAllowWarpedMotion);
        }
        flag(kReducedTxSet);
    }

    void read_global_param(uint32_t type, size_t ref, size_t idx) {
        unsigned abs_bits = 12;
        unsigned prec_bits = 15;
        if (idx < 2) {
            const unsigned coarse = f_.has(kAllowHighPrecisionMv) ? 0 : 1;
            abs_bits = type == kTranslation ? 9 - coarse : 12;
            prec_bits = type == kTranslation ? 3 - coarse : 6;
        }
        const unsigned diff = 16 - prec_bits;
        const int round = idx % 3 == 2 ? 1 << 16 : 0;
        const int sub = idx % 3 == 2 ? 1 << prec_bits : 0;
        const int mx = 1 << abs_bits;
        const int r = (given_.previous_motion[ref - 1][idx] >> diff) - sub;
        f_.global_motion.params[ref][idx] =
            decode_signed_subexp_with_ref(in_, -mx, mx + 1, r) * (1 << diff) + round;
    }

    void motion() {
        GlobalMotion& gm = f_.global_motion;
        for (auto& params : gm.params) std::copy_n(kIdentityWarp.begin(), 6, params);
        for (size_t ref = 1; ref < 8 && !f_.intra(); ++ref) {
            if (!in_.flag()) continue;
            uint32_t type = kRotzoom;
            if (!in_.flag()) type = in_.flag() ? kTranslation : kAffine;
            gm.type[ref] = type;
            gm.flags[ref] = kIsGlobal;
            if (type == kRotzoom) gm.flags[ref] |= kIsRotZoom;
            if (type == kTranslation) gm.flags[ref] |= kIsTranslation;
            if (type >= kRotzoom) {
                read_global_param(type, ref, 2);
                read_global_param(type, ref, 3);
                if (type == kAffine) {
                    read_global_param(type, ref, 4);
                    read_global_param(type, ref, 5);
                } else {
                    gm.params[ref][4] = -gm.params[ref][3];
                    gm.params[ref][5] = gm.params[ref][2];
                }
            }
            read_global_param(type, ref, 0);
            read_global_param(type, ref, 1);
        }
    }

    void points(uint8_t& count, uint8_t* values, uint8_t* scalings) {
        count = static_cast<uint8_t>(in_.bits(4));
        for (size_t i = 0; i < count; ++i) {
            values[i] = static_cast<uint8_t>(in_.bits(8));
            scalings[i] = static_cast<uint8_t>(in_.bits(8));
        }
    }

    void coefficients(uint8_t* values, unsigned count) {
        for (unsigned i = 0; i < count; ++i) values[i] = static_cast<uint8_t>(in_.bits(8));
    }

    void grain() {
        FilmGrain& g = result_.grain;
        if (!in_.flag()) return;
        g.flags = kApplyGrain | kUpdateGrain;
        g.grain_seed = static_cast<uint16_t>(in_.bits(16));
        if (f_.frame_type == kInterFrame && !in_.flag()) std::abort();
        points(g.num_y_points, g.point_y_value, g.point_y_scaling);
        if (!mono()) set_if(in_.flag(), kChromaScalingFromLuma, g.flags);
        if (!mono() && !g.has(kChromaScalingFromLuma) && g.num_y_points != 0) {
            points(g.num_cb_points, g.point_cb_value, g.point_cb_scaling);
            points(g.num_cr_points, g.point_cr_value, g.point_cr_scaling);
        }
        g.grain_scaling_minus_8 = static_cast<uint8_t>(in_.bits(2));
        g.ar_coeff_lag = static_cast<uint8_t>(in_.bits(2));
        const unsigned luma = 2U * g.ar_coeff_lag * (g.ar_coeff_lag + 1U);
        const unsigned chroma = luma + (g.num_y_points != 0 ? 1 : 0);
        if (g.num_y_points != 0) coefficients(g.ar_coeffs_y_plus_128, luma);
        const bool scaled = g.has(kChromaScalingFromLuma);
        if (scaled || g.num_cb_points != 0) coefficients(g.ar_coeffs_cb_plus_128, chroma);
        if (scaled || g.num_cr_points != 0) coefficients(g.ar_coeffs_cr_plus_128, chroma);
        g.ar_coeff_shift_minus_6 = static_cast<uint8_t>(in_.bits(2));
        g.grain_scale_shift = static_cast<uint8_t>(in_.bits(2));
        if (g.num_cb_points != 0) {
            g.cb_mult = static_cast<uint8_t>(in_.bits(8));
            g.cb_luma_mult = static_cast<uint8_t>(in_.bits(8));
            g.cb_offset = static_cast<uint16_t>(in_.bits(9));
        }
        if (g.num_cr_points != 0) {
            g.cr_mult = static_cast<uint8_t>(in_.bits(8));
            g.cr_luma_mult = static_cast<uint8_t>(in_.bits(8));
            g.cr_offset = static_cast<uint16_t>(in_.bits(9));
        }
        set_if(in_.flag(), kOverlap, g.flags);
        set_if(in_.flag(), kClipToRestrictedRange, g.flags);
    }

    BitReader in_;
    const Sequence& sequence_;
    const References& given_;
    size_t bytes_;
    ReadFrame result_;
    Frame& f_ = result_.frame;
};

}  // namespace

ReadSequence read_sequence_header(std::span<const uint8_t> payload) {
    BitReader in(payload);
    ReadSequence result;
    Sequence& sequence = result.sequence;
    const auto flag = [&](SequenceFlag which) { set_if(in.flag(), which, sequence.flags); };
    sequence.seq_profile = static_cast<uint8_t>(in.bits(3));
    flag(kStillPicture);
    if (in.flag() || in.flag() || in.flag()) return result;  // reduced, timing, display delay
    if (in.bits(5) != 0 || in.bits(12) != 0) return result;  // operating points
    if (in.bits(5) > 7 && in.flag()) return result;          // level and tier
    const unsigned width_bits = in.bits(4) + 1;
    const unsigned height_bits = in.bits(4) + 1;
    sequence.max_frame_width_minus_1 = static_cast<uint16_t>(in.bits(width_bits));
    sequence.max_frame_height_minus_1 = static_cast<uint16_t>(in.bits(height_bits));
    if (in.flag()) return result;  // frame ids
    flag(kUse128x128Superblock);
    flag(kEnableFilterIntra);
    flag(kEnableIntraEdgeFilter);
    flag(kEnableInterintraCompound);
    flag(kEnableMaskedCompound);
    flag(kEnableWarpedMotion);
    flag(kEnableDualFilter);
    flag(kEnableOrderHint);
    if (sequence.has(kEnableOrderHint)) {
        flag(kEnableJntComp);
        flag(kEnableRefFrameMvs);
    }
    if (!in.flag() || !in.flag()) return result;  // screen content and integer mv: chosen by frame
    if (sequence.has(kEnableOrderHint)) {
        sequence.order_hint_bits = static_cast<uint8_t>(in.bits(3) + 1);
    }
    flag(kEnableSuperres);
    flag(kEnableCdef);
    flag(kEnableRestoration);
    sequence.bit_depth = in.flag() ? 10 : 8;
    flag(kMonoChrome);
    if (in.flag()) return result;  // color description
    flag(kColorRange);
    sequence.flags |= kSubsamplingX | kSubsamplingY;
    if (!sequence.has(kMonoChrome)) {
        in.bits(2);
        flag(kSeparateUvDeltaQ);
    }
    flag(kFilmGrainParamsPresent);
    result.complete = ends_with_trailing_bits(in, payload.size());
    return result;
}

ReadFrame read_frame_header(std::span<const uint8_t> payload, const Sequence& sequence,
                            const References& references) {
    return FrameReader(payload, sequence, references).run();
}
