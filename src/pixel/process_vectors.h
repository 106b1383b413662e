// SPDX-License-Identifier: MIT
// The loops of composition in vectors of 16 bytes, as vectors.h says. Each does as many whole
// vectors as there are and says how many samples those were.
#pragma once

#include "pixel/process_kernels.h"
#include "pixel/vectors.h"

namespace v4l2va::vectors {
namespace {

#if HWY_TARGET == HWY_EMU128 || HWY_TARGET == HWY_SCALAR

inline size_t sum_bytes(const RowSum&, size_t, int16_t*) { return 0; }
inline size_t sum_words(const RowSum&, size_t, int16_t*) { return 0; }
inline size_t raise_bytes(const std::byte*, size_t, int16_t*) { return 0; }
inline size_t raise_words(const std::byte*, size_t, int16_t*) { return 0; }
inline size_t split_pairs(const int16_t*, size_t, int16_t*, int16_t*) { return 0; }
inline size_t split_fours(const int16_t*, size_t, int16_t* const*) { return 0; }
inline size_t resample(const int16_t*, const ResampleTable&, int16_t*) { return 0; }
inline size_t transform(const ColourTransform&, int16_t* const*, size_t) { return 0; }
inline size_t affine(int16_t, int32_t, int, int16_t*, size_t) { return 0; }
inline size_t halve(const int16_t*, const int16_t*, bool, size_t, int16_t*) { return 0; }
inline size_t lower_to_bytes(const int16_t*, size_t, std::byte*) { return 0; }
inline size_t lower_to_words(const int16_t*, size_t, std::byte*) { return 0; }
inline size_t interleave_words(const std::byte*, const std::byte*, size_t, std::byte*) { return 0; }
inline size_t interleave_fours(const std::byte* const*, size_t, std::byte*) { return 0; }
inline size_t blend(const int16_t*, const int16_t*, bool, int16_t, size_t, int16_t*) { return 0; }
inline size_t transpose(const std::byte*, size_t, size_t, size_t, std::byte* const*) { return 0; }
inline size_t mirror(const std::byte*, size_t, size_t, std::byte*) { return 0; }
inline size_t average_bytes(const std::byte*, const std::byte*, size_t, std::byte*) { return 0; }
inline size_t weave_bytes(const FieldRows&, size_t, std::byte*) { return 0; }

#else

using Samples = hn::FixedTag<int16_t, kBytes / 2>;
using Sums = hn::FixedTag<int32_t, kBytes / 4>;
constexpr size_t kSamples = kBytes / 2;

// a[2 * i] * b[2 * i] + a[2 * i + 1] * b[2 * i + 1] of 32 bits, over all terms that were added.
class PairSums {
  public:
    template <typename V>
    void add(V a, V b) {
        low_ = hn::ReorderWidenMulAccumulate(Sums(), a, b, low_, high_);
    }
    [[nodiscard]] auto get() const { return hn::RearrangeToOddPlusEven(low_, high_); }

  private:
    hn::Vec<Sums> low_ = hn::Zero(Sums());
    hn::Vec<Sums> high_ = hn::Zero(Sums());
};

template <int shift>
auto rounded(hn::Vec<Sums> sums) {
    return hn::ShiftRight<shift>(hn::Add(sums, hn::Set(Sums(), 1 << (shift - 1))));
}

inline auto joined(hn::Vec<Sums> low, hn::Vec<Sums> high) {
    using Half = hn::FixedTag<int16_t, kSamples / 2>;
    return hn::Combine(Samples(), hn::DemoteTo(Half(), high), hn::DemoteTo(Half(), low));
}

// The weights of rows k and k + 1, alternating.
inline auto weight_pair(const int16_t* weights) {
    int32_t pair = 0;
    std::memcpy(&pair, weights, sizeof pair);
    return hn::BitCast(Samples(), hn::Set(Sums(), pair));
}

inline size_t sum_bytes(const RowSum& sum, size_t samples, int16_t* out) {
    size_t done = 0;
    const auto zero = hn::Zero(Bytes());
    const auto as_samples = [](auto bytes) { return hn::BitCast(Samples(), bytes); };
    for (; done + kBytes <= samples; done += kBytes) {
        PairSums sums[4];
        for (size_t k = 0; k < sum.taps; k += 2) {
            const auto a = load(sum.rows[k] + done);
            const auto b = load(sum.rows[k + 1] + done);
            const auto weights = weight_pair(sum.weights + k);
            const auto low = hn::InterleaveLower(Bytes(), a, b);
            const auto high = hn::InterleaveUpper(Bytes(), a, b);
            sums[0].add(as_samples(hn::InterleaveLower(Bytes(), low, zero)), weights);
            sums[1].add(as_samples(hn::InterleaveUpper(Bytes(), low, zero)), weights);
            sums[2].add(as_samples(hn::InterleaveLower(Bytes(), high, zero)), weights);
            sums[3].add(as_samples(hn::InterleaveUpper(Bytes(), high, zero)), weights);
        }
        hn::StoreU(joined(rounded<8>(sums[0].get()), rounded<8>(sums[1].get())), Samples(),
                   out + done);
        hn::StoreU(joined(rounded<8>(sums[2].get()), rounded<8>(sums[3].get())), Samples(),
                   out + done + kSamples);
    }
    return done;
}

// Eight samples of 16 bits, the value in the high ones.
inline auto load_words(const std::byte* from) {
    const auto words = hn::BitCast(Words(), load(from));
    return hn::BitCast(Samples(), hn::ShiftRight<2>(words));
}

inline size_t sum_words(const RowSum& sum, size_t samples, int16_t* out) {
    size_t done = 0;
    for (; done + kSamples <= samples; done += kSamples) {
        PairSums low;
        PairSums high;
        for (size_t k = 0; k < sum.taps; k += 2) {
            const auto a = load_words(sum.rows[k] + 2 * done);
            const auto b = load_words(sum.rows[k + 1] + 2 * done);
            const auto weights = weight_pair(sum.weights + k);
            low.add(hn::InterleaveLower(Samples(), a, b), weights);
            high.add(hn::InterleaveUpper(Samples(), a, b), weights);
        }
        hn::StoreU(joined(rounded<14>(low.get()), rounded<14>(high.get())), Samples(), out + done);
    }
    return done;
}

inline size_t raise_bytes(const std::byte* in, size_t samples, int16_t* out) {
    size_t done = 0;
    const auto zero = hn::Zero(Bytes());
    const auto raised = [](auto bytes) { return hn::ShiftLeft<6>(hn::BitCast(Samples(), bytes)); };
    for (; done + kBytes <= samples; done += kBytes) {
        const auto bytes = load(in + done);
        hn::StoreU(raised(hn::InterleaveLower(Bytes(), bytes, zero)), Samples(), out + done);
        hn::StoreU(raised(hn::InterleaveUpper(Bytes(), bytes, zero)), Samples(),
                   out + done + kSamples);
    }
    return done;
}

inline size_t raise_words(const std::byte* in, size_t samples, int16_t* out) {
    size_t done = 0;
    for (; done + kSamples <= samples; done += kSamples) {
        hn::StoreU(load_words(in + 2 * done), Samples(), out + done);
    }
    return done;
}

inline size_t split_pairs(const int16_t* in, size_t pairs, int16_t* first, int16_t* second) {
    size_t done = 0;
    for (; done + kSamples <= pairs; done += kSamples) {
        hn::Vec<Samples> a;
        hn::Vec<Samples> b;
        hn::LoadInterleaved2(Samples(), in + 2 * done, a, b);
        hn::StoreU(a, Samples(), first + done);
        hn::StoreU(b, Samples(), second + done);
    }
    return done;
}

inline size_t split_fours(const int16_t* in, size_t fours, int16_t* const* out) {
    size_t done = 0;
    for (; done + kSamples <= fours; done += kSamples) {
        hn::Vec<Samples> parts[4];
        hn::LoadInterleaved4(Samples(), in + 4 * done, parts[0], parts[1], parts[2], parts[3]);
        for (size_t i = 0; i < 4; ++i) {
            hn::StoreU(parts[i], Samples(), out[i] + done);
        }
    }
    return done;
}

// Two samples of each of four places.
inline auto load_pairs(const int16_t* in, const int32_t* places) {
    using One = hn::FixedTag<int32_t, 1>;
    using Two = hn::FixedTag<int32_t, 2>;
    const auto pair = [&](size_t i) {
        return hn::LoadU(One(),
                         static_cast<const int32_t*>(static_cast<const void*>(in + places[i])));
    };
    const auto low = hn::Combine(Two(), pair(1), pair(0));
    const auto high = hn::Combine(Two(), pair(3), pair(2));
    return hn::BitCast(Samples(), hn::Combine(Sums(), high, low));
}

// As resample_2, with one load and one shuffle for four samples.
inline size_t resample_groups(const int16_t* in, const ResampleTable& table, int16_t* out) {
    const int16_t* const weights = table.weights.data();
    const auto sums = [&](size_t i) {
        const ResampleTable::Group& group = table.groups[i / 4];
        const auto neighbours = hn::BitCast(Bytes(), hn::LoadU(Samples(), in + group.first));
        const auto pairs = hn::TableLookupBytes(neighbours, hn::LoadU(Bytes(), group.bytes.data()));
        PairSums products;
        products.add(hn::BitCast(Samples(), pairs), hn::LoadU(Samples(), weights + 2 * i));
        return rounded<14>(products.get());
    };
    size_t done = 0;
    for (; done + kSamples <= table.first.size(); done += kSamples) {
        hn::StoreU(joined(sums(done), sums(done + 4)), Samples(), out + done);
    }
    return done;
}

inline size_t resample_2(const int16_t* in, const ResampleTable& table, int16_t* out) {
    const size_t count = table.first.size();
    const int32_t* const first = table.first.data();
    const int16_t* const weights = table.weights.data();
    const auto sums = [&](size_t i) {
        PairSums pairs;
        pairs.add(load_pairs(in, first + i), hn::LoadU(Samples(), weights + 2 * i));
        return rounded<14>(pairs.get());
    };
    size_t done = 0;
    for (; done + kSamples <= count; done += kSamples) {
        hn::StoreU(joined(sums(done), sums(done + 4)), Samples(), out + done);
    }
    return done;
}

// Sums of four neighbours: of each vector two, one for each half.
inline auto add_halves(hn::Vec<Sums> a, hn::Vec<Sums> b) {
    return hn::Add(hn::ConcatEven(Sums(), b, a), hn::ConcatOdd(Sums(), b, a));
}

inline size_t resample_4(const int16_t* in, const ResampleTable& table, int16_t* out) {
    using Half = hn::FixedTag<int16_t, kSamples / 2>;
    const size_t count = table.first.size();
    const size_t taps = table.taps;
    const int32_t* const first = table.first.data();
    const auto two_sums = [&](size_t i) {
        PairSums pairs;
        const int16_t* const weights = table.weights.data() + taps * i;
        for (size_t k = 0; k < taps; k += 4) {
            const auto samples = hn::Combine(Samples(), hn::LoadU(Half(), in + first[i + 1] + k),
                                             hn::LoadU(Half(), in + first[i] + k));
            const auto factors = hn::Combine(Samples(), hn::LoadU(Half(), weights + taps + k),
                                             hn::LoadU(Half(), weights + k));
            pairs.add(samples, factors);
        }
        return pairs.get();
    };
    const auto sums = [&](size_t i) {
        return rounded<14>(add_halves(two_sums(i), two_sums(i + 2)));
    };
    size_t done = 0;
    for (; done + kSamples <= count; done += kSamples) {
        hn::StoreU(joined(sums(done), sums(done + 4)), Samples(), out + done);
    }
    return done;
}

inline size_t resample(const int16_t* in, const ResampleTable& table, int16_t* out) {
    return table.taps == 2
               ? table.groups.empty() ? resample_2(in, table, out) : resample_groups(in, table, out)
           : table.taps >= 4 ? resample_4(in, table, out)
                             : 0;
}

inline size_t transform(const ColourTransform& transform, int16_t* const* components,
                        size_t samples) {
    const auto pair = [](int16_t a, int16_t b) {
        alignas(kBytes) const int16_t lanes[kSamples] = {a, b, a, b, a, b, a, b};
        return hn::Load(Samples(), lanes);
    };
    hn::Vec<Samples> factors[3][2];
    for (size_t row = 0; row < 3; ++row) {
        factors[row][0] = pair(transform.factors[row][0], transform.factors[row][1]);
        factors[row][1] = pair(transform.factors[row][2], 0);
    }
    const auto zero = hn::Zero(Samples());
    const auto peak = hn::Set(Samples(), kPeak);
    size_t done = 0;
    for (; done + kSamples <= samples; done += kSamples) {
        const auto a = hn::LoadU(Samples(), components[0] + done);
        const auto b = hn::LoadU(Samples(), components[1] + done);
        const auto c = hn::LoadU(Samples(), components[2] + done);
        const auto ab_low = hn::InterleaveLower(Samples(), a, b);
        const auto ab_high = hn::InterleaveUpper(Samples(), a, b);
        const auto c_low = hn::InterleaveLower(Samples(), c, zero);
        const auto c_high = hn::InterleaveUpper(Samples(), c, zero);
        for (size_t row = 0; row < 3; ++row) {
            PairSums low;
            PairSums high;
            low.add(ab_low, factors[row][0]);
            low.add(c_low, factors[row][1]);
            high.add(ab_high, factors[row][0]);
            high.add(c_high, factors[row][1]);
            const auto offset = hn::Set(Sums(), transform.offsets[row]);
            const auto shifted = [&](auto sums) {
                return hn::ShiftRightSame(hn::Add(sums, offset), transform.shift);
            };
            const auto sums = joined(shifted(low.get()), shifted(high.get()));
            hn::StoreU(hn::Min(hn::Max(sums, zero), peak), Samples(), components[row] + done);
        }
    }
    return done;
}

inline size_t affine(int16_t factor, int32_t offset, int shift, int16_t* samples, size_t count) {
    const auto factors = hn::Set(Samples(), factor);
    const auto zero = hn::Zero(Samples());
    const auto peak = hn::Set(Samples(), kPeak);
    const auto offsets = hn::Set(Sums(), offset);
    size_t done = 0;
    for (; done + kSamples <= count; done += kSamples) {
        const auto in = hn::LoadU(Samples(), samples + done);
        const auto shifted = [&](auto mixed) {
            PairSums sums;
            sums.add(mixed, factors);
            return hn::ShiftRightSame(hn::Add(sums.get(), offsets), shift);
        };
        const auto out = joined(shifted(hn::InterleaveLower(Samples(), in, zero)),
                                shifted(hn::InterleaveUpper(Samples(), in, zero)));
        hn::StoreU(hn::Min(hn::Max(out, zero), peak), Samples(), samples + done);
    }
    return done;
}

inline size_t halve(const int16_t* above, const int16_t* below, bool left, size_t pixels,
                    int16_t* out) {
    // Of samples that are not below 0.
    const auto average = [](auto a, auto b) {
        return hn::BitCast(Samples(),
                           hn::AverageRound(hn::BitCast(Words(), a), hn::BitCast(Words(), b)));
    };
    const auto columns = [&](const int16_t* row, size_t at, auto& even, auto& odd) {
        hn::LoadInterleaved2(Samples(), row + 2 * at, even, odd);
    };
    size_t done = left ? 1 : 0;  // the first one has no left neighbour: a plain loop's
    for (; 2 * (done + kSamples) <= pixels; done += kSamples) {
        hn::Vec<Samples> even[2];
        hn::Vec<Samples> odd[2];
        columns(above, done, even[0], odd[0]);
        columns(below, done, even[1], odd[1]);
        const auto middle = average(even[0], even[1]);
        const auto right = average(odd[0], odd[1]);
        if (!left) {
            hn::StoreU(average(middle, right), Samples(), out + done);
            continue;
        }
        hn::Vec<Samples> before[2];
        hn::Vec<Samples> unused;
        hn::LoadInterleaved2(Samples(), above + 2 * done - 1, before[0], unused);
        hn::LoadInterleaved2(Samples(), below + 2 * done - 1, before[1], unused);
        const auto outer = average(average(before[0], before[1]), right);
        hn::StoreU(average(outer, middle), Samples(), out + done);
    }
    return done;
}

inline size_t lower_to_bytes(const int16_t* in, size_t samples, std::byte* out) {
    const auto half = hn::Set(Samples(), 32);
    const auto lowered = [&](const int16_t* from) {
        return hn::ShiftRight<6>(hn::SaturatedAdd(hn::LoadU(Samples(), from), half));
    };
    using Lower = hn::FixedTag<uint8_t, kBytes / 2>;
    size_t done = 0;
    for (; done + kBytes <= samples; done += kBytes) {
        const auto low = hn::DemoteTo(Lower(), lowered(in + done));
        const auto high = hn::DemoteTo(Lower(), lowered(in + done + kSamples));
        store(hn::Combine(Bytes(), high, low), out + done);
    }
    return done;
}

inline size_t lower_to_words(const int16_t* in, size_t samples, std::byte* out) {
    const auto half = hn::Set(Samples(), 8);
    const auto zero = hn::Zero(Samples());
    const auto peak = hn::Set(Samples(), 1023);
    size_t done = 0;
    for (; done + kSamples <= samples; done += kSamples) {
        const auto sums = hn::SaturatedAdd(hn::LoadU(Samples(), in + done), half);
        const auto tens = hn::Min(hn::Max(hn::ShiftRight<4>(sums), zero), peak);
        store(hn::BitCast(Bytes(), hn::ShiftLeft<6>(tens)), out + 2 * done);
    }
    return done;
}

inline size_t interleave_words(const std::byte* first, const std::byte* second, size_t pairs,
                               std::byte* out) {
    size_t done = 0;
    for (; done + kSamples <= pairs; done += kSamples) {
        const auto a = hn::BitCast(Words(), load(first + 2 * done));
        const auto b = hn::BitCast(Words(), load(second + 2 * done));
        store(hn::BitCast(Bytes(), hn::InterleaveLower(Words(), a, b)), out + 4 * done);
        store(hn::BitCast(Bytes(), hn::InterleaveUpper(Words(), a, b)), out + 4 * done + kBytes);
    }
    return done;
}

inline size_t interleave_fours(const std::byte* const* in, size_t fours, std::byte* out) {
    size_t done = 0;
    for (; done + kBytes <= fours; done += kBytes) {
        hn::StoreInterleaved4(load(in[0] + done), load(in[1] + done), load(in[2] + done),
                              load(in[3] + done), Bytes(),
                              static_cast<uint8_t*>(static_cast<void*>(out + 4 * done)));
    }
    return done;
}

inline size_t blend(const int16_t* in, const int16_t* alpha, bool premultiplied, int16_t base,
                    size_t samples, int16_t* out) {
    const auto one = hn::Set(Samples(), 1 << kWeightBits);
    const auto bases = hn::Set(Samples(), base);
    size_t done = 0;
    for (; done + kSamples <= samples; done += kSamples) {
        const auto over = hn::LoadU(Samples(), in + done);
        const auto under = hn::Sub(hn::LoadU(Samples(), out + done), bases);
        const auto weight = hn::LoadU(Samples(), alpha + done);
        const auto rest = hn::Sub(one, weight);
        const auto factor = premultiplied ? one : weight;
        PairSums low;
        PairSums high;
        low.add(hn::InterleaveLower(Samples(), over, under),
                hn::InterleaveLower(Samples(), factor, rest));
        high.add(hn::InterleaveUpper(Samples(), over, under),
                 hn::InterleaveUpper(Samples(), factor, rest));
        hn::StoreU(joined(rounded<14>(low.get()), rounded<14>(high.get())), Samples(), out + done);
    }
    return done;
}

inline size_t average_bytes(const std::byte* a, const std::byte* b, size_t samples,
                            std::byte* out) {
    size_t done = 0;
    for (; done + kBytes <= samples; done += kBytes) {
        store(hn::AverageRound(load(a + done), load(b + done)), out + done);
    }
    return done;
}

inline size_t weave_bytes(const FieldRows& rows, size_t samples, std::byte* out) {
    const auto zero = hn::Zero(Bytes());
    const auto most = hn::Set(Bytes(), 16);
    const auto still = hn::Set(Bytes(), kStill);
    const auto half = hn::Set(Words(), 8);
    const auto difference = [](auto a, auto b) {
        return hn::Or(hn::SaturatedSub(a, b), hn::SaturatedSub(b, a));
    };
    const auto words = [](auto bytes) { return hn::BitCast(Words(), bytes); };
    size_t done = 0;
    for (; done + kBytes <= samples; done += kBytes) {
        const auto above = load(rows.above + done);
        const auto below = load(rows.below + done);
        const auto woven = load(rows.woven + done);
        const auto motion = hn::Max(hn::Max(difference(above, load(rows.above_before + done)),
                                            difference(below, load(rows.below_before + done))),
                                    difference(woven, load(rows.woven_before + done)));
        const auto moving = hn::Min(hn::SaturatedSub(motion, still), most);
        const auto staying = hn::Sub(most, moving);
        const auto mean = hn::AverageRound(above, below);
        const auto mixed = [&](auto a, auto b, auto c, auto d) {
            const auto sum = hn::Add(hn::Mul(words(a), words(b)), hn::Mul(words(c), words(d)));
            return hn::BitCast(Samples(), hn::ShiftRight<4>(hn::Add(sum, half)));
        };
        const auto low = mixed(
            hn::InterleaveLower(Bytes(), woven, zero), hn::InterleaveLower(Bytes(), staying, zero),
            hn::InterleaveLower(Bytes(), mean, zero), hn::InterleaveLower(Bytes(), moving, zero));
        const auto high = mixed(
            hn::InterleaveUpper(Bytes(), woven, zero), hn::InterleaveUpper(Bytes(), staying, zero),
            hn::InterleaveUpper(Bytes(), mean, zero), hn::InterleaveUpper(Bytes(), moving, zero));
        using Lower = hn::FixedTag<uint8_t, kBytes / 2>;
        store(hn::Combine(Bytes(), hn::DemoteTo(Lower(), high), hn::DemoteTo(Lower(), low)),
              out + done);
    }
    return done;
}

inline size_t mirror(const std::byte* in, size_t count, size_t element, std::byte* out) {
    alignas(kBytes) uint8_t places[kBytes];
    for (size_t i = 0; i < kBytes; ++i) {
        places[i] = static_cast<uint8_t>(kBytes - element - i / element * element + i % element);
    }
    const auto mirrored = hn::Load(Bytes(), places);
    const size_t each = kBytes / element;
    size_t done = 0;
    for (; done + each <= count; done += each) {
        const auto bytes = load(in + (count - done - each) * element);
        store(hn::TableLookupBytes(bytes, mirrored), out + done * element);
    }
    return done;
}

using Eight = hn::FixedTag<uint8_t, kBytes / 2>;

inline auto load_eight(const std::byte* from) {
    return hn::LoadU(Eight(), static_cast<const uint8_t*>(static_cast<const void*>(from)));
}

// The halves of a vector, each of eight bytes, to two rows.
template <typename V>
void store_halves(V vector, std::byte* first, std::byte* second) {
    const auto bytes = hn::BitCast(Bytes(), vector);
    hn::StoreU(hn::LowerHalf(Eight(), bytes), Eight(),
               static_cast<uint8_t*>(static_cast<void*>(first)));
    hn::StoreU(hn::UpperHalf(Eight(), bytes), Eight(),
               static_cast<uint8_t*>(static_cast<void*>(second)));
}

// Eight columns of eight bytes: those of four longs each of two rows, interleaved, above two
// others.
template <typename V>
void store_columns(V ab_low, V ab_high, V cd_low, V cd_high, std::byte* const* rows, size_t at) {
    const auto put = [&](auto vector, size_t i) {
        store_halves(vector, rows[i] + at, rows[i + 1] + at);
    };
    put(hn::InterleaveLower(Longs(), ab_low, cd_low), 0);
    put(hn::InterleaveUpper(Longs(), ab_low, cd_low), 2);
    put(hn::InterleaveLower(Longs(), ab_high, cd_high), 4);
    put(hn::InterleaveUpper(Longs(), ab_high, cd_high), 6);
}

inline size_t transpose_bytes(const std::byte* in, size_t pitch, size_t count,
                              std::byte* const* rows) {
    size_t done = 0;
    for (; done + 8 <= count; done += 8) {
        const std::byte* const from = in + done * pitch;
        const auto pair = [&](size_t i) {
            const auto upper = hn::ZeroExtendVector(Bytes(), load_eight(from + (i + 1) * pitch));
            const auto lower = hn::ZeroExtendVector(Bytes(), load_eight(from + i * pitch));
            return hn::BitCast(Words(), hn::InterleaveLower(Bytes(), lower, upper));
        };
        const auto longs = [](auto words) { return hn::BitCast(Longs(), words); };
        const auto a = pair(0);
        const auto b = pair(2);
        const auto c = pair(4);
        const auto d = pair(6);
        const auto ab_low = longs(hn::InterleaveLower(Words(), a, b));
        const auto ab_high = longs(hn::InterleaveUpper(Words(), a, b));
        const auto cd_low = longs(hn::InterleaveLower(Words(), c, d));
        const auto cd_high = longs(hn::InterleaveUpper(Words(), c, d));
        store_columns(ab_low, ab_high, cd_low, cd_high, rows, done);
    }
    return done;
}

// Four rows of four longs each, at `from`, become columns.
inline void transpose_longs_4x4(const std::byte* from, size_t pitch, std::byte* const* rows,
                                size_t at) {
    const auto row = [&](size_t i) { return hn::BitCast(Longs(), load(from + i * pitch)); };
    const auto halves = [](auto longs) { return hn::BitCast(Halves(), longs); };
    const auto a = row(0);
    const auto b = row(1);
    const auto c = row(2);
    const auto d = row(3);
    const auto ab_low = halves(hn::InterleaveLower(Longs(), a, b));
    const auto ab_high = halves(hn::InterleaveUpper(Longs(), a, b));
    const auto cd_low = halves(hn::InterleaveLower(Longs(), c, d));
    const auto cd_high = halves(hn::InterleaveUpper(Longs(), c, d));
    const auto put = [&](auto vector, size_t i) {
        store(hn::BitCast(Bytes(), vector), rows[i] + at);
    };
    put(hn::InterleaveLower(Halves(), ab_low, cd_low), 0);
    put(hn::InterleaveUpper(Halves(), ab_low, cd_low), 1);
    put(hn::InterleaveLower(Halves(), ab_high, cd_high), 2);
    put(hn::InterleaveUpper(Halves(), ab_high, cd_high), 3);
}

inline size_t transpose_longs(const std::byte* in, size_t pitch, size_t count,
                              std::byte* const* rows) {
    size_t done = 0;
    for (; done + 4 <= count; done += 4) {
        transpose_longs_4x4(in + done * pitch, pitch, rows, 4 * done);
        transpose_longs_4x4(in + done * pitch + kBytes, pitch, rows + 4, 4 * done);
    }
    return done;
}

inline size_t transpose_words(const std::byte* in, size_t pitch, size_t count,
                              std::byte* const* rows) {
    size_t done = 0;
    for (; done + 4 <= count; done += 4) {
        const std::byte* const from = in + done * pitch;
        const auto row = [&](size_t i) { return hn::BitCast(Words(), load(from + i * pitch)); };
        const auto longs = [](auto words) { return hn::BitCast(Longs(), words); };
        const auto ab_low = longs(hn::InterleaveLower(Words(), row(0), row(1)));
        const auto ab_high = longs(hn::InterleaveUpper(Words(), row(0), row(1)));
        const auto cd_low = longs(hn::InterleaveLower(Words(), row(2), row(3)));
        const auto cd_high = longs(hn::InterleaveUpper(Words(), row(2), row(3)));
        store_columns(ab_low, ab_high, cd_low, cd_high, rows, 2 * done);
    }
    return done;
}

inline size_t transpose(const std::byte* in, size_t pitch, size_t element, size_t count,
                        std::byte* const* rows) {
    switch (element) {
        case 1:
            return transpose_bytes(in, pitch, count, rows);
        case 2:
            return transpose_words(in, pitch, count, rows);
        case 4:
            return transpose_longs(in, pitch, count, rows);
        default:
            return 0;
    }
}

#endif

}  // namespace
}  // namespace v4l2va::vectors
