// SPDX-License-Identifier: MIT
// Preloaded into stock clients: counts their ioctls on decoders, and notes those that fail.
//
// At exit, and for each failure at once, a line is appended to the file that
// $V4L2VA_TEST_IOCTL_LOG names: "failed FILE TYPE NUMBER ERRNO", "calls COUNT".
#include <dlfcn.h>
#include <fcntl.h>
#include <linux/ioctl.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstdarg>
#include <cstdio>
#include <cstdlib>
#include <string_view>

namespace {

std::atomic<unsigned long> calls{0};

void append(const char* line, int size) {
    const char* path = std::getenv("V4L2VA_TEST_IOCTL_LOG");
    const int fd =
        path && size > 0 ? open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0644) : -1;
    if (fd >= 0) {
        // One write: several threads and processes append.
        (void)!write(fd, line, static_cast<size_t>(size));
        close(fd);
    }
}

// Video and media nodes, requests and dma-bufs; not terminals and render nodes.
bool is_decoders(std::string_view file) {
    return file.starts_with("/dev/video") || file.starts_with("/dev/media") ||
           file.starts_with("anon_inode:") || file.starts_with("/dmabuf");
}

struct AtExit {
    ~AtExit() {
        char line[64];
        append(line, std::snprintf(line, sizeof(line), "calls %lu\n", calls.load()));
    }
} at_exit;

}  // namespace

extern "C" int ioctl(int fd, unsigned long request, ...) {
    using Ioctl = int (*)(int, unsigned long, void*);
    static const auto real = reinterpret_cast<Ioctl>(dlsym(RTLD_NEXT, "ioctl"));
    va_list arguments;
    va_start(arguments, request);
    void* const argument = va_arg(arguments, void*);
    va_end(arguments);
    const int result = real(fd, request, argument);
    const int error = errno;
    char link[64];
    char file[128];
    (void)std::snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
    const ssize_t length = readlink(link, file, sizeof(file) - 1);
    file[length < 0 ? 0 : length] = '\0';
    if (is_decoders(file)) {
        ++calls;
        if (result < 0) {
            char line[256];
            append(line,
                   std::snprintf(line, sizeof(line), "failed %s %c %lu %d\n", file,
                                 static_cast<char>(_IOC_TYPE(request)), _IOC_NR(request), error));
        }
    }
    errno = error;
    return result;
}
