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

    // A picture of some calls of `step`, which adds buffers; `check` sees what came of it.
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
        if (coded->part != PicturePart::kSecondField) {
            surfaces_.timestamps[picture_input.target] = picture_input.timestamp;
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

    // A buffer of any type and size.
    void add_noise() {
        const auto bytes = input_.take(input_.byte());
        const auto type = static_cast<VABufferType>(input_.below(60));
        add(type, bytes, input_.number<uint32_t>());
    }

  private:
    // Everything that finish() handed out, so that a sanitizer sees a dangling range.
    static void read(const CodedPicture& coded) {
        if (coded.units.empty()) {
            std::abort();
        }
        volatile unsigned sum = 0;
        for (const DecodeUnit& unit : coded.units) {
            size_t bytes = 0;
            for (const auto fragment : unit.fragments) {
                bytes += fragment.size();
                sum = sum + std::to_integer<unsigned>(fragment.front()) +
                      std::to_integer<unsigned>(fragment.back());
            }
            if (bytes != unit.bytes) {
                std::abort();
            }
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
