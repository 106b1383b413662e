// SPDX-License-Identifier: MIT
// Report: all that v4l2va-info knows of a machine. Gathered once, then printed as text or JSON.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "v4l2/device_info.h"

namespace v4l2va::info {

// One of the formats that a decoder puts its frames out in.
struct CaptureFormat {
    std::string fourcc;     // of V4L2, four characters
    bool used = false;      // the driver takes it for frames of this codec
    std::string drm;        // of an export, four characters; "" when it cannot be exported
    uint64_t modifier = 0;  // of an export; of columns without their height
};

// One coded format of a decoder.
struct CodecReport {
    std::string name;    // as in `h264`; the fourcc where no codec of the driver has the format
    std::string label;   // for people, as in `H.264`
    std::string fourcc;  // of V4L2, four characters
    std::vector<std::string> profiles;  // that the driver decodes on it; VA's names
    std::vector<uint32_t> depths;       // bits a sample of those profiles, ascending
    SizeRange sizes;
    std::vector<CaptureFormat> capture;  // in the kernel driver's order: the first is native
    std::string mode;                    // what one request holds: "frame" or "slice"
};

struct DecoderReport {
    std::string video;  // /dev/videoN
    std::string media;  // /dev/mediaN
    std::string driver;
    std::string card;
    std::vector<CodecReport> codecs;
};

// A node that could have been a decoder.
struct LeftOut {
    std::string path;
    std::string reason;
    std::string remedy;
    bool is_decoder = false;  // false: a media device that may be a camera's as well
};

struct VaProfileReport {
    std::string name;                      // as in `VAProfileH264Main`
    std::vector<std::string> entrypoints;  // as in `VAEntrypointVLD`
    Size max;                              // {0, 0}: the driver does not say
};

// What VA-API answers on one DRM node, as any program would see it.
struct VaDisplayReport {
    std::string node;
    std::string error;          // why there is no display, "" when there is one
    std::string module;         // file that was loaded, links followed; "" when none or unknown
    std::string vendor;         // vaQueryVendorString
    std::string version;        // of VA-API, as in `1.17`
    bool ours = false;          // the vendor string is this driver's
    bool only_by_name = false;  // ours, but only when LIBVA_DRIVER_NAME is v4l2_request
    std::vector<VaProfileReport> profiles;
    std::vector<std::string> messages;  // errors of libva and of the driver, one line each
};

struct DrmReport {
    std::string node;
    std::string driver;  // of the kernel; "" when the node does not tell
    std::string error;   // why it does not
    std::string link;    // path of NAME_drv_video.so that libva would load, "" when there is none
    bool ours = false;   // `link` ends at this driver
};

struct NodePermission {
    std::string path;
    std::string owner;
    std::string group;
    uint32_t mode = 0;   // the nine permission bits
    std::string error;   // why it cannot be opened for reading and writing, "" when it can
    std::string remedy;  // "" when none is needed
};

enum class OptionState : uint8_t { kUnknown, kOff, kModule, kBuiltIn };

struct KernelOption {
    std::string name;  // without CONFIG_
    OptionState state = OptionState::kUnknown;
    std::string module;        // of a decoder's driver, "" of others
    std::string about;         // what it is for
    bool of_chip = false;      // this chip's decoders need it, not those of every chip
    std::string since;         // the Linux from which on it helps this chip, "" of all
    std::string video_driver;  // with `since`: what its decoders are called, "" of others
};

struct KernelReport {
    std::string release;  // of uname
    std::string machine;
    std::string config;  // file that was read, "" when none could be
    std::string model;   // of the device tree
    std::vector<std::string> compatible;
    std::string chip;  // the entry of `compatible` that the table has, "" when it has none
    std::string missing_driver;  // which would have it, as a decoder names it
    std::string missing;         // what mainline Linux lacks for the chip, "" when nothing is known
    std::vector<KernelOption> options;
};

struct Verdict {
    bool decodes = false;
    std::string line;    // what can be decoded, or why nothing can
    std::string remedy;  // "" when it decodes
    // Sentences on what could be better: decoders that are missing, programs that fail.
    std::vector<std::string> notes;
};

struct Report {
    std::string version;  // of this program
    std::vector<DecoderReport> decoders;
    std::vector<LeftOut> left_out;
    bool has_media_nodes = false;
    std::vector<std::string> media_not_in_dev;  // media devices of the kernel, as in `media3`
    std::string module_dirs;                    // where libva looks, separated by colons
    std::string module_file;  // this driver's module there, "" when it is in none of them
    std::string driver_name;  // LIBVA_DRIVER_NAME, "" when not set
    std::vector<VaDisplayReport> displays;
    std::vector<DrmReport> drm;
    std::vector<NodePermission> permissions;
    KernelReport kernel;
    Verdict verdict;
};

}  // namespace v4l2va::info
