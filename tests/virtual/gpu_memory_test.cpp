// SPDX-License-Identifier: MIT
// Dumb buffers of the render node, as Mesa's software renderer makes and shares them.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>

namespace {

// As in <drm/drm.h>, which is not installed everywhere.
struct CreateDumb {
    uint32_t height = 0;
    uint32_t width = 0;
    uint32_t bpp = 0;
    uint32_t flags = 0;
    uint32_t handle = 0;
    uint32_t pitch = 0;
    uint64_t size = 0;
};

struct MapDumb {
    uint32_t handle = 0;
    uint32_t pad = 0;
    uint64_t offset = 0;
};

struct Prime {
    uint32_t handle = 0;
    uint32_t flags = O_CLOEXEC | O_RDWR;
    int32_t fd = -1;
};

constexpr unsigned long kPrimeHandleToFd = _IOWR('d', 0x2d, Prime);
constexpr unsigned long kPrimeFdToHandle = _IOWR('d', 0x2e, Prime);
constexpr unsigned long kCreateDumb = _IOWR('d', 0xb2, CreateDumb);
constexpr unsigned long kMapDumb = _IOWR('d', 0xb3, MapDumb);
constexpr unsigned long kDestroyDumb = _IOWR('d', 0xb4, uint32_t);

class GpuMemory : public testing::Test {
  protected:
    void SetUp() override {
        node_ = open("/dev/dri/renderD128", O_RDWR | O_CLOEXEC);
        ASSERT_GE(node_, 0);
        dumb_.width = 100;
        dumb_.height = 10;
        dumb_.bpp = 32;
    }
    void TearDown() override { close(node_); }

    int node_ = -1;
    CreateDumb dumb_;
};

TEST_F(GpuMemory, MappingAndExportAreTheSameBytes) {
    ASSERT_EQ(ioctl(node_, kCreateDumb, &dumb_), 0);
    EXPECT_EQ(dumb_.pitch, 448u);  // 400 bytes, a multiple of 64
    EXPECT_GE(dumb_.size, 4480u);
    MapDumb map = {dumb_.handle, 0, 0};
    ASSERT_EQ(ioctl(node_, kMapDumb, &map), 0);
    auto* mapped = static_cast<uint8_t*>(mmap(nullptr, dumb_.size, PROT_READ | PROT_WRITE,
                                              MAP_SHARED, node_, static_cast<off_t>(map.offset)));
    ASSERT_NE(mapped, MAP_FAILED);
    mapped[4479] = 7;
    Prime prime = {dumb_.handle, O_CLOEXEC | O_RDWR, -1};
    ASSERT_EQ(ioctl(node_, kPrimeHandleToFd, &prime), 0);
    uint8_t byte = 0;
    EXPECT_EQ(pread(prime.fd, &byte, 1, 4479), 1);
    EXPECT_EQ(byte, 7);
    munmap(mapped, dumb_.size);
    close(prime.fd);
}

// Mesa's software renderer exports without DRM_RDWR; a compositor without a GPU maps to write.
TEST_F(GpuMemory, ExportsCanBeWrittenWhoeverAsks) {
    ASSERT_EQ(ioctl(node_, kCreateDumb, &dumb_), 0);
    Prime prime = {dumb_.handle, O_CLOEXEC, -1};
    ASSERT_EQ(ioctl(node_, kPrimeHandleToFd, &prime), 0);
    void* mapped = mmap(nullptr, dumb_.size, PROT_READ | PROT_WRITE, MAP_SHARED, prime.fd, 0);
    EXPECT_NE(mapped, MAP_FAILED);
    munmap(mapped, dumb_.size);
    close(prime.fd);
}

TEST_F(GpuMemory, AnImportedBufferHasOneHandle) {
    ASSERT_EQ(ioctl(node_, kCreateDumb, &dumb_), 0);
    Prime prime = {dumb_.handle, O_CLOEXEC | O_RDWR, -1};
    ASSERT_EQ(ioctl(node_, kPrimeHandleToFd, &prime), 0);
    Prime again = {0, 0, prime.fd};
    ASSERT_EQ(ioctl(node_, kPrimeFdToHandle, &again), 0);
    EXPECT_EQ(again.handle, dumb_.handle);

    const int other = open("/dev/dri/renderD128", O_RDWR | O_CLOEXEC);
    Prime there = {0, 0, prime.fd};
    EXPECT_EQ(ioctl(other, kPrimeFdToHandle, &there), 0);
    EXPECT_NE(there.handle, 0u);
    close(other);
    close(prime.fd);
}

TEST_F(GpuMemory, RefusesWhatIsNotThere) {
    CreateDumb nothing;
    EXPECT_EQ(ioctl(node_, kCreateDumb, &nothing), -1);
    EXPECT_EQ(errno, EINVAL);
    MapDumb map = {99, 0, 0};
    EXPECT_EQ(ioctl(node_, kMapDumb, &map), -1);
    EXPECT_EQ(errno, ENOENT);
    Prime prime = {0, 0, node_};
    EXPECT_EQ(ioctl(node_, kPrimeFdToHandle, &prime), -1);
    ASSERT_EQ(ioctl(node_, kCreateDumb, &dumb_), 0);
    uint32_t handle = dumb_.handle;
    EXPECT_EQ(ioctl(node_, kDestroyDumb, &handle), 0);
    EXPECT_EQ(ioctl(node_, kDestroyDumb, &handle), -1);
    EXPECT_EQ(errno, EINVAL);
}

}  // namespace
