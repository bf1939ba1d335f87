// SPDX-License-Identifier: Apache-2.0
/* GICv3's CPU interface by system registers, IHI 0069H chapter 12. */
#include "gic.h"

const uint16_t gicv3_pool[POOL_COUNT] = { 0,  1,  2,  3,  4,  5,  9,  15,  20,  22,  27,  30,
                                          40, 41, 60, 64, 65, 95, 96, 128, 200, 255, 256, 287 };

#define ICC_REGISTERS(ROW)                                                                         \
    ROW(CPU_CTLR, icc_ctlr_el1)                                                                    \
    ROW(CPU_PMR, icc_pmr_el1)                                                                      \
    ROW(CPU_BPR0, icc_bpr0_el1)                                                                    \
    ROW(CPU_BPR1, icc_bpr1_el1)                                                                    \
    ROW(CPU_IGRPEN0, icc_igrpen0_el1)                                                              \
    ROW(CPU_IGRPEN1, icc_igrpen1_el1)                                                              \
    ROW(6, icc_rpr_el1)                                                                            \
    ROW(7, icc_hppir0_el1)                                                                         \
    ROW(8, icc_hppir1_el1)                                                                         \
    ROW(9, icc_ap0r0_el1)                                                                          \
    ROW(10, icc_ap1r0_el1)                                                                         \
    ROW(11, icc_sre_el1)

unsigned gicv3_cpu_count(void)
{
    return 12;
}

uint64_t gicv3_cpu_read(unsigned which)
{
    uint64_t value = 0;

#define ROW(n, name)                                                                               \
    if (which == (n)) {                                                                            \
        value = READ(#name);                                                                       \
    }
    ICC_REGISTERS(ROW)
#undef ROW
    return value;
}

void gicv3_cpu_write(unsigned which, uint64_t value)
{
#define ROW(n, name)                                                                               \
    if (which == (n)) {                                                                            \
        WRITE(#name, value);                                                                       \
    }
    ROW(CPU_CTLR, icc_ctlr_el1)
    ROW(CPU_PMR, icc_pmr_el1)
    ROW(CPU_BPR0, icc_bpr0_el1)
    ROW(CPU_BPR1, icc_bpr1_el1)
    ROW(CPU_IGRPEN0, icc_igrpen0_el1)
    ROW(CPU_IGRPEN1, icc_igrpen1_el1)
#undef ROW
    settle();
}

uint64_t gicv3_cpu_value(struct run *run, unsigned which, bool eoimode)
{
    switch (which) {
    case CPU_CTLR: /* EOImode, CBPR */
        return (uint64_t)eoimode << 1 | random_below(run, 2);
    case CPU_PMR:
        return random_below(run, 3) == 0 ? random_bits(run) & 0xff : 0xff;
    default:
        return random_below(run, 8);
    }
}

uint64_t gicv3_ack(bool group1)
{
    const uint64_t intid = group1 ? READ("icc_iar1_el1") : READ("icc_iar0_el1");

    settle();
    return intid;
}

void gicv3_end(unsigned intid, bool group1)
{
    if (group1) {
        WRITE("icc_eoir1_el1", intid);
    } else {
        WRITE("icc_eoir0_el1", intid);
    }
    settle();
}

void gicv3_deactivate(unsigned intid)
{
    WRITE("icc_dir_el1", intid);
    settle();
}

unsigned gicv3_send(struct run *run, uint32_t groups, uint64_t *value)
{
    const unsigned intid = random_below(run, 16);
    const uint64_t list = random_below(run, 4) == 0 ? random_bits(run) & 0xffff : 1;
    const uint64_t irm = (uint64_t)(random_below(run, 8) == 0) << 40;
    unsigned which = 0;

    *value = irm | (uint64_t)intid << 24 | list;
    if ((groups & 1u << intid) != 0) {
        WRITE("icc_sgi1r_el1", *value);
    } else {
        which = 1 + random_below(run, 2);
        if (which == 1) {
            WRITE("icc_sgi0r_el1", *value);
        } else {
            WRITE("icc_asgi1r_el1", *value);
        }
    }
    settle();
    return which;
}
