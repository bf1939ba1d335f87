// SPDX-License-Identifier: Apache-2.0
/* Any registers at a VM's firmware, from any vCPU that is on: it answers, changes no register but
 * x0 to x3, starts nobody who is on, nor anywhere but in RAM, and never the last vCPU is lost. */
#include <stdlib.h>
#include <string.h>

#include <husk/psci.h>

enum { VCPUS = 4, STEP_BYTES = 26, REGISTERS = 18 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct husk_range ram[] = { { 0x40000000, 0x1000000 }, { 0x80000000, 0x1000 } };

static void need(bool truth)
{
    if (!truth) {
        abort();
    }
}

/* One of what there is, or any. */
static uint64_t function_of(uint8_t which, uint32_t any)
{
    static const uint32_t first[] = { 0x84000000, 0xc4000000, 0x80000000, 0x84000050,
                                      0xc4000050, 0x80003fff, 0x80007fff, 0x80008000 };

    return which < 0xe0 ? first[which % HUSK_COUNT(first)] + which / HUSK_COUNT(first) % 0x18 : any;
}

static void check_start(const struct husk_psci *psci, const struct husk_psci_action *action,
                        const uint8_t *before, const uint64_t *asked)
{
    const bool smc64 = (asked[0] & HUSK_BIT(30)) != 0;
    const uint64_t mask = smc64 ? UINT64_MAX : UINT32_MAX;
    bool inside = false;

    need(action->vcpu < VCPUS && before[action->vcpu] == HUSK_PSCI_OFF);
    need(psci->power[action->vcpu] == HUSK_PSCI_ON_PENDING);
    need((asked[1] & mask) == (psci->mpidr[action->vcpu] & HUSK_BITS(23, 0)));
    need(action->entry == (asked[2] & mask) && action->context_id == (asked[3] & mask));
    for (size_t i = 0; i < HUSK_COUNT(ram); i++) {
        inside |=
            action->entry >= ram[i].base && action->entry - ram[i].base <= ram[i].size_bytes - 4;
    }
    need(inside && action->entry % 4 == 0);
}

static void act(struct husk_psci *psci, const uint8_t *step)
{
    const unsigned vcpu = step[0] % VCPUS;
    uint8_t before[HUSK_PSCI_VCPU_MAX];
    uint64_t regs[REGISTERS], asked[REGISTERS];
    struct husk_psci_action action = { .what = HUSK_PSCI_RESUME };
    uint32_t any;
    unsigned changed = 0;

    if (psci->power[vcpu] != HUSK_PSCI_ON) {
        if ((step[0] & 0x80) != 0 && psci->power[vcpu] == HUSK_PSCI_ON_PENDING) {
            husk_psci_started(psci, vcpu);
        }
        return;
    }
    memcpy(&any, step + 2, sizeof(any));
    for (unsigned i = 0; i < REGISTERS; i++) {
        regs[i] = UINT64_C(0x1111111111111111) * i;
    }
    regs[0] = (uint64_t)any << 32 * (step[0] >> 6 & 1) | function_of(step[1], any);
    memcpy(&regs[1], step + 6, 8);
    memcpy(&regs[2], step + 14, 8);
    regs[1] = (step[0] & 0x10) != 0 ? regs[1] & 0xffff0003 : regs[1];
    regs[2] = (step[0] & 0x20) != 0 ? 0x40000000 + (regs[2] & 0x1ffffff) : regs[2];
    memcpy(&regs[3], step + 18, 8);
    memcpy(asked, regs, sizeof(asked));
    memcpy(before, psci->power, sizeof(before));
    need(husk_psci_call(psci, vcpu, regs, &action) == action.what);
    need(memcmp(regs + 4, asked + 4, sizeof(regs) - 4 * sizeof(regs[0])) == 0);
    for (unsigned i = 0; i < HUSK_PSCI_VCPU_MAX; i++) {
        changed += before[i] != psci->power[i] ? 1 : 0;
    }
    switch (action.what) {
    case HUSK_PSCI_START:
        need(changed == 1 && regs[0] == 0);
        check_start(psci, &action, before, asked);
        break;
    case HUSK_PSCI_STOP:
        need(changed == 1 && action.vcpu == vcpu && psci->power[vcpu] == HUSK_PSCI_OFF);
        break;
    case HUSK_PSCI_RANDOM: {
        const uint64_t entropy[3] = { UINT64_MAX, UINT64_MAX, UINT64_MAX };

        need(changed == 0 && action.random_bits >= 1 && action.random_bits <= 192);
        husk_psci_random(&action, entropy, (step[0] & 8) != 0, regs);
        break;
    }
    case HUSK_PSCI_WORKAROUND:
        need(changed == 0 && psci->workaround[0] == 0);
        break;
    default:
        need(changed == 0);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct husk_psci psci = {
        .vcpu_count = VCPUS,
        .mpidr = { 0x80000000, 0x80000001, 0x80000002, 0x80000003 },
        .ram = ram,
        .ram_count = HUSK_COUNT(ram),
        .trng = husk_psci_trng,
        .workarounds = husk_psci_workarounds,
        .workaround = { 0, -1, -1 },
    };

    husk_psci_reset(&psci);
    for (size_t at = 0; at + STEP_BYTES <= size; at += STEP_BYTES) {
        act(&psci, data + at);
    }
    return 0;
}
