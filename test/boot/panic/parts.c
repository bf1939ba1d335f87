// SPDX-License-Identifier: Apache-2.0
/* A part of the hypervisor that does at EL2 what nothing may do. What is expected of the report is
 * left in registers before: x9 = FAR_EL2, x10 = ELR_EL2; x1 and x28 hold marks. */
#include "fault.h"

#include <husk/arch.h>
#include <husk/parts.h>
#include <husk/product.h>

extern const struct husk_product husk_product;
extern char husk_ld_start[], husk_ld_stack_guard[];

/* A jump that must fault where it lands: ELR_EL2 is FAR_EL2. */
#define JUMP(address)                                                                              \
    __asm__ volatile("mov x9, %0\n mov x10, %0\n mov x1, #0x1001\n mov x28, #0x1028\n blr x9\n"    \
                     :                                                                             \
                     : "r"(address)                                                                \
                     : "x1", "x9", "x10", "x28", "x30", "memory")

static uint32_t data[2] = { 0xd65f03c0, 0xd65f03c0 }; /* RET */
static const uint32_t rodata[2] = { 0xd65f03c0, 0xd65f03c0 };

static void misbehave(const void *dtb)
{
    (void)dtb;
    switch (PANIC) {
    case 1: /* write-text: the page of the entry code */
        FAULT("str x1, [x9]", husk_ld_start);
        break;
    case 2: /* write-rodata */
        FAULT("str x1, [x9]", rodata);
        break;
    case 3: /* execute-data */
        JUMP(data);
        break;
    case 4: { /* execute-stack */
        volatile uint32_t code[2] = { 0xd65f03c0, 0xd65f03c0 };

        JUMP(code);
        break;
    }
    case 5: /* execute-rodata */
        JUMP(rodata);
        break;
    case 6: /* stack-overflow: downwards, until the page that isn't there */
        FAULT("stp x1, x28, [sp, #-16]!\n b 1b", husk_ld_stack_guard + 4096 - 16);
        break;
    case 7: /* assertion */
        HUSK_ASSERT(dtb == data);
        break;
    case 8: /* null */
        FAULT("ldr x1, [x9]", (uint64_t)0);
        break;
    case 9: /* read-guest: its image is its RAM, and no window is open */
        FAULT("ldr x1, [x9]", husk_product.vms.items[0].unikernel->data);
        break;
    case 10: /* undefined instruction */
        FAULT(".inst 0", (uint64_t)0);
        break;
    default:
        break;
    }
}

static const struct husk_entropy entropy = { .seed = misbehave };
const struct husk_parts husk_parts = { .entropy = &entropy, .gic = { &husk_gic_v3 } };
