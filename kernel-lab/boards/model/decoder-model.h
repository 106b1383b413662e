/* SPDX-License-Identifier: MIT */
/* What the device model of the kernel lab's boards says through /dev/decoder-model.
 *
 * A program that has it open is the hardware: read() gives it a job, mmap() the registers and the
 * memory that they point at, write() ends the job with an interrupt. It is open once at a time.
 * As long as nobody has it open, a job ends by itself, without a picture.
 */
#pragma once

#include <linux/ioctl.h>
#include <linux/types.h>

#define MODEL_REGIONS 12 /* of a device, at most */
#define MODEL_CHANGES 16 /* of registers, in one answer */

/* read(): a driver has started a device. It blocks until there is one, or says EAGAIN. */
struct model_job {
    __u32 device; /* its number in MODEL_DEVICE */
    __u32 number; /* of the job, counted for each device from 0 */
    __u32 offset; /* of the register that started it, and what was written there */
    __u32 value;
};

/* write(): the job is done: registers change, those that tell so by themselves, then the interrupt.
 * ESTALE: the driver has given that job up. Changes behind `count` need not be there.
 */
struct model_answer {
    __u32 device;
    __u32 number;
    __u32 count;
    struct {
        __u32 region;
        __u32 offset;
        __u32 value;
    } change[MODEL_CHANGES];
};

/* Device `number`, which the caller fills in. ENOENT: there are not as many. */
struct model_device {
    __u32 number;
    __u32 regions;
    char compatible[64]; /* as the model's table and a device tree have it */
    struct {
        __u64 address; /* physical; 0: no registers, but what firmware was told */
        __u64 size;    /* bytes, up to a multiple of a page */
    } region[MODEL_REGIONS];
};

/* The memory around `address`, which the caller fills in, that a driver took for its device: a
 * buffer or a table. ENOENT: the address is in none.
 */
struct model_allocation {
    __u64 address; /* out: of its first byte */
    __u64 size;
    __u32 serial; /* counted, so that memory which is used again has another */
    __u32 device;
};

#define MODEL_DEVICE _IOWR('M', 0, struct model_device)
#define MODEL_ALLOCATION _IOWR('M', 1, struct model_allocation)

/* mmap(): memory is at its physical address. The registers of a region are here, and 16 MiB behind
 * them a byte for each of their bytes, which is 1 if it was written since the last job ended.
 */
#define MODEL_REGISTERS(device, region) \
    (1ull << 40 | (unsigned long long)(device) << 32 | (unsigned long long)(region) << 25)
#define MODEL_WRITTEN (1ull << 24)

/* cedrus: the last bytes of its region are no registers, but what is behind the ports among them. */
struct model_cedrus {
    __u32 h264_memory[1024]; /* VE_AVC_SRAM_PORT_* */
    __u32 h265_memory[1024]; /* VE_DEC_H265_SRAM_* */
    __u32 h264_position;     /* in the bitstream, in bits: what triggers skipped */
    __u32 h265_position;
    __u8 mpeg_matrix[2][64]; /* VE_DEC_MPEG_IQMINPUT: non-intra, intra; in order of its index */
    __u32 reserved[990];
};
