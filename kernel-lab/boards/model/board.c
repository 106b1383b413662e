// SPDX-License-Identifier: GPL-2.0-only
/* The board that the device tree tells: an interrupt controller, a reset controller, and the devices
 * that chips.c knows. The drivers are the kernel's own and know nothing of it.
 */
#include <linux/init.h>
#include <linux/irq.h>
#include <linux/module.h>
#include <linux/of.h>
#include <linux/of_address.h>
#include <linux/of_irq.h>
#include <linux/reset-controller.h>
#include <linux/sizes.h>

#include "model.h"

#define INTERRUPTS 512
#define RESETS 64

struct irq_domain *model_interrupts;

static int map_interrupt(struct irq_domain *domain, unsigned int irq, irq_hw_number_t number)
{
	irq_set_chip_and_handler(irq, &dummy_irq_chip, handle_simple_irq);
	return 0;
}

static const struct irq_domain_ops interrupt_operations = {
	.map = map_interrupt,
	.xlate = irq_domain_xlate_onecell,
};

static int reset_nothing(struct reset_controller_dev *controller, unsigned long number)
{
	return 0;
}

static const struct reset_control_ops reset_operations = {
	.reset = reset_nothing,
	.assert = reset_nothing,
	.deassert = reset_nothing,
};

static struct reset_controller_dev resets = {
	.ops = &reset_operations,
	.owner = THIS_MODULE,
	.nr_resets = RESETS,
};

/* The decoder's interrupt: of a device with an encoder, the one that is called "vdpu". */
static u32 find_interrupt(struct device_node *node)
{
	int index = of_property_match_string(node, "interrupt-names", "vdpu");
	struct of_phandle_args found;

	return of_irq_parse_one(node, max(index, 0), &found) ? 0 : found.args[0];
}

static int add_unit(struct device_node *node, const struct model_chip *chip)
{
	struct model_unit *unit = &model_units[model_unit_count];
	struct resource resource;
	int error = 0;

	if (model_unit_count == MODEL_DEVICES)
		return -ENOSPC;
	unit->chip = chip;
	unit->node = node;
	unit->done = chip->done;
	unit->interrupt = find_interrupt(node);
	INIT_DELAYED_WORK(&unit->end, model_end);
	for (int i = 0; !error && !of_address_to_resource(node, i, &resource); i++)
		error = model_add_region(unit, resource.start, resource_size(&resource));
	if (!error && chip->firmware)
		error = model_add_region(unit, 0, SZ_128K);
	if (!error)
		model_unit_count++;
	return error;
}

static const struct model_chip *find_chip(struct device_node *node)
{
	for (size_t i = 0; i < model_chip_count; i++)
		if (of_device_is_compatible(node, model_chips[i].compatible))
			return &model_chips[i];
	return NULL;
}

/* Before the drivers, the first of which is built in and wants its registers at device_initcall. */
static int __init model_init(void)
{
	struct device_node *node;
	int error;

	node = of_find_compatible_node(NULL, NULL, "v4l2va,interrupts");
	if (!node)
		return 0; /* no board */
	model_interrupts = irq_domain_create_linear(of_fwnode_handle(node), INTERRUPTS,
						    &interrupt_operations, NULL);
	if (!model_interrupts)
		return -ENOMEM;
	resets.of_node = of_find_compatible_node(NULL, NULL, "v4l2va,resets");
	error = reset_controller_register(&resets);
	if (error)
		return error;
	for_each_of_allnodes(node) {
		const struct model_chip *chip = find_chip(node);

		if (!chip || !of_device_is_available(node))
			continue;
		error = add_unit(of_node_get(node), chip);
		if (error)
			pr_err("decoder-model: %pOF: %d\n", node, error);
	}
	error = model_add_window();
	if (!error)
		error = model_watch_memory();
	return error ? error : model_add_node();
}
fs_initcall(model_init);

MODULE_DESCRIPTION("Decoders without their silicon");
MODULE_LICENSE("GPL");
