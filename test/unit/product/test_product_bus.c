// SPDX-License-Identifier: Apache-2.0
/* Rules about bus masters: one good product, and a row for each rule: what is changed, and the
 * error. */
#include "rows.h"

static const struct husk_blob blob = { NULL, 0x3000, 0 };
static const struct husk_property host = { "dr_mode", "host", 5 };
static struct husk_ram_region ram_a, ram_b[3];
static struct husk_property properties[2];
static uint16_t intids[17];
static struct husk_device devices[2];
static struct husk_dma_config channels;
static const struct husk_bus_window upper = { { 0x30000000 }, { 0xf0000000 }, 0x8000000 };
static struct husk_vm_config vms[2];
static struct husk_product product;
static struct husk_range board_ram[2];
static struct husk_range reserved[2];
static struct husk_board_bus buses[2];
static struct husk_board_master masters[2];
static struct husk_board_dma board_dma;
static struct husk_board board;

/* A board like the Raspberry Pi 4: a bus that reaches the first GiB, and firmware in there. */
static void make_board(void)
{
    board_ram[0] = (struct husk_range){ 0, 0x3c000000 };
    board_ram[1] = (struct husk_range){ 0x40000000, 0x40000000 };
    reserved[0] = (struct husk_range){ 0, 0x80000 };
    reserved[1] = (struct husk_range){ 0x200000, 0x200000 }; /* Husk, before it moves */
    buses[0] = (struct husk_board_bus){ "emmc2bus", { { 0 }, { 0 }, HUSK_BIT(40) } };
    buses[1] = (struct husk_board_bus){ "soc", { { 0 }, { 0xc0000000 }, 0x40000000 } };
    masters[0] = (struct husk_board_master){ { 0xfe340000, 0x1000 }, "emmc2bus" };
    masters[1] = (struct husk_board_master){ { 0xfe98f000, 0x1000 }, "soc" };
    board_dma = (struct husk_board_dma){ { { 0 }, { 0xc0000000 }, 0x40000000 }, 0x7f5, 112, 9 };
    board = (struct husk_board){ .name = "board",
                                 .cpu_count = 4,
                                 .ram = board_ram,
                                 .ram_count = 2,
                                 .reserved = reserved,
                                 .reserved_count = 2,
                                 .firmware_count = 1,
                                 .buses = buses,
                                 .bus_count = 2,
                                 .masters = masters,
                                 .master_count = 2,
                                 .dma = &board_dma };
}

static void make_good(void)
{
    make_board();
    for (uint16_t i = 0; i < HUSK_COUNT(intids); i++) {
        intids[i] = (uint16_t)(130 + i);
    }
    properties[0] = properties[1] = host;
    ram_a = (struct husk_ram_region){ .pa = { 0x50000000 }, .size_bytes = M2 };
    ram_b[0] = (struct husk_ram_region){ .ipa = { 0x80000000 }, .size_bytes = 8 * M2 };
    ram_b[1] = (struct husk_ram_region){ .ipa = { 0x40000000 },
                                         .pa = { 0x10000000 },
                                         .size_bytes = 64 * M2 };
    ram_b[2] =
        (struct husk_ram_region){ .ipa = { 0x90000000 }, .pa = { 0x20000000 }, .size_bytes = M2 };
    devices[0] = (struct husk_device){ .name = "gpio", .pa = { 0xfe200000 }, .size_bytes = 0x1000 };
    devices[1] = (struct husk_device){ .name = "usb",
                                       .pa = { 0xfe980000 },
                                       .size_bytes = 0x10000,
                                       .intids = intids,
                                       .intid_count = 1,
                                       .compatible = "brcm,bcm2835-usb",
                                       .properties = properties,
                                       .property_count = 2,
                                       .bus = "soc" };
    channels = (struct husk_dma_config){ .channels = 0x10 };
    vms[0] = (struct husk_vm_config){ .name = "a",
                                      .cpu_mask = 1,
                                      .ram = { &ram_a, 1 },
                                      .unikernel = &blob,
                                      .on_reset = HUSK_RESET_VM };
    vms[1] = (struct husk_vm_config){ .name = "b",
                                      .cpu_mask = 2,
                                      .ram = { ram_b, 3 },
                                      .kernel = &blob,
                                      .on_reset = HUSK_RESET_VM,
                                      .devices = { devices, 2 },
                                      .wall = true,
                                      .trusted = true };
    product = (struct husk_product){ .name = "test", .vms = { vms, 2 } };
}

C(nothing, (void)0)
/* ---- nodes ---- */
C(null_properties, devices[1].properties = NULL)
C(no_properties, devices[1].properties = NULL; devices[1].property_count = 0)
C(properties_of_no_node, devices[1].compatible = NULL)
C(nameless_property, properties[1].name = NULL)
C(empty_property_name, properties[1].name = "")
C(property_without_value, properties[1].value = NULL)
C(property_that_is_a_flag, properties[1].value = NULL; properties[1].bytes = 0)
C(endless_property, properties[1].bytes = SIZE_MAX)
C(large_property, properties[0].bytes = 0x8000 - 2 * (16 + 7) - 5)
C(too_large_property, large_property(); properties[0].bytes++)
C(no_room_for_a_name, properties[0].bytes = 0x8000 - 16 - 7)
C(node_name_too_long, devices[1].name = "a-name-of-23-characters")
C(node_name_longest, devices[1].name = "a-name-of-22-character")
C(node_name_of_all_kinds, devices[1].name = "Usb_2.0-x,y+zZ9")
C(node_name_bracket, devices[1].name = "usb[")
C(node_name_brace, devices[1].name = "usb{")
C(node_name_digit, devices[1].name = "1usb")
C(node_name_space, devices[1].name = "u b")
C(node_name_slash, devices[1].name = "usb/x")
C(node_name_at, devices[1].name = "usb@1")
C(name_of_no_node, devices[0].name = "all the pins there are, in one page")
C(many_node_intids, devices[1].intid_count = 17)
C(most_node_intids, devices[1].intid_count = 16)
C(many_intids_of_no_node, many_node_intids(); devices[1].compatible = NULL;
  devices[1].property_count = 0)
/* ---- a VM ---- */
C(wall_of_nobody, devices[1].bus = NULL; vms[1].trusted = false)
C(trust_in_nobody, devices[1].bus = NULL; vms[1].wall = false)
C(no_master, devices[1].bus = NULL; vms[1].wall = vms[1].trusted = false)
C(known_master_as_none, no_master())
C(known_master_beside, no_master(); masters[1].regs.base = 0xfe990000)
C(known_master_of_another, masters[1].bus = "scb")
C(no_masters_known, no_master(); board.master_count = 0)
/* ---- what they reach ---- */
C(unknown_bus, devices[1].bus = "scb"; board.master_count = 0)
C(board_without_buses, board.bus_count = 0)
C(other_bus, devices[1].bus = "emmc2bus"; vms[1].wall = false; board.master_count = 0)
C(bus_of_nothing, buses[1].window.size_bytes = 0)
C(bus_that_wraps, buses[1].window.pa.value = UINT64_MAX - 1)
C(bus_address_that_wraps, buses[1].window.bus.value = UINT64_MAX - 1)
C(bank_chosen_at_boot, ram_b[1].pa.value = 0; ram_b[2].pa.value = 0)
C(bank_above, ram_b[1].pa.value = 0x60000000; ram_b[2].pa.value = 0)
C(bank_across, board_ram[0].size_bytes = 0x40000000; ram_b[1].pa.value = 0x40000000 - M2;
  ram_b[2].pa.value = 0)
C(bank_up_to_the_end, board_ram[0].size_bytes = 0x40000000;
  ram_b[1].pa.value = 0x40000000 - 64 * M2)
C(bank_not_lowest, ram_b[0].ipa.value = 0x30000000)
C(bank_of_unikernel, vms[1].kernel = NULL; vms[1].raw = &blob; ram_b[0].ipa.value = 0x30000000)
/* ---- who else is there ---- */
C(neither, vms[1].wall = vms[1].trusted = false)
C(trusted_alone, vms[1].wall = false)
C(wall_alone, vms[1].trusted = false)
C(wall_alone_without_firmware, wall_alone(); board.firmware_count = 0)
C(wall_alone_firmware_beside, wall_alone(); reserved[0] = (struct husk_range){ 0x40000000, 0x1000 })
C(wall_alone_firmware_at_end, wall_alone(); reserved[0] = (struct husk_range){ 0x3ffff000, 0x1000 })
C(neighbour_in_reach, ram_a.pa.value = 0x30000000)
C(neighbour_in_reach_trusted, neighbour_in_reach(); vms[1].wall = false)
C(neighbour_at_its_end, ram_a.pa.value = 0x40000000)
C(neighbour_anywhere, ram_a.pa.value = 0)
C(channels_in_reach, vms[0].dma = &channels)
C(channels_in_reach_by_window, vms[0].dma = &channels; channels.window = &upper)
C(channels_out_of_reach, buses[1].window.size_bytes = 0x30000000; channels_in_reach_by_window())
C(own_channels_in_reach, vms[1].dma = &channels)
C(channels_in_reach_trusted, vms[0].dma = &channels; vms[1].wall = false)
C(no_ram_outside, board.ram_count = 1; ram_a.pa.value = 0)
C(ram_not_known, board.ram_count = 0)

#define B "b"

/* clang-format off */
static const struct row shape_rows[] = {
    OK(nothing), OK(no_properties), OK(property_that_is_a_flag), OK(large_property), OK(node_name_longest),
    OK(node_name_of_all_kinds),
    OK(name_of_no_node), OK(most_node_intids), OK(many_intids_of_no_node), OK(no_masters_known), OK(known_master_beside),
    BAD(null_properties, EINVAL, B, "devices[].properties", 1, NULL, 0, 0),
    BAD(properties_of_no_node, EINVAL, B, "devices[].properties", 1, NULL, 0, 0),
    BAD(nameless_property, EINVAL, B, "devices[].properties", 1, NULL, 0, 0),
    BAD(empty_property_name, EINVAL, B, "devices[].properties", 1, NULL, 0, 0),
    BAD(property_without_value, EINVAL, B, "devices[].properties", 1, NULL, 0, 0),
    BAD(endless_property, EINVAL, B, "devices[].properties", 1, NULL, 0, 0),
    BAD(too_large_property, EINVAL, B, "devices[].properties", 1, NULL, 0, 0),
    BAD(no_room_for_a_name, EINVAL, B, "devices[].properties", 1, NULL, 0, 0),
    BAD(node_name_too_long, EINVAL, B, "devices[].name", 1, NULL, 0, 22),
    BAD(node_name_bracket, EINVAL, B, "devices[].name", 1, NULL, 0, 22),
    BAD(node_name_brace, EINVAL, B, "devices[].name", 1, NULL, 0, 22),
    BAD(node_name_digit, EINVAL, B, "devices[].name", 1, NULL, 0, 22),
    BAD(node_name_space, EINVAL, B, "devices[].name", 1, NULL, 0, 22),
    BAD(node_name_slash, EINVAL, B, "devices[].name", 1, NULL, 0, 22),
    BAD(node_name_at, EINVAL, B, "devices[].name", 1, NULL, 0, 22),
    BAD(many_node_intids, ERANGE, B, "devices[].intids", 1, NULL, 17, 16),
    BAD(wall_of_nobody, EINVAL, B, "wall", NONE, NULL, 0, 0),
    BAD(trust_in_nobody, EINVAL, B, "trusted", NONE, NULL, 0, 0),
};
/* At boot, too. */
static const struct row board_rows[] = {
    OK(other_bus), OK(bank_up_to_the_end), OK(bank_of_unikernel), OK(trusted_alone), OK(wall_alone_without_firmware),
    OK(wall_alone_firmware_beside), OK(neighbour_in_reach_trusted), OK(neighbour_at_its_end), OK(neighbour_anywhere),
    OK(channels_in_reach_trusted), OK(channels_out_of_reach), OK(ram_not_known),
    BAD(known_master_as_none, EINVAL, B, "devices[].bus", 1, "soc", 0xfe98f000, 0),
    BAD(known_master_of_another, EINVAL, B, "devices[].bus", 1, "scb", 0xfe98f000, 0),
    BAD(unknown_bus, EINVAL, B, "devices[].bus", 1, NULL, 0, 0),
    BAD(board_without_buses, EINVAL, B, "devices[].bus", 1, NULL, 0, 0),
    BAD(bus_of_nothing, EINVAL, B, "devices[].bus", 1, NULL, 0, 0),
    BAD(bus_that_wraps, EINVAL, B, "devices[].bus", 1, NULL, 0, 0),
    BAD(bus_address_that_wraps, EINVAL, B, "devices[].bus", 1, NULL, 0, 0),
    BAD(bank_chosen_at_boot, ERANGE, B, "devices[].bus", 1, NULL, 0, 0x40000000),
    BAD(bank_above, ERANGE, B, "devices[].bus", 1, NULL, 0, 0x40000000),
    BAD(bank_across, ERANGE, B, "devices[].bus", 1, NULL, 0, 0x40000000),
    BAD(bank_not_lowest, EINVAL, B, "ram[].ipa", 0, NULL, 0x30000000, 0x40000000),
    BAD(neither, EINVAL, B, "devices[].bus", 1, NULL, 0, 0),
    BAD(wall_alone, EOVERLAP, B, "trusted", NONE, NULL, 0, 0x80000),
    BAD(wall_alone_firmware_at_end, EOVERLAP, B, "trusted", NONE, NULL, 0x3ffff000, 0x40000000),
    BAD(neighbour_in_reach, EOVERLAP, B, "wall", NONE, "a", 0, 0),
    BAD(channels_in_reach, EOVERLAP, B, "wall", NONE, "a", 0, 0),
    BAD(channels_in_reach_by_window, EOVERLAP, B, "wall", NONE, "a", 0, 0),
    BAD(own_channels_in_reach, EOVERLAP, B, "wall", NONE, "b", 0, 0),
    BAD(no_ram_outside, ERANGE, B, "wall", NONE, NULL, 0, 0x40000000),
};
/* clang-format on */

typedef enum husk_err check_fn(const struct husk_product *, const struct husk_board *,
                               struct husk_product_error *);

static void each_row(const struct row *rows, size_t count, check_fn *check)
{
    for (size_t i = 0; i < count; i++) {
        struct husk_product_error error = { 0 };

        make_good();
        rows[i].change();
        compare_row(&rows[i], check(&product, &board, &error), &error);
    }
}

static void each_rule__names_vm_and_field(void **state)
{
    (void)state;
    each_row(shape_rows, HUSK_COUNT(shape_rows), husk_product_check);
    each_row(board_rows, HUSK_COUNT(board_rows), husk_product_check);
}

static void rule_of_the_board__holds_without_the_others(void **state)
{
    (void)state;
    each_row(board_rows, HUSK_COUNT(board_rows), husk_product_check_bus);
}

static void bank__is_the_first_region_in_reach(void **state)
{
    (void)state;
    make_good();
    assert_ptr_equal(husk_product_bus_window(&board, "soc"), &buses[1].window);
    assert_null(husk_product_bus_window(&board, "so"));
    assert_int_equal(husk_product_bank(&vms[1], &buses[1].window), 1);
    ram_b[1].pa.value = 0;
    assert_int_equal(husk_product_bank(&vms[1], &buses[1].window), 2);
    ram_b[2].pa.value = 0x60000000;
    assert_int_equal(husk_product_bank(&vms[1], &buses[1].window), 3);
    assert_int_equal(husk_product_bank(&vms[1], &buses[0].window), 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_rule__names_vm_and_field),
        cmocka_unit_test(rule_of_the_board__holds_without_the_others),
        cmocka_unit_test(bank__is_the_first_region_in_reach),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
