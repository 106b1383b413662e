// SPDX-License-Identifier: MIT
// The table of chips with stateless decoders: which kernel option drives them.
#pragma once

#include <span>
#include <string_view>

namespace v4l2va::info {

// A decoder's driver: its option, without CONFIG_, and its module as modprobe takes it.
struct DecoderDriver {
    const char* option = "";
    const char* module = "";
    bool staging = false;     // needs STAGING_MEDIA; of rkvdec: before Linux 6.17
    const char* parent = "";  // an option without which the driver leaves this chip out, "" if none
    const char* since = "";   // the Linux whose driver knows the chip, where older ones have it too
    // With `since`: as VIDIOC_QUERYCAP names it; where it is found, this kernel knows the chip.
    const char* video_driver = "";
};

struct Chip {
    const char* compatible = "";             // in the root node of the device tree
    std::span<const DecoderDriver> drivers;  // all that it can use
    // What Linux lacks for it, "" when nothing: what it is and how far it is; no whole sentence.
    const char* missing = "";
    const char* missing_driver =
        "";  // as VIDIOC_QUERYCAP names it; where it is found, all is there
};

// All chips. Static storage.
[[nodiscard]] std::span<const Chip> chips();

// Null when the table does not have it.
[[nodiscard]] const Chip* find_chip(std::string_view compatible);

}  // namespace v4l2va::info
