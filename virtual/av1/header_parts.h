// SPDX-License-Identifier: MIT
// The parts of an AV1 frame header, one function each, as 5.9 has them.
#pragma once

#include "av1/controls.h"
#include "av1/writer.h"
#include "backend/bits.h"

namespace vdec::av1 {

constexpr unsigned kTileSizeBytes = 4;  // of the tile groups that we write

void write_tile_info(BitWriter& out, const Sequence& sequence, const Frame& frame);
void write_quantization(BitWriter& out, const Sequence& sequence, const Quantization& quantization);
void write_segmentation(BitWriter& out, const Segmentation& segmentation, bool primary_ref_none);
// delta_q_params() and delta_lf_params().
void write_deltas(BitWriter& out, const Frame& frame);
void write_loop_filter(BitWriter& out, const Sequence& sequence, const LoopFilter& filter);
void write_cdef(BitWriter& out, const Sequence& sequence, const Cdef& cdef);
void write_restoration(BitWriter& out, const Sequence& sequence,
                       const LoopRestoration& restoration);
void write_global_motion(BitWriter& out, const Frame& frame, const MotionParams& previous);
void write_film_grain(BitWriter& out, const Sequence& sequence, const FilmGrain& grain,
                      bool codes_update);

}  // namespace vdec::av1
