// SPDX-License-Identifier: MIT
// FrameStore: the AV1 decoder and the frames that later ones may refer to, by timestamp.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <set>

#include "av1/controls.h"
#include "av1/writer.h"
#include "software/dav1d_decoder.h"

namespace vdec::av1 {

struct StoredFrame {
    uint64_t timestamp = 0;
    Dav1dFrame picture;
    Frame header = {};
    MotionParams motion = {};  // SavedGmParams
};

// Which of the decoder's eight slots holds a frame is of nobody's concern. A client may name eight
// frames and have a ninth decoded, and which one it gives up shows in the next job: until then the
// ninth is in no slot, and it is decoded once more when it is named.
class FrameStore {
  public:
    // Keeps the frames of `named` alone; overwrites the pixels of the others if `poison`. A new
    // sequence header leaves nothing.
    void begin(const std::set<uint64_t>& named, const Sequence& sequence, bool poison);

    // nullptr when the frame is not kept.
    [[nodiscard]] const StoredFrame* find(uint64_t timestamp) const;
    // Any frame, to stand for one that is lost; nullptr when there is none.
    [[nodiscard]] const StoredFrame* any() const;
    // The slot of a frame of this store.
    [[nodiscard]] unsigned slot_of(const StoredFrame& frame) const;
    // Of all slots, 0 for empty ones.
    [[nodiscard]] std::array<unsigned, kSlots> order_hints() const;

    // Decodes, and keeps the frame. nullptr when the decoder reported damage.
    const StoredFrame* decode(const FrameToWrite& input, uint64_t timestamp);
    Dav1dFrame with_grain(const StoredFrame& frame) { return decoder_.with_grain(frame.picture); }

  private:
    struct Pending {
        StoredFrame frame;
        FrameToWrite input;
    };

    void settle_pending(const std::set<uint64_t>& named);

    Dav1dDecoder decoder_;
    Bytes sequence_header_;
    std::array<std::optional<StoredFrame>, kSlots> slots_;
    std::optional<Pending> pending_;
};

}  // namespace vdec::av1
