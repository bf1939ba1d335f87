// SPDX-License-Identifier: Apache-2.0
/* Both kinds of port against a model of each, written from its manual. */
#include <husk/uart.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

enum { ROOM = 2 };

#define PL011_BASE UINT64_C(0xfe201000)
#define AUX_BASE   UINT64_C(0xfe215000)

/* The hardware's side of a port. */
struct model {
    bool mini;
    uint32_t reg[0x100 / 4];
    uint8_t sent[16], received[16];
    unsigned sent_count, in_fifo, received_count, taken;
    bool broken; /* a rule of the manual */
};

static struct model model;
static struct husk_fake cpu;

static bool sends(const struct model *m)
{
    return m->mini ? (m->reg[0x60 / 4] & 2) != 0 : (m->reg[0x30 / 4] & 0x101) == 0x101;
}

static uint64_t read_data(struct model *m)
{
    if (m->taken == m->received_count) {
        m->broken = true;
        return 0;
    }
    return m->received[m->taken++];
}

static void write_data(struct model *m, uint64_t value)
{
    if (m->in_fifo == ROOM || value > 0xff || !sends(m)) {
        m->broken = true;
        return;
    }
    m->sent[m->sent_count++] = (uint8_t)value;
    m->in_fifo++;
}

/* PL011: UARTFR TXFF, RXFE. */
static uint64_t flags(const struct model *m)
{
    return (m->in_fifo == ROOM ? 0x20u : 0) | (m->taken == m->received_count ? 0x10u : 0) | 0x08;
}

/* Mini-UART: AUX_MU_LSR_REG, transmitter empty (6), has room (5), data ready (0). */
static uint64_t line_status(const struct model *m)
{
    return (m->in_fifo == ROOM ? 0 : 0x20u) | (m->taken == m->received_count ? 0 : 1u) | 0x40;
}

static uint64_t port(void *context, bool is_write, uintptr_t addr, unsigned size, uint64_t value)
{
    struct model *const m = context;
    const uintptr_t base = m->mini ? AUX_BASE : PL011_BASE;
    const uintptr_t reg = addr - base;

    assert_int_equal(size, 4);
    assert_true(addr >= base && reg < sizeof(m->reg));
    if (m->mini && reg >= 0x40 && (m->reg[1] & 1) == 0) {
        m->broken = true; /* registers of a peripheral that is off */
    }
    if (!m->mini && is_write && (reg == 0x24 || reg == 0x28) && (m->reg[0x30 / 4] & 1) != 0) {
        m->broken = true; /* the divisor of a port that is on */
    }
    if (reg == (m->mini ? 0x40u : 0u)) {
        if (is_write) {
            write_data(m, value);
            return 0;
        }
        return read_data(m);
    }
    if (is_write) {
        m->reg[reg / 4] = (uint32_t)value;
        return 0;
    }
    if (reg == (m->mini ? 0x54u : 0x18u)) {
        return m->mini ? line_status(m) : flags(m);
    }
    return m->reg[reg / 4];
}

static const struct husk_uart pl011 = HUSK_UART_PL011(PL011_BASE, 153, 26 << 6 | 3);
static const struct husk_uart pl011_as_left = HUSK_UART_PL011(PL011_BASE, 33, 0);
static const struct husk_uart mini = HUSK_UART_BCM_MINI(AUX_BASE, 125);

static void power_on(bool is_mini)
{
    memset(&model, 0, sizeof(model));
    memset(&cpu, 0, sizeof(cpu));
    memset(model.reg, 0xff, sizeof(model.reg)); /* whatever ran before */
    model.mini = is_mini;
    cpu.mmio = port;
    cpu.context = &model;
    husk_fake = &cpu;
}

static void pl011__is_started_at_its_divisor(void **state)
{
    (void)state;
    power_on(false);
    husk_uart_init(&pl011);
    assert_int_equal(model.reg[0x24 / 4], 26);
    assert_int_equal(model.reg[0x28 / 4], 3);
    assert_int_equal(model.reg[0x2c / 4], 0x70);
    assert_int_equal(model.reg[0x30 / 4], 0x301);
    assert_int_equal(model.reg[0x38 / 4], 0);
    assert_int_equal(model.reg[0x44 / 4], 0x7ff);
    assert_false(model.broken);
}

static void pl011_without_divisor__keeps_the_one_it_has(void **state)
{
    (void)state;
    power_on(false);
    husk_uart_init(&pl011_as_left);
    assert_int_equal(model.reg[0x24 / 4], UINT32_MAX);
    assert_int_equal(model.reg[0x28 / 4], UINT32_MAX);
    assert_int_equal(model.reg[0x30 / 4], 0x301);
    assert_false(model.broken);
}

static void mini_uart__is_enabled_before_it_is_touched(void **state)
{
    (void)state;
    power_on(true);
    model.reg[1] = 6; /* both SPIs are somebody's */
    husk_uart_init(&mini);
    assert_int_equal(model.reg[1], 7);
    assert_int_equal(model.reg[0x44 / 4], 0);
    assert_int_equal(model.reg[0x4c / 4], 3);
    assert_int_equal(model.reg[0x60 / 4], 3);
    assert_int_equal(model.reg[0x68 / 4], UINT32_MAX); /* baud rate: the firmware's */
    assert_false(model.broken);
}

static void each_kind__tells_room_and_characters(void **state)
{
    (void)state;
    for (int is_mini = 0; is_mini < 2; is_mini++) {
        const struct husk_uart *const uart = is_mini ? &mini : &pl011;

        power_on(is_mini);
        husk_uart_init(uart);
        assert_false(husk_uart_can_read(uart));
        for (unsigned i = 0; i < ROOM; i++) {
            assert_true(husk_uart_can_write(uart));
            husk_uart_write(uart, (uint8_t)(0xfe + i));
        }
        assert_false(husk_uart_can_write(uart));
        assert_memory_equal(model.sent, "\xfe\xff", 2);
        model.received[0] = 0xff;
        model.received[1] = 0;
        model.received_count = 2;
        assert_true(husk_uart_can_read(uart));
        assert_int_equal(husk_uart_read(uart), 0xff);
        assert_true(husk_uart_can_read(uart));
        assert_int_equal(husk_uart_read(uart), 0);
        assert_false(husk_uart_can_read(uart));
        model.in_fifo--;
        assert_true(husk_uart_can_write(uart));
        assert_false(model.broken);
    }
}

static void interrupts__are_those_asked_for(void **state)
{
    static const struct {
        const struct husk_uart *uart;
        unsigned mask;
        uint32_t tx, rx;
    } rows[] = { { &pl011, 0x38, 0x20, 0x50 }, { &mini, 0x44, 2, 0xd } };

    (void)state;
    for (size_t i = 0; i < HUSK_COUNT(rows); i++) {
        const struct husk_uart *const uart = rows[i].uart;

        power_on(uart == &mini);
        husk_uart_init(uart);
        husk_uart_set_interrupts(uart, uart->kind->rx_int);
        assert_int_equal(model.reg[rows[i].mask / 4], rows[i].rx);
        husk_uart_set_interrupts(uart, uart->kind->rx_int | uart->kind->tx_int);
        assert_int_equal(model.reg[rows[i].mask / 4], rows[i].rx | rows[i].tx);
        husk_uart_set_interrupts(uart, 0);
        assert_int_equal(model.reg[rows[i].mask / 4], 0);
        assert_false(model.broken);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pl011__is_started_at_its_divisor),
        cmocka_unit_test(pl011_without_divisor__keeps_the_one_it_has),
        cmocka_unit_test(mini_uart__is_enabled_before_it_is_touched),
        cmocka_unit_test(each_kind__tells_room_and_characters),
        cmocka_unit_test(interrupts__are_those_asked_for),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
