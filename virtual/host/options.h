// SPDX-License-Identifier: MIT
// The environment variables that configure the virtual decoder, read once.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace vdec {

// One item of V4L2VA_VIRTUAL_FAULT, comma separated:
//   error:every=N             every Nth frame completes with V4L2_BUF_FLAG_ERROR
//   hang:at=N                 the hardware never answers for frame N: no other job of the device
//   runs,
//                             and STREAMOFF and close() of that file wait for it
//   hang:block=MS             how long these wait for any frame that hangs; 60000 unless given
//   stall:at=N                frame N completes after 2 s with V4L2_BUF_FLAG_ERROR, undecoded, as
//                             drivers do when their hardware does not answer
//   fail:IOCTL:ERRNO:NTH      the NTH call of that ioctl fails, e.g. fail:VIDIOC_QBUF:ENOMEM:3
//   full:IOCTL:ERRNO:N        it fails on an open node that does not stream while N others do: the
//                             device has no room for one more, e.g. full:VIDIOC_STREAMON:ENOSPC:3
//   deny:FILE:ERRNO           a device file cannot be opened: videoN, mediaN, or the card or
//                             personality of a video node, e.g. deny:video3:EACCES
//   absent:FILE               /dev does not have it, as in a container that it was not given to;
//                             topologies and /sys go on to name it
//   rename:FILE:NAME          /dev has it as NAME, as a container may, e.g. rename:video3:video0
struct Fault {
    enum class Kind {
        error_every,
        hang_at,
        hang_block,
        stall_at,
        fail,
        full,
        deny,
        absent,
        rename
    };
    Kind kind = Kind::error_every;
    uint64_t number = 0;
    std::string ioctl_name;
    std::string target;  // of deny, absent and rename
    std::string name;    // of rename
    int error_number = 0;
};

struct Options {
    int log = 0;                // V4L2VA_VIRTUAL_LOG: 1 jobs, 2 ioctls, 3 the decoders too
    bool client_log = false;    // V4L2VA_VIRTUAL_CLIENT_LOG: libavcodec logs at its own levels
    bool count = false;         // V4L2VA_VIRTUAL_COUNT
    bool strict = false;        // V4L2VA_VIRTUAL_STRICT: exit code 70 after a violation
    bool sync = false;          // V4L2VA_VIRTUAL_SYNC: jobs run inside the ioctl
    bool poison = true;         // V4L2VA_VIRTUAL_POISON=0 switches poisoning off
    bool drm = true;            // V4L2VA_VIRTUAL_DRM=0: no render node
    bool gpu_memory = false;    // V4L2VA_VIRTUAL_GPU_MEMORY: the render node has dumb buffers
    unsigned delay_ms = 0;      // V4L2VA_VIRTUAL_DELAY_MS: decode time of a frame
    std::string report_dir;     // V4L2VA_VIRTUAL_REPORT
    std::string drm_name;       // V4L2VA_VIRTUAL_DRM_NAME
    std::string personality;    // V4L2VA_VIRTUAL_PERSONALITY: name of a row of personality_*.cpp
    std::string machine;        // V4L2VA_VIRTUAL_MACHINE: name of a row of machine_table.cpp
    std::vector<Fault> faults;  // V4L2VA_VIRTUAL_FAULT
    unsigned hang_block_ms = 60000;  // hang:block
    std::string mutate_field;        // V4L2VA_VIRTUAL_MUTATE=field:frame
    uint64_t mutate_frame = 0;
};

const Options& options();

// One line on stderr and exit code 2: what the options name does not exist. A default in its place
// would decode as well, and nobody would notice.
[[noreturn, gnu::format(printf, 1, 2)]] void refuse_options(const char* format, ...);

// One line on stderr, prefixed "virtual: ", when the log level is at least `level`.
[[gnu::format(printf, 2, 3)]] void log_line(int level, const char* format, ...);

}  // namespace vdec
