// SPDX-License-Identifier: Apache-2.0
#include "fake_dma.h"

#include <string.h>

enum {
    ACTIVE = 1 << 0,
    END = 1 << 1,
    INT = 1 << 2,
    PAUSED = 1 << 4,
    WAITING = 1 << 6,
    ERROR = 1 << 8,
};

enum { TI, SOURCE, DEST, LENGTH, STRIDE, NEXT };

/* Where a bus address leads: into a peripheral, or, wrapped, into memory. */
static uint8_t *byte_at(struct fake_dma *dma, uint32_t bus)
{
    if (bus - FAKE_DMA_PERIPHERAL < FAKE_DMA_PERIPHERAL_BYTES) {
        return &dma->peripheral[bus - FAKE_DMA_PERIPHERAL];
    }
    if (bus - dma->window_bus >= dma->window_bytes) {
        dma->wrong++;
    }
    const uint64_t pa = dma->window_pa + ((bus - dma->window_bus) & (dma->window_bytes - 1));

    return &dma->memory->device[(pa - dma->memory->pa) % dma->memory->bytes];
}

static void transfer(struct fake_dma *dma, const uint32_t *word)
{
    const uint32_t ti = word[TI];
    const uint32_t read_word = ti & (1u << 9) ? 16 : 4;
    const uint32_t write_word = ti & (1 << 5) ? 16 : 4;

    /* No 2D, which engines differ in; no length that is not whole words; not nothing. */
    if ((ti & 2) != 0 || word[LENGTH] % 4 != 0 || word[LENGTH] == 0) {
        dma->wrong++;
        return;
    }
    /* Where no address moves, the same few bytes move again and again: 32 times are as good. */
    const bool moves = (ti & 0x900) == 0x100 || (ti & 0x90) == 0x10;
    const uint32_t length = moves || word[LENGTH] < 32 ? word[LENGTH] : 32;

    for (uint32_t i = 0; i < length; i++) {
        const uint32_t from = word[SOURCE] + (ti & (1 << 8) ? i : i % read_word);
        const uint32_t to = word[DEST] + (ti & (1 << 4) ? i : i % write_word);
        const uint8_t value = ti & (1 << 11) ? 0 : *byte_at(dma, from);

        if ((ti & (1 << 7)) == 0) {
            *byte_at(dma, to) = value;
        }
    }
}

unsigned fake_dma_run(struct fake_dma *dma, unsigned number, unsigned blocks)
{
    unsigned done = 0;

    while (done < blocks && dma->chan[number].conblk_ad != 0 &&
           (dma->chan[number].cs & (ACTIVE | ERROR)) == ACTIVE &&
           ((dma->enable >> number) & 1) != 0) {
        uint32_t *word = dma->chan[number].word;

        for (uint32_t i = 0; i < sizeof(dma->chan[number].word); i++) {
            ((uint8_t *)word)[i] = *byte_at(dma, dma->chan[number].conblk_ad + i);
        }
        done++;
        dma->blocks++;
        if (dma->error_next) {
            dma->error_next = false;
            dma->chan[number].cs |= ERROR;
            dma->chan[number].debug |= 4;
            return done;
        }
        transfer(dma, word);
        dma->chan[number].cs |= END | (word[TI] & 1 ? INT : 0);
        dma->chan[number].conblk_ad = word[NEXT];
    }
    if (dma->chan[number].conblk_ad == 0) {
        dma->chan[number].cs &= ~(uint32_t)ACTIVE;
    }
    return done;
}

static void write_cs(struct fake_dma *dma, unsigned number, uint32_t value)
{
    const uint32_t kept = 0x30FF0000 | ACTIVE;

    if ((value >> 31) != 0) {
        dma->resets++;
        memset(&dma->chan[number], 0, sizeof(dma->chan[number]));
        return;
    }
    dma->chan[number].cs &= ~(kept | (value & (END | INT)));
    dma->chan[number].cs |= value & kept;
}

static uint64_t mmio(void *context, bool is_write, uintptr_t addr, unsigned size_bytes,
                     uint64_t value)
{
    struct fake_dma *dma = ((struct fake_memory *)context)->dma;
    const uintptr_t offset = addr - dma->regs;
    const unsigned number = (unsigned)(offset / 0x100);
    const unsigned reg = offset % 0x100;

    if (offset == 0xFF0) {
        dma->enable = is_write ? (uint32_t)value : dma->enable;
        return dma->enable;
    }
    if (offset >= FAKE_DMA_CHANS * 0x100 || (reg != 0 && reg != 4 && reg != 0x20)) {
        dma->wrong++;
        return 0;
    }
    dma->wrong += size_bytes != 4;
    if (!is_write) {
        return reg == 0   ? dma->chan[number].cs | (dma->never_idle ? WAITING : 0)
               : reg == 4 ? dma->chan[number].conblk_ad
                          : dma->chan[number].debug;
    }
    if (reg == 0) {
        write_cs(dma, number, (uint32_t)value);
    } else if (reg == 4) {
        /* ACTIVE alone means nothing: a channel without a block is idle. */
        dma->wrong += (dma->chan[number].cs & ACTIVE) != 0 && dma->chan[number].conblk_ad != 0;
        dma->chan[number].conblk_ad = (uint32_t)value;
    } else {
        dma->chan[number].debug &= ~(uint32_t)value;
        if ((dma->chan[number].debug & 7) == 0) {
            dma->chan[number].cs &= ~(uint32_t)ERROR;
        }
    }
    return 0;
}

void fake_dma_init(struct fake_dma *dma, struct husk_fake *cpu, struct fake_memory *memory,
                   uintptr_t regs)
{
    memset(dma, 0, sizeof(*dma));
    dma->memory = memory;
    dma->regs = regs;
    dma->enable = 0x7FFF;
    memory->dma = dma;
    cpu->mmio = mmio;
}

uint32_t fake_dma_lines(const struct fake_dma *dma)
{
    uint32_t lines = 0;

    for (unsigned i = 0; i < FAKE_DMA_CHANS; i++) {
        lines |= (uint32_t)((dma->chan[i].cs & INT) != 0) << i;
    }
    return lines;
}
