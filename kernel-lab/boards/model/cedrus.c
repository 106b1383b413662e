// SPDX-License-Identifier: GPL-2.0-only
/* Allwinner's video engine: a trigger for each of its three decoders, a small memory behind a port of
 * registers, and a bitstream that the driver itself has a look at.
 */
#include <linux/io.h>
#include <linux/mm.h>
#include <linux/sizes.h>

#include "model.h"

/* Names as in drivers/staging/media/sunxi/cedrus/cedrus_regs.h. */
#define DEC_MPEG_TRIGGER	0x118
#define DEC_MPEG_STATUS		0x11c
#define H264_TRIGGER_TYPE	0x224
#define H264_STATUS		0x228
#define AVC_SRAM_PORT_OFFSET	0x2e0
#define AVC_SRAM_PORT_DATA	0x2e4
#define DEC_H265_TRIGGER	0x534
#define DEC_H265_STATUS		0x538
#define DEC_H265_BITS_ADDR	0x540
#define DEC_H265_BITS_OFFSET	0x544
#define DEC_H265_BITS_READ	0x5dc
#define DEC_H265_SRAM_OFFSET	0x5e0
#define DEC_H265_SRAM_DATA	0x5e4

/* The low four bits of a trigger. */
#define SHOW_BITS		1
#define FLUSH_BITS		3
#define INIT_SWDEC		7
#define SLICE_DECODE		8
#define VP8_SLICE_DECODE	10

/* Behind the registers: a page for the memory of H.264, and one for that of H.265. */
#define SRAM_WORDS (SZ_4K / sizeof(u32))

static void write_sram(struct model_unit *unit, u32 page, u32 *position, u32 value)
{
	struct model_region *region = &unit->region[0];
	size_t at = region->size - MODEL_CEDRUS_EXTRA + page * SZ_4K +
		    *position / 4 % SRAM_WORDS * 4;

	*(u32 *)(region->registers + at) = value;
	memset(region->written + at, 1, 4);
	*position += 4;
}

/* The next COUNT bits, at most 32, of the slice's bitstream. */
static u32 show_bits(struct model_unit *unit, u32 count)
{
	u64 base = (u64)(*model_word(unit, 0, DEC_H265_BITS_ADDR) & GENMASK(27, 0)) << 8;
	u32 bits = 0;

	for (u64 bit = unit->bit; bit < unit->bit + count; bit++) {
		phys_addr_t at = base + bit / 8;

		bits <<= 1;
		if (pfn_valid(PHYS_PFN(at)))
			bits |= *(const u8 *)phys_to_virt(at) >> (7 - bit % 8) & 1;
	}
	return bits;
}

static void start(struct model_unit *unit, u32 status, u32 offset, u32 value)
{
	unit->done = (struct model_register){ 0, status };
	model_start(unit, offset, value);
}

static void trigger_h265(struct model_unit *unit, u32 value)
{
	u32 count = min(value >> 8 & 0x3f, 32u);

	switch (value & 15) {
	case INIT_SWDEC:
		unit->bit = *model_word(unit, 0, DEC_H265_BITS_OFFSET);
		break;
	case FLUSH_BITS:
		unit->bit += count;
		break;
	case SHOW_BITS:
		*model_word(unit, 0, DEC_H265_BITS_READ) = show_bits(unit, count);
		break;
	case SLICE_DECODE:
		start(unit, DEC_H265_STATUS, DEC_H265_TRIGGER, value);
		break;
	}
}

void model_cedrus_written(struct model_unit *unit, u32 offset, u32 *value)
{
	switch (offset) {
	case DEC_MPEG_STATUS:
	case H264_STATUS:
	case DEC_H265_STATUS: /* bits that are written are cleared */
		*value = *model_word(unit, 0, offset) & ~*value;
		break;
	case AVC_SRAM_PORT_DATA:
		write_sram(unit, 0, model_word(unit, 0, AVC_SRAM_PORT_OFFSET), *value);
		break;
	case DEC_H265_SRAM_DATA:
		write_sram(unit, 1, model_word(unit, 0, DEC_H265_SRAM_OFFSET), *value);
		break;
	case DEC_MPEG_TRIGGER:
		start(unit, DEC_MPEG_STATUS, offset, *value);
		break;
	case H264_TRIGGER_TYPE:
		if ((*value & 15) == SLICE_DECODE || (*value & 15) == VP8_SLICE_DECODE)
			start(unit, H264_STATUS, offset, *value);
		break;
	case DEC_H265_TRIGGER:
		trigger_h265(unit, *value);
		break;
	}
}
