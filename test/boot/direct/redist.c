// SPDX-License-Identifier: Apache-2.0
// What a guest with the board's GICv3 finds in its redistributor's RD_base, which EL2 answers for:
// no LPIs, whatever it writes, and itself as the last. Then it reaches for the ITS, which is not
// there.
#include <husk/arch.h>
#include <husk/unikernel.h>
#include <stdio.h>

enum {
    GITS_CTLR = 0x08080000,
    GICR = 0x080a0000,
    CTLR = 0x00,
    IIDR = 0x04,
    TYPER = 0x08,
    WAKER = 0x14,
    SETLPIR = 0x40,
    PROPBASER = 0x70,
    PENDBASER = 0x78,
    PIDR2 = 0xffe8,
    SGI_BASE = 0x10000,
    ISENABLER = 0x100,
};

static unsigned failures;

static void same(const char *what, uint64_t got, uint64_t expected)
{
    if (got != expected) {
        printf("redist: %s is %llx, not %llx\n", what, (unsigned long long)got,
               (unsigned long long)expected);
        failures++;
    }
}

static uint32_t rd(uintptr_t reg)
{
    return husk_mmio_read32(GICR + reg);
}

int main(void)
{
    const uint64_t typer = husk_mmio_read64(GICR + TYPER);

    same("TYPER", typer & 0xff, 0x10); /* Last; no PLPIS, VLPIS, DirectLPI, DPGS, RVPEID */
    same("TYPER's affinity", typer >> 32, 0);
    same("TYPER by words", (uint64_t)rd(TYPER + 4) << 32 | rd(TYPER), typer);
    same("TYPER by bytes", husk_mmio_read8(GICR + TYPER), 0);
    same("PIDR2", rd(PIDR2) >> 4 & 0xf, 3); /* GICv3 */
    same("IIDR", rd(IIDR) & 0xfff, 0x43b);  /* QEMU has Arm's */
    husk_mmio_write64(GICR + PROPBASER, 0x40000000 | 15);
    husk_mmio_write64(GICR + PENDBASER, 0x40010000);
    husk_mmio_write64(GICR + SETLPIR, 8192);
    husk_mmio_write32(GICR + CTLR, 1); /* EnableLPIs */
    same("CTLR", rd(CTLR), 0);
    same("PROPBASER", husk_mmio_read64(GICR + PROPBASER), 0);
    same("PENDBASER", husk_mmio_read64(GICR + PENDBASER), 0);
    husk_mmio_write32(GICR + WAKER, 2); /* ProcessorSleep */
    same("WAKER asleep", rd(WAKER), 6);
    husk_mmio_write32(GICR + WAKER, 0);
    same("WAKER awake", rd(WAKER), 0);
    same("ISENABLER0: timer", husk_mmio_read32(GICR + SGI_BASE + ISENABLER) >> 27 & 1, 1);
    printf("husk-test: %s\n", failures == 0 ? "pass" : "fail");
    (void)husk_mmio_read32(GITS_CTLR);
    printf("redist: there is an ITS\n");
    return 0;
}
