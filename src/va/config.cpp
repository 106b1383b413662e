// SPDX-License-Identifier: MIT
// Config: a profile on a device; what profiles, entrypoints and attributes are offered.
#include "va/config.h"

#include <algorithm>
#include <array>
#include <bit>
#include <optional>
#include <vector>

#include "base/checked.h"
#include "codec/registry.h"
#include "va/capability.h"
#include "va/driver.h"
#include "va/drm_compat.h"

namespace v4l2va {

namespace {

uint64_t area(Size size) { return uint64_t{size.width} * size.height; }

// The sizes that one of two devices takes; of those between, maybe neither.
SizeRange merged(const SizeRange& a, const SizeRange& b) {
    return {{std::min(a.min.width, b.min.width), std::min(a.min.height, b.min.height)},
            {std::max(a.max.width, b.max.width), std::max(a.max.height, b.max.height)},
            a.step};
}

// What a client gets for a profile, or nothing when no device decodes it.
std::optional<Config> find_config(const Driver& driver, VAProfile profile) {
    const std::vector<Config> configs = configs_for(driver, profile);
    if (configs.empty()) {
        return std::nullopt;
    }
    Config config = configs.front();
    for (const Config& other : configs) {
        if ((other.rt_format & config.rt_format) == config.rt_format) {
            config.sizes = merged(config.sizes, other.sizes);
        }
    }
    return config;
}

uint32_t attribute_value(const Config& config, VAConfigAttribType type) {
    const SizeRange& sizes = config.sizes;
    switch (type) {
        case VAConfigAttribRTFormat:
            return config.rt_format;
        case VAConfigAttribDecSliceMode:
            return VA_DEC_SLICE_MODE_NORMAL;
        case VAConfigAttribMaxPictureWidth:
            return sizes.max.width;
        case VAConfigAttribMaxPictureHeight:
            return sizes.max.height;
        default:
            return VA_ATTRIB_NOT_SUPPORTED;
    }
}

// Whether vaCreateConfig may be asked for this attribute value: anything that vaGetConfigAttributes
// reports, or a part of a bit mask that it reports.
VAStatus check_attribute(const Config& config, const VAConfigAttrib& attribute) {
    const uint32_t offered = attribute_value(config, attribute.type);
    if (attribute.value == offered) {
        return VA_STATUS_SUCCESS;
    }
    switch (attribute.type) {
        case VAConfigAttribRTFormat:
            // gstreamer-vaapi asks for all formats that it knows at once: one in common is enough.
            return (attribute.value & offered) != 0 ? VA_STATUS_SUCCESS
                                                    : VA_STATUS_ERROR_UNSUPPORTED_RT_FORMAT;
        case VAConfigAttribMaxPictureWidth:
        case VAConfigAttribMaxPictureHeight:
            return attribute.value <= offered ? VA_STATUS_SUCCESS : VA_STATUS_ERROR_INVALID_VALUE;
        default:
            return VA_STATUS_ERROR_INVALID_VALUE;
    }
}

VASurfaceAttrib integer_attribute(VASurfaceAttribType type, uint32_t flags, uint32_t value) {
    VASurfaceAttrib attribute = {};
    attribute.type = type;
    attribute.flags = flags;
    attribute.value.type = VAGenericValueTypeInteger;
    attribute.value.value.i = narrow<int>(value);
    return attribute;
}

VASurfaceAttrib pointer_attribute(VASurfaceAttribType type) {
    VASurfaceAttrib attribute = {};
    attribute.type = type;
    attribute.flags = VA_SURFACE_ATTRIB_SETTABLE;
    attribute.value.type = VAGenericValueTypePointer;
    attribute.value.value.p = nullptr;
    return attribute;
}

// DRM_PRIME_3 is taken in any case, but told only to clients of a libva that has it: the test suite
// of an older one does not know the bit.
constexpr uint32_t kMemoryTypes = VA_SURFACE_ATTRIB_MEM_TYPE_VA |
                                  VA_SURFACE_ATTRIB_MEM_TYPE_DRM_PRIME |
                                  VA_SURFACE_ATTRIB_MEM_TYPE_DRM_PRIME_2 |
                                  (VA_CHECK_VERSION(1, 21, 0) ? kMemoryTypeDrmPrime3 : 0);

// At most kMaxSurfaceAttributes of them.
constexpr size_t kMaxSurfaceAttributes = 10;

std::vector<VASurfaceAttrib> surface_attributes(const Config& config) {
    constexpr uint32_t kGet = VA_SURFACE_ATTRIB_GETTABLE;
    constexpr uint32_t kSet = VA_SURFACE_ATTRIB_SETTABLE;
    std::vector<VASurfaceAttrib> attributes;
    attributes.reserve(kMaxSurfaceAttributes);
    const auto add = [&attributes](VASurfaceAttribType type, uint32_t flags, uint32_t value) {
        attributes.push_back(integer_attribute(type, flags, value));
    };
    if (config.rt_format & VA_RT_FORMAT_YUV420) {
        add(VASurfaceAttribPixelFormat, kGet | kSet, VA_FOURCC_NV12);
    }
    if (config.rt_format & VA_RT_FORMAT_YUV420_10) {
        add(VASurfaceAttribPixelFormat, kGet | kSet, VA_FOURCC_P010);
    }
    const SizeRange& sizes = config.sizes;
    add(VASurfaceAttribMinWidth, kGet, sizes.min.width);
    add(VASurfaceAttribMaxWidth, kGet, sizes.max.width);
    add(VASurfaceAttribMinHeight, kGet, sizes.min.height);
    add(VASurfaceAttribMaxHeight, kGet, sizes.max.height);
    add(VASurfaceAttribMemoryType, kGet | kSet, kMemoryTypes);
    attributes.push_back(pointer_attribute(VASurfaceAttribExternalBufferDescriptor));
    attributes.push_back(pointer_attribute(VASurfaceAttribDRMFormatModifiers));
    add(VASurfaceAttribUsageHint, kSet, VA_SURFACE_ATTRIB_USAGE_HINT_DECODER);
    return attributes;
}

}  // namespace

std::vector<Config> configs_for(const Driver& driver, VAProfile profile) {
    std::vector<Config> configs;
    const ProfileInfo* profile_info = nullptr;
    const CodecInfo* codec = find_codec(profile, &profile_info);
    if (!codec) {
        return configs;
    }
    for (const DeviceInfo& device : driver.devices()) {
        if (!device_decodes(device, *codec, *profile_info)) {
            continue;
        }
        Config config;
        config.profile = profile;
        config.rt_format = rt_formats(device, *codec, *profile_info);
        config.codec = codec;
        config.device = &device;
        config.coded_format = device.find(codec->coded_fourcc);
        config.sizes = config.coded_format->sizes;
        if (codec->size_in_header) {
            config.sizes.min = {1, 1};
        }
        configs.push_back(config);
    }
    std::stable_sort(configs.begin(), configs.end(), [](const Config& a, const Config& b) {
        const int a_depths = std::popcount(a.rt_format);
        const int b_depths = std::popcount(b.rt_format);
        return a_depths != b_depths ? a_depths > b_depths : area(a.sizes.max) > area(b.sizes.max);
    });
    return configs;
}

VAStatus query_config_profiles(Driver& driver, VAProfile* profiles, int* num_profiles) {
    if (!profiles || !num_profiles) {
        return VA_STATUS_ERROR_INVALID_PARAMETER;
    }
    int count = 0;
    for (const CodecInfo& codec : codecs()) {
        for (const ProfileInfo& profile : codec.profiles) {
            if (count < kMaxProfiles && find_config(driver, profile.profile)) {
                profiles[count++] = profile.profile;
            }
        }
    }
    *num_profiles = count;
    return VA_STATUS_SUCCESS;
}

VAStatus query_config_entrypoints(Driver& driver, VAProfile profile, VAEntrypoint* entrypoints,
                                  int* num_entrypoints) {
    if (!entrypoints || !num_entrypoints) {
        return VA_STATUS_ERROR_INVALID_PARAMETER;
    }
    *num_entrypoints = 0;
    if (!find_config(driver, profile)) {
        return VA_STATUS_ERROR_UNSUPPORTED_PROFILE;
    }
    entrypoints[0] = VAEntrypointVLD;
    *num_entrypoints = 1;
    return VA_STATUS_SUCCESS;
}

VAStatus get_config_attributes(Driver& driver, VAProfile profile, VAEntrypoint entrypoint,
                               VAConfigAttrib* attributes, int num_attributes) {
    if (num_attributes < 0 || (num_attributes > 0 && !attributes)) {
        return VA_STATUS_ERROR_INVALID_PARAMETER;
    }
    const std::optional<Config> config = find_config(driver, profile);
    if (!config) {
        return VA_STATUS_ERROR_UNSUPPORTED_PROFILE;
    }
    if (entrypoint != VAEntrypointVLD) {
        return VA_STATUS_ERROR_UNSUPPORTED_ENTRYPOINT;
    }
    for (int i = 0; i < num_attributes; ++i) {
        attributes[i].value = attribute_value(*config, attributes[i].type);
    }
    return VA_STATUS_SUCCESS;
}

VAStatus create_config(Driver& driver, VAProfile profile, VAEntrypoint entrypoint,
                       VAConfigAttrib* attributes, int num_attributes, VAConfigID* config_id) {
    if (!config_id || num_attributes < 0 || (num_attributes > 0 && !attributes)) {
        return VA_STATUS_ERROR_INVALID_PARAMETER;
    }
    const std::optional<Config> config = find_config(driver, profile);
    if (!config) {
        return VA_STATUS_ERROR_UNSUPPORTED_PROFILE;
    }
    if (entrypoint != VAEntrypointVLD) {
        return VA_STATUS_ERROR_UNSUPPORTED_ENTRYPOINT;
    }
    for (int i = 0; i < num_attributes; ++i) {
        if (const VAStatus status = check_attribute(*config, attributes[i]);
            status != VA_STATUS_SUCCESS) {
            return status;
        }
    }
    driver.note_codec(*config);
    const VAConfigID id = driver.configs.add(std::make_shared<Config>(*config));
    if (id == VA_INVALID_ID) {
        return VA_STATUS_ERROR_ALLOCATION_FAILED;
    }
    *config_id = id;
    return VA_STATUS_SUCCESS;
}

VAStatus destroy_config(Driver& driver, VAConfigID config_id) {
    return driver.configs.remove(config_id) ? VA_STATUS_SUCCESS : VA_STATUS_ERROR_INVALID_CONFIG;
}

VAStatus query_config_attributes(Driver& driver, VAConfigID config_id, VAProfile* profile,
                                 VAEntrypoint* entrypoint, VAConfigAttrib* attributes,
                                 int* num_attributes) {
    const std::shared_ptr<Config> config = driver.configs.find(config_id);
    if (!config) {
        return VA_STATUS_ERROR_INVALID_CONFIG;
    }
    if (!profile || !entrypoint || !attributes || !num_attributes) {
        return VA_STATUS_ERROR_INVALID_PARAMETER;
    }
    *profile = config->profile;
    *entrypoint = config->entrypoint;
    constexpr std::array kTypes = {VAConfigAttribRTFormat, VAConfigAttribDecSliceMode,
                                   VAConfigAttribMaxPictureWidth, VAConfigAttribMaxPictureHeight};
    static_assert(kTypes.size() <= kMaxConfigAttributes);
    int count = 0;
    for (const VAConfigAttribType type : kTypes) {
        attributes[count].type = type;
        attributes[count].value = attribute_value(*config, type);
        ++count;
    }
    *num_attributes = count;
    return VA_STATUS_SUCCESS;
}

VAStatus query_surface_attributes(Driver& driver, VAConfigID config_id, VASurfaceAttrib* attributes,
                                  unsigned int* num_attributes) {
    const std::shared_ptr<Config> config = driver.configs.find(config_id);
    if (!config) {
        return VA_STATUS_ERROR_INVALID_CONFIG;
    }
    if (!num_attributes) {
        return VA_STATUS_ERROR_INVALID_PARAMETER;
    }
    const auto offered = surface_attributes(*config);
    const auto count = narrow<unsigned int>(offered.size());
    // Without a list the count is an output only: clients leave it uninitialised.
    if (attributes && *num_attributes < count) {
        *num_attributes = count;
        return VA_STATUS_ERROR_MAX_NUM_EXCEEDED;
    }
    *num_attributes = count;
    if (attributes) {
        std::copy(offered.begin(), offered.end(), attributes);
    }
    return VA_STATUS_SUCCESS;
}

}  // namespace v4l2va
