// SPDX-License-Identifier: Apache-2.0
/* Errors: noting one, and writing it as one line. An own small formatter: EL2 has no printf. */
#include "product_internal.h"

enum {
    DECIMAL_BELOW = 1024, /* counts and INTIDs are read as decimals, addresses and sizes are not */
};

enum husk_err husk_product_fail_value(const struct check *check, enum husk_err err,
                                      const char *field, size_t index, const char *what,
                                      uint64_t value, uint64_t limit)
{
    check->error->vm = check->vm == NULL ? NULL : check->vm->name;
    check->error->field = field;
    check->error->index = index;
    check->error->what = what;
    check->error->other = NULL;
    check->error->value = value;
    check->error->limit = limit;
    return err;
}

enum husk_err husk_product_fail(const struct check *check, enum husk_err err, const char *field,
                                size_t index, const char *what)
{
    return husk_product_fail_value(check, err, field, index, what, 0, 0);
}

enum husk_err husk_product_fail_other(const struct check *check, enum husk_err err,
                                      const char *field, size_t index, const char *what,
                                      uint64_t value, const char *other)
{
    err = husk_product_fail_value(check, err, field, index, what, value, 0);
    check->error->other = other;
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

/* What fits is written, the rest is counted out. */
struct line {
    char *buf;
    size_t bytes;  /* of buf, with the terminator */
    size_t length; /* written */
};

static void put(struct line *line, char c)
{
    if (line->bytes != 0 && line->length < line->bytes - 1) {
        line->buf[line->length++] = c;
    }
}

static void put_text(struct line *line, const char *text)
{
    for (; *text != '\0'; text++) {
        put(line, *text);
    }
}

static void put_number(struct line *line, uint64_t value, bool hex)
{
    const uint64_t base = value < DECIMAL_BELOW && !hex ? 10 : 16;
    uint64_t unit = 1;

    if (base == 16) {
        put_text(line, "0x");
    }
    while (value / unit >= base) {
        unit *= base;
    }
    for (; unit != 0; unit /= base) {
        put(line, "0123456789abcdef"[value / unit % base]);
    }
}

static void put_field(struct line *line, const char *field, size_t index)
{
    for (; *field != '\0'; field++) {
        put(line, *field);
        if (*field == '[' && index != HUSK_NO_INDEX) {
            put_number(line, index, false);
        }
    }
}

/* Names come from the product, which may be wrong in this very name: show what can be shown. */
static void put_quoted(struct line *line, const char *name)
{
    put(line, '\'');
    for (; *name != '\0'; name++) {
        put(line, *name >= ' ' && *name <= '~' ? *name : '?');
    }
    put(line, '\'');
}

/* " ('other', limit 0x...)", as far as there is any. */
static void put_reason(struct line *line, const struct husk_product_error *error, bool hex)
{
    if (error->other == NULL && error->limit == 0) {
        return;
    }
    put_text(line, " (");
    if (error->other != NULL) {
        put_quoted(line, error->other);
    }
    if (error->other != NULL && error->limit != 0) {
        put_text(line, ", ");
    }
    if (error->limit != 0) {
        put_text(line, "limit ");
        put_number(line, error->limit, hex);
    }
    put(line, ')');
}

size_t husk_product_error_text(const struct husk_product_error *error, char *buf, size_t buf_bytes)
{
    struct line line = { buf, buf_bytes, 0 };
    const bool hex = husk_product_same_text(error->field, "cpu_mask");

    if (error->vm == NULL) {
        put_text(&line, "product");
    } else {
        put_text(&line, "vm ");
        put_quoted(&line, error->vm);
    }
    put_text(&line, ", field ");
    put_field(&line, error->field, error->index);
    if (error->value != 0) {
        put_text(&line, " = ");
        put_number(&line, error->value, hex);
    }
    put_text(&line, ": ");
    put_text(&line, error->what);
    put_reason(&line, error, hex);
    if (buf_bytes != 0) {
        buf[line.length] = '\0';
    }
    return line.length;
}
