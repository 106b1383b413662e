// SPDX-License-Identifier: MIT
// Damaged and hostile input: a status, never a crash, and the next IDR picture decodes bit-exactly.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cstring>
#include <random>
#include <thread>

#include "player.h"

namespace v4l2va::test {
namespace {

const Recording& clip() {
    static const Recording recording = record_clip({.frames = 32, .gop = 8});
    return recording;
}

// The pictures from an IDR to the one before the next.
struct Group {
    size_t first;
    size_t end;
};

std::vector<Group> groups() {
    std::vector<Group> result;
    for (size_t i = 0; i < clip().pictures.size(); ++i) {
        if (clip().pictures[i].is_idr) {
            if (!result.empty()) {
                result.back().end = i;
            }
            result.push_back({i, clip().pictures.size()});
        }
    }
    return result;
}

// Plays a group with `change` applied to the picture at `at` (counted from the IDR), then the next
// group undamaged, which must be bit-exact. Returns the damaged picture's status, of the calls or
// of vaSyncSurface.
VAStatus damage_and_recover(const Change& change, size_t at) {
    const Display display;
    Player player(display, clip());
    const std::vector<Group> all = groups();
    EXPECT_GE(all.size(), 3U);
    VAStatus damaged = VA_STATUS_SUCCESS;
    for (size_t i = all[0].first; i < all[0].end; ++i) {
        const RecordedPicture& picture = clip().pictures[i];
        const bool is_damaged = i - all[0].first == at;
        VAStatus status = player.decode(picture, is_damaged ? change : Change());
        if (status == VA_STATUS_SUCCESS) {
            (void)player.read(picture, &status);
        }
        damaged = is_damaged ? status : damaged;
    }
    const size_t expected = all[1].end - all[1].first;
    EXPECT_EQ(player.decode_and_compare(all[1].first, all[1].end), expected);
    EXPECT_LE(display.messages().size(), 3U);
    return damaged;
}

template <typename T>
void edit(RecordedBuffer& buffer, const std::function<void(T&)>& change) {
    T value;
    std::memcpy(&value, buffer.bytes.data(), sizeof(value));
    change(value);
    std::memcpy(buffer.bytes.data(), &value, sizeof(value));
}

void edit_slices(Buffers& buffers, const std::function<void(VASliceParameterBufferH264&)>& change) {
    for (RecordedBuffer& buffer : buffers) {
        if (buffer.type == VASliceParameterBufferType) {
            edit<VASliceParameterBufferH264>(buffer, change);
        }
    }
}

void edit_picture(Buffers& buffers,
                  const std::function<void(VAPictureParameterBufferH264&)>& change) {
    for (RecordedBuffer& buffer : buffers) {
        if (buffer.type == VAPictureParameterBufferType) {
            edit<VAPictureParameterBufferH264>(buffer, change);
        }
    }
}

void remove_type(Buffers& buffers, VABufferType type) {
    std::erase_if(buffers, [type](const RecordedBuffer& buffer) { return buffer.type == type; });
}

TEST(Hostile, SliceRangeOutsideOfTheData) {
    for (const uint32_t offset : {1U, 0x7fffffffU, 0xffffffffU}) {
        EXPECT_NE(damage_and_recover(
                      [offset](Buffers& buffers) {
                          edit_slices(buffers,
                                      [offset](auto& slice) { slice.slice_data_offset = offset; });
                      },
                      2),
                  VA_STATUS_SUCCESS);
    }
    for (const uint32_t size : {0x7fffffffU, 0xfffffff0U, 0xffffffffU}) {
        EXPECT_NE(damage_and_recover(
                      [size](Buffers& buffers) {
                          edit_slices(buffers,
                                      [size](auto& slice) { slice.slice_data_size = size; });
                      },
                      3),
                  VA_STATUS_SUCCESS);
    }
    EXPECT_NE(damage_and_recover(
                  [](Buffers& buffers) {
                      edit_slices(buffers, [](auto& slice) { slice.slice_data_size += 1; });
                  },
                  3),
              VA_STATUS_SUCCESS);
}

TEST(Hostile, EmptySlices) {
    EXPECT_NE(damage_and_recover(
                  [](Buffers& buffers) {
                      edit_slices(buffers, [](auto& slice) { slice.slice_data_size = 0; });
                  },
                  2),
              VA_STATUS_SUCCESS);
}

TEST(Hostile, MissingBuffers) {
    for (const VABufferType type :
         {VAPictureParameterBufferType, VASliceParameterBufferType, VASliceDataBufferType}) {
        EXPECT_NE(damage_and_recover([type](Buffers& buffers) { remove_type(buffers, type); }, 2),
                  VA_STATUS_SUCCESS)
            << type;
    }
    // Without a matrix the flat one is meant.
    EXPECT_EQ(
        damage_and_recover([](Buffers& buffers) { remove_type(buffers, VAIQMatrixBufferType); }, 2),
        VA_STATUS_SUCCESS);
}

TEST(Hostile, WrongElementSizesAndCounts) {
    for (const unsigned size : {1U, 3U, 16U}) {
        for (const VABufferType type :
             {VAPictureParameterBufferType, VASliceParameterBufferType, VAIQMatrixBufferType}) {
            EXPECT_NE(damage_and_recover(
                          [=](Buffers& buffers) {
                              for (RecordedBuffer& buffer : buffers) {
                                  if (buffer.type == type) {
                                      buffer.element_size = size;
                                      buffer.num_elements = 1;
                                  }
                              }
                          },
                          2),
                      VA_STATUS_SUCCESS)
                << type << " of size " << size;
        }
    }
}

TEST(Hostile, ElementCountsOfZeroAndTwoToThe31) {
    const Display display;
    const Player player(display, clip());
    std::vector<std::byte> bytes(4096);
    for (const unsigned size : {0U, 1U, 64U, 0x80000000U, 0xffffffffU}) {
        for (const unsigned count : {0U, 0x80000000U, 0xffffffffU}) {
            VABufferID id = VA_INVALID_ID;
            EXPECT_NE(vaCreateBuffer(display.get(), player.context(), VASliceParameterBufferType,
                                     size, count, bytes.data(), &id),
                      VA_STATUS_SUCCESS);
            EXPECT_EQ(id, VA_INVALID_ID);
        }
    }
}

TEST(Hostile, TruncatedSlices) {
    std::mt19937 random(1);
    for (int round = 0; round < 24; ++round) {
        const double keep = std::uniform_real_distribution<>(0, 1)(random);
        (void)damage_and_recover(
            [keep](Buffers& buffers) {
                edit_slices(buffers, [keep](auto& slice) {
                    slice.slice_data_size = static_cast<uint32_t>(slice.slice_data_size * keep);
                });
            },
            static_cast<size_t>(round % 7));
    }
}

TEST(Hostile, FlippedBits) {
    std::mt19937 random(2);
    for (int round = 0; round < 40; ++round) {
        (void)damage_and_recover(
            [&random](Buffers& buffers) {
                for (RecordedBuffer& buffer : buffers) {
                    for (int i = 0; buffer.type == VASliceDataBufferType && i < 8; ++i) {
                        const size_t limit =
                            i < 4 ? std::min<size_t>(buffer.bytes.size(), 8) : buffer.bytes.size();
                        buffer.bytes[random() % limit] ^= std::byte(1 << random() % 8);
                    }
                }
            },
            static_cast<size_t>(round % 7));
    }
}

TEST(Hostile, RandomParameters) {
    std::mt19937 random(3);
    for (int round = 0; round < 60; ++round) {
        (void)damage_and_recover(
            [&random](Buffers& buffers) {
                for (RecordedBuffer& buffer : buffers) {
                    if (buffer.type != VASliceDataBufferType) {
                        for (int i = 0; i < 6; ++i) {
                            buffer.bytes[random() % buffer.bytes.size()] = std::byte(random());
                        }
                    }
                }
            },
            static_cast<size_t>(round % 7));
    }
}

TEST(Hostile, PictureLargerThanTheContext) {
    EXPECT_NE(damage_and_recover(
                  [](Buffers& buffers) {
                      edit_picture(buffers, [](auto& picture) {
                          picture.picture_width_in_mbs_minus1 = 511;
                          picture.picture_height_in_mbs_minus1 = 511;
                      });
                  },
                  2),
              VA_STATUS_SUCCESS);
}

// A stream of another profile in the client's config, or one that becomes so in mid-stream: slice
// groups may begin with any picture parameter set (FM1_FT_E). Each such picture is refused.
TEST(Hostile, ToolsOfAnotherProfile) {
    using Edit = void (*)(VAPictureParameterBufferH264&);
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"  // of slice groups
    const Edit edits[] = {
        [](auto& picture) { picture.seq_fields.bits.chroma_format_idc = 2; },
        [](auto& picture) { picture.seq_fields.bits.chroma_format_idc = 3; },
        [](auto& picture) { picture.seq_fields.bits.residual_colour_transform_flag = 1; },
        [](auto& picture) { picture.bit_depth_luma_minus8 = 2; },
        [](auto& picture) {
            picture.bit_depth_luma_minus8 = 2;
            picture.bit_depth_chroma_minus8 = 2;
        },
        [](auto& picture) { picture.num_slice_groups_minus1 = 1; },
    };
#pragma GCC diagnostic pop
    for (const Edit& edit_one : edits) {
        for (const size_t at : {size_t{0}, size_t{2}}) {
            EXPECT_NE(
                damage_and_recover([&](Buffers& buffers) { edit_picture(buffers, edit_one); }, at),
                VA_STATUS_SUCCESS)
                << &edit_one - edits;
        }
    }
}

// The same ids with other contents, and a picture that fails exactly there: on its way to the
// device or in it. The next one brings all that is new.
TEST(Hostile, ParameterSetsReplacedAtAFailedPicture) {
    Recording recording =
        record_clip({.frames = 6, .gop = 6, .x264_params = "chroma-qp-offset=6:qp=40"});
    const size_t before = recording.pictures.size();
    const Recording second =
        record_clip({.frames = 6, .gop = 6, .x264_params = "chroma-qp-offset=-6:cqm=jvt:qp=20"});
    recording.pictures.insert(recording.pictures.end(), second.pictures.begin(),
                              second.pictures.end());
    recording.surfaces.insert(recording.surfaces.end(), second.surfaces.begin(),
                              second.surfaces.end());
    const size_t end = recording.pictures.size();
    const auto cut = [](Buffers& buffers) {
        edit_slices(buffers, [](auto& slice) { slice.slice_data_size = 2; });
    };
    const auto damage = [](Buffers& buffers) {
        for (RecordedBuffer& buffer : buffers) {
            if (buffer.type == VASliceDataBufferType) {
                std::fill(buffer.bytes.begin() + 20, buffer.bytes.end(), std::byte{0xa5});
            }
        }
    };
    for (const Change& change : {Change(), Change(cut), Change(damage)}) {
        const Display display;
        Player player(display, recording);
        EXPECT_EQ(player.decode_and_compare(0, before), before);
        if (change) {
            VAStatus status = player.decode(recording.pictures[before], change);
            if (status == VA_STATUS_SUCCESS) {
                (void)player.read(recording.pictures[before], &status);
            }
        }
        EXPECT_EQ(player.decode_and_compare(before, end), end - before);
    }
}

TEST(Hostile, ReferencesThatDoNotExist) {
    (void)damage_and_recover(
        [](Buffers& buffers) {
            edit_picture(buffers, [](auto& picture) {
                for (VAPictureH264& reference : picture.ReferenceFrames) {
                    reference.picture_id ^= 0x5a5a;
                }
            });
        },
        3);
}

// Chromium ends hardware decoding for good at the first vaEndPicture that fails: what a lost
// picture leaves behind must not be one. The key frame after it is right again.
TEST(Hostile, LostPicturesFailNoLaterOne) {
    for (const char* codec : {"h264", "hevc", "vp8", "vp9", "av1", "mpeg2"}) {
        ClipOptions options = {.width = 64, .height = 64, .frames = 16, .gop = 8, .codec = codec};
        if (options.codec == "hevc") {
            options.encoder_options["x265-params"] =
                "log-level=error:pools=none:frame-threads=1:bframes=2:ref=3:open-gop=0:"
                "keyint=8:min-keyint=8:scenecut=0";
        }
        const Recording recording = record_clip(options);
        for (const size_t lost : {size_t{1}, size_t{2}, size_t{4}}) {
            const Display display;
            Player player(display, recording);
            for (size_t i = 0; i < recording.pictures.size(); ++i) {
                if (i != lost) {
                    EXPECT_EQ(player.decode(recording.pictures[i]), VA_STATUS_SUCCESS)
                        << codec << ": picture " << i << " after the loss of " << lost;
                }
            }
            const RecordedPicture& last = recording.pictures.back();
            EXPECT_TRUE(!last.has_expected || player.read(last) == last.expected) << codec;
            EXPECT_TRUE(display.messages().empty()) << display.messages()[0];
        }
    }
}

TEST(Hostile, CallsOutOfOrder) {
    const Display display;
    Player player(display, clip());
    EXPECT_NE(vaEndPicture(display.get(), player.context()), VA_STATUS_SUCCESS);
    VABufferID none = VA_INVALID_ID;
    EXPECT_NE(vaRenderPicture(display.get(), player.context(), &none, 1), VA_STATUS_SUCCESS);
    const VASurfaceID surface = player.surface(clip().pictures[0].target);
    EXPECT_EQ(vaBeginPicture(display.get(), player.context(), surface), VA_STATUS_SUCCESS);
    EXPECT_EQ(vaBeginPicture(display.get(), player.context(), surface), VA_STATUS_SUCCESS);
    EXPECT_EQ(vaRenderPicture(display.get(), player.context(), &none, 1),
              VA_STATUS_ERROR_INVALID_BUFFER);
    EXPECT_NE(vaEndPicture(display.get(), player.context()), VA_STATUS_SUCCESS);
    EXPECT_EQ(vaBeginPicture(display.get(), player.context(), 12345),
              VA_STATUS_ERROR_INVALID_SURFACE);
    EXPECT_EQ(vaBeginPicture(display.get(), 12345, surface), VA_STATUS_ERROR_INVALID_CONTEXT);
    EXPECT_EQ(player.decode_and_compare(0, 8), 8U);
}

TEST(Hostile, SurfaceDestroyedWhileItIsNeeded) {
    const Display display;
    Player player(display, clip());
    ASSERT_EQ(player.decode(clip().pictures[0]), VA_STATUS_SUCCESS);
    VASurfaceID first = player.surface(clip().pictures[0].target);
    ASSERT_EQ(player.decode(clip().pictures[1]), VA_STATUS_SUCCESS);
    EXPECT_EQ(vaDestroySurfaces(display.get(), &first, 1), VA_STATUS_SUCCESS);
    EXPECT_EQ(player.read(clip().pictures[1]), clip().pictures[1].expected);
    (void)player.decode(clip().pictures[2]);
}

// Between vaBeginPicture and vaEndPicture the picture holds it; its id is gone at once.
TEST(Hostile, ActiveTargetIsDestroyed) {
    const Display display;
    Player player(display, clip());
    VASurfaceID target = player.surface(clip().pictures[0].target);
    ASSERT_EQ(vaBeginPicture(display.get(), player.context(), target), VA_STATUS_SUCCESS);
    EXPECT_EQ(vaDestroySurfaces(display.get(), &target, 1), VA_STATUS_SUCCESS);
    for (const RecordedBuffer& buffer :
         renamed_buffers(clip().profile, clip().pictures[0], player.surfaces())) {
        RecordedBuffer copy = buffer;
        VABufferID id = VA_INVALID_ID;
        ASSERT_EQ(vaCreateBuffer(display.get(), player.context(), copy.type, copy.element_size,
                                 copy.num_elements, copy.bytes.data(), &id),
                  VA_STATUS_SUCCESS);
        EXPECT_EQ(vaRenderPicture(display.get(), player.context(), &id, 1), VA_STATUS_SUCCESS);
        EXPECT_EQ(vaDestroyBuffer(display.get(), id), VA_STATUS_SUCCESS);
    }
    EXPECT_EQ(vaEndPicture(display.get(), player.context()), VA_STATUS_SUCCESS);
    EXPECT_EQ(vaSyncSurface(display.get(), target), VA_STATUS_ERROR_INVALID_SURFACE);
    EXPECT_EQ(vaDestroySurfaces(display.get(), &target, 1), VA_STATUS_ERROR_INVALID_SURFACE);
}

// ffmpeg's filters read surfaces while its decoder's thread ends the context, and makes another.
TEST(Hostile, ContextsGoWhileOthersRead) {
    const Display display;
    Player player(display, clip());
    const std::vector<RecordedPicture>& pictures = clip().pictures;
    const RecordedPicture& picture = pictures[0];
    const auto other = std::find_if(pictures.begin(), pictures.end(), [&](const auto& candidate) {
        return candidate.is_idr && candidate.target != picture.target;
    });
    ASSERT_NE(other, pictures.end());
    std::atomic<bool> stop{false};
    std::atomic<size_t> wrong{0};
    std::array<std::thread, 2> readers;
    ASSERT_EQ(player.decode(picture), VA_STATUS_SUCCESS);
    for (std::thread& reader : readers) {
        reader = std::thread([&] {
            while (!stop) {
                wrong += player.read(picture) == picture.expected ? 0 : 1;
            }
        });
    }
    for (int i = 0; i < 40; ++i) {
        ASSERT_EQ(player.decode(*other), VA_STATUS_SUCCESS);
        player.destroy_context();
        player.create_context();
    }
    stop = true;
    for (std::thread& reader : readers) {
        reader.join();
    }
    EXPECT_EQ(wrong, 0U);
}

}  // namespace
}  // namespace v4l2va::test
