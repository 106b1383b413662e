// SPDX-License-Identifier: MIT
// Mapping: the one owner of a memory mapping.
#include "base/mapping.h"

#include <sys/mman.h>

namespace v4l2va {

Mapping& Mapping::operator=(Mapping&& other) noexcept {
    if (this != &other) {
        reset();
        data_ = std::exchange(other.data_, nullptr);
        size_ = std::exchange(other.size_, 0);
    }
    return *this;
}

void Mapping::reset() {
    if (data_ != nullptr) {
        (void)::munmap(data_, size_);
    }
    data_ = nullptr;
    size_ = 0;
}

}  // namespace v4l2va
