// SPDX-License-Identifier: MIT
// The inverse of AV1's number codes.
#include "av1/bits.h"

#include <algorithm>

namespace vdec::av1 {
namespace {

// decode_subexp() (5.9.28).
void write_subexp(BitWriter& out, unsigned value, unsigned count) {
    constexpr unsigned kFirstBits = 3;
    unsigned base = 0;
    for (unsigned i = 0;; ++i) {
        const unsigned bits = i == 0 ? kFirstBits : kFirstBits + i - 1;
        const unsigned step = 1U << bits;
        if (count <= base + 3 * step) {
            write_non_symmetric(out, value - base, count - base);
            return;
        }
        const bool more = value >= base + step;
        out.flag(more);
        if (!more) {
            out.bits(value - base, bits);
            return;
        }
        base += step;
    }
}

// Numbers near `reference` become small.
unsigned recenter(unsigned reference, unsigned value) {
    if (value > 2 * reference) return value;
    return value >= reference ? 2 * (value - reference) : 2 * (reference - value) - 1;
}

}  // namespace

void write_signed(BitWriter& out, int value, unsigned bits) {
    out.bits(static_cast<uint32_t>(value) & ((1U << (bits + 1)) - 1), bits + 1);
}

void write_non_symmetric(BitWriter& out, unsigned value, unsigned n) {
    unsigned width = 0;
    while ((n >> width) != 0) ++width;
    const unsigned short_codes = (1U << width) - n;
    if (value < short_codes) {
        out.bits(value, width - 1);
        return;
    }
    const unsigned code = value + short_codes;
    out.bits(code >> 1, width - 1);
    out.bits(code & 1, 1);
}

bool write_signed_subexp_with_ref(BitWriter& out, int value, int low, int high, int reference) {
    const int kept = std::clamp(value, low, high - 1);
    const auto count = static_cast<unsigned>(high - low);
    const auto target = static_cast<unsigned>(kept - low);
    const auto origin = static_cast<unsigned>(std::clamp(reference, low, high - 1) - low);
    const bool near_low = 2 * origin <= count;
    write_subexp(
        out, near_low ? recenter(origin, target) : recenter(count - 1 - origin, count - 1 - target),
        count);
    return kept == value;
}

void append_little_endian(Bytes& to, uint64_t value, unsigned bytes) {
    for (unsigned i = 0; i < bytes; ++i) to.push_back(static_cast<uint8_t>(value >> (8 * i)));
}

void append_leb128(Bytes& to, uint64_t value) {
    while (value >= 0x80) {
        to.push_back(static_cast<uint8_t>(value | 0x80));
        value >>= 7;
    }
    to.push_back(static_cast<uint8_t>(value));
}

void append_obu(Bytes& to, ObuType type, std::span<const uint8_t> payload) {
    constexpr unsigned kHasSizeField = 2;
    to.push_back(static_cast<uint8_t>(type << 3 | kHasSizeField));
    append_leb128(to, payload.size());
    to.insert(to.end(), payload.begin(), payload.end());
}

}  // namespace vdec::av1
