// SPDX-License-Identifier: GPL-2.0-only
/* Registers as memory: what a driver reads and writes of its device, and the jobs that come of it. */
#include <linux/irq.h>
#include <linux/irqdesc.h>
#include <linux/logic_iomem.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/of.h>
#include <linux/sizes.h>
#include <linux/vmalloc.h>

#include "model.h"

/* All devices of a board are between the machine's memory and what User Mode Linux has for PCI. */
#define WINDOW_START 0xa0000000u

struct model_unit model_units[MODEL_DEVICES];
u32 model_unit_count;
DEFINE_SPINLOCK(model_lock);

static bool hang;
module_param(hang, bool, 0644);
MODULE_PARM_DESC(hang, "jobs never end");

static unsigned int delay_ms;
module_param(delay_ms, uint, 0644);
MODULE_PARM_DESC(delay_ms, "how long a job takes that no program answers");

/* With the lock held. */
static void model_set_done(struct model_unit *unit)
{
	const struct model_chip *chip = unit->chip;

	unit->running = false;
	if (chip->start_bits)
		*model_word(unit, chip->start.region, chip->start.offset) &= ~chip->start_bits;
	*model_word(unit, unit->done.region, unit->done.offset) |= chip->done_bits;
	for (u32 r = 0; r < unit->regions; r++)
		memset(unit->region[r].written, 0, unit->region[r].size);
}

int model_finish(const struct model_answer *answer)
{
	struct model_unit *unit;
	unsigned long flags;

	if (answer->device >= model_unit_count || answer->count > MODEL_CHANGES)
		return -EINVAL;
	unit = &model_units[answer->device];
	for (u32 i = 0; i < answer->count; i++) {
		struct model_region *region = model_find_region(answer->device,
								answer->change[i].region);

		if (!region || answer->change[i].offset % 4 ||
		    answer->change[i].offset + 4ull > region->size)
			return -EINVAL;
	}
	spin_lock_irqsave(&model_lock, flags);
	if (!unit->running || unit->job != answer->number) {
		spin_unlock_irqrestore(&model_lock, flags);
		return -ESTALE;
	}
	for (u32 i = 0; i < answer->count; i++)
		*model_word(unit, answer->change[i].region, answer->change[i].offset) =
			answer->change[i].value;
	model_set_done(unit);
	spin_unlock_irqrestore(&model_lock, flags);
	generic_handle_domain_irq_safe(model_interrupts, unit->interrupt);
	return 0;
}

void model_finish_all(void)
{
	for (u32 u = 0; u < model_unit_count; u++) {
		struct model_answer answer = { .device = u, .number = model_units[u].job };

		model_finish(&answer);
	}
}

void model_end(struct work_struct *work)
{
	struct model_unit *unit = container_of(to_delayed_work(work), struct model_unit, end);
	struct model_answer answer = { .device = unit - model_units, .number = unit->job };

	model_finish(&answer);
}

void model_start(struct model_unit *unit, u32 offset, u32 value)
{
	struct model_job job = { unit - model_units, unit->jobs++, offset, value };

	/* A driver's watchdog may have given up the job before. */
	unit->job = job.number;
	unit->running = true;
	if (!hang && !model_hand_out(&job))
		mod_delayed_work(system_percpu_wq, &unit->end, msecs_to_jiffies(delay_ms));
}

static unsigned long model_read(void *private, unsigned int offset, int size)
{
	struct model_region *region = private;
	u64 value = 0;

	if (offset + size <= region->size)
		memcpy(&value, region->registers + offset, size);
	return value;
}

static void model_write(void *private, unsigned int offset, int size, unsigned long value)
{
	struct model_region *region = private;
	struct model_unit *unit = region->unit;
	const struct model_chip *chip = unit->chip;
	u32 word = value;
	unsigned long flags;

	if (offset + size > region->size)
		return;
	spin_lock_irqsave(&model_lock, flags);
	if (size == 4) {
		u32 *kept = (u32 *)(region->registers + offset);

		if (chip->masked && region->index == chip->done.region &&
		    offset == chip->done.offset)
			word = (*kept & ~(word >> 16)) | (word & (word >> 16));
		if (chip->written && region->index == 0)
			chip->written(unit, offset, &word);
		*kept = word;
	} else {
		memcpy(region->registers + offset, &value, size);
	}
	memset(region->written + offset, 1, size);
	if (chip->start_bits && region->index == chip->start.region &&
	    offset == chip->start.offset && (value & chip->start_bits))
		model_start(unit, offset, value);
	spin_unlock_irqrestore(&model_lock, flags);
}

void model_firmware_start(const char *compatible, const u32 *words, size_t count,
			  const void *data, size_t size)
{
	for (u32 u = 0; u < model_unit_count; u++) {
		struct model_unit *unit = &model_units[u];
		struct model_region *told = &unit->region[unit->regions - 1];
		unsigned long flags;

		if (!unit->chip->firmware || strcmp(unit->chip->compatible, compatible))
			continue;
		count = min(count * sizeof(*words), told->size);
		size = min(size, told->size - count);
		spin_lock_irqsave(&model_lock, flags);
		memcpy(told->registers, words, count);
		memcpy(told->registers + count, data, size);
		memset(told->written, 1, count + size);
		model_start(unit, 0, words[0]);
		spin_unlock_irqrestore(&model_lock, flags);
		return;
	}
}
EXPORT_SYMBOL_GPL(model_firmware_start);

static const struct logic_iomem_ops model_ops = { .read = model_read, .write = model_write };

/* Where in the registers of which device an address of the window is. */
static long model_map(unsigned long offset, size_t size, const struct logic_iomem_ops **ops,
		      void **private)
{
	u64 address = WINDOW_START + (u64)offset;

	for (u32 u = 0; u < model_unit_count; u++) {
		for (u32 r = 0; r < model_units[u].regions; r++) {
			struct model_region *region = &model_units[u].region[r];

			if (!region->address || address < region->address ||
			    address + size > region->address + region->size)
				continue;
			*ops = &model_ops;
			*private = region;
			return address - region->address;
		}
	}
	pr_err("decoder-model: no device has %#llx, %zu bytes\n", address, size);
	return -ENXIO;
}

static const struct logic_iomem_region_ops model_window_ops = { .map = model_map };

int model_add_window(void)
{
	static struct resource window =
		DEFINE_RES_MEM_NAMED(WINDOW_START, SZ_1G, "devices of the board");

	return logic_iomem_add_region(&window, &model_window_ops);
}

int model_add_region(struct model_unit *unit, u64 address, size_t size)
{
	struct model_region *region = &unit->region[unit->regions];
	size_t room;

	if (unit->regions == MODEL_REGIONS || size > SZ_16M)
		return -ENOSPC;
	if (unit->regions == 0)
		size += unit->chip->extra;
	room = PAGE_ALIGN(size);
	region->unit = unit;
	region->index = unit->regions;
	region->address = address;
	region->size = size;
	region->registers = vmalloc_user(room);
	region->written = vmalloc_user(room);
	if (!region->registers || !region->written)
		return -ENOMEM;
	unit->regions++;
	return 0;
}

struct model_region *model_find_region(u32 unit, u32 region)
{
	if (unit >= model_unit_count || region >= model_units[unit].regions)
		return NULL;
	return &model_units[unit].region[region];
}
