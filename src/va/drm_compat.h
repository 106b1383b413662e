// SPDX-License-Identifier: MIT
// What newer versions of libva declare of surfaces and of DRM, and older headers lack.
#pragma once

#include <va/va.h>
#include <va/va_drmcommon.h>

#include <cstddef>
#include <cstdint>

namespace v4l2va {

// VA_SURFACE_ATTRIB_MEM_TYPE_DRM_PRIME_3 of libva 2.21.
inline constexpr uint32_t kMemoryTypeDrmPrime3 = 0x08000000;

// VASurfaceAttribAlignmentSize of libva 2.21: only reported, never asked for.
inline constexpr auto kVaSurfaceAttribAlignmentSize = static_cast<VASurfaceAttribType>(10);

// VADRMPRIME3SurfaceDescriptor of libva 2.21: what VADRMPRIMESurfaceDescriptor has, then flags.
struct DrmPrime3Descriptor {
    uint32_t fourcc;
    uint32_t width;
    uint32_t height;
    uint32_t num_objects;
    struct {
        int fd;
        uint32_t size;
        uint64_t drm_format_modifier;
    } objects[4];
    uint32_t num_layers;
    struct {
        uint32_t drm_format;
        uint32_t num_planes;
        uint32_t object_index[4];
        uint32_t offset[4];
        uint32_t pitch[4];
    } layers[4];
    uint32_t flags;  // VA_SURFACE_EXTBUF_DESC_*
    uint32_t reserved[7];
};

// How much of both descriptors is the same, byte by byte: the flags lie where the older one ends in
// padding.
inline constexpr size_t kDrmPrimeCommonBytes = offsetof(DrmPrime3Descriptor, flags);

static_assert(offsetof(VADRMPRIMESurfaceDescriptor, objects) ==
              offsetof(DrmPrime3Descriptor, objects));
static_assert(offsetof(VADRMPRIMESurfaceDescriptor, num_layers) ==
              offsetof(DrmPrime3Descriptor, num_layers));
static_assert(offsetof(VADRMPRIMESurfaceDescriptor, layers) +
                  sizeof(VADRMPRIMESurfaceDescriptor::layers) ==
              kDrmPrimeCommonBytes);
#if VA_CHECK_VERSION(1, 21, 0)
static_assert(kMemoryTypeDrmPrime3 == VA_SURFACE_ATTRIB_MEM_TYPE_DRM_PRIME_3);
static_assert(kVaSurfaceAttribAlignmentSize == VASurfaceAttribAlignmentSize);
static_assert(sizeof(DrmPrime3Descriptor) == sizeof(VADRMPRIME3SurfaceDescriptor));
static_assert(offsetof(VADRMPRIME3SurfaceDescriptor, flags) == kDrmPrimeCommonBytes);
static_assert(offsetof(VADRMPRIME3SurfaceDescriptor, layers) ==
              offsetof(DrmPrime3Descriptor, layers));
#endif

}  // namespace v4l2va
