// SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
// A module for Linux: copies memory by its dmaengine interface, on all channels of a BCM2835 DMA
// engine at once, and looks at each byte. Then it tries to copy to and from memory that is not this
// machine's, which must leave the channel in ERROR, and copies again.
#include <linux/dma-mapping.h>
#include <linux/dmaengine.h>
#include <linux/iopoll.h>
#include <linux/module.h>
#include <linux/of_address.h>
#include <linux/prandom.h>

#define COPIES     1000
#define HALF_BYTES SZ_16M /* of memory to copy from, and as much to copy to */
#define GUARD      64     /* bytes before and behind each copy, which must stay */
#define PATTERN    0xa5
#define CS_ERROR   BIT(8) /* BCM2711 ARM Peripherals, "DMA Channel Register Map" */

static ulong foreign[8]; /* addresses of memory that is others', or nobody's */
static unsigned int foreign_count;
module_param_array(foreign, ulong, &foreign_count, 0);

static struct lane {
    struct dma_chan *chan;
    struct completion done;
    size_t from, to, bytes; /* offsets in `memory` */
} lanes[11];
static unsigned int lane_count, copies;
static u64 copied_bytes;
static struct rnd_state rnd;
static u8 *memory; /* 2 * HALF_BYTES: of each half a part for each lane */
static dma_addr_t bus;

static size_t below(size_t limit)
{
    return prandom_u32_state(&rnd) % limit;
}

static void on_done(void *done)
{
    complete(done);
}

static int start(struct lane *lane, dma_addr_t to, dma_addr_t from, size_t bytes)
{
    struct dma_async_tx_descriptor *tx =
        dmaengine_prep_dma_memcpy(lane->chan, to, from, bytes, DMA_PREP_INTERRUPT);

    if (!tx) {
        return -ENOMEM;
    }
    init_completion(&lane->done);
    tx->callback = on_done;
    tx->callback_param = &lane->done;
    dmaengine_submit(tx);
    dma_async_issue_pending(lane->chan);
    return 0;
}

/* New bytes of a random length, from one random place to another. */
static int start_copy(struct lane *lane)
{
    const size_t own_bytes = HALF_BYTES / lane_count;
    const size_t own = own_bytes * (lane - lanes);

    lane->bytes = 1 + below(1 << below(20));
    lane->from = own + below(own_bytes - lane->bytes);
    lane->to = HALF_BYTES + own + GUARD + below(own_bytes - lane->bytes - 2 * GUARD);
    prandom_bytes_state(&rnd, memory + lane->from, lane->bytes);
    memset(memory + lane->to - GUARD, PATTERN, lane->bytes + 2 * GUARD);
    return start(lane, bus + lane->to, bus + lane->from, lane->bytes);
}

static int end_copy(struct lane *lane)
{
    const u8 *to = memory + lane->to;

    if (!wait_for_completion_timeout(&lane->done, 100 * HZ)) {
        return -ETIMEDOUT;
    }
    copies++;
    copied_bytes += lane->bytes;
    return memcmp(to, memory + lane->from, lane->bytes) || memchr_inv(to - GUARD, PATTERN, GUARD) ||
           memchr_inv(to + lane->bytes, PATTERN, GUARD); /* 1: wrong */
}

static int copy(unsigned int count)
{
    int err = 0;

    for (unsigned int i = 0; i < count + lane_count && !err; i++) {
        struct lane *lane = &lanes[i % lane_count];

        err = i >= lane_count ? end_copy(lane) : 0;
        err = err ?: i < count ? start_copy(lane) : 0;
    }
    return err;
}

/* A copy that must not be made: the channel stops in ERROR, and its driver resets it. */
static int refused(struct lane *lane, void __iomem *cs, dma_addr_t to, dma_addr_t from)
{
    u32 seen = 0;
    int err = start(lane, to, from, PAGE_SIZE);

    err = err ?: readl_poll_timeout(cs, seen, seen & CS_ERROR, 1000, 60 * USEC_PER_SEC);
    err = err ?: try_wait_for_completion(&lane->done);
    pr_info("husk-dma: %pad to %pad: CS 0x%x, %s\n", &from, &to, seen, err ? "FAIL" : "refused");
    dmaengine_terminate_sync(lane->chan);
    return err ?: readl(cs) & CS_ERROR;
}

/* By each channel; the driver has those of the mask, in this order. */
static int refused_all(struct device_node *node)
{
    void __iomem *regs = of_iomap(node, 0);
    u32 left = 0;
    int err = regs ? of_property_read_u32(node, "brcm,dma-channel-mask", &left) : -ENOMEM;

    for (struct lane *lane = lanes; lane < lanes + lane_count && !err; lane++, left &= left - 1) {
        void __iomem *cs = regs + 0x100 * __ffs(left);

        for (unsigned int i = 0; i < foreign_count && !err; i++) {
            err = refused(lane, cs, foreign[i], bus) ?: refused(lane, cs, bus, foreign[i]);
        }
    }
    return err;
}

static int __init husk_dma_init(void)
{
    const dma_cap_mask_t wanted = { { BIT(DMA_MEMCPY) } };
    struct dma_chan *chan = dma_request_chan_by_mask(&wanted);
    struct device *dev = IS_ERR(chan) ? NULL : chan->device->dev;
    int err = -ENOMEM;

    prandom_seed_state(&rnd, 1);
    for (; !IS_ERR(chan); chan = dma_request_chan_by_mask(&wanted)) {
        lanes[lane_count++].chan = chan;
    }
    memory = dev ? dma_alloc_coherent(dev, 2 * HALF_BYTES, &bus, GFP_KERNEL) : NULL;
    if (memory) {
        err = copy(COPIES) ?: refused_all(dev->of_node) ?: copy(4 * lane_count);
    }
    pr_info("husk-dma: %u channels, %u copies, %llu bytes at %pad: %s %d\n", lane_count, copies,
            copied_bytes, &bus, err ? "FAIL" : "pass", err);
    return 0; /* whatever the channels still do, they do it to this module */
}
module_init(husk_dma_init);
MODULE_DESCRIPTION("Copies by a DMA engine whose channels Husk checks");
MODULE_LICENSE("GPL"); /* what Linux asks of a user of dmaengine */
