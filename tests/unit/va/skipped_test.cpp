// SPDX-License-Identifier: MIT
#include "va/skipped.h"

#include <gtest/gtest.h>

#include <cerrno>
#include <string>
#include <vector>

#include "v4l2/media_device.h"

namespace v4l2va {
namespace {

const Error kDenied = {ErrorCode::kPermission, EACCES, "open"};
const Error kInUse = {ErrorCode::kBusy, EBUSY, "open"};
const Error kGone = {ErrorCode::kNoDevice, ENODEV, "open"};

struct Line {
    LogLevel level = LogLevel::kNone;
    std::string text;
};

// What is said of `skipped` at the level of debugging, without prefix and line end.
std::vector<Line> told(std::vector<SkippedNode> skipped, bool nothing_left) {
    std::vector<Line> lines;
    const Logger log(
        LogLevel::kDebug,
        [](void* user, LogLevel level, const char* line) {
            const std::string text = std::string(line).substr(std::string("v4l2_request: ").size());
            EXPECT_EQ(text.find('\n'), text.size() - 1) << line;
            static_cast<std::vector<Line>*>(user)->push_back(
                {level, text.substr(0, text.size() - 1)});
        },
        &lines);
    Enumeration found;
    found.has_media_nodes = !skipped.empty();
    found.skipped = std::move(skipped);
    tell_skipped(log, found, nothing_left);
    return lines;
}

TEST(Skipped, NothingToSay) {
    EXPECT_TRUE(told({}, false).empty());
    const auto lines = told({}, true);
    ASSERT_EQ(lines.size(), 1U);
    EXPECT_EQ(lines[0].level, LogLevel::kError);
    EXPECT_NE(lines[0].text.find("there is no /dev/media*"), std::string::npos);
}

TEST(Skipped, EachErrorHasItsNodesAndItsRemedy) {
    const auto lines = told({{"/dev/video4", kInUse, true},
                             {"/dev/video5", kInUse, true},
                             {"/dev/media0", kDenied, false}},
                            true);
    ASSERT_EQ(lines.size(), 1U);
    EXPECT_EQ(lines[0].level, LogLevel::kError);
    EXPECT_EQ(lines[0].text,
              "no stateless video decoder found: /dev/video4, /dev/video5: device busy: "
              "end the program that holds it; /dev/media0: permission denied: join group video or "
              "add a udev rule");
}

TEST(Skipped, ANodeThatAContainerLacksHasItsNumbers) {
    const Error lacking = {ErrorCode::kNoDevice, 0, kFindVideoNode};
    const auto lines = told({{"video node 81:19 of /dev/media3", lacking, true}}, true);
    ASSERT_EQ(lines.size(), 1U);
    EXPECT_EQ(lines[0].text,
              "no stateless video decoder found: video node 81:19 of /dev/media3: no device: "
              "it is not in /dev: let it into the container");
}

TEST(Skipped, AMediaDeviceIsNoWarningWhereDecodersAreLeft) {
    const auto camera = told({{"/dev/media0", kDenied, false}}, false);
    ASSERT_EQ(camera.size(), 1U);
    EXPECT_EQ(camera[0].level, LogLevel::kInfo);
    const auto decoder =
        told({{"/dev/video5", kInUse, true}, {"/dev/media0", kDenied, false}}, false);
    ASSERT_EQ(decoder.size(), 1U);
    EXPECT_EQ(decoder[0].level, LogLevel::kWarning);
    EXPECT_TRUE(decoder[0].text.starts_with("left out: /dev/video5: device busy"))
        << decoder[0].text;
}

TEST(Skipped, ManyNodesAreCounted) {
    std::vector<SkippedNode> nodes;
    for (int i = 0; i < 12; ++i) {
        nodes.push_back({"/dev/video" + std::to_string(i), kDenied, true});
    }
    EXPECT_EQ(told(nodes, false).at(0).text,
              "left out: /dev/video0, /dev/video1 and 10 more: permission denied: join group video "
              "or add a udev rule");
}

// A line of the log has 200 bytes: what it has no room for is left to v4l2va-info.
TEST(Skipped, TheLineIsNeverCut) {
    const Error kNoRequests = {ErrorCode::kUnsupported, 0, "another"};
    const Error kOdd = {ErrorCode::kKernel, EIO, "open"};
    std::vector<SkippedNode> nodes;
    for (const Error& error : {kInUse, kDenied, kGone, kNoRequests, kOdd}) {
        nodes.push_back({"/dev/video" + std::to_string(nodes.size() + 10), error, true});
        for (const bool nothing_left : {false, true}) {
            const std::string text = told(nodes, nothing_left).at(0).text;
            EXPECT_LE(text.size(), 184U) << text;
            EXPECT_TRUE(text.ends_with(remedy(error)) || text.ends_with("; v4l2va-info tells more"))
                << text;
            EXPECT_NE(text.find("device busy: end the program"), std::string::npos) << text;
        }
    }
    nodes.resize(3);
    for (const bool nothing_left : {false, true}) {
        const std::string three = told(nodes, nothing_left).at(0).text;
        EXPECT_NE(three.find("video12: no device: "), std::string::npos) << three;
    }
}

}  // namespace
}  // namespace v4l2va
