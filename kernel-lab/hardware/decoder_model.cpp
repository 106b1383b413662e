// SPDX-License-Identifier: MIT
#include "decoder_model.h"

#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cstring>
#include <utility>

namespace hardware {

SharedBytes::SharedBytes(int fd, uint64_t offset, size_t size) {
    void* const found =
        mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, static_cast<off_t>(offset));
    if (found != MAP_FAILED) bytes_ = {static_cast<std::byte*>(found), size};
}

SharedBytes::SharedBytes(SharedBytes&& other) noexcept : bytes_(std::exchange(other.bytes_, {})) {}

SharedBytes& SharedBytes::operator=(SharedBytes&& other) noexcept {
    std::swap(bytes_, other.bytes_);
    return *this;
}

SharedBytes::~SharedBytes() {
    if (!bytes_.empty()) munmap(bytes_.data(), bytes_.size());
}

std::optional<DecoderModel> DecoderModel::open() {
    const int fd = ::open("/dev/decoder-model", O_RDWR | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0) return std::nullopt;
    DecoderModel model(fd);
    if (!model.map_devices()) return std::nullopt;
    return model;
}

DecoderModel::DecoderModel(DecoderModel&& other) noexcept
    : fd_(std::exchange(other.fd_, -1)), devices_(std::move(other.devices_)) {}

DecoderModel::~DecoderModel() {
    if (fd_ >= 0) close(fd_);
}

bool DecoderModel::map_devices() {
    for (model_device found = {}; ioctl(fd_, MODEL_DEVICE, &found) == 0; ++found.number) {
        Device device = {found.compatible, {}};
        for (uint32_t region = 0; region < found.regions; ++region) {
            const uint64_t at = MODEL_REGISTERS(found.number, region);
            const auto size = static_cast<size_t>(found.region[region].size);
            device.regions.push_back(
                {SharedBytes(fd_, at, size), SharedBytes(fd_, at | MODEL_WRITTEN, size)});
            if (device.regions.back().registers.bytes().empty() ||
                device.regions.back().written.bytes().empty()) {
                return false;
            }
        }
        devices_.push_back(std::move(device));
    }
    return true;
}

std::optional<model_job> DecoderModel::next() const {
    model_job job = {};
    if (read(fd_, &job, sizeof(job)) != sizeof(job)) return std::nullopt;
    return job;
}

bool DecoderModel::finish(const model_job& job) const {
    const model_answer answer = {
        .device = job.device, .number = job.number, .count = 0, .change = {}};
    return write(fd_, &answer, offsetof(model_answer, change)) ==
           static_cast<ssize_t>(offsetof(model_answer, change));
}

std::vector<uint32_t> DecoderModel::written_words(uint32_t device) const {
    std::vector<uint32_t> words;
    for (const Region& region : devices_[device].regions) {
        const std::span registers = region.registers.bytes();
        for (size_t at = 0; at + sizeof(uint32_t) <= registers.size(); at += sizeof(uint32_t)) {
            if (region.written.bytes()[at] == std::byte{0}) continue;
            std::memcpy(&words.emplace_back(), &registers[at], sizeof(uint32_t));
        }
    }
    return words;
}

std::optional<model_allocation> DecoderModel::find(uint64_t address) const {
    model_allocation found = {.address = address, .size = 0, .serial = 0, .device = 0};
    if (ioctl(fd_, MODEL_ALLOCATION, &found) != 0) return std::nullopt;
    return found;
}

SharedBytes DecoderModel::memory(uint64_t address, size_t size) const {
    return {fd_, address, size};
}

}  // namespace hardware
