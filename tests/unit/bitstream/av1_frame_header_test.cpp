// SPDX-License-Identifier: MIT
#include "bitstream/av1_frame_header.h"

#include <gtest/gtest.h>

#include "av1_frame_header_writer.h"

namespace v4l2va::test {
namespace {

Av1TestHeader inter_header() {
    Av1TestHeader header;
    header.frame.frame_type = 1;
    header.frame.show_frame = true;
    header.frame.order_hint = 41;
    header.frame.order_hint_bits = 7;
    header.frame.primary_ref_frame = 2;
    header.frame.ref_frame_idx = {5, 0, 1, 5, 2, 3, 4};
    header.refresh_frame_flags = 0x48;
    return header;
}

Av1TestHeader hidden_key_header() {
    Av1TestHeader header;
    header.frame.order_hint = 12;
    header.frame.order_hint_bits = 7;
    header.frame.showable_frame = true;
    header.refresh_frame_flags = 0x81;
    return header;
}

Av1HeaderMatch match(const Av1TestHeader& header, uint8_t layouts = kAv1AllLayouts) {
    return match_av1_frame_header(header.bytes(), header.frame, layouts);
}

uint8_t bit_of(size_t layout) { return static_cast<uint8_t>(1U << layout); }

TEST(Av1FrameHeader, EveryLayoutIsToldByInterFrames) {
    for (const bool screen_content : {false, true}) {
        for (size_t i = 0; i < kAv1HeaderLayouts.size(); ++i) {
            Av1TestHeader header = inter_header();
            header.layout = kAv1HeaderLayouts[i];
            header.frame.allow_screen_content_tools = screen_content;
            header.frame.force_integer_mv = screen_content;
            const Av1HeaderMatch found = match(header);
            EXPECT_NE(found.layouts & bit_of(i), 0) << i;
            EXPECT_EQ(found.refresh_frame_flags, 0x48) << i;
        }
    }
}

TEST(Av1FrameHeader, EveryFieldMustAgree) {
    const Av1TestHeader header = inter_header();
    const auto refuses = [&](auto&& change) {
        Av1ToldFrame told = header.frame;
        change(told);
        return match_av1_frame_header(header.bytes(), told, bit_of(0)).layouts == 0;
    };
    EXPECT_FALSE(refuses([](Av1ToldFrame&) {}));
    EXPECT_TRUE(refuses([](Av1ToldFrame& told) { told.frame_type = 2; }));
    EXPECT_TRUE(refuses([](Av1ToldFrame& told) { told.show_frame = false; }));
    EXPECT_TRUE(refuses([](Av1ToldFrame& told) { told.error_resilient_mode = true; }));
    EXPECT_TRUE(refuses([](Av1ToldFrame& told) { told.disable_cdf_update = true; }));
    EXPECT_TRUE(refuses([](Av1ToldFrame& told) { told.allow_screen_content_tools = true; }));
    EXPECT_TRUE(refuses([](Av1ToldFrame& told) { told.order_hint = 40; }));
    EXPECT_TRUE(refuses([](Av1ToldFrame& told) { told.primary_ref_frame = 7; }));
    for (size_t i = 0; i < 7; ++i) {
        EXPECT_TRUE(refuses([i](Av1ToldFrame& told) { told.ref_frame_idx[i] ^= 1; })) << i;
    }
}

TEST(Av1FrameHeader, HiddenFramesCodeWhetherTheyMayBeShown) {
    Av1TestHeader header = inter_header();
    header.frame.show_frame = false;
    for (const bool showable : {false, true}) {
        header.frame.showable_frame = showable;
        EXPECT_EQ(match(header).refresh_frame_flags, 0x48);
        Av1ToldFrame told = header.frame;
        told.showable_frame = !showable;
        EXPECT_EQ(match_av1_frame_header(header.bytes(), told, bit_of(0)).layouts, 0);
    }
}

TEST(Av1FrameHeader, ResilientFramesHaveOrderHintsOfTheirReferences) {
    Av1TestHeader header = inter_header();
    header.frame.error_resilient_mode = true;
    header.frame.primary_ref_frame = 7;
    EXPECT_EQ(match(header, bit_of(0)).refresh_frame_flags, 0x48);
    header.frame.order_hint_bits = 0;
    header.frame.order_hint = 0;
    EXPECT_EQ(match(header, bit_of(0)).refresh_frame_flags, 0x48);
}

TEST(Av1FrameHeader, ShortSignalingHasTwoReferences) {
    Av1TestHeader header = inter_header();
    header.short_signaling = true;
    EXPECT_EQ(match(header, bit_of(0)).refresh_frame_flags, 0x48);
    Av1ToldFrame told = header.frame;
    told.ref_frame_idx[3] = 6;
    EXPECT_EQ(match_av1_frame_header(header.bytes(), told, bit_of(0)).layouts, 0);
}

// The few bits of an intra frame fit more than one layout: only a known one tells its flags.
TEST(Av1FrameHeader, IntraFramesNeedAKnownLayout) {
    Av1TestHeader header = hidden_key_header();
    header.refresh_frame_flags = 0x41;
    EXPECT_EQ(match(header, bit_of(0)).refresh_frame_flags, 0x41);
    const Av1HeaderMatch any = match(header);
    EXPECT_NE(any.layouts, bit_of(0));
    EXPECT_FALSE(any.refresh_frame_flags.has_value());
}

TEST(Av1FrameHeader, IntraOnlyFramesNeverTakeAllSlots) {
    Av1TestHeader header = hidden_key_header();
    header.frame.frame_type = 2;
    EXPECT_EQ(match(header, bit_of(0)).refresh_frame_flags, 0x81);
    header.refresh_frame_flags = 0xFF;
    EXPECT_EQ(match(header, bit_of(0)).layouts, 0);
    header.frame.frame_type = 0;
    EXPECT_EQ(match(header, bit_of(0)).refresh_frame_flags, 0xFF);
}

// Whatever is coded as force_integer_mv, an intra frame has 1.
TEST(Av1FrameHeader, IntegerMotionOfIntraFramesIsNotCompared) {
    Av1TestHeader header = hidden_key_header();
    header.frame.allow_screen_content_tools = true;
    for (const bool told_value : {false, true}) {
        Av1ToldFrame told = header.frame;
        told.force_integer_mv = told_value;
        EXPECT_EQ(match_av1_frame_header(header.bytes(), told, bit_of(0)).refresh_frame_flags,
                  0x81);
    }
}

TEST(Av1FrameHeader, NothingIsReadOfFramesThatExistAndOfTimes) {
    Av1TestHeader header = inter_header();
    header.show_existing_frame = true;
    EXPECT_EQ(match(header).layouts, 0);
    header = inter_header();
    header.layout = kAv1HeaderLayouts[4];
    header.has_removal_times = true;
    EXPECT_EQ(match(header, bit_of(4)).layouts, 0);
}

TEST(Av1FrameHeader, TheLastHeaderOfAChainOfObus) {
    const Av1TestHeader header = inter_header();
    Av1TestHeader other = header;
    other.refresh_frame_flags = 1;
    const auto chain = [](std::initializer_list<std::vector<std::byte>> obus) {
        std::vector<std::byte> bytes;
        for (const std::vector<std::byte>& obu : obus) {
            bytes.insert(bytes.end(), obu.begin(), obu.end());
        }
        return bytes;
    };
    const auto flags = [&](const std::vector<std::byte>& data) {
        return match_av1_frame_header(data, header.frame, kAv1AllLayouts).refresh_frame_flags;
    };
    const std::vector<std::byte> noise(200, std::byte{0xA5});
    EXPECT_EQ(flags(av1_obu(6, header.bytes(), 5000)), 0x48);
    EXPECT_EQ(flags(av1_obu(6, header.bytes(), 5000, true)), 0x48);
    EXPECT_EQ(flags(chain({av1_obu(2, {}), av1_obu(1, noise), av1_obu(5, noise),
                           av1_obu(6, header.bytes(), 5000)})),
              0x48);
    EXPECT_EQ(flags(chain({av1_obu(3, header.bytes()), av1_obu(4, noise), av1_obu(4, {}, 900)})),
              0x48);
    EXPECT_EQ(flags(chain({av1_obu(6, other.bytes()), av1_obu(6, header.bytes(), 70)})), 0x48);
    // No header in front of this tile, none that can be reached, none at all.
    EXPECT_EQ(flags(av1_obu(4, {}, 900)), std::nullopt);
    EXPECT_EQ(flags(chain({av1_obu(8, noise), av1_obu(6, header.bytes(), 70)})), std::nullopt);
    EXPECT_EQ(flags({}), std::nullopt);
    EXPECT_EQ(flags(noise), std::nullopt);
}

TEST(Av1FrameHeader, ThePayloadAloneAndCutAnywhere) {
    const Av1TestHeader header = inter_header();
    const auto payload = header.bytes();
    const auto whole = av1_obu(6, payload, 400);
    for (size_t size = 0; size < whole.size(); ++size) {
        const auto found =
            match_av1_frame_header(std::span(whole).first(size), header.frame, bit_of(0));
        EXPECT_TRUE(!found.refresh_frame_flags || *found.refresh_frame_flags == 0x48) << size;
    }
    EXPECT_EQ(match_av1_frame_header(payload, header.frame, bit_of(0)).refresh_frame_flags, 0x48);
    EXPECT_EQ(match_av1_frame_header(std::span(payload).first(5), header.frame, bit_of(0)).layouts,
              0);
}

}  // namespace
}  // namespace v4l2va::test
