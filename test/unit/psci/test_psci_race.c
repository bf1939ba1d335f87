// SPDX-License-Identifier: Apache-2.0
#include "psci_test.h"

#include <pthread.h>

enum {
    RACERS = 3,
    ROUNDS = 20000,
    TARGET = 3,
};

/* One VM whose vCPUs 0 to 2 race to start vCPU 3, in rounds that a barrier starts and ends. */
static struct {
    struct husk_psci psci;
    pthread_barrier_t barrier;
    unsigned started[RACERS], already_on[RACERS], pending[RACERS], other[RACERS];
    uint64_t entry[RACERS]; /* of the round's winner, else 0 */
} race;

static void race_once(unsigned me, unsigned round)
{
    const uint64_t entry = RAM0 + 0x1000 * (me + 1) + 4 * (round % 64);
    uint64_t regs[18] = { 0xC4000003, 0x0100020300, entry, me };
    struct husk_psci_action action = { .what = HUSK_PSCI_RESUME };

    race.entry[me] = 0;
    if (husk_psci_call(&race.psci, me, regs, &action) == HUSK_PSCI_START && regs[0] == 0) {
        race.started[me]++;
        race.entry[me] = action.entry;
        if (round % 2 == 0) { /* the other half stays pending */
            husk_psci_started(&race.psci, action.vcpu);
        }
    } else if (regs[0] == ALREADY_ON) {
        race.already_on[me]++;
    } else if (regs[0] == ON_PENDING) {
        race.pending[me]++;
    } else {
        race.other[me]++;
    }
}

static void *racer(void *arg)
{
    const unsigned me = (unsigned)(uintptr_t)arg;

    for (unsigned round = 0; round < ROUNDS; round++) {
        (void)pthread_barrier_wait(&race.barrier);
        race_once(me, round);
        (void)pthread_barrier_wait(&race.barrier);
    }
    return NULL;
}

static void vcpus_that_race_to_start_one__see_one_success_each_round(void **state)
{
    pthread_t threads[RACERS];
    unsigned winners = 0;
    unsigned losers = 0;

    (void)state;
    race.psci = test_vm();
    assert_int_equal(pthread_barrier_init(&race.barrier, NULL, RACERS + 1), 0);
    for (uintptr_t i = 0; i < RACERS; i++) {
        assert_int_equal(pthread_create(&threads[i], NULL, racer, (void *)i), 0);
    }
    for (unsigned round = 0; round < ROUNDS; round++) {
        unsigned won = 0;

        (void)pthread_barrier_wait(&race.barrier); /* go */
        (void)pthread_barrier_wait(&race.barrier); /* all have called */
        for (unsigned i = 0; i < RACERS; i++) {
            won += race.entry[i] != 0;
        }
        assert_int_equal(won, 1);
        assert_int_equal(race.psci.power[TARGET],
                         round % 2 == 0 ? HUSK_PSCI_ON : HUSK_PSCI_ON_PENDING);
        race.psci.power[TARGET] = HUSK_PSCI_OFF;
    }
    for (unsigned i = 0; i < RACERS; i++) {
        assert_int_equal(pthread_join(threads[i], NULL), 0);
        winners += race.started[i];
        losers += race.already_on[i] + race.pending[i];
        assert_int_equal(race.other[i], 0);
    }
    assert_int_equal(winners, ROUNDS);
    assert_int_equal(losers, ROUNDS * (RACERS - 1));
    (void)pthread_barrier_destroy(&race.barrier);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(vcpus_that_race_to_start_one__see_one_success_each_round),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
