// SPDX-License-Identifier: Apache-2.0
#ifndef HUSK_BASE_H
#define HUSK_BASE_H

/** @file
 * Words every library shares: errors, address types, ranges, bits. Depends on nothing.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define HUSK_NODISCARD __attribute__((warn_unused_result))

/** What a call answers. Results go through an out parameter, written only on HUSK_OK. */
enum HUSK_NODISCARD husk_err {
    HUSK_OK = 0,
    HUSK_EINVAL = -1,    /**< an argument breaks the documented contract */
    HUSK_ENOMEM = -2,    /**< the caller's pool or buffer is too small */
    HUSK_EOVERLAP = -3,  /**< two ranges that must be disjoint are not */
    HUSK_ENOENT = -4,    /**< nothing is there */
    HUSK_ERANGE = -5,    /**< a value the hardware or the product can't express */
    HUSK_ENOTSUP = -6,   /**< this board or build does not offer it */
    HUSK_ETIMEDOUT = -7, /**< hardware did not answer before its deadline */
    HUSK_EAGAIN = -8,    /**< not yet: another CPU has to do its part first */
};

/** The enumerator's name without its prefix, e.g. "ENOMEM"; "?" for anything else. Pure. */
const char *husk_err_name(enum husk_err err);

/** Physical address: what the memory system sees. */
struct husk_pa {
    uint64_t value;
};

/** Intermediate physical address: what a VM takes for physical. */
struct husk_ipa {
    uint64_t value;
};

/** Virtual address of EL2 (or of a unikernel, in its own stage 1). */
struct husk_va {
    uint64_t value;
};

/** Bus (DMA) address: what a device that masters the bus calls a byte of memory. Two masters of one
 * board may give the same byte two bus addresses. */
struct husk_bus {
    uint64_t value;
};

/** Half-open range [base, base + size_bytes) of any address kind. */
struct husk_range {
    uint64_t base;
    uint64_t size_bytes;
};

#define HUSK_KIB(n) ((uint64_t)(n) << 10)
#define HUSK_MIB(n) ((uint64_t)(n) << 20)
#define HUSK_GIB(n) ((uint64_t)(n) << 30)

/** A property of a node in a device tree: `bytes` of `value` as the tree has them, numbers
 * big-endian. */
struct husk_property {
    const char *name;
    const void *value;
    size_t bytes;
};

/** Number of elements of an array (not of a pointer). */
#define HUSK_COUNT(array) (sizeof(array) / sizeof((array)[0]))

/** Initializer of a `{ items, count }` list from an array: nobody else counts. */
#define HUSK_LIST(array) { .items = (array), .count = HUSK_COUNT(array) }

#define HUSK_BIT(n) (UINT64_C(1) << (n))

/** Bits [hi:lo], both included, 0 <= lo <= hi <= 63. */
#define HUSK_BITS(hi, lo) ((UINT64_MAX >> (63 - (hi))) & (UINT64_MAX << (lo)))

/** Value of the field [hi:lo] of `word`. */
static inline uint64_t husk_bits_get(uint64_t word, unsigned hi, unsigned lo)
{
    return (word & HUSK_BITS(hi, lo)) >> lo;
}

/** `word` with its field [hi:lo] replaced by `value`; excess bits of `value` are dropped. */
static inline uint64_t husk_bits_set(uint64_t word, unsigned hi, unsigned lo, uint64_t value)
{
    return (word & ~HUSK_BITS(hi, lo)) | ((value << lo) & HUSK_BITS(hi, lo));
}

/** True when `value` is a multiple of `align`, a power of two. */
static inline bool husk_is_aligned(uint64_t value, uint64_t align)
{
    return (value & (align - 1)) == 0;
}

/** `value` rounded down to a multiple of `align`, a power of two. */
static inline uint64_t husk_align_down(uint64_t value, uint64_t align)
{
    return value & ~(align - 1);
}

/** `value` rounded up to a multiple of `align`, a power of two; wraps to 0 past 2^64 - align. */
static inline uint64_t husk_align_up(uint64_t value, uint64_t align)
{
    return (value + align - 1) & ~(align - 1);
}

/** The smaller of two numbers. */
static inline uint64_t husk_min(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

/** True when the range does not wrap: base + size_bytes, its exclusive end, is below 2^64. */
static inline bool husk_range_valid(struct husk_range range)
{
    return range.size_bytes <= UINT64_MAX - range.base;
}

/** True when [base, base + size_bytes) lies in `range`; false for anything that wraps. */
static inline bool husk_range_contains(struct husk_range range, uint64_t base, uint64_t size_bytes)
{
    return base >= range.base && size_bytes <= range.size_bytes &&
           base - range.base <= range.size_bytes - size_bytes;
}

/** True when the two valid ranges share a byte; an empty range shares none. */
static inline bool husk_ranges_overlap(struct husk_range a, struct husk_range b)
{
    return a.size_bytes != 0 && b.size_bytes != 0 &&
           (a.base - b.base < b.size_bytes || b.base - a.base < a.size_bytes);
}

/** Takes one character of a text: a console, a log, a buffer. */
typedef void husk_put_fn(char c);

/** Puts the characters of `text`, without its terminator. */
void husk_put_text(husk_put_fn *put, const char *text);

/** Puts a number without leading zeros, in base 10, or in base 16 as 0x1f. */
void husk_put_number(husk_put_fn *put, uint64_t value, unsigned base);

#endif
