// SPDX-License-Identifier: MIT
// Samples of ten bits to eight and back: every value, and every number of samples.
#include <gtest/gtest.h>

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <random>
#include <span>
#include <vector>

#include "pixel/kernels.h"

namespace v4l2va::test {
namespace {

constexpr size_t kMost = 300;
constexpr std::byte kUntouched{0xa5};

// To the nearest, halves upwards, and 1022 and 1023 to the largest that there is.
unsigned nearest(unsigned ten_bits) {
    const double rounded = static_cast<double>(ten_bits) / 4 + 0.5;
    return rounded >= 255 ? 255 : static_cast<unsigned>(rounded);
}

TEST(Depth, EveryWordBecomesTheNearestByte) {
    std::vector<uint16_t> words(1U << 16);
    for (size_t i = 0; i < words.size(); ++i) {
        words[i] = static_cast<uint16_t>(i);
    }
    std::vector<std::byte> bytes(words.size());
    narrow_samples(std::as_bytes(std::span(words)).data(), words.size(), bytes.data());
    for (size_t i = 0; i < words.size(); ++i) {
        // The lower six bits are no part of the sample.
        ASSERT_EQ(std::to_integer<unsigned>(bytes[i]), nearest(words[i] >> 6)) << i;
    }
}

TEST(Depth, EveryByteComesBack) {
    std::vector<std::byte> bytes(256);
    for (size_t i = 0; i < bytes.size(); ++i) {
        bytes[i] = static_cast<std::byte>(i);
    }
    std::vector<uint16_t> words(bytes.size());
    widen_samples(bytes.data(), bytes.size(), std::as_writable_bytes(std::span(words)).data());
    for (size_t i = 0; i < words.size(); ++i) {
        ASSERT_EQ(words[i], i * 4 * 64);
    }
    std::vector<std::byte> back(bytes.size());
    narrow_samples(std::as_bytes(std::span(words)).data(), words.size(), back.data());
    EXPECT_EQ(back, bytes);
}

// From odd addresses to odd ones; nothing behind them is written.
TEST(Depth, EveryNumberOfSamples) {
    std::mt19937 random(3);
    std::vector<std::byte> in(2 * kMost + 1);
    for (std::byte& byte : in) {
        byte = static_cast<std::byte>(random());
    }
    for (size_t count = 0; count <= kMost; ++count) {
        const size_t shift = count % 2;
        std::vector<std::byte> bytes(count + shift + 16, kUntouched);
        narrow_samples(in.data() + shift, count, bytes.data() + shift);
        std::vector<std::byte> words(2 * count + shift + 16, kUntouched);
        widen_samples(in.data() + shift, count, words.data() + shift);
        for (size_t i = 0; i < count; ++i) {
            uint16_t word = 0;
            std::memcpy(&word, in.data() + shift + 2 * i, sizeof(word));
            ASSERT_EQ(std::to_integer<unsigned>(bytes[shift + i]), nearest(word >> 6)) << count;
            ASSERT_EQ(words[shift + 2 * i], std::byte{0}) << count;
            ASSERT_EQ(words[shift + 2 * i + 1], in[shift + i]) << count;
        }
        for (size_t i = 0; i < 16; ++i) {
            ASSERT_EQ(bytes[shift + count + i], kUntouched) << count;
            ASSERT_EQ(words[shift + 2 * count + i], kUntouched) << count;
        }
    }
}

}  // namespace
}  // namespace v4l2va::test
