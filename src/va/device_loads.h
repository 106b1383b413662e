// SPDX-License-Identifier: MIT
// DeviceLoads: how many streams each decoder of a display has, so that the next one gets the idle.
#pragma once

#include <cstddef>
#include <map>
#include <span>

#include "base/mutex.h"
#include "v4l2/device_info.h"

namespace v4l2va {

class DeviceLoads;

// One stream on a device, for as long as it lives. Move-only.
class DeviceLease {
  public:
    DeviceLease() = default;
    ~DeviceLease();
    DeviceLease(DeviceLease&& other) noexcept;
    DeviceLease& operator=(DeviceLease&& other) noexcept;
    DeviceLease(const DeviceLease&) = delete;
    DeviceLease& operator=(const DeviceLease&) = delete;

    // Null when it is empty.
    [[nodiscard]] const DeviceInfo* device() const { return device_; }

  private:
    friend class DeviceLoads;
    DeviceLease(DeviceLoads& loads, const DeviceInfo& device) : loads_(&loads), device_(&device) {}

    DeviceLoads* loads_ = nullptr;
    const DeviceInfo* device_ = nullptr;
};

// Counts what this display does: what other processes do on a device, the kernel does not tell.
// Outlives its leases. Thread-safe.
class DeviceLoads {
  public:
    // The one of `candidates` (not empty) that has the fewest streams; of several, the first.
    [[nodiscard]] DeviceLease take(std::span<const DeviceInfo* const> candidates);
    // 0 for a device that was never taken.
    [[nodiscard]] size_t streams(const DeviceInfo& device) const;

  private:
    friend class DeviceLease;
    void give_back(const DeviceInfo& device);

    mutable Mutex mutex_;
    std::map<const DeviceInfo*, size_t> streams_ V4L2VA_GUARDED_BY(mutex_);
};

}  // namespace v4l2va
