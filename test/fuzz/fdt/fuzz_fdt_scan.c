// SPDX-License-Identifier: Apache-2.0
/* Any bytes for a tree: the scans read nothing outside them, and what they accept is sound. */
#include <husk/fdt.h>

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void need(bool truth)
{
    if (!truth) {
        abort();
    }
}

static void need_ranges(const struct husk_range *ranges, size_t count, size_t max)
{
    need(count <= max);
    for (size_t i = 0; i < count; i++) {
        need(husk_range_valid(ranges[i]) && ranges[i].size_bytes != 0);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct husk_fdt_board board;
    struct husk_fdt_cpu cpus[2];
    const void *value;
    size_t count;
    void *copy = NULL;

    if (posix_memalign(&copy, 8, size == 0 ? 1 : size) != 0) {
        return 0;
    }
    memcpy(copy, data, size);
    if (husk_fdt_scan(copy, size, &board) == HUSK_OK) {
        need_ranges(board.memory, board.memory_count, HUSK_FDT_MEMORY_MAX);
        need_ranges(board.reserved, board.reserved_count, HUSK_FDT_RESERVED_MAX);
        need(husk_fdt_used_bytes(copy) <= size);
    }
    if (husk_fdt_cpus(copy, size, cpus, HUSK_COUNT(cpus), &count) == HUSK_OK) {
        need(count <= HUSK_COUNT(cpus));
        for (size_t i = 0; i < count; i++) {
            need(cpus[i].release.value % 8 == 0);
        }
    }
    if (husk_fdt_value(copy, size, "chosen", "rng-seed", &value, &count) == HUSK_OK) {
        const size_t offset = (size_t)((const uint8_t *)value - (const uint8_t *)copy);

        need(offset <= size && count <= size - offset);
    }
    (void)husk_fdt_psci_smc(copy, size);
    free(copy);
    return 0;
}
