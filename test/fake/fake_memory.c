// SPDX-License-Identifier: Apache-2.0
#include "fake_memory.h"

#include <string.h>

static void write_back(struct fake_memory *memory, size_t at)
{
    if (memcmp(memory->cpu + at, memory->loaded + at, memory->line_bytes) != 0) {
        memcpy(memory->device + at, memory->cpu + at, memory->line_bytes);
        memcpy(memory->loaded + at, memory->cpu + at, memory->line_bytes);
    }
}

static void load(struct fake_memory *memory, size_t at)
{
    memcpy(memory->cpu + at, memory->device + at, memory->line_bytes);
    memcpy(memory->loaded + at, memory->device + at, memory->line_bytes);
}

static void maintain(void *context, enum husk_fake_op op, uintptr_t addr)
{
    struct fake_memory *memory = context;
    const uintptr_t offset = addr - (uintptr_t)memory->cpu;
    const size_t at = husk_align_down(offset, memory->line_bytes);

    if (offset >= memory->bytes) {
        return; /* the test's own variables */
    }
    if (op != HUSK_FAKE_DC_IVAC) {
        write_back(memory, at);
    }
    if (op != HUSK_FAKE_DC_CVAC) {
        load(memory, at);
    }
}

void fake_memory_init(struct fake_memory *memory, struct husk_fake *cpu, uint64_t pa, size_t bytes,
                      size_t line_bytes)
{
    memset(memory, 0, sizeof(*memory));
    memory->pa = pa;
    memory->bytes = bytes;
    memory->line_bytes = line_bytes;
    cpu->sysreg[HUSK_SYSREG_ctr_el0] = (uint64_t)__builtin_ctzll(line_bytes / 4) << 16;
    cpu->on_cache = maintain;
    cpu->context = memory;
}

void fake_memory_evict(struct fake_memory *memory, size_t offset)
{
    const size_t at = husk_align_down(offset, memory->line_bytes);

    write_back(memory, at);
    load(memory, at);
}

void fake_memory_set(struct fake_memory *memory, size_t offset, const void *data, size_t bytes)
{
    memcpy(memory->cpu + offset, data, bytes);
    memcpy(memory->device + offset, data, bytes);
    memcpy(memory->loaded + offset, data, bytes);
}
