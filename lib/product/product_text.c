// SPDX-License-Identifier: Apache-2.0
/* Errors: noting one, and writing it as one line. */
#include "product_internal.h"

enum {
    DECIMAL_BELOW = 1024, /* counts and INTIDs are read as decimals, addresses and sizes are not */
};

enum husk_err husk_product_fail(const struct check *check, enum husk_err err,
                                const struct husk_product_error *error)
{
    *check->error = *error;
    check->error->vm = check->vm == NULL ? NULL : check->vm->name;
    return err;
}

bool husk_product_same_text(const char *a, const char *b)
{
    size_t i = 0;

    while (a[i] != '\0' && a[i] == b[i]) {
        i++;
    }
    return a[i] == b[i];
}

static void put_number(husk_put_fn *put, uint64_t value, bool hex)
{
    husk_put_number(put, value, value < DECIMAL_BELOW && !hex ? 10 : 16);
}

static void put_field(husk_put_fn *put, const char *field, size_t index)
{
    for (; *field != '\0'; field++) {
        put(*field);
        if (*field == '[') {
            put_number(put, index, false);
        }
    }
}

/* Names come from the product, which may be wrong in this very name: show what can be shown. */
static void put_quoted(husk_put_fn *put, const char *name)
{
    put('\'');
    for (; *name != '\0'; name++) {
        put(*name >= ' ' && *name <= '~' ? *name : '?');
    }
    put('\'');
}

/* " ('other', limit 0x...)", as far as there is any. */
static void put_reason(husk_put_fn *put, const struct husk_product_error *error, bool hex)
{
    const char *before = " (";

    if (error->other != NULL) {
        husk_put_text(put, before);
        put_quoted(put, error->other);
        before = ", ";
    }
    if (error->limit != 0) {
        husk_put_text(put, before);
        husk_put_text(put, "limit ");
        put_number(put, error->limit, hex);
    }
    if (error->other != NULL || error->limit != 0) {
        put(')');
    }
}

void husk_product_error_text(const struct husk_product_error *error, husk_put_fn *put)
{
    const bool hex = husk_product_same_text(error->field, "cpu_mask"); /* a mask, of any size */

    if (error->vm == NULL) {
        husk_put_text(put, "product");
    } else {
        husk_put_text(put, "vm ");
        put_quoted(put, error->vm);
    }
    husk_put_text(put, ", field ");
    put_field(put, error->field, error->index);
    if (error->value != 0) {
        husk_put_text(put, " = ");
        put_number(put, error->value, hex);
    }
    husk_put_text(put, ": ");
    husk_put_text(put, error->what);
    put_reason(put, error, hex);
}
