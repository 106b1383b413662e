// SPDX-License-Identifier: MIT
// Interposed directory listing: adds the virtual files to /dev, /dev/dri and the sysfs directories.
#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <map>
#include <mutex>
#include <vector>

#include "host/real_calls.h"
#include "interpose/interpose.h"
#include "interpose/open_node.h"
#include "interpose/virtual_tree.h"

namespace vdec {
namespace {

// The names still to be delivered after the real ones of an open directory.
struct Listing {
    std::string path;
    std::vector<std::string> names;
    size_t next = 0;
    dirent entry = {};
};

struct Listings {
    std::mutex mutex;
    std::map<DIR*, Listing> open;
    std::atomic<bool> any = false;
};

Listings& listings() {
    static Listings* const instance = new Listings;
    return *instance;
}

void remember(DIR* dir, const std::string& path) {
    std::vector<std::string> names = tree_children(path);
    if (dir == nullptr || names.empty()) return;
    const std::lock_guard<std::mutex> guard(listings().mutex);
    listings().open[dir] = {path, std::move(names), 0, {}};
    listings().any = true;
}

unsigned char type_of(const std::string& path) {
    switch (tree_lookup(path, false).kind) {
        case TreeEntry::Kind::directory:
            return DT_DIR;
        case TreeEntry::Kind::text:
            return DT_REG;
        case TreeEntry::Kind::link:
            return DT_LNK;
        default:
            return DT_CHR;
    }
}

// The next virtual entry of `dir`; nullptr at the end, or when it has none.
dirent* next_virtual(DIR* dir) {
    if (!listings().any) return nullptr;
    const std::lock_guard<std::mutex> guard(listings().mutex);
    const auto found = listings().open.find(dir);
    if (found == listings().open.end()) return nullptr;
    Listing& listing = found->second;
    while (listing.next < listing.names.size()) {
        const std::string& name = listing.names[listing.next++];
        const std::string path = listing.path + "/" + name;
        struct stat st = {};
        // What exists for real was listed already.
        if (real::fstatat(AT_FDCWD, path.c_str(), &st, AT_SYMLINK_NOFOLLOW) == 0) continue;
        listing.entry = {};
        listing.entry.d_ino = 0x7ec0000 + listing.next;
        listing.entry.d_off = static_cast<off_t>(listing.next);
        listing.entry.d_reclen = sizeof(dirent);
        listing.entry.d_type = type_of(path);
        std::snprintf(listing.entry.d_name, sizeof listing.entry.d_name, "%s", name.c_str());
        return &listing.entry;
    }
    return nullptr;
}

std::string path_of_fd(int fd) {
    char link[40];
    char target[256];
    std::snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    const ssize_t length = real::readlinkat(AT_FDCWD, link, target, sizeof target);
    return length > 0 ? std::string(target, static_cast<size_t>(length)) : "";
}

DIR* open_directory(const char* path) {
    using Function = DIR* (*)(const char*);
    static constinit real::Next<Function> real_opendir("opendir");
    const bool candidate = path != nullptr && (std::strncmp(path, "/dev", 4) == 0 ||
                                               std::strncmp(path, "/sys", 4) == 0);
    if (!candidate) return real_opendir.get()(path);
    DIR* dir = real_opendir.get()(path);
    if (dir == nullptr && errno == ENOENT &&
        tree_lookup(path, true).kind == TreeEntry::Kind::directory) {
        const int fd = open_empty_directory();
        using FromFd = DIR* (*)(int);
        if (fd >= 0) dir = real::next<FromFd>("fdopendir")(fd);
    }
    remember(dir, path);
    return dir;
}

}  // namespace
}  // namespace vdec

using namespace vdec;

VDEC_EXPORT DIR* opendir(const char* path) { return open_directory(path); }

VDEC_EXPORT DIR* fdopendir(int fd) {
    using Function = DIR* (*)(int);
    DIR* dir = real::next<Function>("fdopendir")(fd);
    const std::string path = path_of_fd(fd);
    if (path.starts_with("/dev") || path.starts_with("/sys")) remember(dir, path);
    return dir;
}

VDEC_EXPORT struct dirent* readdir(DIR* dir) {
    using Function = struct dirent* (*)(DIR*);
    static constinit real::Next<Function> real_readdir("readdir");
    struct dirent* entry = real_readdir.get()(dir);
    return entry != nullptr ? entry : next_virtual(dir);
}

VDEC_EXPORT struct dirent64* readdir64(DIR* dir) {
    using Function = struct dirent64* (*)(DIR*);
    static constinit real::Next<Function> real_readdir("readdir64");
    struct dirent64* entry = real_readdir.get()(dir);
    return entry != nullptr ? entry : reinterpret_cast<struct dirent64*>(next_virtual(dir));
}

VDEC_EXPORT void rewinddir(DIR* dir) noexcept {
    using Function = void (*)(DIR*);
    real::next<Function>("rewinddir")(dir);
    const std::lock_guard<std::mutex> guard(listings().mutex);
    const auto found = listings().open.find(dir);
    if (found != listings().open.end()) found->second.next = 0;
}

VDEC_EXPORT int closedir(DIR* dir) {
    using Function = int (*)(DIR*);
    static constinit real::Next<Function> real_closedir("closedir");
    if (listings().any) {
        const std::lock_guard<std::mutex> guard(listings().mutex);
        listings().open.erase(dir);
    }
    return real_closedir.get()(dir);
}

VDEC_EXPORT int scandir(const char* __restrict path, struct dirent*** __restrict names,
                        int (*selector)(const struct dirent*),
                        int (*compare)(const struct dirent**, const struct dirent**)) {
    DIR* dir = open_directory(path);
    if (dir == nullptr) return -1;
    std::vector<struct dirent*> found;
    while (struct dirent* entry = readdir(dir)) {
        if (selector != nullptr && selector(entry) == 0) continue;
        auto* copy = static_cast<struct dirent*>(std::calloc(1, sizeof(struct dirent)));
        std::memcpy(copy, entry, std::min<size_t>(entry->d_reclen, sizeof *copy));
        found.push_back(copy);
    }
    closedir(dir);
    if (compare != nullptr) {
        std::ranges::sort(found, [compare](const struct dirent* a, const struct dirent* b) {
            return compare(&a, &b) < 0;
        });
    }
    *names = static_cast<struct dirent**>(std::calloc(found.size() + 1, sizeof(struct dirent*)));
    std::ranges::copy(found, *names);
    return static_cast<int>(found.size());
}
