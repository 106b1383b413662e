// SPDX-License-Identifier: GPL-2.0-only
/* Allwinner's video engine: a trigger for each of its three decoders, ports to what is no register
 * (struct model_cedrus), and a bitstream that the driver itself has a look at.
 */
#include <linux/io.h>
#include <linux/mm.h>
#include <linux/sizes.h>

#include "model.h"

/* Names as in drivers/staging/media/sunxi/cedrus/cedrus_regs.h. */
#define DEC_MPEG_TRIGGER	0x118
#define DEC_MPEG_STATUS		0x11c
#define DEC_MPEG_IQMINPUT	0x180
#define H264_TRIGGER_TYPE	0x224
#define H264_STATUS		0x228
#define H264_VLD_OFFSET		0x234
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

static_assert(MODEL_CEDRUS_EXTRA == 3 * SZ_4K);

static struct model_cedrus *behind_ports(struct model_unit *unit)
{
	struct model_region *region = &unit->region[0];

	return (void *)(region->registers + region->size - MODEL_CEDRUS_EXTRA);
}

/* Keeps SIZE bytes of VALUE in what is behind the ports. */
static void keep(struct model_unit *unit, void *to, u32 value, size_t size)
{
	struct model_region *region = &unit->region[0];

	memcpy(to, &value, size);
	memset(region->written + ((u8 *)to - region->registers), 1, size);
}

/* POSITION: the port's register, in bytes; it goes on by itself. */
static void write_memory(struct model_unit *unit, u32 *memory, u32 *position, u32 value)
{
	size_t word = *position / 4 % ARRAY_SIZE(behind_ports(unit)->h264_memory);

	keep(unit, &memory[word], value, sizeof(value));
	*position += 4;
}

static void write_matrix(struct model_unit *unit, u32 value)
{
	keep(unit, &behind_ports(unit)->mpeg_matrix[value >> 14 & 1][value >> 8 & 63], value, 1);
}

/* COUNT bits, at most 32, from bit POSITION of the slice's bitstream on, which is without its emulation
 * prevention bytes.
 */
static u32 show_bits(struct model_unit *unit, u32 position, u32 count)
{
	phys_addr_t at = (u64)(*model_word(unit, 0, DEC_H265_BITS_ADDR) & GENMASK(27, 0)) << 8;
	u32 last = position / 8 + 4, zeros = 0;
	u64 window = 0;

	if (!count || last > SZ_1M)
		return 0;
	for (u32 read = 0; read <= last; at++) {
		u8 byte = pfn_valid(PHYS_PFN(at)) ? *(const u8 *)phys_to_virt(at) : 0;

		if (zeros >= 2 && byte == 3) {
			zeros = 0;
			continue;
		}
		zeros = byte ? 0 : zeros + 1;
		window = window << 8 | byte;
		read++;
	}
	return window >> (40 - position % 8 - count) & GENMASK_ULL(count - 1, 0);
}

static void start(struct model_unit *unit, u32 status, u32 offset, u32 value)
{
	unit->done = (struct model_register){ 0, status };
	model_start(unit, offset, value);
}

static void trigger_h264(struct model_unit *unit, u32 value)
{
	u32 *position = &behind_ports(unit)->h264_position;

	switch (value & 15) {
	case INIT_SWDEC:
		keep(unit, position, *model_word(unit, 0, H264_VLD_OFFSET), sizeof(*position));
		break;
	case FLUSH_BITS:
		keep(unit, position, *position + (value >> 8 & 0x3f), sizeof(*position));
		break;
	case SLICE_DECODE:
	case VP8_SLICE_DECODE:
		start(unit, H264_STATUS, H264_TRIGGER_TYPE, value);
		break;
	}
}

static void trigger_h265(struct model_unit *unit, u32 value)
{
	u32 *position = &behind_ports(unit)->h265_position;
	u32 count = min(value >> 8 & 0x3f, 32u);

	switch (value & 15) {
	case INIT_SWDEC:
		keep(unit, position, *model_word(unit, 0, DEC_H265_BITS_OFFSET), sizeof(*position));
		break;
	case FLUSH_BITS:
		keep(unit, position, *position + count, sizeof(*position));
		break;
	case SHOW_BITS:
		*model_word(unit, 0, DEC_H265_BITS_READ) = show_bits(unit, *position, count);
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
		write_memory(unit, behind_ports(unit)->h264_memory,
			     model_word(unit, 0, AVC_SRAM_PORT_OFFSET), *value);
		break;
	case DEC_H265_SRAM_DATA:
		write_memory(unit, behind_ports(unit)->h265_memory,
			     model_word(unit, 0, DEC_H265_SRAM_OFFSET), *value);
		break;
	case DEC_MPEG_IQMINPUT:
		write_matrix(unit, *value);
		break;
	case DEC_MPEG_TRIGGER:
		start(unit, DEC_MPEG_STATUS, offset, *value);
		break;
	case H264_TRIGGER_TYPE:
		trigger_h264(unit, *value);
		break;
	case DEC_H265_TRIGGER:
		trigger_h265(unit, *value);
		break;
	}
}
