// SPDX-License-Identifier: MIT
// Readiness of a device file through an AF_UNIX stream pair.
#include "host/ready_socket.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <cerrno>

#include "host/real_calls.h"

namespace vdec {
namespace {

void fill_send_buffer(int fd) {
    static const char kBytes[4096] = {};
    while (send(fd, kBytes, sizeof kBytes, MSG_DONTWAIT | MSG_NOSIGNAL) > 0) {
    }
    while (send(fd, kBytes, 1, MSG_DONTWAIT | MSG_NOSIGNAL) > 0) {
    }
}

void drain(int fd) {
    char bytes[4096];
    while (recv(fd, bytes, sizeof bytes, MSG_DONTWAIT) > 0) {
    }
}

// Moves our end above the numbers that programs expect to be free (shells use 3 to 9 by number).
int moved_up(int fd) {
    const int high = fcntl(fd, F_DUPFD_CLOEXEC, 200);
    if (high < 0) return fd;
    real::close(fd);
    return high;
}

}  // namespace

std::unique_ptr<ReadySocket> ReadySocket::create(int open_flags, int& client_fd) {
    int fds[2];
    int type = SOCK_STREAM;
    if ((open_flags & O_CLOEXEC) != 0) type |= SOCK_CLOEXEC;
    if (socketpair(AF_UNIX, type, 0, fds) != 0) return nullptr;
    // The lower number goes to the client, as open() promises.
    client_fd = fds[0];
    const int small = 1;
    setsockopt(client_fd, SOL_SOCKET, SO_SNDBUF, &small, sizeof small);
    fill_send_buffer(client_fd);
    if ((open_flags & O_NONBLOCK) != 0) fcntl(client_fd, F_SETFL, O_RDWR | O_NONBLOCK);
    struct stat st = {};
    real::fstat(client_fd, &st);
    const int ours = moved_up(fds[1]);
    fcntl(ours, F_SETFD, FD_CLOEXEC);
    return std::unique_ptr<ReadySocket>(new ReadySocket(ours, st.st_ino));
}

ReadySocket::~ReadySocket() { hang_up(); }

void ReadySocket::hang_up() {
    if (fd_ >= 0) real::close(fd_);
    fd_ = -1;
}

void ReadySocket::set_in(bool ready, int client_fd) {
    if (ready == in_) return;
    in_ = ready;
    if (ready) {
        send(fd_, "i", 1, MSG_DONTWAIT | MSG_NOSIGNAL);
    } else {
        drain(client_fd);
    }
}

void ReadySocket::set_out(bool ready, int client_fd) {
    if (ready == out_) return;
    out_ = ready;
    if (ready) {
        drain(fd_);
    } else {
        fill_send_buffer(client_fd);
    }
}

void ReadySocket::set_pri(bool ready, int client_fd) {
    if (ready == pri_) return;
    pri_ = ready;
    if (ready) {
        send(fd_, "p", 1, MSG_OOB | MSG_DONTWAIT | MSG_NOSIGNAL);
    } else {
        char byte;
        recv(client_fd, &byte, 1, MSG_OOB | MSG_DONTWAIT);
        drain(client_fd);
    }
}

bool ReadySocket::hung_up() const {
    pollfd state = {fd_, 0, 0};
    const struct timespec now = {};
    return real::ppoll(&state, 1, &now, nullptr) == 1 && (state.revents & POLLHUP) != 0;
}

}  // namespace vdec
