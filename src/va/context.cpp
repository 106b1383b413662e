// SPDX-License-Identifier: MIT
// Context: where pictures are built, from vaBeginPicture to vaEndPicture; a class for each kind.
#include "va/context.h"

#include <utility>

#include "frame/pending_operation.h"
#include "va/decode_context.h"
#include "va/driver.h"

namespace v4l2va {

namespace {

// More than any codec needs (a slice of one macroblock row each has two buffers); bounds what a
// hostile client can make us keep.
constexpr size_t kMaxBuffersPerPicture = 65536;

// The one place that knows which entrypoint is of which kind.
VAStatus create_kind(Driver& driver, const Config& config, int picture_width, int picture_height,
                     std::shared_ptr<Context>& context) {
    switch (config.entrypoint) {
        case VAEntrypointVLD:
            return create_decode_context(driver, config, picture_width, picture_height, context);
        default:
            return VA_STATUS_ERROR_UNSUPPORTED_ENTRYPOINT;
    }
}

}  // namespace

void Context::forget_picture() {
    picture_.target = nullptr;
    picture_.target_id = VA_INVALID_ID;
    picture_.buffers.clear();
    picture_status_ = VA_STATUS_SUCCESS;
    reset();
}

VAStatus Context::begin_picture(Driver& driver, VASurfaceID target) {
    std::shared_ptr<Surface> surface = driver.surfaces.find(target);
    if (!surface) {
        return VA_STATUS_ERROR_INVALID_SURFACE;
    }
    const MutexLock lock(mutex_);
    if (retired_) {
        return VA_STATUS_ERROR_INVALID_CONTEXT;
    }
    forget_picture();
    picture_.target = std::move(surface);
    picture_.target_id = target;
    return VA_STATUS_SUCCESS;
}

Result<> Context::add_buffer(Driver& driver, const std::shared_ptr<Buffer>& buffer) {
    if (picture_.buffers.size() >= kMaxBuffersPerPicture) {
        return fail(ErrorCode::kInvalidParameter, "too many buffers in a picture");
    }
    picture_.buffers.push_back(buffer);
    return add(driver, *buffer);
}

VAStatus Context::render_picture(Driver& driver, const VABufferID* buffers, int count) {
    const MutexLock lock(mutex_);
    if (!picture_.target) {
        return VA_STATUS_ERROR_OPERATION_FAILED;
    }
    for (int i = 0; i < count && picture_status_ == VA_STATUS_SUCCESS; ++i) {
        const std::shared_ptr<Buffer> buffer = driver.buffers.find(buffers[i]);
        if (!buffer) {
            picture_status_ = VA_STATUS_ERROR_INVALID_BUFFER;
        } else if (const auto added = add_buffer(driver, buffer); !added) {
            picture_status_ = driver.report_stream("vaRenderPicture", added.error());
        }
    }
    return picture_status_;
}

VAStatus Context::end_picture(Driver& driver) {
    const MutexLock lock(mutex_);
    if (!picture_.target) {
        return VA_STATUS_ERROR_OPERATION_FAILED;
    }
    VAStatus status = picture_status_;
    Error reason{ErrorCode::kDecoding, 0, "vaRenderPicture"};
    if (status == VA_STATUS_SUCCESS) {
        if (const auto submitted = submit(driver, picture_); !submitted) {
            status = driver.report_stream("vaEndPicture", submitted.error());
            reason = submitted.error();
        }
    }
    if (status != VA_STATUS_SUCCESS) {
        picture_.target->set_failed(reason);
    } else if (picture_.target->exported() && !driver.client_syncs()) {
        (void)picture_.target->wait(kUntilDone);  // a failure is vaSyncSurface's to report
    }
    forget_picture();
    return status;
}

void Context::retire(Driver& driver) {
    const MutexLock lock(mutex_);
    forget_picture();
    close(driver);
    retired_ = true;
}

VAStatus create_context(Driver& driver, VAConfigID config_id, int picture_width, int picture_height,
                        int /*flag*/, VASurfaceID* render_targets, int num_render_targets,
                        VAContextID* context_id) {
    const std::shared_ptr<Config> config = driver.configs.find(config_id);
    if (!config) {
        return VA_STATUS_ERROR_INVALID_CONFIG;
    }
    if (!context_id || num_render_targets < 0 || (num_render_targets > 0 && !render_targets)) {
        return VA_STATUS_ERROR_INVALID_PARAMETER;
    }
    for (int i = 0; i < num_render_targets; ++i) {
        if (!driver.surfaces.find(render_targets[i])) {
            return VA_STATUS_ERROR_INVALID_SURFACE;
        }
    }
    std::shared_ptr<Context> context;
    if (const VAStatus status =
            create_kind(driver, *config, picture_width, picture_height, context);
        status != VA_STATUS_SUCCESS) {
        return status;
    }
    const VAContextID id = driver.contexts.add(std::move(context));
    if (id == VA_INVALID_ID) {
        return VA_STATUS_ERROR_ALLOCATION_FAILED;
    }
    *context_id = id;
    return VA_STATUS_SUCCESS;
}

VAStatus destroy_context(Driver& driver, VAContextID context_id) {
    const std::shared_ptr<Context> context = driver.contexts.remove(context_id);
    if (!context) {
        return VA_STATUS_ERROR_INVALID_CONTEXT;
    }
    // Clients read their last pictures after this: let those finish.
    context->retire(driver);
    driver.stuck_sessions.prune();
    return VA_STATUS_SUCCESS;
}

VAStatus begin_picture(Driver& driver, VAContextID context_id, VASurfaceID target) {
    const std::shared_ptr<Context> context = driver.contexts.find(context_id);
    return context ? context->begin_picture(driver, target) : VA_STATUS_ERROR_INVALID_CONTEXT;
}

VAStatus render_picture(Driver& driver, VAContextID context_id, VABufferID* buffers,
                        int num_buffers) {
    const std::shared_ptr<Context> context = driver.contexts.find(context_id);
    if (!context) {
        return VA_STATUS_ERROR_INVALID_CONTEXT;
    }
    if (num_buffers < 0 || (num_buffers > 0 && !buffers)) {
        return VA_STATUS_ERROR_INVALID_PARAMETER;
    }
    return context->render_picture(driver, buffers, num_buffers);
}

VAStatus end_picture(Driver& driver, VAContextID context_id) {
    const std::shared_ptr<Context> context = driver.contexts.find(context_id);
    return context ? context->end_picture(driver) : VA_STATUS_ERROR_INVALID_CONTEXT;
}

}  // namespace v4l2va
