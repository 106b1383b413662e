// SPDX-License-Identifier: MIT
// A GPU that still samples a surface when the client gives it back: its fence is on the dma-buf,
// and V4L2 does not look at fences.
#include <dlfcn.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/stat.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <map>
#include <set>
#include <span>
#include <thread>

#include "export.h"
#include "player.h"

namespace v4l2va::test {
namespace {

using Clock = std::chrono::steady_clock;

// The dma-buf that a GPU reads, and for how many milliseconds from the first question on: its
// fence, as the kernel's poll of a dma-buf shows it.
struct Fence {
    std::atomic<ino_t> buffer = 0;
    std::atomic<int> left_ms = 0;
    std::atomic<int> asked = 0;
};
Fence g_fence;

ino_t inode(const Export& exported) {
    struct stat status {};
    EXPECT_EQ(fstat(exported.descriptor().objects[0].fd, &status), 0);
    return status.st_ino;
}

bool is_about_fence(std::span<pollfd> entries) {
    struct stat status {};
    return g_fence.buffer != 0 && entries.size() == 1 && entries[0].events == POLLOUT &&
           fstat(entries[0].fd, &status) == 0 && status.st_ino == g_fence.buffer;
}

// As poll(2) of that dma-buf.
int poll_fence(pollfd& entry, int timeout_ms) {
    ++g_fence.asked;
    const int left = g_fence.left_ms;
    const int slept = timeout_ms < 0 ? left : std::min(left, timeout_ms);
    std::this_thread::sleep_for(std::chrono::milliseconds(slept));
    g_fence.left_ms -= slept;
    entry.revents = static_cast<short>(g_fence.left_ms == 0 ? entry.events : 0);
    return entry.revents != 0 ? 1 : 0;
}

class Readers : public testing::Test {
  protected:
    static const Recording& clip() {
        static const Recording recording = record_clip({});
        return recording;
    }
    ~Readers() override { g_fence.buffer = 0; }

    // A GPU begins to read the surface, for `ms` milliseconds.
    static void read_by_gpu(const Export& exported, int ms) {
        g_fence.left_ms = ms;
        g_fence.asked = 0;
        g_fence.buffer = inode(exported);
    }
};

// mpv keeps what it imported by the surface's number, browsers by the dma-buf: a surface has one
// for life, whatever is decoded into it, and by how many contexts.
TEST_F(Readers, FindOneDmaBufForEachSurface) {
    const Display display;
    Player player(display, clip());
    std::map<VASurfaceID, ino_t> known;
    for (int round = 0; round < 2; ++round) {
        for (size_t i = 0; i < clip().pictures.size(); ++i) {
            const VASurfaceID surface = player.surface(clip().pictures[i].target);
            const Export before(display.get(), surface, VA_EXPORT_SURFACE_COMPOSED_LAYERS);
            EXPECT_EQ(known.try_emplace(surface, inode(before)).first->second, inode(before));
            EXPECT_EQ(player.decode_and_compare(i, i + 1), 1U);
            const Export after(display.get(), surface, VA_EXPORT_SURFACE_SEPARATE_LAYERS);
            EXPECT_EQ(inode(after), inode(before));
        }
        player.destroy_context();
        player.create_context();
    }
    std::set<ino_t> different;
    for (const auto& [surface, buffer] : known) {
        different.insert(buffer);
    }
    EXPECT_EQ(different.size(), clip().surfaces.size());
}

TEST_F(Readers, NextPictureWaitsForThem) {
    const Display display;
    Player player(display, clip());
    const RecordedPicture& picture = clip().pictures[0];
    ASSERT_EQ(player.decode(picture), VA_STATUS_SUCCESS);
    const VASurfaceID surface = player.surface(picture.target);
    const Export exported(display.get(), surface, VA_EXPORT_SURFACE_SEPARATE_LAYERS);
    ASSERT_EQ(vaSyncSurface(display.get(), surface), VA_STATUS_SUCCESS);
    read_by_gpu(exported, 40);
    const auto started = Clock::now();
    ASSERT_EQ(player.decode(picture), VA_STATUS_SUCCESS);
    EXPECT_GE(Clock::now() - started, std::chrono::milliseconds(40));
    EXPECT_EQ(g_fence.left_ms, 0);
    EXPECT_EQ(player.read(picture), picture.expected);
    EXPECT_TRUE(display.messages().empty());
}

TEST_F(Readers, OnesThatHangHoldNobodyForLong) {
    const Display display;
    Player player(display, clip());
    const RecordedPicture& picture = clip().pictures[0];
    const Export exported(display.get(), player.surface(picture.target),
                          VA_EXPORT_SURFACE_SEPARATE_LAYERS);
    read_by_gpu(exported, 60'000);
    const auto started = Clock::now();
    ASSERT_EQ(player.decode(picture), VA_STATUS_SUCCESS);
    EXPECT_LT(Clock::now() - started, std::chrono::milliseconds(1500));
    EXPECT_EQ(player.read(picture), picture.expected);
    EXPECT_EQ(display.messages().size(), 1U);
}

TEST_F(Readers, OfSurfacesThatNobodyHasAreNotAskedFor) {
    const Display display;
    Player player(display, clip());
    const RecordedPicture& picture = clip().pictures[0];
    {
        // The one way to its inode; this surface counts as exported.
        const Export exported(display.get(), player.surface(clip().pictures[1].target),
                              VA_EXPORT_SURFACE_SEPARATE_LAYERS);
        read_by_gpu(exported, 0);
    }
    ASSERT_NE(player.surface(picture.target), player.surface(clip().pictures[1].target));
    ASSERT_EQ(player.decode(picture), VA_STATUS_SUCCESS);
    EXPECT_EQ(g_fence.asked, 0);
    ASSERT_EQ(player.decode(clip().pictures[1]), VA_STATUS_SUCCESS);
    EXPECT_EQ(g_fence.asked, 1);
}

}  // namespace
}  // namespace v4l2va::test

// The driver's calls come here first, then they go on to the virtual decoder's.
extern "C" int poll(pollfd* fds, nfds_t count, int timeout_ms) {
    if (v4l2va::test::is_about_fence({fds, count})) {
        return v4l2va::test::poll_fence(*fds, timeout_ms);
    }
    static const auto next =
        reinterpret_cast<int (*)(pollfd*, nfds_t, int)>(dlsym(RTLD_NEXT, "poll"));
    return next(fds, count, timeout_ms);
}
