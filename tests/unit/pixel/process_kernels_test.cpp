// SPDX-License-Identifier: MIT
// Each inner loop of composition in vectors and in plain C++: the same for every length.
#include "pixel/process_kernels.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <random>
#include <vector>

namespace v4l2va::test {
namespace {

constexpr size_t kLongest = 257;

class ProcessKernelsTest : public ::testing::Test {
  protected:
    ProcessKernelsTest() : bytes_(4 * kLongest * 8 + 64), samples_(4 * kLongest + 2 * kRowSlack) {
        for (std::byte& byte : bytes_) {
            byte = static_cast<std::byte>(random_());
        }
        for (int16_t& sample : samples_) {
            sample = static_cast<int16_t>(static_cast<int>(random_() % 22000) - 3000);
        }
    }

    // RUN(kernels, n, out) for both sets and each length n: `out` is n * each bytes, and what is
    // behind them stays.
    template <typename Run>
    void expect_equal(size_t each, Run run) {
        for (size_t n = 1; n <= kLongest; ++n) {
            std::vector<std::byte> plain(n * each + 64, std::byte{0xa5});
            std::vector<std::byte> fast = plain;
            run(kPlainProcessKernels, n, plain.data());
            run(process_kernels(), n, fast.data());
            ASSERT_EQ(plain, fast) << n;
            for (size_t i = n * each; i < plain.size(); ++i) {
                ASSERT_EQ(plain[i], std::byte{0xa5}) << n << ": written behind the end";
            }
        }
    }
    static int16_t* samples(std::byte* bytes) {
        return static_cast<int16_t*>(static_cast<void*>(bytes));
    }

    std::minstd_rand random_{1};
    std::vector<std::byte> bytes_;
    std::vector<int16_t> samples_;
};

TEST_F(ProcessKernelsTest, Sums) {
    for (const size_t taps : {2U, 4U, 8U}) {
        std::vector<const std::byte*> rows;
        std::vector<int16_t> weights(taps, -300);
        for (size_t k = 0; k < taps; ++k) {
            rows.push_back(bytes_.data() + k * 2 * kLongest);
        }
        weights[1] = static_cast<int16_t>((1 << kWeightBits) + 300 * static_cast<int>(taps - 1));
        const RowSum sum = {rows.data(), weights.data(), taps};
        expect_equal(2, [&](const ProcessKernels& kernels, size_t n, std::byte* out) {
            kernels.sum_bytes(sum, n, samples(out));
        });
        expect_equal(2, [&](const ProcessKernels& kernels, size_t n, std::byte* out) {
            kernels.sum_words(sum, n, samples(out));
        });
    }
}

TEST_F(ProcessKernelsTest, RaisedAndSplit) {
    expect_equal(2, [&](const ProcessKernels& kernels, size_t n, std::byte* out) {
        kernels.raise_bytes(bytes_.data(), n, samples(out));
    });
    expect_equal(2, [&](const ProcessKernels& kernels, size_t n, std::byte* out) {
        kernels.raise_words(bytes_.data(), n, samples(out));
    });
    expect_equal(4, [&](const ProcessKernels& kernels, size_t n, std::byte* out) {
        kernels.split_pairs(samples_.data(), n, samples(out), samples(out) + n);
    });
    expect_equal(8, [&](const ProcessKernels& kernels, size_t n, std::byte* out) {
        int16_t* const to[] = {samples(out), samples(out) + n, samples(out) + 2 * n,
                               samples(out) + 3 * n};
        kernels.split_fours(samples_.data(), n, to);
    });
}

TEST_F(ProcessKernelsTest, Resampled) {
    for (const ScalingFilter filter :
         {ScalingFilter::kNearest, ScalingFilter::kBilinear, ScalingFilter::kCubic}) {
        for (const double step : {0.3, 1.1, 2.7, -1.5}) {
            expect_equal(2, [&](const ProcessKernels& kernels, size_t n, std::byte* out) {
                ResampleAxis axis;
                axis.count = static_cast<uint32_t>(n);
                axis.step = step;
                axis.start = step < 0 ? static_cast<double>(n) * 1.5 : 0.25;
                axis.end = static_cast<int32_t>(static_cast<double>(n) * std::abs(step)) + 1;
                kernels.resample(samples_.data(), make_resample_table(axis, filter, 4),
                                 samples(out));
            });
        }
    }
}

TEST_F(ProcessKernelsTest, Colours) {
    const ColourSpace yuv;
    const ColourSpace rgb = {.is_rgb = true, .full_range = true};
    const ColourBalance strong = {.brightness = 80, .contrast = 10, .saturation = 10, .hue = 120};
    for (const ColourBalance& balance : {ColourBalance{}, strong}) {
        for (const ColourTransform& transform :
             {make_colour_transform(yuv, rgb, balance), make_colour_transform(rgb, yuv, balance)}) {
            expect_equal(6, [&](const ProcessKernels& kernels, size_t n, std::byte* out) {
                int16_t* const rows[] = {samples(out), samples(out) + n, samples(out) + 2 * n};
                std::copy_n(samples_.data(), 3 * n, rows[0]);
                kernels.transform(transform, rows, n);
            });
            expect_equal(2, [&](const ProcessKernels& kernels, size_t n, std::byte* out) {
                std::copy_n(samples_.data(), n, samples(out));
                kernels.affine(transform.factors[0][0], transform.offsets[0], transform.shift,
                               samples(out), n);
            });
        }
    }
}

TEST_F(ProcessKernelsTest, Halved) {
    std::vector<int16_t> inside = samples_;
    for (int16_t& sample : inside) {
        sample = std::clamp<int16_t>(sample, 0, 1 << kWeightBits);
    }
    for (const bool left : {false, true}) {
        expect_equal(2, [&](const ProcessKernels& kernels, size_t n, std::byte* out) {
            for (const size_t pixels : {2 * n - 1, 2 * n}) {
                kernels.halve(inside.data(), inside.data() + 2 * kLongest, left, pixels,
                              samples(out));
            }
        });
    }
}

TEST_F(ProcessKernelsTest, LoweredAndJoined) {
    expect_equal(1, [&](const ProcessKernels& kernels, size_t n, std::byte* out) {
        kernels.lower_to_bytes(samples_.data(), n, out);
    });
    expect_equal(2, [&](const ProcessKernels& kernels, size_t n, std::byte* out) {
        kernels.lower_to_words(samples_.data(), n, out);
    });
    expect_equal(4, [&](const ProcessKernels& kernels, size_t n, std::byte* out) {
        kernels.interleave_words(bytes_.data(), bytes_.data() + 2 * kLongest, n, out);
    });
    expect_equal(4, [&](const ProcessKernels& kernels, size_t n, std::byte* out) {
        const std::byte* const in[] = {bytes_.data(), bytes_.data() + kLongest,
                                       bytes_.data() + 2 * kLongest, bytes_.data() + 3 * kLongest};
        kernels.interleave_fours(in, n, out);
    });
}

TEST_F(ProcessKernelsTest, Fields) {
    // Half of the samples move by little.
    for (size_t i = 0; i < bytes_.size() / 2; ++i) {
        bytes_[bytes_.size() / 2 + i] =
            bytes_[i] ^ (i % 2 == 0 ? std::byte{0} : static_cast<std::byte>(random_() >> 8 & 31));
    }
    const std::byte* const now = bytes_.data();
    const std::byte* const before = now + bytes_.size() / 2;
    const FieldRows rows = {
        now, now + 2 * kLongest, before, before + 2 * kLongest, now + kLongest, before + kLongest};
    expect_equal(1, [&](const ProcessKernels& kernels, size_t n, std::byte* out) {
        kernels.average_bytes(now, now + kLongest, n, out);
    });
    expect_equal(1, [&](const ProcessKernels& kernels, size_t n, std::byte* out) {
        kernels.weave_bytes(rows, n, out);
    });
    expect_equal(2, [&](const ProcessKernels& kernels, size_t n, std::byte* out) {
        kernels.average_words(now, now + 2 * kLongest, n, out);
    });
    expect_equal(2, [&](const ProcessKernels& kernels, size_t n, std::byte* out) {
        kernels.weave_words(rows, n, out);
    });
}

TEST_F(ProcessKernelsTest, Mirrored) {
    for (const size_t element : {1U, 2U, 4U}) {
        expect_equal(element, [&](const ProcessKernels& kernels, size_t n, std::byte* out) {
            kernels.mirror(bytes_.data(), n, element, out);
        });
    }
}

TEST_F(ProcessKernelsTest, Blended) {
    std::vector<int16_t> alpha(kLongest);
    for (int16_t& one : alpha) {
        one = static_cast<int16_t>(random_() % ((1 << kWeightBits) + 1));
    }
    expect_equal(2, [&](const ProcessKernels& kernels, size_t n, std::byte* out) {
        std::copy_n(samples_.data(), n, samples(out));
        kernels.blend(samples_.data() + kLongest, alpha.data(), n, samples(out));
    });
    expect_equal(2, [&](const ProcessKernels& kernels, size_t n, std::byte* out) {
        std::copy_n(samples_.data(), n, samples(out));
        kernels.blend_premultiplied(samples_.data() + kLongest, alpha.data(), 1024, n,
                                    samples(out));
    });
}

}  // namespace
}  // namespace v4l2va::test
