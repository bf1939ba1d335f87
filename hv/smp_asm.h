// SPDX-License-Identifier: Apache-2.0
#ifndef HUSK_SMP_ASM_H
#define HUSK_SMP_ASM_H

/** @file
 * What smp_start.S and pen.S know of C's structs; smp.c and cpu_start.c assert that it is true.
 */

/* struct husk_cpu in hv.h */
#define HUSK_CPU_STACK_TOP 0

/* struct husk_pen in cpu_start.c */
#define HUSK_PEN_AFFINITY 0
#define HUSK_PEN_CONTEXT  8

#endif
