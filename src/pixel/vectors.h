// SPDX-License-Identifier: MIT
// The loops of pixel/ in vectors of 16 bytes. Each does as many whole vectors as there are and says
// how far it came; plain loops do the rest. Highway is used with its static target only: nothing of
// it is linked. Where that target has no vectors (x86-64's baseline lacks the byte shuffles that
// this Highway wants, armhf's has no NEON) nothing is done here.
#pragma once

#include <hwy/highway.h>

#include <cstddef>
#include <cstdint>

// Local to each file: see kernels.cpp.
namespace v4l2va::vectors {
namespace {

constexpr size_t kBytes = 16;

#if HWY_TARGET == HWY_EMU128 || HWY_TARGET == HWY_SCALAR

#ifdef V4L2VA_NEEDS_VECTORS
#error "Highway has no vectors for this compiler and processor"
#endif

inline size_t copy(std::byte*, const std::byte*, size_t) { return 0; }
inline size_t unpack_40(const std::byte*, size_t, std::byte*) { return 0; }
inline size_t unpack_40_4x4(const std::byte*, size_t, std::byte*, size_t) { return 0; }
inline size_t unpack_32(const std::byte*, size_t, std::byte*) { return 0; }
template <int shift>
bool join_row(const std::byte*, const std::byte*, std::byte*) {
    return false;
}
inline bool join_raster_row(const std::byte*, const std::byte*, std::byte*) { return false; }
inline size_t copy_4x4(const std::byte*, size_t, std::byte*, size_t) { return 0; }
inline size_t interleave(const std::byte*, const std::byte*, size_t, std::byte*) { return 0; }
inline size_t deinterleave(const std::byte*, size_t, std::byte*, std::byte*) { return 0; }
inline size_t narrow(const std::byte*, size_t, std::byte*) { return 0; }
inline size_t widen(const std::byte*, size_t, std::byte*) { return 0; }

#else

namespace hn = hwy::HWY_NAMESPACE;

using Bytes = hn::FixedTag<uint8_t, kBytes>;
using Words = hn::FixedTag<uint16_t, kBytes / 2>;
using Longs = hn::FixedTag<uint32_t, kBytes / 4>;
using Halves = hn::FixedTag<uint64_t, kBytes / 8>;

inline auto load(const std::byte* from) {
    return hn::LoadU(Bytes(), static_cast<const uint8_t*>(static_cast<const void*>(from)));
}

template <typename Vector>
void store(Vector bytes, std::byte* to) {
    hn::StoreU(bytes, Bytes(), static_cast<uint8_t*>(static_cast<void*>(to)));
}

// Four loads are on their way before the first store. Returns the bytes copied.
inline size_t copy(std::byte* to, const std::byte* from, size_t bytes) {
    size_t done = 0;
    for (; done + 4 * kBytes <= bytes; done += 4 * kBytes) {
        const auto v0 = load(from + done);
        const auto v1 = load(from + done + kBytes);
        const auto v2 = load(from + done + 2 * kBytes);
        const auto v3 = load(from + done + 3 * kBytes);
        store(v0, to + done);
        store(v1, to + done + kBytes);
        store(v2, to + done + 2 * kBytes);
        store(v3, to + done + 3 * kBytes);
    }
    for (; done + kBytes <= bytes; done += kBytes) {
        store(load(from + done), to + done);
    }
    return done;
}

// Eight samples of 16 bits from ten bits each: `pairs` has the two bytes of each that hold its
// bits, a product brings these to the top.
template <typename Pairs, typename Factors>
auto ten_bits(const std::byte* in, Pairs pairs, Factors factors) {
    const auto spread = hn::BitCast(Words(), hn::TableLookupBytes(load(in), pairs));
    return hn::And(hn::Mul(spread, factors), hn::Set(Words(), 0xffc0));
}

// Of two groups of four samples in five bytes, sample i of a group starts at bit 10 * i.
inline auto two_groups(const std::byte* in) {
    alignas(kBytes) constexpr uint8_t kPairs[kBytes] = {0, 1, 1, 2, 2, 3, 3, 4,
                                                        5, 6, 6, 7, 7, 8, 8, 9};
    alignas(kBytes) constexpr uint16_t kFactors[kBytes / 2] = {64, 16, 4, 1, 64, 16, 4, 1};
    return ten_bits(in, hn::Load(Bytes(), kPairs), hn::Load(Words(), kFactors));
}

// Groups of four 10-bit samples. Reads up to 6 bytes behind. Returns the groups done.
inline size_t unpack_40(const std::byte* in, size_t groups, std::byte* out) {
    size_t done = 0;
    for (; done + 2 <= groups; done += 2) {
        store(hn::BitCast(Bytes(), two_groups(in + done * 5)), out + done * 8);
    }
    return done;
}

// Tiles of four such groups, one below the other, to four rows, `pitch` bytes apart. Reads up to 6
// bytes behind. Returns the tiles done.
inline size_t unpack_40_4x4(const std::byte* tiles, size_t count, std::byte* out, size_t pitch) {
    const auto halves = [](auto words) { return hn::BitCast(Halves(), words); };
    size_t done = 0;
    for (; done + 2 <= count; done += 2) {
        for (size_t row = 0; row < 4; row += 2) {
            const std::byte* const in = tiles + done * 20 + row * 5;
            std::byte* const to = out + done * 8 + row * pitch;
            const auto left = halves(two_groups(in));
            const auto right = halves(two_groups(in + 20));
            store(hn::BitCast(Bytes(), hn::InterleaveLower(Halves(), left, right)), to);
            store(hn::BitCast(Bytes(), hn::InterleaveUpper(Halves(), left, right)), to + pitch);
        }
    }
    return done;
}

// Words of three 10-bit samples, eight words to three vectors. The second vector's first sample is
// the last one of word 2, the third's the second one of word 5. Returns the words done.
inline size_t unpack_32(const std::byte* in, size_t words, std::byte* out) {
    alignas(kBytes) constexpr uint8_t kPairs[3][kBytes] = {
        {0, 1, 1, 2, 2, 3, 4, 5, 5, 6, 6, 7, 8, 9, 9, 10},
        {0, 1, 2, 3, 3, 4, 4, 5, 6, 7, 7, 8, 8, 9, 10, 11},
        {5, 6, 6, 7, 8, 9, 9, 10, 10, 11, 12, 13, 13, 14, 14, 15}};
    alignas(kBytes) constexpr uint16_t kFactors[3][kBytes / 2] = {{64, 16, 4, 64, 16, 4, 64, 16},
                                                                  {4, 64, 16, 4, 64, 16, 4, 64},
                                                                  {16, 4, 64, 16, 4, 64, 16, 4}};
    constexpr size_t kFrom[3] = {0, 10, 16};
    size_t done = 0;
    for (; done + 8 <= words; done += 8) {
        for (size_t i = 0; i < 3; ++i) {
            const auto samples = ten_bits(in + done * 4 + kFrom[i], hn::Load(Bytes(), kPairs[i]),
                                          hn::Load(Words(), kFactors[i]));
            store(hn::BitCast(Bytes(), samples), out + done * 6 + i * kBytes);
        }
    }
    return done;
}

// Sixteen 16-bit samples: bits `shift` + 1 : `shift` of each byte of `low`, below the high bits.
template <int shift>
bool join_row(const std::byte* low, const std::byte* high, std::byte* out) {
    // Shifted as words, since not every target shifts bytes; the mask drops what comes from the
    // neighbour.
    const auto words = hn::BitCast(Words(), load(low));
    const auto shifted = hn::BitCast(Bytes(), hn::ShiftLeft<6 - shift>(words));
    const auto lows = hn::And(shifted, hn::Set(Bytes(), 0xc0));
    const auto highs = load(high);
    store(hn::InterleaveLower(Bytes(), lows, highs), out);
    store(hn::InterleaveUpper(Bytes(), lows, highs), out + kBytes);
    return true;
}

// Sixteen 16-bit samples: the low bits of four in each byte of `low`, the first one's lowest; a
// product brings them below the high bits. Reads 16 bytes of `low`.
inline bool join_raster_row(const std::byte* low, const std::byte* high, std::byte* out) {
    alignas(kBytes) constexpr uint8_t kBytesOfLows[2][kBytes] = {
        {0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1},
        {2, 2, 2, 2, 2, 2, 2, 2, 3, 3, 3, 3, 3, 3, 3, 3}};
    alignas(kBytes) constexpr uint16_t kFactors[kBytes / 2] = {64, 16, 4, 1, 64, 16, 4, 1};
    const auto factors = hn::Load(Words(), kFactors);
    const auto mask = hn::Set(Words(), 0xc0);
    const auto lows = load(low);
    const auto highs = load(high);
    const auto zero = hn::Zero(Bytes());
    const auto join = [&](const uint8_t* bytes, auto high_bits) {
        const auto spread =
            hn::BitCast(Words(), hn::TableLookupBytes(lows, hn::Load(Bytes(), bytes)));
        const auto low_bits = hn::BitCast(Bytes(), hn::And(hn::Mul(spread, factors), mask));
        return hn::Or(low_bits, high_bits);
    };
    store(join(kBytesOfLows[0], hn::InterleaveLower(Bytes(), zero, highs)), out);
    store(join(kBytesOfLows[1], hn::InterleaveUpper(Bytes(), zero, highs)), out + kBytes);
    return true;
}

// Tiles of 4x4 bytes to four rows, `pitch` bytes apart: the rows of four tiles are the columns of a
// matrix of 4x4 words. `tiles` is 4-aligned. Returns the tiles done.
inline size_t copy_4x4(const std::byte* tiles, size_t count, std::byte* out, size_t pitch) {
    size_t done = 0;
    for (; done + 4 <= count; done += 4) {
        hn::Vec<Longs> rows[4];
        hn::LoadInterleaved4(
            Longs(), static_cast<const uint32_t*>(static_cast<const void*>(tiles + done * 16)),
            rows[0], rows[1], rows[2], rows[3]);
        for (size_t row = 0; row < 4; ++row) {
            store(hn::BitCast(Bytes(), rows[row]), out + done * 4 + row * pitch);
        }
    }
    return done;
}

// Returns the pairs done.
inline size_t interleave(const std::byte* first, const std::byte* second, size_t pairs,
                         std::byte* out) {
    size_t done = 0;
    for (; done + kBytes <= pairs; done += kBytes) {
        const auto a = load(first + done);
        const auto b = load(second + done);
        store(hn::InterleaveLower(Bytes(), a, b), out + 2 * done);
        store(hn::InterleaveUpper(Bytes(), a, b), out + 2 * done + kBytes);
    }
    return done;
}

// Returns the pairs done.
inline size_t deinterleave(const std::byte* in, size_t pairs, std::byte* first, std::byte* second) {
    size_t done = 0;
    for (; done + kBytes <= pairs; done += kBytes) {
        hn::Vec<Bytes> a;
        hn::Vec<Bytes> b;
        hn::LoadInterleaved2(
            Bytes(), static_cast<const uint8_t*>(static_cast<const void*>(in + 2 * done)), a, b);
        store(a, first + done);
        store(b, second + done);
    }
    return done;
}

// Sixteen samples of ten bits in the high bits of 16 to eight bits, rounded: the high bytes of
// sums that stay below 2^16. Returns the samples done.
inline size_t narrow(const std::byte* words, size_t samples, std::byte* out) {
    alignas(kBytes) constexpr uint8_t kHighBytes[kBytes] = {1, 3, 5, 7, 9, 11, 13, 15,
                                                            1, 3, 5, 7, 9, 11, 13, 15};
    const auto half = hn::Set(Words(), 128);
    const auto high_bytes = hn::Load(Bytes(), kHighBytes);
    const auto rounded = [&](const std::byte* from) {
        const auto sums = hn::SaturatedAdd(hn::BitCast(Words(), load(from)), half);
        return hn::BitCast(Halves(), hn::TableLookupBytes(hn::BitCast(Bytes(), sums), high_bytes));
    };
    size_t done = 0;
    for (; done + kBytes <= samples; done += kBytes) {
        const auto lower = rounded(words + 2 * done);
        const auto upper = rounded(words + 2 * done + kBytes);
        store(hn::BitCast(Bytes(), hn::InterleaveLower(Halves(), lower, upper)), out + done);
    }
    return done;
}

// Returns the samples done.
inline size_t widen(const std::byte* bytes, size_t samples, std::byte* out) {
    const auto zero = hn::Zero(Bytes());
    size_t done = 0;
    for (; done + kBytes <= samples; done += kBytes) {
        const auto high = load(bytes + done);
        store(hn::InterleaveLower(Bytes(), zero, high), out + 2 * done);
        store(hn::InterleaveUpper(Bytes(), zero, high), out + 2 * done + kBytes);
    }
    return done;
}

#endif

}  // namespace
}  // namespace v4l2va::vectors
