// SPDX-License-Identifier: MIT
// Requests of a media device.
#include "media_requests.h"

#include <fcntl.h>
#include <linux/media.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>

#include "described_node.h"

MediaRequests::MediaRequests(const std::string& path)
    : fd_(open(path.c_str(), O_RDWR | O_CLOEXEC)) {
    if (fd_ >= 0) return;
    std::fprintf(stderr, "%s: %s\n", path.c_str(), error_name().c_str());
    std::exit(1);
}

MediaRequests::~MediaRequests() { close(fd_); }

int MediaRequests::allocate() const {
    int request = -1;
    if (ioctl(fd_, MEDIA_IOC_REQUEST_ALLOC, &request) == 0) return request;
    std::fprintf(stderr, "MEDIA_IOC_REQUEST_ALLOC: %s\n", error_name().c_str());
    std::exit(1);
}

std::string request_result(int request, unsigned long call) {
    return ioctl(request, call) == 0 ? "0" : error_name();
}

std::string poll_now(int fd, short events) {
    pollfd one = {fd, events, 0};
    if (poll(&one, 1, 0) < 0) return error_name();
    return text("%#x", static_cast<unsigned>(one.revents));
}
