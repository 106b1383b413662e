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

template <typename T>
std::span<const std::byte> bytes_of(const T& value) {
    return std::as_bytes(std::span<const T, 1>(&value, 1));
}

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
        return add(type, bytes_of(value));
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
        if (!result || !device_takes) {
            return result;
        }
        codec->submitted();
        if (result->part != PicturePart::kSecondField) {
            surfaces.timestamps[target] = input.timestamp;
            ++next_timestamp;
        }
        return result;
    }

    std::unique_ptr<Codec> codec;
    TestSurfaces surfaces;
    uint64_t next_timestamp = 1;
    bool device_takes = true;  // what finish() made

  private:
    std::deque<std::vector<std::byte>> buffers_;
};

template <typename T>
T control_of(const CodedPicture& coded, uint32_t id) {
    T value = {};
    EXPECT_TRUE(coded.units[0].controls->get(id, value)) << "control " << std::hex << id;
    return value;
}

// The same of any unit; zeros where it is not set.
template <typename T>
T control(const CodedPicture& coded, uint32_t id, size_t unit = 0) {
    T value = {};
    return coded.units[unit].controls->get(id, value) ? value : T{};
}

// The OUTPUT payload of a unit.
inline std::vector<std::byte> unit_bytes(const DecodeUnit& unit) {
    std::vector<std::byte> out;
    for (const std::span<const std::byte> fragment : unit.fragments) {
        out.insert(out.end(), fragment.begin(), fragment.end());
    }
    return out;
}

// The same of the first unit, as text.
inline std::string payload_of(const CodedPicture& coded) {
    const std::vector<std::byte> bytes = unit_bytes(coded.units[0]);
    EXPECT_EQ(bytes.size(), coded.units[0].bytes);
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
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
                append(bytes_of(entry.id));
                append(entry.bytes);
            }
        }
        append(unit_bytes(unit));
    }
    append(std::as_bytes(coded->references));
    append(bytes_of(coded->display_target));
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

// A VA struct, and what becomes of the picture that it is part of.
template <typename Struct>
struct AuditedFields {
    Struct& fields;
    std::function<std::string()> run;
};

// Flips each bit of the struct in each of `bases`: the outcome of one of them must change, or the
// bit stand in `ignored`, and not both.
template <typename Struct>
void audit_fields(const std::vector<AuditedFields<Struct>>& bases,
                  const std::vector<IgnoredField>& ignored) {
    const auto find = [&ignored](size_t bit) {
        for (const IgnoredField& field : ignored) {
            const size_t first = field.offset * 8 + field.first_bit;
            if (bit >= first && bit < first + field.bits) {
                return true;
            }
        }
        return false;
    };
    std::vector<std::string> before;
    for (const AuditedFields<Struct>& base : bases) {
        before.push_back(base.run());
    }
    for (size_t bit = 0; bit < sizeof(Struct) * 8; ++bit) {
        bool live = false;
        for (size_t i = 0; i < bases.size(); ++i) {
            auto* byte = reinterpret_cast<std::byte*>(&bases[i].fields) + bit / 8;
            const std::byte mask = std::byte{1} << (bit % 8);
            *byte ^= mask;
            live = live || bases[i].run() != before[i];
            *byte ^= mask;
        }
        EXPECT_NE(live, find(bit))
            << "byte " << bit / 8 << " bit " << bit % 8
            << (live ? " is used, but ignored by the table" : " is forgotten");
    }
}

template <typename Struct>
void audit_fields(Struct& fields, const std::vector<IgnoredField>& ignored,
                  const std::function<std::string()>& run) {
    audit_fields<Struct>({{fields, run}}, ignored);
}

}  // namespace v4l2va::test
