// SPDX-License-Identifier: Apache-2.0
#include "unikernel_internal.h"
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h> /* needs what is above */

enum { BYTES = 200000 };

static void full_ring__refuses_and_keeps_order(void **state)
{
    struct husk_uk_ring ring = { .head = UINT32_MAX - 3, .tail = UINT32_MAX - 3 }; /* wraps */
    uint8_t c;

    (void)state;
    assert_false(husk_uk_ring_pop(&ring, &c));
    for (unsigned i = 0; i < HUSK_UK_RING_SIZE; i++) {
        assert_true(husk_uk_ring_push(&ring, (uint8_t)i));
    }
    assert_true(husk_uk_ring_is_full(&ring));
    assert_false(husk_uk_ring_push(&ring, 1));
    for (unsigned i = 0; i < HUSK_UK_RING_SIZE; i++) {
        assert_true(husk_uk_ring_pop(&ring, &c));
        assert_int_equal(c, (uint8_t)i);
        assert_false(husk_uk_ring_is_full(&ring));
    }
    assert_false(husk_uk_ring_pop(&ring, &c));
}

static void *produce(void *context)
{
    for (unsigned i = 0; i < BYTES;) {
        i += husk_uk_ring_push(context, (uint8_t)(i * 7)) ? 1 : 0;
    }
    return NULL;
}

static void two_threads__lose_and_mix_nothing(void **state)
{
    static struct husk_uk_ring ring;
    pthread_t producer;
    uint8_t c;

    (void)state;
    assert_int_equal(pthread_create(&producer, NULL, produce, &ring), 0);
    for (unsigned i = 0; i < BYTES;) {
        if (husk_uk_ring_pop(&ring, &c)) {
            assert_int_equal(c, (uint8_t)(i * 7));
            i++;
        }
    }
    assert_int_equal(pthread_join(producer, NULL), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(full_ring__refuses_and_keeps_order),
        cmocka_unit_test(two_threads__lose_and_mix_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
