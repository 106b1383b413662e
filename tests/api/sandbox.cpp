// SPDX-License-Identifier: MIT
// What a browser's sandbox lets a decoder do.
#include "sandbox.h"

#include <dirent.h>
#include <dlfcn.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstdarg>
#include <cstddef>
#include <mutex>
#include <string_view>
#include <vector>

#include "failing_calls.h"

namespace v4l2va::test {
namespace {

std::atomic<size_t> g_refused_calls = 0;
std::atomic<long> g_last_refused = -1;
std::atomic<bool> g_broker = false;
std::atomic<size_t> g_refused_files = 0;

struct Calls {
    std::mutex mutex;
    bool noted = false;
    std::set<std::string> files;
    std::set<std::string> directories;
    std::string ioctl_types;
};

Calls& calls() {
    static Calls calls;
    return calls;
}

void note(std::set<std::string> Calls::*names, const char* path) {
    const std::lock_guard<std::mutex> guard(calls().mutex);
    if (calls().noted) {
        (calls().*names).insert(path);
    }
}

void note_ioctl(unsigned long request) {
    const std::lock_guard<std::mutex> guard(calls().mutex);
    std::string& types = calls().ioctl_types;
    const auto type = static_cast<char>(_IOC_TYPE(request));
    if (calls().noted && types.find(type) == std::string::npos) {
        types.insert(std::upper_bound(types.begin(), types.end(), type), type);
    }
}

template <typename Function>
Function next(const char* name) {
    return reinterpret_cast<Function>(dlsym(RTLD_NEXT, name));
}

// The filter traps instead of failing the call, so that calls can be counted and named.
void on_refused(int /*signal*/, siginfo_t* info, void* context) {
    g_last_refused = info->si_syscall;
    ++g_refused_calls;
    auto* user = static_cast<ucontext_t*>(context);
#if defined(__x86_64__)
    user->uc_mcontext.gregs[REG_RAX] = -EACCES;
#elif defined(__aarch64__)
    user->uc_mcontext.regs[0] = static_cast<unsigned long long>(-EACCES);
#else
#error "the register of a system call's result"
#endif
}

using Program = std::vector<sock_filter>;

constexpr uint32_t low_half(size_t argument) {
    return static_cast<uint32_t>(offsetof(seccomp_data, args) + 8 * argument);
}

sock_filter statement(int code, uint32_t value) {
    return {static_cast<uint16_t>(code), 0, 0, value};
}

sock_filter jump(int code, uint32_t value, size_t when, size_t otherwise) {
    return {static_cast<uint16_t>(code), static_cast<uint8_t>(when),
            static_cast<uint8_t>(otherwise), value};
}

void load(Program& program, uint32_t offset) {
    program.push_back(statement(BPF_LD | BPF_W | BPF_ABS, offset));
}

void answer(Program& program, uint32_t action) {
    program.push_back(statement(BPF_RET | BPF_K, action));
}

// The number of the call is loaded, before and after.
void refuse(Program& program, long number) {
    program.push_back(jump(BPF_JMP | BPF_JEQ | BPF_K, static_cast<uint32_t>(number), 0, 1));
    answer(program, SECCOMP_RET_TRAP);
}

// Refuses the call unless `flags` are in its first argument.
void refuse_without_flags(Program& program, long number, uint32_t flags) {
    program.push_back(jump(BPF_JMP | BPF_JEQ | BPF_K, static_cast<uint32_t>(number), 0, 4));
    load(program, low_half(0));
    program.push_back(jump(BPF_JMP | BPF_JSET | BPF_K, flags, 1, 0));
    answer(program, SECCOMP_RET_TRAP);
    answer(program, SECCOMP_RET_ALLOW);
}

// Refuses the call unless its first argument is `value`.
void refuse_other_than(Program& program, long number, uint32_t value) {
    program.push_back(jump(BPF_JMP | BPF_JEQ | BPF_K, static_cast<uint32_t>(number), 0, 4));
    load(program, low_half(0));
    program.push_back(jump(BPF_JMP | BPF_JEQ | BPF_K, value, 1, 0));
    answer(program, SECCOMP_RET_TRAP);
    answer(program, SECCOMP_RET_ALLOW);
}

Program make_program() {
    Program program;
    load(program, offsetof(seccomp_data, nr));
#ifdef SYS_select
    refuse(program, SYS_select);
    refuse(program, SYS_fork);
    refuse(program, SYS_vfork);
#endif
    for (const long number : {SYS_pselect6, SYS_socket, SYS_connect, SYS_bind, SYS_listen,
                              SYS_accept4, SYS_execve, SYS_execveat}) {
        refuse(program, number);
    }
    refuse_without_flags(program, SYS_clone, CLONE_THREAD);
    refuse_other_than(program, SYS_openat, static_cast<uint32_t>(AT_FDCWD));
    // Its flags are in memory, where a filter cannot look: libc goes on with clone.
    program.push_back(jump(BPF_JMP | BPF_JEQ | BPF_K, SYS_clone3, 0, 1));
    answer(program, SECCOMP_RET_ERRNO | ENOSYS);
    answer(program, SECCOMP_RET_ALLOW);
    return program;
}

bool is_brokered(const char* path) {
    const std::string_view name = path;
    return g_broker && (name.starts_with("/dev/media") || name.starts_with("/dev/dma_heap") ||
                        name == "/dev/udmabuf");
}

}  // namespace

int enter_sandbox() {
    struct sigaction action = {};
    action.sa_sigaction = on_refused;
    action.sa_flags = SA_SIGINFO | SA_NODEFER;
    sigaction(SIGSYS, &action, nullptr);
    Program program = make_program();
    const sock_fprog list = {static_cast<unsigned short>(program.size()), program.data()};
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) {
        return errno;
    }
    const long set =
        syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_TSYNC, &list);
    return set == 0 ? 0 : errno;
}

size_t refused_calls() { return g_refused_calls; }

long last_refused_call() { return g_last_refused; }

FileBroker::FileBroker() { g_broker = true; }

FileBroker::~FileBroker() { g_broker = false; }

size_t FileBroker::refused_files() { return g_refused_files; }

CallLog::CallLog() {
    const std::lock_guard<std::mutex> guard(calls().mutex);
    calls().noted = true;
    calls().files.clear();
    calls().directories.clear();
    calls().ioctl_types.clear();
}

CallLog::~CallLog() {
    const std::lock_guard<std::mutex> guard(calls().mutex);
    calls().noted = false;
}

const std::set<std::string>& CallLog::files() { return calls().files; }

const std::set<std::string>& CallLog::directories() { return calls().directories; }

const std::string& CallLog::ioctl_types() { return calls().ioctl_types; }

}  // namespace v4l2va::test

using namespace v4l2va::test;

// The driver's calls come here first, then they go on to the virtual decoder's.
// Files of 64 bits are asked for: libc's header calls this one open64.
extern "C" int open(const char* path, int flags, ...) {
    note(&Calls::files, path);
    if (is_brokered(path)) {
        ++g_refused_files;
        errno = EACCES;
        return -1;
    }
    va_list arguments;
    va_start(arguments, flags);
    const int mode = va_arg(arguments, int);
    va_end(arguments);
    static const auto real = next<int (*)(const char*, int, ...)>("open64");
    return real(path, flags, mode);
}

extern "C" DIR* opendir(const char* path) {
    note(&Calls::directories, path);
    static const auto real = next<DIR* (*)(const char*)>("opendir");
    return real(path);
}

extern "C" int ioctl(int fd, unsigned long request, ...) noexcept {
    note_ioctl(request);
    if (FailingCalls::fails(request)) {
        return -1;
    }
    va_list arguments;
    va_start(arguments, request);
    void* const argument = va_arg(arguments, void*);
    va_end(arguments);
    static const auto real = next<int (*)(int, unsigned long, ...)>("ioctl");
    return real(fd, request, argument);
}
