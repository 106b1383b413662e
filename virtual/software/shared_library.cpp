// SPDX-License-Identifier: MIT
// dlopen() for backends.
#include "software/shared_library.h"

#include <dlfcn.h>

#include <cstdio>

namespace vdec {
namespace {

// Whether the program brings a malloc of its own, as Chromium, Firefox and AddressSanitizer do.
// What libc allocates there must not be freed by libc's free(), to which RTLD_DEEPBIND would lead.
bool has_own_malloc() {
    void* const libc = dlopen("libc.so.6", RTLD_NOW | RTLD_NOLOAD);
    if (libc == nullptr) return true;
    const bool own = dlsym(RTLD_DEFAULT, "malloc") != dlsym(libc, "malloc");
    dlclose(libc);
    return own;
}

int open_flags() {
    constexpr int kFlags = RTLD_NOW | RTLD_LOCAL;
    // AddressSanitizer refuses RTLD_DEEPBIND: its interceptors would be bypassed.
    const bool sanitized = dlsym(RTLD_DEFAULT, "__asan_init") != nullptr;
    return sanitized || has_own_malloc() ? kFlags : kFlags | RTLD_DEEPBIND;
}

}  // namespace

SharedLibrary::SharedLibrary(const char* name) : name_(name), handle_(dlopen(name, open_flags())) {}

void* SharedLibrary::find(const char* symbol) const {
    return handle_ == nullptr ? nullptr : dlsym(handle_, symbol);
}

void SharedLibrary::report_failure() const {
    std::fprintf(stderr, "virtual: cannot load %s: %s\n", name_, dlerror());
}

}  // namespace vdec
