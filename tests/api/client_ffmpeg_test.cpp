// SPDX-License-Identifier: MIT
// ffmpeg's threads: decoder threads make and drop buffers, a filter's thread reads frames while the
// context that decoded them goes.
#include <gtest/gtest.h>

#include <atomic>
#include <cstring>
#include <set>
#include <thread>

#include "client.h"
#include "export.h"

namespace v4l2va::test {
namespace {

const Recording& clip() {
    static const Recording recording = record_clip({});
    return recording;
}

// hwdownload's calls, then those of a mapped frame. The number of them that failed.
size_t read_once(VADisplay va, VASurfaceID surface) {
    VAStatus read = VA_STATUS_ERROR_OPERATION_FAILED;
    (void)read_surface(va, surface, clip().visible_width, clip().visible_height, &read);
    VAImage image = {};
    void* map = nullptr;
    const bool derived = vaDeriveImage(va, surface, &image) == VA_STATUS_SUCCESS &&
                         vaMapBuffer(va, image.buf, &map) == VA_STATUS_SUCCESS;
    if (derived) {
        (void)read_planes(map, {image.offsets[0], image.pitches[0]},
                          {image.offsets[1], image.pitches[1]}, clip().visible_width,
                          clip().visible_height);
        vaUnmapBuffer(va, image.buf);
        vaDestroyImage(va, image.image_id);
    }
    return (read == VA_STATUS_SUCCESS ? 0U : 1U) + (derived ? 0U : 1U);
}

TEST(ClientFfmpeg, FramesAreReadWhileTheirContextGoes) {
    const Display display;
    Player player(display, clip());
    ASSERT_EQ(player.decode_and_compare(0, 8), 8U);
    const std::map<VASurfaceID, VASurfaceID> surfaces = player.surfaces();
    std::atomic<bool> done{false};
    std::atomic<size_t> failed{0};
    std::atomic<size_t> rounds{0};
    std::thread filter([&] {
        while (!done) {
            for (const auto& [recorded, own] : surfaces) {
                failed += read_once(display.get(), own);
            }
            ++rounds;
        }
    });
    for (int round = 0; round < 12 || rounds < 3; ++round) {
        for (size_t i = 0; i < 4; ++i) {
            EXPECT_EQ(player.decode(clip().pictures[i]), VA_STATUS_SUCCESS);
        }
        player.destroy_context();
        player.create_context();
    }
    done = true;
    filter.join();
    EXPECT_EQ(failed, 0U);
    EXPECT_EQ(player.decode_and_compare(), clip().pictures.size());
    EXPECT_TRUE(display.messages().empty());
}

TEST(ClientFfmpeg, ThreadsNeverGetOneBufferTwice) {
    constexpr size_t kThreads = 4;
    constexpr size_t kEach = 500;
    const Display display;
    const Player player(display, clip());
    std::vector<std::vector<VABufferID>> made(kThreads);
    std::vector<std::thread> threads;
    for (size_t thread = 0; thread < kThreads; ++thread) {
        threads.emplace_back([&, thread] {
            uint32_t value = static_cast<uint32_t>(thread);
            for (size_t i = 0; i < kEach; ++i) {
                VABufferID id = VA_INVALID_ID;
                EXPECT_EQ(vaCreateBuffer(display.get(), player.context(), VASliceDataBufferType,
                                         sizeof(value), 1, &value, &id),
                          VA_STATUS_SUCCESS);
                made[thread].push_back(id);
            }
        });
    }
    std::set<VABufferID> different;
    for (size_t thread = 0; thread < kThreads; ++thread) {
        threads[thread].join();
        for (const VABufferID id : made[thread]) {
            different.insert(id);
            void* map = nullptr;
            ASSERT_EQ(vaMapBuffer(display.get(), id, &map), VA_STATUS_SUCCESS);
            uint32_t value = 0;
            std::memcpy(&value, map, sizeof(value));
            EXPECT_EQ(value, thread);
            EXPECT_EQ(vaUnmapBuffer(display.get(), id), VA_STATUS_SUCCESS);
        }
    }
    EXPECT_EQ(different.size(), kThreads * kEach);
    for (const VABufferID id : different) {
        EXPECT_EQ(vaDestroyBuffer(display.get(), id), VA_STATUS_SUCCESS);
    }
}

}  // namespace
}  // namespace v4l2va::test
