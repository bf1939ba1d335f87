// SPDX-License-Identifier: Apache-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <pthread.h>
#include <sched.h>

#include <husk/arch.h>

enum {
    THREADS = 3,
    ROUNDS = 3000,
};

static struct {
    struct husk_spinlock lock;
    unsigned inside;       /* plain on purpose: only the lock orders its accesses */
    unsigned long counter; /* the same */
    unsigned collisions;
} shared;

static void *worker(void *arg)
{
    (void)arg;
    for (unsigned i = 0; i < ROUNDS; i++) {
        husk_spin_lock(&shared.lock);
        shared.inside++;
        shared.collisions += shared.inside != 1;
        shared.counter++;
        shared.inside--;
        husk_spin_unlock(&shared.lock);
        (void)sched_yield(); /* on two cores the next ticket's owner may not be running */
    }
    return NULL;
}

static void threads__are_never_inside_together(void **state)
{
    pthread_t threads[THREADS];

    (void)state;
    for (unsigned i = 0; i < THREADS; i++) {
        assert_int_equal(pthread_create(&threads[i], NULL, worker, NULL), 0);
    }
    for (unsigned i = 0; i < THREADS; i++) {
        assert_int_equal(pthread_join(threads[i], NULL), 0);
    }
    assert_int_equal(shared.collisions, 0);
    assert_int_equal(shared.counter, THREADS * ROUNDS);
    assert_int_equal(shared.lock.next, shared.lock.serving);
}

static void tickets__wrap_after_65536(void **state)
{
    struct husk_spinlock lock = { .next = 0xFFFF, .serving = 0xFFFF };

    (void)state;
    husk_spin_lock(&lock);
    assert_int_equal(lock.next, 0);
    assert_int_equal(lock.serving, 0xFFFF);
    husk_spin_unlock(&lock);
    assert_int_equal(lock.serving, 0);
    husk_spin_lock(&lock);
    husk_spin_unlock(&lock);
    assert_int_equal(lock.next, 1);
    assert_int_equal(lock.serving, 1);
}

/* Arrivals are let in one by one while the lock is held, and note when they get it. */
static struct {
    struct husk_spinlock lock;
    unsigned order[THREADS];
    unsigned taken;
} queue;

static void *arrival(void *arg)
{
    husk_spin_lock(&queue.lock);
    queue.order[queue.taken++] = (unsigned)(uintptr_t)arg;
    husk_spin_unlock(&queue.lock);
    return NULL;
}

static void waiters__are_served_in_order_of_arrival(void **state)
{
    pthread_t threads[THREADS];

    (void)state;
    husk_spin_lock(&queue.lock);
    for (uintptr_t i = 0; i < THREADS; i++) {
        assert_int_equal(pthread_create(&threads[i], NULL, arrival, (void *)i), 0);
        while (__atomic_load_n(&queue.lock.next, __ATOMIC_RELAXED) != i + 2) {
            (void)sched_yield();
        }
    }
    husk_spin_unlock(&queue.lock);
    for (unsigned i = 0; i < THREADS; i++) {
        assert_int_equal(pthread_join(threads[i], NULL), 0);
    }
    for (unsigned i = 0; i < THREADS; i++) {
        assert_int_equal(queue.order[i], i);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(threads__are_never_inside_together),
        cmocka_unit_test(tickets__wrap_after_65536),
        cmocka_unit_test(waiters__are_served_in_order_of_arrival),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
