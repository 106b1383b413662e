// SPDX-License-Identifier: MIT
// How fast a 1080p picture of each layout is read as NV12 or P010, beside memcpy of as many bytes.
#include <benchmark/benchmark.h>

#include <algorithm>
#include <cstring>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "frame/read.h"
#include "pixel_frame.h"
#include "pixel_table.h"
#include "v4l2/pixel_format.h"

namespace v4l2va::bench {

namespace {

constexpr Size kSize{1920, 1080};

// A frame and an image that it is read into, as vaGetImage does.
struct Picture {
    const Layout* layout = nullptr;
    std::shared_ptr<FrameMemory> frame;
    std::vector<std::byte> image;
    size_t pitch = 0;  // of the image
};

bool convert(Picture& picture) {
    std::byte* const chroma = picture.image.data() + picture.pitch * kSize.height;
    return read_plane(*picture.frame, 0, {0, 0, kSize.width, kSize.height}, picture.image.data(),
                      picture.pitch)
               .has_value() &&
           read_plane(*picture.frame, 1, {0, 0, kSize.width, kSize.height / 2}, chroma,
                      picture.pitch)
               .has_value();
}

// As many bytes as the picture's samples take, from the same memory to the same image.
bool copy(Picture& picture) {
    size_t left = picture_bytes(*picture.layout, kSize);
    std::byte* to = picture.image.data();
    for (uint32_t plane = 0; plane < picture.frame->layout().num_planes && left > 0; ++plane) {
        const auto memory = picture.frame->map(plane);
        if (!memory) {
            return false;
        }
        const size_t bytes = std::min(left, memory->size());
        std::memcpy(to, memory->data(), bytes);
        benchmark::ClobberMemory();
        to += bytes;
        left -= bytes;
    }
    return left == 0;
}

template <bool run(Picture&)>
void measure(benchmark::State& state, Picture& picture) {
    for (auto iteration : state) {
        (void)iteration;
        if (!run(picture)) {
            state.SkipWithError("the frame cannot be read");
            break;
        }
        benchmark::ClobberMemory();
    }
    const size_t bytes = picture_bytes(*picture.layout, kSize);
    state.SetBytesProcessed(state.iterations() * static_cast<int64_t>(bytes));
}

std::unique_ptr<Picture> new_picture(System& system, const Layout& layout) {
    auto picture = std::make_unique<Picture>();
    picture->layout = &layout;
    picture->frame = new_frame(system, layout, kSize);
    if (!picture->frame) {
        return nullptr;
    }
    const PixelFormat* format = find_pixel_format(layout.fourcc);
    picture->pitch = size_t{kSize.width} * (format->bit_depth > 8 ? 2 : 1);
    picture->image.resize(picture->pitch * kSize.height * 3 / 2);
    return picture;
}

int run(int argc, char** argv) {
    KernelSystem system;
    std::vector<std::unique_ptr<Picture>> pictures;
    std::vector<std::string> names;
    for (const Layout& layout : layouts()) {
        auto picture = new_picture(system, layout);
        if (!picture) {
            return 1;
        }
        const std::string name = layout.name;
        benchmark::RegisterBenchmark((name + "/" + kConvert).c_str(), measure<convert>,
                                     std::ref(*picture));
        benchmark::RegisterBenchmark((name + "/" + kCopy).c_str(), measure<copy>,
                                     std::ref(*picture));
        names.push_back(name);
        pictures.push_back(std::move(picture));
    }
    PixelTable table(names);
    return run_all(argc, argv, table);
}

}  // namespace

}  // namespace v4l2va::bench

int main(int argc, char** argv) { return v4l2va::bench::run(argc, argv); }
