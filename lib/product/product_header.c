// SPDX-License-Identifier: Apache-2.0
/* The header of an arm64 Image. Source: Linux Documentation/arch/arm64/booting.rst, section 4 "Call
 * the kernel image". */
#include "product_internal.h"

enum {
    HEADER_BYTES = 64,
    HEADER_TEXT_OFFSET = 8,
    HEADER_IMAGE_SIZE = 16,
    HEADER_FLAGS = 24,
    HEADER_MAGIC = 56,
    MAGIC = 0x644d5241, /* "ARM\x64" */
    FLAG_BIG_ENDIAN = 1,
};

/* Little-endian, by bytes: a blob may lie at any address, and the MMU may be off. */
static uint64_t le(const uint8_t *bytes, size_t count)
{
    uint64_t value = 0;

    while (count != 0) {
        value = value << 8 | bytes[--count];
    }
    return value;
}

enum husk_err husk_image_header_read(const void *data, uint64_t size_bytes,
                                     struct husk_image_header *header)
{
    const uint8_t *bytes = data;
    struct husk_image_header read;

    if (size_bytes < HEADER_BYTES || le(bytes + HEADER_MAGIC, 4) != MAGIC) {
        return HUSK_EINVAL;
    }
    read.text_offset = le(bytes + HEADER_TEXT_OFFSET, 8);
    read.image_size_bytes = le(bytes + HEADER_IMAGE_SIZE, 8);
    read.flags = le(bytes + HEADER_FLAGS, 8);
    if ((read.flags & FLAG_BIG_ENDIAN) != 0 || read.image_size_bytes < size_bytes) {
        return HUSK_EINVAL;
    }
    *header = read;
    return HUSK_OK;
}
