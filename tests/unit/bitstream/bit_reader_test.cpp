// SPDX-License-Identifier: MIT
#include "bitstream/bit_reader.h"

#include <gtest/gtest.h>

#include <array>

#include "bit_writer.h"

namespace v4l2va {
namespace {

using test::BitWriter;

TEST(BitReader, ReadsAcrossBytes) {
    constexpr std::array<std::byte, 6> kBytes = {std::byte{0xa5}, std::byte{0x0f}, std::byte{0xff},
                                                 std::byte{0x00}, std::byte{0x12}, std::byte{0x80}};
    BitReader reader(kBytes);
    EXPECT_EQ(reader.u(0), 0U);
    EXPECT_EQ(reader.u(1), 1U);
    EXPECT_EQ(reader.u(3), 2U);
    EXPECT_EQ(reader.u(8), 0x50U);
    EXPECT_EQ(reader.u(32), 0xfff00128U);
    EXPECT_EQ(reader.position(), 44U);
    EXPECT_EQ(reader.bits_left(), 4U);
    EXPECT_TRUE(reader.ok());
}

TEST(BitReader, StopsAtTheEnd) {
    constexpr std::array<std::byte, 1> kBytes = {std::byte{0xff}};
    BitReader reader(kBytes);
    EXPECT_EQ(reader.u(7), 0x7fU);
    EXPECT_EQ(reader.u(2), 0U);
    EXPECT_FALSE(reader.ok());
    EXPECT_EQ(reader.u(1), 0U) << "the error sticks";
    EXPECT_EQ(reader.ue(), 0U);
    EXPECT_FALSE(reader.ok());
}

TEST(BitReader, EmptyAndTooWide) {
    BitReader empty({});
    EXPECT_FALSE(empty.flag());
    EXPECT_FALSE(empty.ok());
    constexpr std::array<std::byte, 8> kBytes = {};
    BitReader wide(kBytes);
    EXPECT_EQ(wide.u(33), 0U);
    EXPECT_FALSE(wide.ok());
    BitReader skipping(kBytes);
    skipping.skip(64);
    EXPECT_TRUE(skipping.ok());
    skipping.skip(1);
    EXPECT_FALSE(skipping.ok());
}

TEST(BitReader, ExpGolombTable) {
    // Table 9-2 and the largest code.
    constexpr std::array<uint32_t, 9> kValues = {0, 1, 2, 3, 7, 8, 254, 0xffff, 0xfffffffe};
    BitWriter writer;
    for (const uint32_t value : kValues) {
        writer.ue(value);
    }
    const auto bytes = writer.bytes();
    BitReader reader(bytes);
    for (const uint32_t value : kValues) {
        EXPECT_EQ(reader.ue(), value);
    }
    EXPECT_TRUE(reader.ok());
    EXPECT_EQ(reader.position(), writer.size());
}

TEST(BitReader, SignedExpGolombTable) {
    constexpr std::array<int32_t, 9> kValues = {0,  1,          -1,          2,     -2,
                                                12, 0x7fffffff, -0x7fffffff, -65536};
    BitWriter writer;
    for (const int32_t value : kValues) {
        writer.se(value);
    }
    const auto bytes = writer.bytes();
    BitReader reader(bytes);
    for (const int32_t value : kValues) {
        EXPECT_EQ(reader.se(), value);
    }
    EXPECT_TRUE(reader.ok());
}

TEST(BitReader, ExpGolombPrefixTooLong) {
    constexpr std::array<std::byte, 9> kBytes = {std::byte{0}, std::byte{0}, std::byte{0},
                                                 std::byte{0}, std::byte{0xff}};
    BitReader reader(kBytes);
    EXPECT_EQ(reader.ue(), 0U);
    EXPECT_FALSE(reader.ok());
}

}  // namespace
}  // namespace v4l2va
