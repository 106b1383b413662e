// SPDX-License-Identifier: MIT
// From a path of the virtual tree to an open file.
#include "open_node.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>

#include "context.h"
#include "device.h"
#include "drm_node.h"
#include "media_node.h"
#include "report.h"

namespace vdec {
namespace {

int open_text(const std::string& text) {
    const int fd = memfd_create("virtual-sysfs", MFD_CLOEXEC);
    if (fd < 0) return -errno;
    const ssize_t written = write(fd, text.data(), text.size());
    lseek(fd, 0, SEEK_SET);
    return written < 0 ? -errno : fd;
}

int open_device(TreeEntry::Kind kind, int flags) {
    NodeTable::instance().sweep();
    Device::opened();
    report().other(OtherCall::open);
    int client = -1;
    auto socket = ReadySocket::create(flags, client);
    if (socket == nullptr) return -errno;
    if (kind == TreeEntry::Kind::video) {
        auto context = std::make_shared<Context>(std::move(socket));
        NodeTable::instance().add(context);
        const Lock lock(Device::instance().mutex);
        Device::instance().add(context);
    } else if (kind == TreeEntry::Kind::media) {
        NodeTable::instance().add(std::make_shared<MediaNode>(std::move(socket)));
    } else {
        NodeTable::instance().add(std::make_shared<DrmNode>(std::move(socket)));
    }
    return client;
}

}  // namespace

int open_empty_directory() {
    char path[] = "/tmp/virtual-decoder-XXXXXX";
    if (mkdtemp(path) == nullptr) return -errno;
    const int fd = ::open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    const int error = errno;
    rmdir(path);
    return fd < 0 ? -error : fd;
}

int open_entry(const TreeEntry& entry, int flags) {
    switch (entry.kind) {
        case TreeEntry::Kind::video:
        case TreeEntry::Kind::media:
        case TreeEntry::Kind::drm:
            if ((flags & O_DIRECTORY) != 0) return -ENOTDIR;
            return open_device(entry.kind, flags);
        case TreeEntry::Kind::text:
            return open_text(entry.content);
        case TreeEntry::Kind::directory:
            return open_empty_directory();
        default:
            return -ENOENT;
    }
}

}  // namespace vdec
