// SPDX-License-Identifier: MIT
// What becomes of an HEVC frame whose references a driver cannot find.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>

#include "backend/codec_backend.h"
#include "hevc/controls.h"

namespace vdec::hevc {

// hantro's ref_bufs: pictures by order count. A picture's own entry takes the first place that none
// of its references has.
class PocTable {
  public:
    // set_ref() of the picture `poc`, decoded as `timestamp`. False when an entry of `dpb` is not
    // there: the picture is not added then.
    [[nodiscard]] bool decode(std::span<const v4l2_hevc_dpb_entry> dpb, int poc,
                              uint64_t timestamp);
    // Of the picture that is found for `poc`.
    [[nodiscard]] std::optional<uint64_t> find(int poc) const;

  private:
    struct Place {
        int poc = 0;  // as the zeroed memory of a new context
        std::optional<uint64_t> timestamp;
        bool used = false;
    };
    [[nodiscard]] const Place* place_of(int poc) const;

    std::array<Place, 17> places_;  // NUM_REF_PICTURES
};

// What SLICE_PARAMS and dpb[] do to the hardware of a device that hangs: `done`, `error` or `hang`,
// and why. `decoded`: of a timestamp, before this frame.
struct ReferenceFault {
    DecodeStatus status = DecodeStatus::done;
    const char* what = "";
};
[[nodiscard]] ReferenceFault reference_fault(const Sets& sets, HevcReferences references,
                                             const std::function<bool(uint64_t)>& decoded);

}  // namespace vdec::hevc
