// SPDX-License-Identifier: MIT
#include "info/verdict.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "info/print.h"

namespace v4l2va::info {
namespace {

using testing::HasSubstr;

// A board on which all is well.
Report good() {
    Report report;
    report.has_media_nodes = true;
    report.module_dirs = "/usr/lib/dri:/opt/dri";
    report.module_file = "/usr/lib/dri/v4l2_request_drv_video.so";
    CodecReport h264;
    h264.name = "h264";
    h264.label = "H.264";
    h264.profiles = {"VAProfileH264Main"};
    h264.depths = {8};
    DecoderReport decoder;
    decoder.video = "/dev/video0";
    decoder.codecs = {h264};
    report.decoders = {decoder};
    report.drm = {{"/dev/dri/renderD128", "panfrost", "", ""}};
    report.permissions = {{"/dev/dri/renderD128", "root", "render", 0660, "", ""}};
    VaDisplayReport display;
    display.node = "/dev/dri/renderD128";
    display.ours = true;
    display.profiles = {{"VAProfileH264Main", {"VAEntrypointVLD"}, {1920, 1088}}};
    report.displays = {display};
    return report;
}

TEST(Verdict, SaysWhatDecodes) {
    const Verdict verdict = judge(good());
    EXPECT_TRUE(verdict.decodes);
    EXPECT_EQ(verdict.line, "H.264 can be decoded");
    EXPECT_EQ(verdict.remedy, "");
}

TEST(Verdict, TheNameIsNotLinked) {
    Report report = good();
    report.displays[0].ours = false;
    report.displays[0].profiles.clear();
    report.displays[0].only_by_name = true;
    const Verdict verdict = judge(report);
    EXPECT_FALSE(verdict.decodes);
    EXPECT_THAT(verdict.line, HasSubstr("panfrost_drv_video.so"));
    EXPECT_THAT(verdict.remedy,
                HasSubstr("ln -s v4l2_request_drv_video.so /usr/lib/dri/panfrost_drv_video.so"));
}

// A GPU of another kind has its own driver: its name is not the one to link.
TEST(Verdict, AnotherGpusNameIsLeftAlone) {
    Report report = good();
    report.drm = {{"/dev/dri/renderD128", "amdgpu", "", "/usr/lib/dri/amdgpu_drv_video.so"},
                  {"/dev/dri/renderD129", "panthor", "", ""}};
    report.displays = {{.node = "/dev/dri/renderD128", .vendor = "Mesa", .only_by_name = true},
                       {.node = "/dev/dri/renderD129", .error = "none", .only_by_name = true}};
    EXPECT_THAT(judge(report).line, HasSubstr("panthor_drv_video.so"));
    report.drm[1].ours = true;
    report.displays[1] = {.node = "/dev/dri/renderD129", .error = "init failed"};
    EXPECT_THAT(judge(report).line, HasSubstr("renderD129: init failed"));
}

TEST(Verdict, TheModuleIsNotInstalled) {
    Report report = good();
    report.displays[0] = {.node = "/dev/dri/renderD128", .error = "libva finds no such thing"};
    report.module_file = "";
    EXPECT_THAT(judge(report).line, HasSubstr("libva finds no v4l2_request_drv_video.so in "));
}

TEST(Verdict, AnotherDriverIsAskedFor) {
    Report report = good();
    report.displays[0] = {.node = "/dev/dri/renderD128", .error = "x"};
    report.driver_name = "iHD";
    EXPECT_THAT(judge(report).line, HasSubstr("LIBVA_DRIVER_NAME=iHD"));
}

TEST(Verdict, TheDriverFails) {
    Report report = good();
    report.displays[0] = {.node = "/dev/dri/renderD128", .error = "no way"};
    EXPECT_THAT(judge(report).line, HasSubstr("renderD128: no way"));
}

TEST(Verdict, NoRenderNodeOrNoneThatOpens) {
    Report report = good();
    report.displays[0] = {.node = "/dev/dri/renderD128", .error = "x"};
    report.permissions[0].error = "open: Permission denied";
    report.permissions[0].remedy = "join its group";
    EXPECT_THAT(judge(report).line, HasSubstr("Permission denied"));
    EXPECT_EQ(judge(report).remedy, "join its group");
    report.displays.clear();
    report.drm.clear();
    EXPECT_THAT(judge(report).line, HasSubstr("no DRM render node"));
}

TEST(Verdict, ANodeIsLeftOut) {
    Report report = good();
    report.decoders.clear();
    report.displays.clear();
    report.left_out = {{"/dev/media0", "open: Permission denied", "be in the group"}};
    EXPECT_THAT(judge(report).line, HasSubstr("/dev/media0"));
    EXPECT_EQ(judge(report).remedy, "be in the group");
}

// One line names every reason, those of decoders first, and each remedy has its nodes.
TEST(Verdict, NodesAreLeftOutForSeveralReasons) {
    Report report = good();
    report.decoders.clear();
    report.displays.clear();
    report.left_out = {{"/dev/video5", "open: busy", "end the program", true},
                       {"/dev/video4", "open: busy", "end the program", true},
                       {"/dev/media0", "open: denied", "be in the group"}};
    const Verdict verdict = judge(report);
    EXPECT_FALSE(verdict.decodes);
    EXPECT_EQ(verdict.line,
              "/dev/video5, /dev/video4 are left out: open: busy; /dev/media0 is left out: open: "
              "denied");
    EXPECT_EQ(verdict.remedy,
              "/dev/video5, /dev/video4: end the program; /dev/media0: be in the group");
}

TEST(Verdict, DecodersThatAreMissingBesideOthers) {
    Report report = good();
    report.left_out = {{"/dev/video5", "open: busy", "end the program", true},
                       {"/dev/media0", "open: denied", "be in the group"}};
    report.kernel.options = {{"MEDIA_CONTROLLER_REQUEST_API", OptionState::kOff, "", ""},
                             {"VIDEO_HANTRO", OptionState::kModule, "hantro-vpu", "", true},
                             {"VIDEO_ROCKCHIP_VDEC", OptionState::kOff, "rockchip-vdec", "", true}};
    Verdict verdict = judge(report);
    EXPECT_TRUE(verdict.decodes);
    EXPECT_EQ(verdict.line, "H.264 can be decoded");
    EXPECT_THAT(
        verdict.notes,
        testing::ElementsAre("/dev/video5 is left out: open: busy: end the program",
                             "This chip has more: use a kernel with CONFIG_VIDEO_ROCKCHIP_VDEC"));
    report.verdict = verdict;
    EXPECT_THAT(as_text(report), testing::EndsWith("can be decoded\n" + verdict.notes.at(0) + "\n" +
                                                   verdict.notes.at(1) + "\n"));
    EXPECT_THAT(as_json(report, nullptr), HasSubstr("\"This chip has more: "));
    report.displays.clear();
    verdict = judge(report);
    EXPECT_FALSE(verdict.decodes);
    EXPECT_EQ(verdict.notes.size(), 2U);
}

TEST(Verdict, TheDriverIsFoundByTheVariableOnly) {
    Report report = good();
    report.driver_name = "v4l2_request";
    EXPECT_THAT(judge(report).notes,
                testing::ElementsAre(HasSubstr("panfrost_drv_video.so in /usr/lib/dri:/opt/dri")));
    report.drm[0].link = "/usr/lib/dri/panfrost_drv_video.so";
    EXPECT_THAT(judge(report).notes, testing::IsEmpty());
}

// The driver was started after this program looked, or may open more than it.
TEST(Verdict, NeverDecodesNothing) {
    Report report = good();
    report.decoders.clear();
    EXPECT_EQ(judge(report).line, "VAProfileH264Main can be decoded");
}

Report bare() {
    Report report;
    report.kernel.compatible = {"pine64,rockpro64", "rockchip,rk3399"};
    report.kernel.chip = "rockchip,rk3399";
    report.kernel.options = {{"VIDEO_DEV", OptionState::kBuiltIn, "", ""},
                             {"VIDEO_HANTRO", OptionState::kModule, "hantro-vpu", ""},
                             {"VIDEO_ROCKCHIP_VDEC", OptionState::kOff, "rockchip-vdec", ""}};
    return report;
}

TEST(Verdict, KernelOptionsThatAreMissing) {
    Report report = bare();
    EXPECT_THAT(judge(report).line, HasSubstr("no media device"));
    EXPECT_EQ(judge(report).remedy, "use a kernel with CONFIG_VIDEO_ROCKCHIP_VDEC");
    report.kernel.options.pop_back();
    EXPECT_THAT(judge(report).remedy, HasSubstr("hantro-vpu"));
    for (KernelOption& option : report.kernel.options) {
        option.state = OptionState::kUnknown;
    }
    EXPECT_THAT(judge(report).remedy, HasSubstr("try modprobe hantro-vpu"));
    report.kernel.options.clear();
    EXPECT_THAT(judge(report).remedy, HasSubstr("does not know the chip"));
    report.kernel.compatible.clear();
    report.kernel.machine = "x86_64";
    EXPECT_THAT(judge(report).remedy, HasSubstr("no such board"));
    report.kernel.machine = "aarch64";
    EXPECT_THAT(judge(report).remedy, HasSubstr("boot with the board's device tree"));
    report.has_media_nodes = true;
    EXPECT_THAT(judge(report).line, HasSubstr("no media device has a stateless decoder"));
}

// A container: the kernel's device tree and modules are not what is missing.
TEST(Verdict, MediaDevicesThatAreNotInDev) {
    Report report = bare();
    report.media_not_in_dev = {"media1", "media3"};
    for (const bool has_others : {false, true}) {
        report.has_media_nodes = has_others;
        const Verdict verdict = judge(report);
        EXPECT_THAT(verdict.line, HasSubstr("not in /dev: media1, media3"));
        EXPECT_THAT(verdict.remedy, HasSubstr("into the container"));
    }
}

TEST(Verdict, WhatLinuxLacksForTheChip) {
    for (Report report : {good(), bare()}) {
        report.kernel.missing = "its better half is not in mainline Linux so far";
        report.kernel.missing_driver = "rkvdec";
        EXPECT_THAT(
            judge(report).notes,
            testing::ElementsAre("Of this chip: its better half is not in mainline Linux so far"));
    }
    Report patched = good();
    patched.kernel.missing = "its better half is not in mainline Linux so far";
    patched.kernel.missing_driver = patched.decoders[0].driver = "rkvdec";
    EXPECT_THAT(judge(patched).notes, testing::IsEmpty());
}

TEST(Verdict, ADriverOfALinuxThatDoesNotKnowTheChip) {
    const std::string kernel = "use a kernel with CONFIG_VIDEO_ROCKCHIP_VDEC (Linux 7.0 or later)";
    Report report = bare();
    KernelOption& option = report.kernel.options.back();
    option.of_chip = true;
    option.since = "7.0";
    option.video_driver = "rkvdec";
    for (const OptionState state :
         {OptionState::kOff, OptionState::kModule, OptionState::kBuiltIn, OptionState::kUnknown}) {
        option.state = state;
        report.kernel.release = "6.12.57-generic";
        EXPECT_EQ(judge(report).remedy, kernel);
        report.kernel.release = "7.0.0";
        EXPECT_EQ(judge(report).remedy == kernel, state == OptionState::kOff);
    }
    // Beside what decodes; but not where the kernel has it from elsewhere.
    report = good();
    report.kernel.release = "6.9.0-rc1";
    report.kernel.options = {
        {"VIDEO_ROCKCHIP_VDEC", OptionState::kModule, "rockchip-vdec", "", true, "6.19", "rkvdec"}};
    EXPECT_THAT(judge(report).notes,
                testing::ElementsAre("This chip has more: use a kernel with "
                                     "CONFIG_VIDEO_ROCKCHIP_VDEC (Linux 6.19 or later)"));
    report.decoders[0].driver = "rkvdec";
    EXPECT_THAT(judge(report).notes, testing::IsEmpty());
    report.decoders[0].driver = "hantro-vpu";
    report.kernel.release = "6.19.1";
    EXPECT_THAT(judge(report).notes, testing::IsEmpty());
}

TEST(Text, IsShortAndEndsWithTheVerdict) {
    Report report = good();
    report.verdict = judge(report);
    const std::string text = as_text(report);
    EXPECT_LT(std::count(text.begin(), text.end(), '\n'), 40);
    EXPECT_THAT(text, testing::EndsWith("Verdict: H.264 can be decoded\n"));
    report = bare();
    report.verdict = judge(report);
    EXPECT_THAT(as_text(report), HasSubstr("What to do: use a kernel with"));
    EXPECT_THAT(as_text(Report()), HasSubstr("nothing can be decoded"));
}

TEST(Text, LetsNoDeviceDriveATerminal) {
    Report report = good();
    report.decoders[0].card = "\x1b[2J";
    EXPECT_EQ(as_text(report).find('\x1b'), std::string::npos);
}

TEST(Json, HasTheTrialOnlyWhenThereWasOne) {
    EXPECT_EQ(as_json(good(), nullptr).find("\"try\""), std::string::npos);
    Trial trial;
    trial.steps = {{"file opened", Outcome::kFailed, "no", "yes"}};
    EXPECT_THAT(as_json(good(), &trial), HasSubstr("\"outcome\": \"failed\""));
}

}  // namespace
}  // namespace v4l2va::info
