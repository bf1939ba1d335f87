// SPDX-License-Identifier: Apache-2.0
#ifndef PUT_H
#define PUT_H

/* A husk_put_fn that keeps what is put, after cmocka.h. */
#include <string.h>

static char text[256];

static inline void put(char c)
{
    const size_t length = strlen(text);

    assert_true(length + 1 < sizeof(text));
    text[length] = c;
    text[length + 1] = '\0';
}

#endif
