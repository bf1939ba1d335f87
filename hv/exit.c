// SPDX-License-Identifier: Apache-2.0
// Every way out of a guest: decode, one table by exception class, an action, and one function that
// applies it. Only apply() and inject.c move the guest's PC.
#include "hv.h"

enum {
    EC_WFX = 0x01,
    EC_HVC64 = 0x16,
    EC_SMC64 = 0x17,
    EC_SYSREG64 = 0x18,
    EC_IABT_LOWER = 0x20,
    EC_DABT_LOWER = 0x24,
    EC_COUNT = 64,
};

static const uint32_t iss_mask = 0x1ffffff;
static const uint64_t pstate_btype = HUSK_BITS(11, 10);
static const uint64_t pstate_ss = HUSK_BIT(21);
static const uint64_t smccc_not_supported = UINT64_MAX;

static enum husk_exit_action on_hvc(struct husk_vcpu *vcpu, uint32_t iss)
{
    if ((iss & 0xffff) != 0) { /* SMCCC calls have immediate 0 */
        vcpu->frame->x[0] = smccc_not_supported;
        return HUSK_EXIT_RESUME;
    }
    return husk_vm_call(vcpu);
}

/* As HVC, but trapped: the PC still points at the instruction. Never forwarded to EL3. */
static enum husk_exit_action on_smc(struct husk_vcpu *vcpu, uint32_t iss)
{
    const enum husk_exit_action action = on_hvc(vcpu, iss);

    return action == HUSK_EXIT_RESUME ? HUSK_EXIT_SKIP : action;
}

/* WFI and WFE are not trapped; were they, doing nothing is an architected answer. */
static enum husk_exit_action on_wfx(struct husk_vcpu *vcpu, uint32_t iss)
{
    (void)vcpu;
    (void)iss;
    return HUSK_EXIT_SKIP;
}

/* Every class without a row in `class_of`: what a hidden feature or an AArch32 EL0 can raise. */
static enum husk_exit_action on_other(struct husk_vcpu *vcpu, uint32_t iss)
{
    (void)vcpu;
    (void)iss;
    return HUSK_EXIT_UNDEF;
}

/* The exit table: exception class to row, row to handler. Of a fetch ISV is 0: nothing to emulate.
 */
enum {
    ROW_OTHER,
    ROW_WFX,
    ROW_CALL,
    ROW_SMC,
    ROW_SYSREG,
    ROW_DATA,
};
static const uint8_t class_of[EC_COUNT] = {
    [EC_WFX] = ROW_WFX,         [EC_HVC64] = ROW_CALL,      [EC_SMC64] = ROW_SMC,
    [EC_SYSREG64] = ROW_SYSREG, [EC_IABT_LOWER] = ROW_DATA, [EC_DABT_LOWER] = ROW_DATA,
};
static husk_exit_fn *const handlers[] = {
    [ROW_OTHER] = on_other,
    [ROW_WFX] = on_wfx,
    [ROW_CALL] = on_hvc,
    [ROW_SMC] = on_smc,
    [ROW_SYSREG] = husk_exit_sysreg,
    [ROW_DATA] = husk_mmio_exit,
};

/* The PC past an emulated instruction, which is no branch and ends a single step. */
static void skip(void)
{
    husk_write_elr_el2(husk_read_elr_el2() + 4);
    husk_write_spsr_el2(husk_read_spsr_el2() & ~(pstate_btype | pstate_ss));
}

static void apply(enum husk_exit_action action)
{
    if (__builtin_expect(action == HUSK_EXIT_SKIP, 1)) {
        skip();
    } else if (action == HUSK_EXIT_UNDEF) {
        husk_inject_undef();
    } else if (action == HUSK_EXIT_ABORT) {
        husk_inject_abort();
    }
}

void husk_exit(uint64_t esr)
{
    struct husk_vcpu *const vcpu = husk_cpu_self()->vcpu;
    husk_exit_fn *const handler = handlers[class_of[esr >> 26 & (EC_COUNT - 1)]];

    apply(handler(vcpu, (uint32_t)esr & iss_mask));
}

/* A system error while a guest ran: whose fault is not known, the guest's own in all but broken
 * hardware. It gets it, as a virtual SError; HCR_EL2.VSE clears when taken. */
void husk_exit_serror(void)
{
    husk_write_hcr_el2(husk_read_hcr_el2() | HUSK_BIT(8));
}
