// SPDX-License-Identifier: MIT
// The decoders, the render nodes and the permissions, as the kernel tells them.
#pragma once

#include "info/report.h"
#include "v4l2/enumerator.h"
#include "v4l2/system.h"

namespace v4l2va::info {

// What enumerate_decoders() found, in the same order; of the nodes left out, too.
[[nodiscard]] std::vector<DecoderReport> describe_decoders(const Enumeration& found);
// A remedy in `permissions` knows more than the general one.
[[nodiscard]] std::vector<LeftOut> describe_left_out(
    const Enumeration& found, const std::vector<NodePermission>& permissions);

// Every /dev/dri/renderD*, with DRM_IOCTL_VERSION's name of its driver. `module_dirs`: where libva
// looks, separated by colons.
[[nodiscard]] std::vector<DrmReport> examine_render_nodes(System& system,
                                                          const std::string& module_dirs);

// Every /dev/media*, the video nodes of `found`, and the render nodes. Each is opened for reading
// and writing, once, and closed: what a container or a sandbox forbids shows as well.
[[nodiscard]] std::vector<NodePermission> examine_permissions(System& system,
                                                              const Enumeration& found);

}  // namespace v4l2va::info
