// SPDX-License-Identifier: MIT
// Firefox's calls: a probe in a process of its own, one display for each decoder or one for many,
// each picture exported before it is waited for; and all of that in its sandbox.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <cstdlib>
#include <deque>
#include <set>
#include <string_view>
#include <thread>
#include <utility>

#include "client.h"
#include "export.h"
#include "sandbox.h"

namespace v4l2va::test {
namespace {

const Recording& h264_clip() {
    static const Recording recording = record_clip({});
    return recording;
}

const Recording& vp9_clip() {
    static const Recording recording =
        record_clip({.width = 208, .height = 112, .frames = 20, .codec = "vp9"});
    return recording;
}

// Firefox plays H.264 and VP9 through here today.
std::array<const Recording*, 2> clips() { return {&h264_clip(), &vp9_clip()}; }

// The number of profiles whose pixel formats it could show.
size_t probe(VADisplay va) {
    std::vector<VAProfile> profiles(static_cast<size_t>(vaMaxNumProfiles(va)));
    int num_profiles = 0;
    EXPECT_EQ(vaQueryConfigProfiles(va, profiles.data(), &num_profiles), VA_STATUS_SUCCESS);
    size_t usable = 0;
    for (int i = 0; i < num_profiles; ++i) {
        const VAProfile profile = profiles[static_cast<size_t>(i)];
        std::vector<VAEntrypoint> entrypoints(static_cast<size_t>(vaMaxNumEntrypoints(va)));
        int num_entrypoints = 0;
        EXPECT_EQ(vaQueryConfigEntrypoints(va, profile, entrypoints.data(), &num_entrypoints),
                  VA_STATUS_SUCCESS);
        VAConfigID config = VA_INVALID_ID;
        EXPECT_EQ(vaCreateConfig(va, profile, VAEntrypointVLD, nullptr, 0, &config),
                  VA_STATUS_SUCCESS);
        unsigned int count = 0;
        EXPECT_EQ(vaQuerySurfaceAttributes(va, config, nullptr, &count), VA_STATUS_SUCCESS);
        std::vector<VASurfaceAttrib> attributes(count);
        EXPECT_EQ(vaQuerySurfaceAttributes(va, config, attributes.data(), &count),
                  VA_STATUS_SUCCESS);
        for (const VASurfaceAttrib& attribute : attributes) {
            usable += attribute.type == VASurfaceAttribPixelFormat &&
                              attribute.value.value.i == VA_FOURCC_NV12
                          ? 1
                          : 0;
        }
        EXPECT_EQ(vaDestroyConfig(va, config), VA_STATUS_SUCCESS);
    }
    return usable;
}

// A decoder in one context of `va`; the number of pictures that were wrong where the compositor
// reads them. An export lives until two later pictures were shown.
size_t play(VADisplay va, const Recording& recording) {
    const VAConfigID config = make_config(va, recording);
    const VAContextID context = make_context(va, config, recording);
    SurfaceNames pool;
    for (const VASurfaceID recorded : recording.surfaces) {
        pool[recorded] = make_surfaces(va, recording, 1)[0];
    }
    Stream stream(va, context, recording, {});
    size_t wrong = 0;
    std::deque<std::unique_ptr<Export>> compositor;
    for (const RecordedPicture& picture : recording.pictures) {
        const VASurfaceID surface = pool.at(picture.target);
        EXPECT_EQ(stream.decode(picture, surface), VA_STATUS_SUCCESS);
        if (!picture.has_expected) {
            continue;
        }
        auto exported = std::make_unique<Export>(va, surface, VA_EXPORT_SURFACE_SEPARATE_LAYERS);
        EXPECT_EQ(exported->status(), VA_STATUS_SUCCESS);
        EXPECT_EQ(exported->descriptor().fourcc, static_cast<uint32_t>(VA_FOURCC_NV12));
        EXPECT_EQ(vaSyncSurface(va, surface), VA_STATUS_SUCCESS);
        wrong += exported->read(recording) == picture.expected ? 0 : 1;
        compositor.push_back(std::move(exported));
        if (compositor.size() > 2) {
            compositor.pop_front();
        }
    }
    EXPECT_EQ(vaDestroyContext(va, context), VA_STATUS_SUCCESS);
    for (auto& [recorded, surface] : pool) {
        EXPECT_EQ(vaDestroySurfaces(va, &surface, 1), VA_STATUS_SUCCESS);
    }
    EXPECT_EQ(vaDestroyConfig(va, config), VA_STATUS_SUCCESS);
    return wrong;
}

// `count` decoders in as many threads, each with a display of its own, which ends on this thread
// after the decoder's is gone.
size_t play_on_displays(size_t count) {
    std::vector<std::unique_ptr<Display>> displays(count);
    std::vector<size_t> wrong(count, 1);
    std::vector<std::thread> threads;
    for (size_t i = 0; i < count; ++i) {
        threads.emplace_back([&, i] {
            displays[i] = std::make_unique<Display>();
            wrong[i] = play(displays[i]->get(), *clips()[i % clips().size()]);
        });
    }
    size_t sum = 0;
    for (size_t i = 0; i < count; ++i) {
        threads[i].join();
        displays[i].reset();
        sum += wrong[i];
    }
    return sum;
}

size_t play_on_one_display(size_t count) {
    const Display display;
    std::vector<size_t> wrong(count, 1);
    std::vector<std::thread> threads;
    for (size_t i = 0; i < count; ++i) {
        threads.emplace_back(
            [&, i] { wrong[i] = play(display.get(), *clips()[i % clips().size()]); });
    }
    size_t sum = 0;
    for (size_t i = 0; i < count; ++i) {
        threads[i].join();
        sum += wrong[i];
    }
    return sum;
}

class ClientFirefox : public ::testing::Test {
  protected:
    static void SetUpTestSuite() { (void)clips(); }
};

TEST_F(ClientFirefox, ProbesThenDecodes) {
    {
        const Display probing;
        EXPECT_GE(probe(probing.get()), 8U);
    }
    const Display display;
    EXPECT_EQ(play(display.get(), h264_clip()), 0U);
    EXPECT_EQ(play(display.get(), vp9_clip()), 0U);
    EXPECT_TRUE(display.messages().empty());
}

TEST_F(ClientFirefox, ADisplayForEachDecoder) { EXPECT_EQ(play_on_displays(6), 0U); }

TEST_F(ClientFirefox, OneDisplayForManyDecoders) { EXPECT_EQ(play_on_one_display(6), 0U); }

// What users have: the devices cannot be opened. Firefox goes on in software when that is said at
// once; a retry or a crash would cost more than the decoder gains.
TEST_F(ClientFirefox, ClosedDevicesAreToldAtOnce) {
    const FileBroker broker;
    const size_t refused = FileBroker::refused_files();
    const size_t descriptors = open_descriptors();
    const auto start = std::chrono::steady_clock::now();
    {
        const Display display;
        EXPECT_NE(display.init_status(), VA_STATUS_SUCCESS);
        // libva has lines of its own, too.
        size_t ours = 0;
        for (const std::string& message : display.messages()) {
            ours += message.find("v4l2_request:") != std::string::npos ? 1 : 0;
        }
        EXPECT_LE(ours, 2U);
    }
    EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(1));
    EXPECT_GT(FileBroker::refused_files(), refused);
    EXPECT_LE(FileBroker::refused_files(), refused + 2) << "no retries";
    EXPECT_EQ(open_descriptors(), descriptors);
}

// What a sandbox would have to let in, all of it; docs/firefox.md says so.
TEST_F(ClientFirefox, NeedsTwoKindsOfFilesAndTwoTypesOfIoctls) {
    const CallLog log;
    {
        const Display display;
        EXPECT_EQ(CallLog::directories(), std::set<std::string>{"/dev"});
        EXPECT_EQ(play(display.get(), h264_clip()), 0U);
    }
    for (const std::string& file : CallLog::files()) {
        EXPECT_TRUE(file.starts_with("/dev/media") || file.starts_with("/dev/video") ||
                    file == "/dev/dri/renderD128")
            << file;
    }
    EXPECT_EQ(CallLog::directories(), std::set<std::string>{"/dev"});
    EXPECT_EQ(CallLog::ioctl_types(), "Vd|") << "d: libva's, of the render node";
}

// Nothing is looked for once a stream is decoded: no file, no directory.
TEST_F(ClientFirefox, PicturesOpenNothing) {
    const Display display;
    Player player(display, h264_clip());
    EXPECT_EQ(player.decode_and_compare(0, 8), 8U);
    const CallLog log;
    EXPECT_EQ(player.decode_and_compare(), h264_clip().pictures.size());
    EXPECT_EQ(CallLog::files(), std::set<std::string>{});
    EXPECT_EQ(CallLog::directories(), std::set<std::string>{});
    EXPECT_EQ(CallLog::ioctl_types(), "V|");
}

// A browser's process keeps few variables, and none that it does not know.
TEST_F(ClientFirefox, DecodesWithAnEmptyEnvironment) {
    std::vector<char*> libvas;
    for (char** variable = environ; *variable; ++variable) {
        const std::string_view text = *variable;
        if (text.starts_with("LIBVA_DRIVER_NAME=") || text.starts_with("LIBVA_DRIVERS_PATH=")) {
            libvas.push_back(*variable);
        }
    }
    libvas.push_back(nullptr);
    char** const before = std::exchange(environ, libvas.data());
    EXPECT_EQ(std::getenv("PATH"), nullptr);
    EXPECT_EQ(play_on_displays(1), 0U);
    environ = before;
}

// Run alone: the filter stays. With the media devices let in, as users configure it.
TEST(FirefoxSandbox, DecodesWithoutAForbiddenCall) {
    (void)clips();  // recorded before: an encoder may do what it likes
    const int entered = enter_sandbox();
    ASSERT_EQ(entered, 0) << "no seccomp filters in this kernel";
    {
        const Display probing;
        EXPECT_GE(probe(probing.get()), 8U);
    }
    EXPECT_EQ(play_on_displays(4), 0U);
    EXPECT_EQ(play_on_one_display(4), 0U);
    EXPECT_EQ(refused_calls(), 0U) << "system call " << last_refused_call();

    // The filter is on.
    timeval now = {};
    EXPECT_EQ(syscall(SYS_pselect6, 0, nullptr, nullptr, nullptr, &now, nullptr), -1);
    EXPECT_EQ(socket(AF_UNIX, SOCK_STREAM, 0), -1);
    const int dev = ::open("/dev", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    EXPECT_EQ(syscall(SYS_openat, dev, "null", O_RDONLY), -1);
    EXPECT_EQ(syscall(SYS_clone, SIGCHLD, nullptr, nullptr, nullptr, nullptr), -1);
    EXPECT_EQ(refused_calls(), 4U);
    close(dev);
}

}  // namespace
}  // namespace v4l2va::test
