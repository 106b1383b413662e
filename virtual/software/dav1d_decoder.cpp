// SPDX-License-Identifier: MIT
// Driving libdav1d.
#include "software/dav1d_decoder.h"

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <stdexcept>
#include <utility>

#include "host/options.h"

namespace vdec {
namespace {

constexpr size_t kAlignment = DAV1D_PICTURE_ALIGNMENT;

size_t align_up(size_t value, size_t to) { return (value + to - 1) / to * to; }

// One block for all planes. libdav1d writes whole blocks of 128 samples.
int allocate(Dav1dPicture* picture, void* /*cookie*/) {
    const bool color = picture->p.layout != DAV1D_PIXEL_LAYOUT_I400;
    const size_t sample = picture->p.bpc > 8 ? 2 : 1;
    const size_t width = align_up(static_cast<size_t>(picture->p.w), 128) * sample;
    const size_t height = align_up(static_cast<size_t>(picture->p.h), 128);
    const size_t chroma_width = align_up(width / 2, kAlignment);
    const size_t luma_size = width * height;
    const size_t chroma_size = color ? chroma_width * height / 2 : 0;
    auto* memory = static_cast<uint8_t*>(
        std::aligned_alloc(kAlignment, luma_size + 2 * chroma_size + kAlignment));
    if (memory == nullptr) return DAV1D_ERR(ENOMEM);
    picture->data[0] = memory;
    picture->data[1] = color ? memory + luma_size : nullptr;
    picture->data[2] = color ? memory + luma_size + chroma_size : nullptr;
    picture->stride[0] = static_cast<ptrdiff_t>(width);
    picture->stride[1] = static_cast<ptrdiff_t>(chroma_width);
    picture->allocator_data = memory;
    return 0;
}

void release(Dav1dPicture* picture, void* /*cookie*/) { std::free(picture->allocator_data); }

}  // namespace

Dav1dFrame::Dav1dFrame(Dav1dFrame&& other) noexcept
    : picture_(std::exchange(other.picture_, Dav1dPicture{})) {}

Dav1dFrame& Dav1dFrame::operator=(Dav1dFrame&& other) noexcept {
    std::swap(picture_, other.picture_);
    return *this;
}

void Dav1dFrame::reset() {
    if (!empty()) dav1d_library()->picture_unref(&picture_);
    picture_ = {};
}

PicturePlanes Dav1dFrame::planes() const {
    PicturePlanes planes;
    for (size_t i = 0; i < 3; ++i) {
        planes.data[i] = static_cast<uint8_t*>(picture_.data[i]);
        planes.stride[i] = picture_.stride[i == 0 ? 0 : 1];
    }
    planes.width = picture_.p.w;
    planes.height = picture_.p.h;
    planes.bit_depth = picture_.p.bpc;
    return planes;
}

Dav1dDecoder::Dav1dDecoder() : dav1d_(dav1d_library()) {
    if (dav1d_ == nullptr) throw std::runtime_error("no libdav1d");
    Dav1dSettings settings;
    dav1d_->default_settings(&settings);
    settings.n_threads = 1;
    settings.max_frame_delay = 1;
    settings.apply_grain = 0;
    settings.output_invisible_frames = 1;
    settings.allocator = {nullptr, allocate, release};
    if (options().log < 3) settings.logger.callback = nullptr;
    if (dav1d_->open(&context_, &settings) < 0) throw std::runtime_error("dav1d_open");
}

Dav1dDecoder::~Dav1dDecoder() { dav1d_->close(&context_); }

Dav1dFrame Dav1dDecoder::decode(std::span<const uint8_t> packet) {
    Dav1dFrame frame;
    Dav1dData data = {};
    uint8_t* bytes = dav1d_->data_create(&data, packet.size());
    if (bytes == nullptr) return frame;
    std::memcpy(bytes, packet.data(), packet.size());
    const bool sent = dav1d_->send_data(context_, &data) == 0;
    if (data.sz > 0) dav1d_->data_unref(&data);
    if (sent && dav1d_->get_picture(context_, &frame.picture_) < 0) frame.picture_ = {};
    return frame;
}

Dav1dFrame Dav1dDecoder::with_grain(const Dav1dFrame& frame) {
    Dav1dFrame grained;
    if (dav1d_->apply_grain(context_, &grained.picture_, &frame.picture_) < 0) {
        grained.picture_ = {};
    }
    return grained;
}

}  // namespace vdec
