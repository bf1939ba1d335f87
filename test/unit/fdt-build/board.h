// SPDX-License-Identifier: Apache-2.0
#ifndef BOARD_H
#define BOARD_H

/* A guest of one vCPU, to which a test adds what it is about. */
#include <husk/fdt_build.h>

static const struct husk_range ram = { 0x40000000, 0x10000000 };
static const uint64_t mpidr;

static inline struct husk_fdt_guest plain_guest(void)
{
    return (struct husk_fdt_guest){
        .ram = &ram,
        .ram_count = 1,
        .mpidr = &mpidr,
        .vcpu_count = 1,
        .gicd = { 0x08000000, 0x10000 },
        .gicr = { 0x08010000, 0x2000 },
    };
}

#endif
