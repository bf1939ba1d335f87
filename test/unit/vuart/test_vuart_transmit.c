// SPDX-License-Identifier: Apache-2.0
#include "vuart_test.h"

static const unsigned levels[] = { 4, 8, 16, 24, 28, 28, 28, 28 }; /* by IFLS[2:0] */

static void fifo__holds_32_characters_and_drops_the_33rd(void **state)
{
    (void)state;
    wr(UARTLCR_H, FEN);
    for (unsigned i = 0; i < 32; i++) {
        assert_int_equal(rd(UARTFR) & FLAG_TXFF, 0);
        wr(UARTDR, 0x30 + i);
        assert_int_equal(rd(UARTFR) & (FLAG_TXFE | FLAG_BUSY), FLAG_BUSY);
    }
    assert_int_equal(rd(UARTFR) & FLAG_TXFF, FLAG_TXFF);
    wr(UARTDR, 'X');
    for (unsigned i = 0; i < 32; i++) {
        assert_int_equal(pop(), 0x30 + i);
        assert_int_equal(rd(UARTFR) & FLAG_TXFF, 0);
    }
    assert_int_equal(pop(), -1);
    assert_int_equal(rd(UARTFR) & (FLAG_TXFE | FLAG_BUSY), FLAG_TXFE);
}

static void holding_register__holds_one(void **state)
{
    (void)state;
    wr(UARTDR, 0xFFFFFF61); /* the error bits of DR are read-only */
    assert_int_equal(rd(UARTFR) & (FLAG_TXFF | FLAG_TXFE), FLAG_TXFF);
    wr(UARTDR, 'b');
    assert_int_equal(pop(), 'a');
    assert_int_equal(pop(), -1);
}

static void failed_pop__leaves_the_character_and_the_interrupt(void **state)
{
    uint8_t c = 0x77;

    (void)state;
    assert_false(husk_vuart_tx_pop(&uart, &c));
    assert_int_equal(c, 0x77);
    assert_int_equal(rd(UARTRIS), 0);
}

static void holding_register_interrupt__rises_when_it_empties(void **state)
{
    (void)state;
    assert_int_equal(rd(UARTRIS), 0); /* empty since reset: no transition */
    wr(UARTDR, 'a');
    assert_int_equal(rd(UARTRIS), 0);
    (void)pop();
    assert_int_equal(rd(UARTRIS), TX);
    wr(UARTDR, 'b');
    assert_int_equal(rd(UARTRIS), 0);
    (void)pop();
    wr(UARTICR, TX);
    assert_int_equal(rd(UARTRIS), 0);
}

static void fifo_interrupt__rises_on_the_way_down_through_the_level(void **state)
{
    (void)state;
    for (unsigned select = 0; select < 8; select++) {
        const unsigned level = levels[select];

        husk_vuart_reset(&uart);
        wr(UARTLCR_H, FEN);
        wr(UARTIFLS, select);
        for (unsigned i = 0; i < level + 2; i++) {
            wr(UARTDR, 'a');
        }
        assert_int_equal(rd(UARTRIS), 0);
        (void)pop();
        assert_int_equal(rd(UARTRIS), 0);
        (void)pop();
        assert_int_equal(uart.tx.count, level);
        assert_int_equal(rd(UARTRIS), TX);
        wr(UARTDR, 'a'); /* above the level: it falls by itself */
        assert_int_equal(rd(UARTRIS), 0);
        (void)pop();
        assert_int_equal(rd(UARTRIS), TX);
        wr(UARTICR, TX);
        (void)pop(); /* below the level already */
        assert_int_equal(rd(UARTRIS), 0);
        wr(UARTDR, 'a'); /* up to the level again, not above it */
        assert_int_equal(rd(UARTRIS), 0);
    }
}

static void fifo_that_is_drained_at_once__interrupts_after_each_character(void **state)
{
    (void)state;
    wr(UARTLCR_H, FEN);
    for (unsigned i = 0; i < 3; i++) {
        wr(UARTDR, 'a');
        assert_int_equal(pop(), 'a');
        assert_int_equal(rd(UARTRIS), TX);
        wr(UARTICR, TX);
    }
    /* Not above the level: a write does not take it back. */
    wr(UARTDR, 'a');
    (void)pop();
    wr(UARTDR, 'b');
    assert_int_equal(rd(UARTRIS), TX);
}

static void change_of_fen__keeps_what_was_sent(void **state)
{
    (void)state;
    wr(UARTLCR_H, FEN);
    wr(UARTDR, 'a');
    wr(UARTDR, 'b');
    wr(UARTLCR_H, 0);
    assert_int_equal(rd(UARTFR) & FLAG_TXFF, FLAG_TXFF);
    wr(UARTDR, 'x'); /* full: two in a holding register */
    assert_int_equal(pop(), 'a');
    assert_int_equal(rd(UARTRIS), 0);
    assert_int_equal(pop(), 'b');
    assert_int_equal(pop(), -1);
    assert_int_equal(rd(UARTRIS), TX);
}

static void loop_back__receives_what_is_sent_and_nothing_else(void **state)
{
    (void)state;
    wr(UARTLCR_H, FEN);
    wr(UARTCR, 0x301 | LBE);
    wr(UARTDR, 'a');
    assert_int_equal(pop(), 'a'); /* the output stays connected, as on QEMU's virt */
    assert_false(husk_vuart_rx_ready(&uart));
    husk_vuart_rx_push(&uart, 'x');
    assert_int_equal(rd(UARTDR), 'a');
    assert_int_equal(rd(UARTFR) & FLAG_RXFE, FLAG_RXFE);
    wr(UARTLCR_H, 0);
    wr(UARTDR, 'b');
    (void)pop();
    wr(UARTDR, 'c');
    assert_int_equal(rd(UARTRIS) & OE, OE);
    assert_int_equal(rd(UARTDR), 'b');
    wr(UARTCR, 0x301);
    assert_true(husk_vuart_rx_ready(&uart));
    wr(UARTDR, 'd');
    assert_int_equal(rd(UARTFR) & FLAG_RXFE, FLAG_RXFE);
}

static void break_in_loop_back__is_received_once(void **state)
{
    (void)state;
    wr(UARTLCR_H, FEN | 1); /* not looped back: nobody hears it */
    assert_int_equal(rd(UARTFR) & FLAG_RXFE, FLAG_RXFE);
    wr(UARTLCR_H, FEN);
    wr(UARTCR, 0x301 | LBE);
    wr(UARTLCR_H, FEN | 1);
    wr(UARTLCR_H, FEN | 1);
    wr(UARTLCR_H, FEN);
    assert_int_equal(rd(UARTRIS), BE | RT);
    assert_int_equal(rd(UARTDR), 0x400);
    assert_int_equal(rd(UARTRSR), 4);
    assert_int_equal(rd(UARTFR) & FLAG_RXFE, FLAG_RXFE);
    wr(UARTDR, 'a');
    assert_int_equal(rd(UARTDR), 'a');
    assert_int_equal(rd(UARTRSR), 0); /* the break was the other character's */
}

static void loop_back__joins_modem_outputs_and_inputs(void **state)
{
    static const struct {
        uint32_t cr, fr, ris;
    } lines[] = {
        { 1u << 10, 1u << 1, 1u << 3 }, /* DTR: DSR */
        { 1u << 11, 1u << 0, 1u << 1 }, /* RTS: CTS */
        { 1u << 12, 1u << 2, 1u << 2 }, /* Out1: DCD */
        { 1u << 13, 1u << 8, 1u << 0 }, /* Out2: RI */
    };

    (void)state;
    for (size_t i = 0; i < HUSK_COUNT(lines); i++) {
        husk_vuart_reset(&uart);
        wr(UARTCR, 0x301 | lines[i].cr);
        assert_int_equal(rd(UARTFR), 0x90);
        assert_int_equal(rd(UARTRIS), 0);
        wr(UARTCR, 0x301 | LBE | lines[i].cr);
        assert_int_equal(rd(UARTFR), 0x90 | lines[i].fr);
        assert_int_equal(rd(UARTRIS), lines[i].ris);
        wr(UARTICR, lines[i].ris);
        wr(UARTCR, 0x301 | LBE | lines[i].cr); /* no change */
        assert_int_equal(rd(UARTRIS), 0);
        wr(UARTCR, 0x301 | LBE);
        assert_int_equal(rd(UARTFR), 0x90);
        assert_int_equal(rd(UARTRIS), lines[i].ris); /* the change back is one, too */
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(fifo__holds_32_characters_and_drops_the_33rd, fresh_uart),
        cmocka_unit_test_setup(holding_register__holds_one, fresh_uart),
        cmocka_unit_test_setup(failed_pop__leaves_the_character_and_the_interrupt, fresh_uart),
        cmocka_unit_test_setup(holding_register_interrupt__rises_when_it_empties, fresh_uart),
        cmocka_unit_test_setup(fifo_interrupt__rises_on_the_way_down_through_the_level, fresh_uart),
        cmocka_unit_test_setup(fifo_that_is_drained_at_once__interrupts_after_each_character,
                               fresh_uart),
        cmocka_unit_test_setup(change_of_fen__keeps_what_was_sent, fresh_uart),
        cmocka_unit_test_setup(loop_back__receives_what_is_sent_and_nothing_else, fresh_uart),
        cmocka_unit_test_setup(break_in_loop_back__is_received_once, fresh_uart),
        cmocka_unit_test_setup(loop_back__joins_modem_outputs_and_inputs, fresh_uart),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
