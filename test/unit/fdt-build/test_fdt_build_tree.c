// SPDX-License-Identifier: Apache-2.0
#include <husk/fdt.h>
#include <husk/fdt_build.h>

#include <libfdt.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include <cmocka.h>

static const struct husk_range ram[] = {
    { 0x40000000, 0x10000000 },
    { 0x8000000000, 0x100000000 },
};
static const uint64_t mpidr[] = { 0, 1, 2, 3, 0x100, 0x10000, 6, 7, 8 };
static uint8_t seed[64];
static uint64_t tree[1024];

static struct husk_fdt_guest full_guest(enum husk_fdt_gic gic)
{
    for (size_t i = 0; i < sizeof(seed); i++) {
        seed[i] = (uint8_t)(i + 1);
    }
    return (struct husk_fdt_guest){
        .model = "husk,test",
        .ram = ram,
        .ram_count = HUSK_COUNT(ram),
        .mpidr = mpidr,
        .vcpu_count = 4,
        .gic = gic,
        .gicd = { 0x08000000, 0x10000 },
        .gicr = gic == HUSK_FDT_GICV3 ? (struct husk_range){ 0x080a0000, 0x80000 }
                                      : (struct husk_range){ 0x08010000, 0x2000 },
        .uart = { 0x09000000, 0x1000 },
        .uart_intid = 33,
        .bootargs = "console=ttyAMA0 panic=-1",
        .initrd = { 0x148000000, 0x1234 },
        .rng_seed = seed,
        .kaslr_seed = 0x1122334455667788,
    };
}

static enum husk_err build(const struct husk_fdt_guest *guest)
{
    size_t size = 0;
    enum husk_err err;

    memset(tree, 0, sizeof(tree));
    err = husk_fdt_build(guest, tree, sizeof(tree), &size);
    if (err == HUSK_OK) {
        assert_int_equal(fdt_check_full(tree, size), 0);
        assert_int_equal(fdt_totalsize(tree), size);
    }
    return err;
}

static const void *get(const char *path, const char *name, int *bytes)
{
    int node = fdt_path_offset(tree, path);
    const void *value;

    if (node < 0) {
        fail_msg("no node %s", path);
    }
    value = fdt_getprop(tree, node, name, bytes);
    if (value == NULL) {
        fail_msg("no property %s of %s", name, path);
    }
    return value;
}

static void assert_text(const char *path, const char *name, const char *text, size_t size)
{
    int bytes;
    const char *value = get(path, name, &bytes);

    assert_int_equal(bytes, size);
    assert_memory_equal(value, text, size);
}
#define TEXT(path, name, text) assert_text(path, name, text, sizeof(text))

static void assert_cells(const char *path, const char *name, size_t count, const uint32_t *cells)
{
    int bytes;
    const fdt32_t *value = get(path, name, &bytes);

    assert_int_equal(bytes, count * 4);
    for (size_t i = 0; i < count; i++) {
        if (fdt32_to_cpu(value[i]) != cells[i]) {
            fail_msg("%s %s cell %zu is %#x", path, name, i, fdt32_to_cpu(value[i]));
        }
    }
}
#define CELLS(path, name, ...)                                                                     \
    do {                                                                                           \
        const uint32_t cells_[] = { __VA_ARGS__ };                                                 \
        assert_cells(path, name, HUSK_COUNT(cells_), cells_);                                      \
    } while (0)
#define FLAG(path, name) assert_cells(path, name, 0, NULL)

static bool has(const char *path, const char *name)
{
    int node = fdt_path_offset(tree, path);

    return node >= 0 && fdt_getprop(tree, node, name, NULL) != NULL;
}

static void assert_common(void)
{
    CELLS("/", "#address-cells", 2);
    CELLS("/", "#size-cells", 2);
    TEXT("/", "compatible", "linux,dummy-virt");
    TEXT("/", "model", "husk,test");
    CELLS("/", "interrupt-parent",
          fdt_get_phandle(tree, fdt_path_offset(tree, "/interrupt-controller@8000000")));
    TEXT("/chosen", "bootargs", "console=ttyAMA0 panic=-1");
    TEXT("/chosen", "stdout-path", "/pl011@9000000");
    CELLS("/chosen", "linux,initrd-start", 1, 0x48000000);
    CELLS("/chosen", "linux,initrd-end", 1, 0x48001234);
    assert_text("/chosen", "rng-seed", (const char *)seed, 64);
    CELLS("/chosen", "kaslr-seed", 0x11223344, 0x55667788);
    TEXT("/memory@40000000", "device_type", "memory");
    CELLS("/memory@40000000", "reg", 0, 0x40000000, 0, 0x10000000);
    TEXT("/memory@8000000000", "device_type", "memory");
    CELLS("/memory@8000000000", "reg", 0x80, 0, 1, 0);
    TEXT("/psci", "compatible", "arm,psci-1.0\0arm,psci-0.2");
    TEXT("/psci", "method", "hvc");
    TEXT("/timer", "compatible", "arm,armv8-timer");
    FLAG("/timer", "always-on");
    CELLS("/interrupt-controller@8000000", "#interrupt-cells", 3);
    CELLS("/interrupt-controller@8000000", "#address-cells", 0);
    FLAG("/interrupt-controller@8000000", "interrupt-controller");
    TEXT("/apb-pclk", "compatible", "fixed-clock");
    CELLS("/apb-pclk", "#clock-cells", 0);
    CELLS("/apb-pclk", "clock-frequency", 24000000);
    TEXT("/apb-pclk", "clock-output-names", "uartclk");
    assert_false(has("/pl011@9000000", "arm,primecell-periphid"));
    TEXT("/pl011@9000000", "compatible", "arm,pl011\0arm,primecell");
    CELLS("/pl011@9000000", "reg", 0, 0x09000000, 0, 0x1000);
    CELLS("/pl011@9000000", "interrupts", 0, 1, 4);
    TEXT("/pl011@9000000", "clock-names", "uartclk\0apb_pclk");
    CELLS("/pl011@9000000", "clocks", fdt_get_phandle(tree, fdt_path_offset(tree, "/apb-pclk")),
          fdt_get_phandle(tree, fdt_path_offset(tree, "/apb-pclk")));
    assert_int_not_equal(
        fdt_get_phandle(tree, fdt_path_offset(tree, "/apb-pclk")),
        fdt_get_phandle(tree, fdt_path_offset(tree, "/interrupt-controller@8000000")));
}

static void assert_cpus(size_t count)
{
    static const char *const paths[] = { "/cpus/cpu@0", "/cpus/cpu@1",   "/cpus/cpu@2",
                                         "/cpus/cpu@3", "/cpus/cpu@100", "/cpus/cpu@10000",
                                         "/cpus/cpu@6", "/cpus/cpu@7" };

    CELLS("/cpus", "#address-cells", 1);
    CELLS("/cpus", "#size-cells", 0);
    for (size_t i = 0; i < HUSK_COUNT(paths); i++) {
        if (i >= count) {
            assert_true(fdt_path_offset(tree, paths[i]) < 0);
            continue;
        }
        CELLS(paths[i], "reg", (uint32_t)mpidr[i]);
        TEXT(paths[i], "device_type", "cpu");
        TEXT(paths[i], "compatible", "arm,armv8");
        TEXT(paths[i], "enable-method", "psci");
    }
}

static void uart_of_a_board__has_its_clock_and_id(void **state)
{
    struct husk_fdt_guest guest = full_guest(HUSK_FDT_GICV2);

    (void)state;
    guest.uart = (struct husk_range){ 0xfe201000, 0x200 };
    guest.uart_intid = 153;
    guest.uart_hz = 48000000;
    guest.uart_periphid = 0x00241011;
    assert_int_equal(build(&guest), HUSK_OK);
    TEXT("/chosen", "stdout-path", "/pl011@fe201000");
    CELLS("/apb-pclk", "clock-frequency", 48000000);
    CELLS("/pl011@fe201000", "reg", 0, 0xfe201000, 0, 0x200);
    CELLS("/pl011@fe201000", "interrupts", 0, 121, 4);
    CELLS("/pl011@fe201000", "arm,primecell-periphid", 0x00241011);
}

static void gicv3_guest__is_read_back_by_libfdt(void **state)
{
    const struct husk_fdt_guest guest = full_guest(HUSK_FDT_GICV3);

    (void)state;
    assert_int_equal(build(&guest), HUSK_OK);
    assert_common();
    assert_cpus(4);
    CELLS("/timer", "interrupts", 1, 13, 4, 1, 14, 4, 1, 11, 4, 1, 10, 4);
    TEXT("/interrupt-controller@8000000", "compatible", "arm,gic-v3");
    CELLS("/interrupt-controller@8000000", "reg", 0, 0x08000000, 0, 0x10000, 0, 0x080a0000, 0,
          0x80000);
}

static void gicv2_guest__is_read_back_by_libfdt(void **state)
{
    struct husk_fdt_guest guest = full_guest(HUSK_FDT_GICV2);

    (void)state;
    assert_int_equal(build(&guest), HUSK_OK);
    assert_common();
    assert_cpus(4);
    CELLS("/timer", "interrupts", 1, 13, 0xf04, 1, 14, 0xf04, 1, 11, 0xf04, 1, 10, 0xf04);
    TEXT("/interrupt-controller@8000000", "compatible", "arm,cortex-a15-gic");
    CELLS("/interrupt-controller@8000000", "reg", 0, 0x08000000, 0, 0x10000, 0, 0x08010000, 0,
          0x2000);
    guest.vcpu_count = 8;
    assert_int_equal(build(&guest), HUSK_OK);
    assert_cpus(8);
    CELLS("/timer", "interrupts", 1, 13, 0xff04, 1, 14, 0xff04, 1, 11, 0xff04, 1, 10, 0xff04);
}

static void guest_of_least_parts__has_only_those(void **state)
{
    struct husk_fdt_guest guest = full_guest(HUSK_FDT_GICV3);

    (void)state;
    guest.model = NULL;
    guest.bootargs = NULL;
    guest.rng_seed = NULL;
    guest.kaslr_seed = 0;
    guest.initrd.size_bytes = 0;
    guest.uart.size_bytes = 0;
    guest.uart_intid = 0;
    guest.vcpu_count = 1;
    guest.ram_count = 1;
    assert_int_equal(build(&guest), HUSK_OK);
    assert_cpus(1);
    assert_true(fdt_path_offset(tree, "/chosen") > 0);
    assert_true(fdt_first_property_offset(tree, fdt_path_offset(tree, "/chosen")) < 0);
    assert_false(has("/", "model"));
    assert_true(fdt_path_offset(tree, "/pl011@9000000") < 0);
    assert_true(fdt_path_offset(tree, "/apb-pclk") < 0);
    assert_true(fdt_path_offset(tree, "/memory@8000000000") < 0);
}

static void affinity_level_3__takes_two_cells(void **state)
{
    static const uint64_t far[] = { 0, 0xff00000001 };
    struct husk_fdt_guest guest = full_guest(HUSK_FDT_GICV3);

    (void)state;
    guest.mpidr = far;
    guest.vcpu_count = 2;
    assert_int_equal(build(&guest), HUSK_OK);
    CELLS("/cpus", "#address-cells", 2);
    CELLS("/cpus/cpu@0", "reg", 0, 0);
    CELLS("/cpus/cpu@ff00000001", "reg", 0xff, 1);
}

static void buffer_of_each_size__holds_the_tree_or_is_refused(void **state)
{
    const struct husk_fdt_guest guest = full_guest(HUSK_FDT_GICV3);
    size_t least = 0;

    (void)state;
    for (size_t bytes = 0; bytes < 4096; bytes++) {
        size_t size = 12345;
        uint8_t *buf;
        enum husk_err err;

        assert_int_equal(posix_memalign((void **)&buf, 8, bytes == 0 ? 1 : bytes), 0);
        err = husk_fdt_build(&guest, buf, bytes, &size);
        if (err == HUSK_OK) {
            assert_int_equal(fdt_check_full(buf, size), 0);
            assert_true(size <= bytes);
            least = least == 0 ? bytes : least;
        } else {
            assert_int_equal(err, HUSK_ENOMEM);
            assert_int_equal(size, 12345);
            assert_int_equal(least, 0); /* no size fails above one that served */
        }
        free(buf);
    }
    assert_in_range(least, 1024, 3000);
}

static void buffer_beyond_2_gib__is_used(void **state)
{
    const struct husk_fdt_guest guest = full_guest(HUSK_FDT_GICV3);
    size_t size = 0;
    void *buf;

    (void)state;
    /* Only its ends are touched: the strings grow down from the end libfdt is told. */
    buf = mmap(NULL, UINT64_C(0x80000010), PROT_READ | PROT_WRITE,
               MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    assert_ptr_not_equal(buf, MAP_FAILED);
    assert_int_equal(husk_fdt_build(&guest, buf, UINT64_C(0x80000010), &size), HUSK_OK);
    assert_in_range(size, 1024, 3000);
    (void)munmap(buf, UINT64_C(0x80000010));
}

#define BAD(text, change)                                                                          \
    static void bad_##text(struct husk_fdt_guest *guest)                                           \
    {                                                                                              \
        change;                                                                                    \
    }
static const struct husk_range empty_ram[] = { { 0x40000000, 0x1000 }, { 0x50000000, 0 } };
static const struct husk_range wrapping_ram[] = { { 0x40000000, UINT64_MAX } };
static const uint64_t twins[] = { 0, 1, 0 };
static const uint64_t high_bits[] = { 0, UINT64_C(1) << 40 };
static const uint64_t mt_bit[] = { 0, 1u << 24 };
static const uint64_t res1_bit[] = { UINT64_C(1) << 31 };
BAD(no_ram, guest->ram_count = 0)
BAD(empty_ram, guest->ram = empty_ram)
BAD(wrapping_ram, guest->ram = wrapping_ram; guest->ram_count = 1)
BAD(no_vcpu, guest->vcpu_count = 0)
BAD(many_vcpus, guest->vcpu_count = 9)
BAD(twin_vcpus, guest->mpidr = twins; guest->vcpu_count = 3)
BAD(mpidr_high, guest->mpidr = high_bits; guest->vcpu_count = 2)
BAD(mpidr_mt, guest->mpidr = mt_bit; guest->vcpu_count = 2)
BAD(mpidr_res1, guest->mpidr = res1_bit; guest->vcpu_count = 1)
BAD(no_gicd, guest->gicd.size_bytes = 0)
BAD(no_gicr, guest->gicr.size_bytes = 0)
BAD(gicd_wraps, guest->gicd.base = UINT64_MAX)
BAD(gicr_wraps, guest->gicr.base = UINT64_MAX)
BAD(initrd_wraps, guest->initrd.base = UINT64_MAX)
BAD(uart_wraps, guest->uart.base = UINT64_MAX)
BAD(uart_ppi, guest->uart_intid = 31)
BAD(uart_special, guest->uart_intid = 1020)

static void guest_that_can_not_be__is_refused(void **state)
{
    static void (*const rows[])(struct husk_fdt_guest *) = {
        bad_no_ram,     bad_empty_ram,    bad_wrapping_ram, bad_no_vcpu,      bad_many_vcpus,
        bad_twin_vcpus, bad_mpidr_high,   bad_mpidr_mt,     bad_mpidr_res1,   bad_no_gicd,
        bad_no_gicr,    bad_gicd_wraps,   bad_gicr_wraps,   bad_initrd_wraps, bad_uart_wraps,
        bad_uart_ppi,   bad_uart_special,
    };

    (void)state;
    for (size_t i = 0; i < HUSK_COUNT(rows); i++) {
        struct husk_fdt_guest guest = full_guest(HUSK_FDT_GICV3);

        rows[i](&guest);
        if (build(&guest) != HUSK_EINVAL) {
            fail_msg("row %zu", i);
        }
    }
}

static void uart_at_the_last_spi__is_written(void **state)
{
    struct husk_fdt_guest guest = full_guest(HUSK_FDT_GICV3);

    (void)state;
    guest.uart_intid = 1019;
    assert_int_equal(build(&guest), HUSK_OK);
    CELLS("/pl011@9000000", "interrupts", 0, 987, 4);
    guest.uart_intid = 32;
    assert_int_equal(build(&guest), HUSK_OK);
    CELLS("/pl011@9000000", "interrupts", 0, 0, 4);
}

static void unaligned_buffer__is_refused(void **state)
{
    const struct husk_fdt_guest guest = full_guest(HUSK_FDT_GICV3);
    size_t size;

    (void)state;
    assert_int_equal(husk_fdt_build(&guest, (uint8_t *)tree + 4, sizeof(tree) - 4, &size),
                     HUSK_EINVAL);
}

static void built_tree__is_read_by_the_scan(void **state)
{
    const struct husk_fdt_guest guest = full_guest(HUSK_FDT_GICV3);
    struct husk_fdt_board board;
    const void *value;
    size_t bytes;

    (void)state;
    assert_int_equal(build(&guest), HUSK_OK);
    assert_int_equal(husk_fdt_scan(tree, sizeof(tree), &board), HUSK_OK);
    assert_int_equal(board.memory_count, 2);
    assert_memory_equal(board.memory, ram, sizeof(ram));
    assert_int_equal(husk_fdt_value(tree, sizeof(tree), "chosen", "rng-seed", &value, &bytes),
                     HUSK_OK);
    assert_int_equal(bytes, 64);
    assert_memory_equal(value, seed, 64);
    assert_false(husk_fdt_psci_smc(tree, sizeof(tree)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(gicv3_guest__is_read_back_by_libfdt),
        cmocka_unit_test(uart_of_a_board__has_its_clock_and_id),
        cmocka_unit_test(gicv2_guest__is_read_back_by_libfdt),
        cmocka_unit_test(guest_of_least_parts__has_only_those),
        cmocka_unit_test(affinity_level_3__takes_two_cells),
        cmocka_unit_test(buffer_of_each_size__holds_the_tree_or_is_refused),
        cmocka_unit_test(buffer_beyond_2_gib__is_used),
        cmocka_unit_test(guest_that_can_not_be__is_refused),
        cmocka_unit_test(uart_at_the_last_spi__is_written),
        cmocka_unit_test(unaligned_buffer__is_refused),
        cmocka_unit_test(built_tree__is_read_by_the_scan),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
