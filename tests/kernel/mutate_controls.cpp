// SPDX-License-Identifier: MIT
// Preloaded into a client: changes fields of the controls that it gives to its requests.
//
// $V4L2VA_TEST_MUTATION is a mutation (control_mutation.h), $V4L2VA_TEST_MUTATIONS a file that has
// one in each line. Jobs are the requests that got controls, of the whole process. A control that
// the client left out, because the device has it, is added; the job behind the mutated one gets the
// right one again. Of several changes the first one that the kernel takes counts; when it refuses
// all, the client's own controls are sent. Each job that a mutation is of leaves a line in the file
// that $V4L2VA_TEST_MUTATION_LOG names, tab separated: the job, the mutation, and `changed CHANGE`,
// by its place among the changes, `refused ERRNO`, `absent` (the client never sent the control), or
// `same` (there is no such element, or the change changes nothing).
// A mutation that cannot be read ends the process with 2.
#include <dlfcn.h>
#include <fcntl.h>
#include <linux/videodev2.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdarg>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <map>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "control_mutation.h"

namespace {

using Payload = std::vector<uint8_t>;

int real_ioctl(int fd, unsigned long request, void* argument) {
    using Ioctl = int (*)(int, unsigned long, void*);
    static const auto real = reinterpret_cast<Ioctl>(dlsym(RTLD_NEXT, "ioctl"));
    return real(fd, request, argument);
}

class Mutations {
  public:
    Mutations();
    // S_EXT_CTRLS, with a request.
    int send(int fd, v4l2_ext_controls& sent);
    // Notes what a client sends.
    void note(int fd, const v4l2_ext_controls& sent);

  private:
    struct Sent {
        Payload payload;
        bool differs = false;  // from what the device has
    };

    void add(const std::string& text);
    void log(const ControlMutation& mutation, const std::string& result) const;
    // What goes to the device: the client's controls, the right ones where it has wrong ones, and
    // those of CHANGED.
    int send_changed(int fd, v4l2_ext_controls& sent, std::map<uint32_t, Payload> changed);
    int send_mutated(int fd, v4l2_ext_controls& sent, const ControlMutation& mutation);

    std::mutex mutex_;
    std::vector<ControlMutation> mutations_;
    std::map<std::pair<int, uint32_t>, Sent> sent_;
    uint64_t job_ = 0;
};

Mutations::Mutations() {
    if (const char* one = std::getenv("V4L2VA_TEST_MUTATION")) add(one);
    if (const char* path = std::getenv("V4L2VA_TEST_MUTATIONS")) {
        std::ifstream file(path);
        for (std::string line; std::getline(file, line);) add(line);
    }
}

void Mutations::add(const std::string& text) {
    const auto mutation = ControlMutation::parse(text);
    if (!mutation) {
        (void)std::fprintf(stderr, "mutate-controls: no mutation: %s\n", text.c_str());
        _exit(2);
    }
    mutations_.push_back(*mutation);
}

void Mutations::log(const ControlMutation& mutation, const std::string& result) const {
    const char* path = std::getenv("V4L2VA_TEST_MUTATION_LOG");
    if (path == nullptr) return;
    std::ofstream(path, std::ios::app)
        << job_ << '\t' << mutation.text() << '\t' << result << std::endl;
}

void Mutations::note(int fd, const v4l2_ext_controls& sent) {
    for (uint32_t i = 0; i < sent.count; ++i) {
        const v4l2_ext_control& control = sent.controls[i];
        if (control.size == 0) continue;
        const auto* const bytes = static_cast<const uint8_t*>(control.ptr);
        sent_[{fd, control.id}].payload.assign(bytes, bytes + control.size);
    }
}

int Mutations::send_changed(int fd, v4l2_ext_controls& sent, std::map<uint32_t, Payload> changed) {
    std::vector<v4l2_ext_control> controls(sent.controls, sent.controls + sent.count);
    const auto set = [&](uint32_t id, Payload& payload) {
        for (v4l2_ext_control& control : controls) {
            if (control.id != id) continue;
            control.ptr = payload.data();
            return;
        }
        v4l2_ext_control added = {};
        added.id = id;
        added.size = static_cast<uint32_t>(payload.size());
        added.ptr = payload.data();
        controls.push_back(added);
    };
    for (auto& [key, one] : sent_) {
        if (key.first == fd && one.differs) set(key.second, one.payload);
    }
    for (auto& [id, payload] : changed) set(id, payload);
    v4l2_ext_controls all = sent;
    all.controls = controls.data();
    all.count = static_cast<uint32_t>(controls.size());
    const int result = real_ioctl(fd, VIDIOC_S_EXT_CTRLS, &all);
    sent.error_idx = all.error_idx;
    if (result != 0) return result;
    for (auto& [key, one] : sent_) {
        if (key.first == fd) one.differs = changed.count(key.second) != 0;
    }
    return result;
}

int Mutations::send_mutated(int fd, v4l2_ext_controls& sent, const ControlMutation& mutation) {
    const auto found = sent_.find({fd, mutation.control()});
    if (found == sent_.end()) {
        log(mutation, "absent");
        return send_changed(fd, sent, {});
    }
    std::string result = "same";
    for (size_t change = 0; change < mutation.changes(); ++change) {
        Payload payload = found->second.payload;
        if (!mutation.apply(change, payload)) continue;
        if (send_changed(fd, sent, {{mutation.control(), payload}}) == 0) {
            log(mutation, "changed " + std::to_string(change));
            return 0;
        }
        result = "refused " + std::to_string(errno);
    }
    log(mutation, result);
    return send_changed(fd, sent, {});
}

int Mutations::send(int fd, v4l2_ext_controls& sent) {
    const std::lock_guard lock(mutex_);
    note(fd, sent);
    int result = 0;
    const ControlMutation* wanted = nullptr;
    for (const ControlMutation& mutation : mutations_) {
        if (mutation.is_of(job_)) wanted = &mutation;
    }
    result = wanted != nullptr ? send_mutated(fd, sent, *wanted) : send_changed(fd, sent, {});
    ++job_;
    return result;
}

}  // namespace

extern "C" int ioctl(int fd, unsigned long request, ...) {
    va_list arguments;
    va_start(arguments, request);
    void* const argument = va_arg(arguments, void*);
    va_end(arguments);
    if (request != VIDIOC_S_EXT_CTRLS) return real_ioctl(fd, request, argument);
    static Mutations mutations;
    auto& sent = *static_cast<v4l2_ext_controls*>(argument);
    if (sent.which == V4L2_CTRL_WHICH_REQUEST_VAL) return mutations.send(fd, sent);
    const int result = real_ioctl(fd, request, argument);
    const int error = errno;
    if (result == 0) mutations.note(fd, sent);
    errno = error;
    return result;
}
