// SPDX-License-Identifier: Apache-2.0
#ifndef FAULT_H
#define FAULT_H

/* One instruction that must fault: x9 as given, x10 = its own address. */
#define FAULT(instruction, address)                                                                \
    __asm__ volatile("mov x9, %0\n mov x1, #0x1001\n mov x28, #0x1028\n"                           \
                     "adr x10, 1f\n 1: " instruction "\n"                                          \
                     :                                                                             \
                     : "r"(address)                                                                \
                     : "x1", "x9", "x10", "x28", "x30", "memory")

#endif
