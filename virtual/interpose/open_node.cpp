// SPDX-License-Identifier: MIT
// From a path of the virtual tree to an open file.
#include "interpose/open_node.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>

#include "device/context.h"
#include "device/device.h"
#include "device/media_node.h"
#include "machines/machine.h"
#include "node/bystander_node.h"
#include "node/drm_node.h"
#include "report/report.h"

namespace vdec {
namespace {

int open_text(const std::string& text) {
    const int fd = memfd_create("virtual-sysfs", MFD_CLOEXEC);
    if (fd < 0) return -errno;
    const ssize_t written = write(fd, text.data(), text.size());
    lseek(fd, 0, SEEK_SET);
    return written < 0 ? -errno : fd;
}

void add_video(std::unique_ptr<ReadySocket> socket, unsigned video) {
    Device* device = Device::of_video(video);
    if (device == nullptr) {
        NodeTable::instance().add(std::make_shared<BystanderNode>(std::move(socket), video));
        report().bystander_opened(static_cast<int>(video));
        return;
    }
    auto context = std::make_shared<Context>(std::move(socket), *device);
    NodeTable::instance().add(context);
    const Lock lock(device->mutex);
    device->add(context);
}

int open_device(const DeviceFile& file, int flags) {
    if (const int error = denied(file); error != 0) return -error;
    NodeTable::instance().sweep();
    Device::opened();
    report().other(OtherCall::open);
    int client = -1;
    auto socket = ReadySocket::create(flags, client);
    if (socket == nullptr) return -errno;
    switch (file.kind) {
        case DeviceFile::Kind::video:
            add_video(std::move(socket), minor(file.number));
            break;
        case DeviceFile::Kind::media:
            NodeTable::instance().add(
                std::make_shared<MediaNode>(std::move(socket), minor(file.number)));
            break;
        case DeviceFile::Kind::drm:
            NodeTable::instance().add(std::make_shared<DrmNode>(std::move(socket)));
            break;
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
        case TreeEntry::Kind::drm: {
            if ((flags & O_DIRECTORY) != 0) return -ENOTDIR;
            const DeviceFile* file = find_device_file(entry.number);
            return file != nullptr ? open_device(*file, flags) : -ENOENT;
        }
        case TreeEntry::Kind::text:
            return open_text(entry.content);
        case TreeEntry::Kind::directory:
            return open_empty_directory();
        default:
            return -ENOENT;
    }
}

}  // namespace vdec
