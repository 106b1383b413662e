// SPDX-License-Identifier: MIT
// Loads libdav1d without letting its symbols into the client.
#include "software/dav1d_library.h"

#include "software/shared_library.h"

namespace vdec {
namespace {

#define VDEC_TEXT_(x) #x
#define VDEC_TEXT(x) VDEC_TEXT_(x)
constexpr const char* kName = "libdav1d.so." VDEC_TEXT(DAV1D_API_VERSION_MAJOR);
#undef VDEC_TEXT
#undef VDEC_TEXT_

const Dav1dLibrary* load_library() {
    static Dav1dLibrary dav1d;
    const SharedLibrary library(kName);
    const bool complete = library.load("dav1d_default_settings", dav1d.default_settings) &&
                          library.load("dav1d_open", dav1d.open) &&
                          library.load("dav1d_close", dav1d.close) &&
                          library.load("dav1d_data_create", dav1d.data_create) &&
                          library.load("dav1d_data_unref", dav1d.data_unref) &&
                          library.load("dav1d_send_data", dav1d.send_data) &&
                          library.load("dav1d_get_picture", dav1d.get_picture) &&
                          library.load("dav1d_picture_unref", dav1d.picture_unref) &&
                          library.load("dav1d_apply_grain", dav1d.apply_grain);
    if (complete) return &dav1d;
    library.report_failure();
    return nullptr;
}

}  // namespace

const Dav1dLibrary* dav1d_library() {
    static const Dav1dLibrary* const instance = load_library();
    return instance;
}

}  // namespace vdec
