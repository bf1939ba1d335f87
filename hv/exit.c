// SPDX-License-Identifier: Apache-2.0
// Every way out of a guest: what its class asks for is an action, which one function applies. Only
// apply() and inject.c move the guest's PC.
#include "hv.h"

enum {
    EC_WFX = 0x01,
    EC_HVC64 = 0x16,
    EC_SMC64 = 0x17,
    EC_SYSREG64 = 0x18,
    EC_IABT_LOWER = 0x20,
    EC_DABT_LOWER = 0x24,
};

/* HVC, or SMC, which is never forwarded to EL3. */
static void call(struct husk_vcpu *vcpu, uint32_t iss)
{
    if ((iss & 0xffff) != 0) {          /* SMCCC calls have immediate 0 */
        vcpu->frame->x[0] = UINT64_MAX; /* NOT_SUPPORTED */
    } else {
        husk_vm_call(vcpu);
    }
}

/* The PC past an emulated instruction, which is no branch (BTYPE) and ends a single step (SS). */
static void skip(void)
{
    husk_write(elr_el2, husk_read(elr_el2) + 4);
    husk_write(spsr_el2, husk_read(spsr_el2) & ~(HUSK_BITS(11, 10) | HUSK_BIT(21)));
}

static void apply(enum husk_exit_action action)
{
    if (__builtin_expect(action == HUSK_EXIT_SKIP, 1)) {
        skip();
    } else if (action == HUSK_EXIT_UNDEF) {
        husk_inject_undef();
    } else {
        husk_inject_abort();
    }
}

/* In the order of what has the most to do. */
void husk_exit(uint64_t esr)
{
    struct husk_vcpu *const vcpu = husk_cpu_self()->vcpu;
    const uint32_t iss = (uint32_t)esr & 0x1ffffff;
    const uint32_t ec = (uint32_t)esr >> 26;

    if (__builtin_expect(ec == EC_DABT_LOWER, 1)) {
        apply(husk_mmio_exit(vcpu, iss));
    } else if (__builtin_expect(ec == EC_SYSREG64, 1)) {
        apply(husk_exit_sysreg(vcpu, iss));
    } else if (ec == EC_HVC64) {
        call(vcpu, iss); /* the PC is behind it */
    } else if (ec == EC_SMC64) {
        call(vcpu, iss);
        apply(HUSK_EXIT_SKIP);
    } else if (ec == EC_IABT_LOWER) {
        apply(HUSK_EXIT_ABORT); /* a fetch: nothing to emulate */
    } else {
        /* WFI and WFE are not trapped; were they, doing nothing is an architected answer. Others
         * are what a hidden feature or an AArch32 EL0 can raise. */
        apply(ec == EC_WFX ? HUSK_EXIT_SKIP : HUSK_EXIT_UNDEF);
    }
}

/* A system error while a guest ran: whose fault is not known, the guest's own in all but broken
 * hardware. It gets it, as a virtual SError; HCR_EL2.VSE clears when taken. */
void husk_exit_serror(void)
{
    husk_write(hcr_el2, husk_read(hcr_el2) | HUSK_BIT(8));
}
