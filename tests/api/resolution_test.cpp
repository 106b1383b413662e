// SPDX-License-Identifier: MIT
// New sizes, new contexts and old surfaces: each way in which drivers of one queue a display have
// been caught with EBUSY.
#include <gtest/gtest.h>

#include <algorithm>
#include <map>

#include "client.h"
#include "export.h"

namespace v4l2va::test {
namespace {

const Recording& clip() {
    static const Recording recording = record_clip({});
    return recording;
}

const Recording& large_clip() {
    static const Recording recording =
        record_clip({.width = 640, .height = 368, .frames = 8, .x264_params = "ref=2"});
    return recording;
}

using Exports = std::map<VASurfaceID, std::unique_ptr<Export>>;

Exports export_all(const Display& display, const Player& player) {
    Exports exports;
    for (const auto& [recorded, own] : player.surfaces()) {
        exports[recorded] =
            std::make_unique<Export>(display.get(), own, VA_EXPORT_SURFACE_SEPARATE_LAYERS);
        EXPECT_EQ(exports[recorded]->status(), VA_STATUS_SUCCESS);
    }
    return exports;
}

// What each surface shows last.
std::map<VASurfaceID, const RecordedPicture*> last_pictures(const Recording& recording) {
    std::map<VASurfaceID, const RecordedPicture*> last;
    for (const RecordedPicture& picture : recording.pictures) {
        last[picture.target] = &picture;
    }
    return last;
}

size_t wrong_exports(const Recording& recording, const Exports& exports) {
    size_t wrong = 0;
    for (const auto& [recorded, picture] : last_pictures(recording)) {
        wrong +=
            !picture->has_expected || exports.at(recorded)->read(recording) == picture->expected
                ? 0
                : 1;
    }
    return wrong;
}

TEST(Resolution, EveryOldSurfaceIsAliveAndExported) {
    const Display display;
    auto small = std::make_unique<Player>(display, clip());
    const Exports small_exports = export_all(display, *small);
    ASSERT_EQ(small->decode_and_compare(), clip().pictures.size());
    small->destroy_context();
    auto large = std::make_unique<Player>(display, large_clip());
    const Exports large_exports = export_all(display, *large);
    ASSERT_EQ(large->decode_and_compare(), large_clip().pictures.size());
    EXPECT_EQ(wrong_exports(clip(), small_exports), 0U);
    // Back again, while the surfaces of both are on screen.
    large->destroy_context();
    Player again(display, clip());
    for (size_t i = 0; i < clip().pictures.size(); ++i) {
        ASSERT_EQ(again.decode_and_compare(i, i + 1), 1U);
        EXPECT_EQ(wrong_exports(clip(), small_exports), 0U);
        EXPECT_EQ(wrong_exports(large_clip(), large_exports), 0U);
    }
    // Old surfaces go one by one, between pictures of the new context.
    small.reset();
    large.reset();
    EXPECT_EQ(again.decode_and_compare(), clip().pictures.size());
    EXPECT_EQ(wrong_exports(clip(), small_exports), 0U);
    EXPECT_EQ(wrong_exports(large_clip(), large_exports), 0U);
    EXPECT_TRUE(display.messages().empty());
}

TEST(Resolution, NewContextBeforeTheOldOneIsGone) {
    const Display display;
    Player small(display, clip());
    ASSERT_EQ(small.decode_and_compare(0, 8), 8U);
    Player large(display, large_clip());
    ASSERT_EQ(large.decode_and_compare(0, 4), 4U);
    small.destroy_context();
    EXPECT_EQ(large.decode_and_compare(4, 8), 4U);
}

// Probes allocate and export memory of other sizes and depths while a stream is set up and runs.
TEST(Resolution, ProbesBetweenContextAndFirstPicture) {
    const Display display;
    Player player(display, clip(), {.surfaces_first = false});
    const auto probe = [&](unsigned rt_format, unsigned size) {
        VASurfaceID surface = VA_INVALID_ID;
        ASSERT_EQ(vaCreateSurfaces(display.get(), rt_format, size, size, &surface, 1, nullptr, 0),
                  VA_STATUS_SUCCESS);
        const Export exported(display.get(), surface, VA_EXPORT_SURFACE_SEPARATE_LAYERS);
        EXPECT_EQ(exported.status(), VA_STATUS_SUCCESS);
        EXPECT_EQ(vaSyncSurface(display.get(), surface), VA_STATUS_SUCCESS);
        EXPECT_EQ(vaDestroySurfaces(display.get(), &surface, 1), VA_STATUS_SUCCESS);
    };
    for (size_t i = 0; i < clip().pictures.size(); ++i) {
        probe(VA_RT_FORMAT_YUV420, 16);
        probe(VA_RT_FORMAT_YUV420, 128);
        probe(VA_RT_FORMAT_YUV420_10, 128);
        ASSERT_EQ(player.decode_and_compare(i, i + 1), 1U) << i;
    }
}

// The session is made anew in mid-stream and in flight; the pictures after the next IDR picture are
// right on the memory that was exported before all of it.
TEST(Resolution, SessionsOnLiveSurfaces) {
    const Display display;
    Player player(display, clip());
    const Exports exports = export_all(display, player);
    const std::vector<RecordedPicture>& pictures = clip().pictures;
    for (size_t cut = 2; cut < pictures.size() - 8; cut += 5) {
        for (size_t i = 0; i < cut; ++i) {
            ASSERT_EQ(player.decode(pictures[i]), VA_STATUS_SUCCESS);
        }
        player.destroy_context();
        player.create_context();
        // From the middle of a group of pictures: no reference is known, nothing may break.
        size_t next = cut;
        while (!pictures[next].is_idr) {
            (void)player.decode(pictures[next++]);
        }
        EXPECT_EQ(player.decode_and_compare(next, pictures.size()), pictures.size() - next) << cut;
        EXPECT_EQ(wrong_exports(clip(), exports), 0U) << cut;
    }
}

class OlderContext : public ::testing::TestWithParam<const char*> {};

// ffmpeg makes a new context for a new size, whose first picture refers to those of the old one.
TEST_P(OlderContext, LendsItsReferences) {
    const Recording recording =
        record_clip({.width = 208, .height = 112, .frames = 16, .gop = 16, .codec = GetParam()});
    const Display display;
    Player player(display, recording);
    const Exports exports = export_all(display, player);
    for (size_t i = 0; i < recording.pictures.size(); ++i) {
        if (i % 3 == 2) {
            player.destroy_context();
            player.create_context();
        }
        ASSERT_EQ(player.decode_and_compare(i, i + 1), 1U) << i;
        const RecordedPicture& picture = recording.pictures[i];
        if (picture.has_expected) {
            EXPECT_EQ(exports.at(picture.target)->read(recording), picture.expected) << i;
        }
    }
    EXPECT_EQ(wrong_exports(recording, exports), 0U);
}

// ffmpeg with several threads: the new context is there before the old one is gone, and a third one
// decodes something else in between.
TEST_P(OlderContext, LendsItsReferencesWhenItGoesLate) {
    const Recording recording =
        record_clip({.width = 208, .height = 112, .frames = 8, .gop = 8, .codec = GetParam()});
    const Display display;
    Player player(display, recording);
    Player other(display, clip());
    for (size_t i = 0; i < recording.pictures.size(); ++i) {
        if (i == 1 || i == 4) {
            const VAContextID old = player.context();
            player.create_context();
            ASSERT_EQ(vaDestroyContext(display.get(), old), VA_STATUS_SUCCESS);
            EXPECT_EQ(other.decode_and_compare(), clip().pictures.size());
        }
        EXPECT_EQ(player.decode_and_compare(i, i + 1), 1U) << i;
    }
}

INSTANTIATE_TEST_SUITE_P(Resolution, OlderContext, ::testing::Values("vp8", "vp9", "av1"));

// The recordings one after the other in one context, of that size, and on surfaces of the largest.
Recording joined(const std::vector<Recording>& parts) {
    Recording whole = parts.front();
    for (size_t i = 1; i < parts.size(); ++i) {
        whole.pictures.insert(whole.pictures.end(), parts[i].pictures.begin(),
                              parts[i].pictures.end());
        whole.surfaces.insert(whole.surfaces.end(), parts[i].surfaces.begin(),
                              parts[i].surfaces.end());
    }
    std::sort(whole.surfaces.begin(), whole.surfaces.end());
    whole.surfaces.erase(std::unique(whole.surfaces.begin(), whole.surfaces.end()),
                         whole.surfaces.end());
    return whole;
}

size_t right_pictures(const Display& display, Player& player, const Recording& recording) {
    size_t right = 0;
    for (const RecordedPicture& picture : recording.pictures) {
        const Pixels& expected = picture.expected;
        const bool decoded = player.decode(picture) == VA_STATUS_SUCCESS;
        right += decoded && (!picture.has_expected ||
                             read_surface(display.get(), player.surface(picture.target),
                                          expected.width, expected.height) == expected)
                     ? 1
                     : 0;
    }
    return right;
}

class ResolutionOneContext : public ::testing::TestWithParam<const char*> {};

// Key frames of another size, smaller and larger ones, than the context and its surfaces have: each
// picture is read at its own size, whatever the device does to the format on the way.
TEST_P(ResolutionOneContext, EveryPictureHasItsOwnSize) {
    const auto clip_of = [](unsigned width, unsigned height) {
        return record_clip(
            {.width = width, .height = height, .frames = 6, .gop = 6, .codec = GetParam()});
    };
    const Recording small = clip_of(176, 144);
    const Recording middle = clip_of(208, 112);
    const Recording large = clip_of(320, 192);
    Recording whole = joined({middle, small, large, small, middle});
    for (const unsigned context_width : {320U, 176U}) {
        whole.coded_width = context_width;
        whole.coded_height = context_width == 320 ? 192 : 144;
        const Display display;
        Player player(display, whole,
                      {.make_surface = [&](unsigned /*width*/, unsigned /*height*/) {
                          VASurfaceID surface = VA_INVALID_ID;
                          EXPECT_EQ(vaCreateSurfaces(display.get(), VA_RT_FORMAT_YUV420, 320, 192,
                                                     &surface, 1, nullptr, 0),
                                    VA_STATUS_SUCCESS);
                          return surface;
                      }});
        EXPECT_EQ(right_pictures(display, player, whole), whole.pictures.size()) << context_width;
        EXPECT_TRUE(display.messages().empty());
    }
}

INSTANTIATE_TEST_SUITE_P(Resolution, ResolutionOneContext, ::testing::Values("vp8", "vp9", "av1"));

// A descriptor is all that is left, and it shows the picture still: not even a new display that
// decodes other pictures of the same size gets that memory.
TEST(Resolution, DescriptorsOutliveEverything) {
    auto display = std::make_unique<Display>();
    auto player = std::make_unique<Player>(*display, clip());
    const Exports exports = export_all(*display, *player);
    ASSERT_EQ(player->decode_and_compare(), clip().pictures.size());
    for (const auto& [recorded, own] : player->surfaces()) {
        VASurfaceID surface = own;
        EXPECT_EQ(vaDestroySurfaces(display->get(), &surface, 1), VA_STATUS_SUCCESS);
    }
    EXPECT_EQ(wrong_exports(clip(), exports), 0U) << "without their surfaces";
    player->destroy_context();
    EXPECT_EQ(wrong_exports(clip(), exports), 0U) << "without their context";
    player.reset();
    display.reset();
    EXPECT_EQ(wrong_exports(clip(), exports), 0U) << "without their display";
    const Display next;
    Player other(next, clip());
    EXPECT_EQ(other.decode_and_compare(0, 8), 8U);
    EXPECT_EQ(wrong_exports(clip(), exports), 0U) << "beside another display";
}

}  // namespace
}  // namespace v4l2va::test
