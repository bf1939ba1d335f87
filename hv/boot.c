// SPDX-License-Identifier: Apache-2.0
// From the loader to the first guest: EL2's own stage 1, the board, the product's check, the VMs.
#include "hv.h"
#include <husk/platform.h>

enum {
    EL2_TABLES = 20,
    RESERVED_MAX = HUSK_FDT_RESERVED_MAX + 8 + HUSK_PLATFORM_OWN_MAX,
};

/* From husk.ld. */
extern const char husk_ld_start[], husk_ld_text_end[], husk_ld_rodata_end[], husk_ld_stack_guard[],
    husk_ld_stack_top[], husk_ld_end[];

static struct husk_mmu_page el2_tables[EL2_TABLES];
static struct husk_mmu_pool el2_pool;
static struct husk_cpu boot_cpu = { .stack_top = (uint64_t)husk_ld_stack_top };
const struct husk_gic_driver *husk_gic_found;
unsigned husk_gic_cpu_count;
uint64_t husk_gic_cpu_affinity[HUSK_PLATFORM_CPU_MAX];
static struct husk_range tree; /* the board's; size 0: none that can be read */

/* ---- stage 1 of EL2; runs with the MMU off ---- */

/* Characters on the serial port for a stage that was reached, unless the product wants silence. */
static void mark(const char *text)
{
    if (!husk_product.no_boot_marks) {
        husk_console_puts(text);
    }
}

static void map_pages(uint64_t base, uint64_t end, uint32_t attr)
{
    const uint64_t first = husk_align_down(base, HUSK_MMU_PAGE_BYTES);
    const uint64_t last = husk_align_up(end, HUSK_MMU_PAGE_BYTES);

    husk_must(husk_mmu_s1_map(&husk_el2_s1, (struct husk_va){ first }, (struct husk_pa){ first },
                              last - first, attr));
}

static void map_device(uint64_t base, uint64_t size_bytes)
{
    map_pages(base, base + size_bytes, HUSK_MMU_DEVICE | HUSK_MMU_R | HUSK_MMU_W);
}

/* False: the board's is not the kind that this driver drives. */
static bool fits(const struct husk_gic_driver *gic)
{
    const bool has_registers = husk_bits_get(husk_read(id_aa64pfr0_el1), 27, 24) != 0;

    return (gic->version == HUSK_GIC_V3) == has_registers;
}

static void map_gic(void)
{
    if (husk_parts.gic[1] != NULL) {
        husk_gic_found = husk_parts.gic[fits(husk_parts.gic[0]) ? 0 : 1];
    }
    if (!fits(husk_gic())) {
        return; /* start_gic() refuses the board */
    }
    husk_gic()->find_cpus();
    for (const struct husk_range *frame = husk_gic()->frames; frame->size_bytes != 0; frame++) {
        map_device(frame->base, frame->size_bytes);
    }
}

/* Builds it: image by W^X, device tree, devices. */
static void map(uint64_t dtb)
{
    const uint64_t stack = (uint64_t)husk_ld_stack_guard + HUSK_MMU_PAGE_BYTES;

    el2_pool = (struct husk_mmu_pool){ .pages = el2_tables, .count = EL2_TABLES };
    husk_must(husk_mmu_s1_init(&husk_el2_s1, &el2_pool));
    map_pages((uint64_t)husk_ld_start, (uint64_t)husk_ld_text_end,
              HUSK_MMU_NORMAL | HUSK_MMU_R | HUSK_MMU_X);
    map_pages((uint64_t)husk_ld_text_end, (uint64_t)husk_ld_rodata_end,
              HUSK_MMU_NORMAL | HUSK_MMU_R);
    map_pages((uint64_t)husk_ld_rodata_end, (uint64_t)husk_ld_stack_guard,
              HUSK_MMU_NORMAL | HUSK_MMU_R | HUSK_MMU_W);
    map_pages(stack, (uint64_t)husk_ld_end, HUSK_MMU_NORMAL | HUSK_MMU_R | HUSK_MMU_W);
    mark("u");
    map_device(husk_console->base, HUSK_MMU_PAGE_BYTES);
    for (const struct husk_range *own = husk_platform_own; own->size_bytes != 0; own++) {
        map_device(own->base, own->size_bytes);
    }
    map_gic();
    tree = (struct husk_range){ dtb, husk_fdt_used_bytes((const void *)dtb) };
    if (tree.size_bytes > HUSK_TREE_MAX_BYTES) {
        tree.size_bytes = 0;
    }
    if (tree.size_bytes != 0) {
        map_pages(dtb, dtb + tree.size_bytes, HUSK_MMU_NORMAL | HUSK_MMU_R);
    }
    mark("s");
}

/* Turns it on, and caches. What was written with caches off, of which no stale line may be found
 * when they are on, is only Husk's own, which the loader has cleaned (arm64 boot protocol). The
 * tables that are not yet taken, most of all, are not yet written. */
static void mmu_on(void)
{
    const char *const tables_end = (const char *)(el2_tables + EL2_TABLES);
    const char *const used_end = (const char *)(el2_tables + el2_pool.used);

    husk_cache_invalidate(husk_ld_rodata_end, (size_t)(used_end - husk_ld_rodata_end));
    husk_cache_invalidate(tables_end, (size_t)(husk_ld_end - tables_end));
    husk_ic_ialluis();
    husk_mmu_s1_enable(&husk_el2_s1, (unsigned)husk_bits_get(husk_read(id_aa64mmfr0_el1), 3, 0));
}

/* ---- the board ---- */

_Noreturn static void stop(void)
{
    for (;;) {
        husk_wfi();
    }
}

_Noreturn void husk_boot_refuse(const char *what, const char *detail)
{
    husk_console_say(what, " ", detail, "");
    stop();
}

_Noreturn void husk_boot_refuse_product(const struct husk_product_error *error)
{
    husk_console_puts("\nhusk: this product does not fit: ");
    husk_product_error_text(error, husk_console_put);
    husk_console_puts("\n");
    stop();
}

struct husk_range husk_boot_image(void)
{
    const uint64_t *const image_size = (const void *)(husk_ld_start + 16);

    return (struct husk_range){ (uint64_t)husk_ld_start, *image_size };
}

static void read_tree(struct husk_fdt_board *found)
{
    if (tree.size_bytes == 0 ||
        husk_fdt_scan((const void *)tree.base, HUSK_TREE_MAX_BYTES, found) != HUSK_OK) {
        husk_boot_refuse("no device tree where x0 points", "(boot the .bin, not the .elf)");
    }
}

static void start_gic(void)
{
    if (!fits(husk_gic())) {
        husk_boot_refuse(husk_gic()->version == HUSK_GIC_V2
                             ? "the board has a GICv3, this image drives a GICv2"
                             : "the board has a GICv2, this image drives a GICv3",
                         "(HUSK_GIC=any)");
    }
    if (husk_gic()->init() != HUSK_OK || husk_gic()->cpu_init(&boot_cpu) != HUSK_OK) {
        husk_boot_refuse("the board's GIC does not answer", "");
    }
}

/* ---- the product ---- */

/* Lists what no VM is given: memory, which the allocator is told of, then devices. @return how
 * many. */
static size_t reserve(struct husk_range *reserved, const struct husk_fdt_board *found)
{
    size_t count = 0;

    for (; count < found->reserved_count; count++) {
        reserved[count] = found->reserved[count];
    }
    reserved[count++] = husk_boot_image();
    reserved[count++] = tree;
    for (size_t i = 0; i < count; i++) {
        husk_memory_reserve(reserved[i]);
    }
    reserved[count++] = (struct husk_range){ husk_console->base, HUSK_MMU_PAGE_BYTES };
    for (const struct husk_range *own = husk_platform_own; own->size_bytes != 0; own++) {
        reserved[count++] = *own;
    }
    for (const struct husk_range *frame = husk_gic()->frames; frame->size_bytes != 0; frame++) {
        reserved[count++] = *frame;
    }
    reserved[count++] = husk_gic()->gicv; /* size 0, where there is none, overlaps nothing */
    return count;
}

static void check_product(const struct husk_fdt_board *found, uint64_t dtb)
{
    struct husk_range reserved[RESERVED_MAX];
    struct husk_product_error error;
    struct husk_vgic_config vgic;
    struct husk_board board = {
        .name = HUSK_PLATFORM_NAME,
        .cpu_count = husk_gic_cpu_count,
        .ram = found->memory,
        .ram_count = found->memory_count,
        .reserved = reserved,
        .firmware_count = found->reserved_count,
        .gic = husk_gic()->version,
        .intid_count = husk_gic()->intid_count(),
    };

    husk_memory_init(found->memory, found->memory_count);
    board.reserved_count = reserve(reserved, found);
    husk_gic()->vgic_config(&vgic);
    board.lr_count = vgic.lr_count;
    if (husk_product_check_board(&husk_product, &board, &error) != HUSK_OK) {
        husk_boot_refuse_product(&error);
    }
    husk_given_reserve();
    if (husk_parts.devices != NULL) {
        husk_parts.devices->init((const void *)dtb, &board);
    }
    if (husk_parts.dma != NULL) {
        husk_parts.dma->init((const void *)dtb, &board);
    }
}

_Noreturn void husk_boot(uint64_t dtb, uint64_t current_el)
{
    struct husk_fdt_board found;

    husk_console = husk_platform_uart();
    husk_uart_init(husk_console);
    if (current_el != 2 << 2) {
        husk_boot_refuse(current_el == 1 << 2 ? "started at EL1," : "started at EL3,",
                         "needs EL2 (QEMU: -M virt,virtualization=on and a raw image)");
    }
    mark("H");
    map(dtb);
    mmu_on();
    mark("k\n");
    husk_write(tpidr_el2, (uint64_t)&boot_cpu);
    husk_isb();
    husk_boot_log("stage 1 is on, reading the device tree");
    read_tree(&found);
    if (husk_platform_amend(&found) != HUSK_OK) {
        husk_boot_refuse("the device tree reserves too many ranges", "");
    }
    if (husk_parts.entropy != NULL) {
        husk_parts.entropy->seed((const void *)dtb);
    }
    husk_boot_log("starting the interrupt controller");
    start_gic();
    husk_boot_log("checking the product");
    if (husk_parts.images != NULL) {
        husk_parts.images->open_headers(true);
    }
    check_product(&found, dtb);
    husk_traps_init(husk_gic()->version == HUSK_GIC_V3);
    husk_boot_log("building the VMs");
    for (size_t i = 0; i < husk_product.vms.count; i++) {
        husk_vm_create((unsigned)i);
        if (husk_parts.firmware != NULL) {
            husk_parts.firmware->offer((const void *)dtb, &husk_vms[i]->psci);
        }
    }
    if (husk_parts.images != NULL) {
        husk_parts.images->open_headers(false);
    }
    husk_gic()->enable(husk_console->intid);
    if (husk_parts.smp != NULL) {
        husk_parts.smp->run((const void *)dtb);
    }
    husk_vm_start(husk_vms[0]);
}
