// SPDX-License-Identifier: MIT
//
// Preloaded into a compositor that draws in software, which has no render node: it then tells its
// clients, through linux-dmabuf's feedback, of the one that V4L2VA_SCREEN_NODE names.
//
// EGL_EXT_device_query is asked for the node, by way of eglGetProcAddress; nothing else is changed.

#include <dlfcn.h>

#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <string>

namespace {

// <EGL/egl.h> and <EGL/eglext.h>, which no other part of this project needs.
using Function = void (*)();
using GetProcAddress = Function (*)(const char* name);
using QueryDeviceString = const char* (*)(void* device, int32_t name);
constexpr int32_t kExtensions = 0x3055;         // EGL_EXTENSIONS
constexpr int32_t kDrmRenderNodeFile = 0x3377;  // EGL_DRM_RENDER_NODE_FILE_EXT

QueryDeviceString query_device_string;

const char* query_device_string_with_node(void* device, int32_t name) {
    if (name == kDrmRenderNodeFile) {
        return std::getenv("V4L2VA_SCREEN_NODE");
    }
    const char* text = query_device_string(device, name);
    if (name != kExtensions || !text) {
        return text;
    }
    static std::string extensions;
    extensions = std::string(text) + " EGL_EXT_device_drm_render_node";
    return extensions.c_str();
}

}  // namespace

extern "C" Function eglGetProcAddress(const char* name) {
    // The compositor loads EGL with one of its modules: it is not next in the global scope.
    static const auto real = reinterpret_cast<GetProcAddress>(
        dlsym(dlopen("libEGL.so.1", RTLD_LAZY), "eglGetProcAddress"));
    const Function function = real(name);
    if (function && std::strcmp(name, "eglQueryDeviceStringEXT") == 0) {
        query_device_string = reinterpret_cast<QueryDeviceString>(function);
        return reinterpret_cast<Function>(query_device_string_with_node);
    }
    return function;
}
