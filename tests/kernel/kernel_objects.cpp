// SPDX-License-Identifier: MIT
// What a program and the kernel hold, as far as /proc, /sys and debugfs tell.
#include "kernel_objects.h"

#include <dirent.h>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <malloc.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <regex>
#include <set>
#include <sstream>
#include <string_view>
#include <thread>

namespace v4l2va::test {

namespace {

constexpr int kWarning = 4;  // KERN_WARNING

std::string read_file(const std::string& path) {
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

// What malloc gave and did not get back, in all its arenas.
size_t heap_bytes() {
    const struct mallinfo2 info = mallinfo2();
    return info.uordblks + info.hblkhd;
}

size_t mapped_bytes() {
    std::istringstream maps(read_file("/proc/self/maps"));
    size_t bytes = 0;
    std::string line;
    while (std::getline(maps, line)) {
        unsigned long begin = 0;
        unsigned long end = 0;
        if (line.find('/') != std::string::npos &&
            std::sscanf(line.c_str(), "%lx-%lx", &begin, &end) == 2) {
            bytes += end - begin;
        }
    }
    return bytes;
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
    const std::string caches = "/proc/sys/vm/drop_caches";
    if (std::filesystem::exists(caches)) {  // not in a board's kernel
        write_file(caches, "4");            // say nothing in the log from now on
        for (int i = 0; i < 2; ++i) {  // the second time, what files had that the first one dropped
            write_file(caches, "3");
        }
    }
    for (const auto& cache : std::filesystem::directory_iterator("/sys/kernel/slab")) {
        if (!cache.is_symlink()) {
            write_file(cache.path() / "shrink", "1");
        }
    }
}

std::map<std::string, Counts::Slab> read_slabs() {
    std::map<std::string, Counts::Slab> slabs;
    std::istringstream text(read_file("/proc/slabinfo"));
    std::string line;
    while (std::getline(text, line)) {
        std::istringstream words(line);
        std::string name;
        Counts::Slab slab;
        size_t all = 0;
        size_t object_size = 0;
        if (words >> name >> slab.objects >> all >> object_size >> slab.per_page) {
            slabs[name] = slab;
        }
    }
    return slabs;
}

// What the kernel keeps on purpose: files by their names, and address ranges of vmalloc, which it
// gives back in batches (vmalloc_kb tells what is in use).
bool is_kept_back(const std::string& name) {
    return name.find("inode") != std::string::npos || name == "dentry" || name == "vmap_area";
}

std::set<std::string> device_modules() {
    std::set<std::string> modules;
    for (const auto& node : std::filesystem::directory_iterator("/sys/class/video4linux")) {
        const auto module = std::filesystem::canonical(node.path() / "device/driver/module");
        modules.insert(module.filename());
    }
    return modules;
}

std::set<std::string>& removed_modules() {
    static std::set<std::string> modules;
    return modules;
}

std::string load_command(const std::string& module) {
    if (!on_board()) {
        // The lab's first process leaves how it loaded the module: "rmmod … && modprobe …".
        const std::string reload = read_file("/run/reload-" + module);
        return reload.substr(reload.find("&& ") + 3);
    }
    const std::string words = read_file("/proc/cmdline");
    const size_t at = words.find(" modules=") + 9;
    return "/sbin/modprobe -d " + words.substr(at, words.find(' ', at) - at) + " " + module;
}

}  // namespace

size_t dma_bufs() {
    return number_after(read_file("/sys/kernel/debug/dma_buf/bufinfo"), "\nTotal ");
}

size_t device_opens() {
    size_t opens = 0;
    for (const std::string& module : device_modules()) {
        opens += number_after(read_file("/sys/module/" + module + "/refcnt"), "");
    }
    return opens;
}

Counts Counts::now() {
    empty_caches();
    const std::string memory = read_file("/proc/meminfo");
    Counts counts;
    counts.fds = open_fds();
    counts.dma_bufs = test::dma_bufs();
    counts.device_opens = test::device_opens();
    counts.heap_kb = heap_bytes() / 1024;
    counts.mapped_kb = mapped_bytes() / 1024;
    counts.vmalloc_kb = number_after(memory, "VmallocUsed:");
    // Files that programs are made of come and go.
    counts.free_kb = number_after(memory, "MemFree:") + number_after(memory, "\nCached:") +
                     number_after(read_file("/proc/self/status"), "RssAnon:");
    counts.slabs = read_slabs();
    return counts;
}

void expect_same_objects(const Counts& before, const Counts& after) {
    EXPECT_EQ(before.fds, after.fds) << "file descriptors";
    EXPECT_EQ(before.dma_bufs, after.dma_bufs) << "dma-bufs";
    EXPECT_EQ(before.device_opens, after.device_opens) << "opens of the device";
}

void expect_no_growth(const Counts& before, const Counts& after, size_t times) {
    constexpr size_t kNoiseKb = 1024;
    constexpr size_t kHeapNoiseKb = 128;  // what the test itself keeps, and a display for later
    // One more where the caches of files could not be emptied.
    const size_t pages = std::thread::hardware_concurrency() + (on_board() ? 1 : 0);
    expect_same_objects(before, after);
    EXPECT_LE(after.heap_kb, before.heap_kb + kHeapNoiseKb) << "heap of the process";
    EXPECT_LE(after.mapped_kb, before.mapped_kb) << "mappings of the process";
    EXPECT_LE(after.vmalloc_kb, before.vmalloc_kb + kNoiseKb) << "vmalloc memory of the kernel";
    EXPECT_GE(after.free_kb + 2 * kNoiseKb, before.free_kb) << "memory of the machine";
    std::string most = "none";
    size_t most_grown = 0;
    for (const auto& [name, slab] : after.slabs) {
        if (is_kept_back(name)) {
            continue;
        }
        const auto found = before.slabs.find(name);
        const size_t first = found == before.slabs.end() ? 0 : found->second.objects;
        const size_t grown = slab.objects > first ? slab.objects - first : 0;
        EXPECT_LE(grown, times / 10 + pages * slab.per_page) << "objects of " << name;
        if (grown > most_grown) {
            most_grown = grown;
            most = name;
        }
    }
    const auto difference = [](size_t from, size_t to) {
        return static_cast<long>(to) - static_cast<long>(from);
    };
    std::printf(
        "measured: %zu times: heap %+ld kB, mapped %+ld kB, vmalloc %+ld kB, free %+ld kB, "
        "slab +%zu (%s)\n",
        times, difference(before.heap_kb, after.heap_kb),
        difference(before.mapped_kb, after.mapped_kb),
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
        // Of every driver in staging, each time that it is loaded; and of memory for a device, when
        // who asks for it is killed (EINTR).
        static const std::regex usual(
            R"(module is from the staging directory|cma: .*alloc failed.*ret: -4|=> \d+ free of \d+ total)");
        const bool is_usual = std::regex_search(std::string(text), usual);
        if ((std::strtol(record, nullptr, 10) & 7) <= kWarning && !is_usual) {
            complaints.emplace_back(text.substr(text.find(';') + 1));
        }
    }
}

bool on_board() { return std::filesystem::exists("/dev/decoder-model"); }

int remove_device() {
    const std::set<std::string> modules = device_modules();
    for (const std::string& module : modules) {
        if (syscall(SYS_delete_module, module.c_str(), O_NONBLOCK) == 0) {
            removed_modules().insert(module);
            continue;
        }
        const int error = errno;
        if (!removed_modules().empty()) (void)load_device();
        return error;
    }
    return modules.empty() ? ENODEV : 0;
}

int load_device() {
    int error = 0;
    for (const std::string& module : removed_modules()) {
        if (std::system(load_command(module).c_str()) != 0) error = ENODEV;
    }
    removed_modules().clear();
    return error;
}

void set_decode_time(unsigned ms) {
    write_file(on_board() ? "/sys/module/decoder_model/parameters/delay_ms"
                          : "/sys/module/visl/parameters/visl_transtime_ms",
               std::to_string(ms));
}

}  // namespace v4l2va::test
