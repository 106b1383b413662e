// SPDX-License-Identifier: MIT
// One of two clients is killed, at any moment.
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>

#include "export.h"
#include "lifecycle_fixture.h"

namespace v4l2va::test {
namespace {

class KilledClient : public Lifecycle {
  protected:
    void TearDown() override {
        set_decode_time(0);
        Lifecycle::TearDown();
    }
};

// A process that decodes until it is killed. It writes a byte for each picture.
class Victim {
  public:
    explicit Victim(const Recording& clip) {
        int ends[2] = {-1, -1};
        EXPECT_EQ(pipe(ends), 0);
        pid_ = fork();
        if (pid_ == 0) {
            close(ends[0]);
            decode_for_ever(clip, ends[1]);
        }
        close(ends[1]);
        pictures_ = ends[0];
    }
    ~Victim() { close(pictures_); }
    Victim(const Victim&) = delete;
    Victim& operator=(const Victim&) = delete;

    // Waits for that many pictures; false when the process ended before.
    [[nodiscard]] bool has_decoded(size_t count) const {
        char byte = 0;
        while (count > 0 && read(pictures_, &byte, 1) == 1) {
            --count;
        }
        return count == 0;
    }
    // Returns when the kernel has nothing of the process any more.
    void kill() const {
        EXPECT_EQ(::kill(pid_, SIGKILL), 0);
        int status = 0;
        EXPECT_EQ(waitpid(pid_, &status, 0), pid_);
        EXPECT_TRUE(WIFSIGNALED(status));
    }

  private:
    [[noreturn]] static void decode_for_ever(const Recording& clip, int pictures) {
        const Display display;
        Player player(display, clip);
        while (true) {
            for (const RecordedPicture& picture : clip.pictures) {
                if (player.decode(picture) != VA_STATUS_SUCCESS || write(pictures, "", 1) != 1) {
                    _exit(1);
                }
            }
        }
    }

    pid_t pid_ = -1;
    int pictures_ = -1;
};

using Frames = std::vector<std::vector<uint8_t>>;

std::vector<uint8_t> decode_one(Player& player, const RecordedPicture& picture) {
    const VASurfaceID surface = player.surface(picture.target);
    if (player.decode(picture) != VA_STATUS_SUCCESS ||
        vaSyncSurface(player.display(), surface) != VA_STATUS_SUCCESS) {
        return {};
    }
    const ExportedFrame frame(player.display(), surface);
    // Nothing writes a board's frames: they have what their memory had before.
    return on_board() ? std::vector<uint8_t>{1} : frame.bytes();
}

// visl's pictures tell what was decoded: equal bytes are an equal history of the context.
Frames decode_all(Player& player, const Recording& clip) {
    Frames frames;
    for (const RecordedPicture& picture : clip.pictures) {
        frames.push_back(decode_one(player, picture));
    }
    return frames;
}

void kill_beside(const Recording& survivor_clip, const Recording& victim_clip, size_t moment) {
    const Display display;
    Frames undisturbed;
    {
        Player player(display, survivor_clip);
        undisturbed = decode_all(player, survivor_clip);
    }
    Player player(display, survivor_clip);
    const size_t half = survivor_clip.pictures.size() / 2;
    Frames frames;
    const Victim victim(victim_clip);
    ASSERT_TRUE(victim.has_decoded(1 + moment % 5));
    EXPECT_GE(device_opens(), 4U) << "two nodes each, and one more while a surface gets its memory";
    // How many pictures of ours it takes until the end moves that to another point of the victim.
    for (size_t i = 0; i < survivor_clip.pictures.size(); ++i) {
        frames.push_back(decode_one(player, survivor_clip.pictures[i]));
        if (i == moment % half) {
            victim.kill();
        }
    }
    EXPECT_EQ(frames, undisturbed) << "moment " << moment;
    EXPECT_EQ(device_opens(), 2U) << "only our own nodes";
    const size_t objects =
        ExportedFrame(display.get(), player.surface(survivor_clip.surfaces[0])).objects();
    EXPECT_EQ(dma_bufs(), survivor_clip.surfaces.size() * objects) << "only our own frames";
}

TEST_F(KilledClient, TheOtherGetsAllItsFrames) {
    constexpr size_t kMoments = 12;
    const Counts before = Counts::now();
    for (size_t moment = 0; moment < kMoments; ++moment) {
        const bool swapped = moment % 2 == 0;
        ASSERT_NO_FATAL_FAILURE(kill_beside(swapped ? other_clip() : h264_clip(),
                                            swapped ? h264_clip() : other_clip(), moment));
    }
    expect_no_growth(before, Counts::now(), kMoments * 10);
}

// With most of the time within a job: the kernel must wait for it before it frees the buffers.
TEST_F(KilledClient, OnASlowDevice) {
    set_decode_time(5);
    const Counts before = Counts::now();
    for (size_t moment = 0; moment < 4; ++moment) {
        ASSERT_NO_FATAL_FAILURE(kill_beside(h264_clip(), other_clip(), moment));
    }
    expect_same_objects(before, Counts::now());
}

}  // namespace
}  // namespace v4l2va::test
