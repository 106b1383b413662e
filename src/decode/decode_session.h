// SPDX-License-Identifier: MIT
// DecodeSession: one open of a decoder node with both queues and its requests; one per VAContext.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "base/log.h"
#include "base/mutex.h"
#include "base/result.h"
#include "decode/decoder_formats.h"
#include "decode/decoder_queues.h"
#include "decode/frame_binding.h"
#include "decode/job_queue.h"
#include "decode/request.h"
#include "decode/sent_controls.h"
#include "decode/submission.h"
#include "frame/frame_memory.h"
#include "frame/pending_operation.h"
#include "v4l2/device.h"
#include "v4l2/device_info.h"
#include "v4l2/media_device.h"
#include "v4l2/request_pool.h"
#include "v4l2/system.h"
#include "v4l2/types.h"

namespace v4l2va {

// How long a picture may be the oldest of its session before the session is taken for stuck:
// several times the kernel drivers' watchdogs (1 to 2 s a job), since jobs of other processes may
// stand in front. From then on nothing waits for the device.
inline constexpr uint64_t kJobTimeoutNs = 10'000'000'000;

struct SessionConfig {
    uint32_t coded_fourcc = 0;  // V4L2_PIX_FMT_*_SLICE / _FRAME
    Size coded_size;            // as the client's context says
    uint32_t sequence_control =
        0;  // V4L2_CID_STATELESS_*: the control that decides the CAPTURE format
    uint64_t job_timeout_ns = kJobTimeoutNs;
    Timestamp first_timestamp{1};
};

// Calls may come from any thread. submit() calls must be serialised by the caller (the Context's
// lock): their order is the decoding order. wait() and is_done() may run beside them.
//
// A job that never ends makes STREAMOFF and close() wait for it in the kernel, without limit and
// beyond any signal. So neither is called before the device has given every job back: a session
// whose oldest picture takes longer than the limit is stuck. Its calls end at once with kTimeout,
// its node is not opened again (StuckJobs), and it goes on where the job does complete.
class DecodeSession final : public std::enable_shared_from_this<DecodeSession> {
  public:
    // Opens the node and sets the OUTPUT format: a size or device that cannot work fails here.
    // Queues are set up at the first submit(), when the sequence control is known.
    // `system`, `device` and `log` outlive the session.
    [[nodiscard]] static Result<std::shared_ptr<DecodeSession>> create(System& system,
                                                                       const DeviceInfo& device,
                                                                       const SessionConfig& config,
                                                                       const Logger& log);
    DecodeSession(const DecodeSession&) = delete;
    DecodeSession& operator=(const DecodeSession&) = delete;
    // Closes the node where the device has given everything back; else leaves it open, with a line
    // of log, and what is in flight ends as kFailed. Never waits: drain() before.
    ~DecodeSession();

    // The timestamp that the next submit() will use: the name of the picture being built.
    [[nodiscard]] Timestamp next_timestamp() const;

    // The timestamp of the latest decode into `memory` by this session; invalid when there is none
    // that can still serve as a reference.
    [[nodiscard]] Timestamp reference_timestamp(const FrameMemory& memory) const;

    // True while a frame lives that can still serve as a reference.
    [[nodiscard]] bool has_references() const;

    // Queues one picture and returns at once, or after a bounded wait for a free OUTPUT buffer. A
    // second field takes the timestamp and the CAPTURE buffer of the first; one that does not
    // follow its first field is taken as a frame. On failure nothing of the picture is left in the
    // kernel and the next submit() works. kTimeout: the session is stuck. kBusy: another session's
    // device may still write into the target. kResolution: larger than its frame. A picture that is
    // larger than the format, or whose frame is smaller, makes the session change its format; where
    // the device cannot do that while references live, such a picture fails with kUnsupported, and
    // one without references makes the session start over.
    [[nodiscard]] Result<std::shared_ptr<Request>> submit(const Submission& submission);

    // True for a request of this session: in its queues it stands before later ones.
    [[nodiscard]] bool is_own(const PendingOperation& operation);

    // Waits until the request is done, `timeout_ns` is over, or the session is stuck. kTimeout when
    // still queued, kDecoding when the picture failed.
    [[nodiscard]] Result<> wait(const std::shared_ptr<Request>& request, uint64_t timeout_ns);

    // Never blocks: true when done or failed.
    [[nodiscard]] bool is_done(const std::shared_ptr<Request>& request);

    // Waits as wait() does, for everything in flight; ends a field pair that is incomplete.
    void drain(uint64_t timeout_ns);

    // These never block.
    // True when the oldest picture takes longer than the limit.
    [[nodiscard]] bool is_stuck();
    // True when the device has given everything back: closing does not wait.
    [[nodiscard]] bool is_idle();

  private:
    // A frame whose second field may follow, or whose CAPTURE buffer the kernel holds.
    struct OpenFrame {
        Timestamp timestamp;  // invalid: none
        size_t slot = 0;
        bool held = false;  // in the kernel, under HOLD
        std::shared_ptr<FrameMemory> target;
    };
    // One picture on its way through submit().
    struct Picture {
        const Submission& submission;
        std::shared_ptr<Request> request;
        Timestamp timestamp;
        size_t slot = 0;
        bool continues = false;  // second field of open_frame_
    };

    DecodeSession(System& system, const DeviceInfo& device, const SessionConfig& config,
                  const Logger& log, MediaDevice media, DecoderFormats formats, Device node);

    // decode_session.cpp: the node and its queues.
    Result<> set_up(const Submission& first) V4L2VA_REQUIRES(submission_mutex_, mutex_);
    Result<> start(const Submission& first) V4L2VA_REQUIRES(submission_mutex_, mutex_);
    Result<> resize(const Submission& submission) V4L2VA_REQUIRES(submission_mutex_, mutex_);
    void close_node() V4L2VA_REQUIRES(submission_mutex_, mutex_);
    Result<> recover() V4L2VA_REQUIRES(submission_mutex_, mutex_);

    // decode_session_submit.cpp: one picture.
    Result<std::shared_ptr<Request>> submit_picture(Picture& picture)
        V4L2VA_REQUIRES(submission_mutex_, mutex_);
    Result<> begin_picture(Picture& picture) V4L2VA_REQUIRES(submission_mutex_, mutex_);
    Result<> submit_unit(const Picture& picture, size_t unit_index)
        V4L2VA_REQUIRES(submission_mutex_, mutex_);
    Result<> queue_unit(const Picture& picture, const Job& job, const DecodeUnit& unit, bool hold)
        V4L2VA_REQUIRES(submission_mutex_, mutex_);
    Result<> send_unit(const Picture& picture, const Job& job, const DecodeUnit& unit, bool hold)
        V4L2VA_REQUIRES(submission_mutex_, mutex_);
    Result<OutputBuffer*> take_output(size_t bytes) V4L2VA_REQUIRES(submission_mutex_, mutex_);
    std::shared_ptr<Request> take_request() V4L2VA_REQUIRES(submission_mutex_, mutex_);
    Result<> close_open_frame() V4L2VA_REQUIRES(submission_mutex_, mutex_);

    System& system_;
    const DeviceInfo& device_info_;
    const CodedFormatInfo& coded_info_;
    const SessionConfig config_;
    const Logger& log_;

    // Taken first, by submit() and drain() only: they may wait for the device while they hold it,
    // wait() and is_done() never do.
    Mutex submission_mutex_;
    MediaDevice media_ V4L2VA_GUARDED_BY(submission_mutex_);
    SentControls sent_controls_ V4L2VA_GUARDED_BY(submission_mutex_);
    RequestFdPool request_fds_ V4L2VA_GUARDED_BY(submission_mutex_);
    std::vector<std::shared_ptr<Request>> requests_ V4L2VA_GUARDED_BY(submission_mutex_);

    mutable Mutex mutex_;
    DecoderFormats formats_ V4L2VA_GUARDED_BY(mutex_);
    DecoderQueues queues_ V4L2VA_GUARDED_BY(mutex_);
    JobQueue jobs_ V4L2VA_GUARDED_BY(mutex_);
    FrameBinding binding_ V4L2VA_GUARDED_BY(mutex_);
    OpenFrame open_frame_ V4L2VA_GUARDED_BY(mutex_);
    uint64_t next_timestamp_ V4L2VA_GUARDED_BY(mutex_);
};

}  // namespace v4l2va
