// SPDX-License-Identifier: Apache-2.0
#include "unikernel_internal.h"
#include <husk/arch.h>

static const uint64_t page_bytes = HUSK_KIB(4);
static const uint64_t block_bytes = HUSK_MIB(2);
static const uint64_t gib_bytes = HUSK_GIB(1);

/* Descriptor bits. Arm ARM DDI 0487J.a D8.3 "Translation table descriptor formats". */
#define DESC_TABLE  UINT64_C(3)
#define DESC_PAGE   UINT64_C(3)
#define DESC_BLOCK  UINT64_C(1)
#define DESC_DEVICE (UINT64_C(1) << 2) /* MAIR attribute 1: Device-nGnRE */
#define DESC_RO     HUSK_BIT(7)
#define DESC_INNER  (UINT64_C(3) << 8)
#define DESC_AF     HUSK_BIT(10)
#define DESC_PXN    HUSK_BIT(53)
#define DESC_UXN    HUSK_BIT(54)

/* Attributes of the page at `addr` (above the first GiB), 0: not mapped. */
static uint64_t attributes(const struct husk_uk_layout *layout, uint64_t addr)
{
    const uint64_t normal = DESC_AF | DESC_INNER | DESC_UXN;

    if (addr < layout->text_end) {
        return normal | DESC_RO;
    }
    if (addr < layout->rodata_end) {
        return normal | DESC_RO | DESC_PXN;
    }
    if (addr >= layout->ram_end || (addr >= layout->guard_base && addr < layout->guard_end)) {
        return 0;
    }
    return normal | DESC_PXN;
}

/* True when a boundary lies inside [base, base + size_bytes), so that attributes differ in it. */
static bool is_mixed(const struct husk_uk_layout *layout, uint64_t base, uint64_t size_bytes)
{
    const uint64_t bounds[] = { layout->text_end, layout->rodata_end, layout->guard_base,
                                layout->guard_end, layout->ram_end };

    for (size_t i = 0; i < HUSK_COUNT(bounds); i++) {
        if (bounds[i] > base && bounds[i] - base < size_bytes) {
            return true;
        }
    }
    return false;
}

static uint64_t leaf(uint64_t addr, uint64_t attr, uint64_t type)
{
    return attr == 0 ? 0 : addr | attr | type;
}

uint64_t husk_uk_map_table(const uint64_t *next)
{
    return (uint64_t)(uintptr_t)next | DESC_TABLE;
}

/* Fills one level 2 table for the GiB at `base`. Each boundary makes at most one block mixed. */
static void fill_l2(struct husk_uk_tables *tables, size_t *l3_used,
                    const struct husk_uk_layout *layout, uint64_t *l2, uint64_t base)
{
    for (size_t i = 0; i < 512; i++) {
        const uint64_t block = base + i * block_bytes;
        uint64_t *l3;

        if (!is_mixed(layout, block, block_bytes)) {
            husk_pte_write(&l2[i], leaf(block, attributes(layout, block), DESC_BLOCK));
            continue;
        }
        HUSK_ASSERT(*l3_used < HUSK_UK_L3_COUNT);
        l3 = tables->l3[(*l3_used)++];
        for (size_t j = 0; j < 512; j++) {
            const uint64_t page = block + j * page_bytes;

            husk_pte_write(&l3[j], leaf(page, attributes(layout, page), DESC_PAGE));
        }
        husk_pte_write(&l2[i], husk_uk_map_table(l3));
    }
}

void husk_uk_map_devices(uint64_t *l2, uint64_t base, uint64_t size_bytes)
{
    const uint64_t attr = DESC_AF | DESC_DEVICE | DESC_PXN | DESC_UXN;
    const uint64_t end = base + size_bytes;

    for (uint64_t block = husk_align_down(base, block_bytes); block < end; block += block_bytes) {
        husk_pte_write(&l2[block / block_bytes % 512], leaf(block, attr, DESC_BLOCK));
    }
}

/* The first GiB: device windows; all else, the null page too, faults. */
static void fill_device(uint64_t *l2)
{
    for (size_t i = 0; i < 512; i++) {
        husk_pte_write(&l2[i], 0);
    }
    husk_uk_map_devices(l2, husk_uk_device_base, husk_uk_device_end - husk_uk_device_base);
}

void husk_uk_map_build(struct husk_uk_tables *tables, const struct husk_uk_layout *layout)
{
    size_t l3_used = 0;

    fill_device(tables->l2_device);
    for (size_t i = 0; i < 512; i++) {
        husk_pte_write(&tables->l2_far[i], 0);
    }
    fill_l2(tables, &l3_used, layout, tables->l2_ram, husk_uk_ram_base);
    husk_pte_write(&tables->l1[0], husk_uk_map_table(tables->l2_device));
    husk_pte_write(&tables->l1[1], husk_uk_map_table(tables->l2_ram));
    for (size_t i = 2; i < 512; i++) {
        const uint64_t base = i * gib_bytes;

        if (is_mixed(layout, base, gib_bytes)) {
            /* Only ram_end can lie here: the image is linked within the first GiB of RAM. */
            fill_l2(tables, &l3_used, layout, tables->l2_tail, base);
            husk_pte_write(&tables->l1[i], husk_uk_map_table(tables->l2_tail));
        } else {
            husk_pte_write(&tables->l1[i], leaf(base, attributes(layout, base), DESC_BLOCK));
        }
    }
}

/* The level 2 table of a GiB; NULL: it is a block of RAM, or there is no table left for it. */
static uint64_t *table_of(struct husk_uk_tables *tables, uint64_t gib)
{
    uint64_t *const all[] = { tables->l2_device, tables->l2_ram, tables->l2_tail, tables->l2_far };
    bool is_taken = false; /* l2_far has another place */

    for (size_t i = 0; i < HUSK_COUNT(all); i++) {
        if (tables->l1[gib] == husk_uk_map_table(all[i])) {
            return all[i];
        }
    }
    for (size_t i = 0; i < 512; i++) {
        is_taken = is_taken || tables->l1[i] == husk_uk_map_table(tables->l2_far);
    }
    if (tables->l1[gib] != 0 || is_taken) {
        return NULL;
    }
    husk_pte_write(&tables->l1[gib], husk_uk_map_table(tables->l2_far));
    return tables->l2_far;
}

enum husk_err husk_uk_map_far(struct husk_uk_tables *tables, struct husk_range device)
{
    const uint64_t gib = device.base / gib_bytes;
    const uint64_t last = device.base + device.size_bytes - 1;
    uint64_t *l2;

    if (device.size_bytes == 0 || device.base < block_bytes || gib >= 512 ||
        last / gib_bytes != gib) {
        return HUSK_EINVAL;
    }
    l2 = table_of(tables, gib);
    if (l2 == NULL) {
        return tables->l1[gib] != 0 ? HUSK_EINVAL : HUSK_ENOMEM;
    }
    for (uint64_t block = device.base / block_bytes; block <= last / block_bytes; block++) {
        const uint64_t entry = l2[block % 512];

        if (entry != 0 && (entry & DESC_DEVICE) == 0) {
            return HUSK_EINVAL; /* RAM */
        }
    }
    husk_uk_map_devices(l2, device.base, device.size_bytes);
    return HUSK_OK;
}
