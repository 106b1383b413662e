// SPDX-License-Identifier: MIT
// The one place where an Error becomes a VAStatus.
#include "va/status.h"

namespace v4l2va {

VAStatus to_va_status(const Error& error) {
    switch (error.code) {
        case ErrorCode::kInvalidParameter:
            return VA_STATUS_ERROR_INVALID_PARAMETER;
        case ErrorCode::kInvalidBitstream:
        case ErrorCode::kDecoding:
            return VA_STATUS_ERROR_DECODING_ERROR;
        case ErrorCode::kUnsupported:
            return VA_STATUS_ERROR_UNIMPLEMENTED;
        case ErrorCode::kResolution:
            return VA_STATUS_ERROR_RESOLUTION_NOT_SUPPORTED;
        case ErrorCode::kNoMemory:
            return VA_STATUS_ERROR_ALLOCATION_FAILED;
        case ErrorCode::kBusy:
            return VA_STATUS_ERROR_HW_BUSY;
        case ErrorCode::kTimeout:
            return VA_STATUS_ERROR_TIMEDOUT;
        case ErrorCode::kNoDevice:
        case ErrorCode::kPermission:
        case ErrorCode::kKernel:
            return VA_STATUS_ERROR_OPERATION_FAILED;
    }
    return static_cast<VAStatus>(VA_STATUS_ERROR_UNKNOWN);
}

}  // namespace v4l2va
