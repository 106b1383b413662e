// SPDX-License-Identifier: MIT
// Context: one open() of the video node: an m2m instance with its formats, queues and controls.
#pragma once

#include <linux/videodev2.h>

#include <array>
#include <cstdint>
#include <deque>
#include <memory>
#include <span>
#include <vector>

#include "backend/codec_backend.h"
#include "device/control_table.h"
#include "device/device.h"
#include "device/ioctl_call.h"
#include "device/queue.h"
#include "node/node.h"
#include "uapi/buffers.h"

namespace vdec {

class Request;

// What a handler knows of the call it serves.
struct VideoCall {
    int fd;
    Lock& lock;
    IoctlCall& booking;
};

using Planes = std::array<v4l2_plane, kMaxPlanes>;
using PlaneSizes = std::array<unsigned, kMaxPlanes>;  // 0: there is no such plane

// Handlers return 0 or -errno and run with the device lock held.
class Context : public Node, public std::enable_shared_from_this<Context> {
  public:
    Context(std::unique_ptr<ReadySocket> socket, Device& device);

    int ioctl(int fd, uint32_t request, void* arg) override;
    int memory_for_mmap(size_t length, int prot, int flags, off_t offset) override;
    short adjust_poll(short events, short shown) override;
    void closed() override;
    [[nodiscard]] dev_t device_number() const override;

    // For requests. The device lock is held. The first fails as the driver does of a buffer.
    [[nodiscard]] int prepare_requested_buffer(unsigned index);
    void queue_requested_buffer(unsigned index);
    void release_requested_buffer(unsigned index);

    // For the scheduler. run_job releases `lock` while it decodes.
    bool job_ready();
    // False when the hardware did not answer: it is the device's until Device::hardware_answered.
    [[nodiscard]] bool run_job(Lock& lock);
    [[nodiscard]] bool is_streaming() const { return output_.streaming || capture_.streaming; }

    // Formats (context_format.cpp, context_listing.cpp).
    int querycap(VideoCall& call, v4l2_capability& cap);
    int enum_fmt(VideoCall& call, v4l2_fmtdesc& desc);
    int enum_framesizes(VideoCall& call, v4l2_frmsizeenum& sizes);
    int enum_picture_sizes(v4l2_frmsizeenum& sizes) const;
    int g_fmt(VideoCall& call, v4l2_format& format);
    int try_fmt(VideoCall& call, v4l2_format& format);
    int s_fmt(VideoCall& call, v4l2_format& format);

    // Selections (context_selection.cpp).
    int g_selection(VideoCall& call, v4l2_selection& selection);
    int s_selection(VideoCall& call, v4l2_selection& selection);
    int no_crop(VideoCall& call, v4l2_crop& crop);
    int no_cropcap(VideoCall& call, v4l2_cropcap& limits);

    // Buffers (context_buffers.cpp).
    int reqbufs(VideoCall& call, v4l2_requestbuffers& req);
    int create_bufs(VideoCall& call, v4l2_create_buffers& create);
    int remove_bufs(VideoCall& call, RemoveBuffers& remove);
    int querybuf(VideoCall& call, v4l2_buffer& buffer);
    int expbuf(VideoCall& call, v4l2_exportbuffer& exp);

    // Streaming (context_prepare.cpp, context_stream.cpp).
    int prepare_buf(VideoCall& call, v4l2_buffer& buffer);
    int qbuf(VideoCall& call, v4l2_buffer& buffer);
    int dqbuf(VideoCall& call, v4l2_buffer& buffer);
    int streamon(VideoCall& call, int& type);
    int streamoff(VideoCall& call, int& type);
    int decoder_cmd(VideoCall& call, v4l2_decoder_cmd& command);
    int try_decoder_cmd(VideoCall& call, v4l2_decoder_cmd& command);

    // Events (context_events.cpp).
    int subscribe_event(VideoCall& call, v4l2_event_subscription& subscription);
    int unsubscribe_event(VideoCall& call, v4l2_event_subscription& subscription);
    int dqevent(VideoCall& call, v4l2_event& event);
    int g_priority(VideoCall& call, uint32_t& priority);
    int s_priority(VideoCall& call, uint32_t& priority);

    // Controls (context_controls.cpp, context_control_queries.cpp).
    int queryctrl(VideoCall& call, v4l2_queryctrl& query);
    int query_ext_ctrl(VideoCall& call, v4l2_query_ext_ctrl& query);
    int querymenu(VideoCall& call, v4l2_querymenu& menu);
    int g_ctrl(VideoCall& call, v4l2_control& control);
    int s_ctrl(VideoCall& call, v4l2_control& control);
    int g_ext_ctrls(VideoCall& call, v4l2_ext_controls& controls);
    int s_ext_ctrls(VideoCall& call, v4l2_ext_controls& controls);
    int try_ext_ctrls(VideoCall& call, v4l2_ext_controls& controls);

  private:
    [[nodiscard]] const Personality& personality() const { return device_.personality; }
    [[nodiscard]] bool is_type(uint32_t type, bool output) const;
    Queue* queue_of(uint32_t type);
    [[nodiscard]] uint32_t type_of(bool output) const;

    void reset_capture_format();
    void adjust(Format& format, bool output) const;
    void fit_capture_size(Format& format, bool native) const;
    [[nodiscard]] std::span<const uint32_t> capture_formats() const;
    [[nodiscard]] bool lists_all_formats() const;
    [[nodiscard]] unsigned max_bit_depth() const;
    void adjust_output_size(Format& format) const;
    [[nodiscard]] std::vector<uint32_t> listed_capture_formats() const;
    [[nodiscard]] const CodedFormat& coded_format(uint32_t fourcc) const;
    void write_format(const Format& format, v4l2_format& out) const;
    void read_format(const v4l2_format& in, bool output, Format& format) const;
    [[nodiscard]] bool output_format_is_busy(uint32_t new_fourcc) const;

    [[nodiscard]] uint32_t capabilities(const Queue& queue) const;
    int check_memory(const Queue& queue, uint32_t memory) const;
    [[nodiscard]] unsigned max_buffers(const Queue& queue) const;
    // V4L2_MEMORY_FLAG_*, of which only what the device honours is left.
    [[nodiscard]] uint32_t memory_flags(uint32_t memory, uint32_t asked) const;
    [[nodiscard]] PlaneSizes plane_sizes(const Queue& queue) const;
    // The first of `count` indices in a row without a buffer; `count` shrinks to what there are.
    unsigned find_room(const Queue& queue, unsigned& count) const;
    // How many buffers could be made, of `count` from index `first` on.
    unsigned allocate(Queue& queue, unsigned first, unsigned count, const PlaneSizes& lengths,
                      uint32_t memory);
    void free_buffers(Queue& queue, int fd);
    int read_planes(const Queue& queue, const v4l2_buffer& buffer, Planes& planes) const;
    int write_buffer(const Queue& queue, unsigned index, v4l2_buffer& out) const;
    [[nodiscard]] uint32_t buffer_flags(const Buffer& buffer) const;

    int check_queueing(const Queue& queue, const v4l2_buffer& buffer, Planes& planes) const;
    // The request of that file when it belongs to this node's media device, else nullptr.
    [[nodiscard]] std::shared_ptr<Request> find_request(int fd) const;
    int fill(const Queue& queue, Buffer& buffer, const v4l2_buffer& from,
             const Planes& planes) const;
    int prepare(Queue& queue, Buffer& buffer);
    // OUTPUT has V4L2_BUF_FLAG_M2M_HOLD_CAPTURE_BUF.
    [[nodiscard]] bool holds() const { return coded_format(output_format_.fourcc).hold; }
    int attach_dma_buf(BufferPlane& plane, int fd, unsigned length);
    int queue_in_request(VideoCall& call, Queue& queue, v4l2_buffer& from, const Planes& planes);
    int queue_directly(VideoCall& call, Queue& queue, v4l2_buffer& from, const Planes& planes);
    void stream_off(Queue& queue, VideoCall& call);
    void complete_request(const std::shared_ptr<Request>& request);
    void update_readiness(int fd);
    void forget_name(Buffer& buffer);

    [[nodiscard]] const ControlInfo* find_control(uint32_t id) const;
    [[nodiscard]] const ControlInfo* next_control(uint32_t id) const;
    int set_or_try(VideoCall& call, v4l2_ext_controls& controls, bool set);
    // The size that a control of a list has; `control` gets what the kernel makes of it.
    int check_size(const ControlInfo& info, v4l2_ext_control& control, bool get,
                   const ControlValues& values) const;
    int check_list(uint32_t which, std::vector<v4l2_ext_control>& list, bool get,
                   const ControlValues& values, uint32_t& error_index) const;
    int check_values(const std::vector<v4l2_ext_control>& list, uint32_t& error_index) const;
    [[nodiscard]] int check_class(uint32_t which) const;
    static int32_t value_of(const ControlInfo& info, uint32_t which, const ControlValues& values);
    int read_payload(const ControlInfo& info, const v4l2_ext_control& control,
                     std::vector<uint8_t>& payload) const;
    int apply_controls(ControlValues& target, v4l2_ext_controls& controls,
                       const std::vector<v4l2_ext_control>& list, bool set);
    [[nodiscard]] DepthRule depth_rule() const;
    int follow_depth(unsigned depth);
    int sequence_control_tried(uint32_t id, const std::vector<uint8_t>& payload);
    int sequence_control_changed(uint32_t id, const std::vector<uint8_t>& payload);
    [[nodiscard]] bool sequence_fits(uint32_t id, const std::vector<uint8_t>& payload) const;

    // What a job that runs has taken from the queues.
    struct RunningJob {
        unsigned source;
        unsigned target;
        bool hold;
        std::shared_ptr<Request> request;
    };
    void start_job(Buffer& source, Buffer& target, DecodeJob& job, ControlValues& values);
    void finish_job(const RunningJob& running, DecodeStatus status);
    void return_output(const RunningJob& running, BufferState state);
    [[nodiscard]] bool output_comes_early() const;
    void release_held_buffer();
    // The frame is in CAPTURE buffer `index`, to be dequeued.
    void finish_capture(unsigned index, BufferState state);
    DecodeStatus decode_now(const DecodeJob& job, Lock& lock);
    void wait_for_hardware(Lock& lock);

    Device& device_;
    std::vector<ControlInfo> control_infos_;
    ControlValues controls_;
    Format output_format_;
    unsigned bit_depth_ = 8;         // of CAPTURE, as the sequence control says
    bool film_grain_ = false;        // the sequence control says so
    bool any_image_format_ = false;  // S_FMT(OUTPUT) came, no sequence control yet
    bool sequence_set_ = false;      // a sequence control came
    bool deep_pitch_ = false;        // one of ten bits came, no S_FMT since
    Format capture_format_;
    Queue output_;
    Queue capture_;
    std::unique_ptr<CodecBackend> backend_;
    uint32_t backend_fourcc_ = 0;
    bool closed_ = false;
    bool streamed_ = false;
    bool job_running_ = false;
    bool hung_ = false;
    uint64_t jobs_ = 0;
    std::deque<v4l2_event> events_;
    uint32_t event_sequence_ = 0;
    uint32_t priority_ = V4L2_PRIORITY_DEFAULT;
    std::vector<CaptureName> names_;
};

}  // namespace vdec
