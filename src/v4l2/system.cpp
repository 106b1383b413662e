// SPDX-License-Identifier: MIT
// KernelSystem: every system call of the driver.
#include "v4l2/system.h"

#include <dirent.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <ctime>
#include <memory>
#include <string_view>

namespace v4l2va {

namespace {

constexpr uint64_t kForever = UINT64_MAX;
constexpr uint64_t kNsPerMs = 1'000'000;

tl::unexpected<Error> fail_errno(const char* op) {
    const int sys_errno = errno;
    return fail(error_code_from_errno(sys_errno), op, sys_errno);
}

// CLOCK_MONOTONIC: a change of the wall clock must not stretch a timeout.
uint64_t monotonic_ns() {
    timespec now{};
    (void)::clock_gettime(CLOCK_MONOTONIC, &now);
    return static_cast<uint64_t>(now.tv_sec) * 1'000'000'000 + static_cast<uint64_t>(now.tv_nsec);
}

// poll() takes milliseconds in an int; rounded up, so that a short timeout still waits.
int poll_timeout_ms(uint64_t timeout_ns) {
    if (timeout_ns == kForever) {
        return -1;
    }
    const uint64_t ms = timeout_ns / kNsPerMs + (timeout_ns % kNsPerMs != 0 ? 1 : 0);
    return static_cast<int>(std::min<uint64_t>(ms, INT_MAX));
}

struct CloseDirectory {
    void operator()(DIR* directory) const { (void)::closedir(directory); }
};

}  // namespace

Result<std::vector<std::string>> KernelSystem::list(const char* directory) {
    const std::unique_ptr<DIR, CloseDirectory> stream(::opendir(directory));
    if (!stream) {
        return fail_errno("opendir");
    }
    std::vector<std::string> names;
    while (const dirent* entry = ::readdir(stream.get())) {
        const std::string_view name = entry->d_name;
        if (name != "." && name != "..") {
            names.emplace_back(name);
        }
    }
    std::sort(names.begin(), names.end());
    return names;
}

Result<struct stat> KernelSystem::status(const char* path) {
    struct stat result {};
    if (::stat(path, &result) != 0) {
        return fail_errno("stat");
    }
    return result;
}

Result<UniqueFd> KernelSystem::open(const char* path) {
    int fd = -1;
    do {
        fd = ::open(path, O_RDWR | O_CLOEXEC | O_NONBLOCK);
    } while (fd < 0 && errno == EINTR);
    if (fd < 0) {
        return fail_errno("open");
    }
    return UniqueFd(fd);
}

Result<int> KernelSystem::ioctl(int fd, unsigned long request, void* argument, const char* op) {
    int result = -1;
    do {
        result = ::ioctl(fd, request, argument);
    } while (result < 0 && errno == EINTR);
    if (result < 0) {
        return fail_errno(op);
    }
    return result;
}

Result<Mapping> KernelSystem::map(int fd, size_t size, uint64_t offset, const char* op) {
    void* const data =
        ::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, static_cast<off_t>(offset));
    if (data == MAP_FAILED) {
        return fail_errno(op);
    }
    return Mapping(data, size);
}

Result<PollResult> KernelSystem::poll(int fd, PollFor event, uint64_t timeout_ns) {
    const short events = event == PollFor::kRequestDone ? POLLPRI : POLLOUT;
    pollfd entry{fd, events, 0};
    const bool bounded = timeout_ns != kForever && timeout_ns != 0;
    const uint64_t start = bounded ? monotonic_ns() : 0;
    uint64_t left = timeout_ns;
    int ready = 0;
    while ((ready = ::poll(&entry, 1, poll_timeout_ms(left))) < 0) {
        if (errno != EINTR) {
            return fail_errno("poll");
        }
        if (bounded) {
            const uint64_t spent = monotonic_ns() - start;
            left = spent < timeout_ns ? timeout_ns - spent : 0;
        }
    }
    PollResult result;
    result.ready = (entry.revents & events) != 0;
    result.failed = (entry.revents & (POLLERR | POLLHUP | POLLNVAL)) != 0;
    return result;
}

Result<UniqueFd> KernelSystem::duplicate(int fd) {
    const int copy = ::fcntl(fd, F_DUPFD_CLOEXEC, 0);
    if (copy < 0) {
        return fail_errno("F_DUPFD_CLOEXEC");
    }
    return UniqueFd(copy);
}

Result<uint64_t> KernelSystem::size_of(int fd) {
    const off_t size = ::lseek(fd, 0, SEEK_END);
    if (size < 0) {
        return fail_errno("lseek dma-buf");
    }
    return static_cast<uint64_t>(size);
}

Result<std::vector<std::string>> list_nodes(System& system, const std::string& directory,
                                            std::string_view prefix) {
    const auto names = system.list(directory.c_str());
    if (!names) {
        return fail(names.error());
    }
    std::vector<std::string> paths;
    for (const std::string& name : *names) {
        if (name.starts_with(prefix) && name.size() > prefix.size() &&
            name.find_first_not_of("0123456789", prefix.size()) == std::string::npos) {
            paths.push_back(directory + "/" + name);
        }
    }
    std::sort(paths.begin(), paths.end(), [](const std::string& a, const std::string& b) {
        return a.size() != b.size() ? a.size() < b.size() : a < b;
    });
    return paths;
}

ErrorCode error_code_from_errno(int sys_errno) {
    switch (sys_errno) {
        case ENOMEM:
        case ENOBUFS:
        case ENOSPC:
            return ErrorCode::kNoMemory;
        case EBUSY:
            return ErrorCode::kBusy;
        case ENODEV:
        case ENXIO:
        case ENOENT:
            return ErrorCode::kNoDevice;
        case EACCES:
        case EPERM:
            return ErrorCode::kPermission;
        case ETIMEDOUT:
            return ErrorCode::kTimeout;
        default:
            return ErrorCode::kKernel;
    }
}

}  // namespace v4l2va
