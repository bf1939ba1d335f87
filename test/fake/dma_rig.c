// SPDX-License-Identifier: Apache-2.0
#include "dma_rig.h"

#include <string.h>

/* Runs of contiguous pages, single ones, pages in and out of the window and across its end, a hole
 * after 0x40000900, and pages at each edge of the address space: below the peripherals, at its end.
 */
const struct rig_page rig_pages[RIG_VM_PAGES] = {
    { 0x40000000, 16 }, { 0x40000100, 17 }, { 0x40000200, 20 }, { 0x40000300, 14 },
    { 0x40000400, 31 }, { 0x40000500, 32 }, { 0x40000600, 33 }, { 0x40000700, 40 },
    { 0x40000800, 22 }, { 0x40000900, 24 }, { 0x40000B00, 45 }, { 0x40000C00, 44 },
    { 0x40000D00, 26 }, { 0x40000E00, 27 }, { 0x40000F00, 28 }, { 0x40001000, 50 },
    { 0x40001100, 51 }, { 0x40001200, 52 }, { 0x7DFFFE00, 60 }, { 0x7DFFFF00, 61 },
    { 0x7E000000, 62 }, { 0xFFFFFF00, 63 }, { 0x00000000, 30 }, { 0x7F000000, 55 },
};

static const struct husk_range peripherals[] = {
    { FAKE_DMA_PERIPHERAL, FAKE_DMA_PERIPHERAL_BYTES / 2 },
};

unsigned rig_find(uint64_t ipa)
{
    for (unsigned i = 0; i < RIG_VM_PAGES; i++) {
        if (ipa - rig_pages[i].ipa < RIG_PAGE) {
            return i;
        }
    }
    return RIG_VM_PAGES;
}

static bool translate(void *context, struct husk_ipa ipa, bool write, struct husk_pa *pa,
                      uint64_t *size_bytes)
{
    struct rig *rig = context;
    unsigned at = rig_find(ipa.value);

    rig->bad_opens += ipa.value - HUSK_DMA_PERIPHERALS_BASE < HUSK_DMA_PERIPHERALS_BYTES;
    if (at == RIG_VM_PAGES || (write && at == RIG_READ_ONLY)) {
        return false;
    }
    pa->value = rig->memory.pa + rig_pages[at].page * RIG_PAGE + ipa.value % RIG_PAGE;
    *size_bytes = RIG_PAGE - ipa.value % RIG_PAGE;
    /* As far as both addresses go on, up to a page that can't be written. */
    while (at + 1 < RIG_VM_PAGES && rig_pages[at + 1].ipa == rig_pages[at].ipa + RIG_PAGE &&
           rig_pages[at + 1].page == rig_pages[at].page + 1 &&
           (!write || at + 1 != RIG_READ_ONLY)) {
        *size_bytes += RIG_PAGE;
        at++;
    }
    return true;
}

static bool is_vms(unsigned page)
{
    for (unsigned i = 0; i < RIG_VM_PAGES; i++) {
        if (rig_pages[i].page == page) {
            return true;
        }
    }
    return false;
}

static void *open(void *context, struct husk_pa pa, size_t size_bytes)
{
    struct rig *rig = context;
    const uint64_t offset = pa.value - rig->memory.pa;

    if (rig->on_open != NULL) {
        rig->on_open(rig);
    }
    rig->bad_opens += size_bytes == 0 || size_bytes > 4096;
    for (uint64_t at = offset / RIG_PAGE; at <= (offset + size_bytes - 1) / RIG_PAGE; at++) {
        rig->bad_opens += !is_vms((unsigned)at);
    }
    if (size_bytes > rig->largest_open) {
        rig->largest_open = (unsigned)size_bytes;
    }
    return rig->memory.cpu + offset;
}

void rig_init(struct rig *rig, unsigned capacity, uint64_t noise)
{
    static const struct husk_dma_window window = {
        .pa = { 0x80000 },
        .bus = { RIG_BUS },
        .size_bytes = RIG_WINDOW_PAGES * RIG_PAGE,
        .align_bytes = 4,
        .line_bytes = 64,
    };
    uint8_t *cpu;
    const uint64_t pa = window.pa.value;
    bool ok;

    memset(rig, 0, sizeof(*rig));
    husk_fake = &rig->cpu;
    cpu = rig->memory.cpu;
    fake_memory_init(&rig->memory, &rig->cpu, pa, RIG_PAGES * RIG_PAGE, 64);
    fake_dma_init(&rig->dma, &rig->cpu, &rig->memory, 0xFE007000);
    rig->dma.window_pa = pa;
    rig->dma.window_bus = RIG_BUS;
    rig->dma.window_bytes = RIG_WINDOW_PAGES * RIG_PAGE;
    for (size_t i = 0; i < sizeof(rig->golden); i++) {
        noise = noise * 6364136223846793005u + 1442695040888963407u;
        rig->golden[i] = (uint8_t)(noise >> 56);
    }
    fake_memory_set(&rig->memory, 0, rig->golden, sizeof(rig->golden));

    rig->pool = (struct husk_dma_pool){ .slots = rig->slots,
                                        .va = cpu + RIG_SLOT_PAGE * RIG_PAGE,
                                        .pa = { pa + RIG_SLOT_PAGE * RIG_PAGE },
                                        .slot_count = RIG_SLOTS,
                                        .slot_bytes = RIG_SLOT_BYTES };
    ok = husk_dma_pool_init(&rig->pool) == HUSK_OK &&
         husk_dma_master_init(&rig->master, &window, &rig->pool) == HUSK_OK;
    for (unsigned i = 0; i < 2; i++) {
        const unsigned offset = RIG_SHADOW_PAGE * RIG_PAGE + i * 512;

        rig->chans[i].shadow = (struct husk_dma_block *)(void *)(cpu + offset);
        rig->chans[i].notes = rig->notes[i];
        rig->chans[i].shadow_pa.value = pa + offset;
        rig->chans[i].capacity = capacity;
    }
    rig->engine.master = &rig->master;
    rig->engine.client = &rig->client;
    rig->engine.regs = rig->dma.regs;
    rig->engine.chans[RIG_CHAN] = &rig->chans[0];
    rig->engine.chans[RIG_LITE] = &rig->chans[1];
    rig->engine.peripherals = peripherals;
    rig->engine.peripheral_count = HUSK_COUNT(peripherals);
    rig->engine.dreqs = 1u << 12;
    rig->engine.translate = translate;
    rig->engine.open = open;
    rig->engine.context = rig;
    rig->client.quota = RIG_SLOTS;
    ok = ok && husk_dma_engine_init(&rig->engine) == HUSK_OK;
    rig->bad_opens += !ok;
}

uint8_t *rig_guest(struct rig *rig, uint64_t ipa)
{
    const unsigned at = rig_find(ipa);

    return at == RIG_VM_PAGES ? NULL
                              : rig->memory.device + rig_pages[at].page * RIG_PAGE + ipa % RIG_PAGE;
}

void rig_store(struct rig *rig, uint64_t ipa, uint32_t value)
{
    for (unsigned i = 0; i < 4; i++) {
        uint8_t *byte = rig_guest(rig, ipa + i);

        if (byte != NULL) {
            *byte = (uint8_t)(value >> (8 * i));
        }
    }
}

void rig_block(struct rig *rig, uint32_t ipa, const uint32_t word[6])
{
    for (unsigned i = 0; i < 6; i++) {
        rig_store(rig, ipa + 4 * i, word[i]);
    }
}

const char *rig_wrong(const struct rig *rig)
{
    for (unsigned page = 0; page < RIG_PAGES; page++) {
        const size_t at = page * RIG_PAGE;

        if (is_vms(page) || (page >= RIG_SHADOW_PAGE && page < RIG_SLOT_PAGE + 6)) {
            continue;
        }
        if (memcmp(rig->memory.device + at, rig->golden + at, RIG_PAGE) != 0 ||
            memcmp(rig->memory.cpu + at, rig->golden + at, RIG_PAGE) != 0) {
            return "a byte outside the VM has changed";
        }
    }
    return rig->dma.wrong != 0   ? "the engine was given what it must not have"
           : rig->bad_opens != 0 ? "memory was opened that is not the VM's"
                                 : NULL;
}

uint32_t rig_read(struct rig *rig, unsigned chan, unsigned reg)
{
    return husk_dma_engine_read(&rig->engine, chan * 0x100 + reg, 4);
}

void rig_write(struct rig *rig, unsigned chan, unsigned reg, uint32_t value)
{
    husk_dma_engine_write(&rig->engine, chan * 0x100 + reg, 4, value);
}

void rig_settle(struct rig *rig)
{
    const uint32_t lines = fake_dma_lines(&rig->dma);

    for (unsigned i = 0; i < HUSK_DMA_CHANS; i++) {
        if ((lines >> i & 1) != 0) {
            husk_dma_engine_irq(&rig->engine, i);
        }
    }
    while (husk_dma_engine_step(&rig->engine)) {
    }
}
