// SPDX-License-Identifier: MIT
// Display and Player: replay of a Recording through libva, as a client would.
#include "player.h"

#include <dirent.h>
#include <fcntl.h>
#include <unistd.h>
#include <va/va_drm.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <utility>

namespace v4l2va::test {

namespace {

void require(VAStatus status, const char* what) {
    if (status != VA_STATUS_SUCCESS) {
        std::fprintf(stderr, "player: %s: %s\n", what, vaErrorStr(status));
        std::abort();
    }
}

// VA's structs are copied out and in, never aliased.
template <typename Params, typename Change>
void change_params(std::byte* bytes, Change change) {
    Params params;
    std::memcpy(&params, bytes, sizeof(params));
    change(params);
    std::memcpy(bytes, &params, sizeof(params));
}

}  // namespace

Display::Display() : fd_(open("/dev/dri/renderD128", O_RDWR | O_CLOEXEC)) {
    display_ = vaGetDisplayDRM(fd_);
    vaSetErrorCallback(display_, on_message, this);
    vaSetInfoCallback(display_, nullptr, nullptr);
    int major = 0;
    int minor = 0;
    init_status_ = vaInitialize(display_, &major, &minor);
    vaSetInfoCallback(display_, on_info, this);
}

size_t count_infos(const Display& display, std::string_view words) {
    return static_cast<size_t>(
        std::count_if(display.infos().begin(), display.infos().end(),
                      [words](const auto& line) { return line.find(words) != std::string::npos; }));
}

std::unique_ptr<Display> display_with_infos(const char* level) {
    setenv("V4L2VA_LOG", level, 1);
    auto display = std::make_unique<Display>();
    unsetenv("V4L2VA_LOG");
    return display;
}

Display::~Display() {
    vaTerminate(display_);
    close(fd_);
}

void Display::on_message(void* user, const char* message) {
    static_cast<Display*>(user)->messages_.emplace_back(message);
}

void Display::on_info(void* user, const char* message) {
    static_cast<Display*>(user)->infos_.emplace_back(message);
}

Player::Player(const Display& display, const Recording& recording, Options options)
    : display_(display.get()), recording_(recording), options_(std::move(options)) {
    require(vaCreateConfig(display_, recording.profile, VAEntrypointVLD, nullptr, 0, &config_),
            "vaCreateConfig");
    if (options_.surfaces_first) {
        create_surfaces();
        create_context();
    } else {
        create_context();
        create_surfaces();
    }
}

Player::~Player() {
    destroy_context();
    destroy_surfaces();
    if (config_ != VA_INVALID_ID) {
        vaDestroyConfig(display_, config_);
    }
}

void Player::create_surfaces() {
    for (const VASurfaceID recorded : recording_.surfaces) {
        if (options_.make_surface) {
            surfaces_[recorded] =
                options_.make_surface(recording_.coded_width, recording_.coded_height);
            continue;
        }
        VASurfaceID own = VA_INVALID_ID;
        const unsigned rt_format =
            recording_.bit_depth > 8 ? VA_RT_FORMAT_YUV420_10 : VA_RT_FORMAT_YUV420;
        require(vaCreateSurfaces(display_, rt_format, recording_.coded_width,
                                 recording_.coded_height, &own, 1, nullptr, 0),
                "vaCreateSurfaces");
        surfaces_[recorded] = own;
    }
}

void Player::create_context() {
    require(vaCreateContext(display_, config_, static_cast<int>(recording_.coded_width),
                            static_cast<int>(recording_.coded_height), VA_PROGRESSIVE, nullptr, 0,
                            &context_),
            "vaCreateContext");
}

void Player::destroy_context() {
    if (context_ != VA_INVALID_ID) {
        vaDestroyContext(display_, context_);
        context_ = VA_INVALID_ID;
    }
}

void Player::destroy_surfaces() {
    for (auto& [recorded, own] : surfaces_) {
        vaDestroySurfaces(display_, &own, 1);
    }
    surfaces_.clear();
}

void Player::forget() {
    context_ = VA_INVALID_ID;
    config_ = VA_INVALID_ID;
    surfaces_.clear();
}

VAStatus Player::decode(const RecordedPicture& picture, const Change& change) {
    Buffers buffers = renamed_buffers(recording_.profile, picture, surfaces_);
    if (change) {
        change(buffers);
    }
    VAStatus first = vaBeginPicture(display_, context_, surface(picture.target));
    const auto note = [&first](VAStatus status) {
        first = first == VA_STATUS_SUCCESS ? status : first;
    };
    std::vector<VABufferID> ids;
    for (RecordedBuffer& buffer : buffers) {
        VABufferID id = VA_INVALID_ID;
        const VAStatus status = vaCreateBuffer(display_, context_, buffer.type, buffer.element_size,
                                               buffer.num_elements, buffer.bytes.data(), &id);
        note(status);
        if (status == VA_STATUS_SUCCESS) {
            ids.push_back(id);
        }
    }
    note(vaRenderPicture(display_, context_, ids.data(), static_cast<int>(ids.size())));
    note(vaEndPicture(display_, context_));
    for (const VABufferID id : ids) {
        vaDestroyBuffer(display_, id);
    }
    return first;
}

Pixels Player::read(const RecordedPicture& picture, VAStatus* status) const {
    return read_surface(display_, surface(picture.target), recording_.visible_width,
                        recording_.visible_height, status,
                        recording_.bit_depth > 8 ? VA_FOURCC_P010 : VA_FOURCC_NV12);
}

size_t Player::decode_and_compare(size_t first, size_t last) {
    size_t equal = 0;
    for (size_t i = first; i < last; ++i) {
        const RecordedPicture& picture = recording_.pictures[i];
        const bool decoded = decode(picture) == VA_STATUS_SUCCESS;
        equal += decoded && (!picture.has_expected || read(picture) == picture.expected) ? 1 : 0;
    }
    return equal;
}

size_t open_fds() {
    size_t count = 0;
    DIR* directory = opendir("/proc/self/fd");
    while (readdir(directory)) {
        ++count;
    }
    closedir(directory);
    return count;
}

Pixels read_surface(VADisplay display, VASurfaceID surface, unsigned width, unsigned height,
                    VAStatus* status, uint32_t fourcc) {
    VAImageFormat format = {};
    format.fourcc = fourcc;
    const unsigned row_bytes = fourcc == VA_FOURCC_P010 ? 2 * width : width;
    VAImage image = {};
    Pixels pixels;
    VAStatus result = vaSyncSurface(display, surface);
    if (result == VA_STATUS_SUCCESS) {
        result = vaCreateImage(display, &format, static_cast<int>(width), static_cast<int>(height),
                               &image);
    }
    if (result != VA_STATUS_SUCCESS) {
        if (status) {
            *status = result;
        }
        return pixels;
    }
    result = vaGetImage(display, surface, 0, 0, width, height, image.image_id);
    void* data = nullptr;
    if (result == VA_STATUS_SUCCESS) {
        result = vaMapBuffer(display, image.buf, &data);
    }
    if (result == VA_STATUS_SUCCESS) {
        pixels.width = width;
        pixels.height = height;
        const auto* bytes = static_cast<const uint8_t*>(data);
        for (unsigned y = 0; y < height; ++y) {
            const uint8_t* row = bytes + image.offsets[0] + size_t{y} * image.pitches[0];
            pixels.luma.insert(pixels.luma.end(), row, row + row_bytes);
        }
        for (unsigned y = 0; y < height / 2; ++y) {
            const uint8_t* row = bytes + image.offsets[1] + size_t{y} * image.pitches[1];
            pixels.chroma.insert(pixels.chroma.end(), row, row + row_bytes);
        }
        vaUnmapBuffer(display, image.buf);
    }
    vaDestroyImage(display, image.image_id);
    if (status) {
        *status = result;
    }
    return pixels;
}

}  // namespace v4l2va::test
