// SPDX-License-Identifier: Apache-2.0
#include "spec_mmu.h"

/* D19.2 ESR_EL2, ISS of an Instruction or Data Abort: IFSC, DFSC; the level is in [1:0]. */
enum { ADDRESS_SIZE = 0, TRANSLATION = 4, ACCESS_FLAG = 8, PERMISSION = 12 };

static uint64_t field(uint64_t word, unsigned high, unsigned low)
{
    return word << (63 - high) >> (63 - high + low);
}

static struct spec_s2_result fault(struct spec_s2_result r, unsigned kind, unsigned level)
{
    r.fault = true;
    r.fsc = (uint8_t)(kind + level);
    return r;
}

/* D19.2 ID_AA64MMFR0_EL1 "PARange", VTCR_EL2 "PS": no more than is implemented, and than the 48
 * bits of a descriptor ("Translation table descriptor formats"). */
static unsigned output_bits(struct spec_s2 s)
{
    static const unsigned bits[] = { 32, 36, 40, 42, 44, 48, 48, 48 };
    const unsigned ps = bits[field(s.vtcr, 18, 16)];

    return ps < bits[s.pa_range] ? ps : bits[s.pa_range];
}

/* D8.4 "Stage 2 data accesses", "Stage 2 instruction execution": S2AP[0] [6] reads, S2AP[1] [7]
 * writes; XN [54]. A fetch has to read as well. */
static bool allowed(uint64_t descriptor, enum spec_s2_access access)
{
    return access == SPEC_WRITE ? field(descriptor, 7, 7) == 1
                                : field(descriptor, 6, 6) == 1 &&
                                      (access == SPEC_READ || field(descriptor, 54, 54) == 0);
}

/* D8.2 "Translation process", D8.3 "Translation table descriptor formats", D19.2 VTCR_EL2: T0SZ
 * [5:0], SL0 [7:6], TG0 [15:14]; VTTBR_EL2: BADDR [47:1]. The order of faults: D8.15 "MMU fault
 * prioritization". Choice: what VTCR_EL2 must not say, and an IPA too large, is a translation fault
 * at level 0. */
struct spec_s2_result spec_s2_access(struct spec_s2 s, uint64_t ipa, enum spec_s2_access access)
{
    struct spec_s2_result r = { .fault = false };
    const unsigned ipa_bits = 64 - (unsigned)field(s.vtcr, 5, 0);
    const unsigned start = 2 - (unsigned)field(s.vtcr, 7, 6);
    const unsigned out_bits = output_bits(s);
    uint64_t table = s.vttbr & 0xFFFFFFFFFFFE;
    uint64_t descriptor = 0;
    unsigned low = 39 - 9 * start; /* of the address bits that a level resolves */
    unsigned high =
        ipa_bits - 1; /* the first level also those that choose the concatenated table */

    /* From 1 to 16 tables at the first level, aligned to their size. */
    if (field(s.vtcr, 15, 14) != 0 || start > 2 || ipa_bits > 48 || ipa_bits <= low ||
        ipa_bits > low + 13 || ipa >> ipa_bits != 0 ||
        table % ((uint64_t)8 << (ipa_bits - low > 9 ? ipa_bits - low : 9)) != 0) {
        return fault(r, TRANSLATION, 0);
    }
    if (table >> out_bits != 0) {
        return fault(r, ADDRESS_SIZE, 0);
    }
    for (unsigned level = start;; level++) {
        descriptor = s.read(s.memory, table + 8 * field(ipa, high, low));
        r.size = (uint64_t)1 << low;
        /* [1:0]: table or page 3, block 1 at levels 1 and 2, else invalid. */
        if (field(descriptor, 1, 0) != 3 &&
            (field(descriptor, 1, 0) != 1 || level == 0 || level == 3)) {
            return fault(r, TRANSLATION, level);
        }
        table = field(descriptor, 47, 12) << 12;
        if (table >> out_bits != 0) {
            return fault(r, ADDRESS_SIZE, level);
        }
        if (level == 3 || field(descriptor, 1, 1) == 0) {
            if (field(descriptor, 10, 10) == 0) { /* AF */
                return fault(r, ACCESS_FLAG, level);
            }
            break;
        }
        high = low - 1;
        low -= 9;
    }
    r.pa = field(descriptor, 47, low) << low | field(ipa, low - 1, 0);
    r.memattr = (uint8_t)field(descriptor, 5, 2);
    r.sh = (uint8_t)field(descriptor, 9, 8);
    r.contiguous = field(descriptor, 52, 52) != 0;
    return allowed(descriptor, access) ? r : fault(r, PERMISSION, (39 - low) / 9);
}

/* D8.6 "The Contiguous bit": sixteen adjacent, aligned entries of one size, alike but for their
 * output addresses, which are contiguous and aligned as well. */
bool spec_s2_hint_true(struct spec_s2 s, uint64_t ipa, enum spec_s2_access access)
{
    const struct spec_s2_result one = spec_s2_access(s, ipa, access);
    const uint64_t group = 16 * one.size;
    bool same = one.pa % group == ipa % group;

    for (unsigned i = 0; i < 16; i++) {
        const uint64_t at = ipa / group * group + i * one.size;
        const struct spec_s2_result other = spec_s2_access(s, at, access);

        same = same && other.contiguous && other.size == one.size && other.fsc == one.fsc &&
               other.memattr == one.memattr && other.sh == one.sh && other.pa - at == one.pa - ipa;
    }
    return same;
}
