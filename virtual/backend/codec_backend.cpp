// SPDX-License-Identifier: MIT
// What the codecs have in common.
#include "backend/codec_backend.h"

#include <cinttypes>

#include "report/judge.h"

namespace vdec {

bool spoilt_by_format(const DecodeJob& job, unsigned width, unsigned height) {
    const bool suits = job.sizes == nullptr || (job.sizes->fit_width(width) == job.format_width &&
                                                job.sizes->fit_height(height) == job.format_height);
    if (!suits) {
        judge().violation("format-size", "frame %" PRIu64 ": picture of %ux%u, format of %ux%u",
                          job.number, width, height, job.format_width, job.format_height);
    }
    return !suits;
}

}  // namespace vdec
