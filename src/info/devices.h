// SPDX-License-Identifier: MIT
// The decoders, the DRM nodes and the permissions, as the kernel tells them.
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

// The media devices of the kernel whose device numbers /dev has under no name, as sysfs (mostly at
// "/sys") calls them: a container was not given them. Empty where sysfs cannot be read.
[[nodiscard]] std::vector<std::string> list_media_not_in_dev(System& system,
                                                             const std::string& sysfs);

// Every /dev/dri/renderD*, and then every /dev/dri/card*.
[[nodiscard]] std::vector<std::string> list_drm_nodes(System& system);

// Every /dev/dri/renderD*, with DRM_IOCTL_VERSION's name of its driver. Where none of them leads
// libva to this driver, also each card of a driver without a render node: boards without a GPU have
// no other. `module_dirs`: where libva looks, separated by colons.
[[nodiscard]] std::vector<DrmReport> examine_drm_nodes(System& system,
                                                       const std::string& module_dirs);

// One of them.
[[nodiscard]] DrmReport examine_drm_node(System& system, const std::string& node,
                                         const std::string& module_dirs);

// The first node that leads libva to this driver, else the first one; null when there is none.
[[nodiscard]] const DrmReport* choose_node(const std::vector<DrmReport>& nodes);

// Every /dev/media*, the video nodes of `found`, and the DRM nodes. Each is opened for reading and
// writing, once, and closed: what a container or a sandbox forbids shows as well.
[[nodiscard]] std::vector<NodePermission> examine_permissions(System& system,
                                                              const Enumeration& found,
                                                              const std::vector<DrmReport>& drm);

}  // namespace v4l2va::info
