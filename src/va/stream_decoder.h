// SPDX-License-Identifier: MIT
// StreamDecoder: what decodes one stream; RetiredDecoders: those whose contexts are gone.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "base/mutex.h"
#include "codec/codec.h"
#include "decode/decode_session.h"
#include "frame/frame_memory.h"
#include "va/config.h"

namespace v4l2va {

struct StreamDecoder {
    std::unique_ptr<Codec> codec;
    std::shared_ptr<DecodeSession> session;
};

// A decoder without a context, and the config that it was made for.
struct RetiredDecoder {
    Config config;
    StreamDecoder decoder;
};

// VP9 and AV1 may change a picture's size and still refer to pictures of the old one. Clients make
// a new context for that, but only the session that decoded the references, and the codec that
// followed the stream, can go on: they wait here for as long as one of their surfaces lives.
// Thread-safe.
class RetiredDecoders {
  public:
    void add(const Config& config, StreamDecoder decoder);
    // The one that decoded what `memory` holds, if its profile was the same; of any device.
    [[nodiscard]] std::optional<RetiredDecoder> take(const Config& config,
                                                     const FrameMemory& memory);
    // Closes those whose surfaces are gone; to be called when surfaces went.
    void prune();
    void clear();

  private:
    Mutex mutex_;
    std::vector<RetiredDecoder> retired_ V4L2VA_GUARDED_BY(mutex_);
};

}  // namespace v4l2va
