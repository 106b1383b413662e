// SPDX-License-Identifier: MIT
// The AV1 controls, which Linux has since 6.5: ids, types, structs.
#pragma once

#include <linux/v4l2-controls.h>

#include <cstddef>
#include <cstdint>

namespace vdec::av1 {

constexpr uint32_t kPixelFormat = 0x46315641;  // V4L2_PIX_FMT_AV1_FRAME, "AV1F"
constexpr uint32_t kCidProfile = V4L2_CID_CODEC_BASE + 655;
constexpr uint32_t kCidLevel = V4L2_CID_CODEC_BASE + 656;
constexpr uint32_t kCidSequence = V4L2_CID_CODEC_STATELESS_BASE + 500;
constexpr uint32_t kCidTileGroupEntry = V4L2_CID_CODEC_STATELESS_BASE + 501;
constexpr uint32_t kCidFrame = V4L2_CID_CODEC_STATELESS_BASE + 502;
constexpr uint32_t kCidFilmGrain = V4L2_CID_CODEC_STATELESS_BASE + 505;
constexpr uint32_t kTypeSequence = 0x280;
constexpr uint32_t kTypeTileGroupEntry = 0x281;
constexpr uint32_t kTypeFrame = 0x282;
constexpr uint32_t kTypeFilmGrain = 0x283;

constexpr size_t kSlots = 8;         // NUM_REF_FRAMES
constexpr size_t kRefsPerFrame = 7;  // REFS_PER_FRAME
constexpr size_t kSegments = 8;
constexpr size_t kMaxTileSide = 64;
constexpr size_t kMaxTiles = 512;
constexpr unsigned kPrimaryRefNone = 7;
constexpr unsigned kSuperresNum = 8;

enum SequenceFlag : uint32_t {
    kStillPicture = 1U << 0,
    kUse128x128Superblock = 1U << 1,
    kEnableFilterIntra = 1U << 2,
    kEnableIntraEdgeFilter = 1U << 3,
    kEnableInterintraCompound = 1U << 4,
    kEnableMaskedCompound = 1U << 5,
    kEnableWarpedMotion = 1U << 6,
    kEnableDualFilter = 1U << 7,
    kEnableOrderHint = 1U << 8,
    kEnableJntComp = 1U << 9,
    kEnableRefFrameMvs = 1U << 10,
    kEnableSuperres = 1U << 11,
    kEnableCdef = 1U << 12,
    kEnableRestoration = 1U << 13,
    kMonoChrome = 1U << 14,
    kColorRange = 1U << 15,
    kSubsamplingX = 1U << 16,
    kSubsamplingY = 1U << 17,
    kFilmGrainParamsPresent = 1U << 18,
    kSeparateUvDeltaQ = 1U << 19,
};
constexpr uint32_t kAllSequenceFlags = (1U << 20) - 1;

struct Sequence {
    uint32_t flags;
    uint8_t seq_profile;
    uint8_t order_hint_bits;
    uint8_t bit_depth;
    uint8_t reserved;
    uint16_t max_frame_width_minus_1;
    uint16_t max_frame_height_minus_1;

    [[nodiscard]] bool has(SequenceFlag flag) const { return (flags & flag) != 0; }
};
static_assert(sizeof(Sequence) == 12);

struct TileGroupEntry {
    uint32_t tile_offset;
    uint32_t tile_size;
    uint32_t tile_row;
    uint32_t tile_col;
};
static_assert(sizeof(TileGroupEntry) == 16);

enum WarpModel : uint32_t { kIdentity, kTranslation, kRotzoom, kAffine };

enum GlobalMotionFlag : uint8_t { kIsGlobal = 1, kIsRotZoom = 2, kIsTranslation = 4 };

// By reference name: 0 is the frame itself, 1 LAST ... 7 ALTREF.
struct GlobalMotion {
    uint8_t flags[kSlots];
    uint32_t type[kSlots];  // WarpModel
    int32_t params[kSlots][6];
    uint8_t invalid;
    uint8_t reserved[3];
};

enum RestorationType : uint32_t { kRestoreNone, kWiener, kSgrproj, kRestoreSwitchable };

enum RestorationFlag : uint8_t { kUsesLr = 1, kUsesChromaLr = 2 };

struct LoopRestoration {
    uint8_t flags;
    uint8_t lr_unit_shift;
    uint8_t lr_uv_shift;
    uint8_t reserved;
    uint32_t frame_restoration_type[3];  // RestorationType
    uint32_t loop_restoration_size[3];
};

struct Cdef {
    uint8_t damping_minus_3;
    uint8_t bits;
    uint8_t y_pri_strength[8];
    uint8_t y_sec_strength[8];
    uint8_t uv_pri_strength[8];
    uint8_t uv_sec_strength[8];
};

enum SegmentationFlag : uint8_t {
    kSegEnabled = 1,
    kSegUpdateMap = 2,
    kSegTemporalUpdate = 4,
    kSegUpdateData = 8,
    kSegIdPreSkip = 16,
};

enum SegmentFeature : size_t { kSegAltQ = 0, kSegRefFrame = 5, kSegFeatures = 8 };

struct Segmentation {
    uint8_t flags;
    uint8_t last_active_seg_id;
    uint8_t feature_enabled[kSegments];
    int16_t feature_data[kSegments][kSegFeatures];

    [[nodiscard]] bool has(SegmentationFlag flag) const { return (flags & flag) != 0; }
};

enum LoopFilterFlag : uint8_t {
    kLfDeltaEnabled = 1,
    kLfDeltaUpdate = 2,
    kDeltaLfPresent = 4,
    kDeltaLfMulti = 8,
};

struct LoopFilter {
    uint8_t flags;
    uint8_t level[4];
    uint8_t sharpness;
    int8_t ref_deltas[kSlots];
    int8_t mode_deltas[2];
    uint8_t delta_lf_res;

    [[nodiscard]] bool has(LoopFilterFlag flag) const { return (flags & flag) != 0; }
};

enum QuantizationFlag : uint8_t { kDiffUvDelta = 1, kUsingQmatrix = 2, kDeltaQPresent = 4 };

struct Quantization {
    uint8_t flags;
    uint8_t base_q_idx;
    int8_t delta_q_y_dc;
    int8_t delta_q_u_dc;
    int8_t delta_q_u_ac;
    int8_t delta_q_v_dc;
    int8_t delta_q_v_ac;
    uint8_t qm_y;
    uint8_t qm_u;
    uint8_t qm_v;
    uint8_t delta_q_res;

    [[nodiscard]] bool has(QuantizationFlag flag) const { return (flags & flag) != 0; }
};

constexpr uint8_t kUniformTileSpacing = 1;

struct TileInfo {
    uint8_t flags;
    uint8_t context_update_tile_id;
    uint8_t tile_cols;
    uint8_t tile_rows;
    uint32_t mi_col_starts[kMaxTileSide + 1];
    uint32_t mi_row_starts[kMaxTileSide + 1];
    uint32_t width_in_sbs_minus_1[kMaxTileSide];
    uint32_t height_in_sbs_minus_1[kMaxTileSide];
    uint8_t tile_size_bytes;
    uint8_t reserved[3];

    [[nodiscard]] bool uniform() const { return (flags & kUniformTileSpacing) != 0; }
    [[nodiscard]] size_t count() const { return size_t{tile_cols} * tile_rows; }
};

enum FrameType : uint32_t { kKeyFrame, kInterFrame, kIntraOnlyFrame, kSwitchFrame };

enum TxMode : uint32_t { kOnly4x4, kTxLargest, kTxSelect };

constexpr uint32_t kInterpolationSwitchable = 4;

enum FrameFlag : uint32_t {
    kShowFrame = 1U << 0,
    kShowableFrame = 1U << 1,
    kErrorResilientMode = 1U << 2,
    kDisableCdfUpdate = 1U << 3,
    kAllowScreenContentTools = 1U << 4,
    kForceIntegerMv = 1U << 5,
    kAllowIntrabc = 1U << 6,
    kUseSuperres = 1U << 7,
    kAllowHighPrecisionMv = 1U << 8,
    kIsMotionModeSwitchable = 1U << 9,
    kUseRefFrameMvs = 1U << 10,
    kDisableFrameEndUpdateCdf = 1U << 11,
    kAllowWarpedMotion = 1U << 12,
    kReferenceSelect = 1U << 13,
    kReducedTxSet = 1U << 14,
    kSkipModeAllowed = 1U << 15,
    kSkipModePresent = 1U << 16,
    kFrameSizeOverride = 1U << 17,
    kBufferRemovalTimePresent = 1U << 18,
    kFrameRefsShortSignaling = 1U << 19,
};
constexpr uint32_t kAllFrameFlags = (1U << 20) - 1;

struct Frame {
    TileInfo tile_info;
    Quantization quantization;
    uint8_t superres_denom;
    Segmentation segmentation;
    LoopFilter loop_filter;
    Cdef cdef;
    uint8_t skip_mode_frame[2];
    uint8_t primary_ref_frame;
    LoopRestoration loop_restoration;
    GlobalMotion global_motion;
    uint32_t flags;
    uint32_t frame_type;  // FrameType
    uint32_t order_hint;
    uint32_t upscaled_width;
    uint32_t interpolation_filter;
    uint32_t tx_mode;  // TxMode
    uint32_t frame_width_minus_1;
    uint32_t frame_height_minus_1;
    uint16_t render_width_minus_1;
    uint16_t render_height_minus_1;
    uint32_t current_frame_id;
    uint32_t buffer_removal_time[32];
    uint8_t reserved[4];
    uint32_t order_hints[kSlots];
    uint64_t reference_frame_ts[kSlots];
    int8_t ref_frame_idx[kRefsPerFrame];
    uint8_t refresh_frame_flags;

    [[nodiscard]] bool has(FrameFlag flag) const { return (flags & flag) != 0; }
    [[nodiscard]] bool intra() const {
        return frame_type == kKeyFrame || frame_type == kIntraOnlyFrame;
    }
    // The slot of reference `i`; 0 is LAST.
    [[nodiscard]] size_t slot_of(size_t i) const {
        return static_cast<size_t>(ref_frame_idx[i]) % kSlots;
    }
};
static_assert(sizeof(Frame) == 1784);

enum FilmGrainFlag : uint8_t {
    kApplyGrain = 1,
    kUpdateGrain = 2,
    kChromaScalingFromLuma = 4,
    kOverlap = 8,
    kClipToRestrictedRange = 16,
};

struct FilmGrain {
    uint8_t flags;
    uint8_t cr_mult;
    uint16_t grain_seed;
    uint8_t film_grain_params_ref_idx;
    uint8_t num_y_points;
    uint8_t point_y_value[16];
    uint8_t point_y_scaling[16];
    uint8_t num_cb_points;
    uint8_t point_cb_value[16];
    uint8_t point_cb_scaling[16];
    uint8_t num_cr_points;
    uint8_t point_cr_value[16];
    uint8_t point_cr_scaling[16];
    uint8_t grain_scaling_minus_8;
    uint8_t ar_coeff_lag;
    uint8_t ar_coeffs_y_plus_128[25];
    uint8_t ar_coeffs_cb_plus_128[25];
    uint8_t ar_coeffs_cr_plus_128[25];
    uint8_t ar_coeff_shift_minus_6;
    uint8_t grain_scale_shift;
    uint8_t cb_mult;
    uint8_t cb_luma_mult;
    uint8_t cr_luma_mult;
    uint16_t cb_offset;
    uint16_t cr_offset;
    uint8_t reserved[4];

    [[nodiscard]] bool has(FilmGrainFlag flag) const { return (flags & flag) != 0; }
};
static_assert(sizeof(FilmGrain) == 194);

}  // namespace vdec::av1
