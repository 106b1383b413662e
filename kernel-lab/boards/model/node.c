// SPDX-License-Identifier: GPL-2.0-only
/* /dev/decoder-model, as decoder-model.h tells it. */
#include <linux/fs.h>
#include <linux/kfifo.h>
#include <linux/miscdevice.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/poll.h>
#include <linux/sched.h>
#include <linux/uaccess.h>
#include <linux/vmalloc.h>
#include <linux/wait.h>

#include "model.h"

static DECLARE_WAIT_QUEUE_HEAD(waiting);
static DEFINE_KFIFO(jobs, struct model_job, 64);
static bool opened;

bool model_hand_out(const struct model_job *job)
{
	if (!opened || !kfifo_put(&jobs, *job))
		return false;
	wake_up(&waiting);
	return true;
}

static int node_open(struct inode *inode, struct file *file)
{
	return xchg(&opened, true) ? -EBUSY : stream_open(inode, file);
}

static int node_release(struct inode *inode, struct file *file)
{
	unsigned long flags;

	spin_lock_irqsave(&model_lock, flags);
	kfifo_reset(&jobs);
	opened = false;
	spin_unlock_irqrestore(&model_lock, flags);
	model_finish_all();
	return 0;
}

static ssize_t node_read(struct file *file, char __user *data, size_t size, loff_t *position)
{
	struct model_job job;
	unsigned long flags;
	int found, error;

	if (size < sizeof(job))
		return -EINVAL;
	for (;;) {
		spin_lock_irqsave(&model_lock, flags);
		found = kfifo_get(&jobs, &job);
		spin_unlock_irqrestore(&model_lock, flags);
		if (found)
			return copy_to_user(data, &job, sizeof(job)) ? -EFAULT : sizeof(job);
		if (file->f_flags & O_NONBLOCK)
			return -EAGAIN;
		error = wait_event_interruptible(waiting, !kfifo_is_empty(&jobs));
		if (error)
			return error;
	}
}

static __poll_t node_poll(struct file *file, poll_table *table)
{
	poll_wait(file, &waiting, table);
	return EPOLLOUT | (kfifo_is_empty(&jobs) ? 0 : EPOLLIN);
}

static ssize_t node_write(struct file *file, const char __user *data, size_t size, loff_t *position)
{
	struct model_answer answer = {};
	int error;

	if (size < offsetof(struct model_answer, change) || size > sizeof(answer))
		return -EINVAL;
	if (copy_from_user(&answer, data, size))
		return -EFAULT;
	if (answer.count > MODEL_CHANGES || size < offsetof(struct model_answer, change[answer.count]))
		return -EINVAL;
	error = model_finish(&answer);
	return error ? error : size;
}

static int describe(struct model_device *device)
{
	const struct model_unit *unit = &model_units[device->number];

	if (device->number >= model_unit_count)
		return -ENOENT;
	*device = (struct model_device){ .number = device->number, .regions = unit->regions };
	strscpy_pad(device->compatible, unit->chip->compatible);
	for (u32 r = 0; r < unit->regions; r++) {
		device->region[r].address = unit->region[r].address;
		device->region[r].size = PAGE_ALIGN(unit->region[r].size);
	}
	return 0;
}

static long node_ioctl(struct file *file, unsigned int command, unsigned long argument)
{
	union {
		struct model_device device;
		struct model_allocation allocation;
	} data;
	int error = -ENOTTY;

	if (_IOC_SIZE(command) > sizeof(data))
		return -ENOTTY;
	if (copy_from_user(&data, (void __user *)argument, _IOC_SIZE(command)))
		return -EFAULT;
	if (command == MODEL_DEVICE)
		error = describe(&data.device);
	else if (command == MODEL_ALLOCATION)
		error = model_find_allocation(&data.allocation);
	if (error)
		return error;
	return copy_to_user((void __user *)argument, &data, _IOC_SIZE(command)) ? -EFAULT : 0;
}

static int map_memory(struct vm_area_struct *area, size_t size)
{
	unsigned long first = area->vm_pgoff, last = first + (size >> PAGE_SHIFT) - 1;

	if (!pfn_valid(first) || !pfn_valid(last))
		return -EINVAL;
	return remap_pfn_range(area, area->vm_start, first, size, area->vm_page_prot);
}

static int node_mmap(struct file *file, struct vm_area_struct *area)
{
	u64 at = (u64)area->vm_pgoff << PAGE_SHIFT;
	size_t size = area->vm_end - area->vm_start;
	struct model_region *region;

	if (at < MODEL_REGISTERS(0, 0))
		return map_memory(area, size);
	region = model_find_region(at >> 32 & 0xff, at >> 25 & 0x7f);
	if (!region || size > PAGE_ALIGN(region->size))
		return -EINVAL;
	return remap_vmalloc_range(area, at & MODEL_WRITTEN ? region->written : region->registers, 0);
}

static const struct file_operations node_operations = {
	.owner = THIS_MODULE,
	.open = node_open,
	.release = node_release,
	.read = node_read,
	.write = node_write,
	.poll = node_poll,
	.unlocked_ioctl = node_ioctl,
	.mmap = node_mmap,
};

static struct miscdevice node = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "decoder-model",
	.fops = &node_operations,
};

int model_add_node(void)
{
	return misc_register(&node);
}
