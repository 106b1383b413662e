// SPDX-License-Identifier: MIT
#include "pixel/compose.h"

#include <algorithm>
#include <memory>
#include <vector>

#include "pixel/canvas.h"
#include "pixel/layer_rows.h"

namespace v4l2va {

class Composer::Work {
  public:
    bool compose(const TargetPicture& target, const Colour& background,
                 std::span<const Layer> layers) {
        canvas_.start(target, background);
        while (layers_.size() < layers.size()) {
            layers_.push_back(std::make_unique<LayerRows>());
        }
        for (size_t i = 0; i < layers.size(); ++i) {
            layers_[i]->start(layers[i], target);
        }
        const bool is_covered = !layers.empty() && layers_[0]->covers_target();
        const bool is_plain = layers.size() == 1 && layers_[0]->is_plain();
        for (uint32_t top = 0; top < target.height; top += Canvas::kRows) {
            const uint32_t bottom = std::min(top + Canvas::kRows, target.height);
            if (is_plain) {
                if (!layers_[0]->copy(top, bottom)) {
                    return false;
                }
                continue;
            }
            if (!is_covered) {
                canvas_.clear(top, bottom);
            }
            for (size_t i = 0; i < layers.size(); ++i) {
                if (!layers_[i]->draw(top, bottom, canvas_)) {
                    return false;
                }
            }
            if (!canvas_.store(top, bottom)) {
                return false;
            }
        }
        return true;
    }

  private:
    Canvas canvas_;
    std::vector<std::unique_ptr<LayerRows>> layers_;
};

Composer::Composer() : work_(std::make_unique<Work>()) {}

Composer::~Composer() = default;

bool Composer::compose(const TargetPicture& target, const Colour& background,
                       std::span<const Layer> layers) {
    return work_->compose(target, background, layers);
}

}  // namespace v4l2va
