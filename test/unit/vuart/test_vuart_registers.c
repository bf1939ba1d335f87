// SPDX-License-Identifier: Apache-2.0
#include "vuart_test.h"

/* Every register: its reset value, and what can be written and read back. */
static const struct {
    unsigned offset;
    uint32_t reset, writable;
} registers[] = {
    { UARTDR, 0, 0 },          { UARTRSR, 0, 0 },        { 0x008, 0, 0 },
    { 0x00C, 0, 0 },           { 0x010, 0, 0 },          { 0x014, 0, 0 },
    { UARTFR, 0x90, 0 },       { 0x01C, 0, 0 },          { UARTILPR, 0, 0xFF },
    { UARTIBRD, 0, 0xFFFF },   { UARTFBRD, 0, 0x3F },    { UARTLCR_H, 0, 0xFF },
    { UARTCR, 0x300, 0xFF87 }, { UARTIFLS, 0x12, 0x3F }, { UARTIMSC, 0, 0x7FF },
    { UARTRIS, 0, 0 },         { UARTMIS, 0, 0 },        { UARTICR, 0, 0 },
    { UARTDMACR, 0, 0x7 },     { 0x04C, 0, 0 },          { 0x080, 0, 0 },
    { 0xFDC, 0, 0 },           { 0xFE0, 0x11, 0 },       { 0xFE4, 0x10, 0 },
    { 0xFE8, 0x34, 0 },        { 0xFEC, 0x00, 0 },       { 0xFF0, 0x0D, 0 },
    { 0xFF4, 0xF0, 0 },        { 0xFF8, 0x05, 0 },       { 0xFFC, 0xB1, 0 },
};

static void reset__gives_each_register_its_value(void **state)
{
    (void)state;
    wr(UARTIMSC, 0x7FF);
    wr(UARTCR, 0xFF87);
    wr(UARTDR, 'x');
    push(2);
    husk_vuart_reset(&uart);
    for (size_t i = 0; i < HUSK_COUNT(registers); i++) {
        assert_int_equal(rd(registers[i].offset), registers[i].reset);
    }
    assert_int_equal(pop(), -1);
    assert_false(husk_vuart_line(&uart));
}

static void write__changes_the_implemented_bits_only(void **state)
{
    (void)state;
    for (size_t i = 0; i < HUSK_COUNT(registers); i++) {
        const unsigned offset = registers[i].offset;

        if (offset == UARTDR || offset == UARTFR) {
            continue; /* FR tells of DR */
        }
        for (size_t k = 0; k < HUSK_COUNT(registers); k++) {
            husk_vuart_reset(&uart);
            wr(offset, UINT32_MAX);
            if (registers[k].offset == offset) {
                assert_int_equal(rd(offset), registers[k].writable != 0 ? registers[k].writable
                                                                        : registers[k].reset);
                wr(offset, 0);
                assert_int_equal(rd(offset), registers[k].writable != 0 ? 0 : registers[k].reset);
            } else if (offset != UARTCR) { /* its loop-back shows in FR, RIS, MIS */
                assert_int_equal(rd(registers[k].offset), registers[k].reset);
            }
        }
    }
}

static void narrow_access__uses_the_low_bits(void **state)
{
    (void)state;
    wr(UARTIBRD, 0xABCD);
    assert_int_equal(husk_vuart_read(&uart, UARTIBRD, 1), 0xCD);
    assert_int_equal(husk_vuart_read(&uart, UARTIBRD, 2), 0xABCD);
    assert_int_equal(husk_vuart_read(&uart, UARTIBRD, 4), 0xABCD);
    husk_vuart_write(&uart, UARTIBRD, 1, 0x1234);
    assert_int_equal(rd(UARTIBRD), 0x34);
    husk_vuart_write(&uart, UARTIBRD, 2, 0x51234);
    assert_int_equal(rd(UARTIBRD), 0x1234);
    husk_vuart_write(&uart, UARTDR, 1, 'A');
    husk_vuart_write(&uart, UARTLCR_H, 1, FEN);
    husk_vuart_write(&uart, UARTDR, 2, 'B');
    assert_int_equal(pop(), 'A');
    assert_int_equal(pop(), 'B');
}

static void access_that_no_register_has__reads_0_and_changes_nothing(void **state)
{
    static const struct {
        uint64_t offset;
        unsigned size_bytes;
    } accesses[] = {
        { UARTDR + 1, 1 },  { UARTDR + 2, 2 },  { UARTDR + 3, 1 }, { UARTCR + 1, 1 },
        { UARTDR, 8 },      { UARTDR, 0 },      { UARTDR, 3 },     { UARTDR, 16 },
        { 0x1000, 4 },      { 0x1018, 4 },      { UINT64_MAX, 1 }, { UINT64_MAX - 3, 4 },
        { 0x100000000, 4 }, { 0x100000030, 4 }, { 0xFE1, 1 },
    };
    struct husk_vuart before;

    (void)state;
    push(1);
    before = uart;
    for (size_t i = 0; i < HUSK_COUNT(accesses); i++) {
        assert_int_equal(husk_vuart_read(&uart, accesses[i].offset, accesses[i].size_bytes), 0);
        husk_vuart_write(&uart, accesses[i].offset, accesses[i].size_bytes, UINT32_MAX);
        assert_memory_equal(&uart, &before, sizeof(uart));
    }
}

static void line__is_ris_masked_by_imsc(void **state)
{
    (void)state;
    wr(UARTLCR_H, FEN);
    push(1); /* RT */
    assert_int_equal(rd(UARTRIS), RT);
    assert_int_equal(rd(UARTMIS), 0);
    assert_false(husk_vuart_line(&uart));
    wr(UARTIMSC, 0x7FF & ~RT);
    assert_int_equal(rd(UARTMIS), 0);
    assert_false(husk_vuart_line(&uart));
    wr(UARTIMSC, RT);
    assert_int_equal(rd(UARTMIS), RT);
    assert_true(husk_vuart_line(&uart));
    wr(UARTICR, (uint32_t)~RT);
    assert_true(husk_vuart_line(&uart));
    wr(UARTICR, RT);
    assert_int_equal(rd(UARTRIS), 0);
    assert_false(husk_vuart_line(&uart));
}

/* What Linux's amba-pl011 does to open a port, write, be interrupted, read and close. */
static void linux_amba_pl011_sequence__works(void **state)
{
    (void)state;
    assert_int_equal((rd(0xFE8) >> 4) & 0xF, 3); /* revision 3: 32-entry FIFOs */
    wr(UARTICR, 0x7FF);
    wr(UARTIMSC, RX | RT);
    wr(UARTIFLS, 0x12);
    wr(UARTIBRD, 13);
    wr(UARTFBRD, 1);
    wr(UARTLCR_H, 0x70);
    wr(UARTCR, 0x301);
    wr(UARTICR, RX | RT);
    wr(UARTIMSC, RX | RT | TX);
    for (unsigned i = 0; i < 32; i++) {
        assert_int_equal(rd(UARTFR) & FLAG_TXFF, 0);
        wr(UARTDR, 'a' + i % 26);
    }
    assert_int_equal(rd(UARTFR) & FLAG_TXFF, FLAG_TXFF);
    assert_int_equal(rd(UARTFR) & FLAG_BUSY, FLAG_BUSY);
    for (unsigned i = 0; i < 32; i++) {
        assert_int_equal(pop(), 'a' + i % 26);
    }
    assert_true(husk_vuart_line(&uart));
    assert_int_equal(rd(UARTMIS), TX);
    wr(UARTIMSC, RX | RT);
    assert_int_equal(rd(UARTFR) & FLAG_BUSY, 0);

    husk_vuart_rx_push(&uart, 'l');
    husk_vuart_rx_push(&uart, 's');
    assert_int_equal(rd(UARTMIS), RT);
    assert_int_equal(rd(UARTDR), 'l');
    assert_int_equal(rd(UARTDR), 's');
    assert_int_equal(rd(UARTFR) & FLAG_RXFE, FLAG_RXFE);
    assert_false(husk_vuart_line(&uart));
}

/* SBSA's driver and polled guests touch DR and FR only. */
static void guest_that_never_touches_cr_or_lcr_h__sends_and_receives(void **state)
{
    static const uint32_t controls[] = { 0x300, 0x000, 0x001, 0x101, 0x201, 0x301 };

    (void)state;
    for (size_t i = 0; i < HUSK_COUNT(controls); i++) {
        husk_vuart_reset(&uart);
        if (i != 0) {
            wr(UARTCR, controls[i]); /* nor do the enable bits matter, as on QEMU's virt */
        }
        for (unsigned k = 0; k < 3; k++) {
            assert_int_equal(rd(UARTFR) & FLAG_TXFF, 0);
            wr(UARTDR, 'p' + k);
            assert_int_equal(pop(), 'p' + (int)k);
            assert_true(husk_vuart_rx_ready(&uart));
            husk_vuart_rx_push(&uart, (uint8_t)('q' + k));
            assert_int_equal(rd(UARTFR) & FLAG_RXFE, 0);
            assert_int_equal(rd(UARTDR), 'q' + k);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(reset__gives_each_register_its_value, fresh_uart),
        cmocka_unit_test_setup(write__changes_the_implemented_bits_only, fresh_uart),
        cmocka_unit_test_setup(narrow_access__uses_the_low_bits, fresh_uart),
        cmocka_unit_test_setup(access_that_no_register_has__reads_0_and_changes_nothing,
                               fresh_uart),
        cmocka_unit_test_setup(line__is_ris_masked_by_imsc, fresh_uart),
        cmocka_unit_test_setup(linux_amba_pl011_sequence__works, fresh_uart),
        cmocka_unit_test_setup(guest_that_never_touches_cr_or_lcr_h__sends_and_receives,
                               fresh_uart),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
