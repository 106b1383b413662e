// SPDX-License-Identifier: MIT
// What the replayed clients have in common: how a picture is handed over, and their surfaces.
#pragma once

#include <va/va.h>

#include <vector>

#include "player.h"

namespace v4l2va::test {

// How a client hands a picture over; as it stands, ffmpeg's way, which VLC, Kodi and Firefox share.
struct Manners {
    bool buffers_before_begin = true;
    bool parameters_apart = true;       // vaRenderPicture once for the picture, once for the slices
    bool written_through_maps = false;  // vaCreateBuffer without data, then vaMapBuffer
};

// A context fed with a recording's pictures; the client chooses where each goes.
class Stream {
  public:
    Stream(VADisplay display, VAContextID context, const Recording& recording, Manners manners)
        : display_(display), context_(context), profile_(recording.profile), manners_(manners) {}

    // The first error of any of the calls. `target` has the recorded target's name from now on.
    VAStatus decode(const RecordedPicture& picture, VASurfaceID target);

  private:
    VABufferID create_buffer(RecordedBuffer& buffer, VAStatus& status);

    VADisplay display_;
    VAContextID context_;
    VAProfile profile_;
    Manners manners_;
    SurfaceNames names_;
};

// Of a recording's coded size, without a config.
[[nodiscard]] VAConfigID make_config(VADisplay display, const Recording& recording);
[[nodiscard]] VAContextID make_context(VADisplay display, VAConfigID config,
                                       const Recording& recording,
                                       std::vector<VASurfaceID> targets = {});
// `count` surfaces of NV12 in one call.
[[nodiscard]] std::vector<VASurfaceID> make_surfaces(VADisplay display, const Recording& recording,
                                                     unsigned count,
                                                     std::vector<VASurfaceAttrib> attributes = {});
[[nodiscard]] VASurfaceAttrib surface_attribute(VASurfaceAttribType type, int value);

// The process's open descriptors and threads.
[[nodiscard]] size_t open_descriptors();
[[nodiscard]] size_t running_threads();

}  // namespace v4l2va::test
