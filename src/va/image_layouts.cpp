// SPDX-License-Identifier: MIT
// ImageLayouts: how derived images lie in memory, for created images of the same size to be alike.
#include "va/image_layouts.h"

#include <algorithm>

namespace v4l2va {

namespace {

bool same_shape(const VAImage& a, const VAImage& b) {
    return a.format.fourcc == b.format.fourcc && a.width == b.width && a.height == b.height;
}

void copy_layout(const VAImage& from, VAImage& to) {
    std::copy(std::begin(from.pitches), std::end(from.pitches), std::begin(to.pitches));
    std::copy(std::begin(from.offsets), std::end(from.offsets), std::begin(to.offsets));
}

}  // namespace

void ImageLayouts::remember(const VAImage& derived) {
    const MutexLock lock(mutex_);
    for (VAImage& entry : entries_) {
        if (same_shape(entry, derived)) {
            copy_layout(derived, entry);
            return;
        }
    }
    entries_[next_] = derived;
    next_ = (next_ + 1) % kEntries;
}

bool ImageLayouts::apply(VAImage& image) const {
    const MutexLock lock(mutex_);
    for (const VAImage& entry : entries_) {
        if (same_shape(entry, image)) {
            copy_layout(entry, image);
            return true;
        }
    }
    return false;
}

}  // namespace v4l2va
