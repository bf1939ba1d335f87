// SPDX-License-Identifier: Apache-2.0
#include "player.h"

#include "fake_gich.h"
#include "fake_ich.h"
#include <string.h>

static struct husk_fake cpus[PLAYER_CPUS];
static struct fake_ich ich[PLAYER_CPUS];
static struct fake_gich gich[PLAYER_CPUS];
static bool is_v2;
static unsigned lrs, bits, here;

void player_library(struct husk_vgic_config *config)
{
    config->ops = is_v2 ? &husk_vgic_v2 : &husk_vgic_v3;
    config->gich_base = FAKE_GICH_BASE;
    config->gicc_base = FAKE_GICC_BASE;
    config->lr_count = (uint8_t)lrs;
    config->pri_bits = (uint8_t)bits;
}

unsigned player_send(struct husk_vgic *vgic, unsigned vcpu, uint64_t value)
{
    const unsigned intid = value >> 24 & 15;

    if (is_v2) {
        return husk_vgic_v2_send(vgic, vcpu, value);
    }
    if ((value & ~UINT64_C(0xf000000)) != vgic->sgi_list[vcpu]) {
        return husk_vgic_v3_send(vgic, vcpu, value);
    }
    return husk_vgic_v3_repeat(intid, vgic, vcpu) != intid ? vcpu : HUSK_VGIC_VCPU_MAX;
}

bool player_take(struct husk_vgic *vgic, unsigned vcpu)
{
    return is_v2 ? husk_vgic_v2_take(vgic, vcpu) : husk_vgic_v3_take(vgic, vcpu);
}

unsigned player_repeat(unsigned intid, struct husk_vgic *vgic, unsigned vcpu)
{
    return is_v2 ? husk_vgic_v2_repeat(intid, vgic, vcpu) : husk_vgic_v3_repeat(intid, vgic, vcpu);
}

void player_init(unsigned version, unsigned lr_count, unsigned priority_bits)
{
    is_v2 = version == 2;
    lrs = lr_count;
    bits = priority_bits;
    here = 0;
    for (unsigned i = 0; i < PLAYER_CPUS; i++) {
        husk_fake = &cpus[i];
        husk_fake->sysreg[HUSK_SYSREG_mpidr_el1] = i;
        memset(&gich[i], 0, sizeof(gich[i]));
        memset(&ich[i], 0, sizeof(ich[i]));
        gich[i].lr_count = ich[i].lr_count = lr_count;
        ich[i].pre_bits = priority_bits;
        if (is_v2) {
            fake_gich_attach(&gich[i], husk_fake);
        } else {
            fake_ich_attach(&ich[i], husk_fake);
        }
    }
    husk_fake = &cpus[0];
}

bool *player_physical(unsigned intid)
{
    return is_v2 ? &gich[here].physical_active[intid] : &ich[here].physical_active[intid];
}

void player_on(unsigned cpu)
{
    const size_t spis = 1024 - 32;
    const bool *const from = player_physical(32);

    if (cpu != here) {
        here = cpu;
        memcpy(player_physical(32), from, spis * sizeof(*from));
    }
    husk_fake = &cpus[cpu];
}

void player_set(unsigned mask, bool group0, bool group1, bool split)
{
    const uint32_t vmcr = (group0 ? 1 : 0) | (group1 ? 2 : 0) | (split ? 0x200 : 0);

    gich[here].vmcr = vmcr | mask >> 3 << 27;
    ich[here].vmcr = vmcr | mask << 24;
}

void player_scramble(void)
{
    gich[here].vmcr = ich[here].vmcr = 0x48000202;
    gich[here].apr = 0x5a5a5a5a;
    for (unsigned i = 0; i < 1u << (bits - 5); i++) {
        ich[here].ap0r[i] = 0x5a5a5a5a;
        ich[here].ap1r[i] = 0xa5a5a5a5;
    }
}

unsigned player_highest(void)
{
    bool group1;

    return is_v2 ? fake_gich_highest(&gich[here]) : fake_ich_highest(&ich[here], &group1);
}

unsigned player_ack(bool group1)
{
    return is_v2 ? fake_gich_ack(&gich[here], group1) : fake_ich_ack(&ich[here], group1);
}

void player_eoi(unsigned iar)
{
    if (is_v2) {
        fake_gich_eoi(&gich[here], iar);
    } else {
        fake_ich_eoi(&ich[here], iar);
    }
}

bool player_dir(unsigned iar)
{
    return fake_ich_dir(&ich[here], iar);
}

bool player_maintenance(void)
{
    return (is_v2 ? fake_gich_misr(&gich[here]) : fake_ich_misr(&ich[here])) != 0;
}

const char *player_broken(void)
{
    if (is_v2) {
        fake_gich_check(&gich[here]);
        return gich[here].broken;
    }
    fake_ich_check(&ich[here]);
    return ich[here].broken;
}
