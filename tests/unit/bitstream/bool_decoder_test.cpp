// SPDX-License-Identifier: MIT
#include "bitstream/bool_decoder.h"

#include <gtest/gtest.h>

#include <random>
#include <vector>

#include "bool_encoder.h"

namespace v4l2va {
namespace {

using test::BoolEncoder;

struct Value {
    uint8_t probability;
    bool bit;
};

std::vector<Value> random_values(size_t count, uint32_t seed) {
    std::mt19937 random(seed);
    std::vector<Value> values;
    for (size_t i = 0; i < count; ++i) {
        const auto probability = static_cast<uint8_t>(1 + random() % 255);
        values.push_back({probability, random() % 256 >= probability});
    }
    return values;
}

TEST(BoolDecoder, ReadsWhatWasWritten) {
    for (uint32_t seed = 0; seed < 50; ++seed) {
        const std::vector<Value> values = random_values(2000, seed);
        BoolEncoder encoder;
        for (const Value& value : values) {
            encoder.write(value.probability, value.bit);
        }
        const std::vector<std::byte> bytes = encoder.bytes();
        BoolDecoder decoder(bytes);
        for (const Value& value : values) {
            ASSERT_EQ(decoder.read(value.probability), value.bit) << "seed " << seed;
            ASSERT_GE(decoder.range(), 128);
            ASSERT_LT(decoder.value(), decoder.range());
        }
        EXPECT_TRUE(decoder.ok());
        EXPECT_LE(decoder.position(), bytes.size() * 8);
    }
}

TEST(BoolDecoder, Literals) {
    BoolEncoder encoder;
    encoder.literal(7, 0x55);
    encoder.literal(32, 0xdeadbeef);
    encoder.flag(true);
    const std::vector<std::byte> bytes = encoder.bytes();
    BoolDecoder decoder(bytes);
    EXPECT_EQ(decoder.literal(7), 0x55U);
    EXPECT_EQ(decoder.literal(0), 0U);
    EXPECT_EQ(decoder.literal(32), 0xdeadbeefU);
    EXPECT_TRUE(decoder.flag());
}

// A hardware decoder goes on from range(), value() and the bits behind them.
TEST(BoolDecoder, StateIsEnoughToGoOn) {
    const std::vector<Value> values = random_values(400, 7);
    BoolEncoder encoder;
    for (const Value& value : values) {
        encoder.write(value.probability, value.bit);
    }
    const std::vector<std::byte> bytes = encoder.bytes();
    for (size_t stop = 0; stop < values.size(); ++stop) {
        BoolDecoder decoder(bytes);
        for (size_t i = 0; i < stop; ++i) {
            ASSERT_EQ(decoder.read(values[i].probability), values[i].bit);
        }
        uint32_t range = decoder.range();
        uint32_t value = decoder.value();
        size_t next = decoder.position() + 8;
        for (size_t i = stop; i < values.size(); ++i) {
            const uint32_t split = 1 + (((range - 1) * values[i].probability) >> 8);
            const bool bit = value >= split;
            ASSERT_EQ(bit, values[i].bit);
            value -= bit ? split : 0;
            range = bit ? range - split : split;
            for (; range < 128; range *= 2, ++next) {
                const auto byte = next / 8 < bytes.size() ? bytes[next / 8] : std::byte{0};
                value = value * 2 + ((std::to_integer<uint32_t>(byte) >> (7 - next % 8)) & 1);
            }
        }
    }
}

TEST(BoolDecoder, EndsInZeroBitsAndAnError) {
    for (size_t size = 0; size < 12; ++size) {
        const std::vector<std::byte> bytes(size, std::byte{0xff});
        const std::vector<std::byte> padded = [&] {
            std::vector<std::byte> longer = bytes;
            longer.resize(size + 64);
            return longer;
        }();
        BoolDecoder decoder(bytes);
        BoolDecoder reference(padded);
        while (decoder.ok()) {
            ASSERT_EQ(decoder.literal(1), reference.literal(1));
            ASSERT_LE(decoder.position(), size * 8 + 8);
        }
        EXPECT_GT(decoder.position(), size * 8);
        EXPECT_FALSE(decoder.read(0) && decoder.ok());
    }
}

}  // namespace
}  // namespace v4l2va
