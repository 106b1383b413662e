// SPDX-License-Identifier: MIT
// FuzzInput: a fuzzer's bytes as numbers, structs and patches.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <type_traits>

namespace v4l2va::fuzz {

// At the end of the data every number is 0 and every range empty.
class FuzzInput {
  public:
    FuzzInput(const uint8_t* data, size_t size) : data_(std::as_bytes(std::span(data, size))) {}

    [[nodiscard]] bool empty() const { return data_.empty(); }

    template <typename T>
    [[nodiscard]] T number() {
        T value = {};
        const auto bytes = take(sizeof(T));
        if (!bytes.empty()) {
            std::memcpy(&value, bytes.data(), bytes.size());
        }
        return value;
    }
    [[nodiscard]] uint8_t byte() { return number<uint8_t>(); }
    [[nodiscard]] uint8_t below(uint8_t limit) { return static_cast<uint8_t>(byte() % limit); }
    [[nodiscard]] bool flag() { return (byte() & 1) != 0; }

    [[nodiscard]] std::span<const std::byte> take(size_t count) {
        const auto taken = data_.first(std::min(count, data_.size()));
        data_ = data_.subspan(taken.size());
        return taken;
    }
    [[nodiscard]] std::span<const std::byte> rest() { return take(data_.size()); }

    // Overwrites some bytes of `value`: a sane struct with some damage reaches further than noise.
    template <typename T>
    void patch(T& value) {
        static_assert(std::is_trivially_copyable_v<T>);
        for (uint8_t patches = below(16); patches > 0; --patches) {
            const size_t offset = number<uint16_t>() % sizeof(T);
            reinterpret_cast<uint8_t*>(&value)[offset] = byte();
        }
    }

  private:
    std::span<const std::byte> data_;
};

}  // namespace v4l2va::fuzz
