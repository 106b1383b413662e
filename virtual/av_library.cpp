// SPDX-License-Identifier: MIT
// Loads libavcodec without letting its symbols into the client.
#include "av_library.h"

#include <dlfcn.h>

#include <cstdio>

namespace vdec {
namespace {

#define VDEC_TEXT_(x) #x
#define VDEC_TEXT(x) VDEC_TEXT_(x)
constexpr const char* kName = "libavcodec.so." VDEC_TEXT(LIBAVCODEC_VERSION_MAJOR);
#undef VDEC_TEXT
#undef VDEC_TEXT_

template <typename Function>
bool load(void* library, const char* name, Function& function) {
    function = reinterpret_cast<Function>(dlsym(library, name));
    return function != nullptr;
}

bool load_all(void* library, AvLibrary& av) {
    return load(library, "avcodec_find_decoder", av.find_decoder) &&
           load(library, "avcodec_alloc_context3", av.alloc_context3) &&
           load(library, "avcodec_free_context", av.free_context) &&
           load(library, "avcodec_open2", av.open2) &&
           load(library, "avcodec_send_packet", av.send_packet) &&
           load(library, "avcodec_receive_frame", av.receive_frame) &&
           load(library, "avcodec_flush_buffers", av.flush_buffers) &&
           load(library, "avcodec_default_get_buffer2", av.default_get_buffer2) &&
           load(library, "av_packet_alloc", av.packet_alloc) &&
           load(library, "av_packet_free", av.packet_free) &&
           load(library, "av_new_packet", av.new_packet) &&
           load(library, "av_frame_alloc", av.frame_alloc) &&
           load(library, "av_frame_clone", av.frame_clone) &&
           load(library, "av_frame_free", av.frame_free) &&
           load(library, "av_frame_unref", av.frame_unref);
}

const AvLibrary* load_library() {
    int flags = RTLD_NOW | RTLD_LOCAL;
    // AddressSanitizer refuses RTLD_DEEPBIND: its interceptors would be bypassed.
    if (dlsym(RTLD_DEFAULT, "__asan_init") == nullptr) flags |= RTLD_DEEPBIND;
    void* library = dlopen(kName, flags);
    auto* av = new AvLibrary;
    if (library != nullptr && load_all(library, *av)) return av;
    std::fprintf(stderr, "virtual: cannot load %s: %s\n", kName, dlerror());
    delete av;
    return nullptr;
}

}  // namespace

const AvLibrary* av_library() {
    static const AvLibrary* const instance = load_library();
    return instance;
}

}  // namespace vdec
