// SPDX-License-Identifier: MIT
// AV1 as Chromium sends it: the data first, a whole OBU with its frame header, and a parameter
// buffer for each tile that points into it; no sizes of uniform tiles.
#include <gtest/gtest.h>
#include <va/va.h>
#include <va/va_dec_av1.h>

#include <algorithm>
#include <cstring>
#include <optional>

#include "../unit/bitstream/av1_frame_header_writer.h"
#include "client.h"

namespace v4l2va::test {
namespace {

using Parameters = VADecPictureParameterBufferAV1;

template <typename T>
T from_bytes(const std::vector<std::byte>& bytes, size_t index = 0) {
    T value = {};
    std::memcpy(&value, bytes.data() + index * sizeof(T), sizeof(T));
    return value;
}

template <typename T>
RecordedBuffer to_buffer(VABufferType type, const T& value) {
    RecordedBuffer buffer{type, sizeof(T), 1, std::vector<std::byte>(sizeof(T))};
    std::memcpy(buffer.bytes.data(), &value, sizeof(T));
    return buffer;
}

Parameters parameters_of(const RecordedPicture& picture) {
    for (const RecordedBuffer& buffer : picture.buffers) {
        if (buffer.type == VAPictureParameterBufferType) {
            return from_bytes<Parameters>(buffer.bytes);
        }
    }
    return {};
}

bool is_shown_key(const Parameters& params) {
    const auto& pic = params.pic_info_fields.bits;
    return pic.frame_type == 0 && pic.show_frame != 0;
}

// The slots in which the next frame finds this one; nothing where it does not say.
std::optional<uint8_t> refresh_flags(const Recording& recording, size_t index) {
    if (index + 1 == recording.pictures.size()) {
        return 0;
    }
    const Parameters next = parameters_of(recording.pictures[index + 1]);
    unsigned flags = 0;
    bool named = false;
    for (size_t i = 0; i < 8; ++i) {
        named = named || next.ref_frame_map[i] != VA_INVALID_ID;
        flags |= next.ref_frame_map[i] == recording.pictures[index].target ? 1U << i : 0;
    }
    return named ? std::optional(static_cast<uint8_t>(flags)) : std::nullopt;
}

std::vector<std::byte> frame_header(const Parameters& params, uint8_t refresh_frame_flags) {
    const auto& pic = params.pic_info_fields.bits;
    Av1TestHeader header;
    Av1ToldFrame& frame = header.frame;
    frame.frame_type = pic.frame_type;
    frame.show_frame = pic.show_frame != 0;
    frame.showable_frame = pic.showable_frame != 0;
    frame.error_resilient_mode = pic.error_resilient_mode != 0;
    frame.disable_cdf_update = pic.disable_cdf_update != 0;
    frame.allow_screen_content_tools = pic.allow_screen_content_tools != 0;
    frame.force_integer_mv = pic.force_integer_mv != 0;
    frame.order_hint = params.order_hint;
    frame.order_hint_bits = params.order_hint_bits_minus_1 + 1U;
    frame.primary_ref_frame = params.primary_ref_frame;
    std::copy(std::begin(params.ref_frame_idx), std::end(params.ref_frame_idx),
              frame.ref_frame_idx.begin());
    header.refresh_frame_flags = refresh_frame_flags;
    return header.bytes();
}

// The same picture as one OBU. `flags`: of its header; nothing: no header in front of the tiles.
RecordedPicture as_chromium_sends(const RecordedPicture& picture, std::optional<uint8_t> flags) {
    Parameters params = parameters_of(picture);
    std::vector<std::byte> payload =
        flags ? frame_header(params, *flags) : std::vector<std::byte>(1, std::byte{0x80});
    std::vector<VASliceParameterBufferAV1> tiles;
    std::vector<VASliceParameterBufferAV1> group;
    for (const RecordedBuffer& buffer : picture.buffers) {
        if (buffer.type == VASliceParameterBufferType) {
            for (size_t i = 0; i < buffer.num_elements; ++i) {
                group.push_back(from_bytes<VASliceParameterBufferAV1>(buffer.bytes, i));
            }
        }
        if (buffer.type != VASliceDataBufferType) {
            continue;
        }
        for (VASliceParameterBufferAV1& tile : group) {
            const auto first = buffer.bytes.begin() + tile.slice_data_offset;
            tile.slice_data_offset = static_cast<uint32_t>(payload.size());
            payload.insert(payload.end(), first, first + tile.slice_data_size);
            tiles.push_back(tile);
        }
        group.clear();
    }
    const std::vector<std::byte> obu = av1_obu(flags ? 6 : 4, payload);
    RecordedPicture sent = picture;
    sent.buffers = {{VASliceDataBufferType, static_cast<unsigned>(obu.size()), 1, obu}};
    for (VASliceParameterBufferAV1& tile : tiles) {
        tile.slice_data_offset += static_cast<uint32_t>(obu.size() - payload.size());
        sent.buffers.push_back(to_buffer(VASliceParameterBufferType, tile));
    }
    if (params.pic_info_fields.bits.uniform_tile_spacing_flag != 0) {
        std::fill(std::begin(params.width_in_sbs_minus_1), std::end(params.width_in_sbs_minus_1),
                  uint16_t{0});
        std::fill(std::begin(params.height_in_sbs_minus_1), std::end(params.height_in_sbs_minus_1),
                  uint16_t{0});
    }
    sent.buffers.push_back(to_buffer(VAPictureParameterBufferType, params));
    return sent;
}

const Recording& clip() {
    static const Recording recording =
        record_clip({.width = 208, .height = 112, .frames = 24, .gop = 12, .codec = "av1"});
    return recording;
}

// `sends_header` tells for each picture whether its header is there.
Recording in_chromiums_form(const Recording& recording, bool (*sends_header)(size_t index)) {
    Recording sent = recording;
    for (size_t i = 0; i < recording.pictures.size(); ++i) {
        const auto flags = sends_header(i) ? refresh_flags(recording, i) : std::nullopt;
        sent.pictures[i] = as_chromium_sends(recording.pictures[i], flags);
    }
    return sent;
}

// Strict: a primary_ref_frame that met a lost slot would be a broken rule.
TEST(ClientChromiumAv1, WholeObusWithTheirHeaders) {
    const Display display;
    for (auto* sends_header : {+[](size_t) { return true; }, +[](size_t) { return false; },
                               +[](size_t index) { return index % 3 != 1; }}) {
        const Recording sent = in_chromiums_form(clip(), sends_header);
        Player player(display, sent);
        EXPECT_EQ(player.decode_and_compare(), sent.pictures.size());
    }
    EXPECT_TRUE(display.messages().empty());
}

bool is_damaged(const Display& display, VASurfaceID surface) {
    VASurfaceDecodeMBErrors* errors = nullptr;
    EXPECT_EQ(vaQuerySurfaceError(display.get(), surface, VA_STATUS_ERROR_DECODING_ERROR,
                                  reinterpret_cast<void**>(&errors)),
              VA_STATUS_SUCCESS);
    return errors != nullptr && errors[0].status != -1;
}

// A header that says of each frame that it goes nowhere: what the next one loads is in no slot. Its
// call succeeds, as with all that is damaged; the surface tells, and the next key frame is whole.
TEST(HostileAv1, LostProbabilitiesAreDamageUntilTheNextKeyFrame) {
    const Display display;
    Recording sent = clip();
    size_t second_key = 1;
    while (!is_shown_key(parameters_of(clip().pictures[second_key]))) {
        ++second_key;
    }
    for (size_t i = 0; i < second_key; ++i) {
        sent.pictures[i] = as_chromium_sends(clip().pictures[i], uint8_t{0});
    }
    Player player(display, sent);
    size_t damaged = 0;
    for (size_t i = 0; i < second_key; ++i) {
        EXPECT_EQ(player.decode(sent.pictures[i]), VA_STATUS_SUCCESS) << i;
        const VASurfaceID surface = player.surface(sent.pictures[i].target);
        EXPECT_EQ(vaSyncSurface(display.get(), surface), VA_STATUS_SUCCESS) << i;
        damaged += is_damaged(display, surface) ? 1 : 0;
    }
    EXPECT_GT(damaged, 0U);
    EXPECT_EQ(player.decode_and_compare(second_key, sent.pictures.size()),
              sent.pictures.size() - second_key);
}

}  // namespace
}  // namespace v4l2va::test
