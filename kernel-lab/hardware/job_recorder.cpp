// SPDX-License-Identifier: MIT
#include "job_recorder.h"

#include <algorithm>
#include <array>
#include <cinttypes>
#include <cstring>
#include <span>
#include <utility>

namespace hardware {
namespace {

constexpr size_t kPage = 4096;
constexpr size_t kWord = sizeof(uint32_t);
constexpr size_t kBlock = 64;  // bytes that a table is compared by

size_t pages(uint64_t size) { return static_cast<size_t>((size + kPage - 1) / kPage * kPage); }

void write_hex(std::FILE* file, std::span<const std::byte> bytes) {
    constexpr char kDigits[] = "0123456789abcdef";
    std::string text;
    text.reserve(2 * bytes.size() + 2);
    text += '"';
    for (const std::byte byte : bytes) {
        text += kDigits[std::to_integer<unsigned>(byte >> 4)];
        text += kDigits[std::to_integer<unsigned>(byte & std::byte{15})];
    }
    text += '"';
    std::fwrite(text.data(), 1, text.size(), file);
}

std::span<const std::byte> without_zeros_at_end(std::span<const std::byte> bytes) {
    while (!bytes.empty() && bytes.back() == std::byte{0}) bytes = bytes.first(bytes.size() - 1);
    return bytes;
}

}  // namespace

JobRecorder::JobRecorder(const DecoderModel& model, const char* path)
    : model_(model), file_(std::fopen(path, "we")) {}

JobRecorder::~JobRecorder() {
    if (file_ != nullptr) std::fclose(file_);
}

bool JobRecorder::finish() {
    if (file_ == nullptr) return false;
    const bool written = std::ferror(file_) == 0;
    return (std::fclose(std::exchange(file_, nullptr)) == 0) && written;
}

uint32_t JobRecorder::word(uint32_t device, uint32_t region, uint32_t offset) const {
    const auto& regions = model_.devices()[device].regions;
    uint32_t value = 0;
    if (region < regions.size() && offset + kWord <= regions[region].registers.bytes().size()) {
        std::memcpy(&value, &regions[region].registers.bytes()[offset], kWord);
    }
    return value;
}

std::optional<model_allocation> JobRecorder::stream_of(uint32_t device,
                                                       const JobLayout& layout) const {
    return model_.find(address_of(word(device, layout.region, layout.stream), layout.form));
}

void JobRecorder::handle(const model_job& job) {
    if (file_ == nullptr) return;
    const auto& device = model_.devices()[job.device];
    const JobLayout* const layout = find_layout(device.compatible, job.offset);
    find_memory(job, layout);
    std::fprintf(file_, R"({"device":"%s","start":[%)" PRIu32 ",%" PRIu32 "]",
                 device.compatible.c_str(), job.offset, job.value);
    write_registers(job.device);
    write_memory();
    write_tables();
    if (layout != nullptr) write_stream(job.device, *layout);
    std::fputs("}\n", file_);
}

// Drivers change fields of what is there: the next job shall not show what this one was told.
void JobRecorder::end(const model_job& job) {
    const JobLayout* const layout = find_layout(model_.devices()[job.device].compatible, job.offset);
    if (layout != nullptr && !layout->starts_clean) clear_registers(job.device);
}

// All memory that words which were written for this job name, and what of it are pictures.
void JobRecorder::find_memory(const model_job& job, const JobLayout* layout) {
    const auto& device = model_.devices()[job.device];
    memory_.clear();
    for (uint32_t r = 0; r < device.regions.size(); ++r) {
        const std::span written = device.regions[r].written.bytes();
        for (uint32_t at = 0; at + kWord <= written.size(); at += kWord) {
            if (written[at] == std::byte{0}) continue;
            const uint32_t value = word(job.device, r, at);
            // Small numbers are no addresses: the kernel itself is there.
            if (value < kPage) continue;
            for (const auto form :
                 {AddressForm::whole, AddressForm::units, AddressForm::rotated}) {
                if (!has_form(device.compatible, form)) continue;
                const auto found = model_.find(address_of(value, form));
                if (!found) continue;
                memory_.emplace(found->serial, *found);
                if (layout != nullptr && r == layout->region &&
                    std::any_of(layout->pictures.begin(), layout->pictures.end(),
                                [&](const RegisterRange& range) { return range.has(at); })) {
                    pictures_.insert(found->serial);
                }
            }
        }
    }
    const auto stream = layout == nullptr ? std::nullopt : stream_of(job.device, *layout);
    if (!stream) return;
    memory_.emplace(stream->serial, *stream);
    pictures_.insert(stream->serial);
}

void JobRecorder::write_registers(uint32_t device) {
    const auto& regions = model_.devices()[device].regions;
    const char* separator = "";
    std::fputs(R"(,"registers":[)", file_);
    for (size_t r = 0; r < regions.size(); ++r) {
        const std::span written = regions[r].written.bytes();
        const std::span registers = regions[r].registers.bytes();
        for (size_t at = 0; at < written.size();) {
            const size_t first = at;
            while (at + kWord <= written.size() && written[at] != std::byte{0}) at += kWord;
            if (at == first) {
                at += kWord;
                continue;
            }
            std::fprintf(file_, "%s[%zu,%zu,%zu,", separator, r, first, (at - first) / kWord);
            write_hex(file_, without_zeros_at_end(registers.subspan(first, at - first)));
            std::fputc(']', file_);
            separator = ",";
        }
    }
    std::fputc(']', file_);
}

void JobRecorder::write_memory() {
    const char* separator = "";
    std::fputs(R"(,"memory":[)", file_);
    for (const auto& [serial, found] : memory_) {
        std::fprintf(file_, "%s[%" PRIu32 ",%" PRIu64 ",%" PRIu64 "]", separator, serial,
                     static_cast<uint64_t>(found.address), static_cast<uint64_t>(found.size));
        separator = ",";
    }
    std::fputc(']', file_);
}

void JobRecorder::write_tables() {
    const char* separator = "";
    std::fputs(R"(,"tables":[)", file_);
    for (const auto& [serial, found] : memory_) {
        if (found.size > kTableBytes || pictures_.count(serial) != 0) continue;
        std::fprintf(file_, "%s[%" PRIu32 ",[", separator, serial);
        write_changes(found);
        std::fputs("]]", file_);
        separator = ",";
    }
    std::fputc(']', file_);
}

void JobRecorder::write_changes(const model_allocation& table) {
    const SharedBytes shared = model_.memory(table.address, pages(table.size));
    const std::span now = shared.bytes().first(
        std::min(shared.bytes().size(), static_cast<size_t>(table.size)));
    std::vector<std::byte>& known = recorded_[table.serial];
    known.resize(now.size());
    const auto changed = [&](size_t at) {
        return at < now.size() &&
               std::memcmp(&now[at], &known[at], std::min(kBlock, now.size() - at)) != 0;
    };
    const char* separator = "";
    for (size_t at = 0; at < now.size(); at += kBlock) {
        const size_t first = at;
        while (changed(at)) at += kBlock;
        if (at == first) continue;
        const std::span bytes = now.subspan(first, std::min(at, now.size()) - first);
        std::memcpy(&known[first], bytes.data(), bytes.size());
        std::fprintf(file_, "%s[%zu,", separator, first);
        write_hex(file_, bytes);
        std::fputc(']', file_);
        separator = ",";
    }
}

void JobRecorder::write_stream(uint32_t device, const JobLayout& layout) {
    const auto found = stream_of(device, layout);
    if (!found) return;
    const uint64_t start = found->address;
    const uint64_t address =
        address_of(word(device, layout.region, layout.stream), layout.form) & ~uint64_t{15};
    const uint64_t skipped = layout.offset == 0 ? 0 : word(device, layout.region, layout.offset);
    const uint64_t units =
        skipped + (word(device, layout.region, layout.length) & layout.length_mask);
    const uint64_t size = (units + layout.units_in_byte - 1) / layout.units_in_byte;
    const SharedBytes shared = model_.memory(found->address, pages(found->size));
    // Lengths may be rounded up, to beyond the buffer.
    const auto end = std::min<uint64_t>(address - start + size,
                                        std::min<uint64_t>(found->size, shared.bytes().size()));
    std::fprintf(file_, R"(,"stream":[%)" PRIu32 ",%" PRIu64 ",%" PRIu64 ",", found->serial,
                 address - start, size);
    write_hex(file_, shared.bytes().first(static_cast<size_t>(end)));
    std::fputc(']', file_);
}

// What the next job does not write is then 0, and no field of another picture or program.
void JobRecorder::clear_registers(uint32_t device) {
    for (const auto& region : model_.devices()[device].regions) {
        const std::span registers = region.registers.bytes();
        if (registers.size() > kWord) {  // the first says what the device is
            std::memset(&registers[kWord], 0, registers.size() - kWord);
        }
    }
}

}  // namespace hardware
