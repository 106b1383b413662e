// SPDX-License-Identifier: MIT
#include "device_memory.h"

namespace hardware {
namespace {

constexpr uint64_t kPage = 4096;

}  // namespace

std::span<uint8_t> DeviceMemory::from(uint64_t address) {
    const auto found = model_.find(address);
    if (!found) return {};
    Mapped& mapped = mapped_[found->address];
    if (mapped.bytes.bytes().empty() || mapped.serial != found->serial) {
        const auto size = static_cast<size_t>((found->size + kPage - 1) / kPage * kPage);
        mapped = {found->serial, model_.memory(found->address, size)};
    }
    const std::span all = mapped.bytes.bytes();
    if (all.size() < found->size) return {};
    return {reinterpret_cast<uint8_t*>(all.data()) + (address - found->address),
            static_cast<size_t>(found->address + found->size - address)};
}

std::span<uint8_t> DeviceMemory::at(uint64_t address, size_t size) {
    const std::span found = from(address);
    return found.size() < size ? std::span<uint8_t>() : found.first(size);
}

std::optional<uint64_t> DeviceMemory::begin(uint64_t address) const {
    const auto found = model_.find(address);
    return found ? std::optional<uint64_t>(found->address) : std::nullopt;
}

std::optional<uint32_t> DeviceMemory::serial(uint64_t address) const {
    const auto found = model_.find(address);
    return found ? std::optional(found->serial) : std::nullopt;
}

}  // namespace hardware
