// SPDX-License-Identifier: Apache-2.0
#include "vuart_test.h"

static const unsigned levels[] = { 4, 8, 16, 24, 28, 28, 28, 28 }; /* by IFLS[5:3] */

static void holding_register__takes_one_character(void **state)
{
    (void)state;
    assert_true(husk_vuart_rx_ready(&uart));
    push(1);
    assert_false(husk_vuart_rx_ready(&uart));
    assert_int_equal(rd(UARTFR) & (FLAG_RXFE | FLAG_RXFF), FLAG_RXFF);
    assert_int_equal(rd(UARTRIS), RX); /* and no timeout */
    assert_int_equal(rd(UARTDR), 0x40);
    assert_int_equal(rd(UARTFR) & (FLAG_RXFE | FLAG_RXFF), FLAG_RXFE);
    assert_int_equal(rd(UARTRIS), 0);
}

static void fifo__takes_32_characters_in_order_around_its_end(void **state)
{
    (void)state;
    wr(UARTLCR_H, FEN);
    push(5);
    for (unsigned i = 0; i < 5; i++) {
        assert_int_equal(rd(UARTDR), 0x40 + i);
    }
    for (unsigned i = 0; i < 32; i++) {
        assert_true(husk_vuart_rx_ready(&uart));
        assert_int_equal(rd(UARTFR) & FLAG_RXFF, 0);
        husk_vuart_rx_push(&uart, (uint8_t)(0x80 + i));
    }
    assert_false(husk_vuart_rx_ready(&uart));
    assert_int_equal(rd(UARTFR) & FLAG_RXFF, FLAG_RXFF);
    for (unsigned i = 0; i < 32; i++) {
        assert_int_equal(rd(UARTFR) & FLAG_RXFE, 0);
        assert_int_equal(rd(UARTDR), 0x80 + i);
        assert_int_equal(rd(UARTFR) & FLAG_RXFF, 0);
    }
    assert_int_equal(rd(UARTFR) & FLAG_RXFE, FLAG_RXFE);
}

static void empty_fifo__reads_0_and_stays_empty(void **state)
{
    (void)state;
    wr(UARTLCR_H, FEN);
    assert_int_equal(rd(UARTDR), 0);
    assert_int_equal(rd(UARTDR), 0);
    husk_vuart_rx_push(&uart, 'k');
    assert_int_equal(rd(UARTDR), 'k');
    assert_int_equal(rd(UARTRIS), 0);
}

static void rx_interrupt__rises_at_the_level_and_falls_below_it(void **state)
{
    (void)state;
    for (unsigned select = 0; select < 8; select++) {
        const unsigned level = levels[select];

        husk_vuart_reset(&uart);
        wr(UARTLCR_H, FEN);
        wr(UARTIFLS, select << 3);
        push(level - 1);
        assert_int_equal(rd(UARTRIS) & RX, 0);
        push(1);
        assert_int_equal(rd(UARTRIS) & RX, RX);
        push(1);
        assert_int_equal(rd(UARTRIS) & RX, RX);
        (void)rd(UARTDR);
        assert_int_equal(rd(UARTRIS) & RX, RX); /* at the level still */
        (void)rd(UARTDR);
        assert_int_equal(rd(UARTRIS) & RX, 0);
        push(1);
        assert_int_equal(rd(UARTRIS) & RX, RX);
        wr(UARTICR, RX);
        assert_int_equal(rd(UARTRIS) & RX, 0);
        push(1); /* past the level: no transition */
        assert_int_equal(rd(UARTRIS) & RX, 0);
    }
}

static void timeout_interrupt__lasts_while_characters_wait(void **state)
{
    (void)state;
    wr(UARTLCR_H, FEN);
    push(2);
    assert_int_equal(rd(UARTRIS), RT);
    (void)rd(UARTDR);
    assert_int_equal(rd(UARTRIS), RT);
    wr(UARTICR, RT);
    assert_int_equal(rd(UARTRIS), 0);
    push(1);
    assert_int_equal(rd(UARTRIS), RT);
    wr(UARTICR, RT);
    (void)rd(UARTDR); /* one still waits: it is said again */
    assert_int_equal(rd(UARTRIS), RT);
    (void)rd(UARTDR);
    assert_int_equal(rd(UARTRIS), 0);
}

static void overrun__loses_the_character_and_marks_the_next_one(void **state)
{
    (void)state;
    wr(UARTLCR_H, FEN);
    push(32);
    assert_int_equal(rd(UARTRIS) & OE, 0);
    husk_vuart_rx_push(&uart, 'X');
    assert_int_equal(rd(UARTRIS) & OE, OE);
    assert_int_equal(rd(UARTRSR), 8);
    husk_vuart_rx_push(&uart, 'Y');
    assert_int_equal(rd(UARTDR), 0x40); /* not marked: it came before */
    assert_int_equal(rd(UARTRSR), 8);   /* sticky until ECR */
    husk_vuart_rx_push(&uart, 'Z');
    husk_vuart_rx_push(&uart, 'Q'); /* full again */
    for (unsigned i = 1; i < 32; i++) {
        assert_int_equal(rd(UARTDR), 0x40 + i);
    }
    assert_int_equal(rd(UARTDR), 0x800 | 'Z');
    wr(UARTICR, OE);
    assert_int_equal(rd(UARTRIS) & OE, 0);
    wr(UARTRSR, 0);
    assert_int_equal(rd(UARTRSR), 0);
    husk_vuart_rx_push(&uart, 'a');
    assert_int_equal(rd(UARTDR), 0x800 | 'a'); /* of 'Q' */
    husk_vuart_rx_push(&uart, 'b');
    assert_int_equal(rd(UARTDR), 'b');
    assert_int_equal(rd(UARTRSR), 0); /* DR does not bring OE back to RSR */
}

static void overrun_of_the_holding_register__keeps_the_first(void **state)
{
    (void)state;
    push(2);
    assert_int_equal(rd(UARTRIS), RX | OE);
    assert_int_equal(rd(UARTDR), 0x40);
    assert_int_equal(rd(UARTFR) & FLAG_RXFE, FLAG_RXFE);
}

static void change_of_fen__flushes_what_was_received(void **state)
{
    (void)state;
    wr(UARTLCR_H, FEN);
    push(20);
    assert_int_equal(rd(UARTRIS), RX | RT);
    wr(UARTLCR_H, FEN | 0x60); /* no change of FEN */
    assert_int_equal(rd(UARTDR), 0x40);
    assert_int_equal(rd(UARTRIS), RX | RT);
    wr(UARTLCR_H, 0x60);
    assert_int_equal(rd(UARTFR), FLAG_RXFE | FLAG_TXFE);
    assert_int_equal(rd(UARTRIS), 0);
    push(1);
    wr(UARTLCR_H, FEN);
    assert_int_equal(rd(UARTFR), FLAG_RXFE | FLAG_TXFE);
    assert_int_equal(rd(UARTRIS), 0);
    husk_vuart_rx_push(&uart, 'n');
    assert_int_equal(rd(UARTDR), 'n');
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(holding_register__takes_one_character, fresh_uart),
        cmocka_unit_test_setup(fifo__takes_32_characters_in_order_around_its_end, fresh_uart),
        cmocka_unit_test_setup(empty_fifo__reads_0_and_stays_empty, fresh_uart),
        cmocka_unit_test_setup(rx_interrupt__rises_at_the_level_and_falls_below_it, fresh_uart),
        cmocka_unit_test_setup(timeout_interrupt__lasts_while_characters_wait, fresh_uart),
        cmocka_unit_test_setup(overrun__loses_the_character_and_marks_the_next_one, fresh_uart),
        cmocka_unit_test_setup(overrun_of_the_holding_register__keeps_the_first, fresh_uart),
        cmocka_unit_test_setup(change_of_fen__flushes_what_was_received, fresh_uart),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
