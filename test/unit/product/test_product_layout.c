// SPDX-License-Identifier: Apache-2.0
#include <husk/product.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

/* The first 64 bytes of Debian's 6.1 arm64 Image, image_size made small. */
static uint8_t image[4096];

static void put_le(uint8_t *bytes, uint64_t value)
{
    for (size_t i = 0; i < 8; i++) {
        bytes[i] = (uint8_t)(value >> (8 * i));
    }
}

static void image_make(uint64_t text_offset, uint64_t image_size, uint64_t flags)
{
    memset(image, 0, sizeof(image));
    put_le(image + 8, text_offset);
    put_le(image + 16, image_size);
    put_le(image + 24, flags);
    memcpy(image + 56, "ARM\x64", 4);
}

static void image_header__is_read(void **state)
{
    struct husk_image_header header = { 0, 0, 0 };

    (void)state;
    image_make(0x0102030405060708, 0x1122334455667788, 0xa);
    assert_int_equal(husk_image_header_read(image, sizeof(image), &header), HUSK_OK);
    assert_int_equal(header.text_offset, 0x0102030405060708);
    assert_int_equal(header.image_size_bytes, 0x1122334455667788);
    assert_int_equal(header.flags, 0xa);
}

static void image_header_that_is_none__is_refused(void **state)
{
    static const struct {
        size_t at;
        uint8_t xor ;
        uint64_t size;
        uint64_t image_size;
        enum husk_err expected;
    } rows[] = {
        { 0, 0, 64, 64, HUSK_OK },      { 0, 0, 63, 64, HUSK_EINVAL },
        { 0, 0, 0, 64, HUSK_EINVAL },   { 0, 0, 65, 64, HUSK_EINVAL },
        { 0, 0, 4096, 4096, HUSK_OK },  { 56, 1, 64, 64, HUSK_EINVAL },
        { 57, 1, 64, 64, HUSK_EINVAL }, { 58, 1, 64, 64, HUSK_EINVAL },
        { 59, 1, 64, 64, HUSK_EINVAL }, { 24, 1, 64, 64, HUSK_EINVAL },
        { 24, 2, 64, 64, HUSK_OK },     { 0, 0, 64, 0, HUSK_EINVAL },
    };

    (void)state;
    for (size_t i = 0; i < HUSK_COUNT(rows); i++) {
        struct husk_image_header header = { 1, 2, 3 };

        image_make(0, rows[i].image_size, 0xa);
        image[rows[i].at] ^= rows[i].xor ;
        if (husk_image_header_read(image, rows[i].size, &header) != rows[i].expected) {
            fail_msg("row %zu", i);
        }
        if (rows[i].expected != HUSK_OK) {
            assert_int_equal(header.text_offset, 1);
        }
    }
}

#define M2 UINT64_C(0x200000)

static const struct husk_blob image_blob = { image, 4096, 0 };
static const struct husk_blob host_kernel = { NULL, 0x300000, 0 };
static const struct husk_blob unikernel = { image, 0x30000, 0 };
static const struct husk_blob raw = { image, 0x1000, 0x80000 };
static const struct husk_blob huge = { NULL, UINT64_MAX, 0 };
static const struct husk_blob initrd = { image, 0x200001, 0 };

struct row {
    const char *label;
    const struct husk_blob *unikernel, *kernel, *raw, *initrd;
    uint64_t raw_offset;
    uint64_t ram_bytes;
    uint64_t text_offset, image_size; /* of the kernel; 0: 8 MiB */
    enum husk_err expected;
    const char *field;
    uint64_t value, limit;
    struct husk_vm_layout layout;
};

static const struct row rows[] = {
    { .label = "unikernel", .unikernel = &unikernel, .ram_bytes = M2, .layout = { 0 } },
    { .label = "unikernel too large",
      .unikernel = &(const struct husk_blob){ image, M2 + 1, 0 },
      .ram_bytes = M2,
      .expected = HUSK_ERANGE,
      .field = "unikernel",
      .value = M2 + 1,
      .limit = M2 },
    { .label = "unikernel that just fits",
      .unikernel = &(const struct husk_blob){ image, M2, 0 },
      .ram_bytes = M2,
      .layout = { 0 } },
    { .label = "kernel",
      .kernel = &image_blob,
      .ram_bytes = 5 * M2,
      .layout = { 0, 0, 0, 4 * M2, 0x10000 } },
    { .label = "kernel without room for the tree",
      .kernel = &image_blob,
      .ram_bytes = 4 * M2,
      .expected = HUSK_ERANGE,
      .field = "ram[].size_bytes",
      .value = 4 * M2 + 0x10000,
      .limit = 4 * M2 },
    { .label = "kernel without room",
      .kernel = &image_blob,
      .ram_bytes = 3 * M2,
      .expected = HUSK_ERANGE,
      .field = "kernel",
      .value = 4 * M2,
      .limit = 3 * M2 },
    { .label = "kernel with a text offset",
      .kernel = &image_blob,
      .ram_bytes = 6 * M2,
      .text_offset = 0x80000,
      .image_size = M2,
      .layout = { 0x80000, 0, 0, 2 * M2, 0x10000 } },
    { .label = "kernel and initrd",
      .kernel = &image_blob,
      .initrd = &initrd,
      .ram_bytes = 8 * M2,
      .image_size = M2 + 1,
      .layout = { 0, 2 * M2, 0x200001, 4 * M2, 0x10000 } },
    { .label = "initrd without room",
      .kernel = &image_blob,
      .initrd = &initrd,
      .ram_bytes = 5 * M2,
      .expected = HUSK_ERANGE,
      .field = "initrd",
      .value = 4 * M2 + 0x200001,
      .limit = 5 * M2 },
    { .label = "kernel of the host",
      .kernel = &host_kernel,
      .ram_bytes = 8 * M2,
      .layout = { 0, 0, 0, 2 * M2, 0x10000 } },
    { .label = "kernel of an absurd size",
      .kernel = &image_blob,
      .ram_bytes = 8 * M2,
      .text_offset = M2,
      .image_size = UINT64_MAX,
      .expected = HUSK_ERANGE,
      .field = "kernel",
      .value = UINT64_MAX,
      .limit = 8 * M2 },
    { .label = "text offset of an absurd size",
      .kernel = &image_blob,
      .ram_bytes = 8 * M2,
      .text_offset = UINT64_MAX,
      .image_size = 4096,
      .expected = HUSK_ERANGE,
      .field = "kernel",
      .value = UINT64_MAX,
      .limit = 8 * M2 },
    { .label = "kernel that is none",
      .kernel = &raw,
      .ram_bytes = 8 * M2,
      .image_size = 1,
      .expected = HUSK_EINVAL,
      .field = "kernel" },
    { .label = "initrd of an absurd size",
      .kernel = &image_blob,
      .initrd = &huge,
      .ram_bytes = 8 * M2,
      .expected = HUSK_ERANGE,
      .field = "initrd",
      .value = UINT64_MAX,
      .limit = 8 * M2 },
    { .label = "raw", .raw = &raw, .ram_bytes = M2, .layout = { 0x80000, 0, 0, 0, 0x10000 } },
    { .label = "raw elsewhere",
      .raw = &raw,
      .raw_offset = M2 + 4,
      .ram_bytes = 2 * M2,
      .layout = { M2 + 4, 0, 0, 0, 0x10000 } },
    { .label = "raw right above the tree",
      .raw = &raw,
      .raw_offset = 0x10000,
      .ram_bytes = M2,
      .layout = { 0x10000, 0, 0, 0, 0x10000 } },
    { .label = "raw over the tree",
      .raw = &raw,
      .raw_offset = 0xfffc,
      .ram_bytes = M2,
      .expected = HUSK_ERANGE,
      .field = "raw_offset",
      .value = 0xfffc,
      .limit = 0x10000 },
    { .label = "raw unaligned",
      .raw = &raw,
      .raw_offset = 0x80002,
      .ram_bytes = M2,
      .expected = HUSK_EINVAL,
      .field = "raw_offset",
      .value = 0x80002 },
    { .label = "raw beyond RAM",
      .raw = &raw,
      .raw_offset = M2,
      .ram_bytes = M2,
      .expected = HUSK_ERANGE,
      .field = "raw",
      .value = M2 + 0x1000,
      .limit = M2 },
    { .label = "raw that just fits",
      .raw = &raw,
      .raw_offset = M2 - 0x1000,
      .ram_bytes = M2,
      .layout = { M2 - 0x1000, 0, 0, 0, 0x10000 } },
    { .label = "no image", .ram_bytes = M2, .expected = HUSK_EINVAL, .field = "unikernel" },
    { .label = "unikernel and raw",
      .unikernel = &unikernel,
      .raw = &raw,
      .ram_bytes = M2,
      .expected = HUSK_EINVAL,
      .field = "raw" },
    { .label = "unikernel and kernel",
      .unikernel = &unikernel,
      .kernel = &image_blob,
      .ram_bytes = 8 * M2,
      .expected = HUSK_EINVAL,
      .field = "kernel" },
    { .label = "kernel and raw",
      .kernel = &image_blob,
      .raw = &raw,
      .ram_bytes = 8 * M2,
      .expected = HUSK_EINVAL,
      .field = "raw" },
    { .label = "no RAM", .unikernel = &unikernel, .expected = HUSK_EINVAL, .field = "ram" },
};

static void vm_of_each_kind__is_laid_out_or_refused(void **state)
{
    (void)state;
    for (size_t i = 0; i < HUSK_COUNT(rows); i++) {
        const struct row *row = &rows[i];
        const struct husk_ram_region ram = { .size_bytes = row->ram_bytes };
        const struct husk_vm_config vm = {
            .name = "vm",
            .ram = { &ram, row->ram_bytes != 0 },
            .unikernel = row->unikernel,
            .kernel = row->kernel,
            .raw = row->raw,
            .initrd = row->initrd,
            .raw_offset = row->raw_offset,
        };
        struct husk_vm_layout layout;
        struct husk_vm_layout untouched;
        struct husk_product_error error;
        enum husk_err err;

        image_make(row->text_offset, row->image_size == 0 ? 4 * M2 : row->image_size, 0xa);
        memset(&layout, 0x5a, sizeof(layout));
        untouched = layout;
        err = husk_vm_layout(&vm, &layout, &error);
        if (err != row->expected) {
            fail_msg("%s: %d", row->label, err);
        }
        if (err == HUSK_OK) {
            if (memcmp(&layout, &row->layout, sizeof(layout)) != 0) {
                fail_msg("%s: layout differs", row->label);
            }
            continue;
        }
        assert_memory_equal(&layout, &untouched, sizeof(layout));
        assert_string_equal(error.vm, "vm");
        assert_string_equal(error.field, row->field);
        assert_int_equal(error.value, row->value);
        assert_int_equal(error.limit, row->limit);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(image_header__is_read),
        cmocka_unit_test(image_header_that_is_none__is_refused),
        cmocka_unit_test(vm_of_each_kind__is_laid_out_or_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
