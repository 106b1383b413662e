// SPDX-License-Identifier: MIT
// VLC 3's calls: all surfaces up front, and each shown through its derived image's dma-buf by the
// thread of the video output, which never waits for a surface.
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <va/va_drmcommon.h>

#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>

#include "client.h"
#include "export.h"

namespace v4l2va::test {
namespace {

const Recording& clip() {
    static const Recording recording = record_clip({});
    return recording;
}

// What the output shows: a picture, and where it was decoded to. No picture: the end.
struct Shown {
    const RecordedPicture* picture = nullptr;
    VASurfaceID surface = VA_INVALID_ID;
};

class Fifo {
  public:
    void put(Shown shown) {
        const std::lock_guard<std::mutex> guard(mutex_);
        items_.push_back(shown);
        filled_.notify_one();
    }
    Shown take() {
        std::unique_lock<std::mutex> lock(mutex_);
        filled_.wait(lock, [this] { return !items_.empty(); });
        const Shown shown = items_.front();
        items_.pop_front();
        return shown;
    }

  private:
    std::mutex mutex_;
    std::condition_variable filled_;
    std::deque<Shown> items_;
};

// The last image stays imported until the next one is.
class Output {
  public:
    explicit Output(VADisplay display) : display_(display) {}
    ~Output() { drop(); }
    Output(const Output&) = delete;
    Output& operator=(const Output&) = delete;

    Pixels show(VASurfaceID surface) {
        VAImage image = {};
        EXPECT_EQ(vaDeriveImage(display_, surface, &image), VA_STATUS_SUCCESS);
        EXPECT_EQ(image.format.fourcc, static_cast<uint32_t>(VA_FOURCC_NV12));
        VABufferInfo info = {};
        info.mem_type = VA_SURFACE_ATTRIB_MEM_TYPE_DRM_PRIME;
        EXPECT_EQ(vaAcquireBufferHandle(display_, image.buf, &info), VA_STATUS_SUCCESS);
        EXPECT_GE(info.mem_size, image.data_size);
        void* map =
            mmap(nullptr, info.mem_size, PROT_READ, MAP_SHARED, static_cast<int>(info.handle), 0);
        if (map == MAP_FAILED) {
            return {};
        }
        const Pixels pixels = read_planes(map, {image.offsets[0], image.pitches[0]},
                                          {image.offsets[1], image.pitches[1]},
                                          clip().visible_width, clip().visible_height);
        munmap(map, info.mem_size);
        drop();
        last_ = image;
        return pixels;
    }

  private:
    void drop() {
        if (last_.num_planes != 0) {
            EXPECT_EQ(vaReleaseBufferHandle(display_, last_.buf), VA_STATUS_SUCCESS);
            EXPECT_EQ(vaDestroyImage(display_, last_.image_id), VA_STATUS_SUCCESS);
        }
        last_ = {};
    }

    VADisplay display_;
    VAImage last_ = {};
};

std::vector<VASurfaceID> make_pool(VADisplay va) {
    std::vector<VASurfaceID> pool =
        make_surfaces(va, clip(), static_cast<unsigned>(clip().pictures.size()),
                      {surface_attribute(VASurfaceAttribPixelFormat, VA_FOURCC_NV12)});
    VAImage probe = {};
    EXPECT_EQ(vaDeriveImage(va, pool[0], &probe), VA_STATUS_SUCCESS);
    EXPECT_EQ(vaDestroyImage(va, probe.image_id), VA_STATUS_SUCCESS);
    return pool;
}

TEST(ClientVlc, ShowsDerivedImagesFromAnotherThread) {
    const Display display;
    VADisplay va = display.get();
    std::vector<VASurfaceID> pool = make_pool(va);
    const VAConfigID config = make_config(va, clip());
    const VAContextID context = make_context(va, config, clip(), pool);
    Fifo fifo;
    size_t shown = 0;
    size_t equal = 0;
    std::thread output([&] {
        Output window(va);
        for (Shown next = fifo.take(); next.picture; next = fifo.take()) {
            ++shown;
            equal += window.show(next.surface) == next.picture->expected ? 1 : 0;
        }
    });
    Stream stream(va, context, clip(), {});
    for (size_t i = 0; i < clip().pictures.size(); ++i) {
        const RecordedPicture& picture = clip().pictures[i];
        EXPECT_EQ(stream.decode(picture, pool[i]), VA_STATUS_SUCCESS);
        if (picture.has_expected) {
            fifo.put({&picture, pool[i]});
        }
    }
    fifo.put({});
    output.join();
    EXPECT_GE(shown, 24U);
    EXPECT_EQ(equal, shown);
    EXPECT_EQ(vaDestroyContext(va, context), VA_STATUS_SUCCESS);
    EXPECT_EQ(vaDestroyConfig(va, config), VA_STATUS_SUCCESS);
    EXPECT_EQ(vaDestroySurfaces(va, pool.data(), static_cast<int>(pool.size())), VA_STATUS_SUCCESS);
}

TEST(ClientVlc, HandlesAreCountedAndOfDerivedImagesOnly) {
    const Display display;
    VADisplay va = display.get();
    const std::vector<VASurfaceID> surfaces = make_surfaces(va, clip(), 1);
    VAImage image = {};
    ASSERT_EQ(vaDeriveImage(va, surfaces[0], &image), VA_STATUS_SUCCESS);
    VABufferInfo info = {};
    info.mem_type = VA_SURFACE_ATTRIB_MEM_TYPE_KERNEL_DRM;
    EXPECT_EQ(vaAcquireBufferHandle(va, image.buf, &info), VA_STATUS_ERROR_UNSUPPORTED_MEMORY_TYPE);
    EXPECT_EQ(vaReleaseBufferHandle(va, image.buf), VA_STATUS_ERROR_INVALID_BUFFER);
    info = {};
    ASSERT_EQ(vaAcquireBufferHandle(va, image.buf, &info), VA_STATUS_SUCCESS) << "any type";
    EXPECT_EQ(info.mem_type, static_cast<uint32_t>(VA_SURFACE_ATTRIB_MEM_TYPE_DRM_PRIME));
    const size_t descriptors = open_descriptors();
    ASSERT_EQ(vaAcquireBufferHandle(va, image.buf, &info), VA_STATUS_SUCCESS);
    EXPECT_EQ(open_descriptors(), descriptors);
    EXPECT_EQ(vaReleaseBufferHandle(va, image.buf), VA_STATUS_SUCCESS);
    EXPECT_EQ(vaReleaseBufferHandle(va, image.buf), VA_STATUS_SUCCESS);
    EXPECT_EQ(vaReleaseBufferHandle(va, image.buf), VA_STATUS_ERROR_INVALID_BUFFER);
    EXPECT_EQ(vaDestroyImage(va, image.image_id), VA_STATUS_SUCCESS);
    EXPECT_EQ(vaAcquireBufferHandle(va, image.buf, &info), VA_STATUS_ERROR_INVALID_BUFFER);

    VAImageFormat format = {};
    format.fourcc = VA_FOURCC_NV12;
    ASSERT_EQ(vaCreateImage(va, &format, 64, 64, &image), VA_STATUS_SUCCESS);
    EXPECT_EQ(vaAcquireBufferHandle(va, image.buf, &info), VA_STATUS_ERROR_UNSUPPORTED_MEMORY_TYPE);
    EXPECT_EQ(vaDestroyImage(va, image.image_id), VA_STATUS_SUCCESS);
}

}  // namespace
}  // namespace v4l2va::test
