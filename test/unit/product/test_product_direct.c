// SPDX-License-Identifier: Apache-2.0
/* HUSK_GIC_DIRECT: a good product, and one row for each thing that can't go with it. */
#include <husk/product.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define NONE 0

static uint8_t image[4096];
static struct husk_blob blob;
static struct husk_ram_region ram[2];
static const uint16_t intids[] = { 80 };
static struct husk_device device;
static const struct husk_dma_config dma = { 0 };
static struct husk_vm_config vms[2];
static struct husk_product product;
static const struct husk_range reserved[] = { { 0, 0x80000 }, { 0xfe201000, 0x1000 } };
static struct husk_board board;

static void set_image_size(uint64_t bytes)
{
    for (unsigned i = 0; i < 8; i++) {
        image[16 + i] = (uint8_t)(bytes >> 8 * i);
    }
}

static void make_good(void)
{
    memcpy(image + 56, "ARM\x64", 4);
    set_image_size(0x200000 - HUSK_PRODUCT_TREE_BYTES);
    blob = (struct husk_blob){ image, sizeof(image), 0 };
    ram[0] = (struct husk_ram_region){ .size_bytes = 0x200000 };
    ram[1] = (struct husk_ram_region){ .ipa = { 0xfe000000 }, .size_bytes = 0x200000 };
    device = (struct husk_device){
        .name = "gpio", .pa = { 0xfe200000 }, .size_bytes = 0x1000, .intids = intids
    };
    vms[0] = (struct husk_vm_config){
        .name = "loop",
        .cpu_mask = HUSK_CPUS(0, 3),
        .ram = { ram, 2 },
        .unikernel = &blob,
        .devices = { &device, 1 },
    };
    vms[1] = (struct husk_vm_config){
        .name = "other",
        .cpu_mask = HUSK_CPUS(4, 4),
        .ram = { ram, 1 },
        .unikernel = &blob,
    };
    product = (struct husk_product){ .name = "bare", .vms = { vms, 1 }, .gic = HUSK_GIC_DIRECT };
    board = (struct husk_board){
        .name = "pi",
        .cpu_count = 4,
        .reserved = reserved,
        .reserved_count = HUSK_COUNT(reserved),
        .gic = HUSK_GIC_V2,
        .intid_count = 224,
    };
}

/* The change of a row: a function whose body is given. */
#define C(name, ...)                                                                               \
    static void name(void)                                                                         \
    {                                                                                              \
        __VA_ARGS__;                                                                               \
    }

C(two_vms, product.vms.count = 2)
C(gap_in_cpus, vms[0].cpu_mask = HUSK_CPUS(0, 0) | HUSK_CPUS(2, 2))
C(not_from_cpu_0, vms[0].cpu_mask = HUSK_CPUS(1, 3))
C(reset_vm, vms[0].on_reset = HUSK_RESET_VM)
C(restart, vms[0].on_end = HUSK_END_RESTART)
C(dma_channel, vms[0].dma = &dma)
C(virtual_intids, vms[0].intid_count = 288)
C(device_intid, device.intid_count = 1)
C(ram_over_uart, ram[1].size_bytes = 0x400000)
C(no_room_for_tree, set_image_size(0x200000 - HUSK_PRODUCT_TREE_BYTES + 1))
C(nothing, )
C(one_cpu, vms[0].cpu_mask = HUSK_CPUS(0, 0))
C(reset_board, vms[0].on_reset = HUSK_RESET_BOARD)
C(gicv3, board.gic = HUSK_GIC_V3)
C(no_image_yet, blob.data = NULL; blob.size_bytes = 0)
C(raw, vms[0].unikernel = NULL; vms[0].raw = &blob; blob.slot_offset = 0x80000)

static const struct row {
    const char *label;
    void (*change)(void);
    enum husk_err expected;
    const char *vm, *field;
    size_t index;
} rows[] = {
    { "two_vms", two_vms, HUSK_ERANGE, NULL, "vms", NONE },
    { "gap_in_cpus", gap_in_cpus, HUSK_EINVAL, "loop", "cpu_mask", NONE },
    { "not_from_cpu_0", not_from_cpu_0, HUSK_EINVAL, "loop", "cpu_mask", NONE },
    { "reset_vm", reset_vm, HUSK_EINVAL, "loop", "on_reset", NONE },
    { "restart", restart, HUSK_EINVAL, "loop", "on_end", NONE },
    { "dma_channel", dma_channel, HUSK_EINVAL, "loop", "dma", NONE },
    { "virtual_intids", virtual_intids, HUSK_EINVAL, "loop", "intid_count", NONE },
    { "device_intid", device_intid, HUSK_EINVAL, "loop", "devices[].intids", 0 },
    { "ram_over_uart", ram_over_uart, HUSK_EOVERLAP, "loop", "ram[].ipa", 1 },
    { "no_room_for_tree", no_room_for_tree, HUSK_ERANGE, "loop", "ram[].size_bytes", 0 },
    { "nothing", nothing, HUSK_OK, NULL, NULL, NONE },
    { "one_cpu", one_cpu, HUSK_OK, NULL, NULL, NONE },
    { "reset_board", reset_board, HUSK_OK, NULL, NULL, NONE },
    { "gicv3", gicv3, HUSK_OK, NULL, NULL, NONE },
    { "no_image_yet", no_image_yet, HUSK_OK, NULL, NULL, NONE },
    { "raw", raw, HUSK_OK, NULL, NULL, NONE },
};

static void each_rule__names_vm_and_field(void **state)
{
    (void)state;
    for (size_t i = 0; i < HUSK_COUNT(rows); i++) {
        struct husk_product_error error = { 0 };
        enum husk_err err;

        make_good();
        rows[i].change();
        print_message("%s\n", rows[i].label);
        err = husk_product_check(&product, &board, &error);
        assert_int_equal(err, rows[i].expected);
        if (err == HUSK_OK) {
            continue;
        }
        assert_string_equal(error.field, rows[i].field);
        assert_true(error.index == rows[i].index);
        if (rows[i].vm == NULL) {
            assert_null(error.vm);
            assert_string_equal(error.other, "other");
        } else {
            assert_string_equal(error.vm, rows[i].vm);
        }
        assert_non_null(strstr(error.what, "HUSK_GIC_DIRECT") != NULL
                            ? error.what
                            : strstr(error.what, "device tree"));
    }
}

/* None of the rules is for products with a virtual GIC. */
static void virtual_gic__has_none_of_them(void **state)
{
    static void (*const harmless[])(void) = { gap_in_cpus,    not_from_cpu_0, reset_vm,
                                              virtual_intids, ram_over_uart,  no_room_for_tree };
    struct husk_product_error error;

    (void)state;
    for (size_t i = 0; i < HUSK_COUNT(harmless); i++) {
        make_good();
        harmless[i]();
        product.gic = HUSK_GIC_AUTO;
        vms[0].devices.count = 0;
        assert_int_equal(husk_product_check(&product, &board, &error), HUSK_OK);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_rule__names_vm_and_field),
        cmocka_unit_test(virtual_gic__has_none_of_them),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
