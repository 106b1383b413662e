// SPDX-License-Identifier: MIT
// FakeSystem: media devices, m2m queues and requests as the kernel has them, without a kernel.
#include "fake_system.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>

#include "fake_kernel.h"

namespace v4l2va::test {

thread_local int fake_depth = 0;

namespace {

class FakeScope {
  public:
    FakeScope() { ++fake_depth; }
    ~FakeScope() { --fake_depth; }
    FakeScope(const FakeScope&) = delete;
    FakeScope& operator=(const FakeScope&) = delete;
};

}  // namespace

FakeSystem::FakeSystem() : kernel_(std::make_unique<FakeKernel>()) {}
FakeSystem::~FakeSystem() = default;

FakeDevice& FakeSystem::add_device(FakeDevice device) {
    kernel_->devices.push_back(std::make_unique<FakeDevice>(std::move(device)));
    return *kernel_->devices.back();
}

void FakeSystem::set_automatic(bool automatic) {
    const std::lock_guard lock(kernel_->mutex);
    kernel_->automatic = automatic;
    kernel_->run_if_automatic();
}

void FakeSystem::complete_jobs(size_t count) {
    const std::lock_guard lock(kernel_->mutex);
    for (size_t i = 0; i < count && kernel_->run_one(); ++i) {
    }
}

void FakeSystem::damage_next() {
    const std::lock_guard lock(kernel_->mutex);
    kernel_->damage = true;
}

void FakeSystem::fail_call(unsigned long request, int nth, int sys_errno) {
    const std::lock_guard lock(kernel_->mutex);
    kernel_->fail_request = request;
    kernel_->fail_countdown = nth;
    kernel_->fail_errno = sys_errno;
    kernel_->injected = true;
}

void FakeSystem::unplug() {
    const std::lock_guard lock(kernel_->mutex);
    kernel_->unplugged = true;
    kernel_->injected = true;
    for (auto& [inode, request] : kernel_->requests) {
        if (request.state == FakeKernel::Request::State::kQueued) {
            request.state = FakeKernel::Request::State::kComplete;
        }
    }
    kernel_->changed.notify_all();
}

void FakeSystem::make_unmappable(int dma_buf) {
    const std::lock_guard lock(kernel_->mutex);
    kernel_->unmappable.insert(inode_of(dma_buf));
}

void FakeSystem::reset_counts() {
    const std::lock_guard lock(kernel_->mutex);
    for (auto& [request, count] : kernel_->counts) {
        count = 0;
    }
    kernel_->ioctl_count = kernel_->poll_count = kernel_->failed_count = 0;
    kernel_->poll_time_ns = 0;
}

uint64_t FakeSystem::ioctls() const {
    const std::lock_guard lock(kernel_->mutex);
    return kernel_->ioctl_count;
}

uint64_t FakeSystem::calls(unsigned long request) const {
    const std::lock_guard lock(kernel_->mutex);
    const auto found = kernel_->counts.find(request);
    return found == kernel_->counts.end() ? 0 : found->second;
}

uint64_t FakeSystem::polls() const {
    const std::lock_guard lock(kernel_->mutex);
    return kernel_->poll_count;
}

uint64_t FakeSystem::poll_time_ns() const {
    const std::lock_guard lock(kernel_->mutex);
    return kernel_->poll_time_ns;
}

uint64_t FakeSystem::failed_ioctls() const {
    const std::lock_guard lock(kernel_->mutex);
    return kernel_->failed_count;
}

std::vector<FakeSystem::Decoded> FakeSystem::decoded() const {
    const std::lock_guard lock(kernel_->mutex);
    return kernel_->decoded;
}

size_t FakeSystem::open_nodes() const {
    const std::lock_guard lock(kernel_->mutex);
    kernel_->sweep();
    return kernel_->nodes.size();
}

size_t FakeSystem::queued_buffers() const {
    const std::lock_guard lock(kernel_->mutex);
    kernel_->sweep();
    size_t count = 0;
    for (const auto& [inode, node] : kernel_->nodes) {
        for (const FakeKernel::Queue* queue : {&node->output, &node->capture}) {
            for (const auto& buffer : queue->buffers) {
                count += buffer->state != FakeKernel::Buffer::State::kDequeued ? 1 : 0;
            }
        }
    }
    return count;
}

size_t FakeSystem::blocking_calls() const {
    const std::lock_guard lock(kernel_->mutex);
    kernel_->sweep();
    return kernel_->blocking_calls;
}

size_t FakeSystem::close_nodes() {
    const std::lock_guard lock(kernel_->mutex);
    kernel_->sweep();
    const size_t count = kernel_->nodes.size();
    for (const auto& [inode, node] : kernel_->nodes) {
        (void)::close(node->fd);
    }
    kernel_->nodes.clear();
    return count;
}

std::vector<std::string> FakeSystem::violations() const {
    const std::lock_guard lock(kernel_->mutex);
    return kernel_->violations;
}

Result<std::vector<std::string>> FakeSystem::list(const char* directory) {
    if (std::string(directory) != "/dev") {
        return fail(ErrorCode::kNoDevice, "opendir", ENOENT);
    }
    std::vector<std::string> names = {"null", "mediatek", "video-notes"};
    for (const auto& device : kernel_->devices) {
        names.push_back(device->media_path.substr(5));
        names.push_back(device->video_path.substr(5));
    }
    std::sort(names.begin(), names.end());
    return names;
}

Result<struct stat> FakeSystem::status(const char* path) {
    for (const auto& device : kernel_->devices) {
        if (device->video_path == path) {
            struct stat result {};
            result.st_mode = S_IFCHR | 0660;
            result.st_rdev = makedev(kVideoMajor, device->minor);
            return result;
        }
    }
    return fail(ErrorCode::kNoDevice, "stat", ENOENT);
}

Result<UniqueFd> FakeSystem::open(const char* path) {
    const std::lock_guard lock(kernel_->mutex);
    kernel_->sweep();
    for (const auto& device : kernel_->devices) {
        const bool is_video = device->video_path == path;
        if (!is_video && device->media_path != path) {
            continue;
        }
        const int sys_errno = kernel_->unplugged ? ENODEV
                              : is_video         ? device->open_errno
                                                 : device->media_open_errno;
        if (sys_errno != 0) {
            return fail(error_code_from_errno(sys_errno), "open", sys_errno);
        }
        UniqueFd fd = make_memory(0);
        if (is_video) {
            auto node = std::make_unique<FakeKernel::Node>();
            node->fd = fd.get();
            node->device = device.get();
            kernel_->nodes[inode_of(fd.get())] = std::move(node);
        } else {
            kernel_->media[inode_of(fd.get())] = {fd.get(), device.get()};
        }
        return fd;
    }
    return fail(ErrorCode::kNoDevice, "open", ENOENT);
}

Result<int> FakeSystem::ioctl(int fd, unsigned long request, void* argument, const char* op) {
    const FakeScope scope;
    const std::lock_guard lock(kernel_->mutex);
    ++kernel_->ioctl_count;
    ++kernel_->counts[request];
    int sys_errno = 0;
    if (kernel_->unplugged) {
        sys_errno = ENODEV;
    } else if (kernel_->fail_countdown > 0 &&
               (kernel_->fail_request == 0 || kernel_->fail_request == request) &&
               --kernel_->fail_countdown == 0) {
        sys_errno = kernel_->fail_errno;
    } else {
        sys_errno = kernel_->dispatch(fd, request, argument);
    }
    if (sys_errno != 0) {
        ++kernel_->failed_count;
        return fail(error_code_from_errno(sys_errno), op, sys_errno);
    }
    return 0;
}

Result<Mapping> FakeSystem::map(int fd, size_t size, uint64_t offset, const char* op) {
    int memory = fd;
    {
        const std::lock_guard lock(kernel_->mutex);
        const auto node = kernel_->nodes.find(inode_of(fd));
        if (node != kernel_->nodes.end()) {
            const auto index = static_cast<size_t>(offset >> 12);
            memory = node->second->output.buffers.at(index)->planes[0].get();
        }
    }
    void* const data = ::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_SHARED, memory, 0);
    if (data == MAP_FAILED) {
        return fail(error_code_from_errno(errno), op, errno);
    }
    return Mapping(data, size);
}

Result<PollResult> FakeSystem::poll(int fd, PollFor event, uint64_t timeout_ns) {
    const FakeScope scope;
    std::unique_lock lock(kernel_->mutex);
    ++kernel_->poll_count;
    kernel_->poll_time_ns += timeout_ns;
    PollResult result;
    const auto found = kernel_->requests.find(inode_of(fd));
    if (event != PollFor::kRequestDone || found == kernel_->requests.end()) {
        result.ready = true;
        return result;
    }
    const auto is_over = [&] { return found->second.state != FakeKernel::Request::State::kQueued; };
    // No test waits longer than this on purpose.
    const auto bound = std::chrono::nanoseconds(std::min<uint64_t>(timeout_ns, 20'000'000'000));
    if (timeout_ns != 0) {
        kernel_->changed.wait_for(lock, bound, is_over);
    }
    result.ready = found->second.state == FakeKernel::Request::State::kComplete;
    result.failed = found->second.state == FakeKernel::Request::State::kIdle;
    return result;
}

Result<UniqueFd> FakeSystem::duplicate(int fd) {
    const int copy = ::fcntl(fd, F_DUPFD_CLOEXEC, 0);
    if (copy < 0) {
        return fail(ErrorCode::kKernel, "F_DUPFD_CLOEXEC", errno);
    }
    return UniqueFd(copy);
}

Result<uint64_t> FakeSystem::size_of(int fd) {
    return static_cast<uint64_t>(::lseek(fd, 0, SEEK_END));
}

size_t open_descriptors() {
    size_t count = 0;
    DIR* const directory = ::opendir("/proc/self/fd");
    while (directory && ::readdir(directory)) {
        ++count;
    }
    if (directory) {
        ::closedir(directory);
    }
    return count;
}

}  // namespace v4l2va::test
