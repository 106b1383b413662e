// SPDX-License-Identifier: MIT
// Images: what the CPU reads and writes surfaces through.
#include "va/image.h"

#include <algorithm>
#include <array>

#include "base/checked.h"
#include "pixel/copy.h"
#include "v4l2/frame_read.h"
#include "va/driver.h"
#include "va/surface.h"

namespace v4l2va {

namespace {

// Images' own rows start at multiples of this, so that vector code of the readers is happy.
constexpr uint32_t kImagePitchAlignment = 64;
constexpr int kMaxImageDimension = 65536;

constexpr std::array<uint32_t, 2> kImageFourccs = {VA_FOURCC_NV12, VA_FOURCC_P010};

VAImageFormat image_format(const PixelFormat& format) {
    VAImageFormat result = {};
    result.fourcc = format.va_fourcc;
    result.byte_order = VA_LSB_FIRST;
    result.bits_per_pixel = format.bit_depth > 8 ? 24 : 12;
    return result;
}

// The colour planes of an image are those of a frame in one memory plane.
std::array<ColourPlane, kMaxColourPlanes> image_planes(const Image& image) {
    std::array<ColourPlane, kMaxColourPlanes> planes{};
    for (uint32_t i = 0; i < image.va.num_planes; ++i) {
        planes[i].offset = image.va.offsets[i];
        planes[i].pitch = image.va.pitches[i];
    }
    return planes;
}

// A rectangle of luma pixels that lies within both sizes; odd corners are moved to the chroma grid.
struct Region {
    uint32_t x = 0;
    uint32_t y = 0;
    uint32_t width = 0;
    uint32_t height = 0;
};

bool region_within(int x, int y, unsigned int width, unsigned int height, Size size) {
    return x >= 0 && y >= 0 && width > 0 && height > 0 && width <= size.width &&
           height <= size.height && static_cast<uint32_t>(x) <= size.width - width &&
           static_cast<uint32_t>(y) <= size.height - height;
}

// Bytes and rows of colour plane `plane` (0 luma, 1 interleaved chroma) of a region.
struct PlaneRegion {
    size_t first_byte = 0;
    size_t first_row = 0;
    size_t bytes = 0;
    uint32_t rows = 0;
};

PlaneRegion plane_region(const PixelFormat& format, const Region& region, uint32_t plane) {
    const size_t sample = format.bytes_per_sample;
    if (plane == 0) {
        return {region.x * sample, region.y, region.width * sample, region.height};
    }
    const size_t first_pair = region.x / 2;
    const size_t end_pair = (size_t{region.x} + region.width + 1) / 2;
    const uint32_t first_row = region.y / 2;
    const uint32_t end_row = (region.y + region.height + 1) / 2;
    return {first_pair * 2 * sample, first_row, (end_pair - first_pair) * 2 * sample,
            end_row - first_row};
}

Size image_size(const Image& image) { return {image.va.width, image.va.height}; }

// A region of the surface to a region of equal size of the image, whatever the memory's format.
Result<> read_region(const Image& image, Buffer& buffer, FrameMemory& memory,
                     const Region& on_surface, const Region& on_image) {
    const PixelFormat& format = *image.format;
    const auto picture = image_planes(image);
    for (uint32_t i = 0; i < format.num_colour_planes; ++i) {
        const PlaneRegion from = plane_region(format, on_surface, i);
        const PlaneRegion to = plane_region(format, on_image, i);
        const SampleRect rect = {
            narrow<uint32_t>(from.first_byte / format.bytes_per_sample),
            narrow<uint32_t>(from.first_row),
            narrow<uint32_t>(std::min(from.bytes, to.bytes) / format.bytes_per_sample),
            std::min(from.rows, to.rows)};
        std::byte* image_bytes = buffer.bytes().data() + picture[i].offset +
                                 to.first_row * picture[i].pitch + to.first_byte;
        if (auto read = read_plane(memory, i, rect, image_bytes, picture[i].pitch); !read) {
            return read;
        }
    }
    return {};
}

// A region of the image to a region of equal size of the surface, whose memory is linear.
Result<> write_region(const Image& image, Buffer& buffer, FrameMemory& memory,
                      const Region& on_surface, const Region& on_image) {
    const PixelFormat& format = *image.format;
    if (memory.layout().fourcc != format.v4l2_fourcc) {
        return fail(ErrorCode::kUnsupported, "write to a frame that is not linear");
    }
    const auto frame = colour_planes(format, memory.layout(), image_size(image));
    const auto picture = image_planes(image);
    for (uint32_t i = 0; i < format.num_colour_planes; ++i) {
        const auto mapped = memory.map(frame[i].memory_plane);
        if (!mapped) {
            return fail(mapped.error());
        }
        const PlaneRegion from = plane_region(format, on_image, i);
        const PlaneRegion to = plane_region(format, on_surface, i);
        const std::byte* image_bytes = buffer.bytes().data() + picture[i].offset +
                                       from.first_row * picture[i].pitch + from.first_byte;
        std::byte* surface_bytes =
            mapped->data() + frame[i].offset + to.first_row * frame[i].pitch + to.first_byte;
        copy_rows({image_bytes, picture[i].pitch, surface_bytes, frame[i].pitch,
                   std::min(from.bytes, to.bytes), std::min(from.rows, to.rows)});
    }
    return {};
}

using Access = FrameMemory::Access;

Result<> transfer(Driver& driver, Surface& surface, const Image& image, Buffer& buffer,
                  const Region& on_surface, const Region& on_image, Access access) {
    auto memory = surface.memory(driver.system(), driver.frame_source(surface.format()));
    if (!memory) {
        return fail(memory.error());
    }
    if (auto begun = (*memory)->begin_cpu_access(access); !begun) {
        return begun;
    }
    const auto copied = access == Access::kRead
                            ? read_region(image, buffer, **memory, on_surface, on_image)
                            : write_region(image, buffer, **memory, on_surface, on_image);
    const auto ended = (*memory)->end_cpu_access(access);
    return copied ? ended : copied;
}

// The objects that vaGetImage and vaPutImage name.
struct TransferObjects {
    std::shared_ptr<Surface> surface;
    std::shared_ptr<Image> image;
    std::shared_ptr<Buffer> buffer;
};

VAStatus find_objects(Driver& driver, VASurfaceID surface_id, VAImageID image_id,
                      TransferObjects& objects) {
    objects.surface = driver.surfaces.find(surface_id);
    if (!objects.surface) {
        return VA_STATUS_ERROR_INVALID_SURFACE;
    }
    objects.image = driver.images.find(image_id);
    objects.buffer = objects.image ? driver.buffers.find(objects.image->va.buf) : nullptr;
    if (!objects.buffer) {
        return VA_STATUS_ERROR_INVALID_IMAGE;
    }
    if (objects.image->format != &objects.surface->format()) {
        return VA_STATUS_ERROR_INVALID_IMAGE_FORMAT;
    }
    if (objects.buffer->bytes().size() < objects.image->va.data_size) {
        return VA_STATUS_ERROR_OPERATION_FAILED;  // a derived image: its bytes are a surface's own
    }
    return VA_STATUS_SUCCESS;
}

VAStatus add_image(Driver& driver, std::shared_ptr<Image> image, std::shared_ptr<Buffer> buffer,
                   VAImage* out) {
    image->va.buf = driver.buffers.add(std::move(buffer));
    if (image->va.buf == VA_INVALID_ID) {
        return VA_STATUS_ERROR_ALLOCATION_FAILED;
    }
    // The id is part of the image: reserve it with the object, then fill it in before anyone has
    // it.
    const VAImageID id = driver.images.add(image);
    if (id == VA_INVALID_ID) {
        (void)driver.buffers.remove(image->va.buf);
        return VA_STATUS_ERROR_ALLOCATION_FAILED;
    }
    image->va.image_id = id;
    *out = image->va;
    return VA_STATUS_SUCCESS;
}

}  // namespace

VAStatus query_image_formats(Driver& driver, VAImageFormat* formats, int* num_formats) {
    if (!formats || !num_formats) {
        return VA_STATUS_ERROR_INVALID_PARAMETER;
    }
    int count = 0;
    for (const uint32_t fourcc : kImageFourccs) {
        const PixelFormat* format = find_linear_format(fourcc);
        if (format && driver.offers_depth(format->bit_depth)) {
            formats[count++] = image_format(*format);
        }
    }
    *num_formats = count;
    return VA_STATUS_SUCCESS;
}

VAStatus create_image(Driver& driver, VAImageFormat* format, int width, int height,
                      VAImage* image) {
    if (!format || !image || width <= 0 || height <= 0 || width > kMaxImageDimension ||
        height > kMaxImageDimension) {
        return VA_STATUS_ERROR_INVALID_PARAMETER;
    }
    const PixelFormat* pixel_format = find_linear_format(format->fourcc);
    if (!pixel_format || !driver.offers_depth(pixel_format->bit_depth)) {
        return VA_STATUS_ERROR_INVALID_IMAGE_FORMAT;
    }
    const auto w = narrow<uint32_t>(width);
    const auto h = narrow<uint32_t>(height);
    auto created = std::make_shared<Image>();
    created->format = pixel_format;
    created->va.format = image_format(*pixel_format);
    created->va.width = narrow<uint16_t>(std::min(w, 65535U));
    created->va.height = narrow<uint16_t>(std::min(h, 65535U));
    created->va.num_planes = pixel_format->num_colour_planes;
    if (!driver.image_layouts.apply(created->va)) {
        const uint32_t pitch = align_up(w * pixel_format->bytes_per_sample, kImagePitchAlignment);
        const uint64_t luma = uint64_t{pitch} * h;
        if (luma > Buffer::kMaxBytes) {
            return VA_STATUS_ERROR_ALLOCATION_FAILED;
        }
        created->va.pitches[0] = created->va.pitches[1] = pitch;
        created->va.offsets[1] = narrow<uint32_t>(luma);
    }
    const uint64_t size = created->va.offsets[1] + uint64_t{created->va.pitches[1]} * ((h + 1) / 2);
    if (size > Buffer::kMaxBytes) {
        return VA_STATUS_ERROR_ALLOCATION_FAILED;
    }
    created->va.data_size = narrow<uint32_t>(size);
    std::shared_ptr<Buffer> buffer = driver.buffer_pool.take();
    if (const auto assigned = buffer->assign(VAImageBufferType, created->va.data_size, 1, nullptr);
        !assigned) {
        return to_va_status(assigned.error());
    }
    return add_image(driver, std::move(created), std::move(buffer), image);
}

VAStatus derive_image(Driver& driver, VASurfaceID surface_id, VAImage* image) {
    const std::shared_ptr<Surface> surface = driver.surfaces.find(surface_id);
    if (!surface) {
        return VA_STATUS_ERROR_INVALID_SURFACE;
    }
    if (!image) {
        return VA_STATUS_ERROR_INVALID_PARAMETER;
    }
    const PixelFormat& format = surface->format();
    const FrameSource source = driver.frame_source(format);
    if (surface->memory_format(source) != &format) {
        return VA_STATUS_ERROR_OPERATION_FAILED;  // clients fall back to vaGetImage
    }
    auto memory = surface->memory(driver.system(), source);
    if (!memory) {
        return driver.report("vaDeriveImage", memory.error());
    }
    const FrameLayout& layout = (*memory)->layout();
    if (layout.num_planes != 1 || layout.fourcc != format.v4l2_fourcc) {
        return VA_STATUS_ERROR_OPERATION_FAILED;
    }
    if (const VAStatus status = wait_for_decode(driver, "vaDeriveImage", *surface, kSyncTimeoutNs);
        status != VA_STATUS_SUCCESS) {
        return status;
    }
    const auto planes = colour_planes(format, layout, surface->size());
    auto created = std::make_shared<Image>();
    created->format = &format;
    created->va.format = image_format(format);
    created->va.width = narrow<uint16_t>(std::min(surface->size().width, 65535U));
    created->va.height = narrow<uint16_t>(std::min(surface->size().height, 65535U));
    created->va.data_size = layout.planes[0].sizeimage;
    created->va.num_planes = format.num_colour_planes;
    for (uint32_t i = 0; i < format.num_colour_planes; ++i) {
        created->va.pitches[i] = planes[i].pitch;
        created->va.offsets[i] = planes[i].offset;
    }
    driver.image_layouts.remember(created->va);
    auto buffer = std::make_shared<Buffer>();
    buffer->assign_derived(std::move(*memory), created->va.data_size);
    return add_image(driver, std::move(created), std::move(buffer), image);
}

VAStatus destroy_image(Driver& driver, VAImageID image_id) {
    const std::shared_ptr<Image> image = driver.images.remove(image_id);
    if (!image) {
        return VA_STATUS_ERROR_INVALID_IMAGE;
    }
    if (std::shared_ptr<Buffer> buffer = driver.buffers.remove(image->va.buf)) {
        driver.buffer_pool.give_back(std::move(buffer));
    }
    return VA_STATUS_SUCCESS;
}

VAStatus get_image(Driver& driver, VASurfaceID surface_id, int x, int y, unsigned int width,
                   unsigned int height, VAImageID image_id) {
    TransferObjects objects;
    if (const VAStatus status = find_objects(driver, surface_id, image_id, objects);
        status != VA_STATUS_SUCCESS) {
        return status;
    }
    if (!region_within(x, y, width, height, objects.surface->size()) ||
        !region_within(0, 0, width, height, image_size(*objects.image))) {
        return VA_STATUS_ERROR_INVALID_PARAMETER;
    }
    if (const VAStatus status =
            wait_for_decode(driver, "vaGetImage", *objects.surface, kSyncTimeoutNs);
        status != VA_STATUS_SUCCESS) {
        return status;
    }
    const Region on_surface = {narrow<uint32_t>(x), narrow<uint32_t>(y), width, height};
    const Region on_image = {0, 0, width, height};
    const auto copied = transfer(driver, *objects.surface, *objects.image, *objects.buffer,
                                 on_surface, on_image, Access::kRead);
    return copied ? VA_STATUS_SUCCESS : driver.report("vaGetImage", copied.error());
}

VAStatus put_image(Driver& driver, VASurfaceID surface_id, VAImageID image_id, int src_x, int src_y,
                   unsigned int src_width, unsigned int src_height, int dest_x, int dest_y,
                   unsigned int dest_width, unsigned int dest_height) {
    TransferObjects objects;
    if (const VAStatus status = find_objects(driver, surface_id, image_id, objects);
        status != VA_STATUS_SUCCESS) {
        return status;
    }
    if (src_width != dest_width || src_height != dest_height) {
        return VA_STATUS_ERROR_UNIMPLEMENTED;  // nothing here scales
    }
    if (!region_within(src_x, src_y, src_width, src_height, image_size(*objects.image)) ||
        !region_within(dest_x, dest_y, dest_width, dest_height, objects.surface->size())) {
        return VA_STATUS_ERROR_INVALID_PARAMETER;
    }
    // Tiles and packed bits are never written: no client has been seen to need more than a probe.
    const FrameSource source = driver.frame_source(objects.surface->format());
    if (objects.surface->memory_format(source) != &objects.surface->format()) {
        return VA_STATUS_ERROR_UNIMPLEMENTED;
    }
    if (const VAStatus status =
            wait_for_decode(driver, "vaPutImage", *objects.surface, kSyncTimeoutNs);
        status != VA_STATUS_SUCCESS) {
        return status;
    }
    const Region on_image = {narrow<uint32_t>(src_x), narrow<uint32_t>(src_y), src_width,
                             src_height};
    const Region on_surface = {narrow<uint32_t>(dest_x), narrow<uint32_t>(dest_y), dest_width,
                               dest_height};
    const auto copied = transfer(driver, *objects.surface, *objects.image, *objects.buffer,
                                 on_surface, on_image, Access::kWrite);
    if (!copied) {
        return driver.report("vaPutImage", copied.error());
    }
    objects.surface->set_written();
    return VA_STATUS_SUCCESS;
}

}  // namespace v4l2va
