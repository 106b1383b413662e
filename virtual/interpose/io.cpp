// SPDX-License-Identifier: MIT
// Interposed functions on open files: ioctl, mmap, poll; and the exits that skip destructors.
#include <fcntl.h>
#include <linux/ioctl.h>
#include <poll.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <cstdarg>
#include <cstdio>
#include <memory>
#include <span>
#include <vector>

#include "host/options.h"
#include "host/real_calls.h"
#include "host/shared_memory.h"
#include "interpose/interpose.h"
#include "node/node.h"
#include "report/report.h"

namespace vdec {
namespace {

constexpr unsigned kDmaBufType = 'b';
// A request queued or a queue stopped by another thread changes POLLERR, which no socket shows;
// so a long wait is cut into pieces of this length.
constexpr long kPollSliceNs = 50'000'000;

bool is_dma_buf_sync(int fd, uint32_t request) {
    return _IOC_TYPE(request) == kDmaBufType && _IOC_NR(request) == 0 && dma_buf_size(fd) > 0;
}

void* map_file(void* addr, size_t length, int prot, int flags, int fd, off_t offset) {
    const auto node = fd >= 0 ? NodeTable::instance().find(fd) : nullptr;
    if (node == nullptr) {
        const bool counts = fd >= 0 && !NodeTable::instance().empty() &&
                            (flags & MAP_TYPE) != MAP_PRIVATE && dma_buf_size(fd) > 0;
        if (counts) report().other(OtherCall::mmap);
        return real::mmap(addr, length, prot, flags, fd, offset);
    }
    report().other(OtherCall::mmap);
    const int memory = node->memory_for_mmap(length, prot, flags, offset);
    if (memory >= 0) return real::mmap(addr, length, prot, flags, memory, 0);
    errno = -memory;
    return MAP_FAILED;
}

using Nodes = std::vector<std::shared_ptr<Node>>;

// Replaces the sockets' readiness by that of the device; returns how many entries are ready.
int adjust(std::span<pollfd> fds, const Nodes& nodes) {
    int ready = 0;
    for (size_t i = 0; i < fds.size(); ++i) {
        if (nodes[i] != nullptr)
            fds[i].revents = nodes[i]->adjust_poll(fds[i].events, fds[i].revents);
        if (fds[i].revents != 0) ++ready;
    }
    return ready;
}

timespec minus(const timespec& a, const timespec& b) {
    timespec result = {a.tv_sec - b.tv_sec, a.tv_nsec - b.tv_nsec};
    if (result.tv_nsec < 0) {
        --result.tv_sec;
        result.tv_nsec += 1'000'000'000;
    }
    return result.tv_sec < 0 ? timespec{} : result;
}

int poll_files(std::span<pollfd> fds, const timespec* timeout, const sigset_t* mask) {
    Nodes nodes;
    bool any = false;
    if (!NodeTable::instance().empty()) {
        for (const pollfd& entry : fds) {
            nodes.push_back(NodeTable::instance().find(entry.fd));
            any = any || nodes.back() != nullptr;
        }
    }
    if (!any) return real::ppoll(fds.data(), fds.size(), timeout, mask);
    report().other(OtherCall::poll);
    timespec start = {};
    clock_gettime(CLOCK_MONOTONIC, &start);
    for (;;) {
        timespec slice = {0, kPollSliceNs};
        bool last = false;
        if (timeout != nullptr) {
            timespec now = {};
            clock_gettime(CLOCK_MONOTONIC, &now);
            const timespec left = minus(*timeout, minus(now, start));
            last = left.tv_sec == 0 && left.tv_nsec <= slice.tv_nsec;
            if (last) slice = left;
        }
        for (pollfd& entry : fds) entry.revents = 0;
        if (adjust(fds, nodes) > 0) slice = {};
        const int result = real::ppoll(fds.data(), fds.size(), &slice, mask);
        if (result < 0) return result;
        const int ready = adjust(fds, nodes);
        if (ready > 0 || last) return ready;
    }
}

}  // namespace

void finish_report() {
    const int forced = report().finish();
    if (forced < 0) return;
    std::fflush(nullptr);
    real::exit_group(forced);
}

namespace {
__attribute__((destructor)) void at_unload() { finish_report(); }
}  // namespace
}  // namespace vdec

using namespace vdec;

VDEC_EXPORT int ioctl(int fd, unsigned long request, ...) noexcept {
    va_list args;
    va_start(args, request);
    void* arg = va_arg(args, void*);
    va_end(args);
    const auto number = static_cast<uint32_t>(request);
    const auto node = NodeTable::instance().find(fd);
    if (node != nullptr) return libc_result(node->ioctl(fd, number, arg));
    if (is_dma_buf_sync(fd, number)) {
        report().other(OtherCall::dma_buf_sync);
        return 0;
    }
    return real::ioctl(fd, request, arg);
}

VDEC_EXPORT void* mmap(void* addr, size_t length, int prot, int flags, int fd,
                       off_t offset) noexcept {
    return map_file(addr, length, prot, flags, fd, offset);
}

VDEC_EXPORT void* mmap64(void* addr, size_t length, int prot, int flags, int fd,
                         off64_t offset) noexcept {
    return map_file(addr, length, prot, flags, fd, offset);
}

VDEC_EXPORT int poll(struct pollfd* fds, nfds_t count, int timeout_ms) {
    const timespec timeout = {timeout_ms / 1000, timeout_ms % 1000 * 1'000'000L};
    return poll_files({fds, count}, timeout_ms < 0 ? nullptr : &timeout, nullptr);
}

VDEC_EXPORT int ppoll(struct pollfd* fds, nfds_t count, const struct timespec* timeout,
                      const sigset_t* mask) {
    return poll_files({fds, count}, timeout, mask);
}

VDEC_EXPORT int __poll_chk(struct pollfd* fds, nfds_t count, int timeout_ms, size_t) {
    return poll(fds, count, timeout_ms);
}

VDEC_EXPORT int __ppoll_chk(struct pollfd* fds, nfds_t count, const struct timespec* timeout,
                            const sigset_t* mask, size_t) {
    return ppoll(fds, count, timeout, mask);
}

VDEC_EXPORT void _exit(int status) {
    finish_report();
    real::exit_group(status);
}

VDEC_EXPORT void _Exit(int status) noexcept {
    finish_report();
    real::exit_group(status);
}
