// SPDX-License-Identifier: MIT
// ControlSet: the V4L2 controls of one request, typed when set, bytes when sent.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <type_traits>
#include <vector>

namespace v4l2va {

// Storage is kept over clear(), so that a steady stream allocates nothing. Order of ids is the
// order of the first set(). Not thread-safe.
class ControlSet {
  public:
    struct Entry {
        uint32_t id = 0;
        bool used = false;
        std::vector<std::byte> bytes;
    };

    // Forgets the values, keeps the memory.
    void clear();

    // One struct of the uAPI, such as v4l2_ctrl_h264_sps. The id's struct type is the caller's
    // duty.
    template <typename T>
    void set(uint32_t id, const T& value) {
        static_assert(std::is_trivially_copyable_v<T>);
        set_bytes(id, std::as_bytes(std::span<const T, 1>(&value, 1)));
    }

    // A dynamic array control, such as V4L2_CID_STATELESS_HEVC_SLICE_PARAMS.
    template <typename T>
    void set_array(uint32_t id, std::span<const T> values) {
        static_assert(std::is_trivially_copyable_v<T>);
        set_bytes(id, std::as_bytes(values));
    }

    void set_bytes(uint32_t id, std::span<const std::byte> bytes);

    // The value's bytes; empty when `id` is not set.
    [[nodiscard]] std::span<const std::byte> find(uint32_t id) const;

    // A copy of the value as T; false when `id` is not set or its size is another.
    template <typename T>
    [[nodiscard]] bool get(uint32_t id, T& out) const {
        static_assert(std::is_trivially_copyable_v<T>);
        const std::span<const std::byte> bytes = find(id);
        if (bytes.size() != sizeof(T)) {
            return false;
        }
        std::memcpy(&out, bytes.data(), sizeof(T));
        return true;
    }

    // All entries, used or not: skip those whose `used` is false.
    [[nodiscard]] std::span<const Entry> entries() const { return entries_; }

  private:
    std::vector<Entry> entries_;
};

}  // namespace v4l2va
