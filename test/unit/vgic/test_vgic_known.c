// SPDX-License-Identifier: Apache-2.0
// A program that says what all its virtual GICs have: husk_vgic_known in place of the library's
// own.
#include "vgic_calls.h"

#include <husk/vgic.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

const struct husk_vgic_known husk_vgic_known = { .ops = &husk_vgic_v2, .vcpu_count = 1 };

static struct husk_vgic vgic;
static struct husk_vgic_vcpu vcpus[2];

static enum husk_err init(const struct husk_vgic_ops *ops, uint8_t vcpu_count)
{
    const struct husk_vgic_config config = {
        .ops = ops,
        .vcpu_count = vcpu_count,
        .lr_count = 4,
        .pri_bits = 5,
    };

    return husk_vgic_init(&vgic, &config, vcpus);
}

static void what_is_known__is_not_said_again(void **state)
{
    (void)state;
    assert_int_equal(init(NULL, 1), HUSK_OK);
    assert_int_equal(init(&husk_vgic_v2, 1), HUSK_EINVAL);
    assert_int_equal(init(&husk_vgic_v3, 1), HUSK_EINVAL);
}

static void vcpu_count__is_the_known_one(void **state)
{
    (void)state;
    assert_int_equal(init(NULL, 2), HUSK_EINVAL);
    assert_int_equal(init(NULL, 0), HUSK_EINVAL);
}

static void registers__are_of_the_known_version(void **state)
{
    struct husk_fake cpu;
    uint64_t value = 0;

    (void)state;
    memset(&cpu, 0, sizeof(cpu));
    husk_fake = &cpu;
    assert_int_equal(init(NULL, 1), HUSK_OK);
    /* ICPIDR2.ArchRev; GICD_TYPER: CPUNumber 0, 288 INTIDs. */
    assert_int_equal(husk_vgic_read(husk_vgic_lock(&vgic), 0, HUSK_VGIC_GICD, 0xfe8, 4, &value),
                     HUSK_OK);
    assert_int_equal(value >> 4 & 0xf, 2);
    assert_int_equal(husk_vgic_head(&vgic, 4), 8);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_known__is_not_said_again),
        cmocka_unit_test(vcpu_count__is_the_known_one),
        cmocka_unit_test(registers__are_of_the_known_version),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
