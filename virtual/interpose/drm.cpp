// SPDX-License-Identifier: MIT
// Interposed libdrm enumeration: the virtual render node is the only device.
#include <cstdlib>
#include <cstring>

#include "host/options.h"
#include "interpose/interpose.h"

namespace {

constexpr int kRenderNode = 2;   // DRM_NODE_RENDER
constexpr int kPlatformBus = 2;  // DRM_BUS_PLATFORM

// As drmDevice and its members in <xf86drm.h>; the ABI of libdrm.so.2.
struct PlatformBusInfo {
    char fullname[512];
};

struct PlatformDeviceInfo {
    char** compatible;
};

struct DrmDevice {
    char** nodes;
    int available_nodes;
    int bustype;
    PlatformBusInfo* businfo;
    PlatformDeviceInfo* deviceinfo;
};

struct Storage {
    DrmDevice device;
    char* nodes[3];
    char card[32];
    char render[32];
    PlatformBusInfo bus;
    PlatformDeviceInfo info;
    char* compatible[1];
};

DrmDevice* make_device() {
    auto* storage = static_cast<Storage*>(std::calloc(1, sizeof(Storage)));
    if (storage == nullptr) return nullptr;
    std::strcpy(storage->render, "/dev/dri/renderD128");
    storage->nodes[0] = storage->card;
    storage->nodes[1] = storage->card;
    storage->nodes[kRenderNode] = storage->render;
    std::strcpy(storage->bus.fullname, "/virtual-gpu");
    storage->info.compatible = storage->compatible;
    storage->device = {storage->nodes, 1 << kRenderNode, kPlatformBus, &storage->bus,
                       &storage->info};
    return &storage->device;
}

}  // namespace

VDEC_EXPORT int drmGetDevices2(unsigned, DrmDevice** devices, int room) {
    if (!vdec::options().drm) return 0;
    if (devices != nullptr && room > 0) devices[0] = make_device();
    return 1;
}

VDEC_EXPORT int drmGetDevices(DrmDevice** devices, int room) {
    return drmGetDevices2(0, devices, room);
}

VDEC_EXPORT int drmGetDevice2(int, unsigned, DrmDevice** device) {
    if (!vdec::options().drm) return -ENODEV;
    *device = make_device();
    return *device != nullptr ? 0 : -ENOMEM;
}

VDEC_EXPORT int drmGetDevice(int fd, DrmDevice** device) { return drmGetDevice2(fd, 0, device); }

VDEC_EXPORT void drmFreeDevice(DrmDevice** device) {
    if (device == nullptr) return;
    std::free(*device);
    *device = nullptr;
}

VDEC_EXPORT void drmFreeDevices(DrmDevice** devices, int count) {
    for (int i = 0; i < count && devices != nullptr; ++i) drmFreeDevice(&devices[i]);
}
