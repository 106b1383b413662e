// SPDX-License-Identifier: MIT
// What the lifecycle tests decode: small pictures of two codecs.
#include "clips.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <mutex>
#include <utility>

namespace v4l2va::test {

namespace {

using Clips = std::map<std::pair<unsigned, unsigned>, Recording>;

// Sizes stay: references into a map do, too.
template <typename Make>
const Recording& clip_of(Clips& clips, unsigned width, unsigned height, Make make) {
    static std::mutex mutex;
    const std::lock_guard lock(mutex);
    const auto key = std::pair(width, height);
    const auto found = clips.find(key);
    return found != clips.end() ? found->second : clips.emplace(key, make()).first->second;
}

template <typename Params>
RecordedBuffer buffer_of(VABufferType type, const Params& params) {
    RecordedBuffer buffer = {type, sizeof(params), 1, std::vector<std::byte>(sizeof(params))};
    std::memcpy(buffer.bytes.data(), &params, sizeof(params));
    return buffer;
}

RecordedPicture mpeg2_picture(unsigned width, unsigned height, VASurfaceID target,
                              VASurfaceID forward) {
    VAPictureParameterBufferMPEG2 params = {};
    params.horizontal_size = static_cast<uint16_t>(width);
    params.vertical_size = static_cast<uint16_t>(height);
    params.forward_reference_picture = forward;
    params.backward_reference_picture = VA_INVALID_ID;
    params.picture_coding_type = forward == VA_INVALID_ID ? 1 : 2;
    params.f_code = forward == VA_INVALID_ID ? 0xffff : 0x11ff;
    params.picture_coding_extension.bits.picture_structure = 3;
    params.picture_coding_extension.bits.frame_pred_frame_dct = 1;
    params.picture_coding_extension.bits.progressive_frame = 1;
    RecordedPicture picture;
    picture.target = target;
    picture.is_idr = forward == VA_INVALID_ID;
    picture.buffers.push_back(buffer_of(VAPictureParameterBufferType, params));
    const unsigned rows = (height + 15) / 16;
    for (unsigned row = 0; row < rows; ++row) {
        const std::array data = {std::byte{0},       std::byte{0},    std::byte{1},
                                 std::byte(row + 1), std::byte{0x13}, std::byte{0x88},
                                 std::byte(row)};
        VASliceParameterBufferMPEG2 slice = {};
        slice.slice_data_size = data.size();
        slice.slice_vertical_position = row;
        picture.buffers.push_back(buffer_of(VASliceParameterBufferType, slice));
        picture.buffers.push_back(buffer_of(VASliceDataBufferType, data));
    }
    return picture;
}

Recording write_mpeg2(unsigned width, unsigned height) {
    constexpr unsigned kPictures = 6;
    Recording recording;
    recording.profile = VAProfileMPEG2Main;
    recording.coded_width = recording.visible_width = width;
    recording.coded_height = recording.visible_height = height;
    recording.surfaces = {1, 2, 3};
    VASurfaceID forward = VA_INVALID_ID;
    for (unsigned i = 0; i < kPictures; ++i) {
        const VASurfaceID target = recording.surfaces[i % recording.surfaces.size()];
        recording.pictures.push_back(mpeg2_picture(width, height, target, forward));
        forward = target;
    }
    return recording;
}

// The first that the driver offers beside H.264; VAProfileNone if there is none.
VAProfile other_profile() {
    const Display display;
    std::vector<VAProfile> offered(static_cast<size_t>(vaMaxNumProfiles(display.get())));
    int count = 0;
    (void)vaQueryConfigProfiles(display.get(), offered.data(), &count);
    offered.resize(static_cast<size_t>(count));
    for (const VAProfile profile :
         {VAProfileMPEG2Main, VAProfileHEVCMain, VAProfileVP8Version0_3}) {
        if (std::find(offered.begin(), offered.end(), profile) != offered.end()) return profile;
    }
    return VAProfileNone;
}

}  // namespace

const Recording& h264_clip(unsigned width, unsigned height) {
    static Clips clips;
    return clip_of(clips, width, height, [&] {
        ClipOptions options;
        options.width = width;
        options.height = height;
        options.frames = 6;
        options.gop = 6;
        options.x264_params = "bframes=1:b-adapt=0:ref=2:slices=2";
        return record_clip(options);
    });
}

const Recording& other_clip(unsigned width, unsigned height) {
    static Clips clips;
    static const VAProfile profile = other_profile();
    return clip_of(clips, width, height, [&] {
        if (profile == VAProfileMPEG2Main) return write_mpeg2(width, height);
        ClipOptions options;
        options.width = width;
        options.height = height;
        options.frames = 6;
        options.gop = 6;
        options.x264_params = "bframes=0:ref=1";
        options.codec = profile == VAProfileHEVCMain        ? "hevc"
                        : profile == VAProfileVP8Version0_3 ? "vp8"
                                                            : "h264";
        return record_clip(options);
    });
}

size_t decode_and_sync(Player& player, const Recording& clip, size_t first, size_t last) {
    size_t decoded = 0;
    for (size_t i = first; i < std::min(last, clip.pictures.size()); ++i) {
        const RecordedPicture& picture = clip.pictures[i];
        const bool fine =
            player.decode(picture) == VA_STATUS_SUCCESS &&
            vaSyncSurface(player.display(), player.surface(picture.target)) == VA_STATUS_SUCCESS;
        decoded += fine ? 1 : 0;
    }
    return decoded;
}

}  // namespace v4l2va::test
