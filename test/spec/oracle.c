// SPDX-License-Identifier: Apache-2.0
// PSCI calls, the virtual timer and stage 2 as hv uses them, beside the specification.
#include "oracle.h"

#include "hv.h"
#include "spec_mmu.h"
#include "spec_psci.h"
#include "spec_vtimer.h"

void oracle_same(const char *operation, uint64_t about, uint64_t got, uint64_t want)
{
    if (got == want) {
        return;
    }
    husk_console_puts("\nhusk: oracle: ");
    husk_console_puts(operation);
    husk_console_puts(" ");
    husk_console_hex(about);
    husk_console_puts(": Husk says ");
    husk_console_hex(got);
    husk_console_puts(", specified ");
    husk_console_hex(want);
    husk_panic("not as specified");
}

/* ---- PSCI, SMCCC, TRNG ---- */

/* A VM's firmware, by what the library keeps of it; `random` is a call of each vCPU that waits for
 * entropy. */
static struct shadow {
    const struct husk_psci *psci;
    struct spec_psci spec, random[HUSK_PSCI_VCPU_MAX];
} shadows[ORACLE_VMS];
static struct husk_spinlock lock;

static struct shadow *shadow_of(const struct husk_psci *psci)
{
    unsigned i = 0;

    while (i < ORACLE_VMS && shadows[i].psci != psci && shadows[i].psci != NULL) {
        i++;
    }
    HUSK_ASSERT(i < ORACLE_VMS);
    shadows[i].psci = psci;
    return &shadows[i];
}

static void same_power(const struct husk_psci *psci, const struct spec_psci *spec)
{
    for (unsigned i = 0; i < spec->cpus; i++) {
        oracle_same("power state of vCPU", i, psci->power[i], spec->power[i]);
    }
}

ORACLE_WRAP(void, psci_reset, struct husk_psci *psci)
{
    struct spec_psci *spec;

    husk_spin_lock(&lock);
    __real_husk_psci_reset(psci);
    spec = &shadow_of(psci)->spec;
    *spec = (struct spec_psci){ .cpus = psci->vcpu_count, .trng = psci->trng != NULL };
    for (unsigned i = 0; i < psci->vcpu_count; i++) {
        spec->mpidr[i] = psci->mpidr[i];
    }
    for (size_t i = 0; i < psci->ram_count; i++) {
        spec->ram[i][0] = psci->ram[i].base;
        spec->ram[i][1] = psci->ram[i].base + psci->ram[i].size_bytes;
    }
    for (unsigned i = 0; i < 3; i++) {
        spec->mitigated[i] = psci->workarounds != NULL ? (int8_t)psci->workaround[i] : -1;
    }
    *spec = spec_psci_reset(*spec);
    same_power(psci, spec);
    husk_spin_unlock(&lock);
}

ORACLE_WRAP(void, psci_started, struct husk_psci *psci, unsigned vcpu)
{
    struct spec_psci *spec;

    husk_spin_lock(&lock);
    __real_husk_psci_started(psci, vcpu);
    spec = &shadow_of(psci)->spec;
    *spec = spec_psci_started(*spec, vcpu);
    same_power(psci, spec);
    husk_spin_unlock(&lock);
}

static void same_action(uint64_t call, const struct husk_psci_action *action,
                        const struct spec_psci *spec, const uint64_t *regs)
{
    static const uint8_t what[] = {
        [SPEC_RETURNS] = HUSK_PSCI_RESUME,        [SPEC_STARTS_CPU] = HUSK_PSCI_START,
        [SPEC_CPU_OFF] = HUSK_PSCI_STOP,          [SPEC_STANDBY] = HUSK_PSCI_SUSPEND,
        [SPEC_SYSTEM_OFF] = HUSK_PSCI_SYSTEM_OFF, [SPEC_SYSTEM_RESET] = HUSK_PSCI_SYSTEM_RESET,
        [SPEC_ENTROPY] = HUSK_PSCI_RANDOM,        [SPEC_MITIGATES] = HUSK_PSCI_WORKAROUND,
    };
    const bool returns =
        spec->does.effect != SPEC_CPU_OFF && spec->does.effect != SPEC_SYSTEM_OFF &&
        spec->does.effect != SPEC_SYSTEM_RESET && spec->does.effect != SPEC_ENTROPY;

    oracle_same("effect of the call", call, action->what, what[spec->does.effect]);
    oracle_same("target of the call", call, action->vcpu, spec->does.target);
    oracle_same("entry point of the call", call, action->entry, spec->does.entry);
    oracle_same("context of the call", call, action->context_id, spec->does.context);
    oracle_same("bits of the call", call, action->random_bits, spec->does.bits);
    for (unsigned i = 0; returns && i < HUSK_COUNT(spec->x); i++) {
        oracle_same("register after the call", call, regs[i], spec->x[i]);
    }
}

ORACLE_WRAP(enum husk_psci_do, psci_call, struct husk_psci *psci, unsigned vcpu, uint64_t *regs,
            struct husk_psci_action *action)
{
    const uint64_t call = regs[0];
    struct shadow *shadow;
    struct spec_psci *spec;

    husk_spin_lock(&lock);
    shadow = shadow_of(psci);
    spec = &shadow->spec;
    spec->caller = vcpu;
    for (unsigned i = 0; i < HUSK_COUNT(spec->x); i++) {
        spec->x[i] = regs[i];
    }
    *spec = spec_psci_call(*spec);
    *action = (struct husk_psci_action){ .what = HUSK_PSCI_RESUME };
    (void)__real_husk_psci_call(psci, vcpu, regs, action);
    same_action(call, action, spec, regs);
    same_power(psci, spec);
    shadow->random[vcpu] = *spec;
    husk_spin_unlock(&lock);
    return action->what;
}

ORACLE_WRAP(void, psci_random, const struct husk_psci_action *action, const uint64_t entropy[3],
            bool ok, uint64_t *regs)
{
    const struct husk_vcpu *const vcpu = husk_cpu_self()->vcpu;
    struct spec_psci spec;

    husk_spin_lock(&lock);
    spec = spec_psci_random(shadow_of(&vcpu->vm->psci)->random[vcpu->index], entropy, ok);
    husk_spin_unlock(&lock);
    __real_husk_psci_random(action, entropy, ok, regs);
    for (unsigned i = 0; i < HUSK_COUNT(spec.x); i++) {
        oracle_same("register after TRNG_RND", action->random_bits, regs[i], spec.x[i]);
    }
}

/* ---- the EL1 timers: what the CPU's registers mean by the specification ---- */

void oracle_tick(unsigned intid)
{
    const bool is_virt = intid == HUSK_VTIMER_INTID_VIRT;
    const uint64_t ctl = is_virt ? husk_read(cntv_ctl_el0) : husk_read(cntp_ctl_el0);
    const uint64_t cval = is_virt ? husk_read(cntv_cval_el0) : husk_read(cntp_cval_el0);
    struct spec_vtimer s = { .cval = cval };
    uint64_t now;

    husk_isb();
    now = husk_read(cntpct_el0) - (is_virt ? husk_read(cntvoff_el2) : 0);
    s = spec_vtimer_write(s, SPEC_CTL, ctl, now);
    oracle_same("timer line of the interrupt", intid, husk_vtimer_line(ctl), true);
    oracle_same("timer line of the interrupt", intid, spec_vtimer_line(s, now), true);
}

/* ---- stage 2 ---- */

enum { FETCH_ABORT = 0x20, DATA_ABORT = 0x24 };

static uint64_t read_table(const void *memory, uint64_t pa)
{
    (void)memory;
    return husk_pte_read((const uint64_t *)(uintptr_t)pa);
}

/* A fault of stage 2 (translation, access flag, address size, and permission where its IPA is
 * known): the tables say the same, by the specification's walk, which trusts nothing but the CPU's
 * own registers, and by the library's. */
static void check_abort(struct husk_vm *vm, uint64_t esr)
{
    const bool s1ptw = (esr >> 7 & 1) != 0;
    const bool writes = (esr >> 6 & 1) != 0 && (esr >> 8 & 1) == 0 && !s1ptw;
    const unsigned fsc = esr & 0x3f;
    const struct spec_s2 s2 = {
        .vtcr = husk_read(vtcr_el2),
        .vttbr = husk_read(vttbr_el2),
        .pa_range = (unsigned)husk_bits_get(husk_read(id_aa64mmfr0_el1), 3, 0),
        .read = read_table,
    };
    enum spec_s2_access access = writes ? SPEC_WRITE : SPEC_READ;
    struct husk_mmu_s2_locked locked;
    struct husk_mmu_leaf leaf;
    struct spec_s2_result want;
    uint64_t ipa;
    bool mapped;

    if (fsc >= 0x10 || (fsc >= 0xc && !s1ptw)) {
        return; /* external; or HPFAR_EL2 is UNKNOWN */
    }
    access = esr >> 26 == FETCH_ABORT && !s1ptw ? SPEC_FETCH : access;
    ipa = husk_bits_get(husk_read(hpfar_el2), 43, 4) << 12 | (husk_read(far_el2) & 0xfff);
    want = spec_s2_access(s2, ipa, access);
    oracle_same("stage 2 faults at", ipa, true, want.fault);
    oracle_same("stage 2 fault status at", ipa, fsc, want.fsc);
    locked = husk_mmu_s2_lock(&vm->s2);
    mapped = husk_mmu_s2_translate(locked, (struct husk_ipa){ ipa }, &leaf) == HUSK_OK;
    husk_mmu_s2_unlock(locked);
    oracle_same("stage 2 mapping at", ipa, mapped, want.fsc >= 0xc);
}

ORACLE_WRAP(void, exit, uint64_t esr)
{
    const uint64_t class = esr >> 26 & 0x3f;

    if (class == FETCH_ABORT || class == DATA_ABORT) {
        check_abort(husk_cpu_self()->vcpu->vm, esr & UINT32_MAX);
    }
    __real_husk_exit(esr);
}
