// SPDX-License-Identifier: MIT
// DecodeContext: one stream being decoded: a codec, a decode session, and the picture being built.
#pragma once

#include <va/va.h>

#include <memory>
#include <vector>

#include "base/mutex.h"
#include "codec/codec.h"
#include "decode/decode_session.h"
#include "frame/frame_memory.h"
#include "v4l2/pixel_format.h"
#include "va/buffer.h"
#include "va/config.h"
#include "va/device_loads.h"
#include "va/stream_decoder.h"

namespace v4l2va {

class Driver;
class Surface;

// vaBeginPicture, vaRenderPicture and vaEndPicture of a context take its lock; nothing else does.
// It is held over vaEndPicture's bounded wait for a free OUTPUT buffer, because pictures must reach
// the device in order.
class DecodeContext {
  public:
    // On the device of `config`, which `lease` is of.
    [[nodiscard]] static Result<std::shared_ptr<DecodeContext>> create(Driver& driver,
                                                                       const Config& config,
                                                                       Size size,
                                                                       DeviceLease lease);

    [[nodiscard]] VAStatus begin_picture(Driver& driver, VASurfaceID target);
    [[nodiscard]] VAStatus render_picture(Driver& driver, const VABufferID* buffers, int count);
    [[nodiscard]] VAStatus end_picture(Driver& driver);

    // Waits for the pictures in flight; the context decodes no more.
    void retire(Driver& driver);

  private:
    DecodeContext(const Config& config, StreamDecoder decoder, DeviceLease lease);

    [[nodiscard]] Result<> add_buffer(const std::shared_ptr<Buffer>& buffer)
        V4L2VA_REQUIRES(mutex_);
    [[nodiscard]] Result<CodedPicture> translate(Driver& driver) V4L2VA_REQUIRES(mutex_);
    [[nodiscard]] Result<> take_over(Driver& driver, RetiredDecoder retired)
        V4L2VA_REQUIRES(mutex_);
    [[nodiscard]] FrameSource frame_source(const PixelFormat& format) const V4L2VA_REQUIRES(mutex_);
    [[nodiscard]] Result<> submit(Driver& driver) V4L2VA_REQUIRES(mutex_);
    [[nodiscard]] Result<> wait_for_target() V4L2VA_REQUIRES(mutex_);
    [[nodiscard]] Result<> show_on(Driver& driver, VASurfaceID display_target)
        V4L2VA_REQUIRES(mutex_);
    void forget_picture() V4L2VA_REQUIRES(mutex_);

    Mutex mutex_;
    Config config_ V4L2VA_GUARDED_BY(mutex_);
    DeviceLease lease_ V4L2VA_GUARDED_BY(mutex_);
    StreamDecoder decoder_ V4L2VA_GUARDED_BY(mutex_);  // empty once retired
    bool has_decoded_ V4L2VA_GUARDED_BY(mutex_) = false;
    // The picture being built: null when there is none.
    std::shared_ptr<Surface> target_ V4L2VA_GUARDED_BY(mutex_);
    VASurfaceID target_id_ V4L2VA_GUARDED_BY(mutex_) = VA_INVALID_ID;
    // Kept alive until vaEndPicture: the codec borrows the slice data.
    std::vector<std::shared_ptr<Buffer>> buffers_ V4L2VA_GUARDED_BY(mutex_);
    // The first failure of vaRenderPicture; vaEndPicture repeats it.
    VAStatus picture_status_ V4L2VA_GUARDED_BY(mutex_) = VA_STATUS_SUCCESS;
    std::vector<std::shared_ptr<FrameMemory>> references_ V4L2VA_GUARDED_BY(mutex_);
};

// The vtable's functions; see <va/va.h> for their contracts.
VAStatus create_context(Driver& driver, VAConfigID config_id, int picture_width, int picture_height,
                        int flag, VASurfaceID* render_targets, int num_render_targets,
                        VAContextID* context_id);
VAStatus destroy_context(Driver& driver, VAContextID context_id);
VAStatus begin_picture(Driver& driver, VAContextID context_id, VASurfaceID target);
VAStatus render_picture(Driver& driver, VAContextID context_id, VABufferID* buffers,
                        int num_buffers);
VAStatus end_picture(Driver& driver, VAContextID context_id);

}  // namespace v4l2va
