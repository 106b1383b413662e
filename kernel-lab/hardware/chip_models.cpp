// SPDX-License-Identifier: MIT
// The chips that have a model.
#include <memory>
#include <string>
#include <string_view>

#include "cedrus.h"
#include "chip_model.h"
#include "hantro_g1.h"
#include "hantro_g2.h"
#include "hantro_vpu2.h"
#include "rkvdec_model.h"
#include "vdpu381_model.h"
#include "vdpu383_model.h"

namespace hardware {
namespace {

using Create = std::unique_ptr<ChipModel> (*)();

struct Row {
    std::string_view compatible;
    Create create;
};

template <typename Model, auto... kArguments>
std::unique_ptr<ChipModel> make() {
    return std::make_unique<Model>(kArguments...);
}

constexpr Row kRows[] = {
    {"allwinner,sun7i-a20-video-engine", make<Cedrus>},
    {"allwinner,sun50i-a64-video-engine", make<Cedrus>},
    {"allwinner,sun50i-h6-video-engine", make<Cedrus>},
    {"nxp,imx8mq-vpu-g1", make<HantroG1, 0>},
    {"nxp,imx8mm-vpu-g1", make<HantroG1, 0>},
    {"nxp,imx8mq-vpu-g2", make<HantroG2, false>},
    {"allwinner,sun50i-h6-vpu-g2", make<HantroG2, true>},
    {"microchip,sama5d4-vdec", make<HantroG1, 0>},
    {"st,stm32mp25-vdec", make<HantroG1, 0>},
    {"rockchip,rk3288-vpu", make<HantroG1, 0x400>},
    {"rockchip,rk3399-vpu", make<HantroVpu2>},
    {"rockchip,rk3568-vpu", make<HantroVpu2>},
    {"rockchip,rk3288-vdec", make<RkvdecModel>},
    {"rockchip,rk3399-vdec", make<RkvdecModel>},
    {"rockchip,rk3588-vdec", make<Vdpu381Model>},
    {"rockchip,rk3576-vdec", make<Vdpu383Model>},
};

}  // namespace

std::unique_ptr<ChipModel> create_chip_model(const std::string& compatible) {
    for (const Row& row : kRows) {
        if (row.compatible == compatible) return row.create();
    }
    return nullptr;
}

}  // namespace hardware
