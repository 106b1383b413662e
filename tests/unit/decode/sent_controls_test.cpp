// SPDX-License-Identifier: MIT
#include "decode/sent_controls.h"

#include <gtest/gtest.h>

#include <vector>

#include "allocation_counter.h"

namespace v4l2va::test {

namespace {

constexpr uint32_t kSps = 1;
constexpr uint32_t kPps = 2;
constexpr uint32_t kParams = 3;

struct Value {
    uint32_t number;
    std::array<uint8_t, 100> more;
};

class SentControlsTest : public ::testing::Test {
  protected:
    void SetUp() override {
        set(kSps, 10);
        set(kPps, 20);
        set(kParams, 30);
    }

    void set(uint32_t id, uint32_t number) { controls_.set(id, Value{number, {}}); }

    std::vector<uint32_t> chosen_ids() {
        auto chosen = sent_.choose(controls_);
        EXPECT_TRUE(chosen);
        std::vector<uint32_t> ids;
        for (const v4l2_ext_control& control : *chosen) {
            const std::span<const std::byte> value = controls_.find(control.id);
            const void* const bytes = control.ptr;  // packed: no reference to it
            EXPECT_EQ(bytes, value.data());
            EXPECT_EQ(control.size, value.size());
            ids.push_back(control.id);
        }
        return ids;
    }

    // As a request that succeeds.
    std::vector<uint32_t> send() {
        std::vector<uint32_t> ids = chosen_ids();
        sent_.note_sent(controls_);
        return ids;
    }

    SentControls sent_;
    ControlSet controls_;
};

using Ids = std::vector<uint32_t>;

TEST_F(SentControlsTest, EverythingIsSentOnce) {
    EXPECT_EQ(send(), (Ids{kSps, kPps, kParams}));
    EXPECT_FALSE(sent_.omits());
    set(kParams, 31);
    EXPECT_EQ(send(), Ids{kParams});
    EXPECT_TRUE(sent_.omits());
    set(kPps, 21);
    set(kParams, 32);
    EXPECT_EQ(send(), (Ids{kPps, kParams}));
}

TEST_F(SentControlsTest, AValueThatComesBackIsSentAgain) {
    (void)send();
    set(kPps, 21);
    (void)send();
    set(kPps, 20);
    EXPECT_EQ(send(), Ids{kPps});
}

TEST_F(SentControlsTest, NoRequestIsWithoutControls) {
    (void)send();
    EXPECT_EQ(send(), (Ids{kSps, kPps, kParams}));
    EXPECT_FALSE(sent_.omits());
}

TEST_F(SentControlsTest, WhatWasNotSentIsChosenAgain) {
    (void)send();
    set(kPps, 21);
    EXPECT_EQ(chosen_ids(), Ids{kPps});
    EXPECT_EQ(chosen_ids(), Ids{kPps});
}

TEST_F(SentControlsTest, AnotherSizeIsAnotherValue) {
    const std::vector<uint32_t> slices{1, 2, 3};
    controls_.set_array(kParams, std::span(slices));
    (void)send();
    controls_.set_array(kParams, std::span(slices).first(2));
    EXPECT_EQ(send(), Ids{kParams});
    controls_.set_array(kParams, std::span(slices));
    EXPECT_EQ(send(), Ids{kParams});
}

// The device keeps a control that a picture does not have, so it need not be sent again later.
TEST_F(SentControlsTest, WhatAPictureDoesNotHaveIsKept) {
    (void)send();
    controls_.clear();
    set(kSps, 10);
    set(kParams, 31);
    EXPECT_EQ(send(), Ids{kParams});
    set(kPps, 20);
    set(kParams, 32);
    EXPECT_EQ(send(), Ids{kParams});
}

TEST_F(SentControlsTest, AfterForgettingEverythingIsSentAgain) {
    (void)send();
    sent_.forget();
    EXPECT_EQ(send(), (Ids{kSps, kPps, kParams}));
}

TEST_F(SentControlsTest, SendsAllWhereTheDriverWantsIt) {
    (void)send();
    sent_.send_all();
    set(kParams, 31);
    EXPECT_EQ(send(), (Ids{kSps, kPps, kParams}));
    EXPECT_FALSE(sent_.omits());
    sent_.forget();
    EXPECT_EQ(send(), (Ids{kSps, kPps, kParams}));
}

TEST_F(SentControlsTest, RefusesMoreControlsThanAnyCodecHas) {
    for (uint32_t id = 4; id <= SentControls::kMaxControls; ++id) {
        set(id, id);
    }
    EXPECT_EQ(send().size(), SentControls::kMaxControls);
    set(SentControls::kMaxControls + 1, 0);
    auto chosen = sent_.choose(controls_);
    ASSERT_FALSE(chosen);
    EXPECT_EQ(chosen.error().code, ErrorCode::kInvalidParameter);
}

TEST_F(SentControlsTest, AllocatesNothingInSteadyState) {
    (void)send();
    const uint64_t before = allocations();
    for (uint32_t number = 0; number < 10; ++number) {
        set(kParams, number);
        ASSERT_TRUE(sent_.choose(controls_));
        sent_.note_sent(controls_);
    }
    EXPECT_EQ(allocations(), before);
}

}  // namespace

}  // namespace v4l2va::test
