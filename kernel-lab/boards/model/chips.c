// SPDX-License-Identifier: GPL-2.0-only
/* A row for each chip. Names of registers are those of the drivers in drivers/media. */
#include <linux/bits.h>
#include <linux/kernel.h>

#include "model.h"

/* Hantro G1, G2 and AV1, rkvdec: swreg1 starts it with bit 0, and tells the end with an interrupt
 * (bit 8) and "ready" (bit 12).
 */
#define SWREG1(name, base) { \
	.compatible = name, \
	.start = { 0, (base) + 0x004 }, .start_bits = BIT(0), \
	.done = { 0, (base) + 0x004 }, .done_bits = BIT(12) | BIT(8), \
}

/* Hantro VPU2: VDPU_REG_EN_FLAGS (swreg57), VDPU_REG_INTERRUPT (swreg55). */
#define VPU2(name) { \
	.compatible = name, \
	.start = { 0, 0x4e4 }, .start_bits = BIT(0), \
	.done = { 0, 0x4dc }, .done_bits = BIT(4) | BIT(0), \
}

/* cedrus: three engines, each with a trigger of its own. */
#define CEDRUS(name) { \
	.compatible = name, .done_bits = BIT(0), \
	.written = model_cedrus_written, .extra = MODEL_CEDRUS_EXTRA, \
}

/* Registers that only keep what is written. */
#define MEMORY(name) { .compatible = name }

/* A node is the first row's here that any of its "compatible" strings names. */
const struct model_chip model_chips[] = {
	SWREG1("nxp,imx8mq-vpu-g1", 0),
	SWREG1("nxp,imx8mm-vpu-g1", 0),
	SWREG1("nxp,imx8mq-vpu-g2", 0),
	SWREG1("allwinner,sun50i-h6-vpu-g2", 0),
	SWREG1("microchip,sama5d4-vdec", 0),
	SWREG1("st,stm32mp25-vdec", 0),
	MEMORY("st,stm32mp25-venc"),
	SWREG1("rockchip,rk3288-vpu", 0x400),
	VPU2("rockchip,rk3399-vpu"),
	VPU2("rockchip,rk3568-vpu"),
	MEMORY("rockchip,rk3568-vepu"),
	MEMORY("rockchip,rk3588-vepu121"),
	SWREG1("rockchip,rk3588-av1-vpu", 0),
	SWREG1("rockchip,rk3288-vdec", 0),
	SWREG1("rockchip,rk3399-vdec", 0),
	/* VDPU381: RKVDEC_REG_DEC_E and RKVDEC_REG_STA_INT of the region "function" */
	{
		.compatible = "rockchip,rk3588-vdec",
		.start = { 1, 0x028 }, .start_bits = BIT(0),
		.done = { 1, 0x380 }, .done_bits = BIT(2) | BIT(0),
	},
	/* VDPU383: VDPU383_LINK_DEC_ENABLE and VDPU383_LINK_STA_INT of the region "link" */
	{
		.compatible = "rockchip,rk3576-vdec",
		.start = { 0, 0x040 }, .start_bits = BIT(0),
		.done = { 0, 0x04c }, .done_bits = BIT(0), .masked = true,
	},
	CEDRUS("allwinner,sun7i-a20-video-engine"),
	CEDRUS("allwinner,sun50i-a64-video-engine"),
	CEDRUS("allwinner,sun50i-h6-video-engine"),
	MEMORY("allwinner,sun4i-a10-system-control"),
	MEMORY("allwinner,sun50i-a64-system-control"),
	MEMORY("mmio-sram"),
	/* VDEC_IRQ_CFG_REG of the region "misc" */
	{
		.compatible = "mediatek,mt8183-vcodec-dec", .firmware = true,
		.done = { 0, 0x0a4 }, .done_bits = BIT(16),
	},
	MEMORY("mediatek,mt8183-vdecsys"),
};
const size_t model_chip_count = ARRAY_SIZE(model_chips);
