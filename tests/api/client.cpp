// SPDX-License-Identifier: MIT
// What the replayed clients have in common.
#include "client.h"

#include <dirent.h>
#include <gtest/gtest.h>

#include <cstring>

namespace v4l2va::test {

namespace {

size_t entries(const char* path) {
    size_t count = 0;
    DIR* directory = opendir(path);
    while (const dirent* entry = readdir(directory)) {
        count += entry->d_name[0] != '.' ? 1 : 0;
    }
    closedir(directory);
    return count;
}

bool is_slice(const RecordedBuffer& buffer) {
    return buffer.type == VASliceParameterBufferType || buffer.type == VASliceDataBufferType;
}

}  // namespace

VABufferID Stream::create_buffer(RecordedBuffer& buffer, VAStatus& status) {
    VABufferID id = VA_INVALID_ID;
    void* data = manners_.written_through_maps ? nullptr : buffer.bytes.data();
    status = vaCreateBuffer(display_, context_, buffer.type, buffer.element_size,
                            buffer.num_elements, data, &id);
    if (status == VA_STATUS_SUCCESS && !data) {
        void* map = nullptr;
        status = vaMapBuffer(display_, id, &map);
        if (status == VA_STATUS_SUCCESS) {
            std::memcpy(map, buffer.bytes.data(), buffer.bytes.size());
            status = vaUnmapBuffer(display_, id);
        }
    }
    return id;
}

VAStatus Stream::decode(const RecordedPicture& picture, VASurfaceID target) {
    names_[picture.target] = target;
    Buffers buffers = renamed_buffers(profile_, picture, names_);
    VAStatus first = VA_STATUS_SUCCESS;
    const auto note = [&first](VAStatus status) {
        first = first == VA_STATUS_SUCCESS ? status : first;
    };
    if (!manners_.buffers_before_begin) {
        note(vaBeginPicture(display_, context_, target));
    }
    std::vector<VABufferID> parameters;
    std::vector<VABufferID> slices;
    for (RecordedBuffer& buffer : buffers) {
        VAStatus status = VA_STATUS_SUCCESS;
        const VABufferID id = create_buffer(buffer, status);
        note(status);
        (manners_.parameters_apart && is_slice(buffer) ? slices : parameters).push_back(id);
    }
    if (manners_.buffers_before_begin) {
        note(vaBeginPicture(display_, context_, target));
    }
    for (std::vector<VABufferID>* ids : {&parameters, &slices}) {
        if (!ids->empty()) {
            note(vaRenderPicture(display_, context_, ids->data(), static_cast<int>(ids->size())));
        }
    }
    note(vaEndPicture(display_, context_));
    for (const std::vector<VABufferID>* ids : {&parameters, &slices}) {
        for (const VABufferID id : *ids) {
            note(vaDestroyBuffer(display_, id));
        }
    }
    return first;
}

VAConfigID make_config(VADisplay display, const Recording& recording) {
    VAConfigID config = VA_INVALID_ID;
    EXPECT_EQ(vaCreateConfig(display, recording.profile, VAEntrypointVLD, nullptr, 0, &config),
              VA_STATUS_SUCCESS);
    return config;
}

VAContextID make_context(VADisplay display, VAConfigID config, const Recording& recording,
                         std::vector<VASurfaceID> targets) {
    VAContextID context = VA_INVALID_ID;
    EXPECT_EQ(vaCreateContext(display, config, static_cast<int>(recording.coded_width),
                              static_cast<int>(recording.coded_height), VA_PROGRESSIVE,
                              targets.empty() ? nullptr : targets.data(),
                              static_cast<int>(targets.size()), &context),
              VA_STATUS_SUCCESS);
    return context;
}

std::vector<VASurfaceID> make_surfaces(VADisplay display, const Recording& recording,
                                       unsigned count, std::vector<VASurfaceAttrib> attributes) {
    std::vector<VASurfaceID> surfaces(count, VA_INVALID_ID);
    EXPECT_EQ(vaCreateSurfaces(display, VA_RT_FORMAT_YUV420, recording.coded_width,
                               recording.coded_height, surfaces.data(), count, attributes.data(),
                               static_cast<unsigned>(attributes.size())),
              VA_STATUS_SUCCESS);
    return surfaces;
}

VASurfaceAttrib surface_attribute(VASurfaceAttribType type, int value) {
    VASurfaceAttrib attribute = {};
    attribute.type = type;
    attribute.flags = VA_SURFACE_ATTRIB_SETTABLE;
    attribute.value.type = VAGenericValueTypeInteger;
    attribute.value.value.i = value;
    return attribute;
}

size_t open_descriptors() { return entries("/proc/self/fd"); }

size_t running_threads() { return entries("/proc/self/task"); }

}  // namespace v4l2va::test
