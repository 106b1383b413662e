// SPDX-License-Identifier: MIT
// RetiredDecoders: what decoded for contexts that are gone.
#include "va/stream_decoder.h"

#include <algorithm>

namespace v4l2va {

namespace {

// A client that destroys contexts and keeps all surfaces must not collect open devices.
constexpr size_t kMaxRetired = 4;

bool same_stream(const Config& a, const Config& b) {
    return a.codec == b.codec && a.profile == b.profile;
}

}  // namespace

void RetiredDecoders::add(const Config& config, StreamDecoder decoder) {
    if (!config.codec->outlives_context || !decoder.session->has_references()) {
        return;
    }
    StreamDecoder oldest;  // closed after the lock is let go: that may wait for the device
    const MutexLock lock(mutex_);
    if (retired_.size() == kMaxRetired) {
        oldest = std::move(retired_.front().decoder);
        retired_.erase(retired_.begin());
    }
    retired_.push_back({config, std::move(decoder)});
}

std::optional<RetiredDecoder> RetiredDecoders::take(const Config& config,
                                                    const FrameMemory& memory) {
    const MutexLock lock(mutex_);
    const auto found =
        std::find_if(retired_.begin(), retired_.end(), [&](const RetiredDecoder& candidate) {
            return same_stream(candidate.config, config) &&
                   candidate.decoder.session->reference_timestamp(memory).valid();
        });
    if (found == retired_.end()) {
        return std::nullopt;
    }
    RetiredDecoder retired = std::move(*found);
    retired_.erase(found);
    return retired;
}

void RetiredDecoders::prune() {
    std::vector<RetiredDecoder> dead;
    const MutexLock lock(mutex_);
    for (auto retired = retired_.begin(); retired != retired_.end();) {
        if (retired->decoder.session->has_references()) {
            ++retired;
        } else {
            dead.push_back(std::move(*retired));
            retired = retired_.erase(retired);
        }
    }
}

void RetiredDecoders::clear() {
    std::vector<RetiredDecoder> dead;
    const MutexLock lock(mutex_);
    dead.swap(retired_);
}

}  // namespace v4l2va
