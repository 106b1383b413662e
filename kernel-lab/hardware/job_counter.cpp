// SPDX-License-Identifier: MIT
#include "job_counter.h"

#include <cinttypes>
#include <cstddef>
#include <cstdio>
#include <cstring>
#include <optional>
#include <span>

namespace hardware {
namespace {

constexpr uint64_t kPage = 4096;

}  // namespace

bool JobCounter::has_anything(const model_allocation& found) const {
    const SharedBytes shared =
        model_.memory(found.address, static_cast<size_t>((found.size + kPage - 1) / kPage * kPage));
    const std::span bytes = shared.bytes();
    // All bytes are 0 if the first is, and each is the one before it.
    return !bytes.empty() && (bytes[0] != std::byte{0} ||
                              std::memcmp(bytes.data(), &bytes[1], bytes.size() - 1) != 0);
}

void JobCounter::handle(const model_job& job) {
    Counts& counts = counts_[job.device];
    ++counts.jobs;
    for (const uint32_t word : model_.written_words(job.device)) {
        ++counts.words;
        // Small numbers are no addresses: the kernel itself is there.
        const auto found = word < kPage ? std::nullopt : model_.find(word);
        if (!found) continue;
        ++counts.addresses;
        if (has_anything(*found)) ++counts.filled;
    }
}

bool JobCounter::finish() {
    FILE* const file = std::fopen(path_.c_str(), "we");
    if (file == nullptr) return false;
    for (size_t i = 0; i < counts_.size(); ++i) {
        if (counts_[i].jobs == 0) continue;
        std::fprintf(file, "%s\t%" PRIu64 "\t%" PRIu64 "\t%" PRIu64 "\t%" PRIu64 "\n",
                     model_.devices()[i].compatible.c_str(), counts_[i].jobs, counts_[i].words,
                     counts_[i].addresses, counts_[i].filled);
    }
    return std::fclose(file) == 0;
}

}  // namespace hardware
