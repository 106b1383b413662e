// SPDX-License-Identifier: MIT
// The call counters, the table of V4L2VA_VIRTUAL_COUNT and the JSON file of V4L2VA_VIRTUAL_REPORT.
#include "report/report.h"

#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <new>

#include "host/options.h"
#include "machines/machine.h"
#include "report/judge.h"

namespace vdec {
namespace {

constexpr uint64_t kSteadyStart = 20;
constexpr int kStrictExitCode = 70;

const char* name_of(OtherCall call) {
    switch (call) {
        case OtherCall::open:
            return "open";
        case OtherCall::close:
            return "close";
        case OtherCall::mmap:
            return "mmap";
        case OtherCall::poll:
            return "poll";
        case OtherCall::dma_buf_sync:
            return "dma_buf_sync";
    }
    return "";
}

std::map<std::string, uint64_t> minus(const std::map<std::string, uint64_t>& a,
                                      const std::map<std::string, uint64_t>& b) {
    std::map<std::string, uint64_t> result;
    for (const auto& [name, count] : a) {
        const auto found = b.find(name);
        const uint64_t difference = count - (found == b.end() ? 0 : found->second);
        if (difference > 0) result[name] = difference;
    }
    return result;
}

uint64_t sum(const std::map<std::string, uint64_t>& counts) {
    uint64_t total = 0;
    for (const auto& [name, count] : counts) total += count;
    return total;
}

std::string quoted(const std::string& text) {
    std::string result = "\"";
    for (const char c : text) {
        if (c == '"' || c == '\\') result += '\\';
        result += static_cast<unsigned char>(c) < 0x20 ? ' ' : c;
    }
    return result + '"';
}

std::string json(const std::map<std::string, uint64_t>& counts) {
    std::string result = "{";
    for (const auto& [name, count] : counts) {
        if (result.size() > 1) result += ", ";
        result += quoted(name) + ": " + std::to_string(count);
    }
    return result + "}";
}

std::map<std::string, uint64_t> counts_of(const std::map<std::string, Verdict>& verdicts) {
    std::map<std::string, uint64_t> result;
    for (const auto& [kind, verdict] : verdicts) result[kind] = verdict.count;
    return result;
}

std::string json_examples(const std::map<std::string, Verdict>& verdicts) {
    std::string result = "[";
    for (const auto& [kind, verdict] : verdicts) {
        if (result.size() > 1) result += ", ";
        result += quoted(kind + ": " + verdict.example);
    }
    return result + "]";
}

void print_verdicts(const char* what, const std::map<std::string, Verdict>& verdicts) {
    for (const auto& [kind, verdict] : verdicts) {
        std::fprintf(stderr, "virtual: %s %s: %llu times, first: %s\n", what, kind.c_str(),
                     static_cast<unsigned long long>(verdict.count), verdict.example.c_str());
    }
}

// 'N', 'V', '1', '2'
std::string text_of(uint32_t fourcc) {
    std::string text;
    for (int shift = 0; shift < 32; shift += 8) text += static_cast<char>(fourcc >> shift & 0x7f);
    return text;
}

void print_per_frame(const char* name, uint64_t steady, uint64_t total, uint64_t frames) {
    std::fprintf(stderr, "virtual: %-28s %8.2f %10llu\n", name,
                 frames > 0 ? static_cast<double>(steady) / static_cast<double>(frames) : 0.0,
                 static_cast<unsigned long long>(total));
}

}  // namespace

void Report::device_opened(const std::string& device) {
    const std::lock_guard<std::mutex> guard(mutex_);
    device_ = device;
    owner_pid_ = getpid();
}

void Report::context_opened(int video) {
    const std::lock_guard<std::mutex> guard(mutex_);
    ++contexts_;
    ++nodes_[video].opened;
}

void Report::bystander_opened(int video) {
    const std::lock_guard<std::mutex> guard(mutex_);
    ++nodes_[video].opened;
}

void Report::ioctl(const char* name, int result, bool streaming) {
    const std::lock_guard<std::mutex> guard(mutex_);
    ++totals_.ioctls[name];
    if (result >= 0) return;
    auto& table = streaming ? failed_ : failed_probes_;
    ++table[std::string(name) + ":" + strerrorname_np(-result)];
}

void Report::other(OtherCall call) {
    const std::lock_guard<std::mutex> guard(mutex_);
    if (call == OtherCall::poll) {
        ++totals_.polls;
    } else if (call == OtherCall::dma_buf_sync) {
        ++totals_.dma_buf_syncs;
    } else {
        ++totals_.other[name_of(call)];
    }
}

void Report::frame_queued() {
    const std::lock_guard<std::mutex> guard(mutex_);
    ++queued_frames_;
    at_last_frame_ = totals_;
    if (queued_frames_ == kSteadyStart) at_steady_start_ = totals_;
}

void Report::primary_ref_frame(bool lost) {
    const std::lock_guard<std::mutex> guard(mutex_);
    ++primary_ref_frames_;
    lost_primary_ref_frames_ += lost ? 1 : 0;
}

void Report::frame_done(int video, const char* codec, uint32_t capture_fourcc) {
    const std::lock_guard<std::mutex> guard(mutex_);
    ++nodes_[video].frames[codec];
    ++frames_;
    ++frames_by_codec_[codec];
    ++frames_by_format_[text_of(capture_fourcc)];
}

void Report::job_hung() {
    const std::lock_guard<std::mutex> guard(mutex_);
    ++hung_jobs_;
}

uint64_t Report::frames() const {
    const std::lock_guard<std::mutex> guard(mutex_);
    return frames_;
}

uint64_t Report::steady_frames() const {
    return queued_frames_ > kSteadyStart ? queued_frames_ - kSteadyStart : 0;
}

CallCounts Report::steady() const {
    CallCounts result;
    if (steady_frames() == 0) return result;
    result.ioctls = minus(at_last_frame_.ioctls, at_steady_start_.ioctls);
    result.other = minus(at_last_frame_.other, at_steady_start_.other);
    result.polls = at_last_frame_.polls - at_steady_start_.polls;
    result.dma_buf_syncs = at_last_frame_.dma_buf_syncs - at_steady_start_.dma_buf_syncs;
    return result;
}

void Report::print_counts() const {
    const CallCounts per = steady();
    const uint64_t frames = steady_frames();
    std::fprintf(stderr, "virtual: frames decoded: %llu in %llu contexts (steady state: %llu)\n",
                 static_cast<unsigned long long>(frames_),
                 static_cast<unsigned long long>(contexts_),
                 static_cast<unsigned long long>(frames));
    std::fprintf(stderr, "virtual: %-28s %8s %10s\n", "call", "per frame", "total");
    print_per_frame("all ioctls", sum(per.ioctls), sum(totals_.ioctls), frames);
    for (const auto& [name, total] : totals_.ioctls) {
        const auto found = per.ioctls.find(name);
        print_per_frame(name.c_str(), found == per.ioctls.end() ? 0 : found->second, total, frames);
    }
    print_per_frame("poll", per.polls, totals_.polls, frames);
    for (const auto& [name, total] : totals_.other) {
        const auto found = per.other.find(name);
        print_per_frame(name.c_str(), found == per.other.end() ? 0 : found->second, total, frames);
    }
    print_per_frame("DMA_BUF_IOCTL_SYNC", per.dma_buf_syncs, totals_.dma_buf_syncs, frames);
    for (const auto& [name, count] : failed_) {
        std::fprintf(stderr, "virtual: failed %s: %llu\n", name.c_str(),
                     static_cast<unsigned long long>(count));
    }
}

std::string Report::nodes_json() const {
    std::string result = "[";
    for (const NodeRow& row : machine().nodes) {
        const auto found = nodes_.find(row.video);
        if (found == nodes_.end()) continue;
        if (result.size() > 1) result += ",\n  ";
        result += "{\"video\": " + quoted("video" + std::to_string(row.video)) +
                  ", \"driver\": " + quoted(driver_of(row)) +
                  ", \"card\": " + quoted(card_of(row)) +
                  ", \"personality\": " + quoted(row.is_decoder() ? row.name : "") +
                  ", \"opened\": " + std::to_string(found->second.opened) +
                  ", \"frames\": " + json(found->second.frames) + "}";
    }
    return result + "]";
}

void Report::write_json() const {
    const bool noteworthy =
        frames_ > 0 || !judge().violations().empty() || !failed_.empty() || hung_jobs_ > 0;
    if (options().report_dir.empty() || !noteworthy) return;
    const std::string path = options().report_dir + "/report-" + std::to_string(getpid()) + ".json";
    // In one step: a process killed while it writes leaves what was there before.
    const std::string part = path + ".part";
    std::FILE* file = std::fopen(part.c_str(), "we");
    if (file == nullptr) {
        std::fprintf(stderr, "virtual: cannot write %s: %s\n", part.c_str(), std::strerror(errno));
        return;
    }
    const CallCounts per = steady();
    const auto violations = judge().violations();
    const auto errors = judge().stream_errors();
    const uint64_t frames = steady_frames();
    std::string text = "{\"device\": " + quoted(device_);
    text += ",\n \"contexts\": " + std::to_string(contexts_);
    text += ",\n \"frames\": " + json(frames_by_codec_);
    text += ",\n \"capture_formats\": " + json(frames_by_format_);
    text += ",\n \"hung_jobs\": " + std::to_string(hung_jobs_);
    text += ",\n \"primary_ref_frames\": {\"used\": " + std::to_string(primary_ref_frames_);
    text += ", \"lost\": " + std::to_string(lost_primary_ref_frames_) + "}";
    text += ",\n \"nodes\": " + nodes_json();
    text += ",\n \"violations\": " + json(counts_of(violations));
    text += ",\n \"violation_examples\": " + json_examples(violations);
    text += ",\n \"stream_errors\": " + json(counts_of(errors));
    text += ",\n \"failed_ioctls\": " + json(failed_);
    text += ",\n \"failed_probes\": " + json(failed_probes_);
    text += ",\n \"ioctls\": " + json(totals_.ioctls);
    text += ",\n \"polls\": " + std::to_string(totals_.polls);
    text += ",\n \"other\": " + json(totals_.other);
    text += ",\n \"dma_buf_syncs\": " + std::to_string(totals_.dma_buf_syncs);
    text += ",\n \"steady\": {\"frames\": " + std::to_string(frames);
    text += ", \"ioctls\": " + json(per.ioctls) + ", \"polls\": " + std::to_string(per.polls);
    text += ", \"dma_buf_syncs\": " + std::to_string(per.dma_buf_syncs);
    text += ", \"other\": " + json(per.other) + "}}\n";
    std::fwrite(text.data(), 1, text.size(), file);
    std::fclose(file);
    std::rename(part.c_str(), path.c_str());
}

void Report::save() const {
    const std::lock_guard<std::mutex> guard(mutex_);
    if (!finished_ && owner_pid_ == getpid()) write_json();
}

int Report::finish() {
    const std::lock_guard<std::mutex> guard(mutex_);
    // A vfork child shares this memory; only the process that opened the device reports.
    if (finished_ || owner_pid_ == 0 || owner_pid_ != getpid()) return -1;
    finished_ = true;
    const auto violations = judge().violations();
    print_verdicts("violation", violations);
    if (options().count && (frames_ > 0 || contexts_ > 0)) {
        print_verdicts("stream error", judge().stream_errors());
        print_counts();
    }
    write_json();
    return options().strict && !violations.empty() ? kStrictExitCode : -1;
}

void Report::restart_in_child() {
    // The fork handlers hold no lock of ours; the parent's other threads are gone.
    new (&mutex_) std::mutex;
    finished_ = false;
    owner_pid_ = 0;
    contexts_ = 0;
    frames_ = 0;
    queued_frames_ = 0;
    hung_jobs_ = 0;
    frames_by_codec_.clear();
    frames_by_format_.clear();
    primary_ref_frames_ = 0;
    lost_primary_ref_frames_ = 0;
    nodes_.clear();
    failed_.clear();
    failed_probes_.clear();
    totals_ = {};
    at_steady_start_ = {};
    at_last_frame_ = {};
}

Report& report() {
    static Report* const instance = new Report;
    return *instance;
}

}  // namespace vdec
