// SPDX-License-Identifier: MIT
// Composer: makes a picture of others: cropped, turned, scaled, with other colours, one over
// another.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>

#include "pixel/colour.h"
#include "pixel/field_reader.h"
#include "pixel/picture.h"
#include "pixel/resample.h"
#include "pixel/row_source.h"

namespace v4l2va {

struct Region {
    int32_t x = 0;
    int32_t y = 0;
    uint32_t width = 0;
    uint32_t height = 0;
};

enum class Blending : uint8_t {
    kNone,           // what is below vanishes
    kStraight,       // by the source's alpha, if it has one, and `alpha`
    kPremultiplied,  // the same; the source's colours are multiplied by its alpha already
};

// Which field of an interlaced source is shown in full height: FieldReader.
struct Interlacing {
    Field field = Field::kTop;
    bool is_second = false;  // the other field was before
    // The frame before, of the same format and size, for motion adaptive deinterlacing.
    std::optional<std::array<TiledPlane, kMaxPicturePlanes>> previous;
};

struct Layer {
    SourcePicture source;
    std::optional<Interlacing> interlacing;
    Region crop;    // of the source, within it and not empty
    Turn turn;      // of what was cropped
    Region target;  // where that goes, scaled; not empty; may reach beyond the target
    ScalingFilter filter = ScalingFilter::kBilinear;
    ColourBalance balance;
    Blending blending = Blending::kNone;
    double alpha = 1;  // 0 to 1
};

struct Colour {
    uint8_t alpha = 255;
    uint8_t red = 0;
    uint8_t green = 0;
    uint8_t blue = 0;
};

// Keeps its memory from picture to picture: about 32 rows of the target and of each source.
class Composer {
  public:
    Composer();
    Composer(const Composer&) = delete;
    Composer& operator=(const Composer&) = delete;
    ~Composer();

    // Writes the whole target from the top down, each byte once, and never reads it: `background`
    // where no layer is, then the layers in their order. Each byte of a layer's crop is read at
    // most once, but for YUY2 that is turned, and rows between blocks of 32 of a field. Throws
    // std::bad_alloc. False, with a part of the target written, when a plane reaches beyond its
    // memory.
    [[nodiscard]] bool compose(const TargetPicture& target, const Colour& background,
                               std::span<const Layer> layers);

  private:
    class Work;
    std::unique_ptr<Work> work_;
};

}  // namespace v4l2va
