// SPDX-License-Identifier: MIT
// The table of machines. Numbers of nodes are as a boot may give them: neither contiguous nor in
// the order of the media devices.
#include "machine.h"

namespace vdec {
namespace {

constexpr NodeRow decoder(const char* personality, const char* card, const char* bus_info,
                          int video, int media) {
    return {NodeKind::stateless_decoder, personality, card, bus_info, video, media};
}

// VPU and RKVDEC are devices of their own; the VPU's JPEG encoder is on its decoder's media device.
constexpr NodeRow kRk3399[] = {
    {NodeKind::converter, "rockchip-rga", "rockchip-rga", "platform:rga", 0, kNoMedia},
    {NodeKind::camera, "rkisp1", "rkisp1_mainpath", "platform:rkisp1", 1, 0},
    decoder("rkvdec", nullptr, "platform:ff660000.video-codec", 5, 1),
    {NodeKind::encoder, "hantro-vpu", "rockchip,rk3399-vpu-enc", "platform:ff650000.video-codec", 3,
     2},
    decoder("hantro-rk3399", nullptr, "platform:ff650000.video-codec", 4, 2),
};

constexpr Machine kMachines[] = {
    {"rk3399", kRk3399},
};

}  // namespace

std::span<const Machine> machines() { return kMachines; }

}  // namespace vdec
