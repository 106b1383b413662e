// SPDX-License-Identifier: MIT
// A client that sends HEVC buffers in any order, of any content, to one codec for many pictures.
#include <linux/v4l2-controls.h>
#include <va/va.h>
#include <va/va_dec_hevc.h>

#include <cstdlib>
#include <deque>
#include <vector>

#include "codec/hevc.h"
#include "fuzz_input.h"
#include "v4l2/control_set.h"

namespace {

using v4l2va::fuzz::FuzzInput;

// Surfaces 1..16 exist and have been decoded.
class Surfaces final : public v4l2va::References {
  public:
    [[nodiscard]] v4l2va::Timestamp find(VASurfaceID surface) const override {
        return surface <= 16 ? v4l2va::Timestamp(surface) : v4l2va::Timestamp();
    }
};

template <typename T>
std::vector<std::byte> bytes_of(const T& value) {
    const auto bytes = std::as_bytes(std::span<const T, 1>(&value, 1));
    return {bytes.begin(), bytes.end()};
}

VAPictureParameterBufferHEVC picture_parameters(FuzzInput& fuzz) {
    VAPictureParameterBufferHEVC picture = {};
    picture.pic_width_in_luma_samples = 128;
    picture.pic_height_in_luma_samples = 128;
    picture.log2_diff_max_min_luma_coding_block_size = 1;
    picture.log2_diff_max_min_transform_block_size = 2;
    picture.pic_fields.value = fuzz.number<uint32_t>();
    picture.pic_fields.bits.chroma_format_idc = 1;
    picture.pic_fields.bits.separate_colour_plane_flag = 0;
    picture.pic_fields.bits.pcm_enabled_flag = 0;
    picture.slice_parsing_fields.value = fuzz.number<uint32_t>();
    picture.log2_max_pic_order_cnt_lsb_minus4 = fuzz.below(13);
    picture.num_short_term_ref_pic_sets = fuzz.below(65);
    picture.num_long_term_ref_pic_sps = fuzz.below(33);
    picture.st_rps_bits = fuzz.byte();
    picture.CurrPic.pic_order_cnt = fuzz.number<int16_t>();
    const uint8_t count = fuzz.below(16);
    for (uint8_t i = 0; i < 15; ++i) {
        VAPictureHEVC& reference = picture.ReferenceFrames[i];
        reference.picture_id = i < count ? fuzz.below(20) : VA_INVALID_ID;
        reference.flags = i < count ? fuzz.byte() & 0xfeU : VA_PICTURE_HEVC_INVALID;
        reference.pic_order_cnt = fuzz.number<int16_t>();
    }
    fuzz.patch(picture);
    return picture;
}

VASliceParameterBufferHEVC slice_parameters(FuzzInput& fuzz, size_t size) {
    VASliceParameterBufferHEVC slice = {};
    slice.slice_data_size = static_cast<uint32_t>(size);
    slice.num_ref_idx_l0_active_minus1 = fuzz.below(15);
    slice.num_ref_idx_l1_active_minus1 = fuzz.below(15);
    slice.LongSliceFlags.fields.slice_type = fuzz.below(3) & 3U;
    for (auto& list : slice.RefPicList) {
        for (uint8_t& index : list) {
            index = fuzz.below(16);
        }
    }
    fuzz.patch(slice);
    return slice;
}

// Reads everything that finish() handed out, so that a sanitizer sees a dangling range.
// A picture of slices of other layers has no units.
void check(const v4l2va::CodedPicture& coded) {
    volatile unsigned sum = 0;
    for (const v4l2va::DecodeUnit& unit : coded.units) {
        size_t bytes = 0;
        for (const auto fragment : unit.fragments) {
            bytes += fragment.size();
            sum = sum + std::to_integer<unsigned>(fragment.front()) +
                  std::to_integer<unsigned>(fragment.back());
        }
        v4l2_ctrl_hevc_decode_params params = {};
        if (bytes != unit.bytes ||
            !unit.controls->get(V4L2_CID_STATELESS_HEVC_DECODE_PARAMS, params)) {
            std::abort();
        }
        for (size_t i = 0; i < params.num_active_dpb_entries; ++i) {
            if (params.dpb[i].timestamp == 0) {
                std::abort();
            }
        }
        const auto slices = unit.controls->find(V4L2_CID_STATELESS_HEVC_SLICE_PARAMS);
        for (size_t at = 0; at < slices.size(); at += sizeof(v4l2_ctrl_hevc_slice_params)) {
            v4l2_ctrl_hevc_slice_params slice;
            std::memcpy(&slice, slices.data() + at, sizeof(slice));
            if (slice.data_byte_offset >= unit.bytes || slice.bit_size > unit.bytes * 8) {
                std::abort();
            }
            for (size_t i = 0; slice.slice_type != V4L2_HEVC_SLICE_TYPE_I &&
                               i <= slice.num_ref_idx_l0_active_minus1;
                 ++i) {
                if (slice.ref_idx_l0[i] >= V4L2_HEVC_DPB_ENTRIES_NUM_MAX) {
                    std::abort();
                }
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
        input.timestamp = v4l2va::Timestamp(100);
        input.references = &surfaces_;
        if (const auto coded = codec_.finish(input)) {
            check(*coded);
        }
    }

  private:
    void step() {
        switch (fuzz_.below(8)) {
            case 0:
                return add(VAPictureParameterBufferType, bytes_of(picture_parameters(fuzz_)), 1);
            case 1: {
                VAIQMatrixBufferHEVC matrix = {};
                fuzz_.patch(matrix);
                return add(VAIQMatrixBufferType, bytes_of(matrix), 1);
            }
            case 2: {  // a buffer of any type and size
                const auto bytes = fuzz_.take(fuzz_.byte());
                return add(static_cast<VABufferType>(fuzz_.below(60)), {bytes.begin(), bytes.end()},
                           fuzz_.number<uint32_t>());
            }
            case 3:
            case 4:
            case 5:
                return slices();
            default:
                add(VAPictureParameterBufferType, bytes_of(picture_parameters(fuzz_)), 1);
                return slices();
        }
    }

    void slices() {
        const auto count = static_cast<uint8_t>(1 + fuzz_.below(3));
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
    traits.max_slice_params = fuzz.byte();
    traits.max_entry_points = fuzz.byte();
    traits.has_ext_sps_rps = fuzz.flag();
    const VAProfile profile = fuzz.flag() ? VAProfileHEVCMain10 : VAProfileHEVCMain;
    const auto codec = v4l2va::create_hevc_codec(traits, profile, {128, 128});
    Client client(fuzz, *codec);
    while (!fuzz.empty()) {
        client.picture();
    }
    return 0;
}
