// SPDX-License-Identifier: Apache-2.0
// Channels of the BCM2711's legacy DMA engine that VMs drive themselves: the engine's page is
// trapped, and what a guest starts there is checked and rewritten by husk::dma_bounce. DESIGN 8.
//
// A long chain is worked on in parts, each a bounded run of EL2's. After one, the interrupt of the
// VM's first channel is made pending: the VM's first CPU goes on when it is taken, after others.
#include "access.h"
#include "window.h"
#include <husk/dma_bounce.h>
#include <husk/fdt_build.h>
#include <husk/platform.h>

enum {
    PAGE_BYTES = HUSK_MMU_PAGE_BYTES,
    SLOT_BYTES = 1024, /* as much as is copied in one part */
    SLOTS_DEFAULT = 32,
    BLOCKS = 64, /* of a shadow chain */
    LINE_BYTES = 64,
    ALIGN_BYTES = 4,
    VIEW_BYTES = 2 * PAGE_BYTES, /* a page's worth of bytes, wherever it begins */
    GICD_ISPENDR = 0x200,
    CHANS_BYTES = 0xb00, /* of the registers of the channels that are checked */
    INTID_DMA7 = 7,      /* interrupts by number: 0 to 6 are of one channel each, */
    INTID_COUNT = 9,     /* the last two of two each */
};

/* Where a bus address of a peripheral lies for a CPU. */
static const uint64_t peripherals_pa = UINT64_C(0xfe000000);

/* The engine as one VM has it. */
struct vm_dma {
    struct husk_dma_chan chans[HUSK_DMA_CHANS];
    uint64_t view;   /* VIEW_BYTES of EL2's address space for the guest's memory */
    uint64_t viewed; /* bytes of it mapped just now */
    struct husk_dma_pool pool;
    struct husk_dma_client client;
    struct husk_dma_master master;
    struct husk_dma_engine engine;
    struct husk_range peripherals[HUSK_PRODUCT_DEVICE_MAX];
    uint32_t levels; /* of interrupts, as the guest's vgic was told */
    struct husk_spinlock lock;
};

/* By VM; NULL: it has no channel. */
static struct vm_dma *of_vm[HUSK_PRODUCT_VM_MAX];

/* ---- the guest's memory ---- */

static bool translate(void *context, struct husk_ipa ipa, bool write, struct husk_pa *pa,
                      uint64_t *size_bytes)
{
    const uint32_t need = HUSK_MMU_NORMAL | HUSK_MMU_R | (write ? HUSK_MMU_W : 0);
    struct husk_vm *const vm = context;
    const struct husk_mmu_s2_locked s2 = husk_mmu_s2_lock(&vm->s2);
    struct husk_mmu_leaf leaf;
    const enum husk_err err = husk_mmu_s2_translate(s2, ipa, &leaf);

    husk_mmu_s2_unlock(s2);
    if (err != HUSK_OK || (leaf.attr & need) != need) {
        return false;
    }
    pa->value = leaf.out;
    *size_bytes = leaf.size_bytes - (ipa.value & (leaf.size_bytes - 1));
    return true;
}

/* Guests' pages are mapped beyond all memory, a place for each VM. The last page of this part is
 * always mapped: its table is never empty, which husk_mmu_s1_unmap() sees at the first entry it
 * looks at. */
static const uint64_t views = HUSK_GIB(511);
static const uint64_t views_end = HUSK_GIB(511) + HUSK_MIB(2);

static void close_view(struct vm_dma *dma)
{
    if (dma->viewed != 0) {
        husk_spin_lock(&husk_el2_s1_lock);
        husk_must(husk_mmu_s1_unmap(&husk_el2_s1, (struct husk_va){ dma->view }, dma->viewed));
        husk_spin_unlock(&husk_el2_s1_lock);
        dma->viewed = 0;
    }
}

static void *open_view(void *context, struct husk_pa pa, size_t size_bytes)
{
    const struct husk_vm *const vm = context;
    struct vm_dma *const dma = of_vm[vm->index];
    const uint64_t before = pa.value % PAGE_BYTES;

    close_view(dma);
    dma->viewed = husk_align_up(before + size_bytes, PAGE_BYTES);
    HUSK_ASSERT(dma->viewed <= VIEW_BYTES);
    husk_spin_lock(&husk_el2_s1_lock);
    husk_must(husk_mmu_s1_map(&husk_el2_s1, (struct husk_va){ dma->view },
                              (struct husk_pa){ pa.value - before }, dma->viewed,
                              HUSK_MMU_NORMAL | HUSK_MMU_R | HUSK_MMU_W));
    husk_spin_unlock(&husk_el2_s1_lock);
    return (void *)(uintptr_t)(dma->view + before);
}

/* ---- interrupts ---- */

/* Which of the engine's interrupts a channel has. BCM2711 ARM Peripherals, 6.2.4 "VideoCore
 * interrupts": DMA 0 to 6; 7 and 8; 9 and 10. */
static unsigned interrupt_of(unsigned chan)
{
    return chan < INTID_DMA7 ? chan : INTID_DMA7 + (chan - INTID_DMA7) / 2;
}

static uint32_t interrupts_of(uint32_t chans)
{
    uint32_t interrupts = 0;

    for (; chans != 0; chans &= chans - 1) {
        interrupts |= 1u << interrupt_of((unsigned)__builtin_ctz(chans));
    }
    return interrupts;
}

/* Tells the guest's vgic of interrupts that have risen or fallen. */
static void tell(struct husk_vm *vm, struct vm_dma *dma)
{
    const uint32_t levels = interrupts_of(husk_dma_engine_lines(&dma->engine));
    const struct husk_vcpu *const vcpu = husk_cpu_self()->vcpu;
    uint32_t changed = levels ^ dma->levels;
    struct husk_vgic_locked v;

    if (changed == 0) {
        return;
    }
    dma->levels = levels;
    v = husk_vgic_lock(&vm->vgic);
    for (; changed != 0; changed &= changed - 1) {
        const unsigned i = (unsigned)__builtin_ctz(changed);

        husk_vgic_set_line(v, 0, HUSK_PLATFORM_DMA_INTID + i, (levels >> i & 1) != 0);
    }
    husk_vm_unlock(vm, v, vcpu != NULL && vcpu->vm == vm && vcpu->on ? vcpu : NULL);
}

/* ---- work ---- */

/* Has irq() called again. The board's GIC is a GIC-400: GICv2, of which a write to GICD_ISPENDR
 * makes an SPI pending once, level sensitive or not. IHI 0048B, 4.3.7 "GICD_ISPENDRn". */
static void call_again(const struct vm_dma *dma)
{
    const unsigned intid =
        HUSK_PLATFORM_DMA_INTID + interrupt_of((unsigned)__builtin_ctz(dma->engine.owned));

    husk_mmio_write32(HUSK_PLATFORM_GICD_BASE + GICD_ISPENDR + 4 * (intid / 32),
                      1u << (intid % 32));
}

/* One part of what is under way; the lock is held. */
static void go_on(struct husk_vm *vm, struct vm_dma *dma)
{
    if (husk_dma_engine_step(&dma->engine)) {
        call_again(dma);
    }
    close_view(dma);
    tell(vm, dma);
}

static bool access(struct husk_vcpu *vcpu, uint32_t iss, uint64_t ipa)
{
    const unsigned size_bytes = 1u << (iss >> HUSK_ISS_SAS & 3);
    struct vm_dma *const dma = of_vm[vcpu->vm->index];
    const uint64_t offset = ipa - HUSK_PLATFORM_DMA_BASE;

    if (dma == NULL || offset >= PAGE_BYTES) {
        return false;
    }
    husk_spin_lock(&dma->lock);
    if ((iss & HUSK_ISS_WNR) != 0) {
        husk_dma_engine_write(&dma->engine, offset, size_bytes,
                              (uint32_t)husk_access_stored(vcpu, iss, size_bytes));
    } else {
        (void)husk_access_loaded(vcpu, iss, husk_dma_engine_read(&dma->engine, offset, size_bytes));
    }
    go_on(vcpu->vm, dma);
    husk_spin_unlock(&dma->lock);
    return true;
}

/* The real channels of one interrupt. Those that share it belong to one VM: the product's check. */
static void irq(unsigned intid)
{
    for (size_t i = 0; i < husk_product.vms.count; i++) {
        struct vm_dma *const dma = of_vm[i];
        bool mine = false;

        if (dma == NULL) {
            continue;
        }
        husk_spin_lock(&dma->lock);
        for (uint32_t left = dma->engine.owned; left != 0; left &= left - 1) {
            const unsigned chan = (unsigned)__builtin_ctz(left);

            if (HUSK_PLATFORM_DMA_INTID + interrupt_of(chan) == intid) {
                husk_dma_engine_irq(&dma->engine, chan);
                mine = true;
            }
        }
        if (mine) {
            go_on(husk_vms[i], dma);
        }
        husk_spin_unlock(&dma->lock);
    }
}

/* The VM has no running vCPU: all its channels stop, and nothing of its memory is in use. */
static void stop(struct husk_vm *vm)
{
    struct vm_dma *const dma = of_vm[vm->index];

    if (dma == NULL) {
        return;
    }
    husk_spin_lock(&dma->lock);
    husk_dma_engine_stop(&dma->engine);
    while (husk_dma_engine_step(&dma->engine)) {
    }
    close_view(dma);
    HUSK_ASSERT(dma->client.used == 0);
    dma->levels = 0;
    husk_spin_unlock(&dma->lock);
}

/* On the CPU of its first vCPU, which takes the channels' interrupts from now on. */
static void start(struct husk_vm *vm)
{
    struct vm_dma *const dma = of_vm[vm->index];

    if (dma == NULL) {
        return;
    }
    stop(vm);
    dma->engine.context = vm;
    for (uint32_t left = interrupts_of(dma->engine.owned); left != 0; left &= left - 1) {
        husk_gic()->enable(HUSK_PLATFORM_DMA_INTID + (unsigned)__builtin_ctz(left));
    }
}

static void describe(const struct husk_vm *vm, struct husk_fdt_guest *guest)
{
    if (of_vm[vm->index] != NULL) {
        guest->dma = (struct husk_range){ HUSK_PLATFORM_DMA_BASE, CHANS_BYTES };
        guest->dma_channels = of_vm[vm->index]->engine.owned;
        for (unsigned i = 0; i < HUSK_DMA_CHANS; i++) {
            guest->dma_intids[i] = (uint16_t)(HUSK_PLATFORM_DMA_INTID + interrupt_of(i));
        }
    }
}

/* ---- boot ---- */

static void refuse(const struct husk_vm_config *config, enum husk_err err)
{
    if (err != HUSK_OK) {
        husk_boot_refuse("no memory in reach of the DMA engine (dma.pool) for vm", config->name);
    }
}

/* Slots of one VM: where the product says, or anywhere. */
static void make_pool(struct vm_dma *dma, const struct husk_vm_config *config)
{
    const uint64_t bytes = husk_product_dma_pool_bytes(config->dma);
    const uint32_t count = (uint32_t)(bytes / SLOT_BYTES);
    struct husk_pa pa = config->dma->pool;
    void *at;

    if (pa.value != 0) {
        husk_memory_reserve((struct husk_range){ pa.value, bytes });
        at = husk_window_open(pa, bytes, HUSK_MMU_NORMAL | HUSK_MMU_R | HUSK_MMU_W);
    } else {
        at = husk_heap_take(bytes);
        pa.value = (uintptr_t)at;
    }
    husk_cache_clean_invalidate(at, bytes); /* lines of who had it before */
    dma->pool =
        (struct husk_dma_pool){ .slots = (uint8_t **)husk_heap_take(count * sizeof(uint8_t *)),
                                .va = at,
                                .pa = pa,
                                .slot_count = count,
                                .slot_bytes = SLOT_BYTES };
    refuse(config, husk_dma_pool_init(&dma->pool));
}

static void make_chan(struct husk_dma_chan *chan)
{
    chan->shadow = husk_heap_take(BLOCKS * sizeof(*chan->shadow));
    chan->notes = husk_heap_take(BLOCKS * sizeof(*chan->notes));
    chan->shadow_pa.value = (uintptr_t)chan->shadow;
    chan->capacity = BLOCKS;
    husk_cache_clean_invalidate(chan->shadow, BLOCKS * sizeof(*chan->shadow));
}

/* The devices of the VM's that the engine can reach, as it calls them. */
static size_t list_peripherals(struct husk_range *ranges, const struct husk_vm_config *config)
{
    size_t count = 0;

    for (size_t i = 0; i < config->devices.count; i++) {
        const struct husk_device *const device = &config->devices.items[i];
        const uint64_t offset = device->pa.value - peripherals_pa;

        if (offset < HUSK_DMA_PERIPHERALS_BYTES) {
            ranges[count++] =
                (struct husk_range){ HUSK_DMA_PERIPHERALS_BASE + offset, device->size_bytes };
        }
    }
    return count;
}

static void make(unsigned index, const struct husk_dma_window *window)
{
    const struct husk_vm_config *const config = &husk_product.vms.items[index];
    struct vm_dma *const dma = husk_heap_take(sizeof(*dma));

    *dma = (struct vm_dma){ .engine = { .regs = HUSK_PLATFORM_DMA_BASE } };
    of_vm[index] = dma;
    make_pool(dma, config);
    dma->view = views + (uint64_t)index * VIEW_BYTES;
    for (uint32_t left = config->dma->channels; left != 0; left &= left - 1) {
        const unsigned chan = (unsigned)__builtin_ctz(left);

        make_chan(&dma->chans[chan]);
        dma->engine.chans[chan] = &dma->chans[chan];
    }
    dma->engine.master = &dma->master;
    dma->engine.client = &dma->client;
    dma->engine.peripherals = dma->peripherals;
    dma->engine.peripheral_count = list_peripherals(dma->peripherals, config);
    dma->engine.dreqs = config->dma->dreqs;
    dma->engine.translate = translate;
    dma->engine.open = open_view;
    refuse(config, husk_dma_master_init(&dma->master, window, &dma->pool));
    refuse(config, husk_dma_engine_init(&dma->engine));
}

/* What the board's tree says the engine reaches; size 0: nothing. */
static struct husk_bus_window find_window(const void *dtb)
{
    struct husk_bus_window window;

    if (husk_fdt_dma_window(dtb, HUSK_TREE_MAX_BYTES, "soc", &window.pa, &window.bus,
                            &window.size_bytes) != HUSK_OK) {
        window = (struct husk_bus_window){ .size_bytes = 0 };
    }
    return window;
}

static void check(const struct husk_board *board, const struct husk_board_dma *dma)
{
    struct husk_board with_dma = *board;
    struct husk_product_error error;

    with_dma.dma = dma;
    if (husk_product_check_dma(&husk_product, &with_dma, &error) != HUSK_OK) {
        husk_boot_refuse_product(&error);
    }
}

/* The tables for all views, by a page that nobody uses. */
static void make_views(void)
{
    const void *const page = husk_heap_take(PAGE_BYTES);

    husk_must(husk_mmu_s1_map(&husk_el2_s1, (struct husk_va){ views_end - PAGE_BYTES },
                              (struct husk_pa){ (uintptr_t)page }, PAGE_BYTES,
                              HUSK_MMU_NORMAL | HUSK_MMU_R));
}

static void init(const void *dtb, const struct husk_board *board)
{
    const struct husk_board_dma found = {
        .window = find_window(dtb),
        .channels = HUSK_PLATFORM_DMA_CHANNELS,
        .intid = HUSK_PLATFORM_DMA_INTID,
        .intid_count = HUSK_PLATFORM_DMA_INTID_COUNT,
    };
    uint32_t chans = 0;

    check(board, &found);
    make_views();
    for (unsigned i = 0; i < husk_product.vms.count; i++) {
        const struct husk_dma_config *const config = husk_product.vms.items[i].dma;
        const struct husk_bus_window *reach;

        if (config == NULL) {
            continue;
        }
        reach = config->window != NULL ? config->window : &found.window;
        make(i, &(struct husk_dma_window){ .pa = reach->pa,
                                           .bus = reach->bus,
                                           .size_bytes = reach->size_bytes,
                                           .align_bytes = ALIGN_BYTES,
                                           .line_bytes = LINE_BYTES });
        chans |= config->channels;
    }
    if (chans != 0 && husk_dma_engine_enable(HUSK_PLATFORM_DMA_BASE, chans) != HUSK_OK) {
        husk_boot_refuse("the firmware has moved the DMA engine's window", "(ENABLE.PAGE)");
    }
}

const struct husk_checked_dma husk_checked_dma = {
    .init = init,
    .start = start,
    .stop = stop,
    .access = access,
    .irq = irq,
    .describe = describe,
};
