// SPDX-License-Identifier: MIT
// dlopen() for backends.
#include "shared_library.h"

#include <dlfcn.h>

#include <cstdio>

namespace vdec {
namespace {

int open_flags() {
    constexpr int kFlags = RTLD_NOW | RTLD_LOCAL;
    // AddressSanitizer refuses RTLD_DEEPBIND: its interceptors would be bypassed.
    return dlsym(RTLD_DEFAULT, "__asan_init") == nullptr ? kFlags | RTLD_DEEPBIND : kFlags;
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
