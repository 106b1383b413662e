// SPDX-License-Identifier: MIT
#include "codec/decode_units.h"

#include <gtest/gtest.h>

#include <array>
#include <vector>

namespace v4l2va {
namespace {

constexpr std::array<std::byte, 10> kBytes = {};

TEST(DecodeUnits, EachUnitHasItsOwnControlsAndFragments) {
    DecodeUnits made;
    std::vector<const ControlSet*> controls;
    for (uint32_t i = 0; i < 100; ++i) {
        ControlSet& own = made.start();
        own.set(i, i);
        controls.push_back(&own);
        for (uint32_t fragment = 0; fragment < i % 4; ++fragment) {
            made.append(std::span(kBytes).subspan(fragment, 3));
        }
    }
    const auto units = made.units();
    ASSERT_EQ(units.size(), 100U);
    for (uint32_t i = 0; i < 100; ++i) {
        EXPECT_EQ(units[i].controls, controls[i]);
        uint32_t value = 0;
        EXPECT_TRUE(units[i].controls->get(i, value));
        EXPECT_EQ(value, i);
        ASSERT_EQ(units[i].fragments.size(), i % 4);
        EXPECT_EQ(units[i].bytes, 3 * (i % 4));
        for (size_t fragment = 0; fragment < i % 4; ++fragment) {
            EXPECT_EQ(units[i].fragments[fragment].data(), &kBytes[fragment]);
        }
    }
}

TEST(DecodeUnits, ClearForgetsControlsAndFragments) {
    DecodeUnits made;
    EXPECT_TRUE(made.units().empty());
    made.start().set(1, 1);
    made.append(kBytes);
    made.clear();
    EXPECT_TRUE(made.units().empty());
    made.start().set(2, 2);
    const auto units = made.units();
    ASSERT_EQ(units.size(), 1U);
    EXPECT_TRUE(units[0].controls->find(1).empty());
    EXPECT_FALSE(units[0].controls->find(2).empty());
    EXPECT_TRUE(units[0].fragments.empty());
    EXPECT_EQ(units[0].bytes, 0U);
}

}  // namespace
}  // namespace v4l2va
