// SPDX-License-Identifier: MIT
// Prints what a stateless decoder's node answers, a fact a line: what was asked, a tab, the answer.
//
// usage: describe-node /dev/videoN
//
// Asked are all coded formats and their sizes, what OUTPUT and CAPTURE become of each at many
// sizes, each CAPTURE format at some of them, every control, and what the queues can. Nothing is
// allocated but by REQBUFS of none. An answer that is an error is its name.
#include <fcntl.h>
#include <linux/videodev2.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdarg>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <string>
#include <utility>
#include <vector>

namespace {

struct Size {
    uint32_t width, height;
};

constexpr std::array kSizes = {Size{16, 16},     Size{48, 48},      Size{176, 144},
                               Size{318, 238},   Size{320, 240},    Size{1280, 720},
                               Size{1920, 1080}, Size{1920, 1088},  Size{3840, 2160},
                               Size{4096, 2304}, Size{65535, 65535}};
// The sizes at which every CAPTURE format is asked for.
constexpr std::array kCaptureSizes = {Size{178, 146}, Size{320, 240}, Size{1920, 1080}};

[[gnu::format(printf, 1, 2)]] std::string text(const char* format, ...) {
    std::array<char, 256> line = {};
    va_list values;
    va_start(values, format);
    (void)std::vsnprintf(line.data(), line.size(), format, values);
    va_end(values);
    return line.data();
}

void fact(const std::string& asked, const std::string& answer) {
    std::printf("%s\t%s\n", asked.c_str(), answer.c_str());
}

std::string fourcc(uint32_t value) {
    std::string name;
    for (int shift = 0; shift < 32; shift += 8) name += static_cast<char>(value >> shift & 0x7f);
    return name;
}

std::string error_name() { return strerrorname_np(errno); }

class Node {
  public:
    explicit Node(int fd) : fd_(fd) {
        v4l2_capability capability = {};
        if (call(VIDIOC_QUERYCAP, capability)) {
            const std::string driver = reinterpret_cast<const char*>(capability.driver);
            fact("driver", driver);
            fact("capabilities", text("%#x", capability.device_caps));
            planar_ = (capability.device_caps & V4L2_CAP_VIDEO_M2M_MPLANE) != 0;
        }
        output_ = planar_ ? V4L2_BUF_TYPE_VIDEO_OUTPUT_MPLANE : V4L2_BUF_TYPE_VIDEO_OUTPUT;
        capture_ = planar_ ? V4L2_BUF_TYPE_VIDEO_CAPTURE_MPLANE : V4L2_BUF_TYPE_VIDEO_CAPTURE;
    }

    void describe() {
        for (const v4l2_fmtdesc& coded : formats(output_)) {
            fact("coded " + fourcc(coded.pixelformat), text("flags %#x", coded.flags));
        }
        for (const v4l2_fmtdesc& coded : formats(output_)) describe_coded(coded.pixelformat);
        describe_controls();
        for (const auto& [queue, name] : {std::pair{output_, "OUTPUT"}, {capture_, "CAPTURE"}}) {
            for (const uint32_t memory :
                 {V4L2_MEMORY_MMAP, V4L2_MEMORY_USERPTR, V4L2_MEMORY_DMABUF}) {
                v4l2_requestbuffers buffers = {};
                buffers.type = queue;
                buffers.memory = memory;
                fact(text("buffers %s %u", name, memory),
                     call(VIDIOC_REQBUFS, buffers) ? text("capabilities %#x", buffers.capabilities)
                                                   : error_name());
            }
        }
    }

  private:
    template <typename Argument>
    bool call(unsigned long request, Argument& argument) const {
        return ioctl(fd_, request, &argument) == 0;
    }

    [[nodiscard]] std::vector<v4l2_fmtdesc> formats(uint32_t queue) const {
        std::vector<v4l2_fmtdesc> found;
        for (v4l2_fmtdesc next = {}; next.index < 64; ++next.index) {
            next.type = queue;
            if (!call(VIDIOC_ENUM_FMT, next)) break;
            found.push_back(next);
        }
        return found;
    }

    [[nodiscard]] v4l2_format format(uint32_t queue, uint32_t pixel_format, Size size) const {
        v4l2_format made = {};
        made.type = queue;
        if (planar_) {
            made.fmt.pix_mp.width = size.width;
            made.fmt.pix_mp.height = size.height;
            made.fmt.pix_mp.pixelformat = pixel_format;
            made.fmt.pix_mp.num_planes = 1;
        } else {
            made.fmt.pix.width = size.width;
            made.fmt.pix.height = size.height;
            made.fmt.pix.pixelformat = pixel_format;
        }
        return made;
    }

    // FORMAT as REQUEST leaves it; an OUTPUT buffer's size is the client's to choose, but 0 is not.
    [[nodiscard]] std::string answer(unsigned long request, v4l2_format format) const {
        if (!call(request, format)) return error_name();
        if (!planar_) {
            const v4l2_pix_format& pixels = format.fmt.pix;
            return fourcc(pixels.pixelformat) + text(" %ux%u field %u size %u stride %u",
                                                     pixels.width, pixels.height, pixels.field,
                                                     pixels.sizeimage, pixels.bytesperline);
        }
        const v4l2_pix_format_mplane& pixels = format.fmt.pix_mp;
        std::string line = fourcc(pixels.pixelformat) +
                           text(" %ux%u field %u", pixels.width, pixels.height, pixels.field);
        for (uint32_t plane = 0; plane < std::min<uint32_t>(pixels.num_planes, VIDEO_MAX_PLANES);
             ++plane) {
            const v4l2_plane_pix_format& own = pixels.plane_fmt[plane];
            line += text(" size %u stride %u", own.sizeimage, own.bytesperline);
        }
        return line;
    }

    void describe_coded(uint32_t coded) {
        const std::string name = fourcc(coded);
        v4l2_frmsizeenum sizes = {};
        sizes.pixel_format = coded;
        const v4l2_frmsize_stepwise& range = sizes.stepwise;
        fact("sizes " + name, call(VIDIOC_ENUM_FRAMESIZES, sizes)
                                  ? text("type %u, %u-%u by %u, %u-%u by %u", sizes.type,
                                         range.min_width, range.max_width, range.step_width,
                                         range.min_height, range.max_height, range.step_height)
                                  : error_name());
        for (const Size size : kSizes) {
            const std::string asked = name + text(" %ux%u", size.width, size.height);
            fact("OUTPUT " + asked, answer(VIDIOC_S_FMT, format(output_, coded, size)));
            fact("CAPTURE of " + asked, answer(VIDIOC_G_FMT, format(capture_, 0, {0, 0})));
        }
        for (const Size size : kCaptureSizes) {
            (void)answer(VIDIOC_S_FMT, format(output_, coded, size));
            std::string names;
            for (const v4l2_fmtdesc& one : formats(capture_)) {
                const std::string own = fourcc(one.pixelformat);
                names += (names.empty() ? "" : " ") + own;
                fact("CAPTURE " + own + " of " + name + text(" %ux%u", size.width, size.height),
                     answer(VIDIOC_TRY_FMT, format(capture_, one.pixelformat, size)));
            }
            fact("CAPTURE list of " + name + text(" %ux%u", size.width, size.height), names);
        }
    }

    void describe_controls() const {
        constexpr uint32_t kNext = V4L2_CTRL_FLAG_NEXT_CTRL | V4L2_CTRL_FLAG_NEXT_COMPOUND;
        v4l2_query_ext_ctrl control = {};
        for (control.id = kNext; call(VIDIOC_QUERY_EXT_CTRL, control); control.id |= kNext) {
            const std::string asked = text("control %#x %s", control.id, control.name);
            fact(asked + " range", text("type %u, %lld to %lld by %llu, default %lld", control.type,
                                        static_cast<long long>(control.minimum),
                                        static_cast<long long>(control.maximum),
                                        static_cast<unsigned long long>(control.step),
                                        static_cast<long long>(control.default_value)));
            fact(asked + " flags", text("%#x", control.flags));
            std::string dimensions;
            for (uint32_t i = 0; i < control.nr_of_dims && i < V4L2_CTRL_MAX_DIMS; ++i) {
                dimensions += text(" [%u]", control.dims[i]);
            }
            fact(asked + " size",
                 text("%u bytes, %u elements", control.elem_size, control.elems) + dimensions);
            if (control.type == V4L2_CTRL_TYPE_MENU) fact(asked + " menu", menu(control));
        }
    }

    [[nodiscard]] std::string menu(const v4l2_query_ext_ctrl& control) const {
        std::string items;
        for (long long i = control.minimum; i <= control.maximum; ++i) {
            v4l2_querymenu item = {};
            item.id = control.id;
            item.index = static_cast<uint32_t>(i);
            if (call(VIDIOC_QUERYMENU, item)) items += text("%s%lld", items.empty() ? "" : " ", i);
        }
        return items;
    }

    int fd_;
    bool planar_ = false;
    uint32_t output_ = 0;
    uint32_t capture_ = 0;
};

}  // namespace

int main(int argc, char** argv) {
    const int fd = argc == 2 ? open(argv[1], O_RDWR | O_CLOEXEC) : -1;
    if (fd < 0) {
        std::fputs("usage: describe-node /dev/videoN\n", stderr);
        return 2;
    }
    Node(fd).describe();
    close(fd);
    return 0;
}
