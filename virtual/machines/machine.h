// SPDX-License-Identifier: MIT
// Machine: the device nodes of a board: decoders, and what else a board has of video and media
// devices.
#pragma once

#include <sys/types.h>

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "machines/personality.h"

namespace vdec {

// Character device numbers of the virtual files.
constexpr unsigned kVideoMajor = 81;
constexpr unsigned kMediaMajor = 240;
constexpr unsigned kDrmMajor = 226;
constexpr unsigned kDrmMinor = 128;

enum class NodeKind { stateless_decoder, stateful_decoder, encoder, converter, camera };

constexpr int kNoMedia = -1;

struct NodeRow {
    NodeKind kind;
    const char* name;      // a stateless decoder: its personality's; else the driver's
    const char* card;      // nullptr: as the personality says
    const char* bus_info;  // nullptr: as the personality says
    int video;             // N of /dev/videoN, unique in the machine
    // N of /dev/mediaN, or kNoMedia. Nodes with the same N are parts of one media device, of which
    // at most one is a stateless decoder.
    int media;

    [[nodiscard]] bool is_decoder() const { return kind == NodeKind::stateless_decoder; }
};

struct Machine {
    const char* name;
    std::span<const NodeRow> nodes;
};

// All machines that have a name (machine_table.cpp).
std::span<const Machine> machines();

// The machine of this process: what the options name, else one personality as video0 and media0.
const Machine& machine();

// The texts of a node, its personality's where the row has none.
const char* driver_of(const NodeRow& row);
const char* card_of(const NodeRow& row);
// Of the video node in sysfs, and before the names of its entities.
const char* node_name_of(const NodeRow& row);
const char* bus_info_of(const NodeRow& row);

// One file of /dev that the machine has.
struct DeviceFile {
    enum class Kind { video, media, drm };
    Kind kind;
    std::string name;       // below /dev: "video0", "dri/renderD128"
    std::string sys_path;   // of the file in sysfs
    std::string parent;     // sysfs directory of the chip that it is on
    std::string driver;     // of the chip
    std::string subsystem;  // "video4linux", "media", "drm"
    std::string label;      // sysfs attribute: "name" of a video node, "model" of a media device
    dev_t number;

    // The last part of the name.
    [[nodiscard]] std::string base() const;
};

// Media devices first, then video nodes, then the render node when there is one.
const std::vector<DeviceFile>& device_files();
// nullptr: no file of ours has that number.
const DeviceFile* find_device_file(dev_t number);

// errno that a fault option ("deny:…") makes opening the file fail with; 0: none.
int denied(const DeviceFile& file);
// Its path below /dev, where a fault option may have it under another name ("rename:…"); "" where
// one has taken it away ("absent:…").
std::string name_in_dev(const DeviceFile& file);

}  // namespace vdec
