// SPDX-License-Identifier: Apache-2.0
/* One good product, and one row per rule: what is changed, and the error that must come of it. */
#include "rows.h"

/* The good product, made anew for each row, so that rows can write to it. */
static uint8_t image[4096];
static struct husk_blob uni, kernel, initrd, raw, spare;
static struct husk_ram_region ram_a[9], ram_b[9];
static uint16_t intids_a[2], intids_b[2];
static struct husk_device dev_a[2], dev_b[2], many[33];
static struct husk_vm_config vms[9];
static struct husk_product product;
static struct husk_range board_ram[2], reserved[1];
static struct husk_board board;
static char long_line[2049];

static void image_make(uint64_t text_offset)
{
    memset(image, 0, sizeof(image));
    image[9] = (uint8_t)(text_offset >> 8);
    image[10] = (uint8_t)(text_offset >> 16);
    image[18] = 0x40; /* image_size 4 MiB */
    image[24] = 0xa;
    memcpy(image + 56, "ARM\x64", 4);
}

static const struct husk_ram_region everything = { { M2 }, { M2 }, HUSK_GIB(8) + 1 };

static void make_good(void)
{
    image_make(0);
    uni = (struct husk_blob){ image, 0x3000, 0 };
    kernel = (struct husk_blob){ image, sizeof(image), 0 };
    initrd = (struct husk_blob){ image, sizeof(image), 0 };
    raw = (struct husk_blob){ image, sizeof(image), 0x80000 };
    spare = (struct husk_blob){ image, sizeof(image), 0 };
    memset(ram_a, 0, sizeof(ram_a));
    memset(ram_b, 0, sizeof(ram_b));
    ram_a[0] = (struct husk_ram_region){ .pa = { 0x50000000 }, .size_bytes = M2 };
    ram_b[0] = (struct husk_ram_region){ { HUSK_GUEST_RAM }, { 0x60000000 }, 32 * M2 };
    ram_b[1] = (struct husk_ram_region){ { 0x80000000 }, { 0x70000000 }, 32 * M2 };
    /* Behind each list lies a region over everything, of an odd size: who reads one
     * too far finds fault. */
    for (size_t i = 1; i < HUSK_COUNT(ram_a); i++) {
        ram_a[i] = everything;
    }
    for (size_t i = 2; i < HUSK_COUNT(ram_b); i++) {
        ram_b[i] = everything;
    }
    intids_a[0] = 34, intids_a[1] = 47, intids_b[0] = 80, intids_b[1] = 287;
    dev_a[0] = (struct husk_device){ .name = "gpio",
                                     .pa = { 0x09030000 },
                                     .size_bytes = 0x1000,
                                     .intids = intids_a,
                                     .intid_count = 2 };
    dev_a[1] = (struct husk_device){ .name = "rtc", .pa = { 0x09031000 }, .size_bytes = 0x1000 };
    dev_b[0] = (struct husk_device){ .name = "nic",
                                     .pa = { 0x0b000000 },
                                     .size_bytes = 0x2000,
                                     .intids = intids_b,
                                     .intid_count = 2 };
    dev_b[1] = (struct husk_device){ .name = "disk", .pa = { 0x0b002000 }, .size_bytes = 0x1000 };
    memset(vms, 0, sizeof(vms));
    vms[0] = (struct husk_vm_config){ .name = "loop",
                                      .cpu_mask = HUSK_CPUS(0, 0),
                                      .ram = { ram_a, 1 },
                                      .unikernel = &uni,
                                      .devices = { dev_a, 2 } };
    vms[1] = (struct husk_vm_config){ .name = "linux",
                                      .cpu_mask = HUSK_CPUS(1, 3),
                                      .ram = { ram_b, 2 },
                                      .kernel = &kernel,
                                      .initrd = &initrd,
                                      .command_line = "quiet",
                                      .devices = { dev_b, 2 } };
    vms[2] = (struct husk_vm_config){ .name = "none", .cpu_mask = 1, .ram = { &everything, 1 } };
    product = (struct husk_product){ .name = "drone-2_B", .vms = { vms, 2 } };
    board_ram[0] = (struct husk_range){ 0x40000000, 0x28000000 };
    board_ram[1] = (struct husk_range){ 0x68000000, 0x18000000 };
    reserved[0] = (struct husk_range){ 0x40000000, 0x10000000 };
    board = (struct husk_board){ .name = "virt",
                                 .cpu_count = 4,
                                 .ram = board_ram,
                                 .ram_count = 2,
                                 .reserved = reserved,
                                 .reserved_count = 1,
                                 .gic = HUSK_GIC_V3,
                                 .lr_count = 4,
                                 .intid_count = 288 };
    memset(long_line, 'x', sizeof(long_line));
    long_line[2048] = '\0';
}

/* ---- names ---- */
C(no_product_name, product.name = NULL)
C(empty_product_name, product.name = "")
C(odd_product_name, product.name = "a b")
C(no_vms, product.vms.count = 0)
C(null_vms, product.vms.items = NULL)
C(many_vms, product.vms.count = 9)
C(no_vm_name, vms[1].name = NULL)
C(empty_vm_name, vms[1].name = "")
C(same_vm_name, vms[1].name = "loop")
C(escape_in_name, vms[0].name = "a\033b")
C(dot_in_name, vms[0].name = "a.b")
C(high_in_name, vms[0].name = "a\xc3")
C(long_name, vms[0].name = "abcdefghijklmnop")
C(longest_name, vms[0].name = "abcdefghijklmno")
C(all_name, vms[0].name = "azAZ09-_")
C(at_name, vms[0].name = "@")
C(bracket_name, vms[0].name = "[")
C(backtick_name, vms[0].name = "`")
C(brace_name, vms[0].name = "{")
C(slash_name, vms[0].name = "/")
C(colon_name, vms[0].name = ":")
/* ---- GIC ---- */
C(odd_gic, product.gic = (enum husk_gic)4)
C(wrong_gic, product.gic = HUSK_GIC_V2)
C(wrong_gic_3, product.gic = HUSK_GIC_V3; board.gic = HUSK_GIC_V2)
C(right_gic, product.gic = HUSK_GIC_V3)
C(unknown_gic, product.gic = HUSK_GIC_V2; board.gic = HUSK_GIC_AUTO)
/* ---- CPUs ---- */
C(no_cpu, vms[1].cpu_mask = 0)
C(cpu_beyond_board, vms[1].cpu_mask = HUSK_CPUS(1, 4))
C(cpu_beyond_all, board.cpu_count = 0; vms[1].cpu_mask = HUSK_CPUS(1, 8))
C(cpu_beyond_large_board, board.cpu_count = 64; vms[1].cpu_mask = HUSK_CPUS(1, 8))
C(cpu_of_unknown_board, board.cpu_count = 0; vms[1].cpu_mask = HUSK_CPUS(1, 7))
C(cpu_in_two, vms[1].cpu_mask = HUSK_CPUS(0, 1))
/* ---- plain fields ---- */
C(odd_reset, vms[0].on_reset = (enum husk_reset)3)
C(odd_end, vms[0].on_end = (enum husk_end)3)
C(end_restarts, vms[0].on_end = HUSK_END_RESTART)
C(end_restarts_in_place, vms[0].on_end = HUSK_END_RESTART; vms[0].on_reset = HUSK_RESET_BOARD)
C(end_restarts_alone, product.vms.count = 1; vms[0].on_end = HUSK_END_RESTART)
C(end_stops_in_place, vms[0].on_end = HUSK_END_STOP; vms[0].on_reset = HUSK_RESET_BOARD)
C(few_intids, vms[0].intid_count = 32)
C(many_intids, vms[0].intid_count = 1024)
C(ragged_intids, vms[0].intid_count = 100)
C(least_intids, vms[0].intid_count = 64)
C(most_intids, vms[0].intid_count = 992)
/* ---- blobs ---- */
C(empty_unikernel, uni.size_bytes = 0)
C(empty_kernel, kernel.size_bytes = 0)
C(empty_initrd, initrd.size_bytes = 0)
C(host_blobs, uni.data = kernel.data = initrd.data = NULL; uni.size_bytes = 0)
C(slot_too_far, uni.slot_offset = M2)
C(no_image, vms[0].unikernel = NULL)
C(two_images, vms[0].raw = &raw)
C(initrd_without_kernel, vms[0].initrd = &initrd)
C(line_without_kernel, vms[0].command_line = "x")
C(offset_without_raw, vms[0].raw_offset = 0x100000)
C(line_too_long, vms[1].command_line = long_line)
C(line_longest, vms[1].command_line = long_line + 1)
C(not_an_image, image[56] = 'a')
C(kernel_too_large, ram_b[0].size_bytes = M2)
C(unikernel_too_large, uni.size_bytes = M2 + 1)
/* ---- in place ---- */
C(board_reset, vms[1].on_reset = HUSK_RESET_BOARD)
C(misplaced_kernel, vms[1].on_reset = HUSK_RESET_BOARD; kernel.slot_offset = 0x1000)
C(misplaced_initrd, vms[1].on_reset = HUSK_RESET_BOARD; initrd.slot_offset = 0x1000)
C(misplaced_unikernel, vms[0].on_reset = HUSK_RESET_BOARD; uni.slot_offset = 4)
C(misplaced_copied, vms[1].on_reset = HUSK_RESET_VM; kernel.slot_offset = 0x1000)
C(misplaced_alone, product.vms.count = 1; uni.slot_offset = 4)
C(misplaced_on_host, vms[1].on_reset = HUSK_RESET_BOARD; initrd.slot_offset = 8; initrd.data = NULL)
C(text_offset_in_place, image_make(0x80000); vms[1].on_reset = HUSK_RESET_BOARD)
C(text_offset_matched, text_offset_in_place(); kernel.slot_offset = 0x80000)
C(raw_in_place, vms[1].kernel = NULL; vms[1].initrd = NULL; vms[1].command_line = NULL;
  vms[1].raw = &raw; vms[1].on_reset = HUSK_RESET_BOARD)
C(raw_misplaced, raw_in_place(); vms[1].raw_offset = 0x100000)
C(raw_in_next_slot, raw_in_place(); vms[1].raw_offset = M2 + 0x80000)
C(blob_twice, vms[0].unikernel = &kernel; kernel.size_bytes = 0x1000)
C(blob_twice_first_in_place, vms[0].unikernel = &kernel; vms[0].on_reset = HUSK_RESET_BOARD)
C(blob_twice_second_in_place, vms[0].unikernel = &kernel; vms[1].on_reset = HUSK_RESET_BOARD)
C(initrd_twice, vms[0].unikernel = &initrd; vms[1].on_reset = HUSK_RESET_BOARD)
C(two_raws, raw_in_place(); vms[0].unikernel = NULL; vms[0].raw = &raw)
C(two_kernels, ram_a[0].size_bytes = 32 * M2; vms[0].unikernel = NULL; vms[0].kernel = &kernel;
  vms[0].on_reset = HUSK_RESET_BOARD)
C(two_initrds, two_kernels(); vms[0].kernel = &spare; vms[0].initrd = &initrd)
C(two_unikernels, vms[1].unikernel = &uni; vms[1].kernel = NULL; vms[1].initrd = NULL;
  vms[1].command_line = NULL; vms[1].on_reset = HUSK_RESET_BOARD)
/* ---- RAM ---- */
C(no_ram, vms[1].ram.count = 0)
C(null_ram, vms[1].ram.items = NULL)
C(many_regions, vms[1].ram.count = 9)
C(empty_ram, ram_b[1].size_bytes = 0)
C(ragged_size, ram_b[1].size_bytes = M2 + 0x1000)
C(ragged_ipa, ram_b[1].ipa.value += 0x1000)
C(ragged_pa, ram_b[1].pa.value += 0x100000)
C(no_second_ipa, ram_b[1].ipa.value = 0)
C(ipa_past_end, ram_b[1].ipa.value = HUSK_BIT(40) - 31 * M2)
C(ipa_up_to_end, ram_b[1].ipa.value = HUSK_BIT(40) - 32 * M2)
C(ipa_wraps, ram_b[1].ipa.value = UINT64_MAX - M2 + 1)
C(ipa_over_gicd, ram_b[0].ipa.value = 0x06000000)
C(ipa_over_gicr, ram_b[0].ipa.value = 0x08000000; ram_b[0].size_bytes = 16 * M2)
C(ipa_over_uart, ram_b[0].ipa.value = 0x09000000; ram_b[0].size_bytes = 8 * M2)
C(ipa_over_virtio, ram_b[0].ipa.value = 0x0a000000)
C(ipa_twice, ram_b[1].ipa.value = HUSK_GUEST_RAM + 31 * M2)
C(ipa_adjoins, ram_b[1].ipa.value = HUSK_GUEST_RAM + 32 * M2)
C(ipa_beside_devices, ram_b[0].ipa.value = 0x0a200000; vms[1].devices.count = 0)
C(unikernel_elsewhere, ram_a[0].ipa.value = 0x80000000)
C(unikernel_there, ram_a[0].ipa.value = HUSK_GUEST_RAM)
C(pa_past_end, ram_b[0].pa.value = HUSK_BIT(48) - M2; board.ram_count = 0)
C(pa_at_end, ram_b[0].pa.value = HUSK_BIT(48); board.ram_count = 0)
C(pa_up_to_end, ram_b[0].pa.value = HUSK_BIT(48) - 32 * M2; board.ram_count = 0)
C(pa_wraps, ram_b[0].pa.value = UINT64_MAX - M2 + 1; board.ram_count = 0)
C(pa_below_board, ram_b[0].pa.value = 0x3f000000)
C(pa_above_board, ram_b[1].pa.value = 0x80000000 - 31 * M2)
C(pa_at_top, ram_b[1].pa.value = 0x80000000 - 32 * M2)
C(pa_across_banks, ram_b[0].pa.value = 0x68000000 - M2)
C(pa_across_swapped_banks, struct husk_range bank = board_ram[0]; board_ram[0] = board_ram[1];
  board_ram[1] = bank; ram_b[0].pa.value = 0x68000000 - M2)
C(pa_across_a_gap, ram_b[0].pa.value = 0x68000000 - M2; board_ram[1].base += 0x1000)
C(pa_of_unknown_board, ram_b[0].pa.value = 0x1000000000; board.ram_count = 0)
C(pa_reserved, ram_a[0].pa.value = 0x50000000 - M2)
C(pa_in_two_vms, ram_b[0].pa.value = 0x50000000 - 0)
C(pa_twice, ram_b[1].pa.value = 0x60000000 + 31 * M2)
C(pa_adjoins, ram_b[1].pa.value = 0x60000000 + 32 * M2)
C(pa_chosen_at_boot, ram_b[0].pa.value = ram_b[1].pa.value = ram_a[0].pa.value = 0)
C(too_much_ram, pa_chosen_at_boot(); ram_b[0].size_bytes = 0x40000000 - 32 * M2)
C(all_ram, pa_chosen_at_boot(); ram_b[0].size_bytes = 0x40000000 - 33 * M2;
  ram_b[1].ipa.value = 0x100000000)
/* ---- devices ---- */
C(null_devices, vms[1].devices.items = NULL)
C(null_devices_none, vms[1].devices.items = NULL; vms[1].devices.count = 0)
C(many_devices, vms[1].devices.items = many; vms[1].devices.count = 33)
C(no_device_name, dev_b[1].name = NULL)
C(empty_device_name, dev_b[1].name = "")
C(empty_device, dev_b[1].size_bytes = 0)
C(ragged_device_size, dev_b[1].size_bytes = 0x1200)
C(ragged_device_pa, dev_b[1].pa.value += 0x200)
C(device_past_end, dev_b[1].pa.value = HUSK_BIT(40))
C(device_at_end, dev_b[1].pa.value = HUSK_BIT(40) - 0x1000)
C(device_wraps, dev_b[1].pa.value = UINT64_MAX - 0xfff)
C(null_intids, dev_b[0].intids = NULL)
C(device_over_gicd, dev_b[1].pa.value = 0x0800f000)
C(device_over_gicc, dev_b[1].pa.value = 0x08010000)
C(device_over_gicr, dev_b[1].pa.value = 0x0819f000)
C(device_above_gicr, dev_b[1].pa.value = 0x081a0000)
C(device_over_uart, dev_b[1].pa.value = 0x09000000)
C(device_over_virtio, dev_b[1].pa.value = 0x0a003000)
C(device_above_virtio, dev_b[1].pa.value = 0x0a004000)
C(device_over_own_ipa, board.ram_count = 0; dev_b[1].pa.value = 0x80000000 + 32 * M2 - 0x1000)
C(device_over_default_ipa, board.ram_count = 0; dev_a[1].pa.value = 0x40000000)
C(device_over_vm_ram, board.ram_count = 0; dev_a[1].pa.value = 0x60000000)
C(device_over_board_ram, dev_a[1].pa.value = 0x7ffff000)
C(device_reserved, reserved[0] = (struct husk_range){ 0x0b002800, 4 })
C(device_twice, dev_b[1].pa.value = 0x0b001000)
C(device_in_two_vms, dev_b[1].pa.value = 0x09031000)
C(sgi, intids_b[1] = 15)
C(ppi, intids_b[1] = 31)
C(first_spi, intids_b[1] = 32)
C(spi_beyond_default, intids_b[1] = 288; board.intid_count = 0)
C(spi_beyond_vm, vms[1].intid_count = 64)
C(spi_of_larger_vm, vms[1].intid_count = 512; intids_b[1] = 511; board.intid_count = 512)
C(spi_beyond_board, board.intid_count = 256)
C(spi_at_board_end, board.intid_count = 287)
C(spi_of_uart, intids_b[1] = 33)
C(spi_below_virtio, intids_b[1] = 46)
C(spi_first_virtio, intids_b[1] = 48)
C(spi_last_virtio, intids_b[1] = 79)
C(spi_in_two_vms, intids_b[1] = 47)
C(spi_twice, intids_b[1] = 80)
C(spi_in_two_devices, dev_b[1].intids = intids_b; dev_b[1].intid_count = 1)
C(later_vm_broken, dev_a[1].pa.value = 0x7ffff000; vms[1].ram.items = NULL)
C(nothing_known, board = (struct husk_board){ .name = "host" })
/* ---- as many as there may be ---- */
static void most_vms(void)
{
    static const char *const names[] = { "a", "b", "c", "d", "e", "f", "g", "h" };

    board.cpu_count = 8;
    product.vms.count = HUSK_PRODUCT_VM_MAX;
    vms[0].devices.count = 0;
    for (size_t i = 0; i < HUSK_PRODUCT_VM_MAX; i++) {
        vms[i] = vms[0];
        vms[i].name = names[i];
        vms[i].cpu_mask = HUSK_CPUS(i, i);
    }
    ram_a[0].pa.value = 0;
}
static void most_regions(void)
{
    vms[1].ram.count = HUSK_PRODUCT_RAM_MAX;
    for (size_t i = 2; i < HUSK_PRODUCT_RAM_MAX; i++) {
        ram_b[i].ipa.value = UINT64_C(0x100000000) * i;
        ram_b[i].pa.value = 0;
        ram_b[i].size_bytes = M2;
    }
}
static void most_devices(void)
{
    vms[1].devices.items = many;
    vms[1].devices.count = HUSK_PRODUCT_DEVICE_MAX;
    for (size_t i = 0; i < HUSK_PRODUCT_DEVICE_MAX; i++) {
        many[i] = (struct husk_device){ .name = "x",
                                        .pa = { 0x0b000000 + 0x1000 * i },
                                        .size_bytes = 0x1000 };
    }
}
C(nothing, (void)0)

/* Seen at boot too, by the rules that run there. */
#define BOARD(change, err, vm, field, index, other, value, limit)                                  \
    { #change, change, HUSK_##err, vm, field, index, other, value, limit, true }
#define A "loop"
#define B "linux"

/* clang-format off */
static const struct row rows[] = {
    OK(nothing), OK(nothing_known), OK(most_vms), OK(most_regions), OK(most_devices),
    BAD(no_product_name, EINVAL, NULL, "name", NONE, NULL, 0, 0),
    BAD(empty_product_name, EINVAL, NULL, "name", NONE, NULL, 0, 0),
    BAD(odd_product_name, EINVAL, NULL, "name", NONE, NULL, ' ', 0),
    BAD(no_vms, EINVAL, NULL, "vms", NONE, NULL, 0, 0),
    BAD(null_vms, EINVAL, NULL, "vms", NONE, NULL, 0, 0),
    BAD(many_vms, ERANGE, NULL, "vms", NONE, NULL, 9, 8),
    BAD(no_vm_name, EINVAL, NULL, "vms[].name", 1, NULL, 0, 0),
    BAD(empty_vm_name, EINVAL, NULL, "vms[].name", 1, NULL, 0, 0),
    BAD(same_vm_name, EOVERLAP, NULL, "vms[].name", 1, A, 0, 0),
    BAD(escape_in_name, EINVAL, NULL, "vms[].name", 0, NULL, 033, 0),
    BAD(dot_in_name, EINVAL, NULL, "vms[].name", 0, NULL, '.', 0),
    BAD(high_in_name, EINVAL, NULL, "vms[].name", 0, NULL, 0xc3, 0),
    BAD(at_name, EINVAL, NULL, "vms[].name", 0, NULL, '@', 0),
    BAD(bracket_name, EINVAL, NULL, "vms[].name", 0, NULL, '[', 0),
    BAD(backtick_name, EINVAL, NULL, "vms[].name", 0, NULL, '`', 0),
    BAD(brace_name, EINVAL, NULL, "vms[].name", 0, NULL, '{', 0),
    BAD(slash_name, EINVAL, NULL, "vms[].name", 0, NULL, '/', 0),
    BAD(colon_name, EINVAL, NULL, "vms[].name", 0, NULL, ':', 0),
    BAD(long_name, ERANGE, NULL, "vms[].name", 0, NULL, 0, 15),
    OK(longest_name), OK(all_name),
    BAD(odd_gic, EINVAL, NULL, "gic", NONE, NULL, 4, 3),
    BOARD(wrong_gic, EINVAL, NULL, "gic", NONE, "GICv3", 0, 0),
    BOARD(wrong_gic_3, EINVAL, NULL, "gic", NONE, "GICv2", 0, 0),
    OK(right_gic), OK(unknown_gic),
    BAD(no_cpu, EINVAL, B, "cpu_mask", NONE, NULL, 0, 0),
    BOARD(cpu_beyond_board, ERANGE, B, "cpu_mask", NONE, NULL, 0x1e, 0xf),
    BAD(cpu_beyond_all, ERANGE, B, "cpu_mask", NONE, NULL, 0x1fe, 0xff),
    BAD(cpu_beyond_large_board, ERANGE, B, "cpu_mask", NONE, NULL, 0x1fe, 0xff),
    OK(cpu_of_unknown_board),
    BAD(cpu_in_two, EOVERLAP, B, "cpu_mask", NONE, A, 1, 0),
    BAD(odd_reset, EINVAL, A, "on_reset", NONE, NULL, 3, 2),
    BAD(odd_end, EINVAL, A, "on_end", NONE, NULL, 3, 2),
    OK(end_restarts),
    BAD(end_restarts_in_place, EINVAL, A, "on_end", NONE, NULL, 0, 0),
    BAD(end_restarts_alone, EINVAL, A, "on_end", NONE, NULL, 0, 0),
    OK(end_stops_in_place),
    BAD(few_intids, ERANGE, A, "intid_count", NONE, NULL, 32, 64),
    BAD(many_intids, ERANGE, A, "intid_count", NONE, NULL, 1024, 992),
    BAD(ragged_intids, EINVAL, A, "intid_count", NONE, NULL, 100, 0),
    OK(least_intids), OK(most_intids),
    BAD(empty_unikernel, EINVAL, A, "unikernel", NONE, NULL, 0, 0),
    BAD(empty_kernel, EINVAL, B, "kernel", NONE, NULL, 0, 0),
    BAD(empty_initrd, EINVAL, B, "initrd", NONE, NULL, 0, 0),
    OK(host_blobs),
    BAD(slot_too_far, ERANGE, A, "unikernel", NONE, NULL, M2, M2 - 1),
    BAD(no_image, EINVAL, A, "unikernel", NONE, NULL, 0, 0),
    BAD(two_images, EINVAL, A, "raw", NONE, NULL, 0, 0),
    BAD(initrd_without_kernel, EINVAL, A, "initrd", NONE, NULL, 0, 0),
    BAD(line_without_kernel, EINVAL, A, "command_line", NONE, NULL, 0, 0),
    BAD(offset_without_raw, EINVAL, A, "raw_offset", NONE, NULL, 0x100000, 0),
    BAD(line_too_long, ERANGE, B, "command_line", NONE, NULL, 0, 2047),
    OK(line_longest),
    BAD(not_an_image, EINVAL, B, "kernel", NONE, NULL, 0, 0),
    BAD(kernel_too_large, ERANGE, B, "kernel", NONE, NULL, 2 * M2, M2),
    BAD(unikernel_too_large, ERANGE, A, "unikernel", NONE, NULL, M2 + 1, M2),
    OK(board_reset),
    BAD(misplaced_kernel, EINVAL, B, "kernel", NONE, NULL, 0x1000, 0),
    BAD(misplaced_initrd, EINVAL, B, "initrd", NONE, NULL, 0x1000, 0),
    BAD(misplaced_unikernel, EINVAL, A, "unikernel", NONE, NULL, 4, 0),
    BAD(misplaced_alone, EINVAL, A, "unikernel", NONE, NULL, 4, 0),
    OK(misplaced_copied), OK(misplaced_on_host),
    BAD(text_offset_in_place, EINVAL, B, "kernel", NONE, NULL, 0, 0x80000),
    OK(text_offset_matched), OK(raw_in_place), OK(raw_in_next_slot),
    BAD(raw_misplaced, EINVAL, B, "raw", NONE, NULL, 0x80000, 0x100000),
    OK(blob_twice),
    BAD(blob_twice_first_in_place, EOVERLAP, B, "kernel", NONE, A, 0, 0),
    BAD(blob_twice_second_in_place, EOVERLAP, B, "kernel", NONE, A, 0, 0),
    BAD(initrd_twice, EOVERLAP, B, "initrd", NONE, A, 0, 0),
    BAD(two_raws, EOVERLAP, B, "raw", NONE, A, 0, 0),
    BAD(two_kernels, EOVERLAP, B, "kernel", NONE, A, 0, 0),
    BAD(two_initrds, EOVERLAP, B, "initrd", NONE, A, 0, 0),
    BAD(two_unikernels, EOVERLAP, B, "unikernel", NONE, A, 0, 0),
    BAD(no_ram, EINVAL, B, "ram", NONE, NULL, 0, 0),
    BAD(null_ram, EINVAL, B, "ram", NONE, NULL, 0, 0),
    BAD(many_regions, ERANGE, B, "ram", NONE, NULL, 9, 8),
    BAD(empty_ram, EINVAL, B, "ram[].size_bytes", 1, NULL, 0, 0),
    BAD(ragged_size, EINVAL, B, "ram[].size_bytes", 1, NULL, M2 + 0x1000, 0),
    BAD(ragged_ipa, EINVAL, B, "ram[].ipa", 1, NULL, 0x80001000, 0),
    BAD(ragged_pa, EINVAL, B, "ram[].pa", 1, NULL, 0x70100000, 0),
    BAD(no_second_ipa, EINVAL, B, "ram[].ipa", 1, NULL, 0, 0),
    BAD(ipa_past_end, ERANGE, B, "ram[].ipa", 1, NULL, HUSK_BIT(40) - 31 * M2, HUSK_BIT(40)),
    OK(ipa_up_to_end),
    BAD(ipa_wraps, ERANGE, B, "ram[].ipa", 1, NULL, UINT64_MAX - M2 + 1, HUSK_BIT(40)),
    BAD(ipa_over_gicd, EOVERLAP, B, "ram[].ipa", 0, "the guest's GIC distributor", 0x06000000, 0),
    BAD(ipa_over_gicr, EOVERLAP, B, "ram[].ipa", 0, "the guest's GIC distributor", 0x08000000, 0),
    BAD(ipa_over_uart, EOVERLAP, B, "ram[].ipa", 0, "the guest's UART", 0x09000000, 0),
    BAD(ipa_over_virtio, EOVERLAP, B, "ram[].ipa", 0, "the guest's virtio slots", 0x0a000000, 0),
    OK(ipa_beside_devices),
    BAD(ipa_twice, EOVERLAP, B, "ram[].ipa", 1, B, HUSK_GUEST_RAM + 31 * M2, 0),
    OK(ipa_adjoins),
    BAD(unikernel_elsewhere, EINVAL, A, "ram[].ipa", 0, NULL, 0x80000000, HUSK_GUEST_RAM),
    OK(unikernel_there),
    BAD(pa_past_end, ERANGE, B, "ram[].pa", 0, NULL, HUSK_BIT(48) - M2, HUSK_BIT(48)),
    BAD(pa_at_end, ERANGE, B, "ram[].pa", 0, NULL, HUSK_BIT(48), HUSK_BIT(48)),
    BAD(pa_wraps, ERANGE, B, "ram[].pa", 0, NULL, UINT64_MAX - M2 + 1, HUSK_BIT(48)),
    OK(pa_up_to_end), OK(pa_of_unknown_board),
    BOARD(pa_below_board, ERANGE, B, "ram[].pa", 0, NULL, 0x3f000000, 0),
    BOARD(pa_above_board, ERANGE, B, "ram[].pa", 1, NULL, 0x80000000 - 31 * M2, 0),
    OK(pa_at_top), OK(pa_across_banks), OK(pa_across_swapped_banks),
    BAD(pa_across_a_gap, ERANGE, B, "ram[].pa", 0, NULL, 0x68000000 - M2, 0),
    BOARD(pa_reserved, EOVERLAP, A, "ram[].pa", 0, "reserved memory", 0x50000000 - M2, 0),
    BAD(pa_in_two_vms, EOVERLAP, B, "ram[].pa", 0, A, 0x50000000, 0),
    BAD(pa_twice, EOVERLAP, B, "ram[].pa", 1, B, 0x60000000 + 31 * M2, 0),
    OK(pa_adjoins), OK(pa_chosen_at_boot), OK(all_ram),
    BAD(too_much_ram, ERANGE, B, "ram", NONE, NULL, 0x40000000 + M2, 0x40000000),
    BAD(null_devices, EINVAL, B, "devices", NONE, NULL, 0, 0),
    OK(null_devices_none),
    BAD(many_devices, ERANGE, B, "devices", NONE, NULL, 33, 32),
    BAD(no_device_name, EINVAL, B, "devices[].name", 1, NULL, 0, 0),
    BAD(empty_device_name, EINVAL, B, "devices[].name", 1, NULL, 0, 0),
    BAD(empty_device, EINVAL, B, "devices[].size_bytes", 1, NULL, 0, 0),
    BAD(ragged_device_size, EINVAL, B, "devices[].size_bytes", 1, NULL, 0x1200, 0),
    BAD(ragged_device_pa, EINVAL, B, "devices[].pa", 1, NULL, 0x0b002200, 0),
    BAD(device_past_end, ERANGE, B, "devices[].pa", 1, NULL, HUSK_BIT(40), HUSK_BIT(40)),
    BAD(device_wraps, ERANGE, B, "devices[].pa", 1, NULL, UINT64_MAX - 0xfff, HUSK_BIT(40)),
    OK(device_at_end),
    BAD(null_intids, EINVAL, B, "devices[].intids", 0, NULL, 0, 0),
    BAD(device_over_gicd, EOVERLAP, B, "devices[].pa", 1, "the guest's GIC distributor", 0x0800f000, 0),
    BAD(device_over_gicc, EOVERLAP, B, "devices[].pa", 1, "the guest's GIC CPU interface", 0x08010000, 0),
    BAD(device_over_gicr, EOVERLAP, B, "devices[].pa", 1, "the guest's GIC redistributors", 0x0819f000, 0),
    BAD(device_over_uart, EOVERLAP, B, "devices[].pa", 1, "the guest's UART", 0x09000000, 0),
    BAD(device_over_virtio, EOVERLAP, B, "devices[].pa", 1, "the guest's virtio slots", 0x0a003000, 0),
    OK(device_above_gicr), OK(device_above_virtio),
    BAD(device_over_own_ipa, EOVERLAP, B, "devices[].pa", 1, "ram", 0x80000000 + 32 * M2 - 0x1000, 0),
    BAD(device_over_default_ipa, EOVERLAP, A, "devices[].pa", 1, "ram", 0x40000000, 0),
    BAD(device_over_vm_ram, EOVERLAP, A, "devices[].pa", 1, B, 0x60000000, 0),
    BOARD(device_over_board_ram, EOVERLAP, A, "devices[].pa", 1, "RAM", 0x7ffff000, 0),
    BOARD(device_reserved, EOVERLAP, B, "devices[].pa", 1, "reserved memory", 0x0b002000, 0),
    BAD(device_twice, EOVERLAP, B, "devices[].pa", 1, "nic", 0x0b001000, 0),
    BAD(device_in_two_vms, EOVERLAP, B, "devices[].pa", 1, A, 0x09031000, 0),
    BAD(sgi, ERANGE, B, "devices[].intids", 0, NULL, 15, 32),
    BAD(ppi, ERANGE, B, "devices[].intids", 0, NULL, 31, 32),
    OK(first_spi),
    BAD(spi_beyond_default, ERANGE, B, "devices[].intids", 0, NULL, 288, 288),
    BAD(spi_beyond_vm, ERANGE, B, "devices[].intids", 0, NULL, 80, 64),
    OK(spi_of_larger_vm),
    BOARD(spi_beyond_board, ERANGE, B, "devices[].intids", 0, NULL, 287, 256),
    BOARD(spi_at_board_end, ERANGE, B, "devices[].intids", 0, NULL, 287, 287),
    BAD(spi_of_uart, EOVERLAP, B, "devices[].intids", 0, "the guest's UART", 33, 0),
    OK(spi_below_virtio),
    BAD(spi_first_virtio, EOVERLAP, B, "devices[].intids", 0, "the guest's virtio slots", 48, 0),
    BAD(spi_last_virtio, EOVERLAP, B, "devices[].intids", 0, "the guest's virtio slots", 79, 0),
    BAD(spi_in_two_vms, EOVERLAP, B, "devices[].intids", 0, A, 47, 0),
    BAD(spi_twice, EOVERLAP, B, "devices[].intids", 0, "nic", 80, 0),
    BAD(spi_in_two_devices, EOVERLAP, B, "devices[].intids", 1, "nic", 80, 0),
    BAD(later_vm_broken, EINVAL, B, "ram", NONE, NULL, 0, 0),
};
/* clang-format on */

static void each_rule__names_vm_and_field(void **state)
{
    (void)state;
    for (size_t i = 0; i < HUSK_COUNT(rows); i++) {
        struct husk_product_error error = { 0 };

        make_good();
        rows[i].change();
        compare_row(&rows[i], husk_product_check(&product, &board, &error), &error);
    }
}

static void rule_of_the_board__holds_without_the_others(void **state)
{
    (void)state;
    for (size_t i = 0; i < HUSK_COUNT(rows); i++) {
        struct husk_product_error error = { 0 };

        if (!rows[i].at_boot) {
            continue;
        }
        make_good();
        rows[i].change();
        compare_row(&rows[i], husk_product_check_board(&product, &board, &error), &error);
    }
}

static void reset_default__follows_the_number_of_vms(void **state)
{
    (void)state;
    make_good();
    assert_int_equal(husk_product_on_reset(&product, &vms[0]), HUSK_RESET_VM);
    vms[0].on_reset = HUSK_RESET_BOARD;
    assert_int_equal(husk_product_on_reset(&product, &vms[0]), HUSK_RESET_BOARD);
    product.vms.count = 1;
    vms[0].on_reset = HUSK_RESET_DEFAULT;
    assert_int_equal(husk_product_on_reset(&product, &vms[0]), HUSK_RESET_BOARD);
    vms[0].on_reset = HUSK_RESET_VM;
    assert_int_equal(husk_product_on_reset(&product, &vms[0]), HUSK_RESET_VM);
}

static void vcpu_count__is_the_bits_of_the_mask(void **state)
{
    (void)state;
    make_good();
    assert_int_equal(husk_product_vcpu_count(&vms[0]), 1);
    assert_int_equal(husk_product_vcpu_count(&vms[1]), 3);
    vms[0].cpu_mask = 0;
    assert_int_equal(husk_product_vcpu_count(&vms[0]), 0);
    vms[0].cpu_mask = UINT64_MAX;
    assert_int_equal(husk_product_vcpu_count(&vms[0]), 64);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_rule__names_vm_and_field),
        cmocka_unit_test(rule_of_the_board__holds_without_the_others),
        cmocka_unit_test(reset_default__follows_the_number_of_vms),
        cmocka_unit_test(vcpu_count__is_the_bits_of_the_mask),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
