// SPDX-License-Identifier: Apache-2.0
// Every place where a value of the guest's becomes an index: it passes husk_index_nospec() with the
// bound of the array. A guest can have the check before it mispredicted, never the mask.
#include "vgic_calls.h"

#include <husk/vgic.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

enum { INTIDS = 96, VCPUS = 2 };

static struct husk_vgic vgic;
static struct husk_vgic_vcpu vcpus[VCPUS];
static struct husk_fake cpu;
static struct husk_fake_entry entries[16];

/* No vCPU is loaded: nothing reaches the virtual interface. */
static struct husk_vgic_locked start(const struct husk_vgic_ops *ops)
{
    const struct husk_vgic_config config = {
        .ops = ops,
        .intid_count = INTIDS,
        .vcpu_count = VCPUS,
        .lr_count = 4,
        .pri_bits = 5,
        .mpidr = { 0x80000000, 0x80000001 },
    };

    memset(&vgic, 0, sizeof(vgic));
    memset(&cpu, 0, sizeof(cpu));
    cpu.log = entries;
    cpu.log_capacity = HUSK_COUNT(entries);
    cpu.log_nospec = true;
    husk_fake = &cpu;
    assert_int_equal(husk_vgic_init(&vgic, &config, vcpus), HUSK_OK);
    return husk_vgic_lock(&vgic);
}

static bool masked(uint64_t index, uint64_t limit)
{
    bool found = false;

    for (size_t i = 0; i < cpu.log_count; i++) {
        found |=
            entries[i].op == HUSK_FAKE_NOSPEC && entries[i].a == index && entries[i].b == limit;
    }
    cpu.log_count = 0;
    return found;
}

struct row {
    enum husk_vgic_frame frame;
    uint64_t offset;
    unsigned size_bytes;
    uint64_t index, limit;
};

static void assert_masked(struct husk_vgic_locked v, const struct row *rows, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        uint64_t value;

        cpu.log_count = 0;
        assert_int_equal(
            husk_vgic_read(v, 0, rows[i].frame, rows[i].offset, rows[i].size_bytes, &value),
            HUSK_OK);
        if (!masked(rows[i].index, rows[i].limit)) {
            fail_msg("offset %#lx: no mask of %lu below %lu", (unsigned long)rows[i].offset,
                     (unsigned long)rows[i].index, (unsigned long)rows[i].limit);
        }
    }
}

static void v3_offset__is_masked_as_intid_and_redistributor(void **state)
{
    static const struct row rows[] = {
        { HUSK_VGIC_GICD, 0x104, 4, 32, INTIDS },           /* a bit each */
        { HUSK_VGIC_GICD, 0xc10, 4, 64, INTIDS },           /* two bits */
        { HUSK_VGIC_GICD, 0x447, 1, 71, INTIDS },           /* a byte */
        { HUSK_VGIC_GICD, 0x6000 + 8 * 95, 8, 95, INTIDS }, /* eight bytes */
        { HUSK_VGIC_GICR, 0x20014, 4, 1, VCPUS },           /* whose */
        { HUSK_VGIC_GICR, 0x30400 + 19, 1, 1, VCPUS },      /* the same in SGI_base, */
        { HUSK_VGIC_GICR, 0x30400 + 19, 1, 19, 32 },        /* and its private INTID */
    };

    (void)state;
    assert_masked(start(&husk_vgic_v3), rows, HUSK_COUNT(rows));
}

static void v2_offset__is_masked_as_intid_and_id_register(void **state)
{
    static const struct row rows[] = {
        { HUSK_VGIC_GICD, 0x104, 4, 32, INTIDS }, { HUSK_VGIC_GICD, 0xc10, 4, 64, INTIDS },
        { HUSK_VGIC_GICD, 0x447, 1, 71, INTIDS }, { HUSK_VGIC_GICD, 0x85f, 1, 95, INTIDS },
        { HUSK_VGIC_GICD, 0xfe8, 4, 6, 12 },
    };

    (void)state;
    assert_masked(start(&husk_vgic_v2), rows, HUSK_COUNT(rows));
}

static void deactivated_intid__is_masked(void **state)
{
    const struct husk_vgic_locked v = start(&husk_vgic_v3);

    (void)state;
    cpu.sysreg[HUSK_SYSREG_ich_vmcr_el2] = 0x200; /* VEOIM */
    assert_int_equal(husk_vgic_write(v, 0, HUSK_VGIC_GICC, 0, 4, 70), HUSK_OK);
    assert_true(masked(70, INTIDS));
}

static void vcpu_of_a_route__is_masked(void **state)
{
    const struct husk_vgic_locked v = start(&husk_vgic_v3);
    static const uint64_t writes[][2] = {
        { 0x0, 3 }, { 0x6000 + 8 * 40, 1 }, { 0x104, 1 << 8 }, { 0x204, 1 << 8 }
    };

    (void)state;
    for (size_t i = 0; i < HUSK_COUNT(writes); i++) {
        cpu.log_count = 0;
        assert_int_equal(husk_vgic_write(v, 0, HUSK_VGIC_GICD, writes[i][0],
                                         writes[i][0] < 0x6000 ? 4 : 8, writes[i][1]),
                         HUSK_OK);
    }
    assert_true(masked(1, VCPUS));
}

static void target_of_an_sgi__is_masked(void **state)
{
    const struct husk_vgic_locked v = start(&husk_vgic_v2);

    (void)state;
    husk_vgic_unlock(v);
    cpu.log_count = 0;
    assert_int_equal(husk_vgic_v2_send(v.vgic, 0, 0x20001), 1);
    assert_true(masked(1, VCPUS));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(v3_offset__is_masked_as_intid_and_redistributor),
        cmocka_unit_test(v2_offset__is_masked_as_intid_and_id_register),
        cmocka_unit_test(deactivated_intid__is_masked),
        cmocka_unit_test(vcpu_of_a_route__is_masked),
        cmocka_unit_test(target_of_an_sgi__is_masked),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
