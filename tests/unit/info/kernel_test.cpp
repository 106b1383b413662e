// SPDX-License-Identifier: MIT
#include "info/kernel.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <set>

#include "info/chips.h"
#include "info/files.h"

#ifdef V4L2VA_HAVE_ZLIB
#include <zlib.h>
#endif

namespace v4l2va::info {
namespace {

constexpr const char* kRelease = "6.12.1-test";

// A root directory of its own, removed at the end.
class KernelFiles : public testing::Test {
  protected:
    KernelFiles() {
        std::string name = testing::TempDir() + "v4l2va-info-XXXXXX";
        root_ = mkdtemp(name.data());
    }
    ~KernelFiles() override { std::filesystem::remove_all(root_); }

    [[nodiscard]] std::string path(const std::string& file) const {
        std::filesystem::create_directories(std::filesystem::path(root_ + file).parent_path());
        return root_ + file;
    }
    void write(const std::string& file, std::string_view text) const {
        std::ofstream(path(file), std::ios::binary) << text;
    }
    void write_chip(std::string_view compatible) const {
        write("/proc/device-tree/compatible", compatible);
        write("/proc/device-tree/model", std::string_view("A Board\0", 8));
    }
    [[nodiscard]] KernelReport examine() const {
        return examine_kernel(root_, kRelease, "aarch64");
    }

    std::string root_;
};

OptionState state_of(const KernelReport& report, const std::string& name) {
    const auto found =
        std::find_if(report.options.begin(), report.options.end(),
                     [&name](const KernelOption& option) { return option.name == name; });
    EXPECT_NE(found, report.options.end()) << name;
    return found == report.options.end() ? OptionState::kUnknown : found->state;
}

bool has(const KernelReport& report, const std::string& name) {
    return std::any_of(report.options.begin(), report.options.end(),
                       [&name](const KernelOption& option) { return option.name == name; });
}

constexpr std::string_view kRockPro("pine64,rockpro64\0rockchip,rk3399\0", 33);

TEST(KernelConfig, ReadsWhatAConfigFileHas) {
    const KernelConfig config = parse_kernel_config(
        "#\n# Comment\n#\nCONFIG_A=y\nCONFIG_B=m\n# CONFIG_C is not set\nCONFIG_D=\"text\"\n"
        "CONFIG_E=7\nnoise\n# is not set\nCONFIG_F=y");
    EXPECT_THAT(config, testing::UnorderedElementsAre(testing::Pair("A", OptionState::kBuiltIn),
                                                      testing::Pair("B", OptionState::kModule),
                                                      testing::Pair("C", OptionState::kOff),
                                                      testing::Pair("F", OptionState::kBuiltIn)));
    EXPECT_TRUE(parse_kernel_config("").empty());
    EXPECT_TRUE(parse_kernel_config(std::string_view("\0\xff", 2)).empty());
}

TEST_F(KernelFiles, WithoutAConfigurationEverythingIsUnknown) {
    write_chip(kRockPro);
    const KernelReport report = examine();
    EXPECT_EQ(report.config, "");
    EXPECT_EQ(report.model, "A Board");
    EXPECT_THAT(report.compatible, testing::ElementsAre("pine64,rockpro64", "rockchip,rk3399"));
    EXPECT_EQ(report.chip, "rockchip,rk3399");
    EXPECT_EQ(state_of(report, "VIDEO_ROCKCHIP_VDEC"), OptionState::kUnknown);
    EXPECT_EQ(state_of(report, "VIDEO_HANTRO"), OptionState::kUnknown);
    EXPECT_FALSE(has(report, "MEDIA_CONTROLLER_REQUEST_API"));
}

TEST_F(KernelFiles, NothingAtAll) {
    const KernelReport report = examine();
    EXPECT_EQ(report.chip, "");
    EXPECT_TRUE(report.compatible.empty());
    EXPECT_EQ(report.release, kRelease);
}

TEST_F(KernelFiles, TellsWhatTheChipsDriversAre) {
    write_chip(kRockPro);
    write("/boot/config-" + std::string(kRelease),
          "CONFIG_MEDIA_CONTROLLER=y\nCONFIG_VIDEO_DEV=m\n# CONFIG_STAGING_MEDIA is not set\n"
          "CONFIG_VIDEO_HANTRO=m\nCONFIG_VIDEO_HANTRO_ROCKCHIP=y\n");
    const KernelReport report = examine();
    EXPECT_EQ(report.config, "/boot/config-" + std::string(kRelease));
    EXPECT_EQ(state_of(report, "VIDEO_DEV"), OptionState::kModule);
    EXPECT_EQ(state_of(report, "V4L_MEM2MEM_DRIVERS"), OptionState::kOff);
    EXPECT_EQ(state_of(report, "VIDEO_HANTRO"), OptionState::kModule);
    EXPECT_EQ(state_of(report, "VIDEO_ROCKCHIP_VDEC"), OptionState::kOff);
    EXPECT_EQ(state_of(report, "STAGING_MEDIA"), OptionState::kOff);
}

// rkvdec left staging in 6.17: who has the driver does not need the option.
TEST_F(KernelFiles, DoesNotAskForStagingWhereTheDriverIsOn) {
    write_chip(kRockPro);
    write("/lib/modules/" + std::string(kRelease) + "/config", "CONFIG_VIDEO_ROCKCHIP_VDEC=m\n");
    const KernelReport report = examine();
    EXPECT_EQ(state_of(report, "VIDEO_ROCKCHIP_VDEC"), OptionState::kModule);
    EXPECT_FALSE(has(report, "STAGING_MEDIA"));
}

TEST_F(KernelFiles, TellsTheRequestApiOnlyWhereItIsAnOption) {
    write("/boot/config-" + std::string(kRelease),
          "# CONFIG_MEDIA_CONTROLLER_REQUEST_API is not set\n");
    EXPECT_EQ(state_of(examine(), "MEDIA_CONTROLLER_REQUEST_API"), OptionState::kOff);
}

TEST_F(KernelFiles, KnowsNoOtherChip) {
    write_chip(std::string_view("acme,board\0acme,chip\0", 21));
    const KernelReport report = examine();
    EXPECT_EQ(report.chip, "");
    EXPECT_EQ(report.compatible.size(), 2U);
}

TEST_F(KernelFiles, TellsWhatLinuxLacksForTheChip) {
    write_chip(std::string_view("acme,board\0rockchip,rk3566\0", 27));
    EXPECT_THAT(examine().missing, testing::HasSubstr("not in mainline Linux"));
    write_chip(std::string_view("acme,board\0allwinner,sun50i-h618\0", 33));
    EXPECT_THAT(examine().missing, testing::HasSubstr("H616"));
    EXPECT_TRUE(has(examine(), "VIDEO_SUNXI_CEDRUS"));
    write_chip(kRockPro);
    EXPECT_EQ(examine().missing, "");
}

// A kernel of 6.12 has the driver, but not for this chip.
TEST_F(KernelFiles, TellsFromWhichLinuxOnADriverKnowsTheChip) {
    write_chip(std::string_view("acme,board\0rockchip,rk3588\0", 27));
    for (const KernelOption& option : examine().options) {
        EXPECT_EQ(option.since, option.name == "VIDEO_ROCKCHIP_VDEC" ? "7.0" : "") << option.name;
        EXPECT_EQ(option.of_chip, option.name.starts_with("VIDEO_") && option.name != "VIDEO_DEV")
            << option.name;
    }
}

TEST_F(KernelFiles, ReadsTheOtherPlaceOfTheDeviceTree) {
    write("/sys/firmware/devicetree/base/compatible", std::string_view("fsl,imx8mq\0", 11));
    EXPECT_EQ(examine().chip, "fsl,imx8mq");
}

#ifdef V4L2VA_HAVE_ZLIB
TEST_F(KernelFiles, ReadsAPackedConfiguration) {
    const gzFile file = gzopen(path("/proc/config.gz").c_str(), "wb");
    ASSERT_NE(file, nullptr);
    EXPECT_GT(gzputs(file, "CONFIG_MEDIA_CONTROLLER=y\n"), 0);
    ASSERT_EQ(gzclose(file), Z_OK);
    const KernelReport report = examine();
    EXPECT_EQ(report.config, "/proc/config.gz");
    EXPECT_EQ(state_of(report, "MEDIA_CONTROLLER"), OptionState::kBuiltIn);
}
#endif

// A damaged packed file is none, and the next place is read.
TEST_F(KernelFiles, PassesADamagedConfigurationOver) {
    write("/proc/config.gz", "\x1f\x8b\x08 nothing more");
    write("/boot/config-" + std::string(kRelease), "CONFIG_VIDEO_DEV=y\n");
    EXPECT_EQ(examine().config, "/boot/config-" + std::string(kRelease));
}

TEST(Chips, AreUniqueAndComplete) {
    std::set<std::string> seen;
    for (const Chip& chip : chips()) {
        EXPECT_TRUE(seen.insert(chip.compatible).second) << chip.compatible;
        EXPECT_NE(std::string(chip.compatible).find(','), std::string::npos) << chip.compatible;
        EXPECT_FALSE(chip.drivers.empty()) << chip.compatible;
        for (const DecoderDriver& driver : chip.drivers) {
            EXPECT_TRUE(std::string(driver.option).starts_with("VIDEO_")) << chip.compatible;
            EXPECT_STRNE(driver.module, "") << chip.compatible;
        }
    }
    EXPECT_EQ(find_chip("acme,chip"), nullptr);
}

TEST_F(KernelFiles, KindsOfFilesWithoutAVideo) {
    write("/clip.mkv", "a clip");
    EXPECT_EQ(kind_without_video(root_ + "/clip.mkv"), "");
    EXPECT_EQ(kind_without_video(root_ + "/absent"), "");
    EXPECT_EQ(kind_without_video(""), "");
    EXPECT_EQ(kind_without_video(root_), "a directory");
    EXPECT_EQ(kind_without_video("/dev/null"), "a character device");
    ASSERT_EQ(mkfifo(path("/fifo").c_str(), 0600), 0);
    EXPECT_EQ(kind_without_video(root_ + "/fifo"), "a FIFO");
}

TEST(Split, LeavesEmptyPartsOut) {
    EXPECT_THAT(split(":a::bc:", ':'), testing::ElementsAre("a", "bc"));
    EXPECT_TRUE(split("", ':').empty());
}

}  // namespace
}  // namespace v4l2va::info
