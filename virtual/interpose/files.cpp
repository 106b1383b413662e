// SPDX-License-Identifier: MIT
// Interposed functions that take a path or describe a file: open, stat, access, readlink, ...
#include <fcntl.h>
#include <limits.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <algorithm>
#include <cstdarg>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "host/real_calls.h"
#include "interpose/interpose.h"
#include "interpose/open_node.h"
#include "interpose/virtual_tree.h"
#include "machines/machine.h"
#include "node/node.h"
#include "report/report.h"

namespace vdec {

std::string absolute_path(int dir, const char* path) {
    if (path == nullptr) return "";
    if (path[0] == '/') return path;
    if (dir == AT_FDCWD || path[0] == '\0') return "";
    char link[40];
    char target[256];
    std::snprintf(link, sizeof link, "/proc/self/fd/%d", dir);
    const ssize_t length = real::readlinkat(AT_FDCWD, link, target, sizeof target);
    if (length <= 0 || length == static_cast<ssize_t>(sizeof target)) return "";
    const std::string base(target, static_cast<size_t>(length));
    return base.starts_with("/dev") || base.starts_with("/sys") ? base + "/" + path : "";
}

namespace {

// Only absolute paths below these can be ours; decides without allocating.
bool quick_no(int dir, const char* path) {
    if (path == nullptr) return true;
    if (path[0] != '/') return dir == AT_FDCWD;
    return std::strncmp(path, "/dev", 4) != 0 && std::strncmp(path, "/sys", 4) != 0 &&
           path[1] != '/';
}

TreeEntry entry_for(int dir, const char* path, bool follow) {
    if (quick_no(dir, path)) return {};
    const int saved = errno;
    TreeEntry entry = tree_lookup(absolute_path(dir, path), follow);
    errno = saved;
    // A directory that exists for real is used, with our entries added to its listing.
    struct stat st = {};
    if (entry.kind == TreeEntry::Kind::directory && real::fstatat(dir, path, &st, 0) == 0) {
        entry.kind = TreeEntry::Kind::none;
    }
    errno = saved;
    return entry;
}

int open_path(int dir, const char* path, int flags, mode_t mode) {
    const TreeEntry entry = entry_for(dir, path, true);
    if (entry.kind == TreeEntry::Kind::none) return real::openat(dir, path, flags, mode);
    return libc_result(open_entry(entry, flags));
}

void describe(const TreeEntry& entry, struct stat& st) {
    st = {};
    st.st_nlink = 1;
    st.st_blksize = 4096;
    st.st_ino = 0x7ec0000 + static_cast<ino_t>(entry.number);
    switch (entry.kind) {
        case TreeEntry::Kind::directory:
            st.st_mode = S_IFDIR | 0755;
            break;
        case TreeEntry::Kind::text:
            st.st_mode = S_IFREG | 0444;
            st.st_size = static_cast<off_t>(entry.content.size());
            break;
        case TreeEntry::Kind::link:
            st.st_mode = S_IFLNK | 0777;
            st.st_size = static_cast<off_t>(entry.content.size());
            break;
        default:
            st.st_mode = S_IFCHR | 0666;
            st.st_rdev = entry.number;
            break;
    }
}

// Turns what the kernel says of our socket into a character device.
void describe_open_file(int fd, struct stat& st) {
    if (!S_ISSOCK(st.st_mode)) return;
    const auto node = NodeTable::instance().find(fd);
    if (node == nullptr || node->device_number() == 0) return;
    st.st_mode = S_IFCHR | 0666;
    st.st_rdev = node->device_number();
}

int stat_path(int dir, const char* path, struct stat* st, int flags) {
    if ((flags & AT_EMPTY_PATH) != 0 && path != nullptr && path[0] == '\0') {
        const int result = real::fstatat(dir, path, st, flags);
        if (result == 0) describe_open_file(dir, *st);
        return result;
    }
    const TreeEntry entry = entry_for(dir, path, (flags & AT_SYMLINK_NOFOLLOW) == 0);
    if (entry.kind == TreeEntry::Kind::none) return real::fstatat(dir, path, st, flags);
    describe(entry, *st);
    return 0;
}

int stat_fd(int fd, struct stat* st) {
    const int result = real::fstat(fd, st);
    if (result == 0) describe_open_file(fd, *st);
    return result;
}

// errno of access(2) on an entry of ours; 0: granted. Its mode (EACCES) and a control group's rules
// (EPERM: inode_permission() of the kernel) are asked; whether a device is there or busy shows only
// when it is opened.
int access_error(const TreeEntry& entry, int mode) {
    const DeviceFile* file = entry.number != 0 ? find_device_file(entry.number) : nullptr;
    const int error = file != nullptr && mode != F_OK ? denied(*file) : 0;
    return error == EACCES || error == EPERM ? error : 0;
}

int access_path(int dir, const char* path, int mode) {
    const TreeEntry entry = entry_for(dir, path, true);
    if (entry.kind == TreeEntry::Kind::none) return real::faccessat(dir, path, mode);
    return libc_result(-access_error(entry, mode));
}

ssize_t readlink_path(int dir, const char* path, char* buffer, size_t size) {
    const TreeEntry entry = entry_for(dir, path, false);
    if (entry.kind == TreeEntry::Kind::none) return real::readlinkat(dir, path, buffer, size);
    if (entry.kind != TreeEntry::Kind::link) return libc_result(-EINVAL);
    const size_t length = std::min(size, entry.content.size());
    std::memcpy(buffer, entry.content.data(), length);
    return static_cast<ssize_t>(length);
}

int statx_path(int dir, const char* path, int flags, unsigned mask, struct statx* out) {
    struct stat st = {};
    const int result = stat_path(dir, path, &st, flags & (AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH));
    if (result != 0) return result;
    *out = {};
    out->stx_mask = mask & STATX_BASIC_STATS;
    out->stx_mode = static_cast<__u16>(st.st_mode);
    out->stx_nlink = static_cast<__u32>(st.st_nlink);
    out->stx_ino = st.st_ino;
    out->stx_size = static_cast<__u64>(st.st_size);
    out->stx_blksize = 4096;
    out->stx_rdev_major = major(st.st_rdev);
    out->stx_rdev_minor = minor(st.st_rdev);
    return 0;
}

// True when statx concerns a file of ours, which the real call would describe wrongly.
bool statx_is_ours(int dir, const char* path, int flags) {
    if ((flags & AT_EMPTY_PATH) != 0 && path != nullptr && path[0] == '\0') {
        return NodeTable::instance().find(dir) != nullptr;
    }
    return entry_for(dir, path, (flags & AT_SYMLINK_NOFOLLOW) == 0).kind != TreeEntry::Kind::none;
}

struct stat* as_stat(struct stat64* st) {
    return reinterpret_cast<struct stat*>(st);
}

std::FILE* open_stream(const char* symbol, const char* path, const char* mode) {
    const TreeEntry entry = entry_for(AT_FDCWD, path, true);
    if (entry.kind != TreeEntry::Kind::none) {
        const int fd = open_entry(entry, O_RDWR | O_CLOEXEC);
        if (fd >= 0) return fdopen(fd, mode);
        errno = -fd;
        return nullptr;
    }
    using Function = std::FILE* (*)(const char*, const char*);
    return real::next<Function>(symbol)(path, mode);
}

}  // namespace
}  // namespace vdec

using namespace vdec;

#define VDEC_TAKE_MODE(mode, flags)                    \
    mode_t mode = 0;                                   \
    if (((flags) & (O_CREAT | O_TMPFILE)) != 0) {      \
        va_list args;                                  \
        va_start(args, flags);                         \
        mode = static_cast<mode_t>(va_arg(args, int)); \
        va_end(args);                                  \
    }

VDEC_EXPORT int open(const char* path, int flags, ...) {
    VDEC_TAKE_MODE(mode, flags)
    return open_path(AT_FDCWD, path, flags, mode);
}

VDEC_EXPORT int open64(const char* path, int flags, ...) {
    VDEC_TAKE_MODE(mode, flags)
    return open_path(AT_FDCWD, path, flags, mode);
}

VDEC_EXPORT int openat(int dir, const char* path, int flags, ...) {
    VDEC_TAKE_MODE(mode, flags)
    return open_path(dir, path, flags, mode);
}

VDEC_EXPORT int openat64(int dir, const char* path, int flags, ...) {
    VDEC_TAKE_MODE(mode, flags)
    return open_path(dir, path, flags, mode);
}

#undef VDEC_TAKE_MODE

VDEC_EXPORT int __open_2(const char* path, int flags) {
    return open_path(AT_FDCWD, path, flags, 0);
}

VDEC_EXPORT int __open64_2(const char* path, int flags) {
    return open_path(AT_FDCWD, path, flags, 0);
}

VDEC_EXPORT int __openat_2(int dir, const char* path, int flags) {
    return open_path(dir, path, flags, 0);
}

VDEC_EXPORT int __openat64_2(int dir, const char* path, int flags) {
    return open_path(dir, path, flags, 0);
}

VDEC_EXPORT int close(int fd) {
    if (NodeTable::instance().empty() || NodeTable::instance().find(fd) == nullptr) {
        return real::close(fd);
    }
    report().other(OtherCall::close);
    const int result = NodeTable::instance().close(fd);
    const int saved = errno;
    report().save();
    errno = saved;
    return result;
}

VDEC_EXPORT int stat(const char* __restrict path, struct stat* __restrict st) noexcept {
    return stat_path(AT_FDCWD, path, st, 0);
}

VDEC_EXPORT int stat64(const char* __restrict path, struct stat64* __restrict st) noexcept {
    return stat_path(AT_FDCWD, path, as_stat(st), 0);
}

VDEC_EXPORT int lstat(const char* __restrict path, struct stat* __restrict st) noexcept {
    return stat_path(AT_FDCWD, path, st, AT_SYMLINK_NOFOLLOW);
}

VDEC_EXPORT int lstat64(const char* __restrict path, struct stat64* __restrict st) noexcept {
    return stat_path(AT_FDCWD, path, as_stat(st), AT_SYMLINK_NOFOLLOW);
}

VDEC_EXPORT int fstat(int fd, struct stat* st) noexcept { return stat_fd(fd, st); }

VDEC_EXPORT int fstat64(int fd, struct stat64* st) noexcept { return stat_fd(fd, as_stat(st)); }

VDEC_EXPORT int fstatat(int dir, const char* __restrict path, struct stat* __restrict st,
                        int flags) noexcept {
    return stat_path(dir, path, st, flags);
}

VDEC_EXPORT int fstatat64(int dir, const char* __restrict path, struct stat64* __restrict st,
                          int flags) noexcept {
    return stat_path(dir, path, as_stat(st), flags);
}

// Binaries linked before glibc 2.33 call these.
VDEC_EXPORT int __xstat(int, const char* path, struct stat* st) {
    return stat_path(AT_FDCWD, path, st, 0);
}

VDEC_EXPORT int __xstat64(int, const char* path, struct stat64* st) {
    return stat_path(AT_FDCWD, path, as_stat(st), 0);
}

VDEC_EXPORT int __lxstat(int, const char* path, struct stat* st) {
    return stat_path(AT_FDCWD, path, st, AT_SYMLINK_NOFOLLOW);
}

VDEC_EXPORT int __lxstat64(int, const char* path, struct stat64* st) {
    return stat_path(AT_FDCWD, path, as_stat(st), AT_SYMLINK_NOFOLLOW);
}

VDEC_EXPORT int __fxstat(int, int fd, struct stat* st) { return stat_fd(fd, st); }

VDEC_EXPORT int __fxstat64(int, int fd, struct stat64* st) { return stat_fd(fd, as_stat(st)); }

VDEC_EXPORT int statx(int dir, const char* __restrict path, int flags, unsigned mask,
                      struct statx* __restrict out) noexcept {
    if (statx_is_ours(dir, path, flags)) return statx_path(dir, path, flags, mask, out);
    using Function = int (*)(int, const char*, int, unsigned, struct statx*);
    return real::next<Function>("statx")(dir, path, flags, mask, out);
}

VDEC_EXPORT int access(const char* path, int mode) noexcept {
    return access_path(AT_FDCWD, path, mode);
}

VDEC_EXPORT int faccessat(int dir, const char* path, int mode, int flags) noexcept {
    if (flags == 0) return access_path(dir, path, mode);
    const TreeEntry entry = entry_for(dir, path, true);
    if (entry.kind != TreeEntry::Kind::none) return libc_result(-access_error(entry, mode));
    using Function = int (*)(int, const char*, int, int);
    return real::next<Function>("faccessat")(dir, path, mode, flags);
}

VDEC_EXPORT ssize_t readlink(const char* __restrict path, char* __restrict buffer,
                             size_t size) noexcept {
    return readlink_path(AT_FDCWD, path, buffer, size);
}

VDEC_EXPORT ssize_t readlinkat(int dir, const char* __restrict path, char* __restrict buffer,
                               size_t size) noexcept {
    return readlink_path(dir, path, buffer, size);
}

VDEC_EXPORT char* realpath(const char* __restrict path, char* __restrict resolved) noexcept {
    if (entry_for(AT_FDCWD, path, true).kind == TreeEntry::Kind::none) {
        using Function = char* (*)(const char*, char*);
        return real::next<Function>("realpath")(path, resolved);
    }
    const std::string full = tree_resolve(path, true);
    if (resolved == nullptr) return strdup(full.c_str());
    std::snprintf(resolved, PATH_MAX, "%s", full.c_str());
    return resolved;
}

VDEC_EXPORT std::FILE* fopen(const char* __restrict path, const char* __restrict mode) {
    return open_stream("fopen", path, mode);
}

VDEC_EXPORT std::FILE* fopen64(const char* __restrict path, const char* __restrict mode) {
    return open_stream("fopen64", path, mode);
}
