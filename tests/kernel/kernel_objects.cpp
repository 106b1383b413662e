// SPDX-License-Identifier: MIT
// What a program and the kernel hold, as far as /proc, /sys and debugfs tell.
#include "kernel_objects.h"

#include <dirent.h>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string_view>

namespace v4l2va::test {

namespace {

constexpr int kWarning = 4;  // KERN_WARNING

std::string read_file(const char* path) {
    std::ifstream file(path);
    std::stringstream text;
    text << file.rdbuf();
    if (!file) {
        ADD_FAILURE() << "cannot read " << path;
    }
    return text.str();
}

void write_file(const std::string& path, std::string_view text) {
    std::ofstream file(path);
    file << text << std::flush;
    if (!file) {
        ADD_FAILURE() << "cannot write " << path;
    }
}

// The number after the last `key` in `text`; at its begin when `key` is empty.
size_t number_after(const std::string& text, std::string_view key) {
    const size_t at = key.empty() ? 0 : text.rfind(key);
    if (at == std::string::npos) {
        ADD_FAILURE() << "no " << key;
        return 0;
    }
    return std::strtoul(text.c_str() + at + key.size(), nullptr, 10);
}

size_t open_fds() {
    size_t count = 0;
    DIR* directory = opendir("/proc/self/fd");
    while (readdir(directory)) {
        ++count;
    }
    closedir(directory);
    return count;
}

// Of what is freed, the kernel keeps a part for the next who asks.
void empty_caches() {
    write_file("/proc/sys/vm/drop_caches", "4");  // say nothing in the log from now on
    for (int i = 0; i < 2; ++i) {  // the second time, what files had that the first one dropped
        write_file("/proc/sys/vm/drop_caches", "3");
    }
    for (const auto& cache : std::filesystem::directory_iterator("/sys/kernel/slab")) {
        if (!cache.is_symlink()) {
            write_file(cache.path() / "shrink", "1");
        }
    }
}

std::map<std::string, size_t> slab_objects() {
    std::map<std::string, size_t> slabs;
    std::istringstream text(read_file("/proc/slabinfo"));
    std::string line;
    while (std::getline(text, line)) {
        std::istringstream words(line);
        std::string name;
        size_t active = 0;
        if (words >> name >> active) {
            slabs[name] = active;
        }
    }
    return slabs;
}

// What the kernel keeps on purpose: files by their names, and address ranges of vmalloc, which it
// gives back in batches (vmalloc_kb tells what is in use).
bool is_kept_back(const std::string& name) {
    return name.find("inode") != std::string::npos || name == "dentry" || name == "vmap_area";
}

}  // namespace

size_t dma_bufs() {
    return number_after(read_file("/sys/kernel/debug/dma_buf/bufinfo"), "\nTotal ");
}

size_t device_opens() { return number_after(read_file("/sys/module/visl/refcnt"), ""); }

Counts Counts::now() {
    empty_caches();
    const std::string memory = read_file("/proc/meminfo");
    Counts counts;
    counts.fds = open_fds();
    counts.dma_bufs = test::dma_bufs();
    counts.device_opens = test::device_opens();
    counts.resident_kb = number_after(read_file("/proc/self/status"), "VmRSS:");
    counts.vmalloc_kb = number_after(memory, "VmallocUsed:");
    // Files that programs are made of come and go.
    counts.free_kb = number_after(memory, "MemFree:") + number_after(memory, "\nCached:");
    counts.slabs = slab_objects();
    return counts;
}

void expect_same_objects(const Counts& before, const Counts& after) {
    EXPECT_EQ(before.fds, after.fds) << "file descriptors";
    EXPECT_EQ(before.dma_bufs, after.dma_bufs) << "dma-bufs";
    EXPECT_EQ(before.device_opens, after.device_opens) << "opens of the device";
}

void expect_no_growth(const Counts& before, const Counts& after, size_t times) {
    constexpr size_t kNoiseKb = 1024;
    expect_same_objects(before, after);
    EXPECT_LE(after.resident_kb, before.resident_kb + kNoiseKb) << "memory of the process";
    EXPECT_LE(after.vmalloc_kb, before.vmalloc_kb + kNoiseKb) << "vmalloc memory of the kernel";
    EXPECT_GE(after.free_kb + 2 * kNoiseKb, before.free_kb) << "memory of the machine";
    std::string most = "none";
    size_t most_grown = 0;
    for (const auto& [name, count] : after.slabs) {
        const auto found = before.slabs.find(name);
        const size_t first = found == before.slabs.end() ? 0 : found->second;
        const size_t grown = count > first ? count - first : 0;
        if (is_kept_back(name)) {
            continue;
        }
        EXPECT_LE(grown, times / 10) << "objects of " << name;
        if (grown > most_grown) {
            most_grown = grown;
            most = name;
        }
    }
    const auto difference = [](size_t from, size_t to) {
        return static_cast<long>(to) - static_cast<long>(from);
    };
    std::printf(
        "measured: %zu times: resident %+ld kB, vmalloc %+ld kB, free %+ld kB, slab +%zu (%s)\n",
        times, difference(before.resident_kb, after.resident_kb),
        difference(before.vmalloc_kb, after.vmalloc_kb), difference(before.free_kb, after.free_kb),
        most_grown, most.c_str());
}

KernelLog::KernelLog() : fd_(open("/dev/kmsg", O_RDONLY | O_NONBLOCK | O_CLOEXEC)) {
    lseek(fd_, 0, SEEK_END);
}

KernelLog::~KernelLog() { close(fd_); }

std::vector<std::string> KernelLog::complaints() {
    std::vector<std::string> complaints;
    char record[8192];
    while (true) {
        const ssize_t size = read(fd_, record, sizeof(record) - 1);
        if (size < 0 && errno == EPIPE) {
            complaints.emplace_back("messages were lost");
            continue;
        }
        if (size <= 0) {
            return complaints;
        }
        record[size] = '\0';
        // "priority,number,time,flags;text": the lower three bits of the priority are its level.
        const std::string_view text(record, static_cast<size_t>(size));
        if ((std::strtol(record, nullptr, 10) & 7) <= kWarning) {
            complaints.emplace_back(text.substr(text.find(';') + 1));
        }
    }
}

int remove_device() { return syscall(SYS_delete_module, "visl", O_NONBLOCK) == 0 ? 0 : errno; }

int load_device() {
    // The lab's first process leaves how it loaded the module: "rmmod … && modprobe …".
    const std::string reload = read_file("/run/reload-visl");
    return std::system(reload.substr(reload.find("&& ") + 3).c_str()) == 0 ? 0 : ENODEV;
}

void set_decode_time(unsigned ms) {
    write_file("/sys/module/visl/parameters/visl_transtime_ms", std::to_string(ms));
}

}  // namespace v4l2va::test
