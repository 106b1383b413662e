// SPDX-License-Identifier: MIT
// FieldJudge: compares control fields and reference timestamps with what the stream says.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "backend/codec_backend.h"
#include "machines/personality.h"

namespace vdec {

// A reference of the stream's own model: which job wrote it.
struct ReferenceSlot {
    uint64_t timestamp = 0;
    bool known = false;  // false: nothing decoded there, or it was damaged
};

class FieldJudge {
  public:
    // `codec` begins the kind of each violation, e.g. "vp8" for "vp8-width".
    FieldJudge(const char* codec, const DecodeJob& job) : codec_(codec), job_(job) {}

    // False when they differ.
    bool expect(const char* field, int64_t got, int64_t wanted) const;
    // Arrays of bytes, of which the first difference is reported.
    bool expect_bytes(const char* field, std::span<const uint8_t> got,
                      std::span<const uint8_t> wanted) const;
    // The client names `timestamp` where the stream refers to `slot`. False when the picture that
    // the stream wants is not the one that the hardware would read.
    bool reference(const char* field, uint64_t timestamp, const ReferenceSlot& slot) const;

    // Whether a field was wrong that the device reads for this picture, or for the next one.
    [[nodiscard]] bool spoils(const FrameFields& fields) const;
    [[nodiscard]] bool spoils_next(const FrameFields& fields) const;

  private:
    const char* codec_;
    const DecodeJob& job_;
    mutable std::vector<std::string_view> wrong_;  // names of fields, which are literals
};

// The bytes of an array of any dimension.
template <typename T>
std::span<const uint8_t> bytes_of(const T& array) {
    return {reinterpret_cast<const uint8_t*>(&array), sizeof array};
}

}  // namespace vdec
