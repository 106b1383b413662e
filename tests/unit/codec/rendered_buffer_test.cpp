// SPDX-License-Identifier: MIT
#include "codec/rendered_buffer.h"

#include <gtest/gtest.h>

#include <array>
#include <string>

#include "codec/slice_list.h"
#include "codec/vpx_picture.h"

namespace v4l2va {
namespace {

using Params = VASliceParameterBufferVP9;

// A codec that takes one of each kind.
struct Taker {
    Result<> add(VABufferType type, std::span<const std::byte> bytes, uint32_t num_elements) {
        return RenderedBuffer(type, bytes, num_elements, "unknown")
            .parameters<uint32_t>(VAPictureParameterBufferType, picture)
            .unused<uint16_t>(VAIQMatrixBufferType)
            .parameters<uint64_t>(VAProbabilityBufferType, probabilities)
            .slices(list)
            .result();
    }
    std::optional<uint32_t> picture;
    std::optional<uint64_t> probabilities;
    SliceList<Params> list;
};

constexpr std::array<std::byte, 16> kBytes = {std::byte{1}, std::byte{2}, std::byte{3},
                                              std::byte{4}, std::byte{5}};

std::span<const std::byte> bytes(size_t count) { return std::span(kBytes).first(count); }

std::string outcome(const Result<>& result) { return result ? "" : result.error().op; }

TEST(RenderedBuffer, ParametersGoToTheMemberOfTheirType) {
    Taker taker;
    EXPECT_TRUE(taker.add(VAPictureParameterBufferType, bytes(4), 1));
    EXPECT_EQ(taker.picture, 0x04030201U);
    EXPECT_FALSE(taker.probabilities);
    EXPECT_TRUE(taker.add(VAProbabilityBufferType, bytes(8), 1));
    EXPECT_EQ(taker.probabilities, 0x0504030201U);
}

TEST(RenderedBuffer, ALaterParameterBufferReplacesAnEarlierOne) {
    Taker taker;
    EXPECT_TRUE(taker.add(VAPictureParameterBufferType, bytes(4), 1));
    EXPECT_TRUE(taker.add(VAPictureParameterBufferType, std::span(kBytes).subspan(1, 4), 1));
    EXPECT_EQ(taker.picture, 0x05040302U);
}

TEST(RenderedBuffer, ParametersAreOneElementOfTheirSize) {
    Taker taker;
    ASSERT_TRUE(taker.add(VAPictureParameterBufferType, bytes(4), 1));
    for (const auto& [size, num_elements] : {std::pair<size_t, uint32_t>{0, 1},
                                             {3, 1},
                                             {5, 1},
                                             {8, 1},
                                             {4, 0},
                                             {4, 2},
                                             {8, 2},
                                             {4, UINT32_MAX}}) {
        const Result<> result = taker.add(VAPictureParameterBufferType, bytes(size), num_elements);
        ASSERT_FALSE(result) << size << " bytes, " << num_elements;
        EXPECT_EQ(result.error().code, ErrorCode::kInvalidParameter);
        EXPECT_EQ(outcome(result), "parameter buffer size");
    }
    EXPECT_EQ(taker.picture, 0x04030201U) << "an error changes nothing";
}

TEST(RenderedBuffer, UnusedParametersMustFitAllTheSame) {
    Taker taker;
    EXPECT_TRUE(taker.add(VAIQMatrixBufferType, bytes(2), 1));
    EXPECT_EQ(outcome(taker.add(VAIQMatrixBufferType, bytes(3), 1)), "parameter buffer size");
}

TEST(RenderedBuffer, SlicesOfAList) {
    Taker taker;
    std::array<Params, 2> params = {};
    params[0].slice_data_size = 3;
    params[1].slice_data_offset = 3;
    params[1].slice_data_size = 13;
    EXPECT_TRUE(taker.add(VASliceDataBufferType, kBytes, 1));
    EXPECT_TRUE(
        taker.add(VASliceParameterBufferType, std::as_bytes(std::span(params)), params.size()));
    EXPECT_EQ(outcome(taker.add(VASliceParameterBufferType, bytes(3), 1)),
              "slice parameter buffer size");
    const auto slices = taker.list.resolve();
    ASSERT_TRUE(slices);
    ASSERT_EQ(slices->size(), 2U);
    EXPECT_EQ((*slices)[1].data.data(), &kBytes[3]);
}

TEST(RenderedBuffer, OneSliceOnly) {
    VpxSlice<Params> slice;
    Params params = {};
    params.slice_data_size = 16;
    const auto add = [&](VABufferType type, std::span<const std::byte> bytes) {
        return RenderedBuffer(type, bytes, 1, "unknown").slices(slice).result();
    };
    const auto param_bytes = std::as_bytes(std::span(&params, 1));
    EXPECT_EQ(outcome(slice.resolve().map([](auto) {})), "picture without slice");
    EXPECT_EQ(outcome(add(VASliceParameterBufferType, bytes(3))), "parameter buffer size");
    EXPECT_TRUE(add(VASliceParameterBufferType, param_bytes));
    EXPECT_TRUE(add(VASliceDataBufferType, kBytes));
    EXPECT_EQ(outcome(add(VASliceParameterBufferType, param_bytes)), "second slice of a picture");
    EXPECT_EQ(outcome(add(VASliceDataBufferType, kBytes)), "second slice data of a picture");
    ASSERT_TRUE(slice.resolve());
    EXPECT_EQ(slice.resolve()->data(), kBytes.data());
}

TEST(RenderedBuffer, TypesThatNoLineTakes) {
    Taker taker;
    for (const VABufferType type : {VABitPlaneBufferType, VAHuffmanTableBufferType,
                                    static_cast<VABufferType>(60), VABufferTypeMax}) {
        const Result<> result = taker.add(type, bytes(4), 1);
        ASSERT_FALSE(result);
        EXPECT_EQ(result.error().code, ErrorCode::kUnsupported);
        EXPECT_EQ(outcome(result), "unknown");
    }
}

}  // namespace
}  // namespace v4l2va
