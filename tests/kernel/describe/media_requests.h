// SPDX-License-Identifier: MIT
// MediaRequests: a media device that hands out requests.
#pragma once

#include <string>

class MediaRequests {
  public:
    // Ends the program where it cannot be opened.
    explicit MediaRequests(const std::string& path);
    ~MediaRequests();
    MediaRequests(const MediaRequests&) = delete;
    MediaRequests& operator=(const MediaRequests&) = delete;

    [[nodiscard]] int fd() const { return fd_; }
    // A request, which the caller closes; ends the program where there is none.
    [[nodiscard]] int allocate() const;

  private:
    int fd_;
};

// "0" or the error's name, of MEDIA_REQUEST_IOC_QUEUE and other calls without an argument.
std::string request_result(int request, unsigned long call);
// What poll() says of a file at once: the events that are there, or that none is.
std::string poll_now(int fd, short events);
