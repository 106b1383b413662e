// SPDX-License-Identifier: MIT
// The functions of libavcodec that the backends use, loaded on the first job.
#pragma once

extern "C" {
#include <libavcodec/avcodec.h>
}

namespace vdec {

// Loaded with RTLD_LOCAL and RTLD_DEEPBIND: clients carry their own libavcodec.
struct AvLibrary {
    decltype(&avcodec_find_decoder) find_decoder;
    decltype(&avcodec_alloc_context3) alloc_context3;
    decltype(&avcodec_free_context) free_context;
    decltype(&avcodec_open2) open2;
    decltype(&avcodec_send_packet) send_packet;
    decltype(&avcodec_receive_frame) receive_frame;
    decltype(&avcodec_flush_buffers) flush_buffers;
    decltype(&avcodec_default_get_buffer2) default_get_buffer2;
    decltype(&av_packet_alloc) packet_alloc;
    decltype(&av_packet_free) packet_free;
    decltype(&av_new_packet) new_packet;
    decltype(&av_frame_alloc) frame_alloc;
    decltype(&av_frame_clone) frame_clone;
    decltype(&av_frame_free) frame_free;
    decltype(&av_frame_unref) frame_unref;
};

// nullptr (and one line on stderr) when the library cannot be loaded.
const AvLibrary* av_library();

}  // namespace vdec
