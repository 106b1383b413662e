// SPDX-License-Identifier: MIT
// Images: what the CPU reads and writes surfaces through.
#include "va/image.h"

#include <algorithm>
#include <array>
#include <span>

#include "base/checked.h"
#include "frame/read.h"
#include "frame/write.h"
#include "v4l2/pixel_format.h"
#include "va/driver.h"
#include "va/image_shadow.h"
#include "va/surface.h"

namespace v4l2va {

namespace {

// Images' own rows start at multiples of this, so that vector code of the readers is happy.
constexpr uint32_t kImagePitchAlignment = 64;
constexpr int kMaxImageDimension = 65535;  // VAImage has 16 bits for each

// Those of surfaces first: clients take the first one that they know.
constexpr std::array kImageFormats = {
    ImageFormat{VA_FOURCC_NV12, VA_FOURCC_NV12, 2, 1, 1},
    ImageFormat{VA_FOURCC_P010, VA_FOURCC_P010, 2, 1, 1},
    ImageFormat{VA_FOURCC_I420, VA_FOURCC_NV12, 3, 1, 2},
    ImageFormat{VA_FOURCC_YV12, VA_FOURCC_NV12, 3, 2, 1},
};
static_assert(kImageFormats.size() <= kMaxImageFormats);

// What its samples are.
const PixelFormat& sample_format(const ImageFormat& format) {
    return *find_linear_format(format.surface_fourcc);
}

// Null when no device decodes to its depth, or when we do not know it.
const ImageFormat* offered_format(const Driver& driver, uint32_t fourcc) {
    const auto* const found =
        std::find_if(kImageFormats.begin(), kImageFormats.end(),
                     [fourcc](const ImageFormat& format) { return format.fourcc == fourcc; });
    const bool offered =
        found != kImageFormats.end() && driver.offers_depth(sample_format(*found).bit_depth);
    return offered ? found : nullptr;
}

VAImageFormat va_image_format(const ImageFormat& format) {
    VAImageFormat result = {};
    result.fourcc = format.fourcc;
    result.byte_order = VA_LSB_FIRST;
    result.bits_per_pixel = sample_format(format).bit_depth > 8 ? 24 : 12;
    return result;
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

// Luma (`plane` 0) or chroma (1) of a region, in samples: chroma counts Cb and Cr.
SampleRect plane_region(const Region& region, uint32_t plane) {
    if (plane == 0) {
        return {region.x, region.y, region.width, region.height};
    }
    const uint32_t first_pair = region.x / 2;
    const uint32_t end_pair = (region.x + region.width + 1) / 2;
    const uint32_t first_row = region.y / 2;
    const uint32_t end_row = (region.y + region.height + 1) / 2;
    return {first_pair * 2, first_row, (end_pair - first_pair) * 2, end_row - first_row};
}

Size image_size(const Image& image) { return {image.va.width, image.va.height}; }

using Access = FrameMemory::Access;

// The bytes of an image from the first sample of a region on.
class ImageRows {
  public:
    ImageRows(const Image& image, std::span<std::byte> bytes) : image_(image), bytes_(bytes) {}

    [[nodiscard]] size_t pitch(uint32_t plane) const { return image_.va.pitches[plane]; }
    // Of luma, or of chroma in pairs.
    [[nodiscard]] std::byte* samples(uint32_t plane, const SampleRect& rect) const {
        return row(plane, rect.y) + rect.x * sample_format(*image_.format).bytes_per_sample;
    }
    // Of one component by itself.
    [[nodiscard]] std::byte* component(uint32_t plane, const SampleRect& rect) const {
        return row(plane, rect.y) + rect.x / 2;
    }

  private:
    [[nodiscard]] std::byte* row(uint32_t plane, uint32_t y) const {
        return bytes_.data() + image_.va.offsets[plane] + y * pitch(plane);
    }

    const Image& image_;
    const std::span<std::byte> bytes_;
};

// Luma (`plane` 0) or chroma (1) between `frame` of the memory and `picture` of the image.
Result<> transfer_plane(FrameMemory& memory, const Image& image, const ImageRows& rows,
                        uint32_t plane, const SampleRect& frame, const SampleRect& picture,
                        Access access) {
    if (plane == 0 || image.format->num_planes == 2) {
        std::byte* const samples = rows.samples(plane, picture);
        const uint32_t bytes = sample_format(*image.format).bytes_per_sample;
        return access == Access::kRead
                   ? read_plane_as(memory, plane, frame, bytes, samples, rows.pitch(plane))
                   : write_plane_as(memory, plane, frame, bytes, samples, rows.pitch(plane));
    }
    const uint32_t cb = image.format->cb_plane;
    const uint32_t cr = image.format->cr_plane;
    std::byte* const first = rows.component(cb, picture);
    std::byte* const second = rows.component(cr, picture);
    return access == Access::kRead
               ? read_chroma_planes(memory, frame, {first, rows.pitch(cb), second, rows.pitch(cr)})
               : write_chroma_planes(memory, frame,
                                     {first, rows.pitch(cb), second, rows.pitch(cr)});
}

// A region of the surface to or from a region of equal size of the image, whatever the formats.
Result<> transfer_region(FrameMemory& memory, const Image& image, std::span<std::byte> bytes,
                         const Region& on_surface, const Region& on_image, Access access) {
    const ImageRows rows(image, bytes);
    for (uint32_t plane = 0; plane < 2; ++plane) {
        SampleRect frame = plane_region(on_surface, plane);
        const SampleRect picture = plane_region(on_image, plane);
        frame.width = std::min(frame.width, picture.width);
        frame.height = std::min(frame.height, picture.height);
        if (auto done = transfer_plane(memory, image, rows, plane, frame, picture, access); !done) {
            return done;
        }
    }
    return {};
}

// The same, with access to the memory meanwhile.
Result<> access_region(FrameMemory& memory, const Image& image, std::span<std::byte> bytes,
                       const Region& on_surface, const Region& on_image, Access access) {
    if (auto begun = memory.begin_cpu_access(access); !begun) {
        return begun;
    }
    const auto copied = transfer_region(memory, image, bytes, on_surface, on_image, access);
    const auto ended = memory.end_cpu_access(access);
    return copied ? ended : copied;
}

Result<> transfer(Driver& driver, Surface& surface, const Image& image, Buffer& buffer,
                  const Region& on_surface, const Region& on_image, Access access) {
    auto memory = surface.memory(driver.system(), driver.frame_source(surface.format()));
    if (!memory) {
        return fail(memory.error());
    }
    return access_region(**memory, image, buffer.bytes(), on_surface, on_image, access);
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
    if (objects.buffer->bytes().size() < objects.image->va.data_size) {
        return VA_STATUS_ERROR_OPERATION_FAILED;  // a derived image: its bytes are a surface's own
    }
    return VA_STATUS_SUCCESS;
}

// The pitches and offsets of a created image; its luma has at most Buffer::kMaxBytes.
void lay_out(VAImage& image, const ImageFormat& format, uint32_t width, uint32_t height) {
    // Pairs of an odd width have one sample more than luma.
    const uint32_t row = align_up(width, 2U) * sample_format(format).bytes_per_sample;
    image.pitches[0] = align_up(row, kImagePitchAlignment);
    uint32_t offset = image.pitches[0] * height;
    for (uint32_t plane = 1; plane < format.num_planes; ++plane) {
        image.pitches[plane] = format.num_planes == 2 ? image.pitches[0] : image.pitches[0] / 2;
        image.offsets[plane] = offset;
        offset += image.pitches[plane] * ((height + 1) / 2);
    }
}

// Null when it would be larger than a buffer may be.
std::shared_ptr<Image> make_image(Driver& driver, const ImageFormat& format, Size size) {
    if (std::max(size.width, size.height) > static_cast<uint32_t>(kMaxImageDimension)) {
        return nullptr;
    }
    auto image = std::make_shared<Image>();
    image->format = &format;
    image->va.format = va_image_format(format);
    image->va.width = narrow<uint16_t>(size.width);
    image->va.height = narrow<uint16_t>(size.height);
    image->va.num_planes = format.num_planes;
    const uint64_t luma =
        uint64_t{size.width} * size.height * sample_format(format).bytes_per_sample;
    if (luma > Buffer::kMaxBytes) {
        return nullptr;
    }
    if (!driver.image_layouts.apply(image->va)) {
        lay_out(image->va, format, size.width, size.height);
    }
    const uint32_t last = format.num_planes - 1;
    const uint64_t bytes =
        image->va.offsets[last] + uint64_t{image->va.pitches[last]} * ((size.height + 1) / 2);
    if (bytes > Buffer::kMaxBytes) {
        return nullptr;
    }
    image->va.data_size = narrow<uint32_t>(bytes);
    return image;
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

Result<> transfer_rows(FrameMemory& memory, const Image& image, std::span<std::byte> bytes,
                       ImageRowRange rows, FrameMemory::Access access) {
    const Region region = {0, rows.first, image.va.width, rows.count};
    return access_region(memory, image, bytes, region, region, access);
}

VAStatus query_image_formats(Driver& driver, VAImageFormat* formats, int* num_formats) {
    if (!formats || !num_formats) {
        return VA_STATUS_ERROR_INVALID_PARAMETER;
    }
    int count = 0;
    for (const ImageFormat& format : kImageFormats) {
        if (offered_format(driver, format.fourcc)) {
            formats[count++] = va_image_format(format);
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
    const ImageFormat* offered = offered_format(driver, format->fourcc);
    if (!offered) {
        return VA_STATUS_ERROR_INVALID_IMAGE_FORMAT;
    }
    const std::shared_ptr<Image> created =
        make_image(driver, *offered, {narrow<uint32_t>(width), narrow<uint32_t>(height)});
    if (!created) {
        return VA_STATUS_ERROR_ALLOCATION_FAILED;
    }
    std::shared_ptr<Buffer> buffer = driver.buffer_pool.take();
    if (const auto assigned = buffer->assign(VAImageBufferType, created->va.data_size, 1, nullptr);
        !assigned) {
        return to_va_status(assigned.error());
    }
    return add_image(driver, created, std::move(buffer), image);
}

namespace {

// Of memory that no VAImage describes: a copy of it in plain rows, which vaMapBuffer reads and
// vaUnmapBuffer writes back.
VAStatus derive_shadow(Driver& driver, const std::shared_ptr<Surface>& surface,
                       std::shared_ptr<FrameMemory> memory, VAImage* image) {
    const std::shared_ptr<Image> created =
        make_image(driver, *offered_format(driver, surface->format().va_fourcc), surface->size());
    if (!created) {
        return VA_STATUS_ERROR_ALLOCATION_FAILED;
    }
    auto buffer = std::make_shared<Buffer>();
    buffer->assign_shadow(surface, std::make_unique<ImageShadow>(std::move(memory), *created),
                          created->va.data_size);
    return add_image(driver, created, std::move(buffer), image);
}

}  // namespace

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
    auto memory = surface->memory(driver.system(), source);
    if (!memory) {
        return driver.report("vaDeriveImage", memory.error());
    }
    if (const VAStatus status = wait_for_operation(driver, "vaDeriveImage", *surface, kUntilDone);
        status != VA_STATUS_SUCCESS) {
        return status;
    }
    const FrameLayout& layout = (*memory)->layout();
    if (layout.num_planes != 1 || layout.fourcc != format.v4l2_fourcc) {
        return derive_shadow(driver, surface, std::move(*memory), image);
    }
    const auto planes = colour_planes(format, layout, surface->size());
    auto created = std::make_shared<Image>();
    created->format = offered_format(driver, format.va_fourcc);
    created->va.format = va_image_format(*created->format);
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
    buffer->assign_derived(surface, std::move(*memory), created->va.data_size);
    return add_image(driver, std::move(created), std::move(buffer), image);
}

VAStatus destroy_image(Driver& driver, VAImageID image_id) {
    const std::shared_ptr<Image> image = driver.images.remove(image_id);
    if (!image) {
        return VA_STATUS_ERROR_INVALID_IMAGE;
    }
    std::shared_ptr<Buffer> buffer = driver.buffers.remove(image->va.buf);
    return buffer ? release_buffer(driver, "vaDestroyImage", std::move(buffer)) : VA_STATUS_SUCCESS;
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
            wait_for_operation(driver, "vaGetImage", *objects.surface, kUntilDone);
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
    if (const VAStatus status =
            wait_for_operation(driver, "vaPutImage", *objects.surface, kUntilDone);
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
