// SPDX-License-Identifier: MIT
// Chromium's calls: a scan before the sandbox, then one surface at a time, each exported before it
// was ever decoded into and never again.
#include <gtest/gtest.h>

#include <map>
#include <mutex>
#include <thread>

#include "client.h"
#include "export.h"

namespace v4l2va::test {
namespace {

const Recording& clip() {
    static const Recording recording = record_clip({.width = 320, .height = 192, .frames = 20});
    return recording;
}

const Recording& other_clip() {
    static const Recording recording = record_clip({.width = 176, .height = 144, .frames = 16});
    return recording;
}

const Recording& vp9_clip() {
    static const Recording recording =
        record_clip({.width = 208, .height = 112, .frames = 16, .codec = "vp9"});
    return recording;
}

constexpr Manners kManners = {
    .buffers_before_begin = true, .parameters_apart = false, .written_through_maps = true};

uint32_t surface_limit(VADisplay va, VAConfigID config, VASurfaceAttribType type) {
    unsigned int count = 0;
    EXPECT_EQ(vaQuerySurfaceAttributes(va, config, nullptr, &count), VA_STATUS_SUCCESS);
    std::vector<VASurfaceAttrib> attributes(count);
    EXPECT_EQ(vaQuerySurfaceAttributes(va, config, attributes.data(), &count), VA_STATUS_SUCCESS);
    for (const VASurfaceAttrib& attribute : attributes) {
        if (attribute.type == type) {
            return static_cast<uint32_t>(attribute.value.value.i);
        }
    }
    return 0;
}

// The array is as long as vaMaxNumConfigAttributes says, not an element longer. The count is what
// lies on the stack.
void check_config_attributes(VADisplay va, VAConfigID config) {
    const auto room = static_cast<size_t>(vaMaxNumConfigAttributes(va));
    const VAConfigAttrib canary = {VAConfigAttribTypeMax, 0x5a5a5a5a};
    std::vector<VAConfigAttrib> attributes(room + 4, canary);
    VAProfile profile = VAProfileNone;
    VAEntrypoint entrypoint = VAEntrypointEncSlice;
    int count = static_cast<int>(0xa5a5a5a5);
    ASSERT_EQ(vaQueryConfigAttributes(va, config, &profile, &entrypoint, attributes.data(), &count),
              VA_STATUS_SUCCESS);
    EXPECT_NE(profile, VAProfileNone);
    EXPECT_EQ(entrypoint, VAEntrypointVLD);
    ASSERT_GT(count, 0);
    ASSERT_LE(static_cast<size_t>(count), room);
    bool has_format = false;
    for (int i = 0; i < count; ++i) {
        has_format =
            has_format || attributes[static_cast<size_t>(i)].type == VAConfigAttribRTFormat;
    }
    EXPECT_TRUE(has_format);
    for (size_t i = room; i < attributes.size(); ++i) {
        EXPECT_EQ(attributes[i].value, canary.value) << "written past the end";
    }
}

// A profile counts when its largest size is known.
size_t scan(VADisplay va) {
    std::vector<VAProfile> profiles(static_cast<size_t>(vaMaxNumProfiles(va)));
    int count = 0;
    EXPECT_EQ(vaQueryConfigProfiles(va, profiles.data(), &count), VA_STATUS_SUCCESS);
    profiles.resize(static_cast<size_t>(count));
    size_t usable = 0;
    for (const VAProfile profile : profiles) {
        VAConfigAttrib format = {VAConfigAttribRTFormat, 0};
        EXPECT_EQ(vaGetConfigAttributes(va, profile, VAEntrypointVLD, &format, 1),
                  VA_STATUS_SUCCESS);
        if ((format.value & VA_RT_FORMAT_YUV420) == 0) {
            continue;
        }
        VAConfigID config = VA_INVALID_ID;
        format.value = VA_RT_FORMAT_YUV420;
        EXPECT_EQ(vaCreateConfig(va, profile, VAEntrypointVLD, &format, 1, &config),
                  VA_STATUS_SUCCESS);
        const bool sized = surface_limit(va, config, VASurfaceAttribMaxWidth) >= 1920 &&
                           surface_limit(va, config, VASurfaceAttribMaxHeight) >= 1080;
        usable += sized ? 1 : 0;
        EXPECT_EQ(vaDestroyConfig(va, config), VA_STATUS_SUCCESS);
        EXPECT_EQ(vaCreateConfig(va, profile, VAEntrypointVLD, nullptr, 0, &config),
                  VA_STATUS_SUCCESS);
        check_config_attributes(va, config);
        EXPECT_EQ(vaDestroyConfig(va, config), VA_STATUS_SUCCESS);
    }
    return usable;
}

// One decoder: contexts come and go with the size, a surface keeps its one export for life. Every
// libva call is made under a lock that all decoders of the process share.
class Decoder {
  public:
    Decoder(VADisplay va, std::mutex& lock) : va_(va), lock_(lock) {}
    ~Decoder() {
        const std::lock_guard<std::mutex> guard(lock_);
        drop_context();
        for (auto& [surface, exported] : exports_) {
            exported.reset();
            VASurfaceID id = surface;
            EXPECT_EQ(vaDestroySurfaces(va_, &id, 1), VA_STATUS_SUCCESS);
        }
    }
    Decoder(const Decoder&) = delete;
    Decoder& operator=(const Decoder&) = delete;

    // The number of pictures that were right on their exported memory.
    size_t play(const Recording& recording) {
        start(recording);
        return play_on(recording);
    }

    // Once more in the same context and on the same surfaces: a seek.
    size_t play_on(const Recording& recording) {
        size_t right = 0;
        for (const RecordedPicture& picture : recording.pictures) {
            const std::lock_guard<std::mutex> guard(lock_);
            const VASurfaceID target = targets_.at(picture.target);
            EXPECT_EQ(stream_->decode(picture, target), VA_STATUS_SUCCESS);
            EXPECT_EQ(vaSyncSurface(va_, target), VA_STATUS_SUCCESS);
            const bool equal =
                !picture.has_expected || exports_.at(target)->read(recording) == picture.expected;
            right += equal ? 1 : 0;
        }
        return right;
    }

  private:
    // What was decoded for the last size stays alive: it may still be on screen.
    void start(const Recording& recording) {
        const std::lock_guard<std::mutex> guard(lock_);
        drop_context();
        config_ = make_config(va_, recording);
        context_ = make_context(va_, config_, recording);
        stream_ = std::make_unique<Stream>(va_, context_, recording, kManners);
        targets_.clear();
        for (const VASurfaceID recorded : recording.surfaces) {
            targets_[recorded] = make_exported(recording);
        }
    }

    VASurfaceID make_exported(const Recording& recording) {
        const VASurfaceID surface = make_surfaces(
            va_, recording, 1,
            {surface_attribute(VASurfaceAttribUsageHint, VA_SURFACE_ATTRIB_USAGE_HINT_DECODER)})[0];
        EXPECT_EQ(vaSyncSurface(va_, surface), VA_STATUS_SUCCESS);
        auto exported = std::make_unique<Export>(va_, surface, VA_EXPORT_SURFACE_SEPARATE_LAYERS);
        EXPECT_EQ(exported->status(), VA_STATUS_SUCCESS);
        const Descriptor& descriptor = exported->descriptor();
        EXPECT_EQ(descriptor.num_objects, 1U) << "Chromium's process ends itself";
        EXPECT_GE(descriptor.width, recording.coded_width);
        EXPECT_GE(descriptor.height, recording.coded_height);
        for (uint32_t i = 0; i < descriptor.num_layers; ++i) {
            EXPECT_EQ(descriptor.layers[i].num_planes, 1U);
        }
        const Export composed(va_, surface, VA_EXPORT_SURFACE_COMPOSED_LAYERS);
        EXPECT_EQ(composed.status(), VA_STATUS_SUCCESS);
        EXPECT_EQ(composed.descriptor().num_objects, 1U);
        EXPECT_EQ(composed.descriptor().num_layers, 1U);
        exports_[surface] = std::move(exported);
        return surface;
    }

    void drop_context() {
        if (context_ != VA_INVALID_ID) {
            EXPECT_EQ(vaDestroyContext(va_, context_), VA_STATUS_SUCCESS);
            EXPECT_EQ(vaDestroyConfig(va_, config_), VA_STATUS_SUCCESS);
        }
    }

    VADisplay va_;
    std::mutex& lock_;
    VAConfigID config_ = VA_INVALID_ID;
    VAContextID context_ = VA_INVALID_ID;
    std::unique_ptr<Stream> stream_;
    SurfaceNames targets_;
    std::map<VASurfaceID, std::unique_ptr<Export>> exports_;
};

TEST(ClientChromium, ScansThenStartsAgainWithoutAThread) {
    (void)clip();
    const size_t threads = running_threads();
    const size_t descriptors = open_descriptors();
    {
        const Display before_sandbox;
        EXPECT_GE(scan(before_sandbox.get()), 8U);
        EXPECT_EQ(running_threads(), threads) << "the sandbox refuses processes with threads";
    }
    EXPECT_EQ(open_descriptors(), descriptors);
    const Display display;
    ASSERT_EQ(display.init_status(), VA_STATUS_SUCCESS);
    std::mutex lock;
    Decoder decoder(display.get(), lock);
    EXPECT_EQ(decoder.play(clip()), clip().pictures.size());
}

TEST(ClientChromium, SeeksKeepTheContextAndSizesReplaceIt) {
    const Display display;
    std::mutex lock;
    Decoder decoder(display.get(), lock);
    EXPECT_EQ(decoder.play(clip()), clip().pictures.size());
    EXPECT_EQ(decoder.play_on(clip()), clip().pictures.size());
    EXPECT_EQ(decoder.play(other_clip()), other_clip().pictures.size());
    EXPECT_EQ(decoder.play(vp9_clip()), vp9_clip().pictures.size());
    EXPECT_EQ(decoder.play(clip()), clip().pictures.size());
    EXPECT_TRUE(display.messages().empty());
}

// A page that takes frames and keeps them (WebCodecs): more of them than a decoder has buffers.
TEST(ClientChromium, SixtySurfacesAreHeld) {
    constexpr size_t kHeld = 60;
    const Recording recording =
        record_clip({.width = 64, .height = 64, .frames = kHeld + 8, .gop = 30, .codec = "vp8"});
    const Display display;
    VADisplay va = display.get();
    const VAConfigID config = make_config(va, recording);
    const VAContextID context = make_context(va, config, recording);
    Stream stream(va, context, recording, kManners);
    std::vector<std::pair<VASurfaceID, std::unique_ptr<Export>>> held;
    for (const RecordedPicture& picture : recording.pictures) {
        const VASurfaceID surface = make_surfaces(va, recording, 1)[0];
        held.emplace_back(surface,
                          std::make_unique<Export>(va, surface, VA_EXPORT_SURFACE_SEPARATE_LAYERS));
        ASSERT_EQ(stream.decode(picture, surface), VA_STATUS_SUCCESS);
    }
    ASSERT_GE(held.size(), kHeld);
    EXPECT_EQ(vaSyncSurface(va, held.back().first), VA_STATUS_SUCCESS);
    for (size_t i = 0; i < held.size(); ++i) {
        const RecordedPicture& picture = recording.pictures[i];
        EXPECT_TRUE(!picture.has_expected || held[i].second->read(recording) == picture.expected)
            << i;
        EXPECT_EQ(vaDestroySurfaces(va, &held[i].first, 1), VA_STATUS_SUCCESS);
    }
    EXPECT_EQ(vaDestroyContext(va, context), VA_STATUS_SUCCESS);
    EXPECT_TRUE(display.messages().empty());
}

TEST(ClientChromium, SeveralDecodersUnderOneLock) {
    const Display display;
    std::mutex lock;
    const std::vector<const Recording*> recordings = {&clip(), &other_clip(), &vp9_clip()};
    std::vector<size_t> wrong(recordings.size(), 1);
    std::vector<std::thread> threads;
    for (size_t i = 0; i < recordings.size(); ++i) {
        threads.emplace_back([&, i] {
            Decoder decoder(display.get(), lock);
            wrong[i] = recordings[i]->pictures.size() - decoder.play(*recordings[i]);
        });
    }
    for (std::thread& thread : threads) {
        thread.join();
    }
    EXPECT_EQ(wrong, std::vector<size_t>(recordings.size(), 0));
}

}  // namespace
}  // namespace v4l2va::test
