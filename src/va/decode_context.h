// SPDX-License-Identifier: MIT
// DecodeContext: one stream being decoded: a codec and a decode session.
#pragma once

#include <va/va.h>

#include <memory>
#include <vector>

#include "codec/codec.h"
#include "decode/decode_session.h"
#include "frame/frame_memory.h"
#include "v4l2/pixel_format.h"
#include "va/config.h"
#include "va/context.h"
#include "va/device_loads.h"
#include "va/stream_decoder.h"

namespace v4l2va {

class DecodeContext final : public Context {
  public:
    // On the device of `config`, which `lease` is of.
    [[nodiscard]] static Result<std::shared_ptr<Context>> create(Driver& driver,
                                                                 const Config& config, Size size,
                                                                 DeviceLease lease);

    // What a decoding client may create, whatever the codec: that one refuses what it does not know
    // at vaRenderPicture.
    [[nodiscard]] bool takes(VABufferType type) const override;

  private:
    DecodeContext(const Config& config, StreamDecoder decoder, DeviceLease lease);

    void reset() override V4L2VA_REQUIRES(mutex_);
    [[nodiscard]] Result<> add(Driver& driver, Buffer& buffer) override V4L2VA_REQUIRES(mutex_);
    [[nodiscard]] Result<> submit(Driver& driver, const Picture& picture) override
        V4L2VA_REQUIRES(mutex_);
    void close(Driver& driver) override V4L2VA_REQUIRES(mutex_);

    [[nodiscard]] Result<CodedPicture> translate(Driver& driver, const Picture& picture)
        V4L2VA_REQUIRES(mutex_);
    [[nodiscard]] Result<> take_over(Driver& driver, const Picture& picture, RetiredDecoder retired)
        V4L2VA_REQUIRES(mutex_);
    [[nodiscard]] FrameSource frame_source(const PixelFormat& format) const V4L2VA_REQUIRES(mutex_);
    [[nodiscard]] Result<> wait_for_others(const Surface& target) V4L2VA_REQUIRES(mutex_);
    [[nodiscard]] Result<> show_on(Driver& driver, const Surface& decoded,
                                   VASurfaceID display_target) V4L2VA_REQUIRES(mutex_);

    Config config_ V4L2VA_GUARDED_BY(mutex_);
    DeviceLease lease_ V4L2VA_GUARDED_BY(mutex_);
    StreamDecoder decoder_ V4L2VA_GUARDED_BY(mutex_);  // empty once closed
    bool has_decoded_ V4L2VA_GUARDED_BY(mutex_) = false;
    std::vector<std::shared_ptr<FrameMemory>> references_ V4L2VA_GUARDED_BY(mutex_);
};

// vaCreateContext with a config of VAEntrypointVLD: on the idlest of the devices that have the
// config at this size; where that refuses (busy, no memory, gone), on the next. The first one's
// error when all do.
[[nodiscard]] VAStatus create_decode_context(Driver& driver, const Config& config,
                                             int picture_width, int picture_height,
                                             std::shared_ptr<Context>& context);

}  // namespace v4l2va
