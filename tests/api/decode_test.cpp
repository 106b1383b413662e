// SPDX-License-Identifier: MIT
// Decoding through libva: pixels, asynchrony, several contexts, surfaces that come and go.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <functional>
#include <set>
#include <thread>

#include "player.h"

namespace v4l2va::test {
namespace {

const Recording& clip() {
    static const Recording recording = record_clip({});
    return recording;
}

TEST(Decode, EveryPictureIsBitExact) {
    const Display display;
    Player player(display, clip());
    EXPECT_EQ(player.decode_and_compare(), clip().pictures.size());
    EXPECT_TRUE(display.messages().empty());
}

TEST(Decode, ContextBeforeAnySurface) {
    const Display display;
    Player player(display, clip(), {.surfaces_first = false});
    EXPECT_EQ(player.decode_and_compare(), clip().pictures.size());
}

TEST(Decode, EveryProfileIsBitExact) {
    const Display display;
    for (const char* profile : {"baseline", "main", "high"}) {
        const std::string params =
            profile == std::string("baseline") ? "ref=4" : "bframes=3:ref=4:weightp=2";
        const Recording recording = record_clip(
            {.width = 208, .height = 112, .frames = 12, .x264_params = params, .profile = profile});
        Player player(display, recording);
        EXPECT_EQ(player.decode_and_compare(), recording.pictures.size()) << profile;
    }
}

// ffmpeg's allow_profile_mismatch: what a stream contains decides, not what its context is called.
TEST(Decode, ProfileOfTheContextDecidesNothing) {
    const Display display;
    for (const char* profile : {"baseline", "main", "high"}) {
        Recording recording = record_clip({.frames = 8, .profile = profile});
        for (const VAProfile label :
             {VAProfileH264ConstrainedBaseline, VAProfileH264Main, VAProfileH264High}) {
            recording.profile = label;
            Player player(display, recording);
            EXPECT_EQ(player.decode_and_compare(), recording.pictures.size())
                << profile << " as " << label;
        }
    }
    EXPECT_TRUE(display.messages().empty());
}

// Hardware that parses slices takes the PPS's numbers, which VA does not carry, where a slice does
// not override them.
TEST(Decode, EveryNumberOfReferences) {
    const Display display;
    for (const char* ref : {"1", "2", "4", "8"}) {
        for (const char* bframes : {"0", "2", "3"}) {
            const std::string params = std::string("b-adapt=0:ref=") + ref + ":bframes=" + bframes;
            const Recording recording =
                record_clip({.width = 96, .height = 80, .frames = 14, .x264_params = params});
            Player player(display, recording);
            EXPECT_EQ(player.decode_and_compare(), recording.pictures.size()) << params;
        }
    }
    EXPECT_TRUE(display.messages().empty());
}

const Recording& many_references() {
    static const Recording recording = record_clip(
        {.frames = 20, .gop = 20, .x264_params = "ref=2:bframes=3:b-adapt=0:b-pyramid=normal"});
    return recording;
}

// `change` is done to all pictures of many_references(): they must stay as they are.
using ChangeReferences =
    std::function<void(VAPictureParameterBufferH264&, const std::set<VASurfaceID>& named)>;

void expect_no_difference(const ChangeReferences& change) {
    Recording changed = many_references();
    for (RecordedPicture& picture : changed.pictures) {
        std::set<VASurfaceID> named;  // by the slices' lists
        for (const RecordedBuffer& buffer : picture.buffers) {
            if (buffer.type == VASliceParameterBufferType) {
                VASliceParameterBufferH264 slice;
                std::memcpy(&slice, buffer.bytes.data(), sizeof(slice));
                for (int i = 0; i < 32; ++i) {
                    named.insert(slice.RefPicList0[i].picture_id);
                    named.insert(slice.RefPicList1[i].picture_id);
                }
            }
        }
        for (RecordedBuffer& buffer : picture.buffers) {
            if (buffer.type == VAPictureParameterBufferType) {
                VAPictureParameterBufferH264 params;
                std::memcpy(&params, buffer.bytes.data(), sizeof(params));
                change(params, named);
                std::memcpy(buffer.bytes.data(), &params, sizeof(params));
            }
        }
    }
    const Display display;
    Player player(display, changed);
    EXPECT_EQ(player.decode_and_compare(), changed.pictures.size());
    EXPECT_TRUE(display.messages().empty());
}

TEST(References, InReverseOrder) {
    expect_no_difference([](VAPictureParameterBufferH264& params, const auto&) {
        std::reverse(std::begin(params.ReferenceFrames), std::end(params.ReferenceFrames));
    });
}

TEST(References, Repeated) {
    expect_no_difference([](VAPictureParameterBufferH264& params, const auto&) {
        params.ReferenceFrames[14] = params.ReferenceFrames[1];
        params.ReferenceFrames[15] = params.ReferenceFrames[0];
    });
}

// Where slices come with their lists. Elsewhere the kernel makes these from the whole DPB, which it
// then does not know.
TEST(UnnamedReferences, MayBeLeftOutForSlices) {
    int left_out = 0;
    expect_no_difference([&](VAPictureParameterBufferH264& params, const auto& named) {
        for (VAPictureH264& reference : params.ReferenceFrames) {
            if (reference.picture_id != VA_INVALID_ID && !named.contains(reference.picture_id)) {
                reference.picture_id = VA_INVALID_ID;
                reference.flags = VA_PICTURE_H264_INVALID;
                ++left_out;
            }
        }
    });
    EXPECT_GT(left_out, 3);
}

TEST(Decode, SeveralPicturesInFlight) {
    const Display display;
    Player player(display, clip());
    // The surfaces of one run of pictures are all different until the client reuses one.
    const size_t depth = 6;
    for (size_t first = 0; first + depth <= clip().pictures.size(); first += depth) {
        for (size_t i = first; i < first + depth; ++i) {
            ASSERT_EQ(player.decode(clip().pictures[i]), VA_STATUS_SUCCESS);
        }
        const RecordedPicture& last = clip().pictures[first + depth - 1];
        if (last.has_expected) {
            EXPECT_EQ(player.read(last), last.expected);
        }
    }
}

TEST(Decode, TwoContextsInterleaved) {
    const Display display;
    const Recording other = record_clip({.width = 320, .height = 240, .frames = 24});
    Player first(display, clip());
    Player second(display, other);
    const size_t pictures = std::min(clip().pictures.size(), other.pictures.size());
    size_t equal = 0;
    for (size_t i = 0; i < pictures; ++i) {
        equal += first.decode_and_compare(i, i + 1);
        equal += second.decode_and_compare(i, i + 1);
    }
    EXPECT_EQ(equal, 2 * pictures);
}

TEST(Decode, FourThreadsOfOneDisplay) {
    const Display display;
    (void)clip();
    std::vector<size_t> equal(4);
    std::vector<std::thread> threads;
    for (size_t i = 0; i < equal.size(); ++i) {
        threads.emplace_back([&, i] {
            Player player(display, clip());
            equal[i] = player.decode_and_compare();
        });
    }
    for (std::thread& thread : threads) {
        thread.join();
    }
    EXPECT_EQ(equal, std::vector<size_t>(4, clip().pictures.size()));
}

TEST(Decode, NewContextOnLiveSurfaces) {
    const Display display;
    Player player(display, clip());
    EXPECT_EQ(player.decode_and_compare(), clip().pictures.size());
    player.destroy_context();
    const RecordedPicture& last = clip().pictures.back();
    EXPECT_EQ(player.read(last), last.expected) << "surfaces outlive their context";
    player.create_context();
    EXPECT_EQ(player.decode_and_compare(), clip().pictures.size());
}

TEST(Decode, ProbeSurfacesBetweenPictures) {
    const Display display;
    Player player(display, clip());
    struct Probe {
        unsigned width;
        unsigned height;
    };
    const std::vector<Probe> probes = {{16, 16},   {128, 128}, {1920, 1088},  {1050626, 1},
                                       {0, 0},     {1, 1},     {0, 16},       {0x80000000U, 16},
                                       {~0U, ~0U}, {4096, 16}, {10240, 10240}};
    size_t equal = 0;
    for (size_t i = 0; i < clip().pictures.size(); ++i) {
        const Probe& probe = probes[i % probes.size()];
        VASurfaceID surface = VA_INVALID_ID;
        const VAStatus status = vaCreateSurfaces(display.get(), VA_RT_FORMAT_YUV420, probe.width,
                                                 probe.height, &surface, 1, nullptr, 0);
        if (status == VA_STATUS_SUCCESS) {
            VAImage image = {};
            if (vaDeriveImage(display.get(), surface, &image) == VA_STATUS_SUCCESS) {
                vaDestroyImage(display.get(), image.image_id);
            }
        } else {
            EXPECT_TRUE(status == VA_STATUS_ERROR_INVALID_PARAMETER ||
                        status == VA_STATUS_ERROR_RESOLUTION_NOT_SUPPORTED)
                << vaErrorStr(status);
        }
        equal += player.decode_and_compare(i, i + 1);
        if (status == VA_STATUS_SUCCESS) {
            EXPECT_EQ(vaDestroySurfaces(display.get(), &surface, 1), VA_STATUS_SUCCESS);
        }
    }
    EXPECT_EQ(equal, clip().pictures.size());
}

TEST(Decode, InitializeAgainInOneProcess) {
    for (int i = 0; i < 3; ++i) {
        const Display display;
        ASSERT_EQ(display.init_status(), VA_STATUS_SUCCESS);
        Player player(display, clip());
        EXPECT_EQ(player.decode_and_compare(0, 8), 8U);
    }
}

TEST(Decode, TwoDisplaysAtOnce) {
    const Display first_display;
    const Display second_display;
    Player first(first_display, clip());
    Player second(second_display, clip());
    for (size_t i = 0; i < clip().pictures.size(); ++i) {
        ASSERT_EQ(first.decode_and_compare(i, i + 1), 1U);
        ASSERT_EQ(second.decode_and_compare(i, i + 1), 1U);
    }
}

TEST(Decode, TerminateWithEverythingAlive) {
    auto display = std::make_unique<Display>();
    VAConfigID config = VA_INVALID_ID;
    VAContextID context = VA_INVALID_ID;
    VASurfaceID surface = VA_INVALID_ID;
    ASSERT_EQ(
        vaCreateConfig(display->get(), VAProfileH264High, VAEntrypointVLD, nullptr, 0, &config),
        VA_STATUS_SUCCESS);
    ASSERT_EQ(vaCreateContext(display->get(), config, 176, 144, 0, nullptr, 0, &context),
              VA_STATUS_SUCCESS);
    ASSERT_EQ(
        vaCreateSurfaces(display->get(), VA_RT_FORMAT_YUV420, 176, 144, &surface, 1, nullptr, 0),
        VA_STATUS_SUCCESS);
    ASSERT_EQ(vaBeginPicture(display->get(), context, surface), VA_STATUS_SUCCESS);
    display.reset();
}

}  // namespace
}  // namespace v4l2va::test
