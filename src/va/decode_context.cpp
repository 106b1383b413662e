// SPDX-License-Identifier: MIT
// DecodeContext: one stream being decoded: a codec and a decode session.
#include "va/decode_context.h"

#include <utility>

#include "frame/copy.h"
#include "frame/pending_operation.h"
#include "va/driver.h"
#include "va/surface.h"

namespace v4l2va {

namespace {

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

}  // namespace

DecodeContext::DecodeContext(const Config& config, StreamDecoder decoder, DeviceLease lease)
    : config_(config), lease_(std::move(lease)), decoder_(std::move(decoder)) {}

Result<std::shared_ptr<Context>> DecodeContext::create(Driver& driver, const Config& config,
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
    return std::shared_ptr<Context>(new DecodeContext(
        config, StreamDecoder{std::move(codec), std::move(*session)}, std::move(lease)));
}

bool DecodeContext::takes(VABufferType type) const {
    switch (type) {
        case VAPictureParameterBufferType:
        case VAIQMatrixBufferType:
        case VABitPlaneBufferType:
        case VASliceGroupMapBufferType:
        case VASliceParameterBufferType:
        case VASliceDataBufferType:
        case VAMacroblockParameterBufferType:
        case VAQMatrixBufferType:
        case VAHuffmanTableBufferType:
        case VAProbabilityBufferType:
            return true;
        default:
            return false;
    }
}

void DecodeContext::reset() {
    references_.clear();
    decoder_.codec->begin();  // it lends no bytes of the buffers any more
}

Result<> DecodeContext::add(Driver& /*driver*/, Buffer& buffer) {
    return decoder_.codec->add(buffer.type(), buffer.bytes(), buffer.num_elements());
}

void DecodeContext::close(Driver& driver) {
    decoder_.session->drain(kUntilDone);
    if (!decoder_.session->is_idle()) {
        driver.stuck_sessions.keep(std::move(decoder_.session));
    } else {
        driver.retired_decoders.add(config_, std::move(decoder_));
    }
    decoder_ = {};
    lease_ = {};
}

// Another context may still write to the surface: two devices must not do so at once.
Result<> DecodeContext::wait_for_others(const Surface& target) {
    const auto pending = target.pending_operation();
    if (pending && !decoder_.session->is_own(*pending)) {
        const auto waited = target.wait(kUntilDone);
        if (!waited && waited.error().code == ErrorCode::kTimeout) {
            return fail(waited.error());
        }
    }
    return {};
}

// Where the stream goes on from another context's, with the decoder of that.
Result<CodedPicture> DecodeContext::translate(Driver& driver, const Picture& picture) {
    const SurfaceReferences references(driver.surfaces, *decoder_.session);
    const auto coded = decoder_.codec->finish(
        PictureInput{picture.target_id, decoder_.session->next_timestamp(), &references});
    if (has_decoded_ || references.stranger() == nullptr) {
        return coded;
    }
    auto retired = driver.retired_decoders.take(config_, *references.stranger());
    if (!retired) {
        return coded;
    }
    if (auto taken = take_over(driver, picture, std::move(*retired)); !taken) {
        return fail(taken.error());
    }
    const SurfaceReferences known(driver.surfaces, *decoder_.session);
    return decoder_.codec->finish(
        PictureInput{picture.target_id, decoder_.session->next_timestamp(), &known});
}

Result<> DecodeContext::take_over(Driver& driver, const Picture& picture, RetiredDecoder retired) {
    if (retired.config.device != config_.device) {
        lease_ = driver.device_loads.take({&retired.config.device, 1});
    }
    config_ = retired.config;
    decoder_ = std::move(retired.decoder);
    decoder_.codec->begin();
    for (const std::shared_ptr<Buffer>& buffer : picture.buffers) {
        if (auto added = add(driver, *buffer); !added) {
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

Result<> DecodeContext::submit(Driver& driver, const Picture& picture) {
    if (decoder_.session->is_stuck()) {
        return fail(ErrorCode::kTimeout, "a picture that does not end");
    }
    const auto coded = translate(driver, picture);
    if (!coded) {
        return fail(coded.error());
    }
    if (coded->news != nullptr) {
        driver.log().debug("%s", coded->news);
    }
    if (coded->units.empty()) {
        return {};
    }
    Surface& target = *picture.target;
    auto memory = target.memory(driver.system(), frame_source(target.format()));
    if (!memory) {
        return fail(memory.error());
    }
    for (const VASurfaceID id : coded->references) {
        const std::shared_ptr<Surface> surface = driver.surfaces.find(id);
        if (auto reference = surface ? surface->memory_if_any() : nullptr) {
            references_.push_back(std::move(reference));
        }
    }
    if (auto waited = wait_for_others(target); !waited) {
        return waited;
    }
    wait_for_readers(driver, target);
    auto request = decoder_.session->submit(Submission{
        coded->units, coded->part, *memory, references_, coded->coded_size, coded->damaged});
    if (!request) {
        return fail(request.error());
    }
    decoder_.codec->submitted();
    has_decoded_ = true;
    target.set_operation(std::move(*request));
    if (coded->display_target != VA_INVALID_ID && coded->display_target != picture.target_id) {
        return show_on(driver, target, coded->display_target);
    }
    return {};
}

// AV1 film grain: one decode, two surfaces. References are named by the CAPTURE buffer of the one
// that is reconstructed, so it must be decoded into; the one that is displayed gets a copy at once,
// because the client may hand either surface to a later picture as soon as vaEndPicture is back.
Result<> DecodeContext::show_on(Driver& driver, const Surface& decoded,
                                VASurfaceID display_target) {
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
    if (auto waited = decoded.wait(kUntilDone); !waited) {
        display->set_failed(waited.error());
        return waited.error().code == ErrorCode::kTimeout ? waited : Result<>();
    }
    wait_for_readers(driver, *display);
    if (auto copied = copy_frame(*decoded.memory_if_any(), **memory); !copied) {
        return copied;
    }
    display->set_written();
    return {};
}

}  // namespace v4l2va
