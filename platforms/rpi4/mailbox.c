// SPDX-License-Identifier: Apache-2.0
/* The VideoCore's property mailbox (Raspberry Pi firmware wiki, "Mailboxes", "Accessing mailboxes",
 * "Mailbox property interface"). It reads and writes memory past the caches, and sees the first GiB
 * of it only. */
#include "rpi4.h"

#include <husk/platform.h>

enum {
    MAILBOX0_READ = 0x880, /* in the page */
    MAILBOX0_STATUS = 0x898,
    MAILBOX1_WRITE = 0x8a0,
    MAILBOX1_STATUS = 0x8b8,
    STATUS_EMPTY = 1 << 30,
    CHANNEL_PROPERTY = 8,
    DEADLINE_US = 100000,
    LINE_BYTES = 64,
};

static const uint32_t status_full = UINT32_C(1) << 31;
static const uint32_t response_ok = UINT32_C(0x80000000); /* also: this tag was answered */
static const uint32_t bus_uncached = UINT32_C(0xc0000000);

enum {
    TAG_BOARD_REVISION = 0x00010002,
    TAG_VC_MEMORY = 0x00010006,
};

/** One message: what is asked, and after it what was answered. Whole cache lines, and nothing else
 * in them. */
struct message {
    _Alignas(LINE_BYTES) uint32_t size_bytes;
    uint32_t code;
    struct {
        uint32_t tag, value_bytes, code;
        uint32_t revision;
    } board;
    struct {
        uint32_t tag, value_bytes, code;
        uint32_t base, size_bytes;
    } videocore;
    uint32_t end;
};
_Static_assert(sizeof(struct message) % LINE_BYTES == 0, "shares no line");

static struct message message;

/* Waits until the bits of `mask` in a status are clear. */
static bool wait_clear(unsigned status, uint32_t mask)
{
    const uint64_t began = husk_read(cntpct_el0);
    const uint64_t ticks = husk_read(cntfrq_el0) * DEADLINE_US / 1000000;

    while ((husk_mmio_read32(HUSK_PLATFORM_MAILBOX_BASE + status) & mask) != 0) {
        if (husk_read(cntpct_el0) - began > ticks) {
            return false;
        }
    }
    return true;
}

static bool exchange(void)
{
    const uint64_t pa = (uintptr_t)&message;
    const uint32_t letter = bus_uncached | (uint32_t)pa | CHANNEL_PROPERTY;

    if (pa + sizeof(message) > HUSK_GIB(1)) {
        return false;
    }
    husk_cache_clean_invalidate(&message, sizeof(message));
    if (!wait_clear(MAILBOX1_STATUS, status_full)) {
        return false;
    }
    husk_mmio_write32(HUSK_PLATFORM_MAILBOX_BASE + MAILBOX1_WRITE, letter);
    do { /* whatever else is in there was meant for whoever ran before */
        if (!wait_clear(MAILBOX0_STATUS, STATUS_EMPTY)) {
            return false;
        }
    } while (husk_mmio_read32(HUSK_PLATFORM_MAILBOX_BASE + MAILBOX0_READ) != letter);
    husk_dsb_sy();
    for (uintptr_t at = (uintptr_t)&message; at < (uintptr_t)(&message + 1); at += LINE_BYTES) {
        husk_dc_ivac((const void *)at); /* lines that were fetched while the answer came */
    }
    husk_dsb_sy();
    return message.code == response_ok;
}

/* New-style revision codes (documentation of the Raspberry Pi, "Revision codes"): bit 23 says that
 * it is one, bits 22:20 are the memory, 256 MiB doubled so many times. */
static uint64_t ram_of(uint32_t revision)
{
    const bool is_new = (revision & HUSK_BIT(23)) != 0;

    return is_new ? HUSK_MIB(256) << husk_bits_get(revision, 22, 20) : 0;
}

/* What was answered, once: where Husk has moved out of the first GiB since (hv/devices.c), it can't
 * ask again, and its copy has this. Not in .bss, which a start clears. */
static struct {
    enum { NOT_ASKED = 1, ANSWERED } state;
    struct rpi4_facts facts;
} kept = { .state = NOT_ASKED };

bool rpi4_mailbox_ask(struct rpi4_facts *facts)
{
    if (kept.state == ANSWERED) {
        *facts = kept.facts;
        return true;
    }
    message = (struct message){
        .size_bytes = sizeof(message),
        .board = { TAG_BOARD_REVISION, sizeof(message.board.revision), 0, 0 },
        .videocore = { TAG_VC_MEMORY, 2 * sizeof(uint32_t), 0, 0, 0 },
    };
    if (!exchange() || (message.board.code & response_ok) == 0 ||
        (message.videocore.code & response_ok) == 0) {
        return false;
    }
    facts->ram_bytes = ram_of(message.board.revision);
    facts->videocore = (struct husk_range){ message.videocore.base, message.videocore.size_bytes };
    kept.facts = *facts;
    kept.state = ANSWERED;
    return true;
}
