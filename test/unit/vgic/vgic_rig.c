// SPDX-License-Identifier: Apache-2.0
#include "vgic_rig.h"

#include <string.h>

struct vgic_rig rig;
struct husk_fake rig_cpu;
struct husk_fake other_cpu;
struct fake_ich other;

void rig_start_reset(unsigned vcpus, unsigned lrs, unsigned intids)
{
    const struct husk_vgic_config config = {
        .ops = &husk_vgic_v3,
        .intid_count = (uint16_t)intids,
        .vcpu_count = (uint8_t)vcpus,
        .lr_count = (uint8_t)lrs,
        .pri_bits = 5,
        /* 0.0.0.0, then one that differs in each level */
        .mpidr = { 0x80000000, 0x80000001, 0x80000100, 0x80010000, 0x180000000, 0x80000011,
                   0x80000002, 0x80000003 },
    };

    memset(&rig, 0xa5, sizeof(rig)); /* init must not rely on zeroes */
    memset(&rig.ich, 0, sizeof(rig.ich));
    rig.vgic.lock = (struct husk_spinlock){ .next = 3, .serving = 2 }; /* held by nobody any more */
    rig.ich.lr_count = lrs;
    rig.ich.pre_bits = 5;
    rig_cpu.sysreg[HUSK_SYSREG_mpidr_el1] = 0x80000000;
    fake_ich_attach(&rig.ich, &rig_cpu);
    husk_fake = &rig_cpu;
    assert_int_equal(husk_vgic_init(&rig.vgic, &config, rig.vcpus), HUSK_OK);
    rig.v = husk_vgic_lock(&rig.vgic);
    husk_vgic_load(rig.v, 0);
}

void rig_start(unsigned vcpus, unsigned lrs, unsigned intids)
{
    rig_start_reset(vcpus, lrs, intids);
    rig.ich.vmcr = 0xf8000003;
    wr(GICD, 0, 3);
    (void)enter();
}

uint64_t rd_size(int frame, uint64_t offset, unsigned size)
{
    const bool was_dirty = rig.vcpus[0].dirty;
    uint64_t value = 0x5555;

    assert_int_equal(husk_vgic_read(rig.v, 0, (enum husk_vgic_frame)frame, offset, size, &value),
                     HUSK_OK);
    if (frame == GICD && offset < HUSK_VGIC_HEAD_BYTES && size == 4) {
        assert_int_equal(husk_vgic_head(&rig.vgic, offset), value);
    }
    if (!was_dirty && rig.vcpus[0].dirty) { /* what was read comes back */
        rig.vgic.kick |= husk_vgic_flush(rig.v, 0);
    }
    return value;
}

void wr_size(int frame, uint64_t offset, unsigned size, uint64_t value)
{
    assert_int_equal(husk_vgic_write(rig.v, 0, (enum husk_vgic_frame)frame, offset, size, value),
                     HUSK_OK);
}

uint64_t rd(int frame, uint64_t offset)
{
    return rd_size(frame, offset, 4);
}

void wr(int frame, uint64_t offset, uint64_t value)
{
    wr_size(frame, offset, 4, value);
}

uint64_t sgi_base(unsigned vcpu, uint64_t offset)
{
    return vcpu * (uint64_t)HUSK_VGIC_REDIST_BYTES + 0x10000 + offset;
}

uint32_t enter(void)
{
    const uint32_t kick = husk_vgic_flush(rig.v, 0);

    fake_ich_check(&rig.ich);
    assert_null(rig.ich.broken);
    return kick;
}

unsigned ack(void)
{
    const unsigned intid = fake_ich_ack(&rig.ich, true);

    return intid != FAKE_ICH_NONE ? intid : fake_ich_ack(&rig.ich, false);
}

static uint64_t place(unsigned intid, uint64_t block)
{
    return intid < 32 ? sgi_base(0, block) : block + intid / 32 * 4;
}

void arm(unsigned intid, unsigned priority)
{
    const int frame = intid < 32 ? GICR : GICD;
    const uint64_t bit = 1u << intid % 32;

    wr(frame, place(intid, 0x80), rd(frame, place(intid, 0x80)) | bit);
    wr_size(frame, intid < 32 ? sgi_base(0, 0x400 + intid) : 0x400 + intid, 1, priority);
    wr(frame, place(intid, 0x100), bit);
    wr(frame, place(intid, 0x200), bit);
}

uint64_t listed(unsigned intid)
{
    unsigned i;

    for (i = 0; i < rig.ich.lr_count; i++) {
        if ((rig.ich.lr[i] >> 62) != 0 && (uint32_t)rig.ich.lr[i] == intid) {
            return rig.ich.lr[i];
        }
    }
    return 0;
}

unsigned state_of(unsigned intid)
{
    return (unsigned)(listed(intid) >> 62);
}

void on_other(void)
{
    husk_fake = &other_cpu;
}

void on_first(void)
{
    husk_fake = &rig_cpu;
}

void load_other(unsigned lrs)
{
    other = (struct fake_ich){ .lr_count = lrs, .pre_bits = 5 };
    memset(&other_cpu, 0, sizeof(other_cpu));
    other_cpu.sysreg[HUSK_SYSREG_mpidr_el1] = 0x80000001;
    fake_ich_attach(&other, &other_cpu);
    on_other();
    husk_vgic_load(rig.v, 1);
    other.vmcr = 0xf8000003;
    on_first();
}
