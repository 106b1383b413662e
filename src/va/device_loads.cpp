// SPDX-License-Identifier: MIT
// DeviceLoads: how many streams each decoder of a display has.
#include "va/device_loads.h"

#include <utility>

namespace v4l2va {

DeviceLease::~DeviceLease() {
    if (loads_) {
        loads_->give_back(*device_);
    }
}

DeviceLease::DeviceLease(DeviceLease&& other) noexcept
    : loads_(std::exchange(other.loads_, nullptr)),
      device_(std::exchange(other.device_, nullptr)) {}

DeviceLease& DeviceLease::operator=(DeviceLease&& other) noexcept {
    // The temporary takes what this one had, and gives it back.
    DeviceLease taken(std::move(other));
    std::swap(loads_, taken.loads_);
    std::swap(device_, taken.device_);
    return *this;
}

DeviceLease DeviceLoads::take(std::span<const DeviceInfo* const> candidates) {
    const MutexLock lock(mutex_);
    const DeviceInfo* idlest = candidates.front();
    for (const DeviceInfo* candidate : candidates) {
        if (streams_[candidate] < streams_[idlest]) {
            idlest = candidate;
        }
    }
    ++streams_[idlest];
    return {*this, *idlest};
}

size_t DeviceLoads::streams(const DeviceInfo& device) const {
    const MutexLock lock(mutex_);
    const auto found = streams_.find(&device);
    return found == streams_.end() ? 0 : found->second;
}

void DeviceLoads::give_back(const DeviceInfo& device) {
    const MutexLock lock(mutex_);
    --streams_[&device];
}

}  // namespace v4l2va
