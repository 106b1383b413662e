// SPDX-License-Identifier: MIT
// What exports say of a surface's memory: the same at every time, in every form, and true.
#include <drm_fourcc.h>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#include <va/va_drmcommon.h>

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "client.h"
#include "export.h"
#include "player.h"

namespace v4l2va::test {
namespace {

constexpr uint32_t kPrime3 = 0x08000000;  // VA_SURFACE_ATTRIB_MEM_TYPE_DRM_PRIME_3

// One vaExportSurfaceHandle; the descriptors are closed with it.
class Exported {
  public:
    Exported(VADisplay display, VASurfaceID surface, uint32_t type, uint32_t flags) {
        // DRM_PRIME_3 has the same and more behind it.
        alignas(8) std::byte bytes[sizeof(Descriptor) + 64] = {};
        status_ = vaExportSurfaceHandle(display, surface, type, flags, bytes);
        std::memcpy(&descriptor_, bytes, offsetof(Descriptor, layers) + sizeof(descriptor_.layers));
    }
    ~Exported() {
        for (uint32_t i = 0; status_ == VA_STATUS_SUCCESS && i < descriptor_.num_objects; ++i) {
            close(descriptor_.objects[i].fd);
        }
    }
    Exported(const Exported&) = delete;
    Exported& operator=(const Exported&) = delete;

    [[nodiscard]] VAStatus status() const { return status_; }
    [[nodiscard]] const Descriptor& descriptor() const { return descriptor_; }

    // The same but for the numbers of descriptors, in place of which the dma-bufs stand.
    [[nodiscard]] std::pair<std::string, std::vector<ino_t>> geometry() const {
        Descriptor copy = descriptor_;
        std::vector<ino_t> buffers;
        for (uint32_t i = 0; i < copy.num_objects; ++i) {
            struct stat info = {};
            EXPECT_EQ(fstat(copy.objects[i].fd, &info), 0);
            buffers.push_back(info.st_ino);
            copy.objects[i].fd = 0;
        }
        std::string bytes(offsetof(Descriptor, layers) + sizeof(copy.layers), '\0');
        std::memcpy(bytes.data(), &copy, bytes.size());
        return {bytes, buffers};
    }

  private:
    VAStatus status_ = VA_STATUS_ERROR_OPERATION_FAILED;
    Descriptor descriptor_ = {};
};

Exported composed(VADisplay display, VASurfaceID surface) {
    return {display, surface, VA_SURFACE_ATTRIB_MEM_TYPE_DRM_PRIME_2,
            VA_EXPORT_SURFACE_COMPOSED_LAYERS | VA_EXPORT_SURFACE_READ_ONLY};
}

bool offers(const Display& display, VAProfile profile) {
    std::vector<VAProfile> profiles(static_cast<size_t>(vaMaxNumProfiles(display.get())));
    int count = 0;
    vaQueryConfigProfiles(display.get(), profiles.data(), &count);
    return std::find(profiles.begin(), profiles.begin() + count, profile) !=
           profiles.begin() + count;
}

VASurfaceID make_surface(const Display& display, unsigned rt_format, unsigned width,
                         unsigned height) {
    VASurfaceID surface = VA_INVALID_ID;
    EXPECT_EQ(vaCreateSurfaces(display.get(), rt_format, width, height, &surface, 1, nullptr, 0),
              VA_STATUS_SUCCESS);
    return surface;
}

struct Clip {
    VAProfile profile;
    unsigned height;
    ClipOptions options;
};

// Rows that no codec's blocks end with: 1080 are coded as 1088, 720 may lie as 736 or 768.
const Clip kClips[] = {
    {VAProfileH264ConstrainedBaseline,
     1080,
     {.width = 1920, .height = 1080, .frames = 2, .x264_params = "ref=1", .profile = "baseline"}},
    {VAProfileHEVCMain, 720, {.width = 1280, .height = 720, .frames = 2, .codec = "hevc"}},
};

// Decodes into surfaces that were exported when the latest config was `early`'s.
void expect_lasting_geometry(const Recording& recording, VAProfile early) {
    const Display display;
    VAConfigID config = VA_INVALID_ID;
    ASSERT_EQ(vaCreateConfig(display.get(), early, VAEntrypointVLD, nullptr, 0, &config),
              VA_STATUS_SUCCESS);
    std::map<VASurfaceID, std::unique_ptr<Export>> exports;
    std::map<VASurfaceID, std::pair<std::string, std::vector<ino_t>>> first;
    const auto make = [&](unsigned /*width*/, unsigned /*height*/) {
        const VASurfaceID surface = make_surface(display, VA_RT_FORMAT_YUV420,
                                                 recording.visible_width, recording.visible_height);
        first[surface] = composed(display.get(), surface).geometry();
        exports[surface] =
            std::make_unique<Export>(display.get(), surface, VA_EXPORT_SURFACE_COMPOSED_LAYERS);
        const Descriptor& descriptor = exports[surface]->descriptor();
        EXPECT_EQ(descriptor.width, recording.visible_width);
        EXPECT_EQ(descriptor.height, recording.visible_height);
        return surface;
    };
    Player player(display, recording, {.surfaces_first = false, .make_surface = make});
    for (const RecordedPicture& picture : recording.pictures) {
        const VASurfaceID surface = player.surface(picture.target);
        ASSERT_EQ(player.decode(picture), VA_STATUS_SUCCESS);
        EXPECT_EQ(composed(display.get(), surface).geometry(), first[surface]);
        if (!picture.has_expected) {
            continue;
        }
        EXPECT_EQ(player.read(picture), picture.expected);
        const Descriptor& descriptor = exports[surface]->descriptor();
        if (descriptor.fourcc == VA_FOURCC_NV12 &&
            descriptor.objects[0].drm_format_modifier == DRM_FORMAT_MOD_LINEAR) {
            EXPECT_EQ(exports[surface]->read(recording), picture.expected);
        }
    }
    player.destroy_context();
    for (const auto& [surface, geometry] : first) {
        EXPECT_EQ(composed(display.get(), surface).geometry(), geometry);
    }
    EXPECT_TRUE(display.messages().empty());
}

TEST(Geometry, LastsWhoeverDecodesAndWhen) {
    for (const Clip& clip : kClips) {
        {
            const Display display;
            if (!offers(display, clip.profile) ||
                composed(display.get(), make_surface(display, VA_RT_FORMAT_YUV420, 1280, 720))
                        .status() != VA_STATUS_SUCCESS) {
                continue;
            }
        }
        const Recording recording = record_clip(clip.options);
        ASSERT_EQ(recording.visible_height, clip.height);
        for (const Clip& early : kClips) {
            if (const Display display; offers(display, early.profile)) {
                SCOPED_TRACE(std::to_string(clip.profile) + " " + std::to_string(early.profile));
                expect_lasting_geometry(recording, early.profile);
            }
        }
    }
}

// The planes of a descriptor, whichever layers they are in.
struct NamedPlane {
    uint32_t object;
    uint32_t offset;
    uint32_t pitch;
    friend bool operator==(const NamedPlane&, const NamedPlane&) = default;
};

std::vector<NamedPlane> planes_of(const Descriptor& descriptor) {
    std::vector<NamedPlane> planes;
    for (uint32_t i = 0; i < descriptor.num_layers; ++i) {
        const auto& layer = descriptor.layers[i];
        for (uint32_t j = 0; j < layer.num_planes; ++j) {
            planes.push_back({layer.object_index[j], layer.offset[j], layer.pitch[j]});
        }
    }
    return planes;
}

// What GStreamer, mpv and browsers check before they import.
void expect_true(const Exported& exported, unsigned width, unsigned height) {
    const Descriptor& descriptor = exported.descriptor();
    EXPECT_EQ(descriptor.width, width);
    EXPECT_EQ(descriptor.height, height);
    ASSERT_GE(descriptor.num_objects, 1U);
    ASSERT_LE(descriptor.num_objects, 4U);
    const auto buffers = exported.geometry().second;
    EXPECT_EQ(std::set<ino_t>(buffers.begin(), buffers.end()).size(), buffers.size())
        << "two objects are one dma-buf";
    std::set<uint32_t> used;
    const auto planes = planes_of(descriptor);
    ASSERT_GE(planes.size(), 2U);
    for (size_t i = 0; i < planes.size(); ++i) {
        ASSERT_LT(planes[i].object, descriptor.num_objects);
        used.insert(planes[i].object);
        const auto& object = descriptor.objects[planes[i].object];
        const uint64_t rows = i == 0 ? height : (height + 1) / 2;
        EXPECT_LE(planes[i].offset + rows * planes[i].pitch, object.size) << "plane " << i;
        EXPECT_EQ(object.drm_format_modifier, descriptor.objects[0].drm_format_modifier);
    }
    EXPECT_EQ(used.size(), descriptor.num_objects) << "an object without a plane";
    for (uint32_t i = 0; i < descriptor.num_objects; ++i) {
        const auto& object = descriptor.objects[i];
        EXPECT_EQ(lseek(object.fd, 0, SEEK_END), static_cast<off_t>(object.size));
        // Whatever the flags say: clients have asked for less than they do.
        void* const map =
            mmap(nullptr, object.size, PROT_READ | PROT_WRITE, MAP_SHARED, object.fd, 0);
        EXPECT_NE(map, MAP_FAILED);
        munmap(map, object.size);
    }
}

TEST(Geometry, EveryFormOfExportNamesOneMemory) {
    const Display display;
    for (const int rt_format : {VA_RT_FORMAT_YUV420, VA_RT_FORMAT_YUV420_10}) {
        for (const auto& [width, height] : {std::pair{1920U, 1080U}, std::pair{175U, 143U}}) {
            VASurfaceID surface = VA_INVALID_ID;
            if (vaCreateSurfaces(display.get(), static_cast<unsigned>(rt_format), width, height,
                                 &surface, 1, nullptr, 0) != VA_STATUS_SUCCESS) {
                continue;  // no ten bits here
            }
            const Exported one = composed(display.get(), surface);
            for (const uint32_t type :
                 {uint32_t{VA_SURFACE_ATTRIB_MEM_TYPE_DRM_PRIME_2}, kPrime3}) {
                for (const int access :
                     {0, VA_EXPORT_SURFACE_READ_ONLY, VA_EXPORT_SURFACE_WRITE_ONLY,
                      VA_EXPORT_SURFACE_READ_WRITE}) {
                    for (const int layers : {0, VA_EXPORT_SURFACE_COMPOSED_LAYERS,
                                             VA_EXPORT_SURFACE_SEPARATE_LAYERS}) {
                        SCOPED_TRACE(std::to_string(width) + ", flags " +
                                     std::to_string(access | layers));
                        const Exported other(display.get(), surface, type,
                                             static_cast<uint32_t>(access | layers));
                        if (layers == VA_EXPORT_SURFACE_SEPARATE_LAYERS &&
                            other.status() == VA_STATUS_ERROR_UNSUPPORTED_MEMORY_TYPE) {
                            continue;  // tiles have no names for their planes on their own
                        }
                        ASSERT_EQ(other.status(), one.status());
                        if (one.status() != VA_STATUS_SUCCESS) {
                            continue;
                        }
                        expect_true(other, width, height);
                        EXPECT_EQ(planes_of(other.descriptor()), planes_of(one.descriptor()));
                        EXPECT_EQ(other.geometry().second, one.geometry().second);
                        if (layers != VA_EXPORT_SURFACE_SEPARATE_LAYERS) {
                            EXPECT_EQ(other.geometry(), one.geometry());
                        }
                    }
                }
            }
        }
    }
    EXPECT_TRUE(display.messages().empty());
}

// An exported reference is looked at while later pictures are decoded from it.
TEST(Geometry, HeldFramesStayThroughLaterPictures) {
    const Display display;
    if (!offers(display, VAProfileH264ConstrainedBaseline)) {
        GTEST_SKIP() << "no H.264 here";
    }
    const Recording recording =
        record_clip({.frames = 12, .gop = 12, .x264_params = "ref=3", .profile = "baseline"});
    const VAConfigID config = make_config(display.get(), recording);
    const VAContextID context = make_context(display.get(), config, recording);
    Stream stream(display.get(), context, recording, {});
    const auto surfaces =
        make_surfaces(display.get(), recording, static_cast<unsigned>(recording.pictures.size()));
    std::vector<std::unique_ptr<Export>> held;
    for (size_t i = 0; i < surfaces.size(); ++i) {
        ASSERT_EQ(stream.decode(recording.pictures[i], surfaces[i]), VA_STATUS_SUCCESS);
        held.push_back(std::make_unique<Export>(display.get(), surfaces[i],
                                                VA_EXPORT_SURFACE_COMPOSED_LAYERS));
        ASSERT_EQ(vaSyncSurface(display.get(), surfaces[i]), VA_STATUS_SUCCESS);
        for (size_t earlier = 0; earlier <= i; ++earlier) {
            const RecordedPicture& picture = recording.pictures[earlier];
            const Descriptor& descriptor = held[earlier]->descriptor();
            if (picture.has_expected && descriptor.fourcc == VA_FOURCC_NV12 &&
                descriptor.objects[0].drm_format_modifier == DRM_FORMAT_MOD_LINEAR) {
                ASSERT_EQ(held[earlier]->read(recording), picture.expected) << earlier << " " << i;
            }
        }
    }
    // No two pictures of the clip are equal: what was compared was not one picture of nothing.
    std::set<std::vector<uint8_t>> different;
    for (const RecordedPicture& picture : recording.pictures) {
        different.insert(picture.expected.luma);
    }
    EXPECT_EQ(different.size(), recording.pictures.size());
}

}  // namespace
}  // namespace v4l2va::test
