// SPDX-License-Identifier: MIT
// Configs, attributes, ids: what libva's own test suite and the clients rely on.
#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "player.h"

namespace v4l2va::test {
namespace {

class Objects : public ::testing::Test {
  protected:
    void SetUp() override { ASSERT_EQ(display_.init_status(), VA_STATUS_SUCCESS); }

    VAConfigID make_config() {
        VAConfigID config = VA_INVALID_ID;
        EXPECT_EQ(vaCreateConfig(va(), VAProfileH264High, VAEntrypointVLD, nullptr, 0, &config),
                  VA_STATUS_SUCCESS);
        return config;
    }
    [[nodiscard]] VADisplay va() const { return display_.get(); }

    Display display_;
};

TEST_F(Objects, ProfilesAndEntrypoints) {
    std::vector<VAProfile> profiles(static_cast<size_t>(vaMaxNumProfiles(va())));
    int count = 0;
    ASSERT_EQ(vaQueryConfigProfiles(va(), profiles.data(), &count), VA_STATUS_SUCCESS);
    EXPECT_EQ(static_cast<size_t>(count), profiles.size());
    for (const VAProfile profile :
         {VAProfileH264ConstrainedBaseline, VAProfileH264Main, VAProfileH264High}) {
        EXPECT_NE(std::find(profiles.begin(), profiles.end(), profile), profiles.end()) << profile;
    }
    std::vector<VAEntrypoint> entrypoints(static_cast<size_t>(vaMaxNumEntrypoints(va())));
    ASSERT_EQ(vaQueryConfigEntrypoints(va(), VAProfileH264High, entrypoints.data(), &count),
              VA_STATUS_SUCCESS);
    EXPECT_EQ(count, 1);
    EXPECT_EQ(entrypoints[0], VAEntrypointVLD);
    EXPECT_NE(std::string(vaQueryVendorString(va())), "");
}

TEST_F(Objects, ConfigErrors) {
    VAConfigID config = VA_INVALID_ID;
    EXPECT_EQ(vaCreateConfig(va(), VAProfileJPEGBaseline, VAEntrypointVLD, nullptr, 0, &config),
              VA_STATUS_ERROR_UNSUPPORTED_PROFILE);
    // The device has no ten bits for H.264.
    EXPECT_EQ(vaCreateConfig(va(), kH264High10, VAEntrypointVLD, nullptr, 0, &config),
              VA_STATUS_ERROR_UNSUPPORTED_PROFILE);
    EXPECT_EQ(vaCreateConfig(va(), VAProfileNone, VAEntrypointVideoProc, nullptr, 0, &config),
              VA_STATUS_ERROR_UNSUPPORTED_PROFILE);
    EXPECT_EQ(vaCreateConfig(va(), VAProfileH264High, VAEntrypointEncSlice, nullptr, 0, &config),
              VA_STATUS_ERROR_UNSUPPORTED_ENTRYPOINT);
    VAConfigAttrib attribute = {VAConfigAttribRTFormat, VA_RT_FORMAT_YUV444};
    EXPECT_EQ(vaCreateConfig(va(), VAProfileH264High, VAEntrypointVLD, &attribute, 1, &config),
              VA_STATUS_ERROR_UNSUPPORTED_RT_FORMAT);
    attribute = {VAConfigAttribEncPackedHeaders, 1};
    EXPECT_EQ(vaCreateConfig(va(), VAProfileH264High, VAEntrypointVLD, &attribute, 1, &config),
              VA_STATUS_ERROR_INVALID_VALUE);
    EXPECT_EQ(vaDestroyConfig(va(), 12345), VA_STATUS_ERROR_INVALID_CONFIG);
    EXPECT_EQ(vaDestroyConfig(va(), VA_INVALID_ID), VA_STATUS_ERROR_INVALID_CONFIG);
}

TEST_F(Objects, EveryReportedAttributeIsAccepted) {
    for (int type = 0; type < 64; ++type) {
        VAConfigAttrib attribute = {static_cast<VAConfigAttribType>(type), 0};
        ASSERT_EQ(vaGetConfigAttributes(va(), VAProfileH264High, VAEntrypointVLD, &attribute, 1),
                  VA_STATUS_SUCCESS);
        VAConfigID config = VA_INVALID_ID;
        EXPECT_EQ(vaCreateConfig(va(), VAProfileH264High, VAEntrypointVLD, &attribute, 1, &config),
                  VA_STATUS_SUCCESS)
            << type;
        EXPECT_EQ(vaDestroyConfig(va(), config), VA_STATUS_SUCCESS);
    }
}

TEST_F(Objects, SeveralRtFormatsAtOnce) {
    VAConfigAttrib attribute = {VAConfigAttribRTFormat,
                                VA_RT_FORMAT_YUV420 | VA_RT_FORMAT_YUV420_10};
    VAConfigID config = VA_INVALID_ID;
    EXPECT_EQ(vaCreateConfig(va(), VAProfileH264High, VAEntrypointVLD, &attribute, 1, &config),
              VA_STATUS_SUCCESS);
}

TEST_F(Objects, SurfaceAttributes) {
    const VAConfigID config = make_config();
    unsigned int count = 0xdeadbeef;  // clients leave it uninitialised
    ASSERT_EQ(vaQuerySurfaceAttributes(va(), config, nullptr, &count), VA_STATUS_SUCCESS);
    ASSERT_LT(count, 64U);
    std::vector<VASurfaceAttrib> attributes(count);
    unsigned int few = 1;
    EXPECT_EQ(vaQuerySurfaceAttributes(va(), config, attributes.data(), &few),
              VA_STATUS_ERROR_MAX_NUM_EXCEEDED);
    EXPECT_EQ(few, count);
    ASSERT_EQ(vaQuerySurfaceAttributes(va(), config, attributes.data(), &count), VA_STATUS_SUCCESS);
    std::set<int> types;
    for (VASurfaceAttrib& attribute : attributes) {
        types.insert(attribute.type);
        VASurfaceID surface = VA_INVALID_ID;
        if (attribute.type == VASurfaceAttribMemoryType) {
            attribute.value.value.i = VA_SURFACE_ATTRIB_MEM_TYPE_VA;
        }
        attribute.flags = VA_SURFACE_ATTRIB_SETTABLE;
        EXPECT_EQ(vaCreateSurfaces(va(), VA_RT_FORMAT_YUV420, 64, 64, &surface, 1, &attribute, 1),
                  VA_STATUS_SUCCESS)
            << attribute.type;
    }
    for (const int type :
         {VASurfaceAttribPixelFormat, VASurfaceAttribMinWidth, VASurfaceAttribMaxWidth,
          VASurfaceAttribMinHeight, VASurfaceAttribMaxHeight, VASurfaceAttribMemoryType,
          VASurfaceAttribExternalBufferDescriptor, VASurfaceAttribDRMFormatModifiers,
          VASurfaceAttribUsageHint}) {
        EXPECT_TRUE(types.count(type)) << type;
    }
}

TEST_F(Objects, ContextErrors) {
    const VAConfigID config = make_config();
    VAContextID context = VA_INVALID_ID;
    EXPECT_EQ(vaCreateContext(va(), 12345, 64, 64, 0, nullptr, 0, &context),
              VA_STATUS_ERROR_INVALID_CONFIG);
    struct Bad {
        int width;
        int height;
    };
    for (const Bad& bad : {Bad{0, 64}, Bad{64, 0}, Bad{-1, 64}, Bad{1 << 20, 64}}) {
        EXPECT_EQ(vaCreateContext(va(), config, bad.width, bad.height, 0, nullptr, 0, &context),
                  VA_STATUS_ERROR_RESOLUTION_NOT_SUPPORTED);
    }
    VASurfaceID none = 12345;
    EXPECT_EQ(vaCreateContext(va(), config, 64, 64, 0, &none, 1, &context),
              VA_STATUS_ERROR_INVALID_SURFACE);
    EXPECT_EQ(vaDestroyContext(va(), 12345), VA_STATUS_ERROR_INVALID_CONTEXT);
}

TEST_F(Objects, LimitsOfTheContextSizeAreInclusive) {
    const VAConfigID config = make_config();
    unsigned int count = 0;
    ASSERT_EQ(vaQuerySurfaceAttributes(va(), config, nullptr, &count), VA_STATUS_SUCCESS);
    std::vector<VASurfaceAttrib> attributes(count);
    ASSERT_EQ(vaQuerySurfaceAttributes(va(), config, attributes.data(), &count), VA_STATUS_SUCCESS);
    const auto value = [&](VASurfaceAttribType type) {
        return std::find_if(attributes.begin(), attributes.end(),
                            [type](const VASurfaceAttrib& a) { return a.type == type; })
            ->value.value.i;
    };
    for (const auto& [width, height] :
         {std::pair{value(VASurfaceAttribMinWidth), value(VASurfaceAttribMinHeight)},
          std::pair{value(VASurfaceAttribMaxWidth), value(VASurfaceAttribMaxHeight)}}) {
        VAContextID context = VA_INVALID_ID;
        ASSERT_EQ(vaCreateContext(va(), config, width, height, 0, nullptr, 0, &context),
                  VA_STATUS_SUCCESS);
        // Parameter buffers need no surface.
        VABufferID buffer = VA_INVALID_ID;
        EXPECT_EQ(vaCreateBuffer(va(), context, VASliceDataBufferType, 4096, 1, nullptr, &buffer),
                  VA_STATUS_SUCCESS);
        EXPECT_EQ(vaDestroyBuffer(va(), buffer), VA_STATUS_SUCCESS);
        EXPECT_EQ(vaDestroyContext(va(), context), VA_STATUS_SUCCESS);
    }
}

TEST_F(Objects, HugeSurfacesCostNothingBeforeTheirUse) {
    std::vector<VASurfaceID> surfaces(10);
    ASSERT_EQ(
        vaCreateSurfaces(va(), VA_RT_FORMAT_YUV420, 10240, 10240, surfaces.data(), 10, nullptr, 0),
        VA_STATUS_SUCCESS);
    EXPECT_EQ(vaDestroySurfaces(va(), surfaces.data(), 10), VA_STATUS_SUCCESS);
    EXPECT_EQ(vaDestroySurfaces(va(), surfaces.data(), 10), VA_STATUS_ERROR_INVALID_SURFACE);
}

// The pixel format says more than the render target format.
TEST_F(Objects, PixelFormatDecidesWhereRtFormatDiffers) {
    constexpr unsigned kRtFormats[] = {VA_RT_FORMAT_YUV420, VA_RT_FORMAT_YUV420_10};
    constexpr unsigned kFourccs[] = {VA_FOURCC_NV12, VA_FOURCC_P010};
    for (const unsigned rt_format : kRtFormats) {
        for (const unsigned fourcc : kFourccs) {
            VASurfaceAttrib attribute = {};
            attribute.type = VASurfaceAttribPixelFormat;
            attribute.value.value.i = static_cast<int>(fourcc);
            VASurfaceID surface = VA_INVALID_ID;
            ASSERT_EQ(vaCreateSurfaces(va(), rt_format, 64, 64, &surface, 1, &attribute, 1),
                      VA_STATUS_SUCCESS);
            VAImage image = {};
            ASSERT_EQ(vaDeriveImage(va(), surface, &image), VA_STATUS_SUCCESS);
            EXPECT_EQ(image.format.fourcc, fourcc);
            EXPECT_EQ(vaDestroyImage(va(), image.image_id), VA_STATUS_SUCCESS);
        }
    }
}

TEST_F(Objects, SurfaceErrors) {
    VASurfaceID surface = VA_INVALID_ID;
    const auto create = [&](unsigned rt_format, unsigned width, unsigned height,
                            VASurfaceAttribType type, int value) {
        VASurfaceAttrib attribute = {};
        attribute.type = type;
        attribute.flags = VA_SURFACE_ATTRIB_SETTABLE;
        attribute.value.type = VAGenericValueTypeInteger;
        attribute.value.value.i = value;
        return vaCreateSurfaces(va(), rt_format, width, height, &surface, 1, &attribute, 1);
    };
    const int nv12 = VA_FOURCC_NV12;
    EXPECT_EQ(create(VA_RT_FORMAT_YUV444, 64, 64, VASurfaceAttribPixelFormat, nv12),
              VA_STATUS_ERROR_UNSUPPORTED_RT_FORMAT);
    EXPECT_EQ(create(VA_RT_FORMAT_YUV420, 0, 64, VASurfaceAttribPixelFormat, nv12),
              VA_STATUS_ERROR_INVALID_PARAMETER);
    EXPECT_EQ(create(VA_RT_FORMAT_YUV420, 64, 1 << 20, VASurfaceAttribPixelFormat, nv12),
              VA_STATUS_ERROR_RESOLUTION_NOT_SUPPORTED);
    EXPECT_EQ(create(VA_RT_FORMAT_YUV420, 64, 64, VASurfaceAttribPixelFormat, VA_FOURCC_RGBA),
              VA_STATUS_ERROR_INVALID_IMAGE_FORMAT);
    EXPECT_EQ(create(VA_RT_FORMAT_YUV420, 64, 64, VASurfaceAttribMemoryType,
                     VA_SURFACE_ATTRIB_MEM_TYPE_USER_PTR),
              VA_STATUS_ERROR_UNSUPPORTED_MEMORY_TYPE);
    EXPECT_EQ(create(VA_RT_FORMAT_YUV420, 64, 64, static_cast<VASurfaceAttribType>(15), 0),
              VA_STATUS_ERROR_ATTR_NOT_SUPPORTED);
    // Hints, all of them and none.
    for (const int hint : {0, 0x3f}) {
        EXPECT_EQ(create(VA_RT_FORMAT_YUV420, 64, 64, VASurfaceAttribUsageHint, hint),
                  VA_STATUS_SUCCESS);
    }
    EXPECT_TRUE(display_.messages().empty());
}

TEST_F(Objects, IdsAreNotSoonReused) {
    std::set<VASurfaceID> seen;
    for (int i = 0; i < 2000; ++i) {
        VASurfaceID surface = VA_INVALID_ID;
        ASSERT_EQ(vaCreateSurfaces(va(), VA_RT_FORMAT_YUV420, 64, 64, &surface, 1, nullptr, 0),
                  VA_STATUS_SUCCESS);
        EXPECT_TRUE(seen.insert(surface).second);
        ASSERT_EQ(vaDestroySurfaces(va(), &surface, 1), VA_STATUS_SUCCESS);
    }
}

TEST_F(Objects, WhatIsNotOfferedIsUnimplemented) {
    VASubpictureID subpicture = 0;
    EXPECT_EQ(vaCreateSubpicture(va(), 0, &subpicture), VA_STATUS_ERROR_UNIMPLEMENTED);
    int count = -1;
    std::vector<VADisplayAttribute> attributes(1);
    EXPECT_EQ(vaQueryDisplayAttributes(va(), attributes.data(), &count), VA_STATUS_SUCCESS);
    EXPECT_EQ(count, 0);
    EXPECT_EQ(vaGetDisplayAttributes(va(), attributes.data(), 1), VA_STATUS_ERROR_UNIMPLEMENTED);
}

TEST_F(Objects, BufferErrors) {
    const VAConfigID config = make_config();
    VAContextID context = VA_INVALID_ID;
    ASSERT_EQ(vaCreateContext(va(), config, 64, 64, 0, nullptr, 0, &context), VA_STATUS_SUCCESS);
    VABufferID buffer = VA_INVALID_ID;
    EXPECT_EQ(vaCreateBuffer(va(), 12345, VASliceDataBufferType, 1, 1, nullptr, &buffer),
              VA_STATUS_ERROR_INVALID_CONTEXT);
    EXPECT_EQ(vaCreateBuffer(va(), context, VAEncCodedBufferType, 1, 1, nullptr, &buffer),
              VA_STATUS_ERROR_UNSUPPORTED_BUFFERTYPE);
    // What any decoder may be given; what this one does not know, its vaRenderPicture refuses.
    for (const VABufferType type : {VAMacroblockParameterBufferType, VAQMatrixBufferType}) {
        EXPECT_EQ(vaCreateBuffer(va(), context, type, 48, 1, nullptr, &buffer), VA_STATUS_SUCCESS);
        EXPECT_EQ(vaDestroyBuffer(va(), buffer), VA_STATUS_SUCCESS);
    }
    ASSERT_EQ(vaCreateBuffer(va(), context, VASliceDataBufferType, 8, 4, nullptr, &buffer),
              VA_STATUS_SUCCESS);
    EXPECT_EQ(vaBufferSetNumElements(va(), buffer, 5), VA_STATUS_ERROR_INVALID_PARAMETER);
    EXPECT_EQ(vaBufferSetNumElements(va(), buffer, 2), VA_STATUS_SUCCESS);
    void* data = nullptr;
    EXPECT_EQ(vaMapBuffer(va(), buffer, &data), VA_STATUS_SUCCESS);
    EXPECT_NE(data, nullptr);
    EXPECT_EQ(vaUnmapBuffer(va(), buffer), VA_STATUS_SUCCESS);
    EXPECT_EQ(vaDestroyBuffer(va(), buffer), VA_STATUS_SUCCESS);
    EXPECT_EQ(vaDestroyBuffer(va(), buffer), VA_STATUS_ERROR_INVALID_BUFFER);
    EXPECT_EQ(vaMapBuffer(va(), buffer, &data), VA_STATUS_ERROR_INVALID_BUFFER);
}

TEST(Leaks, DecodersComeAndGoWithoutLeakingDescriptors) {
    const Recording recording = record_clip({.frames = 3});
    const Display display;
    { Player(display, recording).decode_and_compare(); }
    const size_t before = open_fds();
    for (int i = 0; i < 50; ++i) {
        Player player(display, recording);
        ASSERT_EQ(player.decode_and_compare(), recording.pictures.size());
    }
    EXPECT_EQ(open_fds(), before);
}

}  // namespace
}  // namespace v4l2va::test
