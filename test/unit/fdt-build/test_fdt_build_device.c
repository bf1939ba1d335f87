// SPDX-License-Identifier: Apache-2.0
/* Devices passed through, in a guest's tree. */
#include "board.h"

#include <libfdt.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static const uint16_t intids[17] = { 105, 1019, 32, 33, 34, 35, 36, 37, 38,
                                     39,  40,   41, 42, 43, 44, 45, 46 };
static const struct husk_property properties[] = { { "dr_mode", "host", sizeof("host") },
                                                   { "snps,flag", NULL, 0 },
                                                   { "snps,cell", "\x12\x34\x56\x78", 4 } };
static struct husk_fdt_device devices[2];
static uint64_t written[512];

/* A master with an interrupt, two properties; and a device that is none. */
static struct husk_fdt_guest good(void)
{
    struct husk_fdt_guest guest = plain_guest();

    devices[0] = (struct husk_fdt_device){
        .name = "usb",
        .compatible = "brcm,bcm2835-usb",
        .regs = { 0xfe980000, 0x10000 },
        .intids = intids,
        .intid_count = 2,
        .properties = properties,
        .property_count = HUSK_COUNT(properties),
        .dma = { 0x40000000, 0x8000000 },
        .dma_bus = { 0xc8000000 },
    };
    devices[1] = (struct husk_fdt_device){ .name = "gpio",
                                           .compatible = "brcm,bcm2711-gpio",
                                           .regs = { 0xfe200000, 0x1000 } };
    guest.devices = devices;
    guest.device_count = HUSK_COUNT(devices);
    return guest;
}

static enum husk_err build(const struct husk_fdt_guest *guest, size_t bytes)
{
    size_t size;

    return husk_fdt_build(guest, written, bytes, &size);
}

/* The property is these cells, big-endian. */
static void assert_cells(int node, const char *name, int count, const uint32_t *cells)
{
    int bytes;
    const fdt32_t *const found = fdt_getprop(written, node, name, &bytes);

    assert_int_equal(bytes, count * 4);
    for (int i = 0; i < count; i++) {
        assert_int_equal(fdt32_to_cpu(found[i]), cells[i]);
    }
}

static void master__is_on_a_bus_that_says_what_it_reaches(void **state)
{
    static const uint32_t ranges[] = { 0, 0xc8000000, 0, 0x40000000, 0, 0x8000000 };
    static const uint32_t reg[] = { 0, 0xfe980000, 0, 0x10000 };
    static const uint32_t interrupts[] = { 0, 73, 4, 0, 987, 4 };
    static const uint32_t cell[] = { 0x12345678 };
    const struct husk_fdt_guest guest = good();
    int bytes;
    int bus;
    int node;

    (void)state;
    assert_int_equal(build(&guest, sizeof(written)), HUSK_OK);
    bus = fdt_path_offset(written, "/bus@fe980000");
    assert_true(bus > 0);
    assert_int_equal(fdt_node_check_compatible(written, bus, "simple-bus"), 0);
    assert_int_equal(fdt_address_cells(written, bus), 2);
    assert_int_equal(fdt_size_cells(written, bus), 2);
    assert_non_null(fdt_getprop(written, bus, "ranges", &bytes));
    assert_int_equal(bytes, 0);
    assert_cells(bus, "dma-ranges", 6, ranges);
    node = fdt_subnode_offset(written, bus, "usb@fe980000");
    assert_true(node > 0);
    assert_int_equal(fdt_node_check_compatible(written, node, "brcm,bcm2835-usb"), 0);
    assert_cells(node, "reg", 4, reg);
    assert_cells(node, "interrupts", 6, interrupts);
    assert_string_equal(fdt_getprop(written, node, "dr_mode", &bytes), "host");
    assert_int_equal(bytes, 5);
    assert_non_null(fdt_getprop(written, node, "snps,flag", &bytes));
    assert_int_equal(bytes, 0);
    assert_cells(node, "snps,cell", 1, cell);
}

static void other_device__is_in_the_root(void **state)
{
    static const uint32_t reg[] = { 0, 0xfe200000, 0, 0x1000 };
    const struct husk_fdt_guest guest = good();
    int bytes;
    int node;

    (void)state;
    assert_int_equal(build(&guest, sizeof(written)), HUSK_OK);
    node = fdt_path_offset(written, "/gpio@fe200000");
    assert_true(node > 0);
    assert_int_equal(fdt_node_check_compatible(written, node, "brcm,bcm2711-gpio"), 0);
    assert_cells(node, "reg", 4, reg);
    assert_null(fdt_getprop(written, node, "interrupts", &bytes));
    assert_int_equal(fdt_path_offset(written, "/bus@fe200000"), -FDT_ERR_NOTFOUND);
}

static void longest_name__is_written_whole(void **state)
{
    const struct husk_fdt_guest guest = good();

    (void)state;
    devices[1].name = "a-name-of-22-character";
    devices[1].regs.base = 0xf123456789abcde0;
    assert_int_equal(build(&guest, sizeof(written)), HUSK_OK);
    assert_true(fdt_path_offset(written, "/a-name-of-22-character@f123456789abcde0") > 0);
    devices[1].name = "a-name-of-23-characters";
    assert_int_equal(build(&guest, sizeof(written)), HUSK_EINVAL);
}

static void device_that_can_not_be__is_refused(void **state)
{
    static const struct husk_property nameless = { NULL, "", 1 };
    static const struct husk_property valueless = { "x", NULL, 1 };
    static const struct husk_property endless = { "x", "", SIZE_MAX };
    const struct husk_property *const wrong[] = { &nameless, &valueless, &endless };
    static const uint16_t no_spi[] = { 31, 1020 };
    struct husk_fdt_guest guest;

#define REFUSED(change)                                                                            \
    do {                                                                                           \
        guest = good();                                                                            \
        change;                                                                                    \
        assert_int_equal(build(&guest, sizeof(written)), HUSK_EINVAL);                             \
    } while (0)
    (void)state;
    REFUSED(devices[1].name = NULL);
    REFUSED(devices[1].name = "");
    REFUSED(devices[1].compatible = NULL);
    REFUSED(devices[1].regs.size_bytes = 0);
    REFUSED(devices[1].regs.base = UINT64_MAX);
    REFUSED(devices[0].dma.base = UINT64_MAX - 1);
    REFUSED(devices[0].dma_bus.value = UINT64_MAX - 1);
    REFUSED(devices[0].intid_count = 17);
    for (size_t i = 0; i < 2; i++) {
        REFUSED((devices[1].intids = &no_spi[i], devices[1].intid_count = 1));
    }
    for (size_t i = 0; i < HUSK_COUNT(wrong); i++) {
        REFUSED((devices[1].properties = wrong[i], devices[1].property_count = 1));
    }
    guest = good();
    devices[0].intid_count = 16;
    assert_int_equal(build(&guest, sizeof(written)), HUSK_OK);
}

static void any_buffer__holds_all_or_is_refused(void **state)
{
    const struct husk_fdt_guest guest = good();
    size_t bytes = 0;

    (void)state;
    while (build(&guest, bytes) != HUSK_OK) {
        assert_int_equal(build(&guest, bytes), HUSK_ENOMEM);
        bytes += 4;
        assert_true(bytes < sizeof(written));
    }
    assert_true(fdt_path_offset(written, "/gpio@fe200000") > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(master__is_on_a_bus_that_says_what_it_reaches),
        cmocka_unit_test(other_device__is_in_the_root),
        cmocka_unit_test(longest_name__is_written_whole),
        cmocka_unit_test(device_that_can_not_be__is_refused),
        cmocka_unit_test(any_buffer__holds_all_or_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
