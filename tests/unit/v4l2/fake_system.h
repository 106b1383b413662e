// SPDX-License-Identifier: MIT
// FakeSystem: media devices, m2m queues and requests as the kernel has them, without a kernel.
#pragma once

#include <linux/media.h>
#include <linux/videodev2.h>

#include <cstdint>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "v4l2/system.h"
#include "v4l2/uapi_compat.h"

namespace v4l2va::test {

struct FakeKernel;

struct FakeCodedFormat {
    uint32_t fourcc = V4L2_PIX_FMT_H264_SLICE;
    bool supports_hold = true;
    uint32_t tail = 4096;  // bytes of sizeimage behind the pixels
    uint32_t max_width = 4096;
    uint32_t max_height = 2304;
    uint32_t height_alignment = 0;  // of its frames; 0: the device's
};

// One video node, and the media device in front of it.
struct FakeDevice {
    std::string driver = "hantro-vpu";
    std::string media_path = "/dev/media0";
    std::string video_path = "/dev/video0";
    uint32_t minor = 7;  // of the video node
    uint32_t entity_function = MEDIA_ENT_F_PROC_VIDEO_DECODER;
    bool has_interface_link = true;
    bool multiplanar = true;
    bool requests_supported = true;
    int open_errno = 0;         // of the video node
    int media_open_errno = 0;   // of the media node
    int topology_moves = 0;     // this often, the topology changes between the two calls
    uint32_t capabilities = 0;  // QUERYCAP device_caps; 0: memory-to-memory by `multiplanar`
    std::vector<FakeCodedFormat> coded{FakeCodedFormat{}};
    std::vector<uint32_t> raw_output_fourccs;  // listed, not stateless
    std::vector<uint32_t> capture{V4L2_PIX_FMT_NV12};
    std::vector<uint32_t> ten_bit_capture;  // listed after a 10-bit sequence control only
    std::set<uint32_t> controls;            // that exist; empty: the usual ones of H.264
    int32_t decode_mode_min = 1;            // menus of DECODE_MODE and START_CODE
    uint32_t height_alignment = 16;
    uint32_t stride_alignment = 16;
    uint32_t max_buffers = 32;
    bool has_prepare = true;
    bool lists_sizes = true;  // has ENUM_FRAMESIZES
    // S_FMT(CAPTURE) answers with sizes of 8 bits when there are 10, as mtk's.
    bool set_format_forgets_depth = false;
    bool wants_all_controls = false;  // as cedrus before Linux 5.19
    // Sizes may change under queues with buffers, as with hantro since Linux 6.6.
    bool relaxed_formats = false;
};

// Thread-safe. Jobs run when complete_jobs() says so, or at once (`automatic`).
class FakeSystem final : public System {
  public:
    FakeSystem();
    ~FakeSystem() override;

    FakeDevice& add_device(FakeDevice device);

    // Jobs complete inside the call that makes them runnable, or only in complete_jobs().
    void set_automatic(bool automatic);
    // Lets up to `count` runnable jobs complete.
    void complete_jobs(size_t count = SIZE_MAX);
    // The next job to complete carries V4L2_BUF_FLAG_ERROR.
    void damage_next();
    // The nth (from 1) call from now on of an ioctl (0: of any) fails with this errno.
    void fail_call(unsigned long request, int nth, int sys_errno);
    // From now on everything answers ENODEV.
    void unplug();
    // Video nodes whose descriptor nobody owns any more: closed, and counted.
    size_t close_nodes();
    // PREPARE_BUF and QBUF of this dma-buf (by inode) fail with EFAULT.
    void make_unmappable(int dma_buf);

    // Counters since reset_counts().
    void reset_counts();
    [[nodiscard]] uint64_t ioctls() const;
    [[nodiscard]] uint64_t calls(unsigned long request) const;
    [[nodiscard]] uint64_t polls() const;
    // The sum of the polls' timeouts: how long the caller was ready to wait.
    [[nodiscard]] uint64_t poll_time_ns() const;
    [[nodiscard]] uint64_t failed_ioctls() const;

    // The kernel's view, for assertions.
    struct Decoded {
        uint64_t timestamp_us = 0;
        uint32_t capture_index = 0;
        uint64_t capture_inode = 0;
        std::vector<uint8_t> bitstream;
        std::set<uint32_t> controls;  // sent with the request
        bool held = false;            // HOLD was set
    };
    [[nodiscard]] std::vector<Decoded> decoded() const;
    [[nodiscard]] size_t open_nodes() const;      // video nodes that are open
    [[nodiscard]] size_t queued_buffers() const;  // in all nodes, both sides
    // STREAMOFF and close() of a node with a job that runs, or waits to: in a kernel these wait
    // for the device.
    [[nodiscard]] size_t blocking_calls() const;
    // Every call of the kernel's rules that a correct client never breaks.
    [[nodiscard]] std::vector<std::string> violations() const;

    Result<std::vector<std::string>> list(const char* directory) override;
    Result<struct stat> status(const char* path) override;
    Result<UniqueFd> open(const char* path) override;
    Result<int> ioctl(int fd, unsigned long request, void* argument, const char* op) override;
    Result<Mapping> map(int fd, size_t size, uint64_t offset, const char* op) override;
    Result<PollResult> poll(int fd, PollFor event, uint64_t timeout_ns) override;
    Result<UniqueFd> duplicate(int fd) override;
    Result<uint64_t> size_of(int fd) override;

  private:
    std::unique_ptr<FakeKernel> kernel_;
};

// Above 0 while this thread is in the fake: what it allocates is not the driver's.
extern thread_local int fake_depth;

// How many descriptors this process has open.
[[nodiscard]] size_t open_descriptors();

}  // namespace v4l2va::test
