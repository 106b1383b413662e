// SPDX-License-Identifier: MIT
#include "decoded_pictures.h"

namespace hardware {
namespace {

// Timestamps as clients give them: nanoseconds of whole microseconds, never 0.
constexpr uint64_t kStep = 1000;

}  // namespace

uint64_t DecodedPictures::timestamp(uint64_t address) const {
    const auto found = pictures_.find(address);
    if (found == pictures_.end()) return 0;
    const auto serial = memory_.serial(address);
    return serial && *serial == found->second.serial ? found->second.timestamp : 0;
}

uint64_t DecodedPictures::add(uint64_t address) {
    last_ += kStep;
    pictures_[address] = {last_, memory_.serial(address).value_or(0)};
    return last_;
}

std::vector<vdec::CaptureName> DecodedPictures::names() const {
    std::vector<vdec::CaptureName> names;
    for (const auto& [address, picture] : pictures_) {
        names.push_back({.timestamp = picture.timestamp, .named = true, .forgotten_timestamp = 0});
    }
    return names;
}

}  // namespace hardware
