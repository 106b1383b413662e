// SPDX-License-Identifier: MIT
// How long composition takes for the jobs that players and servers ask for, beside libswscale and
// libyuv with vectors of the same width, one thread each, and memcpy of the bytes read and written.
#include <benchmark/benchmark.h>
#include <libyuv.h>

extern "C" {
#include <libavutil/cpu.h>
#include <libswscale/swscale.h>
}

#include <array>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <functional>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "medians.h"
#include "pixel/compose.h"

namespace v4l2va::bench {

namespace {

constexpr const char* kOurs = "ours";
constexpr const char* kSwscale = "libswscale";
constexpr const char* kLibyuv = "libyuv";
constexpr const char* kMemcpy = "memcpy";

// A picture of plain rows.
struct Frame {
    AVPixelFormat format;
    uint32_t width;
    uint32_t height;
    std::vector<std::byte> memory;

    Frame(AVPixelFormat of, uint32_t columns, uint32_t rows)
        : format(of), width(columns), height(rows) {
        const size_t pixels = size_t{width} * height;
        memory.resize(is_rgb() ? 4 * pixels : pixels * 3 / 2 * sample_bytes());
        std::minstd_rand random(1);
        for (std::byte& byte : memory) {
            byte = static_cast<std::byte>(random() >> 8);
        }
    }

    [[nodiscard]] bool is_rgb() const { return format == AV_PIX_FMT_BGRA; }
    [[nodiscard]] size_t sample_bytes() const { return format == AV_PIX_FMT_P010LE ? 2 : 1; }
    [[nodiscard]] size_t pitch() const { return width * (is_rgb() ? 4 : sample_bytes()); }
    [[nodiscard]] uint8_t* luma() {
        return static_cast<uint8_t*>(static_cast<void*>(memory.data()));
    }
    [[nodiscard]] uint8_t* chroma() { return luma() + pitch() * height; }
    [[nodiscard]] PictureFormat picture_format() const {
        PictureFormat picture;
        picture.colour.bit_depth = format == AV_PIX_FMT_P010LE ? 10 : 8;
        if (is_rgb()) {
            picture.planes = PlaneArrangement::kPackedRgb;
            picture.rgb_places = {2, 1, 0, 3};
            picture.colour.is_rgb = true;
            picture.colour.full_range = true;
        }
        return picture;
    }
    template <typename Picture>
    [[nodiscard]] Picture picture() {
        Picture result{picture_format(), width, height, {}};
        const TileShape tile = linear_tile(static_cast<uint32_t>(sample_bytes()));
        result.planes[0] = {memory, 0, tile, tile.bytes, pitch()};
        if (!is_rgb()) {
            result.planes[1] = {memory, pitch() * height, tile, tile.bytes, pitch()};
        }
        return result;
    }
};

struct Job;
using LibyuvCall = void (*)(Job& job);

struct Task {
    const char* name;
    AVPixelFormat from;
    std::array<uint32_t, 2> from_size;
    AVPixelFormat to;
    std::array<uint32_t, 2> to_size;
    ScalingFilter filter = ScalingFilter::kBilinear;
    int swscale_flags = SWS_FAST_BILINEAR;  // 0: it cannot do that
    LibyuvCall libyuv = nullptr;
    uint32_t turns = 0;
    bool interlaced = false;
    bool adaptive = false;
};

struct Job {
    const Task* task;
    Frame from;
    Frame previous;
    Frame to;
    Composer composer;
    std::vector<Layer> layers;
    SwsContext* swscale = nullptr;
    std::vector<std::byte> scratch;

    explicit Job(const Task& wanted)
        : task(&wanted),
          from(wanted.from, wanted.from_size[0], wanted.from_size[1]),
          previous(wanted.from, wanted.from_size[0], wanted.from_size[1]),
          to(wanted.to, wanted.to_size[0], wanted.to_size[1]) {
        Layer layer;
        layer.source = from.picture<SourcePicture>();
        layer.crop = {0, 0, from.width, from.height};
        layer.target = {0, 0, to.width, to.height};
        layer.filter = wanted.filter;
        layer.turn = make_turn(wanted.turns, false, false);
        if (wanted.interlaced) {
            layer.interlacing = Interlacing{};
            if (wanted.adaptive) {
                layer.interlacing->previous = previous.picture<SourcePicture>().planes;
            }
        }
        layers.push_back(layer);
        if (wanted.swscale_flags != 0) {
            swscale =
                sws_getContext(static_cast<int>(from.width), static_cast<int>(from.height),
                               from.format, static_cast<int>(to.width), static_cast<int>(to.height),
                               to.format, wanted.swscale_flags, nullptr, nullptr, nullptr);
        }
        scratch.resize(from.memory.size() + to.memory.size());
    }
    Job(const Job&) = delete;
    Job& operator=(const Job&) = delete;
    ~Job() { sws_freeContext(swscale); }
};

int of(size_t value) { return static_cast<int>(value); }

void yuv_scale(Job& job) {
    libyuv::NV12Scale(job.from.luma(), of(job.from.pitch()), job.from.chroma(),
                      of(job.from.pitch()), of(job.from.width), of(job.from.height), job.to.luma(),
                      of(job.to.pitch()), job.to.chroma(), of(job.to.pitch()), of(job.to.width),
                      of(job.to.height), libyuv::kFilterBilinear);
}

void yuv_to_rgb(Job& job) {
    libyuv::NV12ToARGBMatrix(job.from.luma(), of(job.from.pitch()), job.from.chroma(),
                             of(job.from.pitch()), job.to.luma(), of(job.to.pitch()),
                             &libyuv::kYuvH709Constants, of(job.to.width), of(job.to.height));
}

bool run_ours(Job& job) {
    return job.composer.compose(job.to.picture<TargetPicture>(), {}, job.layers);
}

bool run_swscale(Job& job) {
    const uint8_t* const from[] = {job.from.luma(), job.from.chroma()};
    const int from_pitch[] = {of(job.from.pitch()), of(job.from.pitch())};
    uint8_t* const to[] = {job.to.luma(), job.to.is_rgb() ? nullptr : job.to.chroma()};
    const int to_pitch[] = {of(job.to.pitch()), of(job.to.pitch())};
    return sws_scale(job.swscale, from, from_pitch, 0, of(job.from.height), to, to_pitch) > 0;
}

bool run_libyuv(Job& job) {
    job.task->libyuv(job);
    return true;
}

bool run_memcpy(Job& job) {
    std::memcpy(job.scratch.data(), job.from.memory.data(), job.from.memory.size());
    benchmark::ClobberMemory();
    std::memcpy(job.to.memory.data(), job.scratch.data() + job.from.memory.size(),
                job.to.memory.size());
    return true;
}

void measure(benchmark::State& state, Job& job, bool (*run)(Job&)) {
    for (auto iteration : state) {
        (void)iteration;
        if (!run(job)) {
            state.SkipWithError("the picture was not made");
            break;
        }
        benchmark::ClobberMemory();
    }
}

constexpr std::array<uint32_t, 2> k4k = {3840, 2160};
constexpr std::array<uint32_t, 2> k1080 = {1920, 1080};
constexpr std::array<uint32_t, 2> k720 = {1280, 720};
constexpr std::array<uint32_t, 2> k360 = {640, 360};
constexpr AVPixelFormat kNv12 = AV_PIX_FMT_NV12;

constexpr Task kTasks[] = {
    {.name = "NV12 1080p to 720p",
     .from = kNv12,
     .from_size = k1080,
     .to = kNv12,
     .to_size = k720,
     .swscale_flags = SWS_BILINEAR,
     .libyuv = yuv_scale},
    {.name = "NV12 1080p to 640x360",
     .from = kNv12,
     .from_size = k1080,
     .to = kNv12,
     .to_size = k360,
     .swscale_flags = SWS_BILINEAR,
     .libyuv = yuv_scale},
    {.name = "NV12 2160p to 1080p",
     .from = kNv12,
     .from_size = k4k,
     .to = kNv12,
     .to_size = k1080,
     .swscale_flags = SWS_BILINEAR,
     .libyuv = yuv_scale},
    {.name = "NV12 1080p to 720p, cubic",
     .from = kNv12,
     .from_size = k1080,
     .to = kNv12,
     .to_size = k720,
     .filter = ScalingFilter::kCubic,
     .swscale_flags = SWS_BICUBIC},
    {.name = "P010 to NV12, 1080p",
     .from = AV_PIX_FMT_P010LE,
     .from_size = k1080,
     .to = kNv12,
     .to_size = k1080,
     .swscale_flags = SWS_BILINEAR},
    {.name = "NV12 to BGRA, 1080p",
     .from = kNv12,
     .from_size = k1080,
     .to = AV_PIX_FMT_BGRA,
     .to_size = k1080,
     .swscale_flags = SWS_BILINEAR,
     .libyuv = yuv_to_rgb},
    {.name = "NV12 turned by 90 degrees, 1080p",
     .from = kNv12,
     .from_size = k1080,
     .to = kNv12,
     .to_size = {1080, 1920},
     .swscale_flags = 0},
    {.name = "bob, 1080i",
     .from = kNv12,
     .from_size = k1080,
     .to = kNv12,
     .to_size = k1080,
     .swscale_flags = 0,
     .interlaced = true},
    {.name = "motion adaptive, 1080i",
     .from = kNv12,
     .from_size = k1080,
     .to = kNv12,
     .to_size = k1080,
     .swscale_flags = 0,
     .interlaced = true,
     .adaptive = true},
};

class ProcessTable : public Medians {
  public:
    using Medians::Medians;

    void Finalize() override {
        std::printf(
            "| Job | ms | times libswscale's | times libyuv's | times memcpy's |\n"
            "|---|---|---|---|---|\n");
        for (const Row& row : rows()) {
            const double ours = row.median(kOurs);
            if (ours <= 0) {
                continue;
            }
            std::printf("| %s | %.2f |", row.name.c_str(), ours * 1e3);
            for (const char* other : {kSwscale, kLibyuv, kMemcpy}) {
                const double theirs = row.median(other);
                if (theirs > 0) {
                    std::printf(" %.2f |", ours / theirs);
                } else {
                    std::printf(" - |");
                }
            }
            std::printf("\n");
        }
    }

  protected:
    [[nodiscard]] double value(const Run& run) const override {
        return run.real_accumulated_time / static_cast<double>(run.iterations);
    }
};

// What this driver's vectors are made of: SSSE3, or NEON.
void use_the_same_vectors() {
#ifdef __x86_64__
    av_force_cpu_flags(AV_CPU_FLAG_MMX | AV_CPU_FLAG_MMXEXT | AV_CPU_FLAG_SSE | AV_CPU_FLAG_SSE2 |
                       AV_CPU_FLAG_SSE3 | AV_CPU_FLAG_SSSE3);
    libyuv::MaskCpuFlags(libyuv::kCpuHasX86 | libyuv::kCpuHasSSE2 | libyuv::kCpuHasSSSE3);
#endif
}

int run(int argc, char** argv) {
    use_the_same_vectors();
    std::vector<std::unique_ptr<Job>> jobs;
    std::vector<std::string> names;
    for (const Task& task : kTasks) {
        Job& job = *jobs.emplace_back(std::make_unique<Job>(task));
        const auto add = [&](const char* column, bool (*how)(Job&)) {
            benchmark::RegisterBenchmark((std::string(task.name) + "/" + column).c_str(), measure,
                                         std::ref(job), how);
        };
        names.emplace_back(task.name);
        add(kOurs, run_ours);
        add(kMemcpy, run_memcpy);
        if (job.swscale) {
            add(kSwscale, run_swscale);
        }
        if (task.libyuv) {
            add(kLibyuv, run_libyuv);
        }
    }
    ProcessTable table(names);
    return run_all(argc, argv, table);
}

}  // namespace

}  // namespace v4l2va::bench

int main(int argc, char** argv) { return v4l2va::bench::run(argc, argv); }
