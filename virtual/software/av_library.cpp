// SPDX-License-Identifier: MIT
// Loads libavcodec without letting its symbols into the client.
#include "software/av_library.h"

#include "software/shared_library.h"

namespace vdec {
namespace {

#define VDEC_TEXT_(x) #x
#define VDEC_TEXT(x) VDEC_TEXT_(x)
constexpr const char* kName = "libavcodec.so." VDEC_TEXT(LIBAVCODEC_VERSION_MAJOR);
#undef VDEC_TEXT
#undef VDEC_TEXT_

const AvLibrary* load_library() {
    static AvLibrary av;
    const SharedLibrary library(kName);
    const bool complete = library.load("avcodec_find_decoder", av.find_decoder) &&
                          library.load("avcodec_alloc_context3", av.alloc_context3) &&
                          library.load("avcodec_free_context", av.free_context) &&
                          library.load("avcodec_open2", av.open2) &&
                          library.load("avcodec_send_packet", av.send_packet) &&
                          library.load("avcodec_receive_frame", av.receive_frame) &&
                          library.load("avcodec_flush_buffers", av.flush_buffers) &&
                          library.load("avcodec_default_get_buffer2", av.default_get_buffer2) &&
                          library.load("av_packet_alloc", av.packet_alloc) &&
                          library.load("av_packet_free", av.packet_free) &&
                          library.load("av_new_packet", av.new_packet) &&
                          library.load("av_frame_alloc", av.frame_alloc) &&
                          library.load("av_frame_clone", av.frame_clone) &&
                          library.load("av_frame_free", av.frame_free) &&
                          library.load("av_frame_unref", av.frame_unref);
    if (complete) return &av;
    library.report_failure();
    return nullptr;
}

}  // namespace

const AvLibrary* av_library() {
    static const AvLibrary* const instance = load_library();
    return instance;
}

}  // namespace vdec
