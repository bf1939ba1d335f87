// SPDX-License-Identifier: Apache-2.0
#include <husk/arch.h>
#include <sched.h>

_Thread_local struct husk_fake *husk_fake;

static bool recorded(enum husk_fake_op op)
{
    switch (op) {
    case HUSK_FAKE_SYSREG_WRITE:
        return husk_fake->log_sysreg_writes;
    case HUSK_FAKE_DC_CVAC:
    case HUSK_FAKE_DC_CIVAC:
    case HUSK_FAKE_DC_IVAC:
        return husk_fake->log_cache;
    case HUSK_FAKE_NOSPEC:
        return husk_fake->log_nospec;
    default:
        return true;
    }
}

void husk_fake_record(enum husk_fake_op op, uint64_t a, uint64_t b)
{
    if (husk_fake->log == NULL || !recorded(op)) {
        return;
    }
    if (husk_fake->log_count == husk_fake->log_capacity) {
        fprintf(stderr, "husk_fake: the journal is full (%zu entries)\n", husk_fake->log_count);
        abort();
    }
    husk_fake->log[husk_fake->log_count++] = (struct husk_fake_entry){ op, a, b };
}

void husk_fake_insn(enum husk_fake_op op, uint64_t a)
{
    switch (op) {
    case HUSK_FAKE_YIELD:
        (void)sched_yield();
        break;
    case HUSK_FAKE_TLBI_IPAS2E1IS:
    case HUSK_FAKE_TLBI_VMALLE1IS:
    case HUSK_FAKE_TLBI_VMALLS12E1IS:
        husk_fake_record(op, a, husk_fake->sysreg[HUSK_SYSREG_vttbr_el2]);
        break;
    default:
        husk_fake_record(op, a, 0);
        break;
    }
}

void husk_fake_cache(enum husk_fake_op op, const void *addr)
{
    husk_fake_record(op, (uint64_t)(uintptr_t)addr, 0);
    if (husk_fake->on_cache != NULL) {
        husk_fake->on_cache(husk_fake->context, op, (uintptr_t)addr);
    }
}

uint64_t husk_fake_sysreg_read(unsigned sysreg)
{
    uint64_t value = husk_fake->sysreg[sysreg];

    if (husk_fake->on_sysreg != NULL) {
        husk_fake->on_sysreg(husk_fake->context, false, sysreg, &value);
    }
    return value;
}

void husk_fake_sysreg_write(unsigned sysreg, uint64_t value)
{
    husk_fake_record(HUSK_FAKE_SYSREG_WRITE, sysreg, value);
    if (husk_fake->on_sysreg != NULL) {
        husk_fake->on_sysreg(husk_fake->context, true, sysreg, &value);
    }
    husk_fake->sysreg[sysreg] = value;
}

uint64_t husk_fake_mmio(bool is_write, uintptr_t addr, unsigned size_bytes, uint64_t value)
{
    uint64_t result;

    if (husk_fake->mmio == NULL) {
        fprintf(stderr, "husk_fake: MMIO at %#lx without a device model\n", (unsigned long)addr);
        abort();
    }
    result = husk_fake->mmio(husk_fake->context, is_write, addr, size_bytes, value);
    husk_fake_record(is_write ? HUSK_FAKE_MMIO_WRITE : HUSK_FAKE_MMIO_READ, addr,
                     is_write ? value : result);
    return result;
}

void husk_fake_call(enum husk_fake_op op, struct husk_smccc *regs)
{
    husk_fake_record(op, regs->x0, regs->x1);
    if (husk_fake->call == NULL) {
        regs->x0 = UINT64_MAX; /* SMCCC NOT_SUPPORTED */
        return;
    }
    husk_fake->call(husk_fake->context, regs);
}

void husk_fake_nospec(size_t index, size_t limit)
{
    if (husk_fake != NULL) {
        husk_fake_record(HUSK_FAKE_NOSPEC, index, limit);
    }
}

_Noreturn void husk_fake_assert_fail(const char *what)
{
    if (husk_fake != NULL && husk_fake->on_assert != NULL) {
        husk_fake->on_assert(what);
    }
    fprintf(stderr, "husk: assertion failed: %s\n", what);
    abort();
}
