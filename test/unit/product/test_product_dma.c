// SPDX-License-Identifier: Apache-2.0
/* Rules about DMA: one good product, and a row for each rule: what is changed, and the error. */
#include <husk/product.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "../put.h"

#define M2 UINT64_C(0x200000)

static const struct husk_blob blob = { NULL, 0x3000, 0 };
static const struct husk_ram_region ram_a = { .pa = { 0x50000000 }, .size_bytes = M2 };
static const struct husk_ram_region ram_b = { .pa = { 0x10000000 }, .size_bytes = M2 };
static const struct husk_range board_ram = { 0, 0x80000000 };
static const struct husk_range reserved = { 0, 0x80000 };
static uint16_t intid;
static struct husk_device device;
static struct husk_bus_window window;
static struct husk_dma_config dma_a, dma_b;
static struct husk_vm_config vms[2];
static struct husk_product product;
static struct husk_board_dma board_dma;
static struct husk_board board;

static void make_good(void)
{
    intid = 200;
    device = (struct husk_device){ .name = "gpio",
                                   .pa = { 0xfe200000 },
                                   .size_bytes = 0x1000,
                                   .intids = &intid,
                                   .intid_count = 1 };
    window = (struct husk_bus_window){ { 0x1000000 }, { 0xc1000000 }, 0x3f000000 };
    dma_a = (struct husk_dma_config){ .channels = 0x191 }; /* 0, 4, 7, 8 */
    dma_b = (struct husk_dma_config){ .channels = 0x604,   /* 2, 9, 10 */
                                      .pool = { 0x20000000 },
                                      .pool_bytes = 0x8000,
                                      .window = &window };
    vms[0] = (struct husk_vm_config){ .name = "a",
                                      .cpu_mask = 1,
                                      .ram = { &ram_a, 1 },
                                      .unikernel = &blob,
                                      .on_reset = HUSK_RESET_VM,
                                      .dma = &dma_a };
    vms[1] = vms[0];
    vms[1].name = "b";
    vms[1].cpu_mask = 2;
    vms[1].ram.items = &ram_b;
    vms[1].devices = (struct husk_device_list){ &device, 1 };
    vms[1].dma = &dma_b;
    product = (struct husk_product){ .name = "test", .vms = { vms, 2 } };
    board_dma = (struct husk_board_dma){
        .window = { { 0 }, { 0xc0000000 }, 0x40000000 },
        .channels = 0x7f5,
        .intid = 112,
        .intid_count = 9,
    };
    board = (struct husk_board){ .name = "rpi4",
                                 .cpu_count = 4,
                                 .ram = &board_ram,
                                 .ram_count = 1,
                                 .reserved = &reserved,
                                 .reserved_count = 1,
                                 .gic = HUSK_GIC_V2,
                                 .lr_count = 4,
                                 .intid_count = 224,
                                 .dma = &board_dma };
}

#define C(name, ...)                                                                               \
    static void name(void)                                                                         \
    {                                                                                              \
        __VA_ARGS__;                                                                               \
    }

C(nothing, (void)0)
C(no_channel, dma_a.channels = 0)
C(channel_11, dma_a.channels = 1 << 11)
C(firmwares_channel, dma_a.channels |= 2)
C(firmwares_other, dma_b.channels |= 8)
C(same_channel, dma_b.channels |= 1)
C(last_same_channel, dma_a.channels = 0x400)
C(half_of_a_pair, dma_a.channels = 0x111; dma_b.channels |= 0x80)
C(half_of_the_last_pair, dma_a.channels = 0x201; dma_b.channels = 0x404)
C(neighbours_of_no_pair, dma_a.channels = 0x40; dma_b.channels = 0x80)
C(pool_off_page, dma_b.pool.value += 0x800)
C(pool_size_off_page, dma_b.pool_bytes = 0x800)
C(pool_too_large, dma_b.pool_bytes = HUSK_MIB(16) + 0x1000)
C(pool_too_small, dma_b.pool_bytes = 0x2000)
C(pool_just, dma_b.pool_bytes = 0x3000)
C(pool_of_most, dma_b.pool_bytes = HUSK_MIB(16))
C(window_of_0, window.size_bytes = 0)
C(window_wraps, window.pa.value = UINT64_MAX - 0xfff)
C(window_past_bus, window.size_bytes = 0x3f001000)
C(window_odd, window.size_bytes -= 0x800)
C(window_elsewhere, window.bus.value -= 0x1000)
C(window_too_low, board_dma.window.pa.value = 0x2000000; board_dma.window.bus.value = 0xc2000000;
  board_dma.window.size_bytes = 0x3e000000)
C(board_without_ranges, board_dma.window.size_bytes = 0)
C(board_with_odd_ranges, board_dma.window.bus.value += 0x800)
C(pool_below, dma_b.pool.value = 0xffc000)
C(pool_above, dma_b.pool.value = 0x3fffc000)
C(pool_at_the_end, dma_b.pool.value = 0x3fff8000)
C(pool_at_the_start, dma_b.pool.value = 0x1000000)
C(pool_in_own_ram, dma_b.pool.value = 0x101f8000)
C(pool_in_others_ram, dma_b.pool.value = 0x50000000)
C(pool_beside_ram, dma_b.pool.value = 0x10200000)
C(pools_meet, dma_a.pool.value = 0x20007000)
C(pools_touch, dma_a.pool.value = 0x20008000)
C(pool_of_default_meets, dma_a.pool.value = 0x1fff1000)
C(pool_of_default_touches, dma_a.pool.value = 0x1fff0000)
C(pool_reserved, window.pa.value = 0; window.bus.value = 0xc0000000; dma_b.pool.value = 0x7f000)
C(pool_no_ram, board.ram_count = 1; static const struct husk_range less = { 0, 0x20004000 };
  static const struct husk_range high = { 0x50000000, 0x10000000 }; static struct husk_range two[2];
  two[0] = less; two[1] = high; board.ram = two; board.ram_count = 2)
C(ram_not_known, board.ram_count = 0)
C(no_engine, board.dma = NULL)
C(no_engine_nor_dma, board.dma = NULL; vms[0].dma = NULL; vms[1].dma = NULL)
C(intids_too_few, vms[0].intid_count = 96)
C(intids_just, vms[0].intid_count = 128)
C(engines_first_intid, intid = 112)
C(engines_last_intid, intid = 120)
C(intid_before, intid = 111)
C(intid_behind, intid = 121)
C(engines_intid_without_dma, intid = 112; vms[1].dma = NULL)

struct row {
    void (*change)(void);
    enum husk_err expected;
    const char *vm, *field, *other;
    uint64_t value, limit;
    bool at_boot;
};

static const struct row rows[] = {
    { nothing, HUSK_OK, NULL, NULL, NULL, 0, 0, false },
    { no_channel, HUSK_EINVAL, "a", "dma.channels", NULL, 0, 0, false },
    { channel_11, HUSK_ERANGE, "a", "dma.channels", NULL, 0x800, 0x7ff, false },
    { firmwares_channel, HUSK_ERANGE, "a", "dma.channels", NULL, 0x193, 0x7f5, true },
    { firmwares_other, HUSK_ERANGE, "b", "dma.channels", NULL, 0x60c, 0x7f5, true },
    { same_channel, HUSK_EOVERLAP, "b", "dma.channels", "a", 1, 0, false },
    { last_same_channel, HUSK_EOVERLAP, "b", "dma.channels", "a", 0x400, 0, false },
    { half_of_a_pair, HUSK_EOVERLAP, "b", "dma.channels", "a", 0x100, 0, false },
    { half_of_the_last_pair, HUSK_EOVERLAP, "b", "dma.channels", "a", 0x200, 0, false },
    { neighbours_of_no_pair, HUSK_OK, NULL, NULL, NULL, 0, 0, false },
    { pool_off_page, HUSK_EINVAL, "b", "dma.pool", NULL, 0x20000800, 0, false },
    { pool_size_off_page, HUSK_EINVAL, "b", "dma.pool_bytes", NULL, 0x800, 0x1000000, false },
    { pool_too_small, HUSK_ERANGE, "b", "dma.pool_bytes", NULL, 0x2000, 0x3000, false },
    { pool_just, HUSK_OK, NULL, NULL, NULL, 0, 0, false },
    { pool_too_large, HUSK_EINVAL, "b", "dma.pool_bytes", NULL, 0x1001000, 0x1000000, false },
    { pool_of_most, HUSK_OK, NULL, NULL, NULL, 0, 0, false },
    { window_of_0, HUSK_EINVAL, "b", "dma.window", NULL, 0, 0, false },
    { window_wraps, HUSK_ERANGE, "b", "dma.window", NULL, 0xc1000000, HUSK_BIT(32), false },
    { window_past_bus, HUSK_ERANGE, "b", "dma.window", NULL, 0xc1000000, HUSK_BIT(32), false },
    { window_odd, HUSK_EINVAL, "b", "dma.window", NULL, 0x1000000, 0, false },
    { window_elsewhere, HUSK_ERANGE, "b", "dma.window", NULL, 0x1000000, 0x40000000, true },
    { window_too_low, HUSK_ERANGE, "b", "dma.window", NULL, 0x1000000, 0x3e000000, true },
    { board_without_ranges, HUSK_ERANGE, "a", "dma.window", NULL, 0, 0, true },
    { board_with_odd_ranges, HUSK_ERANGE, "a", "dma.window", NULL, 0xc0000800, HUSK_BIT(32), true },
    { pool_below, HUSK_ERANGE, "b", "dma.pool", NULL, 0xffc000, 0x40000000, true },
    { pool_above, HUSK_ERANGE, "b", "dma.pool", NULL, 0x3fffc000, 0x40000000, true },
    { pool_at_the_end, HUSK_OK, NULL, NULL, NULL, 0, 0, false },
    { pool_at_the_start, HUSK_OK, NULL, NULL, NULL, 0, 0, false },
    { pool_in_own_ram, HUSK_EOVERLAP, "b", "dma.pool", "b", 0x101f8000, 0, false },
    { pool_in_others_ram, HUSK_EOVERLAP, "b", "dma.pool", "a", 0x50000000, 0, false },
    { pool_beside_ram, HUSK_OK, NULL, NULL, NULL, 0, 0, false },
    { pools_meet, HUSK_EOVERLAP, "b", "dma.pool", "a", 0x20000000, 0, false },
    { pools_touch, HUSK_OK, NULL, NULL, NULL, 0, 0, false },
    { pool_of_default_meets, HUSK_EOVERLAP, "b", "dma.pool", "a", 0x20000000, 0, false },
    { pool_of_default_touches, HUSK_OK, NULL, NULL, NULL, 0, 0, false },
    { pool_reserved, HUSK_EOVERLAP, "b", "dma.pool", "reserved memory", 0x7f000, 0, true },
    { pool_no_ram, HUSK_EOVERLAP, "b", "dma.pool", "reserved memory", 0x20000000, 0, true },
    { ram_not_known, HUSK_OK, NULL, NULL, NULL, 0, 0, false },
    { no_engine, HUSK_EINVAL, "a", "dma.channels", NULL, 0x191, 0, true },
    { no_engine_nor_dma, HUSK_OK, NULL, NULL, NULL, 0, 0, false },
    { intids_too_few, HUSK_ERANGE, "a", "intid_count", NULL, 96, 121, true },
    { intids_just, HUSK_OK, NULL, NULL, NULL, 0, 0, false },
    { engines_first_intid, HUSK_EOVERLAP, "b", "devices[].intids", "dma.channels", 112, 0, true },
    { engines_last_intid, HUSK_EOVERLAP, "b", "devices[].intids", "dma.channels", 120, 0, true },
    { intid_before, HUSK_OK, NULL, NULL, NULL, 0, 0, false },
    { intid_behind, HUSK_OK, NULL, NULL, NULL, 0, 0, false },
    { engines_intid_without_dma, HUSK_EOVERLAP, "b", "devices[].intids", "dma.channels", 112, 0,
      true },
};

static bool same(const char *a, const char *b)
{
    return (a == NULL && b == NULL) || (a != NULL && b != NULL && strcmp(a, b) == 0);
}

static void compare(size_t i, enum husk_err err, const struct husk_product_error *error)
{
    const struct row *const row = &rows[i];

    if (err != row->expected ||
        (err != HUSK_OK && (!same(error->vm, row->vm) || !same(error->field, row->field) ||
                            !same(error->other, row->other) || error->value != row->value ||
                            error->limit != row->limit))) {
        text[0] = '\0';
        if (err != HUSK_OK) {
            husk_product_error_text(error, put);
        }
        fail_msg("row %zu: %d: %s", i, err, text);
    }
}

static void each_rule__names_vm_and_field(void **state)
{
    (void)state;
    for (size_t i = 0; i < HUSK_COUNT(rows); i++) {
        struct husk_product_error error = { 0 };

        make_good();
        rows[i].change();
        compare(i, husk_product_check(&product, &board, &error), &error);
    }
}

static void rule_of_the_board__holds_without_the_others(void **state)
{
    (void)state;
    for (size_t i = 0; i < HUSK_COUNT(rows); i++) {
        struct husk_product_error error = { 0 };

        if (rows[i].at_boot || rows[i].expected == HUSK_OK) {
            make_good();
            rows[i].change();
            compare(i, husk_product_check_dma(&product, &board, &error), &error);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_rule__names_vm_and_field),
        cmocka_unit_test(rule_of_the_board__holds_without_the_others),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
