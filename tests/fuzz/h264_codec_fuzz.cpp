// SPDX-License-Identifier: MIT
// A client that sends H.264 buffers in any order, of any content, to one codec for many pictures.
#include <linux/v4l2-controls.h>
#include <va/va.h>

#include <cstdlib>
#include <deque>
#include <vector>

#include "codec/h264.h"
#include "fuzz_input.h"
#include "v4l2/control_set.h"

namespace {

using v4l2va::fuzz::FuzzInput;

// Surfaces 1..20 exist; the timestamp is whatever the picture decoded last left.
class Surfaces final : public v4l2va::References {
  public:
    [[nodiscard]] v4l2va::Timestamp find(VASurfaceID surface) const override {
        return surface < std::size(timestamps) ? timestamps[surface] : v4l2va::Timestamp();
    }
    v4l2va::Timestamp timestamps[21];
};

template <typename T>
std::vector<std::byte> bytes_of(const T& value) {
    const auto bytes = std::as_bytes(std::span<const T, 1>(&value, 1));
    return {bytes.begin(), bytes.end()};
}

VAPictureParameterBufferH264 picture_parameters(FuzzInput& fuzz) {
    VAPictureParameterBufferH264 picture = {};
    picture.picture_width_in_mbs_minus1 = 7;
    picture.picture_height_in_mbs_minus1 = 7;
    picture.num_ref_frames = fuzz.below(17);
    picture.seq_fields.value = fuzz.number<uint32_t>();
    picture.seq_fields.bits.chroma_format_idc = fuzz.flag() ? 1 : 0;
    picture.seq_fields.bits.residual_colour_transform_flag = 0;
    picture.pic_fields.value = fuzz.number<uint32_t>();
    picture.frame_num = fuzz.byte();
    picture.CurrPic.flags = fuzz.below(8);
    picture.CurrPic.TopFieldOrderCnt = fuzz.number<int32_t>();
    picture.CurrPic.BottomFieldOrderCnt = fuzz.number<int16_t>();
    const uint8_t count = fuzz.below(17);
    for (uint8_t i = 0; i < 16; ++i) {
        VAPictureH264& reference = picture.ReferenceFrames[i];
        reference.picture_id = i < count ? fuzz.below(24) : VA_INVALID_ID;
        reference.flags = i < count ? fuzz.byte() : VA_PICTURE_H264_INVALID;
        reference.frame_idx = fuzz.below(20);
        reference.TopFieldOrderCnt = fuzz.number<int16_t>();
        reference.BottomFieldOrderCnt = fuzz.number<int32_t>();
    }
    fuzz.patch(picture);
    return picture;
}

VASliceParameterBufferH264 slice_parameters(FuzzInput& fuzz, size_t size) {
    VASliceParameterBufferH264 slice = {};
    slice.slice_data_size = static_cast<uint32_t>(size);
    slice.num_ref_idx_l0_active_minus1 = fuzz.below(32);
    slice.num_ref_idx_l1_active_minus1 = fuzz.below(32);
    for (auto& reference : slice.RefPicList0) {
        reference.picture_id = fuzz.below(24);
    }
    fuzz.patch(slice);
    return slice;
}

// Reads everything that finish() handed out, so that a sanitizer sees a dangling range.
void check(const v4l2va::CodedPicture& coded) {
    if (coded.units.empty()) {
        std::abort();
    }
    volatile unsigned sum = 0;
    for (const v4l2va::DecodeUnit& unit : coded.units) {
        size_t bytes = 0;
        for (const auto fragment : unit.fragments) {
            bytes += fragment.size();
            sum = sum + std::to_integer<unsigned>(fragment.front()) +
                  std::to_integer<unsigned>(fragment.back());
        }
        v4l2_ctrl_h264_decode_params params = {};
        if (bytes != unit.bytes ||
            !unit.controls->get(V4L2_CID_STATELESS_H264_DECODE_PARAMS, params)) {
            std::abort();
        }
        for (const v4l2_h264_dpb_entry& entry : params.dpb) {
            const bool active = (entry.flags & V4L2_H264_DPB_ENTRY_FLAG_ACTIVE) != 0;
            if (active && (entry.reference_ts == 0 || entry.fields == 0)) {
                std::abort();
            }
        }
    }
    for (const VASurfaceID surface : coded.references) {
        sum = sum + surface;
    }
}

// Buffers are freed when the picture is over, as clients do.
class Client {
  public:
    Client(FuzzInput& fuzz, v4l2va::Codec& codec) : fuzz_(fuzz), codec_(codec) {}

    void picture() {
        codec_.begin();
        buffers_.clear();
        for (uint8_t steps = fuzz_.below(12); steps > 0; --steps) {
            step();
        }
        v4l2va::PictureInput input;
        input.target = 1 + fuzz_.below(20);
        input.timestamp = v4l2va::Timestamp(++timestamp_);
        input.references = &surfaces_;
        const auto coded = codec_.finish(input);
        if (coded) {
            check(*coded);
            if (coded->part != v4l2va::PicturePart::kSecondField) {
                surfaces_.timestamps[input.target] = input.timestamp;
            }
        }
    }

  private:
    void step() {
        switch (fuzz_.below(8)) {
            case 0:
                return add(VAPictureParameterBufferType, bytes_of(picture_parameters(fuzz_)), 1);
            case 1: {
                VAIQMatrixBufferH264 matrix = {};
                fuzz_.patch(matrix);
                return add(VAIQMatrixBufferType, bytes_of(matrix), 1);
            }
            case 2:
            case 3:
            case 4:
                return slices();
            case 5: {  // a buffer of any type and size
                const auto bytes = fuzz_.take(fuzz_.byte());
                return add(static_cast<VABufferType>(fuzz_.below(60)), {bytes.begin(), bytes.end()},
                           fuzz_.number<uint32_t>());
            }
            default:
                add(VAPictureParameterBufferType, bytes_of(picture_parameters(fuzz_)), 1);
                return slices();
        }
    }

    void slices() {
        const uint8_t count = static_cast<uint8_t>(1 + fuzz_.below(3));
        const auto nal = fuzz_.take(fuzz_.byte());
        std::vector<std::byte> params;
        for (uint8_t i = 0; i < count; ++i) {
            const auto bytes = bytes_of(slice_parameters(fuzz_, nal.size()));
            params.insert(params.end(), bytes.begin(), bytes.end());
        }
        add(VASliceParameterBufferType, params, count);
        add(VASliceDataBufferType, {nal.begin(), nal.end()}, 1);
    }

    void add(VABufferType type, std::vector<std::byte> bytes, uint32_t num_elements) {
        buffers_.push_back(std::move(bytes));
        (void)codec_.add(type, buffers_.back(), num_elements);
    }

    FuzzInput& fuzz_;
    v4l2va::Codec& codec_;
    Surfaces surfaces_;
    std::deque<std::vector<std::byte>> buffers_;
    uint64_t timestamp_ = 0;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    FuzzInput fuzz(data, size);
    v4l2va::CodecTraits traits;
    traits.no_reference = v4l2va::NoReference::kItself;
    traits.decode_mode =
        fuzz.flag() ? v4l2va::DecodeMode::kFrameBased : v4l2va::DecodeMode::kSliceBased;
    traits.start_code = fuzz.flag() ? v4l2va::StartCode::kAnnexB : v4l2va::StartCode::kNone;
    traits.has_scaling_matrix = fuzz.flag();
    traits.has_slice_params = fuzz.flag();
    traits.has_pred_weights = fuzz.flag();
    const VAProfile profile = fuzz.flag() ? VAProfileH264High : VAProfileH264Main;
    const auto codec = v4l2va::create_h264_codec(traits, profile, {128, 128});
    Client client(fuzz, *codec);
    while (!fuzz.empty()) {
        client.picture();
    }
    return 0;
}
