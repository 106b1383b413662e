// SPDX-License-Identifier: MIT
// Where each codec's parameters name surfaces.
#include "surface_names.h"

#include <cstring>
#include <functional>

namespace v4l2va::test {
namespace {

using Rename = std::function<void(VASurfaceID&)>;

template <typename Params>
void change(RecordedBuffer& buffer, unsigned element, const std::function<void(Params&)>& body) {
    std::byte* bytes = buffer.bytes.data() + size_t{element} * buffer.element_size;
    Params params;
    std::memcpy(&params, bytes, sizeof(params));
    body(params);
    std::memcpy(bytes, &params, sizeof(params));
}

void rename_h264(RecordedBuffer& buffer, const Rename& rename) {
    if (buffer.type == VAPictureParameterBufferType) {
        change<VAPictureParameterBufferH264>(buffer, 0, [&](auto& params) {
            rename(params.CurrPic.picture_id);
            for (VAPictureH264& reference : params.ReferenceFrames) {
                rename(reference.picture_id);
            }
        });
        return;
    }
    for (unsigned i = 0; i < buffer.num_elements; ++i) {
        change<VASliceParameterBufferH264>(buffer, i, [&](auto& params) {
            for (unsigned j = 0; j < 32; ++j) {
                rename(params.RefPicList0[j].picture_id);
                rename(params.RefPicList1[j].picture_id);
            }
        });
    }
}

// The codecs whose slices name no surface.
void rename_picture(VAProfile profile, RecordedBuffer& buffer, const Rename& rename) {
    switch (profile) {
        case VAProfileHEVCMain:
        case VAProfileHEVCMain10:
            change<VAPictureParameterBufferHEVC>(buffer, 0, [&](auto& params) {
                rename(params.CurrPic.picture_id);
                for (VAPictureHEVC& reference : params.ReferenceFrames) {
                    rename(reference.picture_id);
                }
            });
            break;
        case VAProfileVP8Version0_3:
            change<VAPictureParameterBufferVP8>(buffer, 0, [&](auto& params) {
                rename(params.last_ref_frame);
                rename(params.golden_ref_frame);
                rename(params.alt_ref_frame);
            });
            break;
        case VAProfileVP9Profile0:
        case VAProfileVP9Profile2:
            change<VADecPictureParameterBufferVP9>(buffer, 0, [&](auto& params) {
                for (VASurfaceID& reference : params.reference_frames) {
                    rename(reference);
                }
            });
            break;
        case VAProfileAV1Profile0:
            change<VADecPictureParameterBufferAV1>(buffer, 0, [&](auto& params) {
                rename(params.current_frame);
                rename(params.current_display_picture);
                for (VASurfaceID& reference : params.ref_frame_map) {
                    rename(reference);
                }
            });
            break;
        case VAProfileMPEG2Main:
            change<VAPictureParameterBufferMPEG2>(buffer, 0, [&](auto& params) {
                rename(params.forward_reference_picture);
                rename(params.backward_reference_picture);
            });
            break;
        default:
            break;
    }
}

bool is_h264(VAProfile profile) {
    return profile == VAProfileH264ConstrainedBaseline || profile == VAProfileH264Main ||
           profile == VAProfileH264High || profile == kH264High10;
}

}  // namespace

Buffers renamed_buffers(VAProfile profile, const RecordedPicture& picture,
                        const SurfaceNames& names) {
    const Rename rename = [&names](VASurfaceID& surface) {
        const auto found = names.find(surface);
        surface = found == names.end() ? VA_INVALID_ID : found->second;
    };
    Buffers buffers = picture.buffers;
    for (RecordedBuffer& buffer : buffers) {
        const bool picture_params = buffer.type == VAPictureParameterBufferType;
        if (!picture_params && buffer.type != VASliceParameterBufferType) {
            continue;
        }
        if (is_h264(profile)) {
            rename_h264(buffer, rename);
        } else if (picture_params) {
            rename_picture(profile, buffer, rename);
        }
    }
    return buffers;
}

}  // namespace v4l2va::test
