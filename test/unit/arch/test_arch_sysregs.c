// SPDX-License-Identifier: Apache-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <husk/arch.h>

/* The word of `mrs x0, REGISTER` (`msr REGISTER, x0` where it can't be read), as an assembler that
 * knows the registers by name writes it. Bits [20:5] are the encoding; op0's upper bit is implied.
 */
static const struct {
    unsigned sysreg;
    uint32_t word;
} words[] = {
    { HUSK_SYSREG_midr_el1, 0xD5380000 },
    { HUSK_SYSREG_mpidr_el1, 0xD53800A0 },
    { HUSK_SYSREG_revidr_el1, 0xD53800C0 },
    { HUSK_SYSREG_aidr_el1, 0xD53900E0 },
    { HUSK_SYSREG_id_aa64pfr0_el1, 0xD5380400 },
    { HUSK_SYSREG_id_aa64pfr1_el1, 0xD5380420 },
    { HUSK_SYSREG_id_aa64dfr0_el1, 0xD5380500 },
    { HUSK_SYSREG_id_aa64isar0_el1, 0xD5380600 },
    { HUSK_SYSREG_id_aa64isar1_el1, 0xD5380620 },
    { HUSK_SYSREG_id_aa64isar2_el1, 0xD5380640 },
    { HUSK_SYSREG_id_aa64mmfr0_el1, 0xD5380700 },
    { HUSK_SYSREG_id_aa64mmfr1_el1, 0xD5380720 },
    { HUSK_SYSREG_ctr_el0, 0xD53B0020 },
    { HUSK_SYSREG_csselr_el1, 0xD53A0000 },
    { HUSK_SYSREG_rndr, 0xD53B2400 },
    { HUSK_SYSREG_currentel, 0xD5384240 },
    { HUSK_SYSREG_daif, 0xD53B4220 },
    { HUSK_SYSREG_vpidr_el2, 0xD53C0000 },
    { HUSK_SYSREG_vmpidr_el2, 0xD53C00A0 },
    { HUSK_SYSREG_sctlr_el2, 0xD53C1000 },
    { HUSK_SYSREG_hcr_el2, 0xD53C1100 },
    { HUSK_SYSREG_mdcr_el2, 0xD53C1120 },
    { HUSK_SYSREG_cptr_el2, 0xD53C1140 },
    { HUSK_SYSREG_hstr_el2, 0xD53C1160 },
    { HUSK_SYSREG_hfgrtr_el2, 0xD53C1180 },
    { HUSK_SYSREG_hfgwtr_el2, 0xD53C11A0 },
    { HUSK_SYSREG_hfgitr_el2, 0xD53C11C0 },
    { HUSK_SYSREG_zcr_el2, 0xD53C1200 },
    { HUSK_SYSREG_hcrx_el2, 0xD53C1240 },
    { HUSK_SYSREG_ttbr0_el2, 0xD53C2000 },
    { HUSK_SYSREG_tcr_el2, 0xD53C2040 },
    { HUSK_SYSREG_vttbr_el2, 0xD53C2100 },
    { HUSK_SYSREG_vtcr_el2, 0xD53C2140 },
    { HUSK_SYSREG_hdfgrtr_el2, 0xD53C3180 },
    { HUSK_SYSREG_hdfgwtr_el2, 0xD53C31A0 },
    { HUSK_SYSREG_spsr_el2, 0xD53C4000 },
    { HUSK_SYSREG_elr_el2, 0xD53C4020 },
    { HUSK_SYSREG_esr_el2, 0xD53C5200 },
    { HUSK_SYSREG_vsesr_el2, 0xD53C5260 },
    { HUSK_SYSREG_far_el2, 0xD53C6000 },
    { HUSK_SYSREG_hpfar_el2, 0xD53C6080 },
    { HUSK_SYSREG_mair_el2, 0xD53CA200 },
    { HUSK_SYSREG_vbar_el2, 0xD53CC000 },
    { HUSK_SYSREG_tpidr_el2, 0xD53CD040 },
    { HUSK_SYSREG_cntvoff_el2, 0xD53CE060 },
    { HUSK_SYSREG_cnthctl_el2, 0xD53CE100 },
    { HUSK_SYSREG_cnthp_tval_el2, 0xD53CE200 },
    { HUSK_SYSREG_cnthp_ctl_el2, 0xD53CE220 },
    { HUSK_SYSREG_cnthp_cval_el2, 0xD53CE240 },
    { HUSK_SYSREG_sctlr_el1, 0xD5381000 },
    { HUSK_SYSREG_actlr_el1, 0xD5381020 },
    { HUSK_SYSREG_cpacr_el1, 0xD5381040 },
    { HUSK_SYSREG_zcr_el1, 0xD5381200 },
    { HUSK_SYSREG_ttbr0_el1, 0xD5382000 },
    { HUSK_SYSREG_ttbr1_el1, 0xD5382020 },
    { HUSK_SYSREG_tcr_el1, 0xD5382040 },
    { HUSK_SYSREG_spsr_el1, 0xD5384000 },
    { HUSK_SYSREG_elr_el1, 0xD5384020 },
    { HUSK_SYSREG_sp_el0, 0xD5384100 },
    { HUSK_SYSREG_sp_el1, 0xD53C4100 },
    { HUSK_SYSREG_afsr0_el1, 0xD5385100 },
    { HUSK_SYSREG_afsr1_el1, 0xD5385120 },
    { HUSK_SYSREG_esr_el1, 0xD5385200 },
    { HUSK_SYSREG_far_el1, 0xD5386000 },
    { HUSK_SYSREG_par_el1, 0xD5387400 },
    { HUSK_SYSREG_mair_el1, 0xD538A200 },
    { HUSK_SYSREG_amair_el1, 0xD538A300 },
    { HUSK_SYSREG_vbar_el1, 0xD538C000 },
    { HUSK_SYSREG_isr_el1, 0xD538C100 },
    { HUSK_SYSREG_contextidr_el1, 0xD538D020 },
    { HUSK_SYSREG_tpidr_el1, 0xD538D080 },
    { HUSK_SYSREG_tpidr_el0, 0xD53BD040 },
    { HUSK_SYSREG_tpidrro_el0, 0xD53BD060 },
    { HUSK_SYSREG_cntkctl_el1, 0xD538E100 },
    { HUSK_SYSREG_mdscr_el1, 0xD5300240 },
    { HUSK_SYSREG_mdrar_el1, 0xD5301000 },
    { HUSK_SYSREG_oslar_el1, 0xD5101080 },
    { HUSK_SYSREG_oslsr_el1, 0xD5301180 },
    { HUSK_SYSREG_pmcr_el0, 0xD53B9C00 },
    { HUSK_SYSREG_cntfrq_el0, 0xD53BE000 },
    { HUSK_SYSREG_cntpct_el0, 0xD53BE020 },
    { HUSK_SYSREG_cntvct_el0, 0xD53BE040 },
    { HUSK_SYSREG_cntp_ctl_el0, 0xD53BE220 },
    { HUSK_SYSREG_cntp_cval_el0, 0xD53BE240 },
    { HUSK_SYSREG_cntv_ctl_el0, 0xD53BE320 },
    { HUSK_SYSREG_cntv_cval_el0, 0xD53BE340 },
    { HUSK_SYSREG_icc_pmr_el1, 0xD5384600 },
    { HUSK_SYSREG_icc_dir_el1, 0xD518CB20 },
    { HUSK_SYSREG_icc_sgi1r_el1, 0xD518CBA0 },
    { HUSK_SYSREG_icc_asgi1r_el1, 0xD518CBC0 },
    { HUSK_SYSREG_icc_sgi0r_el1, 0xD518CBE0 },
    { HUSK_SYSREG_icc_iar1_el1, 0xD538CC00 },
    { HUSK_SYSREG_icc_eoir1_el1, 0xD518CC20 },
    { HUSK_SYSREG_icc_bpr1_el1, 0xD538CC60 },
    { HUSK_SYSREG_icc_ctlr_el1, 0xD538CC80 },
    { HUSK_SYSREG_icc_sre_el1, 0xD538CCA0 },
    { HUSK_SYSREG_icc_igrpen0_el1, 0xD538CCC0 },
    { HUSK_SYSREG_icc_igrpen1_el1, 0xD538CCE0 },
    { HUSK_SYSREG_icc_sre_el2, 0xD53CC9A0 },
    { HUSK_SYSREG_ich_ap0r0_el2, 0xD53CC800 },
    { HUSK_SYSREG_ich_ap0r1_el2, 0xD53CC820 },
    { HUSK_SYSREG_ich_ap0r2_el2, 0xD53CC840 },
    { HUSK_SYSREG_ich_ap0r3_el2, 0xD53CC860 },
    { HUSK_SYSREG_ich_ap1r0_el2, 0xD53CC900 },
    { HUSK_SYSREG_ich_ap1r1_el2, 0xD53CC920 },
    { HUSK_SYSREG_ich_ap1r2_el2, 0xD53CC940 },
    { HUSK_SYSREG_ich_ap1r3_el2, 0xD53CC960 },
    { HUSK_SYSREG_ich_hcr_el2, 0xD53CCB00 },
    { HUSK_SYSREG_ich_vtr_el2, 0xD53CCB20 },
    { HUSK_SYSREG_ich_misr_el2, 0xD53CCB40 },
    { HUSK_SYSREG_ich_elrsr_el2, 0xD53CCBA0 },
    { HUSK_SYSREG_ich_vmcr_el2, 0xD53CCBE0 },
};

static void each_encoding__is_the_assemblers(void **state)
{
    (void)state;
    for (size_t i = 0; i < HUSK_COUNT(words); i++) {
        assert_int_equal(words[i].word >> 22, 0xD5000000u >> 22);
        assert_int_equal(words[i].sysreg, (words[i].word >> 5) & 0xFFFF);
    }
}

static void no_two_registers__share_an_encoding(void **state)
{
    static const unsigned all[] = {
#define HUSK_SYSREG(name, op0, op1, crn, crm, op2) HUSK_SYSREG_##name,
#include <husk/sysregs.def>
    };

    (void)state;
    for (size_t i = 0; i < HUSK_COUNT(all); i++) {
        assert_in_range(all[i], 0x8000, 0xFFFF); /* op0 is 2 or 3 */
        for (size_t k = 0; k < i; k++) {
            assert_int_not_equal(all[i], all[k]);
        }
    }
}

/* Each accessor reaches its own register. */
static void accessors__reach_the_register_they_name(void **state)
{
    static struct husk_fake cpu;
    uint64_t value = 0;

    (void)state;
    husk_fake = &cpu;
#define HUSK_SYSREG(name, op0, op1, crn, crm, op2)                                                 \
    husk_write(name, ++value);                                                                     \
    assert_int_equal(cpu.sysreg[HUSK_SYSREG_##name], value);                                       \
    assert_int_equal(husk_read(name), value);
#include <husk/sysregs.def>
}

/* List registers have no accessor each: they are named by an index. */
static void list_registers__are_reached_by_index(void **state)
{
    static struct husk_fake cpu;

    (void)state;
    husk_fake = &cpu;
    for (unsigned i = 0; i < 16; i++) {
        const uint32_t word = 0xD53CCC00 + (i << 5); /* mrs x0, ICH_LR<i>_EL2 */

        husk_write_ich_lr(i, i + 1);
        assert_int_equal(cpu.sysreg[(word >> 5) & 0xFFFF], i + 1);
        assert_int_equal(husk_read_ich_lr(i), i + 1);
    }
}

/* Nor have ID registers: all are read at once. */
static void id_registers__are_read_by_their_encodings(void **state)
{
    static struct husk_fake cpu;
    uint64_t values[64] = { 0 };

    (void)state;
    husk_fake = &cpu;
    for (unsigned i = 0; i < 64; i++) {
        const uint32_t word = 0xD5380000 + (i << 5); /* mrs x0, S3_0_C0_C<i / 8>_<i % 8> */

        cpu.sysreg[(word >> 5) & 0xFFFF] = i + 1;
    }
    husk_read_id_registers(values);
    for (unsigned i = 0; i < 64; i++) {
        const unsigned crm = i / 8;
        const unsigned op2 = i % 8;
        const bool is_read = crm >= 4 ? op2 <= 2 || op2 == 4 : crm != 0;

        assert_int_equal(values[i], is_read ? i + 1 : 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_encoding__is_the_assemblers),
        cmocka_unit_test(no_two_registers__share_an_encoding),
        cmocka_unit_test(accessors__reach_the_register_they_name),
        cmocka_unit_test(list_registers__are_reached_by_index),
        cmocka_unit_test(id_registers__are_read_by_their_encodings),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
