// SPDX-License-Identifier: GPL-2.0-only
/* In the place of mtk_scp: the firmware's side of the messages that mtk-vcodec-dec sends. The memory
 * that both share for a picture is what the emulated decoder is started with.
 */
#include <linux/module.h>
#include <linux/platform_device.h>
#include <linux/remoteproc.h>
#include <linux/remoteproc/mtk_scp.h>
#include <linux/slab.h>

#include "model.h"
#include "vdec_ipi_msg.h"

#define INSTANCES 64
#define SHARED_SIZE 0x10000

/* What the firmware says that it can: H.264 and MM21 (MT8183). */
static unsigned int capabilities = 0x120;
module_param(capabilities, uint, 0444);

/* An open decoder: what both share, and the driver's name for it. The firmware's is its index + 1. */
struct instance {
	void *shared;
	u64 driver;
};

struct mtk_scp {
	struct rproc *rproc;
	struct device *device;
	struct {
		scp_ipi_handler_t handle;
		void *private;
	} channel[SCP_IPI_MAX];
	struct instance instance[INSTANCES];
};

static struct mtk_scp scp;
static const struct rproc_ops operations;

struct mtk_scp *scp_get(struct platform_device *device)
{
	if (!scp.rproc) {
		scp.device = get_device(&device->dev);
		scp.rproc = rproc_alloc(&device->dev, "scp", &operations, "none", 0);
		if (!scp.rproc)
			return NULL;
		atomic_set(&scp.rproc->power, 1); /* it runs: nothing is to be booted */
	}
	return &scp;
}
EXPORT_SYMBOL_GPL(scp_get);

void scp_put(struct mtk_scp *unused)
{
}
EXPORT_SYMBOL_GPL(scp_put);

struct device *scp_get_device(struct mtk_scp *unused)
{
	return scp.device;
}
EXPORT_SYMBOL_GPL(scp_get_device);

struct rproc *scp_get_rproc(struct mtk_scp *unused)
{
	return scp.rproc;
}
EXPORT_SYMBOL_GPL(scp_get_rproc);

unsigned int scp_get_vdec_hw_capa(struct mtk_scp *unused)
{
	return capabilities;
}
EXPORT_SYMBOL_GPL(scp_get_vdec_hw_capa);

unsigned int scp_get_venc_hw_capa(struct mtk_scp *unused)
{
	return 0;
}
EXPORT_SYMBOL_GPL(scp_get_venc_hw_capa);

static struct instance *find_instance(u32 name)
{
	return name >= 1 && name <= INSTANCES && scp.instance[name - 1].shared ?
		       &scp.instance[name - 1] : NULL;
}

void *scp_mapping_dm_addr(struct mtk_scp *unused, u32 name)
{
	struct instance *instance = find_instance(name);

	return instance ? instance->shared : NULL;
}
EXPORT_SYMBOL_GPL(scp_mapping_dm_addr);

int scp_ipi_register(struct mtk_scp *unused, u32 channel, scp_ipi_handler_t handle, void *private)
{
	if (channel >= SCP_IPI_MAX)
		return -EINVAL;
	scp.channel[channel].handle = handle;
	scp.channel[channel].private = private;
	return 0;
}
EXPORT_SYMBOL_GPL(scp_ipi_register);

void scp_ipi_unregister(struct mtk_scp *unused, u32 channel)
{
	if (channel < SCP_IPI_MAX)
		scp.channel[channel].handle = NULL;
}
EXPORT_SYMBOL_GPL(scp_ipi_unregister);

static int add_instance(const struct vdec_ap_ipi_init *message, u32 *name)
{
	for (u32 i = 0; i < INSTANCES; i++) {
		if (scp.instance[i].shared)
			continue;
		scp.instance[i].shared = kzalloc(SHARED_SIZE, GFP_KERNEL);
		scp.instance[i].driver = message->ap_inst_addr;
		*name = i + 1;
		return scp.instance[i].shared ? 0 : -ENOMEM;
	}
	return -ENOMEM;
}

/* The answer comes before this returns, as the driver takes it, too. */
int scp_ipi_send(struct mtk_scp *unused, u32 channel, const void *message, unsigned int size,
		 unsigned int wait)
{
	const struct vdec_ap_ipi_cmd *command = message;
	u32 name = command->vpu_inst_addr;
	struct vdec_vpu_ipi_init_ack answer = { .vdec_abi_version = 1 };
	struct instance *instance;

	if (channel >= SCP_IPI_MAX || !scp.channel[channel].handle)
		return -EINVAL;
	if (command->msg_id == AP_IPIMSG_DEC_INIT) {
		int error = add_instance(message, &name);

		if (error)
			return error;
	}
	instance = find_instance(name);
	if (!instance)
		return -EINVAL;
	answer.msg_id = command->msg_id - AP_IPIMSG_DEC_INIT + VPU_IPIMSG_DEC_INIT_ACK;
	answer.ap_inst_addr = instance->driver;
	answer.vpu_inst_addr = name;
	if (command->msg_id == AP_IPIMSG_DEC_START) {
		const struct vdec_ap_ipi_dec_start *start = message;

		model_firmware_start("mediatek,mt8183-vcodec-dec", start->data,
				     ARRAY_SIZE(start->data), instance->shared, SHARED_SIZE);
	}
	scp.channel[channel].handle(&answer, sizeof(answer), scp.channel[channel].private);
	if (command->msg_id == AP_IPIMSG_DEC_DEINIT) {
		kfree(instance->shared);
		instance->shared = NULL;
	}
	return 0;
}
EXPORT_SYMBOL_GPL(scp_ipi_send);

MODULE_DESCRIPTION("Firmware of MediaTek's decoders, without it");
MODULE_LICENSE("GPL");
