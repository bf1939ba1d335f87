// SPDX-License-Identifier: Apache-2.0
#ifndef VGIC_V2_RIG_H
#define VGIC_V2_RIG_H

/** @file
 * A GICv2 whose vCPUs each have a CPU of their own, with a fake of GICH.
 */

#include "fake_gich.h"
#include "vgic_calls.h"
#include <husk/vgic.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

/* Each vCPU on a CPU of its own. */
static struct rig {
    struct husk_vgic vgic;
    struct husk_vgic_vcpu vcpus[8];
    struct husk_fake cpu[8];
    struct fake_gich gich[8];
    struct husk_vgic_locked v;
    unsigned self;
} rig;

static void on(unsigned vcpu)
{
    rig.self = vcpu;
    husk_fake = &rig.cpu[vcpu];
}

static void start(unsigned vcpus, unsigned lrs)
{
    const struct husk_vgic_config config = {
        .ops = &husk_vgic_v2,
        .gich_base = FAKE_GICH_BASE,
        .gicc_base = FAKE_GICC_BASE,
        .vcpu_count = (uint8_t)vcpus,
        .lr_count = (uint8_t)lrs,
        .pri_bits = 5,
    };
    unsigned i;

    memset(&rig, 0xa5, sizeof(rig));
    memset(rig.cpu, 0, sizeof(rig.cpu));
    memset(rig.gich, 0, sizeof(rig.gich));
    assert_int_equal(husk_vgic_init(&rig.vgic, &config, rig.vcpus), HUSK_OK);
    rig.v.vgic = &rig.vgic;
    for (i = vcpus; i-- > 0;) {
        on(i);
        rig.cpu[i].sysreg[HUSK_SYSREG_mpidr_el1] = 0x80000000 + i;
        rig.gich[i].lr_count = lrs;
        fake_gich_attach(&rig.gich[i], &rig.cpu[i]);
        husk_vgic_load(rig.v, i);
        rig.gich[i].vmcr = 0xf8000003;
    }
}

static uint64_t rd_size(uint64_t offset, unsigned size)
{
    const bool was_dirty = rig.vcpus[rig.self].dirty;
    uint64_t value = 0x55;

    assert_int_equal(husk_vgic_read(rig.v, rig.self, HUSK_VGIC_GICD, offset, size, &value),
                     HUSK_OK);
    if (offset < HUSK_VGIC_HEAD_BYTES && size == 4) {
        assert_int_equal(husk_vgic_head(&rig.vgic, offset), value);
    }
    if (!was_dirty && rig.vcpus[rig.self].dirty) { /* what was read comes back */
        rig.vgic.kick |= husk_vgic_flush(rig.v, rig.self);
    }
    return value;
}

static void wr_size(uint64_t offset, unsigned size, uint64_t value)
{
    assert_int_equal(husk_vgic_write(rig.v, rig.self, HUSK_VGIC_GICD, offset, size, value),
                     HUSK_OK);
}

static uint64_t rd(uint64_t offset)
{
    return rd_size(offset, 4);
}

static void wr(uint64_t offset, uint64_t value)
{
    wr_size(offset, 4, value);
}

static struct fake_gich *gich(void)
{
    return &rig.gich[rig.self];
}

static uint32_t enter(void)
{
    const uint32_t kick = husk_vgic_flush(rig.v, rig.self);

    fake_gich_check(gich());
    assert_null(gich()->broken);
    return kick;
}

static unsigned ack(void)
{
    return fake_gich_ack(gich(), false);
}

#endif
