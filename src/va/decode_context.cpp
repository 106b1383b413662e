// SPDX-License-Identifier: MIT
// DecodeContext: one stream being decoded: a codec, a decode session, and the picture being built.
#include "va/decode_context.h"

#include <algorithm>
#include <optional>

#include "base/checked.h"
#include "frame/copy.h"
#include "va/driver.h"
#include "va/surface.h"

namespace v4l2va {

namespace {

// More than any codec needs (a slice of one macroblock row each has two buffers); bounds what a
// hostile client can make us keep.
constexpr size_t kMaxBuffersPerPicture = 65536;

// Surface ids as the names that the context's session knows.
class SurfaceReferences final : public References {
  public:
    SurfaceReferences(const ObjectTable<Surface>& surfaces, const DecodeSession& session)
        : surfaces_(surfaces), session_(session) {}

    Timestamp find(VASurfaceID surface_id) const override {
        const std::shared_ptr<Surface> surface = surfaces_.find(surface_id);
        std::shared_ptr<FrameMemory> memory = surface ? surface->memory_if_any() : nullptr;
        if (!memory) {
            return Timestamp();
        }
        const Timestamp timestamp = session_.reference_timestamp(*memory);
        if (!timestamp.valid()) {
            stranger_ = std::move(memory);
        }
        return timestamp;
    }

    // A frame that was asked for and that the session did not decode; null when there was none.
    [[nodiscard]] const FrameMemory* stranger() const { return stranger_.get(); }

  private:
    const ObjectTable<Surface>& surfaces_;
    const DecodeSession& session_;
    mutable std::shared_ptr<FrameMemory> stranger_;
};

bool within(Size size, const SizeRange& range) {
    return size.width >= range.min.width && size.width <= range.max.width &&
           size.height >= range.min.height && size.height <= range.max.height;
}

// Players give a surface back while the GPU still samples it (mpv does): drivers of GPUs wait for
// its fences, V4L2 does not. A GPU that hangs is reset after half a second by most drivers; one
// that takes longer shows a torn picture.
constexpr uint64_t kReadersTimeoutNs = 1'000'000'000;

void wait_for_readers(const Driver& driver, const Surface& surface, const FrameMemory& memory) {
    if (!surface.exported()) {
        return;
    }
    if (const auto waited = memory.wait_for_readers(kReadersTimeoutNs); !waited) {
        driver.log().stream_failure("vaEndPicture", waited.error());
    }
}

// Whether another device may do better.
bool is_of_the_device(ErrorCode code) {
    return code == ErrorCode::kBusy || code == ErrorCode::kNoMemory ||
           code == ErrorCode::kNoDevice || code == ErrorCode::kPermission;
}

}  // namespace

DecodeContext::DecodeContext(const Config& config, StreamDecoder decoder, DeviceLease lease)
    : config_(config), lease_(std::move(lease)), decoder_(std::move(decoder)) {}

Result<std::shared_ptr<DecodeContext>> DecodeContext::create(Driver& driver, const Config& config,
                                                             Size size, DeviceLease lease) {
    SessionConfig session_config = {config.codec->coded_fourcc, size,
                                    config.codec->sequence_control};
    session_config.job_timeout_ns = driver.options().job_timeout_ns;
    session_config.first_timestamp = driver.options().first_timestamp;
    auto session =
        DecodeSession::create(driver.system(), *config.device, session_config, driver.log());
    if (!session) {
        return fail(session.error());
    }
    auto codec = config.codec->create(config.coded_format->traits, config.profile, size);
    return std::shared_ptr<DecodeContext>(new DecodeContext(
        config, StreamDecoder{std::move(codec), std::move(*session)}, std::move(lease)));
}

void DecodeContext::retire(Driver& driver) {
    const MutexLock lock(mutex_);
    forget_picture();
    decoder_.session->drain(kUntilDone);
    if (!decoder_.session->is_idle()) {
        driver.stuck_sessions.keep(std::move(decoder_.session));
    } else {
        driver.retired_decoders.add(config_, std::move(decoder_));
    }
    decoder_ = {};
    lease_ = {};
}

void DecodeContext::forget_picture() {
    target_ = nullptr;
    target_id_ = VA_INVALID_ID;
    buffers_.clear();
    references_.clear();
    picture_status_ = VA_STATUS_SUCCESS;
    decoder_.codec->begin();  // it lends no bytes of the buffers any more
}

VAStatus DecodeContext::begin_picture(Driver& driver, VASurfaceID target) {
    const std::shared_ptr<Surface> surface = driver.surfaces.find(target);
    if (!surface) {
        return VA_STATUS_ERROR_INVALID_SURFACE;
    }
    const MutexLock lock(mutex_);
    if (!decoder_.codec) {
        return VA_STATUS_ERROR_INVALID_CONTEXT;
    }
    forget_picture();  // a picture that was never ended is dropped
    target_ = surface;
    target_id_ = target;
    return VA_STATUS_SUCCESS;
}

Result<> DecodeContext::add_buffer(const std::shared_ptr<Buffer>& buffer) {
    if (buffers_.size() >= kMaxBuffersPerPicture) {
        return fail(ErrorCode::kInvalidParameter, "too many buffers in a picture");
    }
    buffers_.push_back(buffer);
    return decoder_.codec->add(buffer->type(), buffer->bytes(), buffer->num_elements());
}

VAStatus DecodeContext::render_picture(Driver& driver, const VABufferID* buffers, int count) {
    const MutexLock lock(mutex_);
    if (!target_) {
        return VA_STATUS_ERROR_OPERATION_FAILED;
    }
    for (int i = 0; i < count && picture_status_ == VA_STATUS_SUCCESS; ++i) {
        const std::shared_ptr<Buffer> buffer = driver.buffers.find(buffers[i]);
        if (!buffer) {
            picture_status_ = VA_STATUS_ERROR_INVALID_BUFFER;
        } else if (const auto added = add_buffer(buffer); !added) {
            picture_status_ = driver.report_stream("vaRenderPicture", added.error());
        }
    }
    return picture_status_;
}

// Another context may still write to the surface: two devices must not do so at once.
Result<> DecodeContext::wait_for_target() {
    const auto pending = target_->pending_operation();
    if (pending && !decoder_.session->is_own(*pending)) {
        const auto waited = target_->wait(kUntilDone);
        if (!waited && waited.error().code == ErrorCode::kTimeout) {
            return fail(waited.error());
        }
    }
    return {};
}

// Where the stream goes on from another context's, with the decoder of that.
Result<CodedPicture> DecodeContext::translate(Driver& driver) {
    const SurfaceReferences references(driver.surfaces, *decoder_.session);
    const auto picture = decoder_.codec->finish(
        PictureInput{target_id_, decoder_.session->next_timestamp(), &references});
    if (has_decoded_ || references.stranger() == nullptr) {
        return picture;
    }
    auto retired = driver.retired_decoders.take(config_, *references.stranger());
    if (!retired) {
        return picture;
    }
    if (auto taken = take_over(driver, std::move(*retired)); !taken) {
        return fail(taken.error());
    }
    const SurfaceReferences known(driver.surfaces, *decoder_.session);
    return decoder_.codec->finish(
        PictureInput{target_id_, decoder_.session->next_timestamp(), &known});
}

Result<> DecodeContext::take_over(Driver& driver, RetiredDecoder retired) {
    if (retired.config.device != config_.device) {
        lease_ = driver.device_loads.take({&retired.config.device, 1});
    }
    config_ = retired.config;
    decoder_ = std::move(retired.decoder);
    decoder_.codec->begin();
    for (const std::shared_ptr<Buffer>& buffer : buffers_) {
        auto added = decoder_.codec->add(buffer->type(), buffer->bytes(), buffer->num_elements());
        if (!added) {
            return added;
        }
    }
    return {};
}

// What the coded format decodes to; memory of another format than that is copied to, or refused.
FrameSource DecodeContext::frame_source(const PixelFormat& format) const {
    const PixelFormat* offered =
        choose_format(config_.coded_format->capture_fourccs, format.va_fourcc);
    offered = offered ? offered : choose_format(*config_.device, format.va_fourcc);
    return {config_.device, offered ? offered->v4l2_fourcc : format.v4l2_fourcc,
            config_.codec->coded_fourcc};
}

Result<> DecodeContext::submit(Driver& driver) {
    if (decoder_.session->is_stuck()) {
        return fail(ErrorCode::kTimeout, "a picture that does not end");
    }
    const auto picture = translate(driver);
    if (!picture) {
        return fail(picture.error());
    }
    if (picture->news != nullptr) {
        driver.log().debug("%s", picture->news);
    }
    if (picture->units.empty()) {
        return {};
    }
    auto memory = target_->memory(driver.system(), frame_source(target_->format()));
    if (!memory) {
        return fail(memory.error());
    }
    for (const VASurfaceID id : picture->references) {
        const std::shared_ptr<Surface> surface = driver.surfaces.find(id);
        if (auto reference = surface ? surface->memory_if_any() : nullptr) {
            references_.push_back(std::move(reference));
        }
    }
    if (auto waited = wait_for_target(); !waited) {
        return waited;
    }
    wait_for_readers(driver, *target_, **memory);
    auto request =
        decoder_.session->submit(Submission{picture->units, picture->part, *memory, references_,
                                            picture->coded_size, picture->damaged});
    if (!request) {
        return fail(request.error());
    }
    has_decoded_ = true;
    target_->set_operation(std::move(*request));
    if (picture->display_target != VA_INVALID_ID && picture->display_target != target_id_) {
        return show_on(driver, picture->display_target);
    }
    return {};
}

// AV1 film grain: one decode, two surfaces. References are named by the CAPTURE buffer of the one
// that is reconstructed, so it must be decoded into; the one that is displayed gets a copy at once,
// because the client may hand either surface to a later picture as soon as vaEndPicture is back.
Result<> DecodeContext::show_on(Driver& driver, VASurfaceID display_target) {
    const std::shared_ptr<Surface> display = driver.surfaces.find(display_target);
    if (!display) {
        return fail(ErrorCode::kInvalidParameter, "display surface");
    }
    const auto memory = display->memory(driver.system(), frame_source(display->format()));
    if (!memory) {
        return fail(memory.error());
    }
    if (auto waited = display->wait(kUntilDone);
        !waited && waited.error().code == ErrorCode::kTimeout) {
        return waited;
    }
    if (auto waited = target_->wait(kUntilDone); !waited) {
        display->set_failed(waited.error());
        return waited.error().code == ErrorCode::kTimeout ? waited : Result<>();
    }
    wait_for_readers(driver, *display, **memory);
    if (auto copied = copy_frame(*target_->memory_if_any(), **memory); !copied) {
        return copied;
    }
    display->set_written();
    return {};
}

VAStatus DecodeContext::end_picture(Driver& driver) {
    const MutexLock lock(mutex_);
    if (!target_) {
        return VA_STATUS_ERROR_OPERATION_FAILED;
    }
    VAStatus status = picture_status_;
    Error reason{ErrorCode::kDecoding, 0, "vaRenderPicture"};
    if (status == VA_STATUS_SUCCESS) {
        if (const auto submitted = submit(driver); !submitted) {
            status = driver.report_stream("vaEndPicture", submitted.error());
            reason = submitted.error();
        }
    }
    if (status != VA_STATUS_SUCCESS) {
        target_->set_failed(reason);
    } else if (target_->exported() && !driver.client_syncs()) {
        (void)target_->wait(kUntilDone);  // a failure is vaSyncSurface's to report
    }
    forget_picture();
    return status;
}

namespace {

// On the idlest of the devices that have the config at this size; where it refuses, on the next.
Result<std::shared_ptr<DecodeContext>> create_on_some_device(Driver& driver, const Config& wanted,
                                                             Size size) {
    std::vector<Config> configs = configs_for(driver, wanted.profile);
    std::erase_if(configs, [&](const Config& config) {
        return (config.rt_format & wanted.rt_format) != wanted.rt_format ||
               !within(size, config.sizes);
    });
    std::optional<Error> error;  // the first
    while (!configs.empty()) {
        std::vector<const DeviceInfo*> devices;
        for (const Config& config : configs) {
            devices.push_back(config.device);
        }
        DeviceLease lease = driver.device_loads.take(devices);
        const auto config =
            std::find_if(configs.begin(), configs.end(),
                         [&lease](const Config& own) { return own.device == lease.device(); });
        driver.note_codec(*config);
        auto context = DecodeContext::create(driver, *config, size, std::move(lease));
        if (context || !is_of_the_device(context.error().code)) {
            return context;
        }
        driver.log().debug("%s: %s: %s", config->device->video_path.c_str(), context.error().op,
                           error_code_name(context.error().code));
        error = error ? error : context.error();
        configs.erase(config);
    }
    return fail(error.value_or(Error{ErrorCode::kResolution, 0, "no device takes the size"}));
}

}  // namespace

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
    if (picture_width <= 0 || picture_height <= 0) {
        return VA_STATUS_ERROR_RESOLUTION_NOT_SUPPORTED;
    }
    const Size size = {narrow<uint32_t>(picture_width), narrow<uint32_t>(picture_height)};
    if (!within(size, config->sizes)) {
        return VA_STATUS_ERROR_RESOLUTION_NOT_SUPPORTED;
    }
    driver.stuck_sessions.prune();
    auto context = create_on_some_device(driver, *config, size);
    if (!context) {
        return driver.report("vaCreateContext", context.error());
    }
    const VAContextID id = driver.contexts.add(std::move(*context));
    if (id == VA_INVALID_ID) {
        return VA_STATUS_ERROR_ALLOCATION_FAILED;
    }
    *context_id = id;
    return VA_STATUS_SUCCESS;
}

VAStatus destroy_context(Driver& driver, VAContextID context_id) {
    const std::shared_ptr<DecodeContext> context = driver.contexts.remove(context_id);
    if (!context) {
        return VA_STATUS_ERROR_INVALID_CONTEXT;
    }
    // Clients read their last pictures after this: let those finish.
    context->retire(driver);
    driver.stuck_sessions.prune();
    return VA_STATUS_SUCCESS;
}

VAStatus begin_picture(Driver& driver, VAContextID context_id, VASurfaceID target) {
    const std::shared_ptr<DecodeContext> context = driver.contexts.find(context_id);
    return context ? context->begin_picture(driver, target) : VA_STATUS_ERROR_INVALID_CONTEXT;
}

VAStatus render_picture(Driver& driver, VAContextID context_id, VABufferID* buffers,
                        int num_buffers) {
    const std::shared_ptr<DecodeContext> context = driver.contexts.find(context_id);
    if (!context) {
        return VA_STATUS_ERROR_INVALID_CONTEXT;
    }
    if (num_buffers < 0 || (num_buffers > 0 && !buffers)) {
        return VA_STATUS_ERROR_INVALID_PARAMETER;
    }
    return context->render_picture(driver, buffers, num_buffers);
}

VAStatus end_picture(Driver& driver, VAContextID context_id) {
    const std::shared_ptr<DecodeContext> context = driver.contexts.find(context_id);
    return context ? context->end_picture(driver) : VA_STATUS_ERROR_INVALID_CONTEXT;
}

}  // namespace v4l2va
