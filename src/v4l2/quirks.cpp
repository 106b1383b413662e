// SPDX-License-Identifier: MIT
// The table of drivers that need an exception, and why.
#include "v4l2/quirks.h"

#include <array>

namespace v4l2va {

namespace {

constexpr Quirks kDefaultQuirks{};

constexpr std::array kQuirks = {
    // vb2-dma-contig: begin/end_cpu_access of its dma-bufs do nothing, and its mappings are
    // uncached (or the device is coherent): DMA_BUF_IOCTL_SYNC would be two wasted system calls.
    Quirks{.driver_name = "hantro-vpu", .needs_cpu_sync = false},
    Quirks{.driver_name = "rkvdec", .needs_cpu_sync = false},
    Quirks{.driver_name = "cedrus", .needs_cpu_sync = false},
    Quirks{.driver_name = "mtk-vcodec-dec", .needs_cpu_sync = false},
    // vb2-vmalloc: plain kernel memory that no device writes.
    Quirks{.driver_name = "visl", .needs_cpu_sync = false},
    // With an IOMMU this driver uses vb2-dma-sg, whose mappings are cached.
    Quirks{.driver_name = "tegra-vde", .needs_cpu_sync = true},
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
