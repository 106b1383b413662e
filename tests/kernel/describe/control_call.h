// SPDX-License-Identifier: MIT
// ControlCall: one control in a call of several, and those calls.
#pragma once

#include <linux/videodev2.h>

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "described_node.h"

// V4L2_CTRL_WHICH_MIN_VAL and V4L2_CTRL_WHICH_MAX_VAL, which Linux has since 6.14.
constexpr uint32_t kWhichMinimum = 0x0f020000;
constexpr uint32_t kWhichMaximum = 0x0f030000;

struct ControlCall {
    uint32_t id = 0;
    int32_t value = 0;
    std::vector<uint8_t> payload = {};  // empty: the control has a value
    // What the call says of its size, in bytes, where that is not the payload's.
    int64_t size = -1;
};

// The result, then the index of the control that an error is about, and the sizes that were told
// where they are others than those asked with. Values and payloads come back in `calls`.
std::string get_controls(const DescribedNode& node, std::span<ControlCall> calls,
                         uint32_t which = V4L2_CTRL_WHICH_CUR_VAL, int request = 0);
std::string set_controls(const DescribedNode& node, std::span<ControlCall> calls,
                         uint32_t which = V4L2_CTRL_WHICH_CUR_VAL, int request = 0);
std::string try_controls(const DescribedNode& node, std::span<ControlCall> calls,
                         uint32_t which = V4L2_CTRL_WHICH_CUR_VAL, int request = 0);

// All controls, as VIDIOC_QUERY_EXT_CTRL lists them with `next` (V4L2_CTRL_FLAG_NEXT_*).
std::vector<v4l2_query_ext_ctrl> controls_of(const DescribedNode& node,
                                             uint32_t next = V4L2_CTRL_FLAG_NEXT_CTRL |
                                                             V4L2_CTRL_FLAG_NEXT_COMPOUND);
