// SPDX-License-Identifier: MIT
// Display and Player: replay of a Recording through libva, as a client would.
#pragma once

#include <va/va.h>

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "recording.h"
#include "surface_names.h"

namespace v4l2va::test {

// A VADisplay on the machine's first render node; the messages of the driver are counted.
class Display {
  public:
    Display();
    ~Display();
    Display(const Display&) = delete;
    Display& operator=(const Display&) = delete;

    [[nodiscard]] VADisplay get() const { return display_; }
    [[nodiscard]] VAStatus init_status() const { return init_status_; }
    [[nodiscard]] const std::vector<std::string>& messages() const { return messages_; }
    // What the driver said at info level after its initialisation, with V4L2VA_LOG=info: that it
    // decodes beside a surface and copies, why it refuses an import, or of an odd pitch.
    [[nodiscard]] const std::vector<std::string>& infos() const { return infos_; }

  private:
    static void on_message(void* user, const char* message);
    static void on_info(void* user, const char* message);

    int fd_ = -1;
    VADisplay display_ = nullptr;
    VAStatus init_status_ = VA_STATUS_ERROR_OPERATION_FAILED;
    std::vector<std::string> messages_;
    std::vector<std::string> infos_;
};

// How many of a display's infos have these words.
[[nodiscard]] size_t count_infos(const Display& display, std::string_view words);

// A Display that hears what the driver says at info level, or with "debug" at debug level, too.
[[nodiscard]] std::unique_ptr<Display> display_with_infos(const char* level = "info");

using Change = std::function<void(Buffers&)>;

// One context that decodes a recording (H.264 or MPEG-2) into surfaces of its own.
class Player {
  public:
    struct Options {
        bool surfaces_first = true;  // false: context first, with no targets
        // Of the coded size; else vaCreateSurfaces without attributes.
        std::function<VASurfaceID(unsigned width, unsigned height)> make_surface;
    };

    Player(const Display& display, const Recording& recording, Options options);
    Player(const Display& display, const Recording& recording)
        : Player(display, recording, Options{}) {}
    ~Player();
    Player(const Player&) = delete;
    Player& operator=(const Player&) = delete;

    [[nodiscard]] VADisplay display() const { return display_; }
    [[nodiscard]] VAContextID context() const { return context_; }
    [[nodiscard]] VASurfaceID surface(VASurfaceID recorded) const { return surfaces_.at(recorded); }
    [[nodiscard]] const SurfaceNames& surfaces() const { return surfaces_; }

    // Begin, render, end; buffers are destroyed right after, as clients do. The first error of any
    // of the calls; vaEndPicture is called in any case.
    VAStatus decode(const RecordedPicture& picture, const Change& change = {});

    // Waits for and reads a picture's surface. Sets `status` to the first error.
    [[nodiscard]] Pixels read(const RecordedPicture& picture, VAStatus* status = nullptr) const;

    // Decodes and compares every picture in [first, last). Returns the number of those that equal
    // their expected pixels; pictures that were never put out count as equal.
    size_t decode_and_compare(size_t first, size_t last);
    size_t decode_and_compare() { return decode_and_compare(0, recording_.pictures.size()); }

    void destroy_context();
    void create_context();
    void destroy_surfaces();
    // Leaves all that there is to vaTerminate.
    void forget();

  private:
    void create_surfaces();

    VADisplay display_;
    const Recording& recording_;
    const Options options_;
    VAConfigID config_ = VA_INVALID_ID;
    VAContextID context_ = VA_INVALID_ID;
    SurfaceNames surfaces_;
};

// Descriptors that the process has open.
[[nodiscard]] size_t open_fds();

// vaSyncSurface, vaCreateImage, vaGetImage, vaMapBuffer: the pixels of a surface, as NV12 or P010.
[[nodiscard]] Pixels read_surface(VADisplay display, VASurfaceID surface, unsigned width,
                                  unsigned height, VAStatus* status = nullptr,
                                  uint32_t fourcc = VA_FOURCC_NV12);

}  // namespace v4l2va::test
