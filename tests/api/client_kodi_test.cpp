// SPDX-License-Identifier: MIT
// Kodi 21's calls: an import test before any config, N surfaces in one call, and message callbacks
// that are null.
#include <drm_fourcc.h>
#include <gtest/gtest.h>

#include <deque>

#include "client.h"
#include "export.h"

namespace v4l2va::test {
namespace {

const Recording& clip() {
    static const Recording recording = record_clip({.width = 320, .height = 192});
    return recording;
}

// Exported and imported as a texture without a modifier: rows of plain R8 or R16.
void test_import(VADisplay va, unsigned rt_format, int fourcc, uint32_t plane_format) {
    VASurfaceAttrib format = surface_attribute(VASurfaceAttribPixelFormat, fourcc);
    VASurfaceID surface = VA_INVALID_ID;
    ASSERT_EQ(vaCreateSurfaces(va, rt_format, 1920, 1080, &surface, 1, &format, 1),
              VA_STATUS_SUCCESS);
    const Export exported(va, surface, VA_EXPORT_SURFACE_SEPARATE_LAYERS);
    ASSERT_EQ(exported.status(), VA_STATUS_SUCCESS);
    const Descriptor& descriptor = exported.descriptor();
    EXPECT_EQ(descriptor.num_objects, 1U);
    ASSERT_EQ(descriptor.num_layers, 2U);
    EXPECT_EQ(descriptor.layers[0].drm_format, plane_format);
    EXPECT_EQ(descriptor.objects[0].drm_format_modifier, DRM_FORMAT_MOD_LINEAR);
    const unsigned row = plane_format == DRM_FORMAT_R16 ? 3840 : 1920;
    EXPECT_GE(descriptor.layers[0].pitch[0], row);
    EXPECT_EQ(descriptor.layers[0].pitch[0] % 64, 0U);
    EXPECT_GE(descriptor.objects[0].size, descriptor.layers[1].offset[0] + row * 540);
    (void)exported.read(1920, 1080);  // all of it is mapped
    EXPECT_EQ(vaDestroySurfaces(va, &surface, 1), VA_STATUS_SUCCESS);
}

TEST(ClientKodi, ImportsBeforeThereIsAConfig) {
    const Display display;
    test_import(display.get(), VA_RT_FORMAT_YUV420, VA_FOURCC_NV12, DRM_FORMAT_R8);
    test_import(display.get(), VA_RT_FORMAT_YUV420_10, VA_FOURCC_P010, DRM_FORMAT_R16);
}

void check_offers(VADisplay va) {
    VAConfigAttrib attribute = {VAConfigAttribRTFormat, 0};
    ASSERT_EQ(vaGetConfigAttributes(va, clip().profile, VAEntrypointVLD, &attribute, 1),
              VA_STATUS_SUCCESS);
    EXPECT_NE(attribute.value & VA_RT_FORMAT_YUV420, 0U);
    VAConfigID config = VA_INVALID_ID;
    EXPECT_NE(vaCreateConfig(va, VAProfileNone, VAEntrypointVideoProc, nullptr, 0, &config),
              VA_STATUS_SUCCESS)
        << "there is no deinterlacer: Kodi then reads the pictures itself";
}

// The reader of that: derived images whose rows vector code can take.
Pixels read_derived(VADisplay va, VASurfaceID surface) {
    VAImage image = {};
    EXPECT_EQ(vaDeriveImage(va, surface, &image), VA_STATUS_SUCCESS);
    EXPECT_EQ(image.format.fourcc, static_cast<uint32_t>(VA_FOURCC_NV12));
    EXPECT_EQ(image.pitches[0] % 64, 0U);
    void* map = nullptr;
    EXPECT_EQ(vaMapBuffer(va, image.buf, &map), VA_STATUS_SUCCESS);
    const Pixels pixels =
        read_planes(map, {image.offsets[0], image.pitches[0]}, {image.offsets[1], image.pitches[1]},
                    clip().visible_width, clip().visible_height);
    EXPECT_EQ(vaUnmapBuffer(va, image.buf), VA_STATUS_SUCCESS);
    EXPECT_EQ(vaDestroyImage(va, image.image_id), VA_STATUS_SUCCESS);
    return pixels;
}

TEST(ClientKodi, ExportsThenWaitsForEachPicture) {
    const Display display;
    VADisplay va = display.get();
    check_offers(va);
    const VAConfigID config = make_config(va, clip());
    const auto count = static_cast<unsigned>(clip().pictures.size());
    std::vector<VASurfaceID> surfaces = make_surfaces(va, clip(), count);
    const VAContextID context = make_context(va, config, clip(), surfaces);
    Stream stream(va, context, clip(), {});
    std::deque<std::unique_ptr<Export>> on_screen;
    for (size_t i = 0; i < surfaces.size(); ++i) {
        const RecordedPicture& picture = clip().pictures[i];
        ASSERT_EQ(stream.decode(picture, surfaces[i]), VA_STATUS_SUCCESS);
        on_screen.push_back(
            std::make_unique<Export>(va, surfaces[i], VA_EXPORT_SURFACE_SEPARATE_LAYERS));
        ASSERT_EQ(vaSyncSurface(va, surfaces[i]), VA_STATUS_SUCCESS);
        if (picture.has_expected) {
            EXPECT_EQ(on_screen.back()->read(clip()), picture.expected) << i;
            EXPECT_EQ(read_derived(va, surfaces[i]), picture.expected) << i;
        }
        if (on_screen.size() > 3) {
            on_screen.pop_front();
        }
    }
    EXPECT_EQ(vaDestroyContext(va, context), VA_STATUS_SUCCESS);
    EXPECT_EQ(vaDestroySurfaces(va, surfaces.data(), static_cast<int>(count)), VA_STATUS_SUCCESS);
    EXPECT_EQ(vaDestroyConfig(va, config), VA_STATUS_SUCCESS);
}

// libva's forwarders call the callbacks without a look at them.
TEST(ClientKodi, NullCallbacksSurviveAMessage) {
    const Display display;
    VADisplay va = display.get();
    vaSetErrorCallback(va, nullptr, nullptr);
    vaSetInfoCallback(va, nullptr, nullptr);
    const VAConfigID config = make_config(va, clip());
    const std::vector<VASurfaceID> surfaces = make_surfaces(va, clip(), 1);
    const VAContextID context = make_context(va, config, clip(), surfaces);
    EXPECT_EQ(vaBeginPicture(va, context, surfaces[0]), VA_STATUS_SUCCESS);
    EXPECT_NE(vaEndPicture(va, context), VA_STATUS_SUCCESS) << "a picture of nothing is logged";
}

}  // namespace
}  // namespace v4l2va::test
