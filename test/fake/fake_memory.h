// SPDX-License-Identifier: Apache-2.0
#ifndef FAKE_MEMORY_H
#define FAKE_MEMORY_H

/** @file
 * Physical memory with two views: what the CPU sees (through a write-back cache that holds every
 * line), and what memory itself holds, which is what a non-coherent device sees. Only cache
 * maintenance through husk/arch.h, and evictions, copy lines between them.
 *
 * A line is dirty when the CPU view differs from what it was when the line was last loaded or
 * cleaned.
 */

#include <husk/arch.h>

enum { FAKE_MEMORY_BYTES = 1 << 16 };

struct fake_memory {
    _Alignas(4096) uint8_t cpu[FAKE_MEMORY_BYTES];    /**< the CPU reads and writes here */
    _Alignas(4096) uint8_t device[FAKE_MEMORY_BYTES]; /**< a device does */
    uint8_t loaded[FAKE_MEMORY_BYTES];                /**< a line as last loaded or cleaned */
    size_t bytes;                                     /**< in use */
    size_t line_bytes;
    uint64_t pa; /**< of the first byte */
    void *dma;   /**< a struct fake_dma, where there is one: husk_fake has one context */
};

/** Both views zero; `cpu` becomes a fake CPU with such lines whose cache this is. */
void fake_memory_init(struct fake_memory *memory, struct husk_fake *cpu, uint64_t pa, size_t bytes,
                      size_t line_bytes);

/** What the cache may do at any time with a line: write it back if dirty, and load it anew. */
void fake_memory_evict(struct fake_memory *memory, size_t offset);

/** Both views become `data`, with no dirty line. */
void fake_memory_set(struct fake_memory *memory, size_t offset, const void *data, size_t bytes);

#endif
