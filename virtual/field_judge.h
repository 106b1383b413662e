// SPDX-License-Identifier: MIT
// FieldJudge: compares control fields and reference timestamps with what the stream says.
#pragma once

#include <cstdint>
#include <span>

#include "codec_backend.h"

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

    void expect(const char* field, int64_t got, int64_t wanted) const;
    // Arrays of bytes, of which the first difference is reported.
    void expect_bytes(const char* field, std::span<const uint8_t> got,
                      std::span<const uint8_t> wanted) const;
    // The client names `timestamp` where the stream refers to `slot`. False when the picture that
    // the stream wants is not the one that the hardware would read.
    bool reference(const char* field, uint64_t timestamp, const ReferenceSlot& slot) const;

  private:
    const char* codec_;
    const DecodeJob& job_;
};

// The bytes of an array of any dimension.
template <typename T>
std::span<const uint8_t> bytes_of(const T& array) {
    return {reinterpret_cast<const uint8_t*>(&array), sizeof array};
}

}  // namespace vdec
