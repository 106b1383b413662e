// SPDX-License-Identifier: MIT
#include "pixel/layer_rows.h"

#include <algorithm>
#include <cmath>
#include <cstddef>

namespace v4l2va {

namespace {

constexpr int32_t kOne = 1 << kWeightBits;

// Where samples of a component lie along an axis, in pixels: sample i at `first` + i * `each`.
struct Grid {
    double first = 0.5;
    double each = 1;
};

Grid grid_of(const PictureFormat& format, bool chroma, bool down) {
    const uint32_t each = down ? format.chroma_rows() : format.chroma_columns();
    if (!chroma || each == 1) {
        return {};
    }
    const bool on_first = down ? format.site.top : format.site.left;
    return {on_first ? 0.5 : 1.0, 2};
}

// An axis of the target region, and what of the source becomes that.
struct AxisMap {
    double target_start = 0;
    double target_length = 1;
    double source_start = 0;
    double source_length = 1;
    bool reversed = false;
};

// `size`: of the component in the source.
ResampleAxis make_axis(const AxisMap& map, const Grid& source, const Grid& target, uint32_t begin,
                       uint32_t end, uint32_t size) {
    const double ratio = map.source_length / map.target_length;
    const double from = target.first + target.each * begin - map.target_start;
    const double pixel = map.reversed ? map.source_start + map.source_length - from * ratio
                                      : map.source_start + from * ratio;
    ResampleAxis axis;
    axis.start = (pixel - source.first) / source.each;
    axis.step = (map.reversed ? -1 : 1) * target.each * ratio / source.each;
    axis.count = end - begin;
    axis.begin = static_cast<int32_t>(std::floor(map.source_start / source.each));
    axis.end = std::min(
        static_cast<int32_t>(size),
        static_cast<int32_t>(std::ceil((map.source_start + map.source_length) / source.each)));
    return axis;
}

// The same samples, counted from the other end.
ResampleAxis upside_down(ResampleAxis axis, uint32_t size) {
    const auto last = static_cast<int32_t>(size) - 1;
    axis.start = last - axis.start;
    axis.step = -axis.step;
    const int32_t begin = axis.begin;
    axis.begin = last + 1 - axis.end;
    axis.end = last + 1 - begin;
    return axis;
}

uint32_t divided_up(uint32_t value, uint32_t by) { return (value + by - 1) / by; }

}  // namespace

LayerRows::Part LayerRows::part(uint32_t columns_each, uint32_t rows_each) const {
    return {pixels_.left / columns_each, pixels_.top / rows_each,
            divided_up(pixels_.right, columns_each), divided_up(pixels_.bottom, rows_each)};
}

LayerRows::Planes LayerRows::open(const std::array<TiledPlane, kMaxPicturePlanes>& planes) const {
    const SourcePicture& source = layer_.source;
    const PictureFormat& format = source.format;
    const uint32_t bytes = format.sample_bytes();
    const uint32_t chroma_width = divided_up(source.width, format.chroma_columns());
    const uint32_t chroma_height = divided_up(source.height, format.chroma_rows());
    const PlaneElements luma = {source.width, source.height, 1, bytes};
    const PlaneElements pairs = {chroma_width, chroma_height, 2, bytes};
    const PlaneElements single = {chroma_width, chroma_height, 1, bytes};
    Planes opened;
    switch (format.planes) {
        case PlaneArrangement::kSemiPlanar:
            opened[0].emplace(planes[0], luma);
            opened[1].emplace(planes[1], pairs);
            break;
        case PlaneArrangement::kPlanar:
            opened[0].emplace(planes[0], luma);
            opened[1].emplace(planes[1], single);
            opened[2].emplace(planes[2], single);
            break;
        case PlaneArrangement::kPackedYuv:
            opened[0].emplace(planes[0], luma, PackedPart::kLuma);
            opened[1].emplace(planes[0], pairs, PackedPart::kChroma);
            break;
        case PlaneArrangement::kPackedRgb:
            opened[0].emplace(planes[0], PlaneElements{source.width, source.height, 4, bytes});
            break;
    }
    return opened;
}

void LayerRows::make_readers() {
    planes_ = open(layer_.source.planes);
    previous_planes_ = {};
    fields_ = {};
    readers_ = {};
    const auto& interlacing = layer_.interlacing;
    if (interlacing && interlacing->previous) {
        previous_planes_ = open(*interlacing->previous);
    }
    for (size_t i = 0; i < kMaxPicturePlanes && planes_[i]; ++i) {
        readers_[i] = &*planes_[i];
        if (interlacing) {
            PlaneReader* const previous = previous_planes_[i] ? &*previous_planes_[i] : nullptr;
            readers_[i] = &fields_[i].emplace(FieldReader::Frames{&*planes_[i], previous},
                                              interlacing->field, interlacing->is_second);
        }
    }
}

void LayerRows::start_scaler(size_t plane, bool chroma, const Part& part, bool full_grid) {
    const PictureFormat& from = layer_.source.format;
    const PictureFormat& to = target_.format;
    const Turn& turn = layer_.turn;
    const PlaneElements& elements = readers_[plane]->elements();
    // Along the source's own axes.
    const auto axis = [&](bool target_down) {
        const bool down = target_down != turn.transpose;
        const Region& crop = layer_.crop;
        const Region& region = layer_.target;
        const AxisMap map = {static_cast<double>(target_down ? region.y : region.x),
                             static_cast<double>(target_down ? region.height : region.width),
                             static_cast<double>(down ? crop.y : crop.x),
                             static_cast<double>(down ? crop.height : crop.width),
                             target_down ? turn.flip_rows : turn.mirror_columns};
        return make_axis(map, grid_of(from, chroma, down),
                         grid_of(to, chroma && !full_grid, target_down),
                         target_down ? part.top : part.left, target_down ? part.bottom : part.right,
                         down ? elements.height : elements.width);
    };
    ResampleAxis rows = axis(true);
    if (turn.flip_rows) {
        rows = upside_down(rows, turn.transpose ? elements.width : elements.height);
    }
    scalers_[plane].start(*readers_[plane], turn, make_resample_table(rows, layer_.filter, 2),
                          make_resample_table(axis(false), layer_.filter, 4));
}

void LayerRows::start(const Layer& layer, const TargetPicture& target) {
    layer_ = layer;
    target_ = target;
    const auto clipped = [](int64_t value, uint32_t size) {
        return static_cast<uint32_t>(std::clamp<int64_t>(value, 0, size));
    };
    const Region& region = layer.target;
    pixels_ = {clipped(region.x, target.width), clipped(region.y, target.height),
               clipped(int64_t{region.x} + region.width, target.width),
               clipped(int64_t{region.y} + region.height, target.height)};
    is_visible_ = pixels_.left < pixels_.right && pixels_.top < pixels_.bottom;
    if (!is_visible_) {
        return;
    }
    transform_ =
        make_colour_transform(layer.source.format.colour, target.format.colour, layer.balance);
    is_apart_ = transform_.is_apart;
    is_blended_ =
        layer.blending != Blending::kNone && (layer.alpha < 1 || layer.source.format.has_alpha);
    chroma_ = part(target.format.chroma_columns(), target.format.chroma_rows());
    make_readers();
    for (size_t i = 0; i < kMaxPicturePlanes; ++i) {
        if (readers_[i]) {
            const bool chroma = i > 0;
            start_scaler(i, chroma, chroma && is_apart_ ? chroma_ : pixels_, !is_apart_);
        }
    }
    components_.resize(4, pixels_.width() + 2);
    alpha_.resize(1, pixels_.width() + 2);
    std::fill_n(alpha_.row(0), pixels_.width() + 2,
                static_cast<int16_t>(std::lround(layer.alpha * kOne)));
    for (SampleRows& rows : chroma_rows_) {
        rows.resize(3, pixels_.width() + 2);
    }
    halved_.resize(3, pixels_.width() / 2 + 2);
}

// A row of all channels of the planes from `first_plane` on.
bool LayerRows::read_row(uint32_t first_plane, uint32_t row, int16_t* const* out) {
    size_t channel = 0;
    for (size_t i = first_plane; i < kMaxPicturePlanes && readers_[i]; ++i) {
        if (!scalers_[i].row(row, out + channel)) {
            return false;
        }
        channel += readers_[i]->elements().channels;
    }
    return true;
}

// What a component is where there is no colour at all.
int16_t LayerRows::base_of(uint32_t component) const {
    const ColourSpace& colour = target_.format.colour;
    if (component != 0 && !colour.is_rgb) {
        return 128 << 6;
    }
    return colour.full_range ? 0 : 16 << 6;
}

void LayerRows::put(uint32_t component, const int16_t* in, const int16_t* alpha, size_t count,
                    int16_t* out) const {
    const ProcessKernels& kernels = process_kernels();
    if (!is_blended_) {
        if (in != out) {
            std::copy_n(in, count, out);
        }
    } else if (layer_.blending == Blending::kPremultiplied && layer_.source.format.has_alpha) {
        kernels.blend_premultiplied(in, alpha, base_of(component), count, out);
    } else {
        kernels.blend(in, alpha, count, out);
    }
}

bool LayerRows::draw_luma(uint32_t y, Canvas& canvas) {
    int16_t* const to = canvas.row(0, y) + pixels_.left;
    int16_t* const row = is_blended_ ? components_.row(0) : to;
    if (!scalers_[0].row(y - pixels_.top, &row)) {
        return false;
    }
    if (!transform_.is_identity) {
        process_kernels().affine(transform_.factors[0][0], transform_.offsets[0], transform_.shift,
                                 row, pixels_.width());
    }
    put(0, row, alpha_.row(0), pixels_.width(), to);
    return true;
}

bool LayerRows::draw_chroma(uint32_t y, Canvas& canvas) {
    const std::array<int16_t*, 2> to = {canvas.row(1, y) + chroma_.left,
                                        canvas.row(2, y) + chroma_.left};
    std::array<int16_t*, 3> rows = {components_.row(0), to[0], to[1]};
    if (is_blended_) {
        rows = {components_.row(0), components_.row(1), components_.row(2)};
    }
    if (!read_row(1, y - chroma_.top, &rows[1])) {
        return false;
    }
    if (!transform_.is_identity) {
        std::fill_n(rows[0], chroma_.width(), int16_t{0});
        process_kernels().transform(transform_, rows.data(), chroma_.width());
    }
    put(1, rows[1], alpha_.row(0), chroma_.width(), to[0]);
    put(2, rows[2], alpha_.row(0), chroma_.width(), to[1]);
    return true;
}

// Of `own`, a row of alpha as samples are, and of the layer's.
const int16_t* LayerRows::alpha_row(const int16_t* own, size_t count) {
    if (!layer_.source.format.has_alpha) {
        return alpha_.row(0);
    }
    constexpr int32_t kOpaque = 255 << 6;
    const auto factor = static_cast<int32_t>(std::lround(layer_.alpha * kOne));
    for (size_t i = 0; i < count; ++i) {
        const int32_t alpha =
            (std::clamp<int32_t>(own[i], 0, kOpaque) * kOne + kOpaque / 2) / kOpaque;
        alpha_.row(0)[i] = static_cast<int16_t>((alpha * factor + kOne / 2) >> kWeightBits);
    }
    return alpha_.row(0);
}

// Where the layer itself is translucent, colours that are multiplied by the source's alpha already
// are multiplied by the layer's, too.
void LayerRows::fade(uint32_t component, int16_t* row, size_t count) const {
    const auto factor = static_cast<int32_t>(std::lround(layer_.alpha * kOne));
    const int32_t base = base_of(component);
    for (size_t i = 0; i < count; ++i) {
        row[i] =
            static_cast<int16_t>(base + (((row[i] - base) * factor + kOne / 2) >> kWeightBits));
    }
}

// Of a target of RGB: how opaque the pixels become.
void LayerRows::put_alpha(const int16_t* own, const int16_t* alpha, int16_t* out) const {
    constexpr auto kOpaque = static_cast<int16_t>(255 << 6);
    const size_t count = pixels_.width();
    if (!target_.format.has_alpha || own == out) {
        return;
    }
    for (size_t i = 0; i < count; ++i) {
        const int32_t rest = is_blended_ ? kOne - alpha[i] : 0;
        const int32_t over = is_blended_ ? alpha[i] * kOpaque : own[i] * kOne;
        out[i] = static_cast<int16_t>((over + out[i] * rest + kOne / 2) >> kWeightBits);
    }
}

// Rows of pixels in full resolution. One of luma or RGB goes to the canvas, chroma only with the
// row that it shares it with.
bool LayerRows::draw_pixels(uint32_t y, Canvas& canvas) {
    const PictureFormat& from = layer_.source.format;
    const size_t count = pixels_.width();
    std::array<int16_t*, 4> rows{};
    std::array<int16_t*, 4> channels{};
    const bool is_rgb = target_.format.is_rgb();
    for (uint32_t i = 0; i < 4; ++i) {
        const bool is_shown = i == 0 || (is_rgb && (i < 3 || target_.format.has_alpha));
        rows[i] = is_shown && !is_blended_ ? canvas.row(i, y) + pixels_.left : components_.row(i);
    }
    for (uint32_t i = 0; i < 4; ++i) {
        channels[from.is_rgb() ? from.rgb_places[i] : i] = rows[i];
    }
    if (!read_row(0, y - pixels_.top, channels.data())) {
        return false;
    }
    if (!transform_.is_identity) {
        process_kernels().transform(transform_, rows.data(), count);
    }
    if (!from.has_alpha) {
        std::fill_n(rows[3], count, static_cast<int16_t>(255 << 6));
    }
    const int16_t* const alpha = alpha_row(rows[3], count);
    if (layer_.blending == Blending::kPremultiplied && from.has_alpha && layer_.alpha < 1) {
        for (uint32_t i = 0; i < 3; ++i) {
            fade(i, rows[i], count);
        }
    }
    put(0, rows[0], alpha, count, canvas.row(0, y) + pixels_.left);
    if (!is_rgb) {
        keep_chroma(rows, alpha);
        return draw_halved(y, canvas);
    }
    put(1, rows[1], alpha, count, canvas.row(1, y) + pixels_.left);
    put(2, rows[2], alpha, count, canvas.row(2, y) + pixels_.left);
    put_alpha(rows[3], alpha, canvas.row(3, y) + pixels_.left);
    return true;
}

// The latest row of chroma and its alpha, from an even column on.
void LayerRows::keep_chroma(const std::array<int16_t*, 4>& rows, const int16_t* alpha) {
    // One sample more where chroma begins left of the layer.
    const bool is_odd = pixels_.left % 2 == 1;
    latest_ ^= 1;
    const std::array<const int16_t*, 3> kept = {rows[1], rows[2], alpha};
    for (uint32_t i = 0; i < 3; ++i) {
        int16_t* const to = chroma_rows_[latest_].row(i);
        std::copy_n(kept[i], pixels_.width(), to + (is_odd ? 1 : 0));
        if (is_odd) {
            to[0] = to[1];
        }
    }
}

// The chroma of one row, or of two that share it: after the second one.
bool LayerRows::draw_halved(uint32_t y, Canvas& canvas) {
    const uint32_t each = target_.format.chroma_rows();
    if (each == 2 && y % 2 == 0 && y + 1 < pixels_.bottom) {
        return true;
    }
    const bool has_both = each == 2 && y % 2 == 1 && y > pixels_.top;
    SampleRows& below = chroma_rows_[latest_];
    SampleRows& above = has_both ? chroma_rows_[latest_ ^ 1] : below;
    const ChromaSite site = target_.format.site;
    const size_t pixels = pixels_.right - size_t{2} * chroma_.left;
    for (uint32_t i = 0; i < 3; ++i) {
        process_kernels().halve(above.row(i), (site.top ? above : below).row(i), site.left, pixels,
                                halved_.row(i));
    }
    for (uint32_t i = 0; i < 2; ++i) {
        put(i + 1, halved_.row(i), halved_.row(2), chroma_.width(),
            canvas.row(i + 1, y / each) + chroma_.left);
    }
    return true;
}

bool LayerRows::covers_target() const {
    return is_visible_ && !is_blended_ && pixels_.width() == target_.width &&
           pixels_.bottom - pixels_.top == target_.height;
}

bool LayerRows::is_plain() const {
    const PictureFormat& from = layer_.source.format;
    const PictureFormat& to = target_.format;
    if (!covers_target() || !transform_.is_identity || from.planes != to.planes ||
        from.planes == PlaneArrangement::kPackedYuv ||
        from.colour.bit_depth != to.colour.bit_depth || from.rgb_places != to.rgb_places ||
        from.has_alpha != to.has_alpha) {
        return false;
    }
    for (size_t i = 0; i < kMaxPicturePlanes; ++i) {
        if (readers_[i] && !(scalers_[i].is_plain() && is_linear(target_.planes[i]))) {
            return false;
        }
    }
    return true;
}

bool LayerRows::copy(uint32_t top, uint32_t bottom) {
    for (size_t i = 0; i < kMaxPicturePlanes && readers_[i]; ++i) {
        const TiledPlaneTarget& to = target_.planes[i];
        const uint32_t each = i == 0 ? 1 : target_.format.chroma_rows();
        const uint32_t end = divided_up(bottom, each);
        const size_t bytes = scalers_[i].row_bytes();
        if (to.offset + (end - 1) * to.down + bytes > to.memory.size()) {
            return false;
        }
        for (uint32_t y = top / each; y < end; ++y) {
            if (!scalers_[i].copy(y, to.memory.data() + to.offset + y * to.down)) {
                return false;
            }
        }
    }
    return true;
}

bool LayerRows::draw(uint32_t top, uint32_t bottom, Canvas& canvas) {
    if (!is_visible_) {
        return true;
    }
    const uint32_t end = std::min(bottom, pixels_.bottom);
    for (uint32_t y = std::max(top, pixels_.top); y < end; ++y) {
        if (!(is_apart_ ? draw_luma(y, canvas) : draw_pixels(y, canvas))) {
            return false;
        }
    }
    if (!is_apart_) {
        return true;
    }
    const uint32_t each = target_.format.chroma_rows();
    const uint32_t chroma_end = std::min(divided_up(bottom, each), chroma_.bottom);
    for (uint32_t y = std::max(top / each, chroma_.top); y < chroma_end; ++y) {
        if (!draw_chroma(y, canvas)) {
            return false;
        }
    }
    return true;
}

}  // namespace v4l2va
