// SPDX-License-Identifier: MIT
// Writes a picture to a device's memory in the layout that its registers say.
#pragma once

#include "device_memory.h"
#include "image/capture_image.h"
#include "image/picture_copy.h"
#include "picture_job.h"

namespace hardware {

// PICTURE is NV12 or P010. False where the output's memory is none of the device's, or too small.
bool write_picture(const vdec::CaptureImage& picture, vdec::Rows rows, const PictureOutput& output,
                   DeviceMemory& memory);

}  // namespace hardware
