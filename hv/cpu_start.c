// SPDX-License-Identifier: Apache-2.0
// Starting another CPU as the board's tree says of it: PSCI CPU_ON by SMC (DEN0022, "CPU_ON"), or a
// spin table (Linux Documentation/arch/arm64/booting.rst), where firmware keeps the CPU waiting for
// an event, with its MMU off, until one word of memory is not 0, and has it jump there.
#include "smp.h"
#include "smp_asm.h"
#include "window.h"

enum {
    CPUS_MAX = 16,
    LINE_BYTES = 64,
};

/** Who may leave husk_pen_entry, and with what. A spin table says nothing to the CPU it releases,
 * and one word may release several. In cache lines of its own: it is read past the cache. */
struct husk_pen {
    uint64_t affinity;
    uint64_t context;
};
_Static_assert(offsetof(struct husk_pen, affinity) == HUSK_PEN_AFFINITY, "pen.S relies on it");
_Static_assert(offsetof(struct husk_pen, context) == HUSK_PEN_CONTEXT, "pen.S relies on it");

extern struct husk_pen husk_pen;
__attribute__((aligned(LINE_BYTES))) struct husk_pen husk_pen;

static const uint32_t psci_cpu_on = UINT32_C(0xc4000003);

void husk_smp_entry(void);
void husk_pen_entry(void);

static enum husk_err call_firmware(uint64_t affinity, uint64_t context)
{
    struct husk_smccc call = {
        .x0 = psci_cpu_on,
        .x1 = affinity,
        .x2 = (uintptr_t)husk_smp_entry,
        .x3 = context,
    };

    husk_smc(&call);
    return call.x0 == 0 ? HUSK_OK : HUSK_ENOTSUP;
}

/* The word is in a page that the tree keeps from everybody. What the CPU reads must be in memory
 * before the event that wakes it: cleaning ends with DSB SY. */
static void release(struct husk_pa word, uint64_t affinity, uint64_t context)
{
    uint64_t *slot;

    husk_pen.context = context;
    __atomic_store_n(&husk_pen.affinity, affinity, __ATOMIC_RELEASE);
    husk_cache_clean(&husk_pen, sizeof(husk_pen));
    slot = husk_window_open(word, sizeof(*slot), HUSK_MMU_NORMAL | HUSK_MMU_R | HUSK_MMU_W);
    __atomic_store_n(slot, (uintptr_t)husk_pen_entry, __ATOMIC_RELAXED);
    husk_cache_clean(slot, sizeof(*slot));
    husk_sev();
    husk_window_close(word, sizeof(*slot));
}

enum husk_err husk_cpu_start(const void *dtb, uint64_t affinity, uint64_t context)
{
    struct husk_fdt_cpu cpus[CPUS_MAX];
    const struct husk_fdt_cpu *cpu = cpus;
    size_t count;
    const enum husk_err err = husk_fdt_cpus(dtb, HUSK_TREE_MAX_BYTES, cpus, CPUS_MAX, &count);

    if (err != HUSK_OK) {
        return err;
    }
    while (cpu < &cpus[count] && cpu->mpidr != affinity) {
        cpu++;
    }
    if (cpu == &cpus[count]) {
        return HUSK_ENOENT;
    }
    if (cpu->enable == HUSK_FDT_ENABLE_PSCI && husk_fdt_psci_smc(dtb, HUSK_TREE_MAX_BYTES)) {
        return call_firmware(affinity, context);
    }
    if (cpu->enable == HUSK_FDT_ENABLE_SPIN_TABLE) {
        release(cpu->release, affinity, context);
        return HUSK_OK;
    }
    return HUSK_ENOTSUP;
}
