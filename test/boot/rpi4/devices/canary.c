// SPDX-License-Identifier: Apache-2.0
// Looks again and again whether anybody else has written to its memory.
#include <husk/arch.h>
#include <husk/unikernel.h>
#include <stdio.h>
#include <stdlib.h>

static const size_t canary_bytes = HUSK_MIB(24);

static uint32_t pattern(size_t i)
{
    return (uint32_t)(i * 0x9e3779b9u + 1);
}

int main(void)
{
    const size_t count = canary_bytes / sizeof(uint32_t);
    uint32_t *const canary = malloc(canary_bytes);

    setvbuf(stdout, NULL, _IOLBF, 80);
    if (canary == NULL) {
        printf("canary: FAIL: no memory\n");
        return 1;
    }
    for (size_t i = 0; i < count; i++) {
        canary[i] = pattern(i);
    }
    husk_cache_clean_invalidate(canary, canary_bytes);
    printf("canary: ready\n");
    for (;;) {
        size_t wrong = 0;

        husk_uk_sleep_ns(UINT64_C(1000000000));
        husk_cache_clean_invalidate(canary, canary_bytes);
        for (size_t i = 0; i < count; i++) {
            wrong += canary[i] != pattern(i);
        }
        printf("canary: %s\n", wrong == 0 ? "untouched" : "hit");
    }
}
