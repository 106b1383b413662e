// SPDX-License-Identifier: MIT
// --try: decodes the start of a file through VA-API, step by step.
#pragma once

#include <algorithm>
#include <functional>
#include <string>
#include <vector>

#include "v4l2/system.h"

namespace v4l2va::info {

enum class Outcome : uint8_t { kOk, kFailed, kSkipped };

struct Step {
    std::string name;
    Outcome outcome = Outcome::kOk;
    std::string detail;  // what was found, or why it failed or was skipped
    std::string remedy;  // of a failure, "" when nothing is known
};

struct Trial {
    std::vector<Step> steps;  // in order; a failure is the last one

    [[nodiscard]] bool ok() const {
        return std::none_of(steps.begin(), steps.end(),
                            [](const Step& step) { return step.outcome == Outcome::kFailed; });
    }
};

// At most 60 frames of the file's best video stream are decoded on `node` ("": the first DRM
// node whose name leads libva to this driver, else the first), by libavcodec through libva and
// beside it in software, and compared sample by sample. Software never stands in for the device.
// `on_step` is called as each step ends. Without libavformat at build time the only step fails.
[[nodiscard]] Trial try_file(System& system, const std::string& path, const std::string& node,
                             const std::function<void(const Step&)>& on_step);

}  // namespace v4l2va::info
