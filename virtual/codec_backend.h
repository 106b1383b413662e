// SPDX-License-Identifier: MIT
// CodecBackend: what the device model needs of a codec, and what it gives to it.
#pragma once

#include <cstdint>
#include <cstring>
#include <map>
#include <memory>
#include <span>
#include <vector>

#include "personality.h"

namespace vdec {

// Payloads of compound and menu controls by id.
class ControlValues {
  public:
    using Payload = std::vector<uint8_t>;

    void set(uint32_t id, Payload payload) { values_[id] = std::move(payload); }
    [[nodiscard]] const Payload* find(uint32_t id) const {
        const auto found = values_.find(id);
        return found == values_.end() ? nullptr : &found->second;
    }
    // The payload as a struct of the uAPI; zeroes when it is absent.
    template <typename T>
    [[nodiscard]] T get(uint32_t id) const {
        T value = {};
        const Payload* payload = find(id);
        if (payload != nullptr && payload->size() >= sizeof value) {
            std::memcpy(&value, payload->data(), sizeof value);
        }
        return value;
    }
    [[nodiscard]] const std::map<uint32_t, Payload>& all() const { return values_; }
    void clear() { values_.clear(); }

  private:
    std::map<uint32_t, Payload> values_;
};

// What a reference timestamp named when the job started.
enum class ReferenceState { found, requeued, unknown };

struct CaptureName {
    uint64_t timestamp = 0;            // valid when `named`
    bool named = false;                // vb2 would find the buffer by its timestamp
    uint64_t forgotten_timestamp = 0;  // what the buffer held before it was queued again
};

struct CaptureImage {
    uint8_t* data = nullptr;
    size_t size = 0;
    uint32_t fourcc = 0;
    unsigned width = 0;
    unsigned height = 0;
    unsigned stride = 0;
    uint8_t* chroma = nullptr;  // where chroma has a memory plane of its own
    size_t chroma_size = 0;
    uint8_t* second_chroma = nullptr;  // as large, where Cb and Cr have one each
    bool high_bits_only = false;       // of ten bits, a format of eight takes the high ones
};

struct DecodeJob {
    uint64_t number = 0;  // of the job within its context, from 1
    uint64_t timestamp = 0;
    std::span<const uint8_t> bitstream;
    const ControlValues* controls = nullptr;
    bool new_picture = true;  // false: a further part of a held CAPTURE buffer
    bool held = false;        // the CAPTURE buffer waits for a further part
    // Of the OUTPUT format, where a picture of another size than that becomes garbage.
    const Sizes* sizes = nullptr;
    unsigned format_width = 0;
    unsigned format_height = 0;
    CaptureImage target;
    std::span<const CaptureName> names;

    [[nodiscard]] ReferenceState find_reference(uint64_t wanted) const {
        ReferenceState state = ReferenceState::unknown;
        for (const CaptureName& name : names) {
            if (name.named && name.timestamp == wanted) return ReferenceState::found;
            if (wanted != 0 && name.forgotten_timestamp == wanted) state = ReferenceState::requeued;
        }
        return state;
    }
};

// `hang`: the hardware never answers, as Fault::Kind::hang_at says. `lost_request`: an error, and
// the driver forgets to complete the request.
enum class DecodeStatus { done, error, hang, lost_request };

// One per context and coded format; called by one thread at a time.
class CodecBackend {
  public:
    CodecBackend() = default;
    virtual ~CodecBackend() = default;
    CodecBackend(const CodecBackend&) = delete;
    CodecBackend& operator=(const CodecBackend&) = delete;
    virtual DecodeStatus decode(const DecodeJob& job) = 0;
    // The CAPTURE buffer that the last job held is given back: no further part will come.
    virtual DecodeStatus release_held() { return DecodeStatus::done; }
};

// Whether the device makes garbage of a picture of that size; tells the judge.
bool spoilt_by_format(const DecodeJob& job, unsigned width, unsigned height);

// For a coded pixel format (V4L2_PIX_FMT_*) of that device; nullptr when there is no such codec.
std::unique_ptr<CodecBackend> create_backend(uint32_t fourcc, const Personality& device);

}  // namespace vdec
