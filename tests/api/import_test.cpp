// SPDX-License-Identifier: MIT
// Import: clients' dma-bufs as surfaces. Memfds stand for dma-bufs; the virtual device takes both.
#include <drm_fourcc.h>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#include <va/va_drmcommon.h>

#include <array>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "planes.h"
#include "player.h"

namespace v4l2va::test {
namespace {

using Descriptor = VADRMPRIMESurfaceDescriptor;
using External = VASurfaceAttribExternalBuffers;

constexpr uint32_t kPrime = VA_SURFACE_ATTRIB_MEM_TYPE_DRM_PRIME;
constexpr uint32_t kPrime2 = VA_SURFACE_ATTRIB_MEM_TYPE_DRM_PRIME_2;
constexpr uint32_t kPrime3 = 0x08000000;  // of libva 2.21

// VADRMPRIME3SurfaceDescriptor of libva 2.21, as bytes.
struct alignas(8) Prime3 {
    static constexpr size_t kCommon = offsetof(Descriptor, layers) + sizeof(Descriptor::layers);

    explicit Prime3(const Descriptor& descriptor, uint32_t flags = 0) {
        std::memcpy(bytes.data(), &descriptor, kCommon);
        std::memcpy(bytes.data() + kCommon, &flags, sizeof(flags));
    }
    std::array<std::byte, kCommon + 8 * sizeof(uint32_t) + 4> bytes{};
};
static_assert(sizeof(Prime3) == 344);

const Recording& clip() {
    static const Recording recording = record_clip({});
    return recording;
}

// What the driver's own surface of that size would be exported as; its descriptors are closed.
Descriptor export_shape(VADisplay display, unsigned rt_format, unsigned width, unsigned height,
                        uint32_t flags) {
    VASurfaceID surface = VA_INVALID_ID;
    EXPECT_EQ(vaCreateSurfaces(display, rt_format, width, height, &surface, 1, nullptr, 0),
              VA_STATUS_SUCCESS);
    Descriptor descriptor = {};
    EXPECT_EQ(vaExportSurfaceHandle(display, surface, kPrime2, flags, &descriptor),
              VA_STATUS_SUCCESS);
    for (uint32_t i = 0; i < descriptor.num_objects; ++i) {
        close(descriptor.objects[i].fd);
        descriptor.objects[i].fd = -1;
    }
    EXPECT_EQ(vaDestroySurfaces(display, &surface, 1), VA_STATUS_SUCCESS);
    return descriptor;
}

// Memory of the client's own.
class ClientMemory {
  public:
    explicit ClientMemory(size_t size) : size_(size), fd_(memfd_create("client", MFD_CLOEXEC)) {
        EXPECT_EQ(ftruncate(fd_, static_cast<off_t>(size)), 0);
        map_ = mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd_, 0);
        EXPECT_NE(map_, MAP_FAILED);
        std::memset(map_, 0x5a, size);
    }
    ~ClientMemory() {
        munmap(map_, size_);
        close_fd();
    }
    ClientMemory(const ClientMemory&) = delete;
    ClientMemory& operator=(const ClientMemory&) = delete;

    [[nodiscard]] int fd() const { return fd_; }
    void close_fd() {
        if (fd_ >= 0) {
            close(fd_);
        }
        fd_ = -1;
    }

    // NV12 with the planes of `shape`.
    [[nodiscard]] Pixels read(const Descriptor& shape, unsigned width, unsigned height) const {
        const bool separate = shape.num_layers == 2;
        const auto& chroma = shape.layers[separate ? 1 : 0];
        const unsigned plane = separate ? 0 : 1;
        Pixels pixels{width, height, {}, {}};
        append(pixels.luma, shape.layers[0].offset[0], shape.layers[0].pitch[0], width, height);
        append(pixels.chroma, chroma.offset[plane], chroma.pitch[plane], width, height / 2);
        return pixels;
    }

  private:
    void append(std::vector<uint8_t>& out, size_t offset, size_t pitch, unsigned width,
                unsigned rows) const {
        for (unsigned y = 0; y < rows; ++y) {
            const auto* row = static_cast<const uint8_t*>(map_) + offset + y * pitch;
            out.insert(out.end(), row, row + width);
        }
    }

    const size_t size_;
    int fd_;
    void* map_ = nullptr;
};

VASurfaceAttrib integer(VASurfaceAttribType type, uint32_t value) {
    VASurfaceAttrib attribute = {};
    attribute.type = type;
    attribute.flags = VA_SURFACE_ATTRIB_SETTABLE;
    attribute.value.type = VAGenericValueTypeInteger;
    attribute.value.value.i = static_cast<int>(value);
    return attribute;
}

VASurfaceAttrib pointer(VASurfaceAttribType type, const void* value) {
    VASurfaceAttrib attribute = {};
    attribute.type = type;
    attribute.flags = VA_SURFACE_ATTRIB_SETTABLE;
    attribute.value.type = VAGenericValueTypePointer;
    attribute.value.value.p = const_cast<void*>(value);
    return attribute;
}

class Import : public ::testing::Test {
  protected:
    static constexpr unsigned kSeparate =
        VA_EXPORT_SURFACE_SEPARATE_LAYERS | VA_EXPORT_SURFACE_READ_WRITE;
    static constexpr unsigned kComposed =
        VA_EXPORT_SURFACE_COMPOSED_LAYERS | VA_EXPORT_SURFACE_READ_WRITE;

    // As clients do, with a config first: their memory then suits its codec.
    Import() : display_(display_with_infos()) { make_config(va()); }

    static void make_config(VADisplay display) {
        VAConfigID config = VA_INVALID_ID;
        EXPECT_EQ(vaCreateConfig(display, clip().profile, VAEntrypointVLD, nullptr, 0, &config),
                  VA_STATUS_SUCCESS);
    }

    [[nodiscard]] VADisplay va() const { return display_->get(); }

    VAStatus create(uint32_t memory_type, const void* descriptors, unsigned width, unsigned height,
                    VASurfaceID* surfaces, unsigned count = 1,
                    unsigned rt_format = VA_RT_FORMAT_YUV420) {
        VASurfaceAttrib attributes[] = {
            pointer(VASurfaceAttribExternalBufferDescriptor, descriptors),
            integer(VASurfaceAttribMemoryType, memory_type)};
        return vaCreateSurfaces(va(), rt_format, width, height, surfaces, count, attributes, 2);
    }

    // Decodes the clip into memory of the client, which gets `descriptor` with its own descriptor;
    // `import` makes the surface. Looks at each picture in the client's mapping without a
    // vaSyncSurface.
    template <typename MakeSurface>
    void expect_decoding_into_client_memory(const Descriptor& shape, MakeSurface import) {
        std::map<VASurfaceID, std::unique_ptr<ClientMemory>> memories;
        const auto make_surface = [&](unsigned width, unsigned height) {
            auto memory = std::make_unique<ClientMemory>(shape.objects[0].size);
            Descriptor descriptor = shape;
            descriptor.objects[0].fd = memory->fd();
            VASurfaceID surface = VA_INVALID_ID;
            EXPECT_EQ(import(descriptor, width, height, &surface), VA_STATUS_SUCCESS);
            memory->close_fd();  // the driver has its own
            memories[surface] = std::move(memory);
            return surface;
        };
        Player player(*display_, clip(), {.surfaces_first = true, .make_surface = make_surface});
        for (const RecordedPicture& picture : clip().pictures) {
            ASSERT_EQ(player.decode(picture), VA_STATUS_SUCCESS);
            if (picture.has_expected) {
                const ClientMemory& memory = *memories.at(player.surface(picture.target));
                ASSERT_EQ(memory.read(shape, clip().visible_width, clip().visible_height),
                          picture.expected);
            }
        }
        EXPECT_TRUE(display_->messages().empty());
        EXPECT_EQ(count_infos(*display_, "copied") + count_infos(*display_, "refused"), 0U);
    }

    Descriptor shape_of_clip(uint32_t flags) {
        return export_shape(va(), VA_RT_FORMAT_YUV420, clip().coded_width, clip().coded_height,
                            flags);
    }

    std::unique_ptr<Display> display_;
};

TEST_F(Import, DecodesIntoTheClientsMemory) {
    const auto prime2 = [this](const Descriptor& descriptor, unsigned width, unsigned height,
                               VASurfaceID* surface) {
        return create(kPrime2, &descriptor, width, height, surface);
    };
    expect_decoding_into_client_memory(shape_of_clip(kSeparate), prime2);
    expect_decoding_into_client_memory(shape_of_clip(kComposed), prime2);
}

TEST_F(Import, DrmPrime3) {
    expect_decoding_into_client_memory(
        shape_of_clip(kComposed), [this](const Descriptor& descriptor, unsigned width,
                                         unsigned height, VASurfaceID* surface) {
            // Caching is the client's own business.
            const Prime3 prime3(descriptor, VA_SURFACE_EXTBUF_DESC_CACHED);
            return create(kPrime3, &prime3, width, height, surface);
        });
}

// One descriptor for all planes, and no word of a modifier: as Chromium imports.
TEST_F(Import, DrmPrime) {
    expect_decoding_into_client_memory(
        shape_of_clip(kComposed), [this](const Descriptor& descriptor, unsigned width,
                                         unsigned height, VASurfaceID* surface) {
            uintptr_t fd = static_cast<uintptr_t>(descriptor.objects[0].fd);
            External external = {};
            external.pixel_format = descriptor.fourcc;
            external.width = descriptor.width;
            external.height = descriptor.height;
            external.data_size = descriptor.objects[0].size;
            external.num_planes = 2;
            for (unsigned i = 0; i < 2; ++i) {
                external.pitches[i] = descriptor.layers[0].pitch[i];
                external.offsets[i] = descriptor.layers[0].offset[i];
            }
            external.buffers = &fd;
            external.num_buffers = 1;
            return create(kPrime, &external, width, height, surface);
        });
}

TEST_F(Import, AnUnknownModifierIsTakenForLinear) {
    expect_decoding_into_client_memory(
        shape_of_clip(kSeparate),
        [this](Descriptor descriptor, unsigned width, unsigned height, VASurfaceID* surface) {
            descriptor.objects[0].drm_format_modifier = DRM_FORMAT_MOD_INVALID;
            return create(kPrime2, &descriptor, width, height, surface);
        });
}

// Each surface has its own descriptor of the array, whatever that is made of.
TEST_F(Import, SeveralSurfacesAtOnce) {
    constexpr unsigned kCount = 3;
    const Descriptor shape = export_shape(va(), VA_RT_FORMAT_YUV420, 64, 64, kSeparate);
    std::vector<std::unique_ptr<ClientMemory>> memories;
    std::vector<Descriptor> prime2;
    std::vector<Prime3> prime3;
    std::vector<uintptr_t> fds;
    for (unsigned i = 0; i < kCount; ++i) {
        memories.push_back(std::make_unique<ClientMemory>(shape.objects[0].size));
        prime2.push_back(shape);
        prime2.back().objects[0].fd = memories.back()->fd();
        prime3.emplace_back(prime2.back());
        fds.push_back(static_cast<uintptr_t>(memories.back()->fd()));
    }
    External external = {};
    external.pixel_format = VA_FOURCC_NV12;
    external.width = external.height = 64;
    external.num_planes = 2;
    external.pitches[0] = external.pitches[1] = shape.layers[0].pitch[0];
    external.offsets[1] = shape.layers[1].offset[0];
    external.buffers = fds.data();
    external.num_buffers = kCount;
    const std::pair<uint32_t, const void*> kinds[] = {
        {kPrime, &external}, {kPrime2, prime2.data()}, {kPrime3, prime3.data()}};
    for (const auto& [memory_type, descriptors] : kinds) {
        VASurfaceID surfaces[kCount];
        ASSERT_EQ(create(memory_type, descriptors, 64, 64, surfaces, kCount), VA_STATUS_SUCCESS);
        for (unsigned i = 0; i < kCount; ++i) {
            Planes planes{64, 64, 1, {}};
            planes.bytes[0].assign(64 * 64, static_cast<uint8_t>(16 + i));
            planes.bytes[1].assign(32 * 32, static_cast<uint8_t>(100 + i));
            planes.bytes[2].assign(32 * 32, static_cast<uint8_t>(200 + i));
            put_planes(va(), surfaces[i], VA_FOURCC_I420, planes, 0, 0);
            EXPECT_EQ(planes_of(memories[i]->read(shape, 64, 64)), planes);
        }
        EXPECT_EQ(vaDestroySurfaces(va(), surfaces, kCount), VA_STATUS_SUCCESS);
    }
    // One bad one is the end of all.
    prime2[2].layers[0].pitch[0] += 64;
    VASurfaceID surfaces[kCount];
    EXPECT_EQ(create(kPrime2, prime2.data(), 64, 64, surfaces, kCount),
              VA_STATUS_ERROR_UNSUPPORTED_MEMORY_TYPE);
}

TEST_F(Import, TenBits) {
    VASurfaceID probe = VA_INVALID_ID;
    if (vaCreateSurfaces(va(), VA_RT_FORMAT_YUV420_10, 64, 64, &probe, 1, nullptr, 0) !=
        VA_STATUS_SUCCESS) {
        GTEST_SKIP() << "a device of 8 bits";
    }
    const Descriptor shape = export_shape(va(), VA_RT_FORMAT_YUV420_10, 130, 98, kComposed);
    ClientMemory memory(shape.objects[0].size);
    Descriptor descriptor = shape;
    descriptor.objects[0].fd = memory.fd();
    VASurfaceID surface = VA_INVALID_ID;
    ASSERT_EQ(create(kPrime2, &descriptor, 130, 98, &surface, 1, VA_RT_FORMAT_YUV420_10),
              VA_STATUS_SUCCESS);
    expect_images(va(), surface, 130, 98, 2);
    EXPECT_EQ(create(kPrime2, &descriptor, 130, 98, &surface),
              VA_STATUS_ERROR_UNSUPPORTED_MEMORY_TYPE)
        << "as 8 bits";
}

// What one display exports, another imports: both see the same picture.
TEST_F(Import, AnotherDisplaysSurface) {
    VASurfaceID original = VA_INVALID_ID;
    const Display other;
    make_config(other.get());
    ASSERT_EQ(vaCreateSurfaces(other.get(), VA_RT_FORMAT_YUV420, clip().coded_width,
                               clip().coded_height, &original, 1, nullptr, 0),
              VA_STATUS_SUCCESS);
    Descriptor descriptor = {};
    ASSERT_EQ(vaExportSurfaceHandle(other.get(), original, kPrime2, kComposed, &descriptor),
              VA_STATUS_SUCCESS);
    const RecordedPicture& picture = clip().pictures[0];
    const auto make_surface = [&](unsigned width, unsigned height) {
        VASurfaceID surface = VA_INVALID_ID;
        EXPECT_EQ(create(kPrime2, &descriptor, width, height, &surface), VA_STATUS_SUCCESS);
        return surface;
    };
    Player player(*display_, clip(), {.surfaces_first = false, .make_surface = make_surface});
    ASSERT_EQ(player.decode(picture), VA_STATUS_SUCCESS);
    EXPECT_EQ(vaSyncSurface(va(), player.surface(picture.target)), VA_STATUS_SUCCESS);
    EXPECT_EQ(read_surface(other.get(), original, clip().visible_width, clip().visible_height),
              picture.expected);
    EXPECT_TRUE(display_->infos().empty()) << display_->infos().front();
    close(descriptor.objects[0].fd);
}

// An imported surface is a surface: exported, it is the client's dma-buf.
TEST_F(Import, ImportedSurfacesAreExportedAsTheyCame) {
    Descriptor shape = shape_of_clip(kSeparate);
    ClientMemory memory(shape.objects[0].size);
    shape.objects[0].fd = memory.fd();
    VASurfaceID surface = VA_INVALID_ID;
    ASSERT_EQ(create(kPrime2, &shape, clip().coded_width, clip().coded_height, &surface),
              VA_STATUS_SUCCESS);
    Descriptor exported = {};
    ASSERT_EQ(vaExportSurfaceHandle(va(), surface, kPrime2, kSeparate, &exported),
              VA_STATUS_SUCCESS);
    struct stat client = {};
    struct stat driver = {};
    fstat(memory.fd(), &client);
    fstat(exported.objects[0].fd, &driver);
    EXPECT_EQ(client.st_ino, driver.st_ino);
    EXPECT_NE(exported.objects[0].fd, memory.fd());
    close(exported.objects[0].fd);
    exported.objects[0].fd = memory.fd();
    EXPECT_EQ(std::memcmp(&exported, &shape, Prime3::kCommon), 0);
}

TEST_F(Import, DescriptorsStayTheClients) {
    (void)clip();
    const size_t before = open_fds();
    {
        Descriptor shape = shape_of_clip(kSeparate);
        ClientMemory memory(shape.objects[0].size);
        shape.objects[0].fd = memory.fd();
        VASurfaceID surface = VA_INVALID_ID;
        const size_t without = open_fds();
        for (int round = 0; round < 20; ++round) {
            ASSERT_EQ(create(kPrime2, &shape, clip().coded_width, clip().coded_height, &surface),
                      VA_STATUS_SUCCESS);
            EXPECT_EQ(open_fds(), without + 1);
            EXPECT_EQ(vaDestroySurfaces(va(), &surface, 1), VA_STATUS_SUCCESS);
            EXPECT_GE(fcntl(memory.fd(), F_GETFD), 0);
            EXPECT_EQ(open_fds(), without);
        }
    }
    EXPECT_EQ(open_fds(), before);
}

// Well-formed descriptors of memory that the device does not decode into as it lies.
TEST_F(Import, WhatDoesNotFitIsRefused) {
    const Descriptor shape = export_shape(va(), VA_RT_FORMAT_YUV420, 320, 240, kSeparate);
    ClientMemory memory(shape.objects[0].size * size_t{2});
    ClientMemory small(shape.objects[0].size - size_t{8192});
    const size_t before = open_fds();
    const auto refuses = [&](const char* what, const auto& change) {
        Descriptor descriptor = shape;
        descriptor.objects[0].fd = memory.fd();
        change(descriptor);
        VASurfaceID surface = VA_INVALID_ID;
        EXPECT_EQ(create(kPrime2, &descriptor, 320, 240, &surface),
                  VA_STATUS_ERROR_UNSUPPORTED_MEMORY_TYPE)
            << what;
    };
    refuses("pitch", [](Descriptor& d) { d.layers[0].pitch[0] += 64; });
    refuses("pitch of chroma", [](Descriptor& d) { d.layers[1].pitch[0] += 64; });
    refuses("offset", [](Descriptor& d) { d.layers[0].offset[0] = 4096; });
    refuses("offset of chroma", [](Descriptor& d) { d.layers[1].offset[0] += 64; });
    refuses("modifier", [](Descriptor& d) {
        d.objects[0].drm_format_modifier = DRM_FORMAT_MOD_SAMSUNG_64_32_TILE;
    });
    refuses("fourcc", [](Descriptor& d) { d.fourcc = VA_FOURCC_YV12; });
    refuses("format of a layer", [](Descriptor& d) { d.layers[1].drm_format = DRM_FORMAT_RG88; });
    refuses("one plane", [](Descriptor& d) { d.num_layers = 1; });
    refuses("small memory", [&](Descriptor& d) { d.objects[0].fd = small.fd(); });
    refuses("two objects", [&](Descriptor& d) {
        d.num_objects = 2;
        d.objects[1] = d.objects[0];
        d.layers[1].object_index[0] = 1;
    });
    refuses("four objects", [&](Descriptor& d) {
        d.num_objects = 4;
        d.objects[1] = d.objects[2] = d.objects[3] = d.objects[0];
    });
    // A file of the right size is no dma-buf yet.
    FILE* file = std::tmpfile();
    ASSERT_EQ(ftruncate(fileno(file), shape.objects[0].size), 0);
    refuses("a file", [&](Descriptor& d) { d.objects[0].fd = fileno(file); });
    Descriptor descriptor = shape;
    descriptor.objects[0].fd = memory.fd();
    VASurfaceID surface = VA_INVALID_ID;
    const Prime3 secret(descriptor, VA_SURFACE_EXTBUF_DESC_PROTECTED);
    EXPECT_EQ(create(kPrime3, &secret, 320, 240, &surface),
              VA_STATUS_ERROR_UNSUPPORTED_MEMORY_TYPE);
    std::fclose(file);
    EXPECT_TRUE(display_->messages().empty()) << "no more than a hint: clients have another way";
    EXPECT_EQ(open_fds(), before);
    EXPECT_EQ(create(kPrime2, &descriptor, 320, 240, &surface), VA_STATUS_SUCCESS)
        << "more memory than needed is fine";
}

TEST_F(Import, TilesThatNobodyNamesAreRefused) {
    const Descriptor shape = export_shape(va(), VA_RT_FORMAT_YUV420, 64, 64, kComposed);
    ClientMemory memory(shape.objects[0].size);
    uintptr_t fd = static_cast<uintptr_t>(memory.fd());
    External good = {};
    good.pixel_format = VA_FOURCC_NV12;
    good.width = good.height = 64;
    good.num_planes = 2;
    good.pitches[0] = good.pitches[1] = shape.layers[0].pitch[0];
    good.offsets[1] = shape.layers[0].offset[1];
    good.buffers = &fd;
    good.num_buffers = 1;
    const auto status = [&](const auto& change) {
        External external = good;
        change(external);
        VASurfaceID surface = VA_INVALID_ID;
        return create(kPrime, &external, 64, 64, &surface);
    };
    EXPECT_EQ(status([](External&) {}), VA_STATUS_SUCCESS);
    EXPECT_EQ(status([](External& e) { e.flags = VA_SURFACE_EXTBUF_DESC_ENABLE_TILING; }),
              VA_STATUS_ERROR_UNSUPPORTED_MEMORY_TYPE);
    EXPECT_EQ(status([](External& e) { e.flags = VA_SURFACE_EXTBUF_DESC_PROTECTED; }),
              VA_STATUS_ERROR_UNSUPPORTED_MEMORY_TYPE);
    EXPECT_EQ(status([](External& e) { e.pixel_format = VA_FOURCC_RGBA; }),
              VA_STATUS_ERROR_UNSUPPORTED_MEMORY_TYPE);
    EXPECT_EQ(status([](External& e) { e.num_planes = 4; }),
              VA_STATUS_ERROR_UNSUPPORTED_MEMORY_TYPE);
    EXPECT_EQ(status([](External& e) { e.buffers = nullptr; }), VA_STATUS_ERROR_INVALID_PARAMETER);
    EXPECT_EQ(status([](External& e) { e.num_buffers = 0; }), VA_STATUS_ERROR_INVALID_PARAMETER);
    EXPECT_EQ(status([](External& e) { e.height = 32; }), VA_STATUS_ERROR_INVALID_PARAMETER);
}

TEST_F(Import, DescriptorsThatAreNoneAreInvalid) {
    const Descriptor shape = export_shape(va(), VA_RT_FORMAT_YUV420, 320, 240, kSeparate);
    ClientMemory memory(shape.objects[0].size);
    const size_t before = open_fds();
    const auto invalid = [&](const char* what, const auto& change) {
        Descriptor descriptor = shape;
        descriptor.objects[0].fd = memory.fd();
        change(descriptor);
        VASurfaceID surface = VA_INVALID_ID;
        EXPECT_EQ(create(kPrime2, &descriptor, 320, 240, &surface),
                  VA_STATUS_ERROR_INVALID_PARAMETER)
            << what;
    };
    invalid("no object", [](Descriptor& d) { d.num_objects = 0; });
    invalid("too many objects", [](Descriptor& d) { d.num_objects = 0xffffffff; });
    invalid("no layer", [](Descriptor& d) { d.num_layers = 0; });
    invalid("too many layers", [](Descriptor& d) { d.num_layers = 5; });
    invalid("no plane", [](Descriptor& d) { d.layers[0].num_planes = 0; });
    invalid("too many planes", [](Descriptor& d) { d.layers[0].num_planes = 5; });
    invalid("no such object", [](Descriptor& d) { d.layers[1].object_index[0] = 1; });
    invalid("no descriptor", [](Descriptor& d) { d.objects[0].fd = -1; });
    invalid("a closed descriptor", [](Descriptor& d) { d.objects[0].fd = 1000; });
    invalid("smaller than the surface", [](Descriptor& d) { d.height = 120; });
    VASurfaceID surface = VA_INVALID_ID;
    EXPECT_EQ(create(kPrime2, nullptr, 320, 240, &surface), VA_STATUS_ERROR_INVALID_PARAMETER);
    EXPECT_EQ(create(kPrime, nullptr, 320, 240, &surface), VA_STATUS_ERROR_INVALID_PARAMETER);
    // A memory type of the driver's own makes the descriptor meaningless.
    EXPECT_EQ(create(VA_SURFACE_ATTRIB_MEM_TYPE_VA, nullptr, 320, 240, &surface),
              VA_STATUS_SUCCESS);
    EXPECT_EQ(open_fds(), before);
    EXPECT_TRUE(display_->messages().empty());
}

TEST_F(Import, ModifierListsAreAccepted) {
    uint64_t linear[] = {DRM_FORMAT_MOD_SAMSUNG_64_32_TILE, DRM_FORMAT_MOD_LINEAR};
    uint64_t tiles[] = {DRM_FORMAT_MOD_SAMSUNG_64_32_TILE};
    uint64_t any[] = {DRM_FORMAT_MOD_INVALID};
    struct {
        std::array<VADRMFormatModifierList, 2> lists;
        VAStatus expected;
    } const rows[] = {
        {{{{2, linear}, {2, linear}}}, VA_STATUS_SUCCESS},
        {{{{1, any}, {0, nullptr}}}, VA_STATUS_SUCCESS},
        {{{{1, tiles}, {2, linear}}}, VA_STATUS_ERROR_ATTR_NOT_SUPPORTED},
        {{{{2, linear}, {1, tiles}}}, VA_STATUS_ERROR_ATTR_NOT_SUPPORTED},
        {{{{1, nullptr}, {2, linear}}}, VA_STATUS_ERROR_INVALID_PARAMETER},
    };
    for (const auto& row : rows) {
        VASurfaceAttrib attributes[] = {
            pointer(VASurfaceAttribDRMFormatModifiers, row.lists.data()),
            integer(VASurfaceAttribUsageHint, VA_SURFACE_ATTRIB_USAGE_HINT_EXPORT)};
        VASurfaceID surfaces[2];
        ASSERT_EQ(vaCreateSurfaces(va(), VA_RT_FORMAT_YUV420, 64, 64, surfaces, 2, attributes, 2),
                  row.expected);
        if (row.expected == VA_STATUS_SUCCESS) {
            Descriptor descriptor = {};
            ASSERT_EQ(vaExportSurfaceHandle(va(), surfaces[1], kPrime2, kComposed, &descriptor),
                      VA_STATUS_SUCCESS);
            EXPECT_EQ(descriptor.objects[0].drm_format_modifier, DRM_FORMAT_MOD_LINEAR);
            close(descriptor.objects[0].fd);
        }
    }
    // Memory that exists has its modifier.
    Descriptor shape = export_shape(va(), VA_RT_FORMAT_YUV420, 64, 64, kComposed);
    ClientMemory memory(shape.objects[0].size);
    shape.objects[0].fd = memory.fd();
    VASurfaceAttrib attributes[] = {
        pointer(VASurfaceAttribDRMFormatModifiers, rows[0].lists.data()),
        pointer(VASurfaceAttribExternalBufferDescriptor, &shape),
        integer(VASurfaceAttribMemoryType, kPrime2)};
    VASurfaceID surface = VA_INVALID_ID;
    EXPECT_EQ(vaCreateSurfaces(va(), VA_RT_FORMAT_YUV420, 64, 64, &surface, 1, attributes, 3),
              VA_STATUS_ERROR_INVALID_PARAMETER);
}

}  // namespace
}  // namespace v4l2va::test
