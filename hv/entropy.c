// SPDX-License-Identifier: Apache-2.0
// Randomness for guests' seeds: the CPU's generator where it has one (FEAT_RNG), else ChaCha20 (RFC
// 8439, "The ChaCha20 Block Function") over the seed the boot loader left in the device tree.
#include "hv.h"

enum {
    KEY_WORDS = 8,
    BLOCK_WORDS = 16,
};

/* The key changes with every block taken, so that what was handed out can't be worked out later. */
static uint32_t key[KEY_WORDS];

static uint32_t rotate(uint32_t word, unsigned bits)
{
    return word << bits | word >> (32 - bits);
}

static void quarter_round(uint32_t *s, unsigned a, unsigned b, unsigned c, unsigned d)
{
    s[a] += s[b];
    s[d] = rotate(s[d] ^ s[a], 16);
    s[c] += s[d];
    s[b] = rotate(s[b] ^ s[c], 12);
    s[a] += s[b];
    s[d] = rotate(s[d] ^ s[a], 8);
    s[c] += s[d];
    s[b] = rotate(s[b] ^ s[c], 7);
}

/* One block from the key; its first half becomes the next key, its second half is the output. */
static void next_block(uint32_t out[KEY_WORDS])
{
    const uint64_t now = husk_read(cntpct_el0);
    const uint32_t init[BLOCK_WORDS] = {
        0x61707865, 0x3320646e, 0x79622d32,    0x6b206574,
        key[0],     key[1],     key[2],        key[3],
        key[4],     key[5],     key[6],        key[7],
        0,          0,          (uint32_t)now, (uint32_t)(now >> 32),
    };
    uint32_t s[BLOCK_WORDS];

    for (unsigned i = 0; i < BLOCK_WORDS; i++) {
        s[i] = init[i];
    }
    for (unsigned round = 0; round < 10; round++) {
        for (unsigned i = 0; i < 4; i++) {
            quarter_round(s, i, i + 4, i + 8, i + 12);
        }
        for (unsigned i = 0; i < 4; i++) {
            quarter_round(s, i, (i + 1) % 4 + 4, (i + 2) % 4 + 8, (i + 3) % 4 + 12);
        }
    }
    for (unsigned i = 0; i < KEY_WORDS; i++) {
        key[i] = s[i] + init[i];
        out[i] = s[i + KEY_WORDS] + init[i + KEY_WORDS];
    }
}

/* FEAT_RNG. */
static bool is_hardware(void)
{
    return husk_bits_get(husk_read(id_aa64isar0_el1), 63, 60) != 0;
}

static void take_seed(const void *dtb)
{
    const void *seed = NULL;
    size_t seed_bytes = 0;

    (void)husk_fdt_value(dtb, HUSK_TREE_MAX_BYTES, "chosen", "rng-seed", &seed, &seed_bytes);
    for (size_t i = 0; i < seed_bytes; i++) {
        key[i / 4 % KEY_WORDS] ^= (uint32_t)((const uint8_t *)seed)[i] << (i % 4 * 8);
    }
    for (unsigned i = 0; i < KEY_WORDS && is_hardware(); i++) {
        key[i] ^= (uint32_t)husk_read(S3_3_C2_C4_0); /* RNDR */
    }
}

void husk_entropy_take(void *out, size_t size_bytes)
{
    uint8_t *bytes = out;
    uint32_t block[KEY_WORDS];

    for (size_t i = 0; i < size_bytes; i++) {
        if (i % sizeof(block) == 0) {
            next_block(block);
        }
        bytes[i] = (uint8_t)(block[i / 4 % KEY_WORDS] >> (i % 4 * 8));
    }
}

static void offer(struct husk_psci *psci)
{
    if (is_hardware()) {
        psci->trng = husk_psci_trng;
    }
}

static void answer(const struct husk_psci_action *action, uint64_t *regs)
{
    uint64_t entropy[3];

    husk_entropy_take(entropy, sizeof(entropy));
    husk_psci_random(action, entropy, true, regs);
}

const struct husk_entropy husk_entropy = {
    .seed = take_seed,
    .offer = offer,
    .answer = answer,
};
