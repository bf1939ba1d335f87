// SPDX-License-Identifier: Apache-2.0
/* GICv3's CPU interface by system registers, IHI 0069H chapter 12. */
#include "gic.h"

/* ICC_SGI1R_EL1: to all others; the fields that name anything but Aff0 0 to 15 */
#define IRM       (UINT64_C(1) << 40)
#define ELSEWHERE (HUSK_BITS(55, 48) | HUSK_BITS(39, 32) | HUSK_BITS(23, 16))

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

uint64_t gicv3_cpu_value(unsigned which, bool eoimode)
{
    switch (which) {
    case CPU_CTLR: /* EOImode, CBPR */
        return (uint64_t)eoimode << 1 | random_below(&run, 2);
    case CPU_PMR:
        return random_below(&run, 3) == 0 ? random_bits(&run) & 0xff : 0xff;
    default:
        return random_below(&run, 8);
    }
}

uint64_t gicv3_ack(bool group1)
{
    const uint64_t intid = group1 ? READ("icc_iar1_el1") : READ("icc_iar0_el1");

    settle();
    return intid;
}

void gicv3_end(unsigned token, bool group1)
{
    if (group1) {
        WRITE("icc_eoir1_el1", token);
    } else {
        WRITE("icc_eoir0_el1", token);
    }
    settle();
}

void gicv3_deactivate(unsigned token)
{
    WRITE("icc_dir_el1", token);
    settle();
}

/* The CPUs that a register addresses. */
static uint32_t targets_of(uint64_t value)
{
    const uint32_t all = (1u << run.cpus) - 1;

    if ((value & IRM) != 0) {
        return all & ~(1u << run.self);
    }
    return (value & ELSEWHERE) != 0 ? 0 : (uint32_t)value & all;
}

unsigned gicv3_send(const uint32_t *groups, uint64_t *value)
{
    static const uint64_t places[] = { IRM, 1u << 16 /* Aff1 */, UINT64_C(1) << 32 /* Aff2 */,
                                       UINT64_C(1) << 48 /* Aff3 */ };
    const unsigned intid = random_below(&run, SGI_COUNT);
    const unsigned one = random_below(&run, run.cpus);
    const unsigned place = random_below(&run, 16);
    const uint32_t list = random_below(&run, 4) == 0 ? random_bits(&run) & 0xffff : 1u << one;
    uint32_t targets, in_group1 = 0;
    unsigned which = random_below(&run, 3);

    *value = (place < HUSK_COUNT(places) ? places[place] : 0) | (uint64_t)intid << 24 | list;
    targets = targets_of(*value);
    for (unsigned cpu = 0; cpu < run.cpus; cpu++) {
        in_group1 |= (groups[cpu] >> intid & 1) << cpu;
    }
    if (kept(&run, SGI_OTHER_GROUP)) {
        if ((targets & in_group1) != 0 && (targets & ~in_group1) != 0) { /* to one only */
            *value = (uint64_t)intid << 24 | 1u << one;
            targets = 1u << one;
        }
        if (targets != 0) {
            which = (targets & in_group1) != 0 ? 0 : 1 + which % 2;
        }
    }
    if (which == 0) {
        WRITE("icc_sgi1r_el1", *value);
    } else if (which == 1) {
        WRITE("icc_sgi0r_el1", *value);
    } else {
        WRITE("icc_asgi1r_el1", *value);
    }
    settle();
    return which;
}
