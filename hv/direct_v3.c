// SPDX-License-Identifier: Apache-2.0
// The board's GICv3, left to the guest: as after reset, and what the guest may have of a
// redistributor's first frame (RD_base). LPIs are not among it: their tables are memory that the
// GIC writes, past stage 2. GIC Architecture Specification IHI 0069H, chapter 12.
#include "direct.h"
#include "gic_v3.h"

enum {
    GICD_ICPENDR = 0x0280, /* and of SGI_base */
    GICR_CTLR = 0x0000,
    GICR_IIDR = 0x0004,
    ID_REGISTERS = 0xffd0, /* to the frame's end */
    RD_BYTES = SGI_BASE,
};

static const uint32_t gicr_ctlr_rwp =
    UINT32_C(1) << 31 | 1u << 3; /* UWP, RWP: writes in progress */
/* GICR_TYPER: Affinity_Value, PPInum, Processor_Number. Not LPIs of either kind, nor what is for
 * them. */
static const uint64_t gicr_typer_seen = HUSK_BITS(63, 27) | HUSK_BITS(23, 8);

static void clear(uintptr_t base, uintptr_t word)
{
    husk_mmio_write32(base + GICD_ICENABLER + 4 * word, UINT32_MAX);
    husk_mmio_write32(base + GICD_ICPENDR + 4 * word, UINT32_MAX);
    husk_mmio_write32(base + GICD_ICACTIVER + 4 * word, UINT32_MAX);
}

static enum husk_err init(void)
{
    const unsigned words = intid_count() / 32;

    husk_mmio_write32(HUSK_PLATFORM_GICD_BASE + GICD_CTLR, 0);
    for (unsigned word = 1; word < words; word++) {
        clear(HUSK_PLATFORM_GICD_BASE, word);
    }
    return wait_clear(HUSK_PLATFORM_GICD_BASE + GICD_CTLR, gicd_ctlr_rwp);
}

/* Group 0 is not touched: firmware may have it trap to EL3, and nothing of it is on then. */
static void cpu_interface_reset(void)
{
    husk_write(icc_sre_el2, 0xf);
    husk_isb();
    husk_write(icc_igrpen1_el1, 0);
    husk_write(icc_pmr_el1, 0);
    husk_write(icc_ctlr_el1, 0);
    husk_write(icc_ap1r0_el1, 0);
    husk_isb();
}

static enum husk_err cpu_init(struct husk_cpu *self)
{
    const enum husk_err err = wake_redist(self);

    if (err == HUSK_OK) {
        clear(self->redist + SGI_BASE, 0);
        cpu_interface_reset();
    }
    return err;
}

/* ---- RD_base ---- */

static uint64_t read_typer(const struct husk_vm *vm, uintptr_t redist, unsigned index)
{
    const uint64_t typer = husk_mmio_read64(redist + GICR_TYPER) & gicr_typer_seen;

    return index + 1 == husk_vm_vcpus(vm) ? typer | GICR_TYPER_LAST : typer;
}

static uint64_t read_word(uintptr_t redist, uint64_t offset)
{
    if (offset == GICR_IIDR || offset >= ID_REGISTERS) {
        return husk_mmio_read32(redist + offset);
    }
    if (offset == GICR_CTLR) {
        return husk_mmio_read32(redist + offset) & gicr_ctlr_rwp;
    }
    if (offset == GICR_WAKER) {
        return husk_mmio_read32(redist + offset) & (GICR_WAKER_SLEEP | GICR_WAKER_ASLEEP);
    }
    return 0;
}

/* All else is RAZ/WI, and so is an access of a size that its register does not have. Inline: the
 * compiler otherwise inlines its caller, and hypercalls get a frame they do not need. */
__attribute__((always_inline)) static inline bool
access_redist(const struct husk_vm *vm, const struct husk_access *access, uint64_t *value)
{
    const uint64_t place = access->ipa - HUSK_PLATFORM_GICR_BASE;
    const uint64_t offset = place % REDIST_BYTES;
    unsigned index;
    uintptr_t redist;

    if (place >= (uint64_t)husk_vm_vcpus(vm) * REDIST_BYTES || offset >= RD_BYTES) {
        return false;
    }
    index = (unsigned)husk_index_nospec(place / REDIST_BYTES, husk_vm_vcpus(vm));
    redist = HUSK_PLATFORM_GICR_BASE + (uintptr_t)index * REDIST_BYTES;
    if (access->is_write) {
        if (offset == GICR_WAKER && access->size_bytes == 4) {
            husk_mmio_write32(redist + GICR_WAKER, (uint32_t)*value & GICR_WAKER_SLEEP);
        }
    } else if (offset == GICR_TYPER && access->size_bytes >= 4) {
        *value = read_typer(vm, redist, index) & (UINT64_MAX >> (64 - 8 * access->size_bytes));
    } else if (offset == GICR_TYPER + 4 && access->size_bytes == 4) {
        *value = read_typer(vm, redist, index) >> 32;
    } else if (access->size_bytes == 4) {
        *value = read_word(redist, offset);
    }
    return true;
}

const struct husk_gic_driver husk_gic_v3 = {
    .version = HUSK_GIC_V3,
    .frames = frames,
    .guest_gicr_bytes = REDIST_BYTES,
    .find_cpus = find_cpus,
    .init = init,
    .cpu_init = cpu_init,
    .intid_count = intid_count,
    .vgic_config = husk_direct_vgic_config,
    .signal = husk_direct_signal,
    .enable = husk_direct_enable,
    .access = access_redist,
};
