// SPDX-License-Identifier: MIT
#include "info/json_writer.h"

#include <gtest/gtest.h>

#include "info/names.h"

namespace v4l2va::info {
namespace {

TEST(JsonString, EscapesWhatJsonDoesNotAllow) {
    EXPECT_EQ(json_string("plain"), "\"plain\"");
    EXPECT_EQ(json_string("a \"b\" \\c"), R"("a \"b\" \\c")");
    EXPECT_EQ(json_string(std::string_view("\n\x1b\0", 3)), R"("\u000a\u001b\u0000")");
}

TEST(JsonString, KeepsUtf8AndReplacesWhatIsNone) {
    EXPECT_EQ(json_string("\xc3\xa9 \xe2\x82\xac \xf0\x9f\x98\x80"),
              "\"\xc3\xa9 \xe2\x82\xac \xf0\x9f\x98\x80\"");
    EXPECT_EQ(json_string("\xff"), R"("\ufffd")");
    EXPECT_EQ(json_string("\xc3"), R"("\ufffd")");            // cut
    EXPECT_EQ(json_string("\xc0\xaf"), R"("\ufffd\ufffd")");  // overlong
    EXPECT_EQ(json_string("\xe0\x80\xaf"), R"("\ufffd\ufffd\ufffd")");
    EXPECT_EQ(json_string("\xed\xa0\x80"), R"("\ufffd\ufffd\ufffd")");  // a surrogate
    EXPECT_EQ(json_string("\xf4\x90\x80\x80"), R"("\ufffd\ufffd\ufffd\ufffd")");
}

TEST(JsonWriter, NestsAndSeparates) {
    JsonWriter json;
    json.open_object();
    json.open_array("empty");
    json.close_array();
    json.members("words", std::vector<std::string>{"a", "b"});
    json.members("depths", std::vector<uint32_t>{8});
    json.open_object("inner");
    json.flag("yes", true);
    json.member("number", uint64_t{7});
    json.close_object();
    json.close_object();
    EXPECT_EQ(json.take(), R"({
  "empty": [],
  "words": [
    "a",
    "b"
  ],
  "depths": [
    8
  ],
  "inner": {
    "yes": true,
    "number": 7
  }
}
)");
}

TEST(Names, TellFourccsAndProfiles) {
    EXPECT_EQ(fourcc_name(0x3231564E), "NV12");
    EXPECT_EQ(fourcc_name(0x20203859), "Y8");
    EXPECT_EQ(fourcc_name(0x0000014E), "N???");
    EXPECT_EQ(codec_label("hevc"), "HEVC");
    EXPECT_EQ(codec_label("X264"), "X264");
    EXPECT_EQ(profile_name(static_cast<VAProfile>(36)), "VAProfileH264High10");
    EXPECT_EQ(profile_name(VAProfileHEVCMain10), "VAProfileHEVCMain10");
    EXPECT_EQ(profile_name(static_cast<VAProfile>(60)), "VAProfile60");
    EXPECT_EQ(short_profile("VAProfileVP9Profile2"), "Profile 2");
    EXPECT_EQ(short_profile("VAProfileJPEGBaseline"), "VAProfileJPEGBaseline");
    EXPECT_EQ(printable("a\x1b[31m\n"), "a?[31m?");
}

}  // namespace
}  // namespace v4l2va::info
