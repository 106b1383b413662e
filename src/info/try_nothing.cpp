// SPDX-License-Identifier: MIT
// --try of a program that was built without libavformat.
#include "info/try_file.h"

namespace v4l2va::info {

Trial try_file(System& /*system*/, const std::string& /*path*/, const std::string& /*node*/,
               const std::function<void(const Step&)>& on_step) {
    Trial trial;
    trial.steps.push_back({"file opened", Outcome::kFailed,
                           "this v4l2va-info was built without libavformat and libavcodec",
                           "build it with -Dinfo_try=enabled, or use: ffmpeg -hwaccel vaapi "
                           "-hwaccel_output_format vaapi -i FILE -f null -"});
    on_step(trial.steps.back());
    return trial;
}

}  // namespace v4l2va::info
