// SPDX-License-Identifier: Apache-2.0
// test_model_vuart_calls [SEED [COUNT]]: random accesses to the UART against a plain model: FIFOs
// are arrays whose elements move up, each interrupt is a bool, each register a row of a table.
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <husk/vuart.h>

static uint64_t random_state;

static uint64_t random64(void)
{
    random_state += 0x9E3779B97F4A7C15; /* SplitMix64 */
    uint64_t z = random_state;

    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
    return z ^ (z >> 31);
}

static unsigned below(unsigned limit)
{
    return (unsigned)(random64() % limit);
}

/* Registers that only store: offset, implemented bits, reset value. */
static const struct {
    unsigned offset;
    uint32_t bits, reset;
} stored[] = {
    { 0x20, 0xFF, 0 },       { 0x24, 0xFFFF, 0 },  { 0x28, 0x3F, 0 },  { 0x2C, 0xFF, 0 },
    { 0x30, 0xFF87, 0x300 }, { 0x34, 0x3F, 0x12 }, { 0x38, 0x7FF, 0 }, { 0x48, 0x7, 0 },
};

static struct {
    uint32_t store[8];
    unsigned rx[32], tx[32];
    unsigned rx_count, tx_count;
    bool ris[11];
    unsigned last_errors; /* framing, parity, break of the character read last */
    bool rsr_overrun, mark_next;
} model;

enum {
    LCR_H = 3,
    CR = 4,
    IFLS = 5,
    IMSC = 6,
};

static unsigned model_depth(void)
{
    return (model.store[LCR_H] >> 4) & 1 ? 32 : 1;
}

static unsigned eighths(uint32_t select)
{
    return select == 0 ? 1 : select == 1 ? 2 : select == 2 ? 4 : select == 3 ? 6 : 7;
}

static unsigned model_rx_level(void)
{
    return model_depth() == 1 ? 1 : 4 * eighths((model.store[IFLS] >> 3) & 7);
}

static unsigned model_tx_level(void)
{
    return model_depth() == 1 ? 0 : 4 * eighths(model.store[IFLS] & 7);
}

static bool looped(void)
{
    return (model.store[CR] >> 7) & 1;
}

static void model_reset(void)
{
    memset(&model, 0, sizeof(model));
    for (size_t i = 0; i < HUSK_COUNT(stored); i++) {
        model.store[i] = stored[i].reset;
    }
}

static void model_receive(unsigned entry)
{
    if (model.rx_count >= model_depth()) {
        model.mark_next = model.rsr_overrun = model.ris[10] = true;
        return;
    }
    model.rx[model.rx_count++] = entry + (model.mark_next ? 0x800 : 0);
    model.mark_next = false;
    model.ris[4] |= model.rx_count == model_rx_level();
    model.ris[6] |= model_depth() == 32;
    model.ris[9] |= (entry & 0x400) != 0;
}

static uint32_t model_read_dr(void)
{
    uint32_t entry;

    if (model.rx_count == 0) {
        return 0;
    }
    entry = model.rx[0];
    memmove(model.rx, model.rx + 1, sizeof(model.rx) - sizeof(model.rx[0]));
    model.rx_count--;
    model.last_errors = (entry / 256) % 8;
    model.ris[4] &= model.rx_count >= model_rx_level();
    model.ris[6] = model.rx_count != 0 && (model.ris[6] || model_depth() == 32);
    return entry;
}

static void model_write_dr(uint32_t value)
{
    if (model.tx_count >= model_depth()) {
        return;
    }
    model.tx[model.tx_count++] = value % 256;
    model.ris[5] &= model.tx_count <= model_tx_level();
    if (looped()) {
        model_receive(value % 256);
    }
}

/* CTS, DSR, DCD, RI, as the modem sees them. */
static void modem(bool lines[4])
{
    lines[0] = looped() && (model.store[CR] >> 11) & 1;
    lines[1] = looped() && (model.store[CR] >> 10) & 1;
    lines[2] = looped() && (model.store[CR] >> 12) & 1;
    lines[3] = looped() && (model.store[CR] >> 13) & 1;
}

static uint32_t model_fr(void)
{
    bool lines[4];

    modem(lines);
    return lines[0] * 0x1u + lines[1] * 0x2u + lines[2] * 0x4u + lines[3] * 0x100u +
           (model.tx_count != 0) * 0x8u + (model.rx_count == 0) * 0x10u +
           (model.tx_count >= model_depth()) * 0x20u + (model.rx_count >= model_depth()) * 0x40u +
           (model.tx_count == 0) * 0x80u;
}

static void model_write_lcr_h(uint32_t old)
{
    if (((old ^ model.store[LCR_H]) & 0x10) != 0) {
        model.rx_count = 0;
        model.ris[4] = model.ris[6] = false;
    }
    if ((old & 1) == 0 && (model.store[LCR_H] & 1) == 1 && looped()) {
        model_receive(0x400);
    }
}

static uint32_t model_ris(void)
{
    uint32_t ris = 0;

    for (unsigned i = 0; i < 11; i++) {
        ris |= (uint32_t)model.ris[i] << i;
    }
    return ris;
}

static bool accessible(uint64_t offset, unsigned size)
{
    return offset <= 0xFFC && offset % 4 == 0 && (size == 1 || size == 2 || size == 4);
}

static uint32_t narrowed(uint32_t value, unsigned size)
{
    return size == 1 ? value % 0x100 : size == 2 ? value % 0x10000 : value;
}

static uint32_t model_read(uint64_t offset, unsigned size)
{
    static const uint8_t ids[8] = { 0x11, 0x10, 0x34, 0, 0x0D, 0xF0, 0x05, 0xB1 };
    uint32_t value = 0;

    if (!accessible(offset, size)) {
        return 0;
    }
    for (size_t i = 0; i < HUSK_COUNT(stored); i++) {
        if (stored[i].offset == offset) {
            value = model.store[i];
        }
    }
    if (offset == 0) {
        value = model_read_dr();
    } else if (offset == 4) {
        value = model.last_errors + (model.rsr_overrun ? 8 : 0);
    } else if (offset == 0x18) {
        value = model_fr();
    } else if (offset == 0x3C) {
        value = model_ris();
    } else if (offset == 0x40) {
        value = model_ris() & model.store[IMSC];
    } else if (offset >= 0xFE0) {
        value = ids[(offset - 0xFE0) / 4];
    }
    return narrowed(value, size);
}

static void model_write(uint64_t offset, unsigned size, uint32_t wide)
{
    const uint32_t value = narrowed(wide, size);
    const uint32_t old_lcr_h = model.store[LCR_H];
    bool before[4];
    bool after[4];

    if (!accessible(offset, size)) {
        return;
    }
    modem(before);
    for (size_t i = 0; i < HUSK_COUNT(stored); i++) {
        if (stored[i].offset == offset) {
            model.store[i] = value & stored[i].bits;
        }
    }
    modem(after);
    model.ris[1] |= before[0] != after[0];
    model.ris[3] |= before[1] != after[1];
    model.ris[2] |= before[2] != after[2];
    model.ris[0] |= before[3] != after[3];
    if (offset == 0) {
        model_write_dr(value);
    } else if (offset == 4) {
        model.last_errors = 0;
        model.rsr_overrun = false;
    } else if (offset == 0x2C) {
        model_write_lcr_h(old_lcr_h);
    } else if (offset == 0x44) {
        for (unsigned i = 0; i < 11; i++) {
            model.ris[i] &= !((value >> i) & 1);
        }
    }
}

static int model_pop(void)
{
    int c;

    if (model.tx_count == 0) {
        return -1;
    }
    c = (int)model.tx[0];
    memmove(model.tx, model.tx + 1, sizeof(model.tx) - sizeof(model.tx[0]));
    model.tx_count--;
    model.ris[5] |= model.tx_count == model_tx_level() || model.tx_count == 0;
    return c;
}

static void check(bool ok, const char *what, uint64_t step)
{
    if (!ok) {
        fprintf(stderr, "model.vuart: %s differs at step %" PRIu64 "\n", what, step);
        exit(1);
    }
}

static uint64_t random_offset(void)
{
    static const uint64_t often[] = { 0, 0, 0, 4, 0x18, 0x2C, 0x30, 0x34, 0x38, 0x3C, 0x40, 0x44 };

    switch (below(16)) {
    case 0:
        return below(0x1100);
    case 1:
        return 4 * below(0x400);
    case 2:
        return 0xFE0 + 4 * below(8);
    case 3:
        return 4 * below(0x14);
    case 4:
        return random64();
    default:
        return often[below(HUSK_COUNT(often))];
    }
}

static uint32_t random_value(uint64_t offset)
{
    if (offset == 0x2C && below(4) != 0) { /* mostly with FIFOs */
        return 0x70 | below(2);
    }
    if (offset == 0x30 && below(4) != 0) { /* mostly no loop-back */
        return 0x301;
    }
    return (uint32_t)random64();
}

static void one_step(struct husk_vuart *uart, uint64_t step)
{
    static const unsigned sizes[] = { 4, 4, 4, 2, 1, 0, 3, 8 };
    const unsigned size = sizes[below(8)];
    const uint64_t offset = random_offset();
    const unsigned repeat = below(8) == 0 ? below(40) : 1;
    const unsigned what = below(4);
    const uint32_t value = random_value(offset);
    uint8_t c = 0;

    for (unsigned i = 0; i < repeat; i++) {
        if (what == 0) {
            check(husk_vuart_read(uart, offset, size) == model_read(offset, size), "read", step);
        } else if (what == 1) {
            husk_vuart_write(uart, offset, size, value);
            model_write(offset, size, value);
        } else if (what == 2) {
            husk_vuart_rx_push(uart, (uint8_t)(value + i));
            if (!looped()) {
                model_receive((uint8_t)(value + i));
            }
        } else {
            const int got = husk_vuart_tx_pop(uart, &c) ? c : -1;

            check(got == model_pop(), "tx_pop", step);
        }
        check(husk_vuart_read(uart, 0x3C, 4) == model_ris(), "RIS", step);
        check(husk_vuart_read(uart, 0x18, 4) == model_fr(), "FR", step);
        check(husk_vuart_line(uart) == ((model_ris() & model.store[IMSC]) != 0), "line", step);
        check(husk_vuart_rx_ready(uart) == (!looped() && model.rx_count < model_depth()),
              "rx_ready", step);
    }
}

int main(int argc, char **argv)
{
    const uint64_t seed = argc > 1 ? strtoull(argv[1], NULL, 0) : (uint64_t)time(NULL);
    const uint64_t count = argc > 2 ? strtoull(argv[2], NULL, 0) : 1000000;
    static struct husk_vuart uart;

    printf("model.vuart: seed %" PRIu64 ", %" PRIu64 " steps\n", seed, count);
    fflush(stdout);
    random_state = seed;
    for (uint64_t step = 0; step < count; step++) {
        if (step % 2000 == 0) {
            husk_vuart_reset(&uart);
            model_reset();
        }
        one_step(&uart, step);
    }
    return 0;
}
