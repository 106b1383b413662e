// SPDX-License-Identifier: MIT
#include "codec/slice_list.h"

#include <gtest/gtest.h>

#include <array>

namespace v4l2va {
namespace {

using Params = VASliceParameterBufferH264;
using List = SliceList<Params>;

Params slice(uint32_t offset, uint32_t size) {
    Params params = {};
    params.slice_data_offset = offset;
    params.slice_data_size = size;
    return params;
}

template <size_t N>
std::span<const std::byte> bytes_of(const std::array<Params, N>& params) {
    return std::as_bytes(std::span(params));
}

constexpr std::array<std::byte, 100> kData = {};
constexpr std::array<std::byte, 50> kOther = {};

TEST(SliceList, SeveralElementsOneDataBuffer) {
    List list;
    const std::array<Params, 2> params = {slice(0, 60), slice(60, 40)};
    ASSERT_TRUE(list.add_params(bytes_of(params), 2));
    ASSERT_TRUE(list.add_data(kData));
    const auto slices = list.resolve();
    ASSERT_TRUE(slices);
    ASSERT_EQ(slices->size(), 2U);
    EXPECT_EQ((*slices)[1].data.data(), kData.data() + 60);
    EXPECT_EQ((*slices)[1].data.size(), 40U);
}

TEST(SliceList, PairsWhateverTheOrder) {
    for (const int order : {0, 1, 2}) {
        List list;
        const std::array<Params, 1> a = {slice(0, 100)};
        const std::array<Params, 1> b = {slice(10, 40)};
        if (order == 0) {  // p d p d
            ASSERT_TRUE(list.add_params(bytes_of(a), 1));
            ASSERT_TRUE(list.add_data(kData));
            ASSERT_TRUE(list.add_params(bytes_of(b), 1));
            ASSERT_TRUE(list.add_data(kOther));
        } else if (order == 1) {  // p p d d
            ASSERT_TRUE(list.add_params(bytes_of(a), 1));
            ASSERT_TRUE(list.add_params(bytes_of(b), 1));
            ASSERT_TRUE(list.add_data(kData));
            ASSERT_TRUE(list.add_data(kOther));
        } else {  // d p d p
            ASSERT_TRUE(list.add_data(kData));
            ASSERT_TRUE(list.add_params(bytes_of(a), 1));
            ASSERT_TRUE(list.add_data(kOther));
            ASSERT_TRUE(list.add_params(bytes_of(b), 1));
        }
        const auto slices = list.resolve();
        ASSERT_TRUE(slices);
        EXPECT_EQ((*slices)[0].data.data(), kData.data());
        EXPECT_EQ((*slices)[1].data.data(), kOther.data() + 10);
    }
}

TEST(SliceList, WrongElementCounts) {
    const std::array<Params, 2> params = {};
    const auto bytes = bytes_of(params);
    for (const uint32_t count : {0U, 1U, 3U, 1U << 31, 0xffffffffU}) {
        List list;
        EXPECT_FALSE(list.add_params(bytes, count)) << count;
    }
    List list;
    EXPECT_FALSE(list.add_params(bytes.first(bytes.size() - 1), 2));
    EXPECT_FALSE(list.add_params(bytes.first(bytes.size() - 1), 1));
    EXPECT_FALSE(list.add_params({}, 0));
}

TEST(SliceList, RangesOutsideOfTheData) {
    constexpr uint32_t kMax = 0xffffffff;
    for (const Params& params :
         {slice(0, 0), slice(0, 101), slice(100, 1), slice(101, 0), slice(kMax, 1), slice(1, kMax),
          slice(kMax, kMax), slice(1U << 31, 1U << 31)}) {
        List list;
        const std::array<Params, 1> one = {params};
        ASSERT_TRUE(list.add_params(bytes_of(one), 1));
        ASSERT_TRUE(list.add_data(kData));
        const auto slices = list.resolve();
        ASSERT_FALSE(slices);
        EXPECT_EQ(slices.error().code, ErrorCode::kInvalidParameter);
    }
}

TEST(SliceList, WithoutAPair) {
    const std::array<Params, 1> one = {slice(0, 10)};
    List list;
    EXPECT_FALSE(list.resolve());
    ASSERT_TRUE(list.add_data(kData));
    EXPECT_FALSE(list.resolve());
    list.clear();
    ASSERT_TRUE(list.add_params(bytes_of(one), 1));
    EXPECT_FALSE(list.resolve());
    ASSERT_TRUE(list.add_data(kData));
    EXPECT_TRUE(list.resolve());
    ASSERT_TRUE(list.add_data(kData));
    EXPECT_FALSE(list.resolve());
}

TEST(SliceList, SplitSlicesAreRefused) {
    for (const uint32_t flag : {1U, 2U, 4U, 7U, 0xffffffffU}) {
        std::array<Params, 1> one = {slice(0, 10)};
        one[0].slice_data_flag = flag;
        List list;
        ASSERT_TRUE(list.add_params(bytes_of(one), 1));
        ASSERT_TRUE(list.add_data(kData));
        const auto slices = list.resolve();
        ASSERT_FALSE(slices);
        EXPECT_EQ(slices.error().code, ErrorCode::kUnsupported);
    }
}

TEST(SliceList, BoundedNumberOfSlices) {
    List list;
    const std::array<Params, 1> one = {slice(0, 10)};
    for (size_t i = 0; i < List::kMaxSlices; ++i) {
        ASSERT_TRUE(list.add_params(bytes_of(one), 1));
    }
    EXPECT_FALSE(list.add_params(bytes_of(one), 1));
    list.clear();
    EXPECT_TRUE(list.add_params(bytes_of(one), 1));
}

std::vector<std::byte> bytes_from(std::initializer_list<int> values) {
    std::vector<std::byte> bytes;
    for (const int value : values) {
        bytes.push_back(static_cast<std::byte>(value));
    }
    return bytes;
}

TEST(StripStartCode, Table) {
    const auto strip = [](std::initializer_list<int> values) {
        const std::vector<std::byte> bytes = bytes_from(values);
        return bytes.size() - strip_start_code(bytes).size();
    };
    EXPECT_EQ(strip({}), 0U);
    EXPECT_EQ(strip({0x65, 0x88}), 0U);
    EXPECT_EQ(strip({0, 0, 1, 0x65}), 3U);
    EXPECT_EQ(strip({0, 0, 0, 1, 0x65}), 4U);
    EXPECT_EQ(strip({0, 0, 0, 0, 1, 0x65}), 5U);
    EXPECT_EQ(strip({0, 1, 0x65}), 0U);
    EXPECT_EQ(strip({0, 0, 2}), 0U);
    EXPECT_EQ(strip({0, 0, 0}), 0U);
    EXPECT_EQ(strip({0, 0, 1}), 3U);
}

TEST(NalUnitOf, LeavesOutStartCodeAndTrailingZeros) {
    const auto nal = [](std::initializer_list<int> values) {
        const std::vector<std::byte> bytes = bytes_from(values);
        const std::span<const std::byte> unit = nal_unit_of(bytes);
        return std::vector<std::byte>(unit.begin(), unit.end());
    };
    EXPECT_EQ(nal({0x65, 0x88, 0x80}), bytes_from({0x65, 0x88, 0x80}));
    EXPECT_EQ(nal({0x65, 0x88, 0x80, 0}), bytes_from({0x65, 0x88, 0x80}));
    EXPECT_EQ(nal({0, 0, 1, 0x65, 0, 0, 3, 0, 0}), bytes_from({0x65, 0, 0, 3}));
    EXPECT_EQ(nal({0, 0, 0}), bytes_from({}));
    EXPECT_EQ(nal({}), bytes_from({}));
    EXPECT_EQ(nal({0, 0, 1, 0}), bytes_from({}));
}

}  // namespace
}  // namespace v4l2va
