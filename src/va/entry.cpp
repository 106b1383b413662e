// SPDX-License-Identifier: MIT
// The door to libva: the vtable, and the guard around each entry.
#include "va/entry.h"

#include <va/va_backend.h>

#include <array>
#include <new>

#include "va/buffer.h"
#include "va/config.h"
#include "va/context.h"
#include "va/driver.h"
#include "va/export.h"
#include "va/image.h"
#include "va/surface.h"

namespace v4l2va {

namespace {

// Turns VAStatus f(Driver&, ...) into what the vtable wants. No exception crosses the C ABI.
template <auto function>
struct Guard;

template <typename... Args, VAStatus (*function)(Driver&, Args...)>
struct Guard<function> {
    static VAStatus call(VADriverContextP context, Args... args) {
        if (!context || !context->pDriverData) {
            return VA_STATUS_ERROR_INVALID_DISPLAY;
        }
        try {
            return function(*static_cast<Driver*>(context->pDriverData), args...);
        } catch (const std::bad_alloc&) {
            return VA_STATUS_ERROR_ALLOCATION_FAILED;
        } catch (...) {
            return VA_STATUS_ERROR_OPERATION_FAILED;
        }
    }
};

// What we do not offer. libva calls most of these without asking whether they exist.
template <typename... Args>
VAStatus unimplemented(VADriverContextP /*context*/, Args... /*args*/) {
    return VA_STATUS_ERROR_UNIMPLEMENTED;
}

VAStatus query_subpicture_formats(VADriverContextP /*context*/, VAImageFormat* /*formats*/,
                                  unsigned int* /*flags*/, unsigned int* num_formats) {
    if (!num_formats) {
        return VA_STATUS_ERROR_INVALID_PARAMETER;
    }
    *num_formats = 0;
    return VA_STATUS_SUCCESS;
}

VAStatus query_display_attributes(VADriverContextP /*context*/, VADisplayAttribute* /*attributes*/,
                                  int* num_attributes) {
    if (!num_attributes) {
        return VA_STATUS_ERROR_INVALID_PARAMETER;
    }
    *num_attributes = 0;
    return VA_STATUS_SUCCESS;
}

VAStatus terminate(VADriverContextP context) {
    if (!context || !context->pDriverData) {
        return VA_STATUS_ERROR_INVALID_DISPLAY;
    }
    delete static_cast<Driver*>(context->pDriverData);
    context->pDriverData = nullptr;
    return VA_STATUS_SUCCESS;
}

void fill_decoding(VADriverVTable& vtable) {
    vtable.vaQueryConfigProfiles = Guard<query_config_profiles>::call;
    vtable.vaQueryConfigEntrypoints = Guard<query_config_entrypoints>::call;
    vtable.vaGetConfigAttributes = Guard<get_config_attributes>::call;
    vtable.vaCreateConfig = Guard<create_config>::call;
    vtable.vaDestroyConfig = Guard<destroy_config>::call;
    vtable.vaQueryConfigAttributes = Guard<query_config_attributes>::call;
    vtable.vaCreateContext = Guard<create_context>::call;
    vtable.vaDestroyContext = Guard<destroy_context>::call;
    vtable.vaCreateBuffer = Guard<create_buffer>::call;
    vtable.vaBufferSetNumElements = Guard<buffer_set_num_elements>::call;
    vtable.vaMapBuffer = Guard<map_buffer>::call;
    vtable.vaUnmapBuffer = Guard<unmap_buffer>::call;
    vtable.vaDestroyBuffer = Guard<destroy_buffer>::call;
    vtable.vaBufferInfo = Guard<buffer_info>::call;
    vtable.vaAcquireBufferHandle = Guard<acquire_buffer_handle>::call;
    vtable.vaReleaseBufferHandle = Guard<release_buffer_handle>::call;
    vtable.vaSyncBuffer = Guard<sync_buffer>::call;
    vtable.vaBeginPicture = Guard<begin_picture>::call;
    vtable.vaRenderPicture = Guard<render_picture>::call;
    vtable.vaEndPicture = Guard<end_picture>::call;
}

void fill_surfaces(VADriverVTable& vtable) {
    vtable.vaCreateSurfaces = Guard<create_surfaces>::call;
    vtable.vaCreateSurfaces2 = Guard<create_surfaces2>::call;
    vtable.vaDestroySurfaces = Guard<destroy_surfaces>::call;
    vtable.vaQuerySurfaceAttributes = Guard<query_surface_attributes>::call;
    vtable.vaSyncSurface = Guard<sync_surface>::call;
    vtable.vaSyncSurface2 = Guard<sync_surface2>::call;
    vtable.vaQuerySurfaceStatus = Guard<query_surface_status>::call;
    vtable.vaQuerySurfaceError = Guard<query_surface_error>::call;
    vtable.vaExportSurfaceHandle = Guard<export_surface_handle>::call;
    vtable.vaQueryImageFormats = Guard<query_image_formats>::call;
    vtable.vaCreateImage = Guard<create_image>::call;
    vtable.vaDeriveImage = Guard<derive_image>::call;
    vtable.vaDestroyImage = Guard<destroy_image>::call;
    vtable.vaGetImage = Guard<get_image>::call;
    vtable.vaPutImage = Guard<put_image>::call;
}

void fill_unimplemented(VADriverVTable& vtable) {
    vtable.vaPutSurface = unimplemented;
    vtable.vaSetImagePalette = unimplemented;
    vtable.vaQuerySubpictureFormats = query_subpicture_formats;
    vtable.vaCreateSubpicture = unimplemented;
    vtable.vaDestroySubpicture = unimplemented;
    vtable.vaSetSubpictureImage = unimplemented;
    vtable.vaSetSubpictureChromakey = unimplemented;
    vtable.vaSetSubpictureGlobalAlpha = unimplemented;
    vtable.vaAssociateSubpicture = unimplemented;
    vtable.vaDeassociateSubpicture = unimplemented;
    vtable.vaQueryDisplayAttributes = query_display_attributes;
    vtable.vaGetDisplayAttributes = unimplemented;
    vtable.vaSetDisplayAttributes = unimplemented;
    vtable.vaLockSurface = unimplemented;
    vtable.vaUnlockSurface = unimplemented;
}

VAStatus create_driver(VADriverContextP context, const DriverOptions& options) {
    auto driver = Driver::create(context, options);
    if (!driver) {
        return to_va_status(driver.error());  // logged where it was found
    }
    std::array<VAProfile, kMaxProfiles> profiles{};
    // Exactly as many as there are: libva's own test suite takes what is left of the list that it
    // gives for VAProfileNone, offered like the others.
    (void)query_config_profiles(**driver, profiles.data(), &context->max_profiles);
    context->max_entrypoints = kMaxEntrypoints;
    context->max_attributes = kMaxConfigAttributes;
    context->max_image_formats = kMaxImageFormats;
    context->max_subpic_formats = 1;  // libva refuses a driver that says 0
    context->max_display_attributes = 0;
    context->str_vendor = "v4l2-vaapi-driver " V4L2VA_VERSION " (V4L2 Request API)";
    context->vtable->vaTerminate = terminate;
    fill_decoding(*context->vtable);
    fill_surfaces(*context->vtable);
    fill_unimplemented(*context->vtable);
    context->pDriverData = driver->release();
    return VA_STATUS_SUCCESS;
}

}  // namespace

VAStatus initialize(VADriverContextP context, const DriverOptions& options) {
    if (!context || !context->vtable) {
        return VA_STATUS_ERROR_INVALID_DISPLAY;
    }
    try {
        return create_driver(context, options);
    } catch (...) {
        return VA_STATUS_ERROR_ALLOCATION_FAILED;
    }
}

}  // namespace v4l2va
