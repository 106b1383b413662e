// SPDX-License-Identifier: MIT
// What the kernel was built with, and which chip it runs on.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "info/report.h"

namespace v4l2va::info {

// Options by their name without CONFIG_. What is not in the map is off.
using KernelConfig = std::map<std::string, OptionState, std::less<>>;

// The text of a .config: `CONFIG_A=y`, `CONFIG_B=m`, `# CONFIG_C is not set`. Other lines, and
// options with other values, are left out.
[[nodiscard]] KernelConfig parse_kernel_config(std::string_view text);

// Reads, below `root` ("" for the machine's own): proc/config.gz, boot/config-RELEASE or
// lib/modules/RELEASE/config, the first that can be read; and the device tree's model and
// compatible, from proc/device-tree or sys/firmware/devicetree/base. Without a configuration every
// option's state is kUnknown.
[[nodiscard]] KernelReport examine_kernel(const std::string& root, const std::string& release,
                                          const std::string& machine);

}  // namespace v4l2va::info
