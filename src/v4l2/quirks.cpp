// SPDX-License-Identifier: MIT
// The table of drivers that need an exception, and why.
#include "v4l2/quirks.h"

#include <linux/v4l2-controls.h>

#include <array>

namespace v4l2va {

namespace {

constexpr Quirks kDefaultQuirks{};

// no_reference: all of these look references up by timestamp, after v4l2_m2m_buf_copy_metadata()
// has given the CAPTURE buffer its own, so that it is found; where a lookup fails, hantro, rkvdec
// and tegra-vde take that buffer as well, the others an address that is old or 0.
constexpr std::array kQuirks = {
    // vb2-dma-contig: begin/end_cpu_access of its dma-bufs do nothing, and its mappings are
    // uncached (or the device is coherent): DMA_BUF_IOCTL_SYNC would be two wasted system calls.
    // HEVC: references are found by order count among the pictures decoded before; one that is not
    // there fails set_ref(), whose caller never completes the request. Behind the last entry of
    // dpb[] it puts the picture itself, and lists that are empty refer to entry 0.
    // Sizes: hantro_g1_vp8_dec_run(), rockchip_vpu2_vp8_dec_run() and
    // rockchip_vpu981_postproc_enable() read them from dst_fmt.
    Quirks{.driver_name = "hantro-vpu",
           .needs_cpu_sync = false,
           .no_reference = NoReference::kItself,
           .hevc_no_reference = NoReference::kNothing,
           .programs_format_size = true},
    Quirks{.driver_name = "rkvdec",
           .needs_cpu_sync = false,
           .no_reference = NoReference::kItself,
           .hevc_no_reference = NoReference::kItself},
    Quirks{.driver_name = "cedrus",
           .needs_cpu_sync = false,
           .no_reference = NoReference::kItself,
           .hevc_no_reference = NoReference::kItself},
    // A list entry or a collocated picture that is not in dpb[] stops the hardware for good.
    // Kernels
    // before and after 6.18 read bit_size in two ways (raspberrypi/linux#7228, #7366).
    Quirks{.driver_name = "rpi-hevc-dec",
           .needs_cpu_sync = false,
           .hevc_no_reference = NoReference::kItself,
           .pads_hevc_slices = true},
    // The firmware decodes no fields (vdec_h264_req_common.c). Of a field picture MT8183 makes
    // garbage and says nothing; later chips fail it and all pictures behind it.
    Quirks{.driver_name = "mtk-vcodec-dec",
           .needs_cpu_sync = false,
           .has_h264_fields = false,
           .no_reference = NoReference::kItself,
           .hevc_no_reference = NoReference::kItself},
    // vb2-vmalloc: plain kernel memory that no device writes. It reads no reference.
    Quirks{.driver_name = "visl",
           .needs_cpu_sync = false,
           .no_reference = NoReference::kItself,
           .hevc_no_reference = NoReference::kItself},
    // With an IOMMU this driver uses vb2-dma-sg, whose mappings are cached. The hardware has no
    // CABAC (h264.c), which most streams of Main use, and clients go by the profile. Fields fail as
    // well; of the other tools the hardware is told nothing, and a picture with slices of two types
    // waits for the watchdog.
    Quirks{.driver_name = "tegra-vde",
           .needs_cpu_sync = true,
           .has_h264_fields = false,
           .has_h264_main_tools = false,
           .no_reference = NoReference::kItself,
           .h264_nominal_profiles = uint64_t{1} << V4L2_MPEG_VIDEO_H264_PROFILE_MAIN},
};

}  // namespace

const Quirks* find_quirks(std::string_view driver_name) {
    for (const Quirks& row : kQuirks) {
        if (row.driver_name == driver_name) {
            return &row;
        }
    }
    return &kDefaultQuirks;
}

}  // namespace v4l2va
