// SPDX-License-Identifier: MIT
// DRM_IOCTL_VERSION of the virtual render node, and its memory.
#include "node/drm_node.h"

#include <sys/sysmacros.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <string_view>

#include "host/options.h"
#include "host/user_memory.h"
#include "machines/machine.h"

namespace vdec {
namespace {

constexpr uint32_t kDrmType = 0x6400;  // 'd'
constexpr uint32_t kDrmVersionNumber = kDrmType | 0;

// As in <drm/drm.h>, which is not installed everywhere.
struct DrmVersion {
    int major;
    int minor;
    int patch_level;
    size_t name_length;
    char* name;
    size_t date_length;
    char* date;
    size_t description_length;
    char* description;
};

// Copies what fits and reports the whole length, as DRM does.
bool put_text(std::string_view text, char* user, size_t& length) {
    const size_t fits = std::min(text.size(), length);
    length = text.size();
    return user == nullptr || copy_to_user(user, text.data(), fits);
}

}  // namespace

dev_t DrmNode::device_number() const { return makedev(kDrmMajor, kDrmMinor); }

int DrmNode::ioctl(int, uint32_t request, void* arg) {
    if ((request & 0xff00) != kDrmType) return -ENOTTY;
    if ((request & 0xffff) != kDrmVersionNumber) {
        return options().gpu_memory ? buffers_.ioctl(request & 0xff, arg) : -ENOTTY;
    }
    DrmVersion version;
    if (!copy_from_user(&version, arg, sizeof version)) return -EFAULT;
    version.major = 1;
    version.minor = 0;
    version.patch_level = 0;
    const bool ok = put_text(options().drm_name, version.name, version.name_length) &&
                    put_text("20240101", version.date, version.date_length) &&
                    put_text("virtual GPU", version.description, version.description_length);
    return ok && copy_to_user(arg, &version, sizeof version) ? 0 : -EFAULT;
}

int DrmNode::memory_for_mmap(size_t, int, int, off_t offset) { return buffers_.memory_at(offset); }

}  // namespace vdec
