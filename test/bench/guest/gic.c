// SPDX-License-Identifier: Apache-2.0
/* As much of a GICv2 or GICv3 as the bench uses, interrupts of one group: group 1 on GICv3, the
 * only one on GICv2. Source: GIC Architecture Specification IHI 0069H, IHI 0048B. */
#include "bench.h"

enum {
    CTLR = 0,
    IGROUPR = 0x80,
    ISENABLER = 0x100,
    IPRIORITYR = 0x400,
    ITARGETSR = 0x800,
    SGIR = 0xf00,
    IROUTER = 0x6000,
    GICR_TYPER = 8,
    GICR_WAKER = 0x14,
    GICR_SGI_BASE = 0x10000,
    GICR_BYTES = 0x20000,
    GICC_CTLR = 0,
    GICC_PMR = 4,
    GICC_IAR = 0xc,
    GICC_EOIR = 0x10,
    PRIORITY_HIGH = 0x40,
    PRIORITY_LOW = 0xc0,
};

static void write(uintptr_t at, uint32_t value)
{
    husk_mmio_write32(at, value);
}

/* Four interrupts from `intid` get one priority. */
static void set_priority(uintptr_t base, unsigned intid, uint32_t priority)
{
    write(base + IPRIORITYR + intid, priority * 0x01010101u);
}

static void wait_for_writes(void)
{
    while (machine.gic_version == 3 && (husk_mmio_read32(gicd(CTLR)) & HUSK_BIT(31)) != 0) {
    }
}

void gic_init(void)
{
    const uint64_t self = machine.mpidr[0];

    write(gicd(CTLR), machine.gic_version == 3 ? 0x12 : 1); /* affinity routing, group 1 */
    wait_for_writes();
    for (unsigned intid = 32; intid < 128; intid += 4) {
        set_priority(gicd(0), intid, PRIORITY_LOW);
        if (machine.gic_version == 2) {
            write(gicd(ITARGETSR + intid), 0x01010101);
        }
    }
    for (unsigned intid = 32; machine.gic_version == 3 && intid < 128; intid++) {
        husk_mmio_write64(gicd(IROUTER + 8 * intid), self);
    }
    for (unsigned intid = 32; machine.gic_version == 3 && intid < 128; intid += 32) {
        write(gicd(IGROUPR + intid / 8), UINT32_MAX);
    }
    wait_for_writes();
}

/* RD_base of the redistributor with this affinity. */
static uintptr_t redistributor(uint64_t mpidr)
{
    const uint32_t affinity =
        (uint32_t)(husk_bits_get(mpidr, 39, 32) << 24 | husk_bits_get(mpidr, 23, 0));
    uintptr_t at = machine.gicr;

    while (husk_mmio_read64(at + GICR_TYPER) >> 32 != affinity) {
        at += GICR_BYTES << ((husk_mmio_read64(at + GICR_TYPER) & 2) != 0 ? 1 : 0); /* VLPIS */
    }
    return at;
}

static void cpu_init_v3(uint64_t mpidr)
{
    const uintptr_t base = redistributor(mpidr);
    const uintptr_t sgi = base + GICR_SGI_BASE;

    write(base + GICR_WAKER, husk_mmio_read32(base + GICR_WAKER) & ~2u);
    while ((husk_mmio_read32(base + GICR_WAKER) & 4) != 0) {
    }
    write(sgi + IGROUPR, UINT32_MAX);
    set_priority(sgi, SGI & ~3u, PRIORITY_HIGH);
    set_priority(sgi, TIMER & ~3u, PRIORITY_HIGH);
    write(sgi + ISENABLER, 1u << SGI | 1u << TIMER);
    __asm__ volatile("msr S3_0_C12_C12_5, %0\n isb" : : "r"(UINT64_C(7))); /* ICC_SRE_EL1 */
    gic_set_mask(0xf0);
    __asm__ volatile("msr S3_0_C12_C12_7, %0\n isb" : : "r"(UINT64_C(1))); /* ICC_IGRPEN1_EL1 */
}

static void cpu_init_v2(void)
{
    set_priority(gicd(0), SGI & ~3u, PRIORITY_HIGH);
    set_priority(gicd(0), TIMER & ~3u, PRIORITY_HIGH);
    write(gicd(ISENABLER), 1u << SGI | 1u << TIMER);
    gic_set_mask(0xf0);
    write(machine.gicc + GICC_CTLR, 1);
}

void gic_cpu_init(unsigned cpu)
{
    if (machine.gic_version == 3) {
        cpu_init_v3(machine.mpidr[cpu]);
    } else {
        cpu_init_v2();
    }
}

/* Interrupts less urgent than `priority` do not come. */
void gic_set_mask(unsigned priority)
{
    if (machine.gic_version == 3) {
        __asm__ volatile("msr S3_0_C4_C6_0, %0\n isb"
                         :
                         : "r"((uint64_t)priority)); /* ICC_PMR_EL1 */
    } else {
        write(machine.gicc + GICC_PMR, priority);
    }
}

unsigned gic_ack(void)
{
    uint64_t value;

    if (machine.gic_version == 3) {
        __asm__ volatile("mrs %0, S3_0_C12_C12_0\n dsb sy" : "=r"(value)); /* ICC_IAR1_EL1 */
        return (unsigned)value;
    }
    return husk_mmio_read32(machine.gicc + GICC_IAR);
}

/* `intid` as gic_ack() returned it: on GICv2 with the sender of an SGI. */
void gic_end(unsigned intid)
{
    if (machine.gic_version == 3) {
        __asm__ volatile("msr S3_0_C12_C12_1, %0\n isb"
                         :
                         : "r"((uint64_t)intid)); /* ICC_EOIR1_EL1 */
    } else {
        write(machine.gicc + GICC_EOIR, intid);
    }
}

void gic_send(unsigned cpu, bool is_self)
{
    const uint64_t mpidr = machine.mpidr[cpu];
    const uint64_t target = husk_bits_get(mpidr, 39, 32) << 48 |
                            husk_bits_get(mpidr, 23, 16) << 32 | husk_bits_get(mpidr, 15, 8) << 16 |
                            UINT64_C(1) << (mpidr & 15);

    if (machine.gic_version == 3) {
        __asm__ volatile("msr S3_0_C12_C11_5, %0\n isb"
                         :
                         : "r"(target | (uint64_t)SGI << 24)); /* ICC_SGI1R_EL1 */
    } else {
        write(gicd(SGIR), (is_self ? 2u << 24 : 1u << (16 + cpu)) | SGI);
    }
}
