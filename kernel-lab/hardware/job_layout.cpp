// SPDX-License-Identifier: MIT
#include "job_layout.h"

#include <algorithm>

namespace hardware {
namespace {

constexpr RegisterRange one(uint32_t offset) { return {offset, offset}; }

constexpr JobLayout g1(std::string_view compatible, uint32_t base = 0) {
    return {.compatible = compatible,
            .start = one(base + 0x004),
            .stream = base + 0x030,
            .length = base + 0x018,
            .length_mask = 0xffffff,
            .pictures = {one(base + 0x034), {}, {}},
            .starts_clean = false};
}

constexpr JobLayout vpu2(std::string_view compatible) {
    return {.compatible = compatible,
            .start = one(0x4e4),
            .stream = 0x500,
            .length = 0x4cc,
            .length_mask = 0xffffff,
            .pictures = {one(0x4fc), {}, {}},
            .starts_clean = false};
}

// G2, and the decoder for AV1: decoded frames, and those in rows.
constexpr JobLayout g2(std::string_view compatible, uint32_t rows) {
    return {.compatible = compatible,
            .start = one(0x004),
            .stream = 0x2a4,
            .length = 0x018,
            .pictures = {one(0x104), one(rows), {}},
            .starts_clean = false};
}

constexpr JobLayout rkvdec(std::string_view compatible) {
    return {.compatible = compatible,
            .start = one(0x004),
            .stream = 0x010,
            .length = 0x014,
            .length_mask = 0x7ffffff,
            .pictures = {one(0x01c), {}, {}}};
}

// Jobs of cedrus are those of three engines. H.264 and VP8 have one trigger; the slots of pictures
// are behind the registers (kernel-lab/boards/model/cedrus.c).
constexpr JobLayout cedrus_mpeg2(std::string_view compatible) {
    return {.compatible = compatible,
            .start = one(0x118),
            .stream = 0x128,
            .form = AddressForm::rotated,
            .offset = 0x12c,
            .length = 0x130,
            .units_in_byte = 8,
            .pictures = {RegisterRange{0x148, 0x15c}, {}, {}}};
}

constexpr JobLayout cedrus_h264(std::string_view compatible, uint32_t memory) {
    return {.compatible = compatible,
            .start = one(0x224),
            .stream = 0x230,
            .form = AddressForm::rotated,
            .offset = 0x234,
            .length = 0x238,
            .units_in_byte = 8,
            .pictures = {RegisterRange{memory + 0x400, memory + 0x63c}, RegisterRange{0x2ac, 0x2d8},
                         RegisterRange{0x2e8, 0x2ec}}};
}

constexpr JobLayout cedrus_hevc(std::string_view compatible, uint32_t memory) {
    return {.compatible = compatible,
            .start = one(0x534),
            .stream = 0x540,
            .form = AddressForm::units,
            .length = 0x548,
            .units_in_byte = 8,
            .pictures = {RegisterRange{memory + 0x400, memory + 0x63c}, {}, {}}};
}

constexpr std::array kLayouts = {
    g1("nxp,imx8mq-vpu-g1"),
    g1("nxp,imx8mm-vpu-g1"),
    g1("microchip,sama5d4-vdec"),
    g1("st,stm32mp25-vdec"),
    g1("rockchip,rk3288-vpu", 0x400),
    vpu2("rockchip,rk3399-vpu"),
    vpu2("rockchip,rk3568-vpu"),
    g2("nxp,imx8mq-vpu-g2", 0x2bc),
    g2("allwinner,sun50i-h6-vpu-g2", 0x2bc),
    g2("rockchip,rk3588-av1-vpu", 0x518),
    rkvdec("rockchip,rk3288-vdec"),
    rkvdec("rockchip,rk3399-vdec"),
    JobLayout{.compatible = "rockchip,rk3588-vdec",
              .start = one(0x028),
              .region = 1,
              .stream = 0x200,
              .length = 0x040,
              .pictures = {one(0x208), {}, {}}},
    JobLayout{.compatible = "rockchip,rk3576-vdec",
              .start = one(0x040),
              .region = 1,
              .stream = 0x200,
              .length = 0x108,
              .pictures = {one(0x2a0), {}, {}}},
    // What the firmware was told: three words, and struct vdec_h264_vsi.
    JobLayout{.compatible = "mediatek,mt8183-vcodec-dec",
              .start = RegisterRange{0, UINT32_MAX},
              .region = 11,
              .stream = 0x124,
              .length = 0x000,
              .pictures = {RegisterRange{0x12c, 0x134}, {}, {}}},
    cedrus_mpeg2("allwinner,sun7i-a20-video-engine"),
    cedrus_h264("allwinner,sun7i-a20-video-engine", 0x1000),
    cedrus_mpeg2("allwinner,sun50i-a64-video-engine"),
    cedrus_h264("allwinner,sun50i-a64-video-engine", 0x1000),
    cedrus_hevc("allwinner,sun50i-a64-video-engine", 0x2000),
    cedrus_mpeg2("allwinner,sun50i-h6-video-engine"),
    cedrus_h264("allwinner,sun50i-h6-video-engine", 0x2000),
    cedrus_hevc("allwinner,sun50i-h6-video-engine", 0x3000),
};

}  // namespace

uint64_t address_of(uint32_t word, AddressForm form) {
    switch (form) {
        case AddressForm::units: return (word & 0xffffffU) << 8;
        case AddressForm::rotated: return (word & 0x0ffffff0U) | (word & 0xfU) << 28;
        case AddressForm::whole: break;
    }
    return word;
}

const JobLayout* find_layout(std::string_view compatible, uint32_t start) {
    const auto* const found =
        std::find_if(kLayouts.begin(), kLayouts.end(), [&](const JobLayout& layout) {
            return layout.compatible == compatible && layout.start.has(start);
        });
    return found == kLayouts.end() ? nullptr : found;
}

bool has_form(std::string_view compatible, AddressForm form) {
    return std::any_of(kLayouts.begin(), kLayouts.end(), [&](const JobLayout& layout) {
        return layout.compatible == compatible &&
               (layout.form == form || form == AddressForm::whole);
    });
}

}  // namespace hardware
