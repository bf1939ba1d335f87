// SPDX-License-Identifier: Apache-2.0
// Owns the memory that the copier's transfers would reach without a check; looks whether they have.
#include "places.h"

#include <husk/arch.h>
#include <husk/unikernel.h>
#include <stdio.h>
#include <stdlib.h>

static uint32_t pattern(size_t i)
{
    return (uint32_t)(i * 0x9e3779b9u + 1);
}

int main(void)
{
    const size_t bytes = HUSK_MIB(NEIGHBOUR_MIB - 2);
    const size_t count = bytes / sizeof(uint32_t);
    uint32_t *const canary = malloc(bytes);
    size_t wrong = 0;
    char line[16];

    setvbuf(stdout, NULL, _IOLBF, 120);
    if (canary == NULL) {
        printf("neighbour: FAIL: no memory\n");
        return 1;
    }
    for (size_t i = 0; i < count; i++) {
        canary[i] = pattern(i);
    }
    husk_cache_clean_invalidate(canary, bytes);
    printf("neighbour: ready; press Enter when the copier is done\n");
    husk_uk_read_line(line, sizeof(line));
    husk_cache_clean_invalidate(canary, bytes);
    for (size_t i = 0; i < count; i++) {
        wrong += canary[i] != pattern(i);
    }
    printf("neighbour: %zu of %zu words have changed: %s\n", wrong, count,
           wrong == 0 ? "untouched" : "FAIL");
    return wrong == 0 ? 0 : 1;
}
