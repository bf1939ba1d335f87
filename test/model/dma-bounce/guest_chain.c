// SPDX-License-Identifier: Apache-2.0
#include "guest_chain.h"

#include <string.h>

/* One block being executed. */
struct block {
    uint32_t ti, source, dest, length, stride, next;
};

static struct {
    uint8_t source[RIG_VM_PAGES][RIG_PAGE], dest[RIG_VM_PAGES][RIG_PAGE];
    unsigned pages[2]; /* bit sets of what to clear */
} touched;

static bool bit(uint32_t word, unsigned at)
{
    return ((word >> at) & 1) != 0;
}

/* A byte the VM may read, or write; NULL: it may not. */
static uint8_t *at(struct guest_chain *chain, uint64_t addr, bool write)
{
    const uint64_t port = addr - FAKE_DMA_PERIPHERAL;
    unsigned page;

    if (addr > UINT32_MAX) {
        return NULL;
    }
    if (addr >= 0x7E000000 && addr < 0x7F000000) {
        return port < FAKE_DMA_PERIPHERAL_BYTES / 2 ? &chain->peripheral[port] : NULL;
    }
    page = rig_find(addr);
    return page == RIG_VM_PAGES || (write && page == RIG_READ_ONLY)
               ? NULL
               : &chain->page[page][addr % RIG_PAGE];
}

static bool is_port(uint64_t addr)
{
    return addr >= 0x7E000000 && addr < 0x7F000000;
}

/* Remembers who touches RAM, to find blocks that read what they write. */
static void touch(struct guest_chain *chain, uint64_t addr, bool write)
{
    const unsigned page = rig_find(addr);

    if (is_port(addr) || page == RIG_VM_PAGES) {
        return;
    }
    (write ? touched.dest : touched.source)[page][addr % RIG_PAGE] = 1;
    chain->ambiguous |= (write ? touched.source : touched.dest)[page][addr % RIG_PAGE] != 0;
}

/* The whole word that a port or a fixed address stands for is the VM's. */
static bool word_allowed(struct guest_chain *chain, uint64_t addr, unsigned word, bool write)
{
    if (!is_port(addr) && addr % word != 0) {
        return false;
    }
    for (unsigned i = 0; i < word; i++) {
        if (at(chain, addr - addr % word + i, write) == NULL) {
            return false;
        }
    }
    return true;
}

static void row(struct guest_chain *chain, const struct block *b, uint64_t source, uint64_t dest,
                uint32_t length)
{
    const bool read = !bit(b->ti, 11);
    const bool write = !bit(b->ti, 7);
    const bool source_inc = bit(b->ti, 8);
    const bool dest_inc = bit(b->ti, 4);
    const unsigned source_word = bit(b->ti, 9) ? 16 : 4;
    const unsigned dest_word = bit(b->ti, 5) ? 16 : 4;

    if ((read && !source_inc && !word_allowed(chain, source, source_word, false)) ||
        (write && !dest_inc && !word_allowed(chain, dest, dest_word, true))) {
        chain->refused = true;
        return;
    }
    chain->ambiguous |= (read && !source_inc && source_word == 16) ||
                        (write && !dest_inc && dest_word == 16) ||
                        (read && write && is_port(source) && is_port(dest));
    if ((read && (!source_inc || is_port(source))) || (write && (!dest_inc || is_port(dest)))) {
        chain->may_refuse |=
            length % 4 != 0 || (read && source % 4 != 0) || (write && dest % 4 != 0);
        chain->ambiguous |= (read && is_port(source) && source % 4 != 0) ||
                            (write && is_port(dest) && dest % 4 != 0);
    }
    if (!(read && source_inc) && !(write && dest_inc) && length > 32) {
        length = 32; /* no address moves: the rest is more of the same */
    }
    for (uint32_t i = 0; i < length; i++) {
        const uint64_t from = source + (source_inc ? i : i % source_word);
        const uint64_t to = dest + (dest_inc ? i : i % dest_word);
        const uint8_t *in = read ? at(chain, from, false) : NULL;
        uint8_t *out = write ? at(chain, to, true) : NULL;

        if ((read && in == NULL) || (write && out == NULL)) {
            chain->refused = true;
            return;
        }
        if (read) {
            touch(chain, from, false);
        }
        if (write) {
            touch(chain, to, true);
            *out = read ? *in : 0;
        }
    }
}

static void execute(struct guest_chain *chain, struct block *b)
{
    const bool flat = !bit(b->ti, 1) || chain->lite;
    const uint32_t length = chain->lite || !flat ? b->length & 0xFFFF : b->length & 0x3FFFFFFF;
    const uint32_t rows = flat ? 1 : ((b->length >> 16) & 0x3FFF) + 1;
    uint64_t source = b->source;
    uint64_t dest = b->dest;

    memset(&touched, 0, sizeof(touched));
    if ((bit(b->ti, 10) || bit(b->ti, 6)) && ((b->ti >> 16) & 31) != 0 &&
        !bit(chain->dreqs, (b->ti >> 16) & 31)) {
        chain->refused = true;
    }
    chain->refused |= length == 0 || (bit(b->ti, 11) && bit(b->ti, 7));
    for (uint32_t i = 0; i < rows && !chain->refused; i++) {
        row(chain, b, source, dest, length);
        source += (bit(b->ti, 8) ? length : 0) + (uint64_t)(int64_t)(int16_t)b->stride;
        dest += (bit(b->ti, 4) ? length : 0) + (uint64_t)(int64_t)(int16_t)(b->stride >> 16);
    }
    chain->interrupts |= bit(b->ti, 0) && !chain->refused;
}

void guest_chain_load(struct guest_chain *chain, struct rig *rig)
{
    memset(chain, 0, sizeof(*chain));
    for (unsigned i = 0; i < RIG_VM_PAGES; i++) {
        memcpy(chain->page[i], rig_guest(rig, rig_pages[i].ipa), RIG_PAGE);
    }
    memcpy(chain->peripheral, rig->dma.peripheral, sizeof(chain->peripheral));
    chain->dreqs = rig->engine.dreqs;
}

void guest_chain_run(struct guest_chain *chain, uint32_t conblk_ad)
{
    while (conblk_ad != 0 && !chain->refused) {
        struct block b;
        uint8_t bytes[24];

        if (chain->blocks == 1024 || conblk_ad % 32 != 0 || is_port(conblk_ad) ||
            rig_find(conblk_ad) == RIG_VM_PAGES) {
            chain->refused = true;
            return;
        }
        chain->blocks++;
        for (unsigned i = 0; i < sizeof(bytes); i++) {
            bytes[i] = *at(chain, (uint64_t)conblk_ad + i, false);
        }
        memcpy(&b, bytes, sizeof(b));
        execute(chain, &b);
        conblk_ad = b.next;
    }
}

const char *guest_chain_differs(const struct guest_chain *chain, struct rig *rig)
{
    for (unsigned i = 0; i < RIG_VM_PAGES; i++) {
        if (memcmp(chain->page[i], rig_guest(rig, rig_pages[i].ipa), RIG_PAGE) != 0) {
            return "the VM's memory";
        }
    }
    return memcmp(chain->peripheral, rig->dma.peripheral, sizeof(chain->peripheral)) != 0
               ? "the peripheral"
               : NULL;
}
