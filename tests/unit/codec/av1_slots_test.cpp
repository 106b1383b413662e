// SPDX-License-Identifier: MIT
#include "codec/av1_slots.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <set>

namespace v4l2va {
namespace {

TEST(Av1Slots, RelativeDist) {
    EXPECT_EQ(av1_relative_dist(0, 3, 9), 0);
    EXPECT_EQ(av1_relative_dist(7, 9, 3), 6);
    EXPECT_EQ(av1_relative_dist(7, 3, 9), -6);
    EXPECT_EQ(av1_relative_dist(7, 2, 126), 4);  // wraps
    EXPECT_EQ(av1_relative_dist(8, 255, 0), -1);
    EXPECT_EQ(av1_relative_dist(1, 1, 0), -1);
}

Av1FrameReferences frame(uint64_t timestamp, uint32_t order_hint) {
    Av1FrameReferences out;
    out.timestamp = Timestamp(timestamp);
    out.order_hint = order_hint;
    out.order_hint_bits = 7;
    return out;
}

TEST(Av1Slots, ShownKeyFrameTakesAll) {
    Av1Slots slots;
    Av1FrameReferences key = frame(1, 0);
    key.intra = true;
    key.refresh_all = true;
    const Av1SlotMapping mapping = slots.decode(key);
    EXPECT_EQ(mapping.refresh_frame_flags, 0xFF);
    EXPECT_EQ(mapping.reference_frame_ts, (std::array<Timestamp, kAv1Slots>{}));
    EXPECT_TRUE(slots.keeps(Timestamp(1)));

    Av1FrameReferences next = frame(2, 1);
    next.map.fill(Timestamp(1));
    const Av1SlotMapping second = slots.decode(next);
    EXPECT_EQ(second.reference_frame_ts[0], Timestamp(1));
    EXPECT_EQ(second.reference_frame_ts, next.map);
    EXPECT_EQ(second.refresh_frame_flags, 0x02);
    EXPECT_EQ(second.ref_frame_idx, (std::array<uint8_t, kAv1RefsPerFrame>{}));
}

// A frame is named where the device has it.
TEST(Av1Slots, FollowsSurfacesNotNumbers) {
    Av1Slots slots;
    Av1FrameReferences key = frame(1, 10);
    key.refresh_all = key.intra = true;
    (void)slots.decode(key);
    Av1FrameReferences second = frame(2, 14);
    second.map.fill(Timestamp(1));
    (void)slots.decode(second);
    Av1FrameReferences third = frame(3, 12);
    third.map.fill(Timestamp(1));
    third.map[5] = Timestamp(2);  // where the second frame went
    third.ref_frame_idx = {5, 0, 1, 5, 2, 3, 4};
    const Av1SlotMapping mapping = slots.decode(third);
    EXPECT_EQ(mapping.reference_frame_ts[0], Timestamp(1));
    EXPECT_EQ(mapping.reference_frame_ts[1], Timestamp(2));
    EXPECT_EQ(mapping.ref_frame_idx, (std::array<uint8_t, 7>{1, 0, 0, 1, 2, 3, 4}));
    EXPECT_EQ(mapping.order_hints, (std::array<uint32_t, 8>{0, 14, 10, 10, 14, 10, 10, 10}));
    EXPECT_EQ(mapping.refresh_frame_flags, 0x04);
    // The third went nowhere: its slot is free again.
    Av1FrameReferences fourth = third;
    fourth.timestamp = Timestamp(4);
    EXPECT_EQ(slots.decode(fourth).refresh_frame_flags, 0x04);
    EXPECT_FALSE(slots.keeps(Timestamp(3)));
}

TEST(Av1Slots, LostReferences) {
    Av1Slots slots;
    Av1FrameReferences first = frame(7, 3);  // a stream cut at an inter frame
    Av1SlotMapping mapping = slots.decode(first);
    EXPECT_EQ(mapping.reference_frame_ts[0], Timestamp(7));
    EXPECT_EQ(mapping.order_hints[1], 3U);
    Av1FrameReferences second = frame(8, 4);
    second.map[3] = Timestamp(7);
    second.ref_frame_idx = {3, 0, 1, 2, 3, 4, 5};
    mapping = slots.decode(second);
    for (const uint8_t index : mapping.ref_frame_idx) {
        EXPECT_EQ(mapping.reference_frame_ts[index], Timestamp(7));
    }
}

// What the frame loads probabilities from is lost with its picture, though another stands in for
// it.
TEST(Av1Slots, LostPrimary) {
    Av1Slots slots;
    Av1FrameReferences key = frame(1, 0);
    key.refresh_all = key.intra = true;
    (void)slots.decode(key);
    Av1FrameReferences second = frame(2, 1);
    second.map.fill(Timestamp(1));
    second.primary_ref_frame = 0;
    second.ref_frame_idx = {3, 0, 0, 0, 0, 0, 0};
    EXPECT_FALSE(slots.decode(second).lost_primary);
    second.timestamp = Timestamp(3);
    second.map[3] = Timestamp();
    EXPECT_TRUE(slots.decode(second).lost_primary);
}

// Eight frames held: the one that is not referred to gives its slot; its picture stays named.
TEST(Av1Slots, EightFrames) {
    Av1Slots slots;
    Av1FrameReferences next = frame(1, 0);
    next.refresh_all = next.intra = true;
    (void)slots.decode(next);
    std::array<Timestamp, kAv1Slots> map;
    map.fill(Timestamp(1));
    for (size_t i = 2; i <= 8; ++i) {
        next = frame(i, static_cast<uint32_t>(i));
        next.map = map;
        (void)slots.decode(next);
        map[i - 1] = Timestamp(i);
    }
    next = frame(9, 9);
    next.map = map;
    next.ref_frame_idx = {0, 1, 2, 3, 4, 6, 7};  // all but the sixth frame
    Av1SlotMapping mapping = slots.decode(next);
    EXPECT_EQ(mapping.refresh_frame_flags, 1U << 5);
    EXPECT_EQ(mapping.reference_frame_ts[5], Timestamp(6));
    EXPECT_FALSE(slots.keeps(Timestamp(6)));
    EXPECT_TRUE(slots.keeps(Timestamp(9)));

    // It replaced the third frame in fact. The sixth can still be referred to, and has its hint.
    next = frame(10, 10);
    map[2] = Timestamp(9);
    next.map = map;
    next.ref_frame_idx = {5, 5, 5, 5, 5, 5, 2};
    mapping = slots.decode(next);
    EXPECT_EQ(mapping.reference_frame_ts[mapping.ref_frame_idx[0]], Timestamp(6));
    EXPECT_EQ(mapping.order_hints[1], 6U);
    EXPECT_EQ(mapping.reference_frame_ts[mapping.ref_frame_idx[6]], Timestamp(9));
    // Its slot holds nothing: the new frame goes there, and nobody else loses.
    EXPECT_EQ(mapping.refresh_frame_flags, 1U << mapping.ref_frame_idx[0]);
    for (const unsigned kept : {1U, 2U, 4U, 5U, 7U, 8U, 9U, 10U}) {
        EXPECT_TRUE(slots.keeps(Timestamp(kept))) << kept;
    }
}

// libavcodec names no frame in a key frame, but goes on with those that a hidden one leaves alone.
TEST(Av1Slots, HiddenKeyFramesKeepTheOthers) {
    Av1Slots slots;
    Av1FrameReferences next = frame(1, 0);
    next.refresh_all = next.intra = true;
    (void)slots.decode(next);
    std::array<Timestamp, kAv1Slots> map;
    map.fill(Timestamp(1));
    for (size_t i = 2; i <= 4; ++i) {
        next = frame(i, static_cast<uint32_t>(i));
        next.map = map;
        (void)slots.decode(next);
        map[i - 1] = Timestamp(i);
    }
    Av1FrameReferences key = frame(5, 20);
    key.intra = key.map_unknown = true;
    Av1SlotMapping mapping = slots.decode(key);
    EXPECT_EQ(mapping.reference_frame_ts[0], Timestamp(1));
    EXPECT_EQ(mapping.refresh_frame_flags, 1U << 4);

    map[7] = Timestamp(5);
    next = frame(6, 5);
    next.map = map;
    next.ref_frame_idx = {7, 3, 2, 1, 0, 0, 0};
    mapping = slots.decode(next);
    EXPECT_EQ(mapping.order_hints, (std::array<uint32_t, 8>{0, 20, 4, 3, 2, 0, 0, 0}));
    for (const unsigned kept : {1U, 2U, 3U, 4U, 5U, 6U}) {
        EXPECT_TRUE(slots.keeps(Timestamp(kept))) << kept;
    }
    for (uint64_t i = 7; i <= 20; ++i) {  // more of them than there are slots
        key.timestamp = Timestamp(i);
        (void)slots.decode(key);
        EXPECT_TRUE(slots.keeps(Timestamp(i)));
    }
}

TEST(Av1Slots, FirstInOutputOrderGivesWay) {
    Av1Slots slots;
    std::array<Timestamp, kAv1Slots> map;
    const std::array<uint32_t, 8> hints = {5, 9, 120, 3, 30, 1, 2, 7};  // 120 is before 0
    for (size_t i = 0; i < 8; ++i) {
        Av1FrameReferences next = frame(i + 1, hints[i]);
        next.intra = true;
        next.map = map;
        (void)slots.decode(next);
        map[i] = Timestamp(i + 1);
    }
    Av1FrameReferences next = frame(9, 10);
    next.intra = true;
    next.map = map;
    EXPECT_EQ(slots.decode(next).refresh_frame_flags, 1U << 2);
}

// A client with real slots, and a device that does what it is told: never may they disagree.
class Simulation {
  public:
    // Of 10 frames the client sends the headers of `with_header`.
    Simulation(uint32_t seed, unsigned max_distinct, unsigned with_header = 0)
        : random_(seed), max_distinct_(max_distinct), with_header_(with_header) {}

    void step() {
        ++frame_number_;
        Av1FrameReferences next = frame(frame_number_, random_() % 128);
        const bool first = frame_number_ == 1;
        const bool key = first || random_() % 50 == 0;
        next.refresh_all = key;
        next.intra = key || random_() % 20 == 0;
        next.map = client_;
        for (uint8_t& index : next.ref_frame_idx) {
            index = static_cast<uint8_t>(random_() % 8);
        }
        next.primary_ref_frame = static_cast<uint8_t>(random_() % 7);
        const uint8_t flags = refresh(next);
        if (!key && random_() % 10 < with_header_) {
            next.refresh_frame_flags = flags;
        }
        const Av1SlotMapping mapping = slots_.decode(next);
        if (with_header_ == 10) {
            EXPECT_EQ(mapping.refresh_frame_flags, flags);
            EXPECT_EQ(mapping.reference_frame_ts, next.map);
            EXPECT_TRUE(next.intra || mapping.ref_frame_idx == next.ref_frame_idx);
        }
        check(next, mapping);
        device(next, mapping);
    }

    unsigned lost = 0;  // references whose slot no longer holds what they left there
    unsigned references = 0;

  private:
    void check(const Av1FrameReferences& next, const Av1SlotMapping& mapping) {
        for (size_t i = 0; i < kAv1Slots; ++i) {
            if (!next.map[i].valid()) {
                continue;
            }
            EXPECT_NE(std::find(mapping.reference_frame_ts.begin(),
                                mapping.reference_frame_ts.end(), next.map[i]),
                      mapping.reference_frame_ts.end())
                << "a frame that the client holds is not named";
        }
        if (next.intra) {
            return;
        }
        for (size_t i = 0; i < kAv1RefsPerFrame; ++i) {
            const Timestamp wanted = next.map[next.ref_frame_idx[i]];
            const size_t slot = mapping.ref_frame_idx[i];
            EXPECT_EQ(mapping.reference_frame_ts[slot], wanted);
            const auto number = static_cast<size_t>(wanted.microseconds());
            EXPECT_EQ(mapping.order_hints[i + 1], hints_[number]);
            ++references;
            lost += device_[slot] == wanted ? 0 : 1;
        }
        const size_t primary = mapping.ref_frame_idx[next.primary_ref_frame];
        EXPECT_EQ(mapping.lost_primary,
                  device_[primary] != next.map[next.ref_frame_idx[next.primary_ref_frame]]);
    }

    void device(const Av1FrameReferences& next, const Av1SlotMapping& mapping) {
        hints_.push_back(next.order_hint);
        for (size_t i = 0; i < kAv1Slots; ++i) {
            if (((mapping.refresh_frame_flags >> i) & 1) != 0) {
                device_[i] = next.timestamp;
            }
        }
    }

    // Where the client puts the frame; it does so.
    uint8_t refresh(const Av1FrameReferences& next) {
        if (next.refresh_all) {
            client_.fill(next.timestamp);
            return kAv1RefreshAll;
        }
        const unsigned flags = random_() % 3 == 0 ? 0 : random_() & random_() & random_() & 0xFF;
        const auto before = client_;
        for (size_t i = 0; i < kAv1Slots; ++i) {
            if (((flags >> i) & 1) != 0) {
                client_[i] = next.timestamp;
            }
        }
        std::set<uint64_t> distinct;
        for (const Timestamp timestamp : client_) {
            distinct.insert(timestamp.microseconds());
        }
        if (distinct.size() > max_distinct_) {
            client_ = before;
            return 0;
        }
        return static_cast<uint8_t>(flags);
    }

    std::mt19937 random_;
    unsigned max_distinct_;
    unsigned with_header_;
    Av1Slots slots_;
    uint64_t frame_number_ = 0;
    std::array<Timestamp, kAv1Slots> client_;
    std::array<Timestamp, kAv1Slots> device_;
    std::vector<uint32_t> hints_ = {0};  // by timestamp
};

TEST(Av1Slots, TenThousandFrames) {
    Simulation simulation(1, 7);
    for (int i = 0; i < 10000; ++i) {
        simulation.step();
        ASSERT_FALSE(HasFailure()) << "frame " << i;
    }
    EXPECT_GT(simulation.references, 50000U);
    EXPECT_EQ(simulation.lost, 0U);
}

// What the headers say is what the device gets, and nothing is lost with eight frames either.
TEST(Av1Slots, TenThousandFramesWithHeaders) {
    Simulation simulation(3, 8, 10);
    for (int i = 0; i < 10000; ++i) {
        simulation.step();
        ASSERT_FALSE(HasFailure()) << "frame " << i;
    }
    EXPECT_GT(simulation.references, 50000U);
    EXPECT_EQ(simulation.lost, 0U);
}

// Some frames with their header, some without: with a slot to spare nothing is lost.
TEST(Av1Slots, TenThousandFramesOfBothKinds) {
    for (const unsigned with_header : {2U, 5U, 8U}) {
        Simulation simulation(4, 7, with_header);
        for (int i = 0; i < 10000; ++i) {
            simulation.step();
            ASSERT_FALSE(HasFailure()) << "frame " << i;
        }
        EXPECT_EQ(simulation.lost, 0U);
    }
}

// With eight frames held one of them loses what is kept for it; its picture never.
TEST(Av1Slots, TenThousandFramesOfEight) {
    Simulation simulation(2, 8);
    for (int i = 0; i < 10000; ++i) {
        simulation.step();
        ASSERT_FALSE(HasFailure()) << "frame " << i;
    }
    EXPECT_GT(simulation.lost, 0U);
    EXPECT_LT(simulation.lost, simulation.references / 10);
}

}  // namespace
}  // namespace v4l2va
