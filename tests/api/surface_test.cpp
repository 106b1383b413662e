// SPDX-License-Identifier: MIT
// Surfaces: export, images, waiting, errors.
#include <drm_fourcc.h>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#include <va/va_drmcommon.h>

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdlib>
#include <cstring>

#include "export.h"
#include "player.h"

namespace v4l2va::test {
namespace {

const Recording& clip() {
    static const Recording recording = record_clip({});
    return recording;
}

VASurfaceID make_surface(const Display& display, unsigned width, unsigned height) {
    VASurfaceID surface = VA_INVALID_ID;
    EXPECT_EQ(vaCreateSurfaces(display.get(), VA_RT_FORMAT_YUV420, width, height, &surface, 1,
                               nullptr, 0),
              VA_STATUS_SUCCESS);
    return surface;
}

TEST(Surfaces, NeverDecodedOnesAnswerEverything) {
    const Display display;
    const VASurfaceID surface = make_surface(display, 128, 128);
    VASurfaceStatus status = VASurfaceRendering;
    EXPECT_EQ(vaQuerySurfaceStatus(display.get(), surface, &status), VA_STATUS_SUCCESS);
    EXPECT_EQ(status, VASurfaceReady);
    EXPECT_EQ(vaSyncSurface(display.get(), surface), VA_STATUS_SUCCESS);
    const Export exported(display.get(), surface, VA_EXPORT_SURFACE_SEPARATE_LAYERS);
    EXPECT_EQ(exported.status(), VA_STATUS_SUCCESS);
    VAImage image = {};
    EXPECT_EQ(vaDeriveImage(display.get(), surface, &image), VA_STATUS_SUCCESS);
    EXPECT_EQ(vaDestroyImage(display.get(), image.image_id), VA_STATUS_SUCCESS);
    VAStatus read = VA_STATUS_ERROR_OPERATION_FAILED;
    (void)read_surface(display.get(), surface, 128, 128, &read);
    EXPECT_EQ(read, VA_STATUS_SUCCESS);
}

TEST(Surfaces, ExportDescribesOneLinearObjectInBothForms) {
    const Display display;
    const VASurfaceID surface = make_surface(display, 1920, 1080);
    const Export separate(display.get(), surface, VA_EXPORT_SURFACE_SEPARATE_LAYERS);
    const Export composed(display.get(), surface, VA_EXPORT_SURFACE_COMPOSED_LAYERS);
    ASSERT_EQ(separate.status(), VA_STATUS_SUCCESS);
    ASSERT_EQ(composed.status(), VA_STATUS_SUCCESS);
    for (const Export* exported : {&separate, &composed}) {
        const Descriptor& descriptor = exported->descriptor();
        EXPECT_EQ(descriptor.fourcc, static_cast<uint32_t>(VA_FOURCC_NV12));
        EXPECT_EQ(descriptor.width, 1920U);
        EXPECT_EQ(descriptor.height, 1080U);
        EXPECT_EQ(descriptor.num_objects, 1U);
        EXPECT_EQ(descriptor.objects[0].drm_format_modifier, DRM_FORMAT_MOD_LINEAR);
        EXPECT_EQ(lseek(descriptor.objects[0].fd, 0, SEEK_END),
                  static_cast<off_t>(descriptor.objects[0].size));
        EXPECT_NE(fcntl(descriptor.objects[0].fd, F_GETFD) & FD_CLOEXEC, 0);
    }
    const Descriptor& two = separate.descriptor();
    ASSERT_EQ(two.num_layers, 2U);
    EXPECT_EQ(two.layers[0].drm_format, static_cast<uint32_t>(DRM_FORMAT_R8));
    EXPECT_EQ(two.layers[1].drm_format, static_cast<uint32_t>(DRM_FORMAT_GR88));
    EXPECT_EQ(two.layers[0].num_planes, 1U);
    EXPECT_EQ(two.layers[1].num_planes, 1U);
    EXPECT_EQ(two.layers[1].offset[0], two.layers[0].pitch[0] * 1088);
    const Descriptor& one = composed.descriptor();
    ASSERT_EQ(one.num_layers, 1U);
    EXPECT_EQ(one.layers[0].drm_format, static_cast<uint32_t>(DRM_FORMAT_NV12));
    EXPECT_EQ(one.layers[0].num_planes, 2U);
    EXPECT_EQ(one.layers[0].offset[1], two.layers[1].offset[0]);
    // The same memory under every export.
    struct stat a = {};
    struct stat b = {};
    fstat(one.objects[0].fd, &a);
    fstat(two.objects[0].fd, &b);
    EXPECT_EQ(a.st_ino, b.st_ino);
}

// The pixels are right, and still no screen of some boards shows them: say why, once.
TEST(Surfaces, PitchesThatSomeGpusRefuseAreTold) {
    struct Row {
        unsigned width;
        unsigned told;  // lines
    };
    for (const Row& row :
         {Row{848, 1}, {864, 1}, {1360, 1}, {1366, 1}, {854, 1}, {1280, 0}, {1920, 0}}) {
        const auto display = display_with_infos();
        for (int i = 0; i < 2; ++i) {
            const VASurfaceID surface = make_surface(*display, row.width, 480);
            const Export exported(display->get(), surface, VA_EXPORT_SURFACE_SEPARATE_LAYERS);
            ASSERT_EQ(exported.status(), VA_STATUS_SUCCESS);
            const Descriptor& descriptor = exported.descriptor();
            EXPECT_EQ(descriptor.layers[0].pitch[0] % 64 != 0, row.told != 0) << row.width;
            EXPECT_EQ(descriptor.layers[1].pitch[0], descriptor.layers[0].pitch[0]);
        }
        EXPECT_EQ(display->infos().size(), row.told);
        EXPECT_EQ(count_infos(*display, "multiples of 64"), row.told) << row.width;
        EXPECT_TRUE(display->messages().empty());
    }
}

// What libva 2.21 adds to VADRMPRIMESurfaceDescriptor lies where that one ends in padding.
TEST(Surfaces, DrmPrime3IsDrmPrime2WithFlags) {
    const Display display;
    const VASurfaceID surface = make_surface(display, 640, 480);
    constexpr size_t kCommon = offsetof(Descriptor, layers) + sizeof(Descriptor::layers);
    constexpr size_t kPrime3 = kCommon + 8 * sizeof(uint32_t) + 4;  // ends in padding, too
    struct alignas(8) {
        std::array<uint8_t, kPrime3> bytes;
        std::array<uint8_t, 16> behind;
    } prime3;
    std::memset(&prime3, 0xa5, sizeof(prime3));
    Descriptor prime2 = {};
    constexpr uint32_t kFlags = VA_EXPORT_SURFACE_SEPARATE_LAYERS | VA_EXPORT_SURFACE_READ_WRITE;
    ASSERT_EQ(vaExportSurfaceHandle(display.get(), surface, VA_SURFACE_ATTRIB_MEM_TYPE_DRM_PRIME_2,
                                    kFlags, &prime2),
              VA_STATUS_SUCCESS);
    ASSERT_EQ(vaExportSurfaceHandle(display.get(), surface, 0x08000000, kFlags, &prime3),
              VA_STATUS_SUCCESS);
    Descriptor common = {};
    std::memcpy(&common, prime3.bytes.data(), kCommon);
    EXPECT_NE(common.objects[0].fd, prime2.objects[0].fd);
    close(common.objects[0].fd);
    common.objects[0].fd = prime2.objects[0].fd;
    EXPECT_EQ(std::memcmp(&common, &prime2, kCommon), 0);
    for (size_t i = kCommon; i < kCommon + 8 * sizeof(uint32_t); ++i) {
        EXPECT_EQ(prime3.bytes[i], 0) << "flags and reserved words";
    }
    for (const uint8_t byte : prime3.behind) {
        EXPECT_EQ(byte, 0xa5);
    }
    close(prime2.objects[0].fd);
}

// VLC 3 and ffmpeg's fallback: a derived image's buffer as a dma-buf.
TEST(Surfaces, BufferHandlesOfDerivedImagesAreTheirDmaBufs) {
    const Display display;
    Player player(display, clip());
    const RecordedPicture& picture = clip().pictures[0];
    ASSERT_EQ(player.decode(picture), VA_STATUS_SUCCESS);
    const size_t before = open_fds();
    VAImage image = {};
    ASSERT_EQ(vaDeriveImage(display.get(), player.surface(picture.target), &image),
              VA_STATUS_SUCCESS);
    VABufferInfo info = {};
    info.mem_type = VA_SURFACE_ATTRIB_MEM_TYPE_DRM_PRIME;
    ASSERT_EQ(vaAcquireBufferHandle(display.get(), image.buf, &info), VA_STATUS_SUCCESS);
    EXPECT_EQ(info.type, static_cast<uint32_t>(VAImageBufferType));
    EXPECT_EQ(info.mem_type, static_cast<uint32_t>(VA_SURFACE_ATTRIB_MEM_TYPE_DRM_PRIME));
    const int fd = static_cast<int>(info.handle);
    EXPECT_EQ(static_cast<off_t>(info.mem_size), lseek(fd, 0, SEEK_END));
    EXPECT_GE(info.mem_size, image.data_size);
    EXPECT_NE(fcntl(fd, F_GETFD) & FD_CLOEXEC, 0);
    void* map = mmap(nullptr, info.mem_size, PROT_READ, MAP_SHARED, fd, 0);
    ASSERT_NE(map, MAP_FAILED);
    for (unsigned y = 0; y < clip().visible_height; ++y) {
        const auto* row =
            static_cast<const uint8_t*>(map) + image.offsets[0] + size_t{y} * image.pitches[0];
        EXPECT_EQ(std::memcmp(row, picture.expected.luma.data() + size_t{y} * clip().visible_width,
                              clip().visible_width),
                  0);
    }
    munmap(map, info.mem_size);
    // The same one for everybody who asks, until the last release.
    VABufferInfo again = {};
    ASSERT_EQ(vaAcquireBufferHandle(display.get(), image.buf, &again), VA_STATUS_SUCCESS);
    EXPECT_EQ(again.handle, info.handle);
    EXPECT_EQ(vaReleaseBufferHandle(display.get(), image.buf), VA_STATUS_SUCCESS);
    EXPECT_GE(fcntl(fd, F_GETFD), 0);
    EXPECT_EQ(vaReleaseBufferHandle(display.get(), image.buf), VA_STATUS_SUCCESS);
    EXPECT_EQ(fcntl(fd, F_GETFD), -1);
    EXPECT_EQ(vaReleaseBufferHandle(display.get(), image.buf), VA_STATUS_ERROR_INVALID_BUFFER);
    // One that is never released goes with its image.
    ASSERT_EQ(vaAcquireBufferHandle(display.get(), image.buf, &again), VA_STATUS_SUCCESS);
    EXPECT_EQ(vaDestroyImage(display.get(), image.image_id), VA_STATUS_SUCCESS);
    EXPECT_EQ(open_fds(), before);
}

TEST(Surfaces, BufferHandleErrors) {
    const Display display;
    const VASurfaceID surface = make_surface(display, 64, 64);
    VAImage derived = {};
    ASSERT_EQ(vaDeriveImage(display.get(), surface, &derived), VA_STATUS_SUCCESS);
    VABufferInfo info = {};
    EXPECT_EQ(vaAcquireBufferHandle(display.get(), 12345, &info), VA_STATUS_ERROR_INVALID_BUFFER);
    EXPECT_EQ(vaReleaseBufferHandle(display.get(), 12345), VA_STATUS_ERROR_INVALID_BUFFER);
    EXPECT_EQ(vaAcquireBufferHandle(display.get(), derived.buf, nullptr),
              VA_STATUS_ERROR_INVALID_PARAMETER);
    info.mem_type = VA_SURFACE_ATTRIB_MEM_TYPE_KERNEL_DRM;
    EXPECT_EQ(vaAcquireBufferHandle(display.get(), derived.buf, &info),
              VA_STATUS_ERROR_UNSUPPORTED_MEMORY_TYPE);
    VAImageFormat format = {};
    format.fourcc = VA_FOURCC_NV12;
    VAImage created = {};
    ASSERT_EQ(vaCreateImage(display.get(), &format, 64, 64, &created), VA_STATUS_SUCCESS);
    info = {};
    EXPECT_EQ(vaAcquireBufferHandle(display.get(), created.buf, &info),
              VA_STATUS_ERROR_UNSUPPORTED_MEMORY_TYPE);
    const Player player(display, clip());
    VABufferID slice = VA_INVALID_ID;
    ASSERT_EQ(vaCreateBuffer(display.get(), player.context(), VASliceDataBufferType, 64, 1, nullptr,
                             &slice),
              VA_STATUS_SUCCESS);
    EXPECT_EQ(vaAcquireBufferHandle(display.get(), slice, &info),
              VA_STATUS_ERROR_UNSUPPORTED_BUFFERTYPE);
    EXPECT_TRUE(display.messages().empty());
}

TEST(Surfaces, UnknownMemoryTypesAreRefused) {
    const Display display;
    const VASurfaceID surface = make_surface(display, 64, 64);
    Descriptor descriptor = {};
    EXPECT_EQ(vaExportSurfaceHandle(display.get(), surface, 1, 0, &descriptor),
              VA_STATUS_ERROR_UNSUPPORTED_MEMORY_TYPE);
    EXPECT_EQ(vaExportSurfaceHandle(display.get(), 12345, VA_SURFACE_ATTRIB_MEM_TYPE_DRM_PRIME_2, 0,
                                    &descriptor),
              VA_STATUS_ERROR_INVALID_SURFACE);
}

// Chromium and GStreamer export once, before the first decode, and keep the descriptor for good.
TEST(Surfaces, AnEarlyExportShowsEveryLaterPicture) {
    const Display display;
    Player player(display, clip());
    std::map<VASurfaceID, std::unique_ptr<Export>> exports;
    for (const VASurfaceID recorded : clip().surfaces) {
        exports[recorded] = std::make_unique<Export>(display.get(), player.surface(recorded),
                                                     VA_EXPORT_SURFACE_SEPARATE_LAYERS);
    }
    for (const RecordedPicture& picture : clip().pictures) {
        ASSERT_EQ(player.decode(picture), VA_STATUS_SUCCESS);
        // No vaSyncSurface: this client relies on the driver to have finished.
        if (picture.has_expected) {
            ASSERT_EQ(exports[picture.target]->read(clip().visible_width, clip().visible_height),
                      picture.expected);
        }
    }
}

// Where codecs of a device align their frames differently, too: see api-memory-... in meson.build.
TEST(Surfaces, MemorySuitsTheCodecThatDecodesIntoIt) {
    for (const bool surfaces_first : {true, false}) {
        const auto display = display_with_infos();
        Player player(*display, clip(), {.surfaces_first = surfaces_first, .make_surface = {}});
        for (const VASurfaceID recorded : clip().surfaces) {
            const Export early(display->get(), player.surface(recorded),
                               VA_EXPORT_SURFACE_SEPARATE_LAYERS);
            EXPECT_EQ(early.status(), VA_STATUS_SUCCESS);
        }
        EXPECT_EQ(player.decode_and_compare(), clip().pictures.size());
        EXPECT_EQ(count_infos(*display, "copied"), 0U);
    }
}

TEST(Surfaces, ExportsOutliveSurfaceContextAndDisplay) {
    auto display = std::make_unique<Display>();
    auto player = std::make_unique<Player>(*display, clip());
    const RecordedPicture& picture = clip().pictures[0];
    ASSERT_EQ(player->decode(picture), VA_STATUS_SUCCESS);
    const Export exported(display->get(), player->surface(picture.target),
                          VA_EXPORT_SURFACE_COMPOSED_LAYERS);
    player.reset();
    display.reset();
    EXPECT_EQ(exported.read(clip().visible_width, clip().visible_height), picture.expected);
}

TEST(Surfaces, ImagesReadBackWhatWasPut) {
    const Display display;
    const unsigned width = 98;
    const unsigned height = 66;
    const VASurfaceID surface = make_surface(display, width, height);
    VAImageFormat format = {};
    format.fourcc = VA_FOURCC_NV12;
    VAImage image = {};
    ASSERT_EQ(vaCreateImage(display.get(), &format, width, height, &image), VA_STATUS_SUCCESS);
    EXPECT_GE(image.pitches[0], width);
    uint8_t* data = nullptr;
    ASSERT_EQ(vaMapBuffer(display.get(), image.buf, reinterpret_cast<void**>(&data)),
              VA_STATUS_SUCCESS);
    Pixels put = {width, height, {}, {}};
    for (unsigned y = 0; y < height; ++y) {
        for (unsigned x = 0; x < width; ++x) {
            put.luma.push_back(data[image.offsets[0] + y * image.pitches[0] + x] =
                                   static_cast<uint8_t>(x * 3 + y * 5));
        }
    }
    for (unsigned y = 0; y < height / 2; ++y) {
        for (unsigned x = 0; x < width; ++x) {
            put.chroma.push_back(data[image.offsets[1] + y * image.pitches[1] + x] =
                                     static_cast<uint8_t>(x * 7 + y * 11));
        }
    }
    vaUnmapBuffer(display.get(), image.buf);
    ASSERT_EQ(vaPutImage(display.get(), surface, image.image_id, 0, 0, width, height, 0, 0, width,
                         height),
              VA_STATUS_SUCCESS);
    EXPECT_EQ(read_surface(display.get(), surface, width, height), put);
    EXPECT_EQ(vaPutImage(display.get(), surface, image.image_id, 0, 0, width, height, 0, 0, 20, 20),
              VA_STATUS_ERROR_UNIMPLEMENTED);
    EXPECT_EQ(vaGetImage(display.get(), surface, 90, 0, 20, 20, image.image_id),
              VA_STATUS_ERROR_INVALID_PARAMETER);
    EXPECT_EQ(vaGetImage(display.get(), surface, -1, 0, 20, 20, image.image_id),
              VA_STATUS_ERROR_INVALID_PARAMETER);
    // A part of it, from an even corner.
    ASSERT_EQ(vaGetImage(display.get(), surface, 10, 6, 20, 8, image.image_id), VA_STATUS_SUCCESS);
    ASSERT_EQ(vaMapBuffer(display.get(), image.buf, reinterpret_cast<void**>(&data)),
              VA_STATUS_SUCCESS);
    EXPECT_EQ(data[0], put.luma[6 * width + 10]);
    EXPECT_EQ(data[image.offsets[1]], put.chroma[3 * width + 10]);
    vaUnmapBuffer(display.get(), image.buf);
    EXPECT_EQ(vaDestroyImage(display.get(), image.image_id), VA_STATUS_SUCCESS);
    EXPECT_EQ(vaDestroyImage(display.get(), image.image_id), VA_STATUS_ERROR_INVALID_IMAGE);
}

TEST(Surfaces, DerivedImagesAreTheSurface) {
    const Display display;
    Player player(display, clip());
    const RecordedPicture& picture = clip().pictures[0];
    ASSERT_EQ(player.decode(picture), VA_STATUS_SUCCESS);
    VAImage image = {};
    ASSERT_EQ(vaDeriveImage(display.get(), player.surface(picture.target), &image),
              VA_STATUS_SUCCESS);
    EXPECT_EQ(image.format.fourcc, static_cast<uint32_t>(VA_FOURCC_NV12));
    uint8_t* data = nullptr;
    ASSERT_EQ(vaMapBuffer(display.get(), image.buf, reinterpret_cast<void**>(&data)),
              VA_STATUS_SUCCESS);
    for (unsigned y = 0; y < clip().visible_height; ++y) {
        for (unsigned x = 0; x < clip().visible_width; ++x) {
            ASSERT_EQ(data[image.offsets[0] + y * image.pitches[0] + x],
                      picture.expected.luma[y * clip().visible_width + x]);
        }
    }
    EXPECT_EQ(vaUnmapBuffer(display.get(), image.buf), VA_STATUS_SUCCESS);
    EXPECT_EQ(vaDestroyImage(display.get(), image.image_id), VA_STATUS_SUCCESS);
}

// GStreamer's va elements mix the two.
TEST(Surfaces, CreatedImagesLieLikeDerivedOnes) {
    const Display display;
    VAImageFormat nv12 = {};
    nv12.fourcc = VA_FOURCC_NV12;
    for (const auto& [width, height] : {std::pair{176U, 144U}, std::pair{640U, 360U}}) {
        const VASurfaceID surface = make_surface(display, width, height);
        VAImage derived = {};
        ASSERT_EQ(vaDeriveImage(display.get(), surface, &derived), VA_STATUS_SUCCESS);
        VAImage created = {};
        ASSERT_EQ(vaCreateImage(display.get(), &nv12, static_cast<int>(width),
                                static_cast<int>(height), &created),
                  VA_STATUS_SUCCESS);
        for (unsigned plane = 0; plane < 2; ++plane) {
            EXPECT_EQ(created.pitches[plane], derived.pitches[plane]);
            EXPECT_EQ(created.offsets[plane], derived.offsets[plane]);
        }
        EXPECT_GE(created.data_size, created.offsets[1] + created.pitches[1] * ((height + 1) / 2));
        EXPECT_EQ(vaDestroyImage(display.get(), created.image_id), VA_STATUS_SUCCESS);
        EXPECT_EQ(vaDestroyImage(display.get(), derived.image_id), VA_STATUS_SUCCESS);
    }
}

TEST(Surfaces, TenBitMemory) {
    const Display display;
    VASurfaceID surface = VA_INVALID_ID;
    ASSERT_EQ(
        vaCreateSurfaces(display.get(), VA_RT_FORMAT_YUV420_10, 200, 200, &surface, 1, nullptr, 0),
        VA_STATUS_SUCCESS);
    VAImage image = {};
    ASSERT_EQ(vaDeriveImage(display.get(), surface, &image), VA_STATUS_SUCCESS);
    EXPECT_EQ(image.format.fourcc, static_cast<uint32_t>(VA_FOURCC_P010));
    EXPECT_GE(image.pitches[0], 400U);
    EXPECT_EQ(vaDestroyImage(display.get(), image.image_id), VA_STATUS_SUCCESS);
}

// Needs a device with a decode time: run with `tools/with-virtual --delay-ms 150`.
TEST(SlowDevice, EndPictureReturnsBeforeTheDecode) {
    const char* delay_ms = std::getenv("V4L2VA_VIRTUAL_DELAY_MS");
    if (!delay_ms) {
        GTEST_SKIP() << "needs a slow device";
    }
    const auto delay = std::chrono::milliseconds(std::atoi(delay_ms));
    const Display display;
    Player player(display, clip());
    using Clock = std::chrono::steady_clock;
    const auto started = Clock::now();
    for (size_t i = 0; i < 3; ++i) {
        ASSERT_EQ(player.decode(clip().pictures[i]), VA_STATUS_SUCCESS);
    }
    EXPECT_LT(Clock::now() - started, delay) << "not even the first picture can be done";
    const VASurfaceID last = player.surface(clip().pictures[2].target);
    VASurfaceStatus status = VASurfaceReady;
    EXPECT_EQ(vaQuerySurfaceStatus(display.get(), last, &status), VA_STATUS_SUCCESS);
    EXPECT_EQ(status, VASurfaceRendering);
    EXPECT_EQ(vaSyncSurface2(display.get(), last, 0), VA_STATUS_ERROR_TIMEDOUT);
    EXPECT_EQ(vaSyncSurface2(display.get(), last, 1'000'000), VA_STATUS_ERROR_TIMEDOUT);
    EXPECT_EQ(vaSyncSurface2(display.get(), last, VA_TIMEOUT_INFINITE), VA_STATUS_SUCCESS);
    EXPECT_GE(Clock::now() - started, 3 * delay);
    EXPECT_EQ(vaQuerySurfaceStatus(display.get(), last, &status), VA_STATUS_SUCCESS);
    EXPECT_EQ(status, VASurfaceReady);
    EXPECT_EQ(player.read(clip().pictures[2]), clip().pictures[2].expected);
}

// Needs a device that damages pictures: run with `tools/with-virtual --fault error:every=5`.
TEST(FaultyDevice, DamagedPicturesAreReported) {
    if (!std::getenv("V4L2VA_VIRTUAL_FAULT")) {
        GTEST_SKIP() << "needs a faulty device";
    }
    const Display display;
    Player player(display, clip());
    size_t damaged = 0;
    for (const RecordedPicture& picture : clip().pictures) {
        ASSERT_EQ(player.decode(picture), VA_STATUS_SUCCESS);
        const VASurfaceID surface = player.surface(picture.target);
        // A failing vaSyncSurface would end ffmpeg's run and GStreamer's pipeline.
        EXPECT_EQ(vaSyncSurface(display.get(), surface), VA_STATUS_SUCCESS);
        VASurfaceDecodeMBErrors* errors = nullptr;
        ASSERT_EQ(vaQuerySurfaceError(display.get(), surface, VA_STATUS_ERROR_DECODING_ERROR,
                                      reinterpret_cast<void**>(&errors)),
                  VA_STATUS_SUCCESS);
        if (errors[0].status != -1) {
            EXPECT_EQ(errors[0].status, 1);
            EXPECT_EQ(errors[0].num_mb, 99U);
            EXPECT_EQ(errors[1].status, -1);
            ++damaged;
        }
    }
    EXPECT_GT(damaged, 0U);
    EXPECT_LT(damaged, clip().pictures.size() / 2);
    EXPECT_LE(display.messages().size(), 1U);
}

}  // namespace
}  // namespace v4l2va::test
