// SPDX-License-Identifier: GPL-2.0-only
/* Which memory drivers took for their devices: buffers, and the tables that registers point at. The
 * kernel's trace points tell it, so that no driver has to.
 */
#include <linux/device.h>
#include <trace/events/dma.h>

#include "model.h"

static struct model_allocation allocations[4096]; /* size 0: free */
static u32 serial;

static void allocated(void *data, struct device *device, void *virtual, dma_addr_t address,
		      size_t size, enum dma_data_direction direction, gfp_t gfp,
		      unsigned long attributes)
{
	unsigned long flags;
	u32 unit, i;

	for (unit = 0; unit < model_unit_count; unit++)
		if (model_units[unit].node == device->of_node)
			break;
	if (!virtual || unit == model_unit_count)
		return;
	spin_lock_irqsave(&model_lock, flags);
	for (i = 0; i < ARRAY_SIZE(allocations) && allocations[i].size; i++)
		;
	if (i < ARRAY_SIZE(allocations))
		allocations[i] = (struct model_allocation){ address, size, serial++, unit };
	spin_unlock_irqrestore(&model_lock, flags);
	if (i == ARRAY_SIZE(allocations))
		pr_warn_once("decoder-model: too many allocations to know them all\n");
}

static void freed(void *data, struct device *device, void *virtual, dma_addr_t address, size_t size,
		  enum dma_data_direction direction, unsigned long attributes)
{
	unsigned long flags;

	spin_lock_irqsave(&model_lock, flags);
	for (u32 i = 0; i < ARRAY_SIZE(allocations); i++)
		if (allocations[i].address == address)
			allocations[i].size = 0;
	spin_unlock_irqrestore(&model_lock, flags);
}

int model_find_allocation(struct model_allocation *wanted)
{
	unsigned long flags;
	int result = -ENOENT;

	spin_lock_irqsave(&model_lock, flags);
	for (u32 i = 0; i < ARRAY_SIZE(allocations); i++) {
		if (wanted->address - allocations[i].address < allocations[i].size) {
			*wanted = allocations[i];
			result = 0;
			break;
		}
	}
	spin_unlock_irqrestore(&model_lock, flags);
	return result;
}

int model_watch_memory(void)
{
	int error = register_trace_dma_alloc(allocated, NULL);

	return error ? error : register_trace_dma_free(freed, NULL);
}
