/* SPDX-License-Identifier: GPL-2.0-only */
/* What the parts of the device model share. */
#ifndef DECODER_MODEL_H
#define DECODER_MODEL_H

#include <linux/ioport.h>
#include <linux/irqdomain.h>
#include <linux/kfifo.h>
#include <linux/spinlock.h>
#include <linux/types.h>
#include <linux/workqueue.h>

#include "decoder-model.h"

struct model_unit;

#define MODEL_DEVICES 16

/* One register, in one of the regions of a device tree node. */
struct model_register {
	u32 region;
	u32 offset;
};

/* What the model knows of a chip: which write starts it, and how it tells that it is done. */
struct model_chip {
	const char *compatible;
	struct model_register start;
	u32 start_bits;		/* a write with one of them starts a job; 0: none does */
	struct model_register done;
	u32 done_bits;		/* set at the end of a job */
	bool masked;		/* a write to `done` changes what its high half selects only */
	bool firmware;		/* firmware starts it: a last region keeps what it was told */
	/* Of chips whose registers are more than memory: *value is what will be kept. */
	void (*written)(struct model_unit *unit, u32 offset, u32 *value);
	u32 extra;		/* bytes behind region 0 for what `written` keeps */
};

struct model_region {
	struct model_unit *unit;
	u32 index;
	u64 address;
	size_t size;		/* of the registers; memory is there for whole pages */
	u8 *registers;
	u8 *written;
};

/* A device of the board. */
struct model_unit {
	const struct model_chip *chip;
	struct device_node *node;
	struct model_region region[MODEL_REGIONS];
	u32 regions;
	u32 interrupt;		/* its number in the board's interrupt controller */
	u32 jobs;
	bool running;
	u32 job;		/* that runs */
	struct model_register done;
	struct delayed_work end;
};

extern struct model_unit model_units[MODEL_DEVICES];
extern u32 model_unit_count;
extern spinlock_t model_lock;	/* registers and jobs */
extern struct irq_domain *model_interrupts;

static inline u32 *model_word(struct model_unit *unit, u32 region, u32 offset)
{
	return (u32 *)(unit->region[region].registers + offset);
}

/* chips.c */
extern const struct model_chip model_chips[];
extern const size_t model_chip_count;

/* cedrus.c */
#define MODEL_CEDRUS_EXTRA sizeof(struct model_cedrus)
void model_cedrus_written(struct model_unit *unit, u32 offset, u32 *value);

/* registers.c: model_start() with the lock held, model_finish() without. */
int model_add_window(void);
int model_add_region(struct model_unit *unit, u64 address, size_t size);
struct model_region *model_find_region(u32 unit, u32 region);
void model_start(struct model_unit *unit, u32 offset, u32 value);
int model_finish(const struct model_answer *answer);
void model_finish_all(void);
void model_end(struct work_struct *work);

/* memory.c */
int model_watch_memory(void);
int model_find_allocation(struct model_allocation *wanted);

/* node.c: whether a program took the job. */
bool model_hand_out(const struct model_job *job);
int model_add_node(void);

/* Starts the firmware's device: `words` are the message's, `data` is the memory that it names. */
void model_firmware_start(const char *compatible, const u32 *words, size_t count,
			  const void *data, size_t size);

#endif
