// SPDX-License-Identifier: MIT
// vaQuerySurfaceAttributes of every profile: all fields are set, and what they say is true.
#include <gtest/gtest.h>
#include <va/va.h>

#include <cstring>
#include <map>
#include <vector>

#include "player.h"

namespace v4l2va::test {
namespace {

std::vector<VAProfile> profiles_of(VADisplay display) {
    std::vector<VAProfile> profiles(static_cast<size_t>(vaMaxNumProfiles(display)));
    int count = 0;
    EXPECT_EQ(vaQueryConfigProfiles(display, profiles.data(), &count), VA_STATUS_SUCCESS);
    profiles.resize(static_cast<size_t>(count));
    return profiles;
}

// Whatever stands there before.
std::vector<VASurfaceAttrib> attributes_of(VADisplay display, VAConfigID config, int garbage) {
    unsigned count = 0;
    EXPECT_EQ(vaQuerySurfaceAttributes(display, config, nullptr, &count), VA_STATUS_SUCCESS);
    std::vector<VASurfaceAttrib> attributes(count + 1);
    std::memset(attributes.data(), garbage, attributes.size() * sizeof(VASurfaceAttrib));
    const std::vector<VASurfaceAttrib> before = attributes;
    for (unsigned few = 0; few < count; ++few) {
        unsigned needed = few;
        EXPECT_EQ(vaQuerySurfaceAttributes(display, config, attributes.data(), &needed),
                  VA_STATUS_ERROR_MAX_NUM_EXCEEDED);
        EXPECT_EQ(needed, count);
    }
    EXPECT_EQ(std::memcmp(attributes.data(), before.data(), count * sizeof(VASurfaceAttrib)), 0)
        << "written where there was no room";
    unsigned room = count + 1;
    EXPECT_EQ(vaQuerySurfaceAttributes(display, config, attributes.data(), &room),
              VA_STATUS_SUCCESS);
    EXPECT_EQ(room, count);
    EXPECT_EQ(std::memcmp(&attributes[count], &before[count], sizeof(VASurfaceAttrib)), 0);
    attributes.resize(count);
    return attributes;
}

void expect_whole(const VASurfaceAttrib& attribute) {
    constexpr uint32_t kFlags = VA_SURFACE_ATTRIB_GETTABLE | VA_SURFACE_ATTRIB_SETTABLE;
    EXPECT_EQ(attribute.flags & ~kFlags, 0U) << attribute.type;
    EXPECT_NE(attribute.flags, 0U) << attribute.type;
    const bool pointer = attribute.type == VASurfaceAttribExternalBufferDescriptor ||
                         attribute.type == VASurfaceAttribDRMFormatModifiers;
    EXPECT_EQ(attribute.value.type, pointer ? VAGenericValueTypePointer : VAGenericValueTypeInteger)
        << attribute.type;
    if (pointer) {
        EXPECT_EQ(attribute.value.value.p, nullptr);
    }
}

void expect_creatable(VADisplay display, int fourcc, int width, int height) {
    VASurfaceAttrib format = {};
    format.type = VASurfaceAttribPixelFormat;
    format.flags = VA_SURFACE_ATTRIB_SETTABLE;
    format.value.type = VAGenericValueTypeInteger;
    format.value.value.i = fourcc;
    VASurfaceID surface = VA_INVALID_ID;
    EXPECT_EQ(
        vaCreateSurfaces(
            display, fourcc == VA_FOURCC_P010 ? VA_RT_FORMAT_YUV420_10 : VA_RT_FORMAT_YUV420,
            static_cast<unsigned>(width), static_cast<unsigned>(height), &surface, 1, &format, 1),
        VA_STATUS_SUCCESS);
    VAImage image = {};
    EXPECT_EQ(vaDeriveImage(display, surface, &image), VA_STATUS_SUCCESS)
        << fourcc << " " << width << "x" << height;
    EXPECT_EQ(image.format.fourcc, static_cast<uint32_t>(fourcc));
    EXPECT_EQ(vaDestroyImage(display, image.image_id), VA_STATUS_SUCCESS);
    EXPECT_EQ(vaDestroySurfaces(display, &surface, 1), VA_STATUS_SUCCESS);
}

TEST(SurfaceAttributes, OfEveryProfileAreSetAndTrue) {
    const Display display;
    for (const VAProfile profile : profiles_of(display.get())) {
        SCOPED_TRACE(profile);
        VAConfigID config = VA_INVALID_ID;
        ASSERT_EQ(vaCreateConfig(display.get(), profile, VAEntrypointVLD, nullptr, 0, &config),
                  VA_STATUS_SUCCESS);
        const auto attributes = attributes_of(display.get(), config, 0xa5);
        const auto again = attributes_of(display.get(), config, 0x5a);
        ASSERT_EQ(attributes.size(), again.size());
        std::map<int, int> limits;
        std::vector<int> fourccs;
        for (size_t i = 0; i < attributes.size(); ++i) {
            const VASurfaceAttrib& attribute = attributes[i];
            expect_whole(attribute);
            EXPECT_EQ(attribute.type, again[i].type);
            EXPECT_EQ(attribute.flags, again[i].flags);
            if (attribute.value.type == VAGenericValueTypeInteger) {
                EXPECT_EQ(attribute.value.value.i, again[i].value.value.i);
                limits[attribute.type] = attribute.value.value.i;
            }
            if (attribute.type == VASurfaceAttribPixelFormat) {
                fourccs.push_back(attribute.value.value.i);
            }
        }
        const int min_width = limits.at(VASurfaceAttribMinWidth);
        const int min_height = limits.at(VASurfaceAttribMinHeight);
        EXPECT_GT(min_width, 0);
        EXPECT_GT(min_height, 0);
        EXPECT_LE(min_width, limits.at(VASurfaceAttribMaxWidth));
        EXPECT_LE(min_height, limits.at(VASurfaceAttribMaxHeight));
        EXPECT_FALSE(fourccs.empty());
        for (const int fourcc : fourccs) {
            expect_creatable(display.get(), fourcc, min_width, min_height);
        }
    }
    EXPECT_TRUE(display.messages().empty());
}

}  // namespace
}  // namespace v4l2va::test
