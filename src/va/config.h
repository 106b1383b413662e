// SPDX-License-Identifier: MIT
// Config: a profile on a device; what profiles, entrypoints and attributes are offered.
#pragma once

#include <va/va.h>

#include <cstdint>
#include <vector>

#include "codec/codec.h"
#include "v4l2/device_info.h"

namespace v4l2va {

class Driver;

// Immutable. One that a client made may be decoded by any device of configs_for(): then `device`
// and `coded_format` are those of the most capable, and `sizes` holds the sizes of all.
struct Config {
    VAProfile profile = VAProfileNone;
    VAEntrypoint entrypoint = VAEntrypointVLD;
    uint32_t rt_format = VA_RT_FORMAT_YUV420;  // VA_RT_FORMAT_* bits that the profile decodes to
    const CodecInfo* codec = nullptr;
    const DeviceInfo* device = nullptr;
    const CodedFormatInfo* coded_format = nullptr;
    SizeRange sizes;  // of contexts
};

// A config for each device that decodes `profile`, the most capable first: depths, then size.
[[nodiscard]] std::vector<Config> configs_for(const Driver& driver, VAProfile profile);

// The vtable's functions; see <va/va.h> for their contracts.
VAStatus query_config_profiles(Driver& driver, VAProfile* profiles, int* num_profiles);
VAStatus query_config_entrypoints(Driver& driver, VAProfile profile, VAEntrypoint* entrypoints,
                                  int* num_entrypoints);
VAStatus get_config_attributes(Driver& driver, VAProfile profile, VAEntrypoint entrypoint,
                               VAConfigAttrib* attributes, int num_attributes);
VAStatus create_config(Driver& driver, VAProfile profile, VAEntrypoint entrypoint,
                       VAConfigAttrib* attributes, int num_attributes, VAConfigID* config_id);
VAStatus destroy_config(Driver& driver, VAConfigID config_id);
VAStatus query_config_attributes(Driver& driver, VAConfigID config_id, VAProfile* profile,
                                 VAEntrypoint* entrypoint, VAConfigAttrib* attributes,
                                 int* num_attributes);
VAStatus query_surface_attributes(Driver& driver, VAConfigID config_id, VASurfaceAttrib* attributes,
                                  unsigned int* num_attributes);

// Upper bounds that vaMaxNum* promise to clients; of the profiles, it promises their number.
inline constexpr int kMaxProfiles = 32;
inline constexpr int kMaxEntrypoints = 1;
inline constexpr int kMaxConfigAttributes = 8;

}  // namespace v4l2va
