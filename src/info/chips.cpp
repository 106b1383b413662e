// SPDX-License-Identifier: MIT
// The table of chips with stateless decoders: which kernel option drives them.
//
// Sources, in Linux 6.12 unless said otherwise. That a chip has a decoder: its .dtsi below
// arch/arm*/boot/dts. Which driver takes it: the `of_device_id` table of that driver. Option and
// module: the driver's Kconfig and Makefile.
#include "info/chips.h"

#include <array>

namespace v4l2va::info {

namespace {

// drivers/media/platform/verisilicon: Kconfig, hantro_drv.c
constexpr DecoderDriver kHantroRockchip = {"VIDEO_HANTRO", "hantro-vpu", false,
                                           "VIDEO_HANTRO_ROCKCHIP"};
constexpr DecoderDriver kHantroImx8m = {"VIDEO_HANTRO", "hantro-vpu", false, "VIDEO_HANTRO_IMX8M"};
constexpr DecoderDriver kHantroSama5d4 = {"VIDEO_HANTRO", "hantro-vpu", false,
                                          "VIDEO_HANTRO_SAMA5D4"};
constexpr DecoderDriver kHantroSunxi = {"VIDEO_HANTRO", "hantro-vpu", false, "VIDEO_HANTRO_SUNXI"};
constexpr DecoderDriver kHantroStm32 = {"VIDEO_HANTRO", "hantro-vpu", false,
                                        "VIDEO_HANTRO_STM32MP25"};
// drivers/staging/media/rkvdec; since 6.17 drivers/media/platform/rockchip/rkvdec
constexpr DecoderDriver kRkvdecStaging = {"VIDEO_ROCKCHIP_VDEC", "rockchip-vdec", true, ""};
// Chips that it knows since 7.0, when it was no longer in staging.
constexpr DecoderDriver kRkvdec = {
    "VIDEO_ROCKCHIP_VDEC", "rockchip-vdec", false, "", "7.0", "rkvdec"};
// RK3288's came before.
constexpr DecoderDriver kRkvdecRk3288 = {
    "VIDEO_ROCKCHIP_VDEC", "rockchip-vdec", false, "", "6.19", "rkvdec"};
// drivers/staging/media/sunxi/cedrus: Kconfig, cedrus.c
constexpr DecoderDriver kCedrus = {"VIDEO_SUNXI_CEDRUS", "sunxi-cedrus", true, ""};
// drivers/media/platform/mediatek/vcodec: Kconfig, decoder/mtk_vcodec_dec_drv.c; the firmware runs
// on the SCP
constexpr DecoderDriver kMediatek = {"VIDEO_MEDIATEK_VCODEC", "mtk-vcodec-dec", false, "MTK_SCP"};
// drivers/media/platform/nvidia/tegra-vde: Kconfig, vde.c
constexpr DecoderDriver kTegra = {"VIDEO_TEGRA_VDE", "tegra-vde", false, ""};
// drivers/media/platform/raspberrypi/hevc_dec in the Raspberry Pi kernel (rpi-6.12.y)
constexpr DecoderDriver kRaspberry = {"VIDEO_RPI_HEVC_DEC", "rpi-hevc-dec", false, ""};

// Posted to linux-media in December 2025 ("rkvdec: Add support for the VDPU346 variant").
constexpr const char* kNoVdpu346 =
    "its rkvdec (VDPU346: H.264, HEVC) is not in mainline Linux so far, patches are posted";
// Taken into the media tree in October 2026 ("cedrus: add H616 variant"); no release has it.
constexpr const char* kNoH616 =
    "cedrus knows it only with the H616 patches, which the media tree has since October 2026";

constexpr std::array kRockchipHantro = {kHantroRockchip};
constexpr std::array kRockchipBoth = {kRkvdecStaging, kHantroRockchip};
constexpr std::array kRockchip3288 = {kRkvdecRk3288, kHantroRockchip};
constexpr std::array kRockchipNew = {kRkvdec, kHantroRockchip};
constexpr std::array kRockchipVdec = {kRkvdec};
constexpr std::array kAllwinner = {kCedrus};
constexpr std::array kAllwinnerH6 = {kCedrus, kHantroSunxi};
constexpr std::array kImx8m = {kHantroImx8m};
constexpr std::array kSama5d4 = {kHantroSama5d4};
constexpr std::array kStm32 = {kHantroStm32};
constexpr std::array kMediatekAll = {kMediatek};
constexpr std::array kTegraAll = {kTegra};
constexpr std::array kRaspberryAll = {kRaspberry};

constexpr std::array kChips = {
    // rk3036.dtsi, rk3xxx.dtsi, rk3128.dtsi, rk3288.dtsi
    Chip{"rockchip,rk3036", kRockchipHantro},
    Chip{"rockchip,rk3066a", kRockchipHantro},
    Chip{"rockchip,rk3128", kRockchipHantro},
    Chip{"rockchip,rk3188", kRockchipHantro},
    Chip{"rockchip,rk3288", kRockchip3288},
    // rk322x.dtsi, rk3328.dtsi, rk3399-base.dtsi
    Chip{"rockchip,rk3228", kRockchipBoth},
    Chip{"rockchip,rk3229", kRockchipBoth},
    Chip{"rockchip,rk3328", kRockchipBoth},
    Chip{"rockchip,rk3399", kRockchipBoth},
    Chip{"rockchip,rk3399pro", kRockchipBoth},
    // px30.dtsi (RK3326 includes it), rk356x.dtsi
    Chip{"rockchip,px30", kRockchipHantro},
    Chip{"rockchip,rk3326", kRockchipHantro},
    Chip{"rockchip,rk3566", kRockchipHantro, kNoVdpu346, "rkvdec"},
    Chip{"rockchip,rk3568", kRockchipHantro, kNoVdpu346, "rkvdec"},
    // rk3588-base.dtsi; rkvdec.c of 7.0 for RK3588 and RK3576
    Chip{"rockchip,rk3588", kRockchipNew},
    Chip{"rockchip,rk3588s", kRockchipNew},
    Chip{"rockchip,rk3576", kRockchipVdec},
    // sun4i-a10.dtsi, sun5i.dtsi, sun7i-a20.dtsi, sun8i-*.dtsi, sun50i-*.dtsi, cedrus.c
    Chip{"allwinner,sun4i-a10", kAllwinner},
    Chip{"allwinner,sun5i-a10s", kAllwinner},
    Chip{"allwinner,sun5i-a13", kAllwinner},
    Chip{"allwinner,sun5i-r8", kAllwinner},
    Chip{"allwinner,sun7i-a20", kAllwinner},
    Chip{"allwinner,sun8i-a33", kAllwinner},
    Chip{"allwinner,sun8i-h2-plus", kAllwinner},
    Chip{"allwinner,sun8i-h3", kAllwinner},
    Chip{"allwinner,sun8i-r40", kAllwinner},
    Chip{"allwinner,sun8i-v3s", kAllwinner},
    Chip{"allwinner,sun20i-d1", kAllwinner},
    Chip{"allwinner,sun50i-a64", kAllwinner},
    Chip{"allwinner,sun50i-h5", kAllwinner},
    Chip{"allwinner,sun50i-h6", kAllwinnerH6},
    // sun50i-h616.dtsi, without the decoder; H618 and H700 include it
    Chip{"allwinner,sun50i-h616", kAllwinner, kNoH616, "cedrus"},
    Chip{"allwinner,sun50i-h618", kAllwinner, kNoH616, "cedrus"},
    Chip{"allwinner,sun50i-h700", kAllwinner, kNoH616, "cedrus"},
    // imx8mm.dtsi, imx8mp.dtsi, imx8mq.dtsi, sama5d4.dtsi, stm32mp255.dtsi (STM32MP257 includes it)
    Chip{"fsl,imx8mm", kImx8m},
    Chip{"fsl,imx8mp", kImx8m},
    Chip{"fsl,imx8mq", kImx8m},
    Chip{"atmel,sama5d4", kSama5d4},
    Chip{"st,stm32mp255", kStm32},
    Chip{"st,stm32mp257", kStm32},
    // mtk_vcodec_dec_drv.c; MT8173's decoder is a stateful one
    Chip{"mediatek,mt8183", kMediatekAll},
    Chip{"mediatek,mt8186", kMediatekAll},
    Chip{"mediatek,mt8188", kMediatekAll},
    Chip{"mediatek,mt8192", kMediatekAll},
    Chip{"mediatek,mt8195", kMediatekAll},
    // tegra20.dtsi, tegra30.dtsi, tegra114.dtsi; of Tegra124 the driver has no frame format
    Chip{"nvidia,tegra20", kTegraAll},
    Chip{"nvidia,tegra30", kTegraAll},
    Chip{"nvidia,tegra114", kTegraAll},
    // bcm2711.dtsi, bcm2712.dtsi of the Raspberry Pi kernel
    Chip{"brcm,bcm2711", kRaspberryAll},
    Chip{"brcm,bcm2712", kRaspberryAll},
};

}  // namespace

std::span<const Chip> chips() { return kChips; }

const Chip* find_chip(std::string_view compatible) {
    for (const Chip& chip : kChips) {
        if (chip.compatible == compatible) {
            return &chip;
        }
    }
    return nullptr;
}

}  // namespace v4l2va::info
