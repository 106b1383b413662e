// SPDX-License-Identifier: MIT
// Context: where pictures are built, from vaBeginPicture to vaEndPicture; a class for each kind.
#pragma once

#include <va/va.h>

#include <memory>
#include <vector>

#include "base/mutex.h"
#include "base/result.h"
#include "va/buffer.h"
#include "va/surface.h"

namespace v4l2va {

class Driver;

// The picture being built.
struct Picture {
    std::shared_ptr<Surface> target;  // null: there is none
    VASurfaceID target_id = VA_INVALID_ID;
    // What vaRenderPicture named, in that order: alive until vaEndPicture is back, whatever the
    // client destroys.
    std::vector<std::shared_ptr<Buffer>> buffers;
};

// What all kinds have in common: the target and the buffers of a picture, and what a failure does
// to it. A kind says what is done with them. The calls take the context's lock; nothing else does.
class Context {
  public:
    Context() = default;
    Context(const Context&) = delete;
    Context& operator=(const Context&) = delete;
    virtual ~Context() = default;

    // Whether vaCreateBuffer takes this type. Any thread, no lock.
    [[nodiscard]] virtual bool takes(VABufferType type) const = 0;

    // A picture that was never ended is dropped.
    [[nodiscard]] VAStatus begin_picture(Driver& driver, VASurfaceID target);
    // After the first failure of a picture nothing of it is looked at, and each call repeats that.
    [[nodiscard]] VAStatus render_picture(Driver& driver, const VABufferID* buffers, int count);
    // The picture is over, whatever the status; where it fails, its target counts as damaged.
    [[nodiscard]] VAStatus end_picture(Driver& driver);
    // Waits for the pictures in flight; the context takes no more.
    void retire(Driver& driver);

  protected:
    // The kind's part. Order of calls: reset, add..., submit; reset again at any time; close once,
    // after a reset, and then nothing.

    // Starts a picture; forgets what was added, whose buffers may go.
    virtual void reset() V4L2VA_REQUIRES(mutex_) = 0;
    // The next of the picture's buffers.
    [[nodiscard]] virtual Result<> add(Driver& driver, Buffer& buffer) V4L2VA_REQUIRES(mutex_) = 0;
    // Does the work, or leaves it to an operation of the target (Surface::set_operation). Waits for
    // whoever else uses the target. On failure nothing was done, and the next picture works.
    [[nodiscard]] virtual Result<> submit(Driver& driver, const Picture& picture)
        V4L2VA_REQUIRES(mutex_) = 0;
    // Waits for what is in flight, and gives back what was the context's.
    virtual void close(Driver& driver) V4L2VA_REQUIRES(mutex_) = 0;

    // Held over vaEndPicture's waits, because pictures must reach a device in order.
    Mutex mutex_;

  private:
    void forget_picture() V4L2VA_REQUIRES(mutex_);
    [[nodiscard]] Result<> add_buffer(Driver& driver, const std::shared_ptr<Buffer>& buffer)
        V4L2VA_REQUIRES(mutex_);

    bool retired_ V4L2VA_GUARDED_BY(mutex_) = false;
    Picture picture_ V4L2VA_GUARDED_BY(mutex_);
    // The first failure of vaRenderPicture; vaEndPicture repeats it.
    VAStatus picture_status_ V4L2VA_GUARDED_BY(mutex_) = VA_STATUS_SUCCESS;
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
