// SPDX-License-Identifier: MIT
// FuzzClient: a VA-API client of one codec, driven by a fuzzer's bytes.
#pragma once

#include <va/va.h>

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <deque>
#include <iterator>
#include <span>
#include <vector>

#include "codec/codec.h"
#include "fuzz_input.h"
#include "v4l2/control_set.h"

namespace v4l2va::fuzz {

inline void require(bool condition) {
    if (!condition) {
        std::abort();
    }
}

// Of a codec that makes one unit of each picture.
inline const DecodeUnit& only_unit(const CodedPicture& coded) {
    require(coded.units.size() == 1);
    return coded.units[0];
}

// A control that each unit must have.
template <typename T>
T control_of(const DecodeUnit& unit, uint32_t id) {
    T value = {};
    require(unit.controls->get(id, value));
    return value;
}

// Surfaces 1..20 exist; the timestamp of each is whatever was decoded into it last.
class FuzzSurfaces final : public References {
  public:
    [[nodiscard]] Timestamp find(VASurfaceID surface) const override {
        return surface < std::size(timestamps) ? timestamps[surface] : Timestamp();
    }
    Timestamp timestamps[21];
};

// Buffers are freed when the picture is over, as clients do.
class FuzzClient {
  public:
    FuzzClient(FuzzInput& input, Codec& codec) : input_(input), codec_(codec) {}

    // As if surfaces 1..`count` (20 at most) had been decoded before.
    void decode_surfaces(VASurfaceID count) {
        for (VASurfaceID surface = 1; surface <= count; ++surface) {
            surfaces_.timestamps[surface] = Timestamp(++timestamp_);
        }
    }

    // Pictures until the input ends, each of some calls of `step`, which adds buffers; `check` sees
    // what came of it.
    void run(void (*step)(FuzzInput&, FuzzClient&), void (*check)(const CodedPicture&)) {
        while (!input_.empty()) {
            picture(step, check);
        }
    }

    void add(VABufferType type, std::span<const std::byte> bytes, uint32_t num_elements) {
        buffers_.emplace_back(bytes.begin(), bytes.end());
        (void)codec_.add(type, buffers_.back(), num_elements);
    }

    template <typename T>
    void add_structs(VABufferType type, const T* values, uint32_t count) {
        add(type, std::as_bytes(std::span(values, count)), count);
    }
    template <typename T>
    void add_struct(VABufferType type, const T& value) {
        add_structs(type, &value, 1);
    }

    // Up to three slices that share one data buffer; `make` describes each, from its size in bytes.
    template <typename T>
    void add_slices(T (*make)(FuzzInput&, size_t)) {
        const auto count = static_cast<uint32_t>(1 + input_.below(3));
        const auto data = input_.take(input_.byte());
        std::vector<T> params;
        for (uint32_t i = 0; i < count; ++i) {
            params.push_back(make(input_, data.size()));
        }
        add_structs(VASliceParameterBufferType, params.data(), count);
        add(VASliceDataBufferType, data, 1);
    }

    // A buffer of any type and size.
    void add_noise() {
        const auto bytes = input_.take(input_.byte());
        const auto type = static_cast<VABufferType>(input_.below(60));
        add(type, bytes, input_.number<uint32_t>());
    }

  private:
    void picture(void (*step)(FuzzInput&, FuzzClient&), void (*check)(const CodedPicture&)) {
        codec_.begin();
        buffers_.clear();
        for (uint8_t steps = input_.below(12); steps > 0; --steps) {
            step(input_, *this);
        }
        PictureInput picture_input;
        picture_input.target = 1U + input_.below(20);
        picture_input.timestamp = Timestamp(++timestamp_);
        picture_input.references = &surfaces_;
        const auto coded = codec_.finish(picture_input);
        if (!coded) {
            return;
        }
        read(*coded);
        check(*coded);
        codec_.submitted();
        if (coded->part != PicturePart::kSecondField) {
            surfaces_.timestamps[picture_input.target] = picture_input.timestamp;
        }
    }

    // Everything that finish() handed out, so that a sanitizer sees a dangling range.
    static void read(const CodedPicture& coded) {
        volatile unsigned sum = 0;
        for (const DecodeUnit& unit : coded.units) {
            size_t bytes = 0;
            for (const auto fragment : unit.fragments) {
                bytes += fragment.size();
                sum = sum + std::to_integer<unsigned>(fragment.front()) +
                      std::to_integer<unsigned>(fragment.back());
            }
            require(bytes == unit.bytes);
        }
        for (const VASurfaceID surface : coded.references) {
            sum = sum + surface;
        }
    }

    FuzzInput& input_;
    Codec& codec_;
    FuzzSurfaces surfaces_;
    std::deque<std::vector<std::byte>> buffers_;
    uint64_t timestamp_ = 0;
};

}  // namespace v4l2va::fuzz
