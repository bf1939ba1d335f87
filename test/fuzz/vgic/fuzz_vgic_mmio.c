// SPDX-License-Identifier: Apache-2.0
/* Any bytes as a guest of the interrupt controller, GICv3 or GICv2: accesses of any size to any
 * offset by any vCPU, lines, acknowledges, EOIs, SGIs and deactivations. The list registers obey
 * the architecture whenever vCPU 0 goes on, an answer fits its size, a look without the lock is the
 * read, and the best of what is pending is signalled, if it is better than what is active. */
#include <stdlib.h>
#include <string.h>

#include "fake_gich.h"
#include "fake_ich.h"
#include "vgic_calls.h"

#include <husk/vgic.h>

enum { STEP_BYTES = 8, INTIDS = 96, VCPUS = 2, SGI_BASE = 0x10000, SPECIAL = 1020 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct husk_fake cpu;
static struct fake_ich ich;
static struct fake_gich gich;
static struct husk_vgic vgic;
static struct husk_vgic_vcpu vcpus[VCPUS];
static struct husk_vgic_locked v;
static bool is_v2;
static unsigned acked[INTIDS];
static unsigned acked_count;

static void need(bool truth)
{
    if (!truth) {
        abort();
    }
}

static void start(uint8_t how)
{
    const unsigned lrs = 1 + (how >> 1) % 4;
    struct husk_vgic_config config = {
        .intid_count = INTIDS,
        .vcpu_count = (uint8_t)(1 + (how >> 3) % VCPUS),
        .lr_count = (uint8_t)lrs,
        .pri_bits = 5,
        .gich_base = FAKE_GICH_BASE,
        .gicc_base = FAKE_GICC_BASE,
        .mpidr = { 0x80000000, 0x80000001 },
    };

    is_v2 = (how & 1) != 0;
    config.ops = is_v2 ? &husk_vgic_v2 : &husk_vgic_v3;
    acked_count = 0;
    memset(&cpu, 0, sizeof(cpu));
    memset(vcpus, 0xa5, sizeof(vcpus));
    memset(&vgic, 0xa5, sizeof(vgic));
    ich = (struct fake_ich){ .lr_count = lrs, .pre_bits = 5 };
    gich = (struct fake_gich){ .lr_count = lrs };
    cpu.sysreg[HUSK_SYSREG_mpidr_el1] = 0x80000000;
    if (is_v2) {
        fake_gich_attach(&gich, &cpu);
    } else {
        fake_ich_attach(&ich, &cpu);
    }
    husk_fake = &cpu;
    need(husk_vgic_init(&vgic, &config, vcpus) == HUSK_OK);
    v = husk_vgic_lock(&vgic);
    husk_vgic_load(v, 0);
    ich.vmcr = 0xf8000003;
    gich.vmcr = 0xf8000003;
}

static uint64_t read_register(unsigned vcpu, enum husk_vgic_frame frame, uint64_t offset,
                              unsigned size)
{
    uint64_t value = 0x55;
    enum husk_err err;

    err = husk_vgic_read(v, vcpu, frame, offset, size, &value);
    (void)husk_vgic_flush(v, 0); /* what was read comes back */
    need(err == HUSK_OK || (err == HUSK_EINVAL && value == 0));
    need(size >= 8 || value >> (8 * size) == 0);
    /* priorities of INTIDs that are not there */
    need(frame != HUSK_VGIC_GICD || offset < 0x400 + INTIDS || offset >= 0x800 || value == 0);
    return value;
}

/* Of vCPU 0's bank where it is one. */
static uint32_t word(unsigned intid, uint64_t offset, unsigned size)
{
    const bool redist = intid < 32 && !is_v2;

    return (uint32_t)read_register(0, redist ? HUSK_VGIC_GICR : HUSK_VGIC_GICD,
                                   offset + (redist ? SGI_BASE : 0), size);
}

/* The first of several targets is vCPU 0. */
static bool is_mine(unsigned intid)
{
    if (intid < 32) {
        return true;
    }
    if (is_v2) {
        return vgic.config.vcpu_count == 1 || (word(intid, 0x800 + intid, 1) & 1) != 0;
    }
    return read_register(0, HUSK_VGIC_GICD, 0x6000 + 8 * intid, 8) == 0;
}

/* What may be signalled of the 32 from `first` on, but for their routes. */
static uint32_t deliverable(unsigned first)
{
    const uint32_t ctlr = word(32, 0, 4);
    const uint64_t at = first / 8;
    const uint32_t group1 = word(first, 0x80 + at, 4);

    return word(first, 0x100 + at, 4) & word(first, 0x200 + at, 4) & ~word(first, 0x300 + at, 4) &
           (((ctlr & 2) != 0 ? group1 : 0) | ((ctlr & 1) != 0 ? ~group1 : 0));
}

/* The best active priority at the CPU interface, of 32 levels; the mask. */
static unsigned running(void)
{
    const uint32_t active = (uint32_t)(ich.ap0r[0] | ich.ap1r[0]) | gich.apr;
    const unsigned best = active == 0 ? 0xf8 : 8u * (unsigned)__builtin_ctz(active);

    return best < 0xf8 ? best : 0xf8;
}

/* vCPU 0 goes on. */
static void enter(void)
{
    (void)husk_vgic_flush(v, 0);
    if (is_v2) {
        fake_gich_check(&gich);
    } else {
        fake_ich_check(&ich);
    }
    need(ich.broken == NULL && gich.broken == NULL);
}

static void check_best(void)
{
    unsigned best = running();
    bool any = false;
    unsigned signalled;
    bool group1;

    for (unsigned first = 0; first < INTIDS; first += 32) {
        for (uint32_t left = deliverable(first); left != 0; left &= left - 1) {
            const unsigned intid = first + (unsigned)__builtin_ctz(left);
            const unsigned priority = word(intid, 0x400 + intid, 1);

            if (priority < best && is_mine(intid)) {
                best = priority;
                any = true;
            }
        }
    }
    signalled = is_v2 ? fake_gich_highest(&gich) & 0x3ff : fake_ich_highest(&ich, &group1);
    if (any) {
        need(signalled < INTIDS && word(signalled, 0x400 + signalled, 1) == best);
        need((deliverable(signalled & ~31u) >> signalled % 32 & 1) != 0 && is_mine(signalled));
    } else {
        need(signalled >= SPECIAL);
    }
}

static void acknowledge(bool group1)
{
    const unsigned iar = is_v2 ? fake_gich_ack(&gich, group1) : fake_ich_ack(&ich, group1);

    if ((iar & 0x3ff) < SPECIAL) {
        need((iar & 0x3ff) < INTIDS && acked_count < INTIDS);
        acked[acked_count++] = iar;
    }
}

static void end_last(void)
{
    if (acked_count == 0) {
        return;
    }
    if (is_v2) {
        fake_gich_eoi(&gich, acked[--acked_count]);
    } else {
        fake_ich_eoi(&ich, acked[--acked_count]);
    }
}

/* Takes and ends what is signalled, one by one. */
static void drain(bool only_take)
{
    for (unsigned i = 0; i < INTIDS; i++) {
        const unsigned before = acked_count;

        enter(); /* as a maintenance interrupt would */
        check_best();
        acknowledge(i % 2 != 0);
        if (acked_count == before) {
            acknowledge(i % 2 == 0);
        }
        if (acked_count == before) {
            return;
        }
        enter();
        if (!only_take) {
            end_last();
        }
    }
}

/* Many accesses that make interrupts deliverable, out of few bytes. */
static void burst(uint64_t random)
{
    static const uint16_t regs[] = { 0x080, 0x100, 0x100, 0x180, 0x200, 0x200, 0x280 };

    (void)husk_vgic_write(v, 0, HUSK_VGIC_GICD, 0, 4, 3);
    for (unsigned i = 0; i < 48; i++) {
        random = random * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
        const uint32_t bits = (uint32_t)(random >> 32);
        const unsigned intid = bits % INTIDS;
        const enum husk_vgic_frame frame = intid < 32 && !is_v2 ? HUSK_VGIC_GICR : HUSK_VGIC_GICD;
        const uint64_t base = frame == HUSK_VGIC_GICR ? SGI_BASE : 0;

        if (i % 3 == 0) {
            (void)husk_vgic_write(v, 0, frame, base + 0x400 + intid, 1, bits >> 8 & 0xf8);
        } else if (i % 16 == 1) {
            (void)husk_vgic_write(v, 0, HUSK_VGIC_GICD,
                                  is_v2 ? 0x800 + intid : 0x6000 + (uint64_t)8 * intid,
                                  is_v2 ? 1 : 8, bits >> 9 & 3);
        } else {
            (void)husk_vgic_write(v, 0, frame,
                                  base + regs[(bits >> 20) % HUSK_COUNT(regs)] + intid / 32 * 4, 4,
                                  random >> 7);
        }
        (void)read_register(0, HUSK_VGIC_GICD, 0x400 + bits % 0x400, 1);
        enter();
        check_best();
    }
}

static void act(const uint8_t step[STEP_BYTES])
{
    const enum husk_vgic_frame frame = (step[0] & 0x10) != 0 ? HUSK_VGIC_GICR : HUSK_VGIC_GICD;
    const unsigned vcpu = (step[0] >> 5) % vgic.config.vcpu_count;
    const unsigned size = (step[1] & 0x80) != 0 ? step[1] : 1u << (step[1] & 3);
    uint64_t offset = (step[2] | (uint64_t)step[3] << 8) | (uint64_t)(step[1] & 0x70) << 12;
    uint64_t value;
    uint32_t low;

    memcpy(&low, step + 4, sizeof(low));
    value = low | (uint64_t)low << 32;
    switch (step[0] & 0xf) {
    case 0:
        husk_vgic_set_line(v, vcpu, step[2], (step[1] & 1) != 0);
        break;
    case 1:
        acknowledge((step[1] & 1) != 0);
        break;
    case 2:
        end_last();
        break;
    case 3:
        check_best();
        break;
    case 4:
        if (!is_v2) {
            husk_vgic_send_sgi(v, vcpu, (uint64_t)step[1] << 40 | low, (step[2] & 1) != 0);
        }
        break;
    case 5:
        need(husk_vgic_write(v, vcpu, HUSK_VGIC_GICC, offset & 4, 4, value) == HUSK_OK);
        break;
    case 8:
        burst(value);
        break;
    case 9:
        drain((step[1] & 7) == 0);
        break;
    case 6:
    case 7:
        (void)read_register(vcpu, frame, offset, size);
        break;
    default:
        offset = (step[1] & 4) != 0 ? offset & ~(uint64_t)3 : offset;
        if (frame != HUSK_VGIC_GICD || vcpu != 0 || size == 0 || offset % size != 0 ||
            !husk_vgic_poke(v, vcpu, offset, size, value)) {
            (void)husk_vgic_write(v, vcpu, frame, offset, size, value);
        }
    }
    enter();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0) {
        return 0;
    }
    start(data[0]);
    for (size_t at = 1; at + STEP_BYTES <= size; at += STEP_BYTES) {
        act(data + at);
    }
    check_best();
    husk_vgic_save(v, 0);
    husk_vgic_unlock(v);
    return 0;
}
