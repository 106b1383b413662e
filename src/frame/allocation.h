// SPDX-License-Identifier: MIT
// Frame memory from a decoder node: what allocate_frame_memory and a session's private frames
// share.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>

#include "base/result.h"
#include "frame/frame_memory.h"
#include "v4l2/device.h"

namespace v4l2va {

// OUTPUT format of a coded stream of `size`; `sizeimage` is the bitstream buffer wished for.
[[nodiscard]] FrameLayout coded_layout(uint32_t coded_fourcc, Size size, uint32_t sizeimage);

// The bitstream buffer that a stream of `size` gets at first, in bytes: w*h/2 in whole pages,
// within 256 KiB and 8 MiB.
[[nodiscard]] uint32_t initial_bitstream_size(Size size);

// S_FMT(OUTPUT), with odd sizes rounded up to whole chroma samples; kResolution when the device
// would cut the size. `sizeimage`: of the bitstream buffers; 0: initial_bitstream_size().
[[nodiscard]] Result<FrameLayout> set_coded_format(const Device& device, uint32_t coded_fourcc,
                                                   Size size, uint32_t sizeimage = 0);

// How frames of one codec lie.
struct CodecLayout {
    uint32_t coded_fourcc = 0;
    // The CAPTURE format; its sizeimage is the largest of the codecs whose frames lie like that.
    FrameLayout layout;
};
// Null: none will do.
using ChooseLayout = std::function<const CodecLayout*(std::span<const CodecLayout>)>;

// An open node whose formats are those that the memory of a surface is made with.
struct FrameNode {
    Device node;
    FrameLayout layout;
};

// `choose` picks from the layouts of the codecs that decode to `capture_fourcc` at this size, in
// the device's order; there is at least one. kUnsupported when it picks none. Arguments and other
// errors are those of allocate_frame_memory().
[[nodiscard]] Result<FrameNode> open_frame_node(System& system, const DeviceInfo& device, Size size,
                                                uint32_t capture_fourcc,
                                                const ChooseLayout& choose);

// QBUF or PREPARE_BUF of the CAPTURE buffer `index` with that memory.
[[nodiscard]] BufferToQueue capture_buffer(uint32_t index, const FrameMemory& memory);

// CREATE_BUFS(1) and EXPBUF of every plane on a node whose CAPTURE format is `layout`, or smaller.
// The memory outlives the node.
[[nodiscard]] Result<std::shared_ptr<FrameMemory>> export_new_frame(System& system,
                                                                    const Device& device,
                                                                    const FrameLayout& layout,
                                                                    bool needs_cpu_sync);

}  // namespace v4l2va
