// SPDX-License-Identifier: Apache-2.0
/* Rules about DMA channels, their windows and their pools. Source: BCM2711 ARM Peripherals, "DMA
 * Controller", 6.2.4 "VideoCore interrupts". */
#include "product_rules.h"

enum {
    CHAN_COUNT = 11,
    PAIRS_FROM = 7, /* two channels to an interrupt from here on */
    POOL_BYTES_MAX = 1 << 24,
};

uint64_t husk_product_dma_pool_bytes(const struct husk_dma_config *dma)
{
    return dma->pool_bytes == 0 ? HUSK_KIB(64) : dma->pool_bytes;
}

static struct husk_range pool_of(const struct husk_dma_config *dma)
{
    return (struct husk_range){ dma->pool.value, husk_product_dma_pool_bytes(dma) };
}

/* `field` is one of the VM's that has channels. */
static enum husk_err fail(const struct check *check, enum husk_err err, const char *field,
                          const char *what, uint64_t value, uint64_t limit)
{
    return HUSK_FAIL(check, err, field, what, .value = value, .limit = limit);
}

static enum husk_err check_window(const struct check *check, const struct husk_bus_window *window)
{
    const struct husk_range buses = { 0, HUSK_BIT(32) };
    const struct husk_range pas = { window->pa.value, window->size_bytes };

    if (window->size_bytes == 0) {
        return fail(check, HUSK_EINVAL, "dma.window", "has a size of 0; NULL takes the board's", 0,
                    0);
    }
    if (!husk_range_valid(pas) ||
        !husk_range_contains(buses, window->bus.value, window->size_bytes)) {
        return fail(check, HUSK_ERANGE, "dma.window", "runs past the engine's bus addresses",
                    window->bus.value, HUSK_BIT(32));
    }
    if (!husk_is_aligned(window->pa.value | window->bus.value | window->size_bytes, HUSK_KIB(4))) {
        return fail(check, HUSK_EINVAL, "dma.window", "is not 4 KiB aligned", window->pa.value, 0);
    }
    return HUSK_OK;
}

enum husk_err husk_product_check_dma_shape(const struct check *check)
{
    const struct husk_dma_config *const dma = check->vm->dma;
    uint64_t least;

    if (dma == NULL) {
        return HUSK_OK;
    }
    if (dma->channels == 0) {
        return fail(check, HUSK_EINVAL, "dma.channels", "names no channel; NULL gives none", 0, 0);
    }
    if (dma->channels >> CHAN_COUNT != 0) {
        return fail(check, HUSK_ERANGE, "dma.channels",
                    "names a channel that is not checked; the limit has all", dma->channels,
                    HUSK_BITS(CHAN_COUNT - 1, 0));
    }
    if (!husk_is_aligned(dma->pool.value, HUSK_KIB(4))) {
        return fail(check, HUSK_EINVAL, "dma.pool", "is not 4 KiB aligned", dma->pool.value, 0);
    }
    if (!husk_is_aligned(dma->pool_bytes, HUSK_KIB(4)) || dma->pool_bytes > POOL_BYTES_MAX) {
        return fail(check, HUSK_EINVAL, "dma.pool_bytes",
                    "is no multiple of 4 KiB, or more than the limit", dma->pool_bytes,
                    POOL_BYTES_MAX);
    }
    least = HUSK_KIB(4) * (unsigned)__builtin_popcount(dma->channels);
    if (husk_product_dma_pool_bytes(dma) < least) {
        return fail(check, HUSK_ERANGE, "dma.pool_bytes", "is less than 4 KiB for each channel",
                    dma->pool_bytes, least);
    }
    return dma->window == NULL ? HUSK_OK : check_window(check, dma->window);
}

/* Channels that have one of the interrupts of these. */
static uint32_t with_neighbours(uint32_t channels)
{
    uint32_t all = channels;

    for (unsigned i = PAIRS_FROM; i < CHAN_COUNT; i += 2) {
        const uint32_t pair = 3u << i;

        all |= (channels & pair) != 0 ? pair : 0;
    }
    return all;
}

/* No channel, and none of their interrupts, in two VMs. */
enum husk_err husk_product_check_dma_owner(const struct check *check)
{
    const struct husk_dma_config *const dma = check->vm->dma;

    for (const struct husk_vm_config *peer = check->product->vms.items;
         dma != NULL && peer < check->vm; peer++) {
        if (peer->dma != NULL && (peer->dma->channels & with_neighbours(dma->channels)) != 0) {
            return HUSK_FAIL(check, HUSK_EOVERLAP, "dma.channels",
                             "names a channel of another VM, or one that shares its interrupt",
                             .value = peer->dma->channels & with_neighbours(dma->channels),
                             .other = peer->name);
        }
    }
    return HUSK_OK;
}

/* A pool at an address of its own is in nobody's RAM, and in no other pool. */
enum husk_err husk_product_check_dma_pool(const struct check *check)
{
    const struct husk_dma_config *const dma = check->vm->dma;
    const char *other = NULL;

    if (dma == NULL || dma->pool.value == 0) {
        return HUSK_OK;
    }
    other = husk_product_ram_owner(check->product, pool_of(dma));
    for (const struct husk_vm_config *peer = check->product->vms.items; peer < check->vm; peer++) {
        if (peer->dma != NULL && peer->dma->pool.value != 0 &&
            husk_ranges_overlap(pool_of(dma), pool_of(peer->dma))) {
            other = peer->name;
        }
    }
    if (other != NULL) {
        return HUSK_FAIL(check, HUSK_EOVERLAP, "dma.pool", "lies over RAM or a pool of a VM",
                         .value = dma->pool.value, .other = other);
    }
    return HUSK_OK;
}

/* ---- what the board can tell ---- */

/* The interrupts come to the VM by the numbers they have: nothing else of it has those. */
static enum husk_err check_intids(const struct check *check)
{
    const struct husk_board_dma *const board = check->board->dma;
    const struct husk_device_list *const devices = &check->vm->devices;
    const unsigned own = check->vm->intid_count;
    const unsigned have = own == 0 ? HUSK_PRODUCT_INTIDS_DEFAULT : own;

    if (check->vm->dma != NULL && have < (unsigned)board->intid + board->intid_count) {
        return fail(check, HUSK_ERANGE, "intid_count", "leaves no INTIDs for the DMA engine", own,
                    (uint64_t)board->intid + board->intid_count);
    }
    for (size_t d = 0; d < devices->count; d++) {
        for (size_t i = 0; i < devices->items[d].intid_count; i++) {
            if (devices->items[d].intids[i] - (unsigned)board->intid < board->intid_count) {
                return HUSK_FAIL(check, HUSK_EOVERLAP, "devices[].intids",
                                 "names an SPI of the DMA engine", .index = d,
                                 .value = devices->items[d].intids[i], .other = "dma.channels");
            }
        }
    }
    return HUSK_OK;
}

/* The product's window lies in the board's, and means the same bytes. */
static enum husk_err check_reach(const struct check *check)
{
    const struct husk_bus_window *const board = &check->board->dma->window;
    const struct husk_dma_config *const dma = check->vm->dma;
    const struct husk_bus_window *const window = dma->window != NULL ? dma->window : board;
    const struct husk_range pas = { window->pa.value, window->size_bytes };
    const struct husk_range pool = pool_of(dma);
    enum husk_err err;

    if (board->size_bytes == 0) {
        return fail(check, HUSK_ERANGE, "dma.window",
                    "is not known: the board's device tree has no dma-ranges for it", 0, 0);
    }
    err = check_window(check, board);
    if (err != HUSK_OK) {
        return err;
    }
    if (!husk_range_contains((struct husk_range){ board->pa.value, board->size_bytes },
                             window->pa.value, window->size_bytes) ||
        window->bus.value - window->pa.value != board->bus.value - board->pa.value) {
        return fail(check, HUSK_ERANGE, "dma.window", "is not what the engine reaches",
                    window->pa.value, board->size_bytes);
    }
    if (pool.base != 0 && !husk_range_contains(pas, pool.base, pool.size_bytes)) {
        return fail(check, HUSK_ERANGE, "dma.pool", "lies outside the engine's window", pool.base,
                    window->pa.value + window->size_bytes);
    }
    return HUSK_OK;
}

static enum husk_err check_vm(const struct check *check)
{
    const struct husk_board *const board = check->board;
    const struct husk_dma_config *const dma = check->vm->dma;
    enum husk_err err = board->dma == NULL ? HUSK_OK : check_intids(check);

    if (dma == NULL || err != HUSK_OK) {
        return err;
    }
    if (board->dma == NULL) {
        return fail(check, HUSK_EINVAL, "dma.channels",
                    "names channels, and the board has no DMA engine that is checked",
                    dma->channels, 0);
    }
    if ((dma->channels & ~board->dma->channels) != 0) {
        return fail(check, HUSK_ERANGE, "dma.channels",
                    "names a channel that the board's firmware uses; the limit has the others",
                    dma->channels, board->dma->channels);
    }
    err = check_reach(check);
    if (err == HUSK_OK && dma->pool.value != 0 &&
        ((board->ram_count != 0 && !husk_product_board_has(board, pool_of(dma))) ||
         husk_product_hits_any(board->reserved, board->reserved_count, pool_of(dma)))) {
        return HUSK_FAIL(check, HUSK_EOVERLAP, "dma.pool",
                         "is not all RAM that the board can give away", .value = dma->pool.value,
                         .other = "reserved memory");
    }
    return err;
}

static check_fn *const rules[] = { check_vm };

enum husk_err husk_product_check_dma(const struct husk_product *product,
                                     const struct husk_board *board,
                                     struct husk_product_error *error)
{
    struct check check = { product, board, NULL, error };

    return husk_product_run_vms(&check, rules, HUSK_COUNT(rules));
}
