// SPDX-License-Identifier: MIT
// ReadySocket: the socketpair behind a device file, which makes poll, select and epoll work as is.
#pragma once

#include <sys/types.h>

#include <memory>

namespace vdec {

// The client holds one end. We raise POLLIN by writing a byte, POLLOUT by draining a send buffer
// that is otherwise full, POLLPRI by out-of-band data. Clearing needs a file descriptor of the
// client's end, which every ioctl that clears something has. Not thread-safe.
class ReadySocket {
  public:
    // Returns nullptr on an error (errno is set). `client_fd` receives the client's end, with
    // O_NONBLOCK and O_CLOEXEC of `open_flags`.
    static std::unique_ptr<ReadySocket> create(int open_flags, int& client_fd);
    ~ReadySocket();
    ReadySocket(const ReadySocket&) = delete;
    ReadySocket& operator=(const ReadySocket&) = delete;

    void set_in(bool ready, int client_fd);
    void set_out(bool ready, int client_fd);
    void set_pri(bool ready, int client_fd);

    // Closes our end; nothing can be set any more.
    void hang_up();
    // True when the client closed the last file descriptor of its end.
    [[nodiscard]] bool hung_up() const;
    // Inode of the client's end: what identifies the open file, whatever its number.
    [[nodiscard]] ino_t client_inode() const { return client_inode_; }

  private:
    ReadySocket(int fd, ino_t client_inode) : fd_(fd), client_inode_(client_inode) {}

    int fd_;
    ino_t client_inode_;
    bool in_ = false;
    bool out_ = false;
    bool pri_ = false;
};

}  // namespace vdec
