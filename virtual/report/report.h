// SPDX-License-Identifier: MIT
// Counts every call on the device and writes the report when the process ends.
#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <string>

namespace vdec {

// Calls that are counted beside the ioctls.
enum class OtherCall { open, close, mmap, poll, dma_buf_sync };

struct CallCounts {
    std::map<std::string, uint64_t> ioctls;
    std::map<std::string, uint64_t> other;
    uint64_t polls = 0;
    uint64_t dma_buf_syncs = 0;
};

// What became of one video node; they are known by the N of videoN.
struct NodeCounts {
    uint64_t opened = 0;
    std::map<std::string, uint64_t> frames;  // by codec
};

// Thread-safe. "Steady state" is from the queueing of CAPTURE buffer 20 to that of the last:
// and tear-down stay out of the figures per frame, and as many pictures are in flight at both ends.
class Report {
  public:
    void device_opened(const std::string& device);
    void context_opened(int video);  // a decoder's
    void bystander_opened(int video);
    void ioctl(const char* name, int result, bool streaming);
    void other(OtherCall call);
    void frame_queued();  // a CAPTURE buffer
    void job_hung();      // the hardware never answered
    // An AV1 frame that loads probabilities; `lost`: they are no longer in the slot.
    void primary_ref_frame(bool lost);
    void frame_done(int video, const char* codec, uint32_t capture_fourcc);

    // Frames completed by all contexts of the process so far.
    [[nodiscard]] uint64_t frames() const;

    // Writes the file of counts as they are, if there is to be one: the process may be killed
    // later.
    void save() const;
    // Prints and writes what the options ask for, once; returns the exit code to force, or -1.
    int finish();
    // In a forked child: forgets everything; the child is a process of its own.
    void restart_in_child();

  private:
    void print_counts() const;
    void write_json() const;  // when there is anything to tell, and a folder for it
    [[nodiscard]] std::string nodes_json() const;
    [[nodiscard]] CallCounts steady() const;
    [[nodiscard]] uint64_t steady_frames() const;

    mutable std::mutex mutex_;
    bool finished_ = false;
    int owner_pid_ = 0;
    std::string device_;
    uint64_t contexts_ = 0;
    uint64_t frames_ = 0;
    uint64_t queued_frames_ = 0;
    uint64_t hung_jobs_ = 0;
    std::map<std::string, uint64_t> frames_by_codec_;
    std::map<std::string, uint64_t> frames_by_format_;  // of CAPTURE
    uint64_t primary_ref_frames_ = 0;
    uint64_t lost_primary_ref_frames_ = 0;
    std::map<int, NodeCounts> nodes_;
    std::map<std::string, uint64_t> failed_;
    std::map<std::string, uint64_t> failed_probes_;
    CallCounts totals_;
    CallCounts at_steady_start_;
    CallCounts at_last_frame_;
};

Report& report();

}  // namespace vdec
