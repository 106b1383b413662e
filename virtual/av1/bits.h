// SPDX-License-Identifier: MIT
// AV1's own codes for numbers (4.10), and the framing of OBUs, on a BitWriter.
#pragma once

#include <cstdint>
#include <span>

#include "backend/bits.h"

namespace vdec::av1 {

enum ObuType : unsigned { kObuSequenceHeader = 1, kObuFrameHeader = 3, kObuTileGroup = 4 };

// su(1 + bits): a sign and `bits` bits.
void write_signed(BitWriter& out, int value, unsigned bits);
// ns(n): a value below n.
void write_non_symmetric(BitWriter& out, unsigned value, unsigned n);
// A value in [low, high) near `reference` (5.9.28). False, and the nearest value, outside of it.
bool write_signed_subexp_with_ref(BitWriter& out, int value, int low, int high, int reference);

void append_little_endian(Bytes& to, uint64_t value, unsigned bytes);
void append_leb128(Bytes& to, uint64_t value);
// With its size field.
void append_obu(Bytes& to, ObuType type, std::span<const uint8_t> payload);

}  // namespace vdec::av1
