// SPDX-License-Identifier: Apache-2.0
#ifndef HUSK_UNIKERNEL_INTERNAL_H
#define HUSK_UNIKERNEL_INTERNAL_H

/** @file
 * What the files of this library share. The upper half is pure and runs on the host too.
 */

#include "uk_frame.h"
#include <husk/unikernel.h>

/* The guest machine: QEMU virt's map, the same on every board; GIC and UART are the board's, where
 * it has them, in products with HUSK_GIC_DIRECT. */
static const uintptr_t husk_uk_device_base = 0x08000000; /**< GIC, UART, virtio-mmio slots */
static const uintptr_t husk_uk_device_end = 0x0C000000;
static const uint64_t husk_uk_ram_base = 0x40000000;
enum {
    HUSK_UK_TIMER_INTID = 27,
    HUSK_UK_INTID_COUNT = 288,
};

/** Where GIC and UART are. */
struct husk_uk_machine {
    struct husk_range gicd;
    struct husk_range gicc; /**< GICv2: CPU interface */
    struct husk_range gicr; /**< GICv3: redistributors */
    struct husk_range uart;
    unsigned uart_intid;
};

/** As on QEMU's virt. */
#define HUSK_UK_MACHINE                                                                            \
    { .gicd = { 0x08000000, 0x10000 },                                                             \
      .gicc = { 0x08010000, 0x10000 },                                                             \
      .gicr = { 0x080A0000, 0xF60000 },                                                            \
      .uart = { 0x09000000, 0x1000 },                                                              \
      .uart_intid = 33 }

/* ---- time: pure ---- */

/** Nanoseconds in `ticks` of a counter of `freq_hz` (1..2^32-1), rounded down. Wraps only where
 * the result itself exceeds 64 bits (584 years). */
uint64_t husk_uk_ticks_to_ns(uint64_t ticks, uint64_t freq_hz);
/** Ticks in `ns`, rounded up, so that a deadline is never early; UINT64_MAX where it overflows. */
uint64_t husk_uk_ns_to_ticks(uint64_t ns, uint64_t freq_hz);

/* ---- ring of received characters: one producer (interrupt), one consumer ---- */

enum { HUSK_UK_RING_SIZE = 256 }; /* a power of two */
struct husk_uk_ring {
    uint8_t data[HUSK_UK_RING_SIZE];
    unsigned head; /**< next to write; free running */
    unsigned tail; /**< next to read; free running */
};

static inline bool husk_uk_ring_is_full(const struct husk_uk_ring *ring)
{
    return __atomic_load_n(&ring->head, __ATOMIC_RELAXED) -
               __atomic_load_n(&ring->tail, __ATOMIC_ACQUIRE) ==
           HUSK_UK_RING_SIZE;
}

static inline bool husk_uk_ring_push(struct husk_uk_ring *ring, uint8_t c)
{
    const unsigned head = __atomic_load_n(&ring->head, __ATOMIC_RELAXED);

    if (husk_uk_ring_is_full(ring)) {
        return false;
    }
    ring->data[head % HUSK_UK_RING_SIZE] = c;
    __atomic_store_n(&ring->head, head + 1, __ATOMIC_RELEASE);
    return true;
}

static inline bool husk_uk_ring_pop(struct husk_uk_ring *ring, uint8_t *c)
{
    const unsigned tail = __atomic_load_n(&ring->tail, __ATOMIC_RELAXED);

    if (__atomic_load_n(&ring->head, __ATOMIC_ACQUIRE) == tail) {
        return false;
    }
    *c = ring->data[tail % HUSK_UK_RING_SIZE];
    __atomic_store_n(&ring->tail, tail + 1, __ATOMIC_RELEASE);
    return true;
}

/* ---- line editor: pure ---- */

/** What the console shows for one typed character. */
enum husk_uk_line_echo {
    HUSK_UK_LINE_SILENT,
    HUSK_UK_LINE_ECHO,  /**< the character itself */
    HUSK_UK_LINE_ERASE, /**< "\b \b", `columns` times */
    HUSK_UK_LINE_BELL,  /**< no room, or nothing to erase */
    HUSK_UK_LINE_DONE,  /**< a line end; the line is complete */
};

struct husk_uk_line {
    char *buf;       /**< NUL-terminated at all times */
    size_t size;     /**< of buf, at least 1 */
    size_t length;   /**< bytes typed, without NUL */
    size_t columns;  /**< for HUSK_UK_LINE_ERASE */
    unsigned escape; /**< inside a terminal's escape sequence */
};

/** Starts an empty line in buf[0..size), size >= 1. */
void husk_uk_line_init(struct husk_uk_line *line, char *buf, size_t size);
/** Takes one typed character: CR or LF ends the line, BS and DEL erase one UTF-8 character, Ctrl-U
 * all; escape sequences and other control characters are dropped. */
enum husk_uk_line_echo husk_uk_line_feed(struct husk_uk_line *line, uint8_t c);

/* ---- memory: pure; runs with the MMU off ---- */

/** RAM from `ram_base` to the end of the range of the tree's /memory nodes that holds it; 0: no
 * tree, not a valid one, or none holds it. Checks every offset before use.
 * Source: Devicetree Specification v0.4, chapter 5 "Flattened Devicetree (DTB) Format". */
uint64_t husk_uk_dtb_ram_bytes(const void *dtb, uint64_t ram_base);
/** Puts the tree's GIC and first PL011, children of the root, in the place of those in `*machine`;
 * what is not there or makes no sense stays as it is. */
void husk_uk_dtb_machine(const void *dtb, struct husk_uk_machine *machine);
/** The tree's size, 0 if there is none. */
uint64_t husk_uk_dtb_bytes(const void *dtb);

/** Larger part of `free` outside `taken`: the heap beside the device tree. */
struct husk_range husk_uk_range_without(struct husk_range free, struct husk_range taken);

enum { HUSK_UK_L3_COUNT = 6 };
/** Stage 1 of EL1, 39-bit VA. In memory that the boot code keeps coherent by hand. */
struct husk_uk_tables {
    uint64_t l1[512];
    uint64_t l2_device[512]; /**< the first GiB */
    uint64_t l2_ram[512];    /**< the first GiB of RAM */
    uint64_t l2_tail[512];   /**< the last, partial GiB of RAM */
    uint64_t l2_far[512];    /**< the GiB of devices that lie elsewhere */
    uint64_t l3[HUSK_UK_L3_COUNT][512];
};

/** Boundaries of the identity map: text from the RAM base, then read-only data, then data. All
 * page aligned and ascending. */
struct husk_uk_layout {
    uint64_t text_end, rodata_end;
    uint64_t guard_base, guard_end; /**< not mapped: the stack's end */
    uint64_t ram_end;
};

/** Builds the identity map, W^X: blocks where a block is uniform, pages elsewhere.
 * Source: Arm ARM DDI 0487J.a D8.3 "Translation table descriptor formats". */
void husk_uk_map_build(struct husk_uk_tables *tables, const struct husk_uk_layout *layout);
/** Adds devices to a level 2 table, in whole blocks of 2 MiB: all of one GiB. */
void husk_uk_map_devices(uint64_t *l2, uint64_t base, uint64_t size_bytes);
/** What links a table into the one above it. */
uint64_t husk_uk_map_table(const uint64_t *next);
/** Maps the whole 2 MiB that `device` touches, where the identity map has no RAM: in the first GiB,
 * in that of RAM's end, and in one other. @return HUSK_OK; HUSK_EINVAL (empty, over RAM or null,
 * over two GiB); HUSK_ENOMEM (a second GiB of such). */
enum husk_err husk_uk_map_far(struct husk_uk_tables *tables, struct husk_range device);

/* ---- target only ---- */

/** Boot-time facts, written with the MMU off. */
struct husk_uk_boot {
    struct husk_uk_tables tables;
    uint64_t ram_end;
    const void *dtb;
};
extern struct husk_uk_boot husk_uk_boot_info;

/** QEMU's virt, until husk_uk_boot_early() has read the tree. */
extern struct husk_uk_machine husk_uk_machine;

/** Called by start.S with the MMU off: fills husk_uk_boot_info. */
void husk_uk_boot_early(const void *dtb);
/** Called by start.S with the MMU on. */
_Noreturn void husk_uk_boot_main(void);
/** Called by vectors.S for each IRQ. */
void husk_uk_irq_take(void);
/** Called by vectors.S on the panic stack. `kind`: index of the vector, 0..15. */
_Noreturn void husk_uk_panic(const struct husk_uk_frame *frame, unsigned kind);
/** Prints `what` and powers off: the machine is not the one this library needs. */
_Noreturn void husk_uk_refuse(const char *what);

enum { HUSK_UK_GIC_PRIORITY = 0xA0 };
/** The interrupt controller: one file per version. */
struct husk_uk_gic {
    void (*init)(void);
    /** INTIDs below this exist. */
    unsigned (*count)(void);
    /** Level sensitive, to this CPU. */
    void (*enable)(unsigned intid);
    void (*disable)(unsigned intid);
    /** Acknowledges: changes the interrupt's state. INTID, 1020.. when none is pending. */
    unsigned (*ack)(void);
    void (*end)(unsigned intid);
};
extern const struct husk_uk_gic husk_uk_gicv2, husk_uk_gicv3;

void husk_uk_irq_init(void);
void husk_uk_timer_init(void);
void husk_uk_console_init(void);
/** Sends one character as it is; works with the MMU off and in a panic. */
void husk_uk_console_put_raw(char c);

#endif
