// SPDX-License-Identifier: MIT
// CodecBackend: what the device model needs of a codec, and what it gives to it.
#pragma once

#include <cstdint>
#include <span>

#include "backend/control_values.h"
#include "image/capture_image.h"
#include "machines/personality.h"

namespace vdec {

// What a reference timestamp named when the job started.
enum class ReferenceState { found, requeued, unknown };

struct CaptureName {
    uint64_t timestamp = 0;            // valid when `named`
    bool named = false;                // vb2 would find the buffer by its timestamp
    uint64_t forgotten_timestamp = 0;  // what the buffer held before it was queued again
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

}  // namespace vdec
