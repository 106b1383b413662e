// SPDX-License-Identifier: MIT
// The table of machines. Numbers of nodes are as a boot may give them: neither contiguous nor in
// the order of the media devices.
#include "machines/machine.h"

namespace vdec {
namespace {

constexpr NodeRow decoder(const char* personality, const char* card, const char* bus_info,
                          int video, int media) {
    return {NodeKind::stateless_decoder, personality, card, bus_info, video, media};
}

constexpr NodeRow camera(const char* driver, int video, int media) {
    return {NodeKind::camera, driver, driver, "platform:camera", video, media};
}

constexpr NodeRow converter(const char* driver, int video, int media = kNoMedia) {
    return {NodeKind::converter, driver, driver, "platform:converter", video, media};
}

constexpr NodeRow encoder(const char* driver, const char* card, const char* bus_info, int video,
                          int media) {
    return {NodeKind::encoder, driver, card, bus_info, video, media};
}

constexpr NodeRow kRk3288[] = {
    converter("rockchip-rga", 1),
    encoder("hantro-vpu", "rockchip,rk3288-vpu-enc", "platform:ff9a0000.video-codec", 2, 0),
    decoder("hantro-g1", nullptr, nullptr, 3, 0),
    decoder("rkvdec-rk3288", nullptr, nullptr, 0, 1),
};
constexpr NodeRow kRk3399[] = {
    converter("rockchip-rga", 0),
    camera("rkisp1", 1, 0),
    decoder("rkvdec", nullptr, nullptr, 5, 1),
    // Both are parts of one device.
    encoder("hantro-vpu", "rockchip,rk3399-vpu-enc", "platform:ff650000.video-codec", 3, 2),
    decoder("hantro-vpu2-rk3399", nullptr, nullptr, 4, 2),
};
constexpr NodeRow kRk3566[] = {
    converter("rockchip-rga", 0),
    encoder("hantro-vpu", "rockchip,rk3568-vepu-enc", "platform:fdee0000.video-codec", 1, 0),
    decoder("hantro-vpu2", nullptr, nullptr, 2, 1),
};
constexpr NodeRow kRk3576[] = {
    decoder("vdpu383", nullptr, nullptr, 1, 0),
};
// Three nodes with one driver name: VPU121, the AV1 decoder, and a JPEG encoder. Both cores of
// VDPU381, as kernels have them that do not keep the second one back.
constexpr NodeRow kRk3588[] = {
    converter("rockchip-rga", 0),
    camera("stream_hdmirx", 1, 0),
    decoder("hantro-av1", nullptr, nullptr, 4, 1),
    encoder("hantro-vpu", "rockchip,rk3588-vepu121-enc", "platform:fdba0000.video-codec", 3, 2),
    decoder("hantro-vpu2", nullptr, "platform:fdb50000.video-codec", 6, 3),
    decoder("vdpu381", nullptr, nullptr, 5, 10),
    decoder("vdpu381", nullptr, nullptr, 7, 9),
};
constexpr NodeRow kImx8mq[] = {
    camera("imx7-csi", 0, 0),
    decoder("hantro-g2", nullptr, nullptr, 3, 1),
    decoder("hantro-g1-imx8mq", nullptr, nullptr, 2, 2),
};
constexpr NodeRow kImx8mm[] = {
    decoder("hantro-g2", nullptr, nullptr, 1, 0),
    decoder("hantro-g1-imx8mm", nullptr, nullptr, 0, 1),
};
constexpr NodeRow kSama5d4[] = {decoder("hantro-g1-sama5d4", nullptr, nullptr, 1, 0)};
constexpr NodeRow kStm32mp25[] = {
    camera("stm32_dcmipp", 0, 0),
    decoder("hantro-g1-stm32mp25", nullptr, nullptr, 1, 1),
};
constexpr NodeRow kA20[] = {decoder("cedrus-a20", nullptr, nullptr, 0, 0)};
constexpr NodeRow kA64[] = {
    camera("sun6i-csi", 0, 1),
    decoder("cedrus-a64", nullptr, nullptr, 1, 0),
};
constexpr NodeRow kH6[] = {
    converter("sun50i-di", 0),
    decoder("cedrus-h6", nullptr, nullptr, 2, 0),
    decoder("hantro-g2-h6", nullptr, nullptr, 1, 1),
};
constexpr NodeRow kMt8183[] = {
    converter("mtk-mdp", 0),
    encoder("mtk-vcodec-enc", "MT8183 video encoder", "platform:17020000.vcodec", 2, kNoMedia),
    decoder("mt8183", nullptr, "platform:16020000.video-codec", 3, 0),
};
// The encoder and the converter have no media device.
constexpr NodeRow kMt8195[] = {
    converter("mtk-mdp3", 0),
    encoder("mtk-vcodec-enc", "MT8195 video encoder", "platform:1a020000.video-codec", 3, kNoMedia),
    camera("uvcvideo", 1, 0),
    decoder("mt8195", nullptr, nullptr, 4, 1),
};
constexpr NodeRow kTegra30[] = {decoder("tegra-vde", nullptr, "platform:6001a000.vde", 0, 0)};
// The firmware's codecs are stateful, and decoders for their media device, too.
constexpr NodeRow kPi4[] = {
    {NodeKind::stateful_decoder, "bcm2835-codec", "bcm2835-codec-decode", "platform:bcm2835-codec",
     10, 0},
    encoder("bcm2835-codec", "bcm2835-codec-encode", "platform:bcm2835-codec", 11, 0),
    converter("bcm2835-codec", 12, 0),
    decoder("rpi-hevc", nullptr, nullptr, 19, 1),
};
constexpr NodeRow kPi5[] = {
    camera("rp1-cfe", 0, 1),
    converter("pispbe", 20, 0),
    camera("uvcvideo", 8, 2),  // on USB
    decoder("rpi-hevc", nullptr, "platform:1000800000.codec", 19, 3),
};

constexpr Machine kMachines[] = {
    {"rk3288", kRk3288}, {"rk3399", kRk3399},   {"rk3566", kRk3566},
    {"rk3576", kRk3576}, {"rk3588", kRk3588},   {"imx8mm", kImx8mm},
    {"imx8mq", kImx8mq}, {"sama5d4", kSama5d4}, {"stm32mp25", kStm32mp25},
    {"a20", kA20},       {"a64", kA64},         {"h6", kH6},
    {"mt8183", kMt8183}, {"mt8195", kMt8195},   {"tegra30", kTegra30},
    {"pi4", kPi4},       {"pi5", kPi5},
};

}  // namespace

std::span<const Machine> machines() { return kMachines; }

}  // namespace vdec
