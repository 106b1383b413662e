// SPDX-License-Identifier: MIT
// The functions of libdav1d that the AV1 backend uses, loaded on the first job.
#pragma once

#include <dav1d/dav1d.h>

namespace vdec {

// Loaded with RTLD_LOCAL and RTLD_DEEPBIND: clients carry their own libdav1d.
struct Dav1dLibrary {
    decltype(&dav1d_default_settings) default_settings;
    decltype(&dav1d_open) open;
    decltype(&dav1d_close) close;
    decltype(&dav1d_data_create) data_create;
    decltype(&dav1d_data_unref) data_unref;
    decltype(&dav1d_send_data) send_data;
    decltype(&dav1d_get_picture) get_picture;
    decltype(&dav1d_picture_unref) picture_unref;
    decltype(&dav1d_apply_grain) apply_grain;
};

// nullptr (and one line on stderr) when the library cannot be loaded.
const Dav1dLibrary* dav1d_library();

}  // namespace vdec
