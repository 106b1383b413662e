// SPDX-License-Identifier: MIT
// Codec: a pure translator from VA-API buffers to V4L2 controls and bitstream bytes.
#pragma once

#include <va/va.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

#include "base/result.h"
#include "v4l2/types.h"

namespace v4l2va {

// Where a codec learns the kernel's name of a surface. Implemented by the VA layer, faked in tests.
class References {
  public:
    virtual ~References() = default;
    // The timestamp of the latest decode into `surface` by this context, or an invalid one: the
    // surface does not exist, was never decoded here, or its content is gone.
    [[nodiscard]] virtual Timestamp find(VASurfaceID surface) const = 0;
};

// The picture that finish() translates.
struct PictureInput {
    VASurfaceID target = VA_INVALID_ID;  // of vaBeginPicture
    Timestamp timestamp;                 // that a new frame will carry
    const References* references = nullptr;
};

// What finish() made. Everything it points to stays valid until the codec's next begin().
struct CodedPicture {
    std::span<const DecodeUnit> units;  // none: nothing of it is decoded, the target stays as it is
    PicturePart part = PicturePart::kFrame;
    std::span<const VASurfaceID> references;  // existing surfaces that the picture may read
    // Of the picture, for codecs whose pictures may change their size within a context; {0, 0}: no
    // larger than the context.
    Size coded_size = {};
    // Another surface that must show what the device writes, VA_INVALID_ID if none: with AV1 film
    // grain, VA's current_display_picture. Later pictures name the target as their reference, so
    // the CAPTURE buffer must live as long as the target's; the client reads, exports and re-uses
    // this one by itself.
    VASurfaceID display_target = VA_INVALID_ID;
    // What the codec has found out about its client with this picture, for the log at debug level;
    // null where there is nothing new. A literal.
    const char* news = nullptr;
    // The device lacks something that the picture needs: it decodes, to garbage.
    bool damaged = false;
};

// One per VAContext; not thread-safe (the Context's lock serialises). No fd, no ioctl, no lock, no
// allocation in steady state. Order of calls: begin, add..., finish, submitted; begin again at any
// time.
// Nothing that a client or a stream sends may crash, hang or over-read.
class Codec {
  public:
    virtual ~Codec() = default;

    // Starts a picture; forgets what an unfinished one left.
    virtual void begin() = 0;

    // One buffer of vaRenderPicture: `bytes` holds `num_elements` elements of equal size, in any
    // order of types. Parameters are copied by value; slice data is borrowed until the next
    // begin(). Errors: kInvalidParameter (size does not fit the type, too many), kUnsupported (a
    // buffer type that the codec does not know).
    [[nodiscard]] virtual Result<> add(VABufferType type, std::span<const std::byte> bytes,
                                       uint32_t num_elements) = 0;

    // Closes the picture. Errors: kInvalidParameter (buffers missing, ranges outside of the data, a
    // picture larger than the context where CodedPicture has no size), kInvalidBitstream,
    // kUnsupported. After an error the codec's lasting state is as if the picture had never been
    // begun.
    [[nodiscard]] virtual Result<CodedPicture> finish(const PictureInput& input) = 0;

    // The device took the picture of the last finish(). Without this call it never saw it (the
    // picture does not fit its surface, an ioctl failed), and the next one may get its timestamp.
    virtual void submitted() {}
};

// A profile that a codec can translate, and what a device must have for it.
struct ProfileInfo {
    VAProfile profile = VAProfileNone;
    // The deepest and the shallowest pictures of the profile, in bits a sample: 8 or 10.
    uint32_t bit_depth = 8;
    uint32_t min_bit_depth = 8;
    // A device that lacks the deepest does not get the profile; else it gets it with what it has.
    bool needs_deepest = true;
    // Any of these menu items of the device's profile control (bit n: item n) is enough.
    uint64_t menu_items = 0;
};

// One row of the table of codecs (registry.cpp); all of it constant.
struct CodecInfo {
    const char* name = "";          // as in `h264`
    uint32_t coded_fourcc = 0;      // V4L2_PIX_FMT_*
    uint32_t sequence_control = 0;  // decides the CAPTURE format: set before it is asked
    std::span<const ProfileInfo> profiles;
    // The decoders of this codec take a picture's size from its own header, not from the format:
    // pictures smaller than the format's minimum decode, too, into a buffer that is larger than
    // they are.
    bool size_in_header = false;
    // Clients make a new context within a stream, whose pictures refer to surfaces of the one
    // before: VP9 and AV1 pictures may refer to others of another size; of VP8 ffmpeg does so with
    // threads.
    bool outlives_context = false;
    std::span<const uint32_t> required_controls;  // V4L2_CID_STATELESS_* that a device must have
    // `coded_size`: of the context; unless CodedPicture has a size, no picture may be larger once
    // rounded up to whole coding blocks.
    std::unique_ptr<Codec> (*create)(const CodecTraits& traits, VAProfile profile,
                                     Size coded_size) = nullptr;
};

}  // namespace v4l2va
