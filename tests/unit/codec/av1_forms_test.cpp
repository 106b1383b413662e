// SPDX-License-Identifier: MIT
// AV1 frames in each form in which clients send them: the device gets the same.
#include <gtest/gtest.h>

#include <array>

#include "../bitstream/av1_frame_header_writer.h"
#include "av1_fixture.h"

namespace v4l2va::test {
namespace {

constexpr size_t kTileSizeBytes = 4;  // what is told where a client sends no size fields, too

struct Form {
    const char* name;
    bool data_first = false;       // Chromium
    bool one_each = false;         // a parameter buffer for each tile, else one array
    bool whole_obu = false;        // OBU headers and size fields before the tiles; Chromium
    bool groups = false;           // two tile groups, each with a data buffer of its own
    bool sizes_left_zero = false;  // of uniform tiles: Chromium
};

constexpr Form kForms[] = {
    {.name = "libavcodec"},
    {.name = "data first", .data_first = true},
    {.name = "one each", .one_each = true},
    {.name = "Chromium",
     .data_first = true,
     .one_each = true,
     .whole_obu = true,
     .sizes_left_zero = true},
    {.name = "OBUs, parameters first", .whole_obu = true},
    {.name = "OBUs in an array, data first", .data_first = true, .whole_obu = true},
    {.name = "groups", .groups = true},
    {.name = "groups of OBUs", .whole_obu = true, .groups = true, .sizes_left_zero = true},
    {.name = "groups, data first", .data_first = true, .groups = true},
};

std::vector<std::byte> tile_bytes(size_t tile) {
    std::vector<std::byte> bytes(20 + 7 * tile);
    for (size_t i = 0; i < bytes.size(); ++i) {
        bytes[i] = static_cast<std::byte>(16 * tile + i);
    }
    return bytes;
}

// One data buffer, and the parameters of its tiles.
struct Group {
    std::vector<VASliceParameterBufferAV1> params;
    std::vector<std::byte> data;
};

// Tiles [first, last) of a frame of `columns`. `header`: what the first OBU begins with.
Group make_group(const Form& form, size_t first, size_t last, size_t columns,
                 const std::vector<std::byte>& header) {
    std::vector<std::byte> payload = form.whole_obu ? header : std::vector<std::byte>{};
    Group group;
    for (size_t tile = first; tile < last; ++tile) {
        const std::vector<std::byte> bytes = tile_bytes(tile);
        for (size_t i = 0; form.whole_obu && tile + 1 < last && i < kTileSizeBytes; ++i) {
            payload.push_back(static_cast<std::byte>((bytes.size() - 1) >> (8 * i)));
        }
        VASliceParameterBufferAV1 params = {};
        params.slice_data_offset = static_cast<uint32_t>(payload.size());
        params.slice_data_size = static_cast<uint32_t>(bytes.size());
        params.tile_row = static_cast<uint16_t>(tile / columns);
        params.tile_column = static_cast<uint16_t>(tile % columns);
        group.params.push_back(params);
        payload.insert(payload.end(), bytes.begin(), bytes.end());
    }
    if (!form.whole_obu) {
        group.data = payload;
        return group;
    }
    const auto obu = av1_obu(6, payload);
    group.data = av1_obu(2, {});  // a temporal delimiter
    const size_t before = group.data.size() + obu.size() - payload.size();
    group.data.insert(group.data.end(), obu.begin(), obu.end());
    for (VASliceParameterBufferAV1& params : group.params) {
        params.slice_data_offset += static_cast<uint32_t>(before);
    }
    return group;
}

void add_group(Av1TestClient& client, const Form& form, const Group& group) {
    const auto add_params = [&] {
        if (!form.one_each) {
            ASSERT_TRUE(client.add_structs(VASliceParameterBufferType, group.params));
        }
        for (size_t i = 0; form.one_each && i < group.params.size(); ++i) {
            ASSERT_TRUE(client.add_struct(VASliceParameterBufferType, group.params[i]));
        }
    };
    if (form.data_first) {
        ASSERT_TRUE(client.add(VASliceDataBufferType, group.data));
    }
    add_params();
    if (!form.data_first) {
        ASSERT_TRUE(client.add(VASliceDataBufferType, group.data));
    }
}

Result<CodedPicture> send(Av1TestClient& client, const Form& form, const Av1TestPicture& picture,
                          const std::vector<std::byte>& header = {std::byte{0x30}}) {
    VADecPictureParameterBufferAV1 params = picture.params;
    if (form.sizes_left_zero) {
        std::fill(std::begin(params.width_in_sbs_minus_1), std::end(params.width_in_sbs_minus_1),
                  uint16_t{0});
        std::fill(std::begin(params.height_in_sbs_minus_1), std::end(params.height_in_sbs_minus_1),
                  uint16_t{0});
    }
    client.begin();
    if (!form.data_first) {
        EXPECT_TRUE(client.add_struct(VAPictureParameterBufferType, params));
    }
    const size_t columns = params.tile_cols;
    const size_t tiles = columns * params.tile_rows;
    const size_t half = form.groups && tiles > 1 ? tiles / 2 : tiles;
    add_group(client, form, make_group(form, 0, half, columns, header));
    if (half < tiles) {
        add_group(client, form, make_group(form, half, tiles, columns, {std::byte{0x80}}));
    }
    if (form.data_first) {
        EXPECT_TRUE(client.add_struct(VAPictureParameterBufferType, params));
    }
    return client.finish(picture.target);
}

// A shown key frame of uniform tiles.
Av1TestPicture tiled_picture(uint32_t width, uint32_t height, uint8_t columns, uint8_t rows,
                             uint32_t denominator = 8) {
    Av1TestPicture picture;
    auto& params = picture.params;
    params.frame_width_minus1 = static_cast<uint16_t>(width - 1);
    params.frame_height_minus1 = static_cast<uint16_t>(height - 1);
    params.tile_cols = columns;
    params.tile_rows = rows;
    params.pic_info_fields.bits.use_superres = denominator > 8 ? 1 : 0;
    params.superres_scale_denominator = static_cast<uint8_t>(denominator);
    const auto info = av1_tile_info(params, {(width * 8 + denominator / 2) / denominator, height});
    EXPECT_TRUE(info);
    for (size_t i = 0; info && i < columns && i < std::size(params.width_in_sbs_minus_1); ++i) {
        params.width_in_sbs_minus_1[i] = static_cast<uint16_t>(info->width_in_sbs_minus_1[i]);
    }
    for (size_t i = 0; info && i < rows && i < std::size(params.height_in_sbs_minus_1); ++i) {
        params.height_in_sbs_minus_1[i] = static_cast<uint16_t>(info->height_in_sbs_minus_1[i]);
    }
    return picture;
}

void expect_same_in_every_form(const Av1TestPicture& picture) {
    Av1TestClient plain;
    const auto first = send(plain, kForms[0], picture);
    ASSERT_TRUE(first) << first.error().op;
    const std::string wanted = outcome_of(first);
    std::string payload;
    for (size_t tile = 0; tile < size_t{picture.params.tile_cols} * picture.params.tile_rows;
         ++tile) {
        const auto bytes = tile_bytes(tile);
        payload.append(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    }
    EXPECT_EQ(payload_of(*first), payload) << "tiles back to back";
    for (const Form& form : kForms) {
        Av1TestClient client;
        EXPECT_EQ(outcome_of(send(client, form, picture)), wanted) << form.name;
    }
}

TEST(Av1Forms, TwoByTwoTiles) { expect_same_in_every_form(tiled_picture(352, 288, 2, 2)); }

TEST(Av1Forms, OneTile) { expect_same_in_every_form(tiled_picture(352, 288, 1, 1)); }

TEST(Av1Forms, TheLastTileIsTheRemainder) {
    expect_same_in_every_form(tiled_picture(200, 200, 4, 4));
}

// Superres narrows what the tiles divide.
TEST(Av1Forms, EverySuperres) {
    for (uint32_t denominator = 9; denominator <= 16; ++denominator) {
        const uint32_t sbs = ((1000 * 8 + denominator / 2) / denominator + 63) / 64;
        const uint32_t size = (sbs + 3) / 4;
        expect_same_in_every_form(
            tiled_picture(1000, 40, static_cast<uint8_t>((sbs + size - 1) / size), 1, denominator));
    }
}

// More tiles than any array of a driver that was cut: none is lost.
TEST(Av1Forms, EightByFiveTiles) { expect_same_in_every_form(tiled_picture(1000, 640, 8, 5)); }

Av1TestHeader header_of(const Av1TestPicture& picture, uint8_t refresh_frame_flags) {
    const auto& pic = picture.params.pic_info_fields.bits;
    Av1TestHeader header;
    header.frame.frame_type = pic.frame_type;
    header.frame.show_frame = pic.show_frame != 0;
    header.frame.showable_frame = pic.showable_frame != 0;
    header.frame.error_resilient_mode = pic.error_resilient_mode != 0;
    header.frame.order_hint = picture.params.order_hint;
    header.frame.order_hint_bits = 7;
    header.frame.primary_ref_frame = picture.params.primary_ref_frame;
    std::copy(std::begin(picture.params.ref_frame_idx), std::end(picture.params.ref_frame_idx),
              header.frame.ref_frame_idx.begin());
    header.refresh_frame_flags = refresh_frame_flags;
    return header;
}

v4l2_ctrl_av1_frame frame_of(const Result<CodedPicture>& coded) {
    EXPECT_TRUE(coded);
    return coded ? control_of<v4l2_ctrl_av1_frame>(*coded, V4L2_CID_STATELESS_AV1_FRAME)
                 : v4l2_ctrl_av1_frame{};
}

v4l2_ctrl_av1_sequence sequence_of(const Result<CodedPicture>& coded) {
    EXPECT_TRUE(coded);
    return coded ? control_of<v4l2_ctrl_av1_sequence>(*coded, V4L2_CID_STATELESS_AV1_SEQUENCE)
                 : v4l2_ctrl_av1_sequence{};
}

// VA does not tell the sequence's maximum: a larger picture raises it for good, a smaller one never
// lowers it, so that the sequence changes as seldom as can be.
TEST(Av1Forms, LargestFrameIsTheMaximum) {
    Av1TestClient client({}, {480, 272});
    Av1TestPicture picture;
    picture.params.frame_width_minus1 = 479;
    picture.params.frame_height_minus1 = 271;
    v4l2_ctrl_av1_sequence sequence = sequence_of(client.decode(picture));
    EXPECT_EQ(sequence.max_frame_width_minus_1, 479);
    Av1TestPicture larger;
    larger.params.frame_width_minus1 = 959;
    larger.params.frame_height_minus1 = 543;
    const auto coded = client.decode(larger);
    EXPECT_EQ(coded->coded_size, (Size{960, 544}));
    EXPECT_EQ(sequence_of(coded).max_frame_width_minus_1, 959);
    EXPECT_EQ(sequence_of(coded).max_frame_height_minus_1, 543);
    EXPECT_EQ(frame_of(coded).flags & V4L2_AV1_FRAME_FLAG_FRAME_SIZE_OVERRIDE, 0U);
    const auto small = client.decode(picture);
    EXPECT_EQ(sequence_of(small).max_frame_width_minus_1, 959);
    EXPECT_NE(frame_of(small).flags & V4L2_AV1_FRAME_FLAG_FRAME_SIZE_OVERRIDE, 0U);
    // A size that no surface had room for: the frame never came to the device.
    larger.params.frame_width_minus1 = 65535;
    client.device_takes = false;
    EXPECT_EQ(sequence_of(client.decode(larger)).max_frame_width_minus_1, 65535);
    client.device_takes = true;
    EXPECT_EQ(sequence_of(client.decode(picture)).max_frame_width_minus_1, 959);
}

// A key frame in surface 1, then inter frames, each with its flags; the client's slots follow them.
class HeaderClient {
  public:
    HeaderClient() { EXPECT_TRUE(send(client_, kForms[3], Av1TestPicture(1))); }

    v4l2_ctrl_av1_frame decode(Av1TestPicture picture, uint8_t refresh_frame_flags,
                               const Form& form = kForms[3]) {
        std::copy(map_.begin(), map_.end(), picture.params.ref_frame_map);
        const auto coded =
            send(client_, form, picture, header_of(picture, refresh_frame_flags).bytes());
        for (size_t i = 0; client_.device_takes && i < map_.size(); ++i) {
            map_[i] = ((refresh_frame_flags >> i) & 1) != 0 ? picture.target : map_[i];
        }
        damaged_ = coded && coded->damaged;
        return frame_of(coded);
    }

    v4l2_ctrl_av1_frame inter(VASurfaceID target, uint8_t refresh_frame_flags,
                              const Form& form = kForms[3]) {
        Av1TestPicture picture(target);
        picture.make_inter(1, static_cast<uint8_t>(target));
        const std::array<uint8_t, 7> idx = {5, 0, 1, 5, 2, 3, 4};
        std::copy(idx.begin(), idx.end(), picture.params.ref_frame_idx);
        picture.params.primary_ref_frame = 0;
        return decode(picture, refresh_frame_flags, form);
    }

    // Of the last frame.
    [[nodiscard]] bool damaged() const { return damaged_; }

    void let_device_take(bool takes) { client_.device_takes = takes; }

  private:
    Av1TestClient client_;
    bool damaged_ = false;
    std::array<VASurfaceID, 8> map_ = {1, 1, 1, 1, 1, 1, 1, 1};
};

// Where the client sends the frame header, the device gets the stream's own slots.
TEST(Av1Forms, HeadersHaveTheFlags) {
    for (const Form& form : kForms) {
        if (!form.whole_obu) {
            continue;
        }
        HeaderClient client;
        EXPECT_EQ(client.inter(2, 0x48, form).refresh_frame_flags, 0x48) << form.name;
        EXPECT_EQ(client.inter(3, 0x00, form).refresh_frame_flags, 0x00) << form.name;
        const v4l2_ctrl_av1_frame frame = client.inter(4, 0x81, form);
        EXPECT_EQ(frame.refresh_frame_flags, 0x81) << form.name;
        EXPECT_EQ(frame.ref_frame_idx[0], 5);
        EXPECT_EQ(frame.reference_frame_ts[3], 2000U);
        EXPECT_EQ(frame.reference_frame_ts[6], 2000U);
        EXPECT_EQ(frame.reference_frame_ts[5], 1000U);
    }
}

// Without a header the frame goes to a slot of ours; frames with headers go on behind it, and names
// agree with what the device has.
TEST(Av1Forms, FramesOfBothKinds) {
    HeaderClient client;
    EXPECT_EQ(client.inter(2, 0x20).refresh_frame_flags, 0x20);
    const v4l2_ctrl_av1_frame bare = client.inter(3, 0x01, kForms[0]);
    EXPECT_NE(bare.refresh_frame_flags, 0);
    const v4l2_ctrl_av1_frame next = client.inter(4, 0x10);
    EXPECT_EQ(next.reference_frame_ts[next.ref_frame_idx[0]], 2000U);
    EXPECT_EQ(next.reference_frame_ts[next.ref_frame_idx[1]], 3000U);
    EXPECT_NE(bare.refresh_frame_flags >> next.ref_frame_idx[1] & 1, 0)
        << "where the device has it";
}

// Not even in the slot that it would have taken.
TEST(Av1Forms, FrameThatTheDeviceNeverTookLeavesNoTrace) {
    HeaderClient client;
    EXPECT_EQ(client.inter(2, 0x20).refresh_frame_flags, 0x20);
    client.let_device_take(false);
    EXPECT_EQ(client.inter(3, 0x20).refresh_frame_flags, 0x20);
    client.let_device_take(true);
    const v4l2_ctrl_av1_frame next = client.inter(4, 0x01);
    EXPECT_EQ(next.reference_frame_ts[next.ref_frame_idx[0]], 2000U);
    EXPECT_FALSE(client.damaged()) << "primary_ref_frame";
    const v4l2_ctrl_av1_frame after = client.inter(5, 0x02);
    EXPECT_EQ(after.reference_frame_ts[after.ref_frame_idx[1]], 3000U);
    EXPECT_FALSE(client.damaged());
}

// An intra frame's header is believed once inter frames have told its layout.
TEST(Av1Forms, IntraFramesAfterInterFrames) {
    const auto hidden_key = [](VASurfaceID target) {
        Av1TestPicture picture(target);
        picture.params.pic_info_fields.bits.show_frame = 0;
        picture.params.order_hint = 9;
        return picture;
    };
    HeaderClient early;
    EXPECT_NE(early.decode(hidden_key(2), 0x41).refresh_frame_flags, 0x41);
    HeaderClient late;
    EXPECT_EQ(late.inter(2, 0x20).refresh_frame_flags, 0x20);
    EXPECT_EQ(late.decode(hidden_key(3), 0x41).refresh_frame_flags, 0x41);
}

// A header that says something else than the client is no header.
TEST(Av1Forms, HeaderOfAnotherFrame) {
    Av1TestClient client;
    ASSERT_TRUE(send(client, kForms[3], Av1TestPicture(1)));
    Av1TestPicture picture(2);
    picture.make_inter(1, 6);
    picture.params.ref_frame_idx[1] = 5;
    Av1TestHeader header = header_of(picture, 0x80);
    header.frame.order_hint = 7;
    EXPECT_NE(frame_of(send(client, kForms[3], picture, header.bytes())).refresh_frame_flags, 0x80);
    header = header_of(picture, 0x80);
    picture.target = 3;
    EXPECT_EQ(frame_of(send(client, kForms[3], picture, header.bytes())).refresh_frame_flags, 0x80);
}

}  // namespace
}  // namespace v4l2va::test
