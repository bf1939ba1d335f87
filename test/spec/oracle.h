// SPDX-License-Identifier: Apache-2.0
#ifndef ORACLE_H
#define ORACLE_H

/** @file
 * Between hv and its libraries, in images built with -DHUSK_ORACLE=ON: each call of a guest's goes
 * to the library and to the specification, and a difference is a panic that names the operation.
 *
 * The linker puts it there (--wrap, oracle.cmake): hv's calls of husk_vgic_access() go to
 * __wrap_husk_vgic_access(), which reaches the library's as __real_husk_vgic_access(). Without the
 * option an image has nothing of it, and hv knows nothing of it ever.
 */

#include <husk/arch.h>
#include <husk/base.h>

enum { ORACLE_VMS = 8 };

/* The linker's names. */
#pragma clang diagnostic ignored "-Wreserved-identifier"

#define ORACLE_WRAP(type, name, ...)                                                               \
    type __real_husk_##name(__VA_ARGS__);                                                          \
    type __wrap_husk_##name(__VA_ARGS__);                                                          \
    type __wrap_husk_##name(__VA_ARGS__)

/** A timer interrupt was taken: its line is up. */
void oracle_tick(unsigned intid);
/** Panics unless `got`, Husk's answer, is `want`. `about` tells operations of one name apart. */
void oracle_same(const char *operation, uint64_t about, uint64_t got, uint64_t want);

#endif
