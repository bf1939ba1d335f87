// SPDX-License-Identifier: Apache-2.0
/* husk_fdt_build(): the DMA engine in a guest's tree. */
#include "board.h"

#include <libfdt.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static struct husk_fdt_guest guest_with(uint32_t channels)
{
    struct husk_fdt_guest guest = plain_guest();

    guest.dma = (struct husk_range){ 0xfe007000, 0xb00 };
    guest.dma_channels = channels;
    for (unsigned i = 0; i < HUSK_FDT_DMA_MAX; i++) {
        guest.dma_intids[i] = (uint16_t)(112 + i);
    }
    return guest;
}

static uint64_t written[512];

static enum husk_err build(const struct husk_fdt_guest *guest)
{
    size_t size;

    return husk_fdt_build(guest, written, sizeof(written), &size);
}

static void engine__is_read_back_by_libfdt(void **state)
{
    static const char names[] = "dma2\0dma10\0dma15";
    const struct husk_fdt_guest guest = guest_with(0x8404);
    const fdt32_t *interrupts;
    int node;
    int bytes;

    (void)state;
    assert_int_equal(build(&guest), HUSK_OK);
    node = fdt_path_offset(written, "/dma-controller@fe007000");
    assert_true(node > 0);
    assert_int_equal(fdt_node_check_compatible(written, node, "brcm,bcm2835-dma"), 0);
    interrupts = fdt_getprop(written, node, "interrupts", &bytes);
    assert_int_equal(bytes, 3 * 3 * 4);
    for (int i = 0; i < 3; i++) {
        const int channels[] = { 2, 10, 15 };

        assert_int_equal(fdt32_to_cpu(interrupts[3 * i]), 0);
        assert_int_equal(fdt32_to_cpu(interrupts[3 * i + 1]), 80 + channels[i]);
        assert_int_equal(fdt32_to_cpu(interrupts[3 * i + 2]), 4);
    }
    assert_memory_equal(fdt_getprop(written, node, "interrupt-names", &bytes), names,
                        sizeof(names));
    assert_int_equal(bytes, sizeof(names));
    assert_int_equal(
        fdt32_to_cpu(*(const fdt32_t *)fdt_getprop(written, node, "brcm,dma-channel-mask", &bytes)),
        0x8404);
    assert_int_equal(
        fdt32_to_cpu(*(const fdt32_t *)fdt_getprop(written, node, "#dma-cells", &bytes)), 1);
    assert_null(fdt_getprop(written, 0, "dma-ranges", &bytes));
}

static void engine_that_can_not_be__is_refused(void **state)
{
    struct husk_fdt_guest guest = guest_with(0);

    (void)state;
    assert_int_equal(build(&guest), HUSK_EINVAL); /* no channel */
    guest = guest_with(0x10000);
    assert_int_equal(build(&guest), HUSK_EINVAL);
    guest = guest_with(1);
    guest.dma.base = UINT64_MAX - 1;
    assert_int_equal(build(&guest), HUSK_EINVAL);
    guest = guest_with(1);
    guest.dma_intids[0] = 31;
    assert_int_equal(build(&guest), HUSK_EINVAL);
    guest.dma_intids[0] = 1020;
    assert_int_equal(build(&guest), HUSK_EINVAL);
    guest.dma_intids[0] = 1019;
    guest.dma_intids[1] = 0; /* not this guest's */
    assert_int_equal(build(&guest), HUSK_OK);
    guest = guest_with(0);
    guest.dma.size_bytes = 0;
    assert_int_equal(build(&guest), HUSK_OK);
    assert_true(fdt_path_offset(written, "/dma-controller@fe007000") < 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(engine__is_read_back_by_libfdt),
        cmocka_unit_test(engine_that_can_not_be__is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
