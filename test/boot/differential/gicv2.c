// SPDX-License-Identifier: Apache-2.0
/* GICv2's CPU interface, memory-mapped, IHI 0048B 4.4 "CPU interface register descriptions";
 * without the Security Extensions. Under Husk it is GICV (5.5 "The virtual CPU interface"). */
#include "gic.h"

enum {
    GICC = 0x08010000,
    GICC_CTLR = 0x00,
    GICC_IAR = 0x0c,
    GICC_EOIR = 0x10,
    GICC_DIR = 0x1000,
    GICD_SGIR = 0xf00,
    GICD_SPENDSGIR = 0xf20,
    ENABLES = 3,
};

const uint16_t gicv2_pool[POOL_COUNT] = { 0,  1,  2,  3,  4,  5,  6,  7,  8,  9,   10,  11,
                                          12, 13, 14, 15, 20, 27, 30, 40, 64, 128, 255, 287 };

/* CPU_CTLR, PMR, BPR0 (BPR), BPR1 (ABPR), IGRPEN0 and 1 (CTLR), then RPR, HPPIR, IIDR. */
static const uint8_t offsets[] = { GICC_CTLR, 0x04, 0x08, 0x1c, GICC_CTLR,
                                   GICC_CTLR, 0x14, 0x18, 0xfc };

static uint32_t gicc_read(uint32_t offset)
{
    return husk_mmio_read32(GICC + (uintptr_t)offset);
}

static void gicc_write(uint32_t offset, uint32_t value)
{
    husk_mmio_write32(GICC + (uintptr_t)offset, value);
    settle();
}

unsigned gicv2_cpu_count(void)
{
    return HUSK_COUNT(offsets);
}

uint64_t gicv2_cpu_read(unsigned which)
{
    const uint32_t value = gicc_read(offsets[which]);

    switch (which) {
    case CPU_IGRPEN0:
        return value & 1;
    case CPU_IGRPEN1:
        return value >> 1 & 1;
    default:
        return value;
    }
}

/* CTLR without the two bits that enable the groups: those have numbers of their own. */
void gicv2_cpu_write(unsigned which, uint64_t value)
{
    const uint32_t ctlr = gicc_read(GICC_CTLR);

    switch (which) {
    case CPU_CTLR:
        value = (value & ~(uint64_t)ENABLES) | (ctlr & ENABLES);
        break;
    case CPU_IGRPEN0:
        value = (ctlr & ~1u) | value;
        break;
    case CPU_IGRPEN1:
        value = (ctlr & ~2u) | value << 1;
        break;
    default:
        break;
    }
    gicc_write(offsets[which], (uint32_t)value);
}

uint64_t gicv2_cpu_value(unsigned which, bool eoimode)
{
    switch (which) {
    case CPU_CTLR: /* EOImode, CBPR, FIQEn, and mostly AckCtl */
        return (uint64_t)eoimode << 9 | random_below(&run, 4) << 3 |
               (uint64_t)(random_below(&run, 4) != 0) << 2;
    case CPU_PMR:
        return random_below(&run, 3) == 0 ? random_bits(&run) & 0xf8 : 0xf8;
    case CPU_BPR0:
        return 2 + random_below(&run, 6);
    default:
        return 3 + random_below(&run, 5);
    }
}

uint64_t gicv2_ack(void)
{
    const uint32_t iar = gicc_read(GICC_IAR);

    settle();
    return iar;
}

void gicv2_end(unsigned token)
{
    gicc_write(GICC_EOIR, token);
}

void gicv2_deactivate(unsigned token)
{
    gicc_write(GICC_DIR, token);
}

unsigned gicv2_send(uint64_t *value)
{
    const unsigned intid = random_below(&run, SGI_COUNT);
    const unsigned which = random_below(&run, 4);
    const unsigned one = random_below(&run, run.cpus);
    const uint32_t list = random_below(&run, 4) == 0 ? random_bits(&run) & 0xff : 1u << one;

    switch (which) {
    case 0:
        *value = 1u << one | (kept(&run, SPENDSGIR_ABSENT) ? 0 : list);
        husk_mmio_write8(GICD + GICD_SPENDSGIR + (uintptr_t)intid, (uint8_t)*value);
        break;
    case 1:
        *value = list;
        husk_mmio_write8(GICD + CPENDSGIR + (uintptr_t)intid, (uint8_t)list);
        break;
    default:
        *value = (uint64_t)random_below(&run, 3) << 24 | (uint64_t)list << 16 | intid;
        husk_mmio_write32(GICD + GICD_SGIR, (uint32_t)*value);
    }
    settle();
    return which << 4 | intid;
}
