// SPDX-License-Identifier: MIT
// Dav1dDecoder: libdav1d as a frame-by-frame decoder whose pictures we own.
#pragma once

#include <cstdint>
#include <span>

#include "image/picture_copy.h"
#include "software/dav1d_library.h"

namespace vdec {

// A picture of the decoder: what later frames refer to is this memory.
class Dav1dFrame {
  public:
    Dav1dFrame() = default;
    ~Dav1dFrame() { reset(); }
    Dav1dFrame(Dav1dFrame&& other) noexcept;
    Dav1dFrame& operator=(Dav1dFrame&& other) noexcept;

    [[nodiscard]] bool empty() const { return picture_.data[0] == nullptr; }
    [[nodiscard]] PicturePlanes planes() const;
    void reset();

  private:
    friend class Dav1dDecoder;

    Dav1dPicture picture_ = {};
};

class Dav1dDecoder {
  public:
    Dav1dDecoder();
    ~Dav1dDecoder();
    Dav1dDecoder(const Dav1dDecoder&) = delete;
    Dav1dDecoder& operator=(const Dav1dDecoder&) = delete;

    // Decodes the OBUs of one frame, shown or not. Empty when the decoder reported damage.
    Dav1dFrame decode(std::span<const uint8_t> packet);
    // The same picture with the film grain that its header asks for; empty on failure.
    Dav1dFrame with_grain(const Dav1dFrame& frame);

  private:
    const Dav1dLibrary* dav1d_;
    Dav1dContext* context_ = nullptr;
};

}  // namespace vdec
