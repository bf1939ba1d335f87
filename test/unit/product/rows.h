// SPDX-License-Identifier: Apache-2.0
#ifndef ROWS_H
#define ROWS_H

/** @file
 * Rows of what is changed in a good product, and the error that must come of it.
 */

#include <husk/product.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "../put.h"

#define NONE 0
#define M2   UINT64_C(0x200000)

struct row {
    const char *label;
    void (*change)(void);
    enum husk_err expected;
    const char *vm, *field;
    size_t index;
    const char *other;
    uint64_t value, limit;
    bool at_boot;
};

/* The change of a row: a function whose body is given. */
#define C(name, ...)                                                                               \
    static void name(void)                                                                         \
    {                                                                                              \
        __VA_ARGS__;                                                                               \
    }

#define OK(change) { #change, change, HUSK_OK, NULL, NULL, 0, NULL, 0, 0, true }
#define BAD(change, err, vm, field, index, other, value, limit)                                    \
    { #change, change, HUSK_##err, vm, field, index, other, value, limit, false }

static inline bool same_text(const char *a, const char *b)
{
    return a == NULL || b == NULL ? a == b : strcmp(a, b) == 0;
}

/* The error as a line. */
static inline const char *line_of(const struct husk_product_error *error)
{
    text[0] = '\0';
    husk_product_error_text(error, put);
    return text;
}

/* The error the check gave for a row is the row's. */
static inline void compare_row(const struct row *row, enum husk_err err,
                               const struct husk_product_error *error)
{
    if (err == HUSK_OK && row->expected == HUSK_OK) {
        return;
    }
    if (err == HUSK_OK) {
        fail_msg("%s: passed", row->label);
    }
    (void)line_of(error);
    if (err != row->expected || !same_text(error->vm, row->vm) ||
        !same_text(error->field, row->field) || error->index != row->index ||
        !same_text(error->other, row->other) || error->value != row->value ||
        error->limit != row->limit) {
        fail_msg("%s: %s: %s", row->label, husk_err_name(err), text);
    }
    assert_true(strlen(text) > 20 && strlen(text) < 160);
    assert_non_null(strstr(text, error->what));
}

#endif
