// SPDX-License-Identifier: MIT
// System: the only door to the kernel. KernelSystem in the driver, a fake in the unit tests.
#pragma once

#include <sys/stat.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/mapping.h"
#include "base/result.h"
#include "base/unique_fd.h"

namespace v4l2va {

// What poll() found. Both false: the time was over.
struct PollResult {
    bool ready = false;   // the asked event
    bool failed = false;  // POLLERR, POLLHUP or POLLNVAL
};

enum class PollFor : uint8_t {
    kRequestDone,  // POLLPRI on a request fd
    kReadersGone,  // POLLOUT on a dma-buf: no fence of a reader or a writer is left on it
};

// Thread-safe; holds no state. Every call retries on EINTR by itself (poll with the time left).
// Errors carry errno; `op` is the literal that the caller gave.
class System {
  public:
    virtual ~System() = default;

    // Names (not paths) in a directory, sorted; "." and ".." left out. Uses opendir only.
    [[nodiscard]] virtual Result<std::vector<std::string>> list(const char* directory) = 0;
    [[nodiscard]] virtual Result<struct stat> status(const char* path) = 0;
    // O_RDWR | O_CLOEXEC | O_NONBLOCK.
    [[nodiscard]] virtual Result<UniqueFd> open(const char* path) = 0;
    // `argument` points to the struct that `request` names. Returns the ioctl's own result (>= 0).
    [[nodiscard]] virtual Result<int> ioctl(int fd, unsigned long request, void* argument,
                                            const char* op) = 0;
    // PROT_READ | PROT_WRITE, MAP_SHARED.
    [[nodiscard]] virtual Result<Mapping> map(int fd, size_t size, uint64_t offset,
                                              const char* op) = 0;
    // `timeout_ns`: 0 asks without waiting; UINT64_MAX waits for ever.
    [[nodiscard]] virtual Result<PollResult> poll(int fd, PollFor event, uint64_t timeout_ns) = 0;
    // F_DUPFD_CLOEXEC.
    [[nodiscard]] virtual Result<UniqueFd> duplicate(int fd) = 0;
    // The size in bytes that the dma-buf behind `fd` has (lseek SEEK_END).
    [[nodiscard]] virtual Result<uint64_t> size_of(int fd) = 0;
};

class KernelSystem final : public System {
  public:
    Result<std::vector<std::string>> list(const char* directory) override;
    Result<struct stat> status(const char* path) override;
    Result<UniqueFd> open(const char* path) override;
    Result<int> ioctl(int fd, unsigned long request, void* argument, const char* op) override;
    Result<Mapping> map(int fd, size_t size, uint64_t offset, const char* op) override;
    Result<PollResult> poll(int fd, PollFor event, uint64_t timeout_ns) override;
    Result<UniqueFd> duplicate(int fd) override;
    Result<uint64_t> size_of(int fd) override;
};

// Paths of the nodes in `directory` whose names are `prefix` and a number, in the order of the
// numbers: /dev/media2 before /dev/media10.
[[nodiscard]] Result<std::vector<std::string>> list_nodes(System& system,
                                                          const std::string& directory,
                                                          std::string_view prefix);

// The ErrorCode that fits an errno of the V4L2 and media ioctls: ENOMEM, ENOBUFS, ENOSPC ->
// kNoMemory; EBUSY -> kBusy; ENODEV, ENXIO, ENOENT -> kNoDevice; EACCES, EPERM -> kPermission;
// ETIMEDOUT -> kTimeout; else kKernel.
[[nodiscard]] ErrorCode error_code_from_errno(int sys_errno);

}  // namespace v4l2va
