// SPDX-License-Identifier: MIT
#include "bitstream/rbsp_reader.h"

#include <gtest/gtest.h>

#include <array>
#include <initializer_list>
#include <random>
#include <vector>

#include "bit_writer.h"

namespace v4l2va {
namespace {

using test::BitWriter;

std::vector<std::byte> bytes_of(std::initializer_list<int> values) {
    std::vector<std::byte> bytes;
    for (const int value : values) {
        bytes.push_back(static_cast<std::byte>(value));
    }
    return bytes;
}

std::vector<uint32_t> payload_of(const std::vector<std::byte>& nal) {
    RbspReader reader(nal);
    std::vector<uint32_t> out;
    for (;;) {
        const uint32_t byte = reader.u(8);
        if (!reader.ok()) {
            return out;
        }
        out.push_back(byte);
    }
}

TEST(RbspReader, DropsEmulationPreventionBytes) {
    struct Case {
        std::vector<std::byte> nal;
        std::vector<uint32_t> payload;
    };
    const Case cases[] = {
        {bytes_of({0, 0, 3, 1}), {0, 0, 1}},
        {bytes_of({0, 0, 3, 0, 0, 3, 3}), {0, 0, 0, 0, 3}},
        {bytes_of({0, 0, 3, 0, 3, 0}), {0, 0, 0, 3, 0}},
        {bytes_of({1, 0, 0, 3}), {1, 0, 0}},        // at the end: cabac_zero_word
        {bytes_of({0, 0, 0, 3, 9}), {0, 0, 0, 9}},  // more zeros than legal
        {bytes_of({0, 3, 0, 3}), {0, 3, 0, 3}},     // one zero only
        {bytes_of({0, 0, 3, 3}), {0, 0, 3}},        // the second 03 is payload
        {bytes_of({3, 0, 0, 4}), {3, 0, 0, 4}},
        {{}, {}},
    };
    for (const Case& c : cases) {
        EXPECT_EQ(payload_of(c.nal), c.payload);
    }
}

TEST(RbspReader, PositionLeavesThemOut) {
    const auto nal = bytes_of({0, 0, 3, 0, 0, 3, 1, 0x80});
    RbspReader reader(nal);
    reader.skip(17);
    EXPECT_EQ(reader.position(), 17U);
    EXPECT_EQ(reader.emulation_prevention_bytes(), 1U);
    EXPECT_EQ(reader.u(23), 1U);
    EXPECT_EQ(reader.position(), 40U);
    EXPECT_EQ(reader.emulation_prevention_bytes(), 2U);
    EXPECT_EQ(reader.u(8), 0x80U);
    EXPECT_TRUE(reader.ok());
    reader.skip(1);
    EXPECT_FALSE(reader.ok());
}

TEST(RbspReader, ZeroRichPayloadRoundTrip) {
    std::mt19937 random(1);
    for (int round = 0; round < 200; ++round) {
        BitWriter writer;
        std::vector<uint32_t> values;
        for (int i = 0; i < 64; ++i) {
            const auto number = static_cast<uint32_t>(random());
            values.push_back(number % 8 == 0 ? number >> 24 : number % 4 == 0 ? 3 : 0);
            writer.u(8, values.back());
        }
        EXPECT_EQ(payload_of(writer.nal_bytes()), values);
    }
}

// Wherever in a byte they begin.
TEST(RbspReader, ExpGolombCodes) {
    constexpr std::array<uint32_t, 10> kValues = {0, 1, 2, 6, 7, 14, 254, 255, 0xffff, 0xfffffffe};
    for (uint32_t offset = 0; offset < 8; ++offset) {
        for (const uint32_t value : kValues) {
            BitWriter writer;
            writer.u(offset, 0);
            writer.ue(value);
            writer.u(8, 0x80);
            const auto nal = writer.nal_bytes();
            RbspReader reader(nal);
            reader.skip(offset);
            EXPECT_EQ(reader.ue(), value) << offset;
            EXPECT_EQ(reader.u(8), 0x80U) << offset;
            EXPECT_TRUE(reader.ok());
        }
    }
    const auto short_nal = bytes_of({0xff});
    RbspReader reader(short_nal);
    reader.skip(9);
    EXPECT_FALSE(reader.ok());
    EXPECT_EQ(reader.ue(), 0U);
    EXPECT_EQ(reader.se(), 0);
}

}  // namespace
}  // namespace v4l2va
