// SPDX-License-Identifier: MIT
// Random legal AV1 controls.
#pragma once

#include <random>

#include "av1/controls.h"
#include "av1/writer.h"

class Av1Random {
  public:
    explicit Av1Random(unsigned seed) : engine_(seed) {}

    // A frame and what it refers to, as a client with a conforming stream would have it.
    vdec::av1::FrameToWrite frame();

    unsigned below(unsigned limit);
    int between(int low, int high);
    bool chance(unsigned percent) { return below(100) < percent; }

  private:
    vdec::av1::Sequence sequence();
    void sizes(vdec::av1::Frame& frame);
    void flags(const vdec::av1::Sequence& sequence, vdec::av1::Frame& frame);
    void tiles(const vdec::av1::Sequence& sequence, vdec::av1::Controls& controls);
    void quantization(const vdec::av1::Sequence& sequence, vdec::av1::Frame& frame);
    void segmentation(vdec::av1::Frame& frame);
    void filters(const vdec::av1::Sequence& sequence, vdec::av1::Frame& frame);
    void motion(vdec::av1::Frame& frame);
    void modes(const vdec::av1::Sequence& sequence, const vdec::av1::References& references,
               vdec::av1::Frame& frame);
    void grain(const vdec::av1::Sequence& sequence, vdec::av1::FilmGrain& grain);
    void points(uint8_t& count, unsigned limit, uint8_t* values, uint8_t* scalings);
    vdec::av1::WarpParams warp(uint32_t type, bool high_precision_mv);

    std::mt19937 engine_;
};
