// SPDX-License-Identifier: Apache-2.0
#include "unikernel_internal.h"
#include <husk/arch.h>

/* Symbols of unikernel.ld: their addresses are the values. */
extern char husk_uk_ld_text_end[], husk_uk_ld_rodata_end[], husk_uk_ld_guard_base[];
extern char husk_uk_ld_guard_end[], husk_uk_ld_ram_bytes[], husk_uk_ld_heap_start[];

/* Not in .bss: it is written before .bss is cleared. */
__attribute__((section(".husk_uk_boot"), aligned(4096))) struct husk_uk_boot husk_uk_boot_info;

/* Not in .bss either. In cache lines of its own: it is written as husk_uk_boot_info is. */
__attribute__((aligned(256))) struct husk_uk_machine husk_uk_machine = HUSK_UK_MACHINE;

/* Those of QEMU's virt are mapped in any case; one that can't be faults when it is used. */
static void map_devices(struct husk_uk_tables *tables)
{
    (void)husk_uk_map_far(tables, husk_uk_machine.gicd);
    (void)husk_uk_map_far(tables, husk_uk_machine.gicc);
    (void)husk_uk_map_far(tables, husk_uk_machine.gicr);
    (void)husk_uk_map_far(tables, husk_uk_machine.uart);
}

/* Runs with the MMU off: all its accesses go past the cache. So lines that anybody has left of
 * husk_uk_boot_info are removed before it is written, and those speculation has brought in after.
 */
void husk_uk_boot_early(const void *dtb)
{
    struct husk_uk_boot *const boot = &husk_uk_boot_info;
    uint64_t ram_bytes = husk_uk_dtb_ram_bytes(dtb, husk_uk_ram_base);
    const struct husk_uk_layout layout = {
        .text_end = (uintptr_t)husk_uk_ld_text_end,
        .rodata_end = (uintptr_t)husk_uk_ld_rodata_end,
        .guard_base = (uintptr_t)husk_uk_ld_guard_base,
        .guard_end = (uintptr_t)husk_uk_ld_guard_end,
        .ram_end = husk_uk_ram_base +
                   husk_align_down(ram_bytes != 0 ? ram_bytes : (uintptr_t)husk_uk_ld_ram_bytes,
                                   HUSK_KIB(4)),
    };

    husk_cache_clean_invalidate(&husk_uk_machine, sizeof(husk_uk_machine));
    husk_uk_dtb_machine(dtb, &husk_uk_machine);
    if (layout.ram_end < (uintptr_t)husk_uk_ld_heap_start) {
        husk_uk_refuse("less RAM than the program needs");
    }
    husk_cache_clean_invalidate(boot, sizeof(*boot));
    husk_uk_map_build(&boot->tables, &layout);
    map_devices(&boot->tables);
    boot->ram_end = layout.ram_end;
    boot->dtb = husk_uk_dtb_bytes(dtb) != 0 ? dtb : NULL;
    husk_dsb_sy();
    husk_cache_clean_invalidate(boot, sizeof(*boot));
    husk_cache_clean_invalidate(&husk_uk_machine, sizeof(husk_uk_machine));
}
