// SPDX-License-Identifier: Apache-2.0
#include <husk/arch.h>

void husk_spin_lock(struct husk_spinlock *lock)
{
    const uint16_t mine = __atomic_fetch_add(&lock->next, 1, __ATOMIC_RELAXED);

    while (__atomic_load_n(&lock->serving, __ATOMIC_ACQUIRE) != mine) {
        husk_yield();
    }
}

void husk_spin_unlock(struct husk_spinlock *lock)
{
    const uint16_t mine = __atomic_load_n(&lock->serving, __ATOMIC_RELAXED);

    __atomic_store_n(&lock->serving, (uint16_t)(mine + 1), __ATOMIC_RELEASE);
}
