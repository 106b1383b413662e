// SPDX-License-Identifier: MIT
// A client of any codec, and the field audit, for tests only.
#pragma once

#include <gtest/gtest.h>
#include <va/va.h>

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "codec/codec.h"
#include "v4l2/control_set.h"

namespace v4l2va::test {

class TestSurfaces : public References {
  public:
    [[nodiscard]] Timestamp find(VASurfaceID surface) const override {
        const auto found = timestamps.find(surface);
        return found == timestamps.end() ? Timestamp() : found->second;
    }
    std::map<VASurfaceID, Timestamp> timestamps;
};

// Keeps the buffers of the current picture and the timestamps of all, as the VA layer does.
class TestClient {
  public:
    explicit TestClient(std::unique_ptr<Codec> the_codec) : codec(std::move(the_codec)) {}

    void begin() {
        codec->begin();
        buffers_.clear();
    }

    Result<> add(VABufferType type, std::span<const std::byte> bytes, uint32_t num_elements = 1) {
        buffers_.emplace_back(bytes.begin(), bytes.end());
        return codec->add(type, buffers_.back(), num_elements);
    }

    // One element, or several equal in type.
    template <typename T>
    Result<> add_struct(VABufferType type, const T& value) {
        return add(type, std::as_bytes(std::span<const T, 1>(&value, 1)));
    }
    template <typename T>
    Result<> add_structs(VABufferType type, const std::vector<T>& values) {
        return add(type, std::as_bytes(std::span(values)), static_cast<uint32_t>(values.size()));
    }

    Result<CodedPicture> finish(VASurfaceID target) {
        PictureInput input;
        input.target = target;
        input.timestamp = Timestamp(next_timestamp);
        input.references = &surfaces;
        const Result<CodedPicture> result = codec->finish(input);
        if (result && result->part != PicturePart::kSecondField) {
            surfaces.timestamps[target] = input.timestamp;
            ++next_timestamp;
        }
        return result;
    }

    std::unique_ptr<Codec> codec;
    TestSurfaces surfaces;
    uint64_t next_timestamp = 1;

  private:
    std::deque<std::vector<std::byte>> buffers_;
};

template <typename T>
T control_of(const CodedPicture& coded, uint32_t id) {
    T value = {};
    EXPECT_TRUE(coded.units[0].controls->get(id, value)) << "control " << std::hex << id;
    return value;
}

// The OUTPUT payload of the first unit.
inline std::string payload_of(const CodedPicture& coded) {
    std::string out;
    for (const std::span<const std::byte> fragment : coded.units[0].fragments) {
        out.append(reinterpret_cast<const char*>(fragment.data()), fragment.size());
    }
    EXPECT_EQ(out.size(), coded.units[0].bytes);
    return out;
}

// All that finish() hands out, comparable.
inline std::string outcome_of(const Result<CodedPicture>& coded) {
    if (!coded) {
        return coded.error().op;
    }
    std::string out;
    const auto append = [&out](std::span<const std::byte> bytes) {
        out.append(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    };
    for (const DecodeUnit& unit : coded->units) {
        for (const ControlSet::Entry& entry : unit.controls->entries()) {
            if (entry.used) {
                append(entry.bytes);
            }
        }
        for (const std::span<const std::byte> fragment : unit.fragments) {
            append(fragment);
        }
    }
    append(std::as_bytes(coded->references));
    append(std::as_bytes(std::span(&coded->display_target, 1)));
    out += static_cast<char>(coded->part);
    return out;
}

// A part of a VA struct that may be ignored, and why.
struct IgnoredField {
    size_t offset;  // in bytes
    size_t bits;
    const char* reason;
    size_t first_bit = 0;
};

// Flips each bit of `fields`, which `run` translates: the outcome must change, or the bit stand in
// `ignored`, and not both.
template <typename Struct>
void audit_fields(Struct& fields, const std::vector<IgnoredField>& ignored,
                  const std::function<std::string()>& run) {
    const auto find = [&ignored](size_t bit) {
        for (const IgnoredField& field : ignored) {
            const size_t first = field.offset * 8 + field.first_bit;
            if (bit >= first && bit < first + field.bits) {
                return true;
            }
        }
        return false;
    };
    const std::string before = run();
    for (size_t bit = 0; bit < sizeof(Struct) * 8; ++bit) {
        auto* byte = reinterpret_cast<std::byte*>(&fields) + bit / 8;
        const std::byte mask = std::byte{1} << (bit % 8);
        *byte ^= mask;
        const bool live = run() != before;
        *byte ^= mask;
        EXPECT_NE(live, find(bit))
            << "byte " << bit / 8 << " bit " << bit % 8
            << (live ? " is used, but ignored by the table" : " is forgotten");
    }
}

}  // namespace v4l2va::test
