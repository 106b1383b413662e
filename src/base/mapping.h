// SPDX-License-Identifier: MIT
// Mapping: the one owner of a memory mapping.
#pragma once

#include <cstddef>
#include <span>
#include <utility>

namespace v4l2va {

// Move-only; unmaps on destruction. Empty when size() is 0.
class Mapping {
  public:
    Mapping() = default;
    Mapping(void* data, size_t size) : data_(static_cast<std::byte*>(data)), size_(size) {}
    Mapping(Mapping&& other) noexcept
        : data_(std::exchange(other.data_, nullptr)), size_(std::exchange(other.size_, 0)) {}
    Mapping& operator=(Mapping&& other) noexcept;
    Mapping(const Mapping&) = delete;
    Mapping& operator=(const Mapping&) = delete;
    ~Mapping() { reset(); }

    [[nodiscard]] std::byte* data() const { return data_; }
    [[nodiscard]] size_t size() const { return size_; }
    [[nodiscard]] std::span<std::byte> bytes() const { return {data_, size_}; }
    explicit operator bool() const { return data_ != nullptr; }

    void reset();

  private:
    std::byte* data_ = nullptr;
    size_t size_ = 0;
};

}  // namespace v4l2va
