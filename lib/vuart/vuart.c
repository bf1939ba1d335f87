// SPDX-License-Identifier: Apache-2.0
#include <husk/vuart.h>

/* Registers by word, as husk_vuart.reg holds them: DDI 0183G table 3-1 "UART register summary". */
enum {
    DR = 0x000 / 4,
    RSR_ECR = 0x004 / 4,
    FR = 0x018 / 4,
    ILPR = 0x020 / 4,
    IBRD = 0x024 / 4,
    FBRD = 0x028 / 4,
    LCR_H = 0x02C / 4,
    CR = 0x030 / 4,
    IFLS = 0x034 / 4,
    IMSC = 0x038 / 4,
    RIS = 0x03C / 4,
    MIS = 0x040 / 4,
    ICR = 0x044 / 4,
    DMACR = 0x048 / 4,
    PERIPH_ID0 = 0xFE0 / 4,
};

/* What a received entry carries above its character, DR[11:8]; and what of it RSR tells. */
enum {
    DR_BREAK = 1 << 10,
    DR_OVERRUN = 1 << 11,
    DR_ERROR_SHIFT = 8,
    RSR_PER_CHARACTER = 7, /* framing, parity, break: of the character read last */
    RSR_OVERRUN = 1 << 3,
};

enum {
    FR_BUSY = 1 << 3,
    FR_RXFE = 1 << 4,
    FR_TXFF = 1 << 5,
    FR_RXFF = 1 << 6,
    FR_TXFE = 1 << 7,
};

enum {
    LCR_H_BRK = 1 << 0,
    LCR_H_FEN = 1 << 4,
    CR_RESET = 0x300, /* TXE, RXE */
    CR_LBE = 1 << 7,
    IFLS_RESET = 0x12, /* both triggers at half */
};

/* Interrupts, the same bits in RIS, MIS, IMSC and ICR. */
enum {
    INT_RX = 1 << 4,
    INT_TX = 1 << 5,
    INT_RT = 1 << 6,
    INT_BE = 1 << 9,
    INT_OE = 1 << 10,
};

/* Bits that keep what is written; all others read as zero, or as what the UART makes of them. */
static const uint16_t writable[HUSK_VUART_REGISTERS] = {
    [ILPR] = 0xFF, [IBRD] = 0xFFFF, [FBRD] = 0x3F,  [LCR_H] = 0xFF,
    [CR] = 0xFF87, [IFLS] = 0x3F,   [IMSC] = 0x7FF, [DMACR] = 7,
};

/* Modem outputs (in CR), in loop-back joined to inputs (in FR), each with the interrupt of its
 * change. The inputs are not connected otherwise. */
static const struct {
    uint16_t output, input, interrupt;
} modem[] = {
    { 1 << 10, 1 << 1, 1 << 3 }, /* DTR to DSR */
    { 1 << 11, 1 << 0, 1 << 1 }, /* RTS to CTS */
    { 1 << 12, 1 << 2, 1 << 2 }, /* Out1 to DCD */
    { 1 << 13, 1 << 8, 1 << 0 }, /* Out2 to RI */
};

/* PeriphID0..3 (PL011, Arm, r1p5, configuration 0), PCellID0..3. */
static const uint8_t ids[] = { 0x11, 0x10, 0x34, 0x00, 0x0D, 0xF0, 0x05, 0xB1 };

static unsigned depth(const struct husk_vuart *uart)
{
    return (uart->reg[LCR_H] & LCR_H_FEN) != 0 ? HUSK_VUART_FIFO_DEPTH : 1;
}

static bool loop_back(const struct husk_vuart *uart)
{
    return (uart->reg[CR] & CR_LBE) != 0;
}

/* The modem outputs that a value of CR joins to inputs. */
static uint32_t outputs(uint32_t cr)
{
    return (cr & CR_LBE) != 0 ? cr : 0;
}

/* FIFO level that a field of IFLS selects, whose reserved values act as the highest; or of a
 * holding register, which triggers as soon as it is full (receive) or empty (transmit). */
static unsigned level(const struct husk_vuart *uart, uint32_t select, unsigned holding)
{
    static const uint8_t levels[] = { 4, 8, 16, 24, 28, 28, 28, 28 };

    return depth(uart) == 1 ? holding : levels[select & 7];
}

static unsigned rx_level(const struct husk_vuart *uart)
{
    return level(uart, uart->reg[IFLS] >> 3, 1);
}

static unsigned tx_level(const struct husk_vuart *uart)
{
    return level(uart, uart->reg[IFLS], 0);
}

/* The caller has checked that there is room. */
static void fifo_push(struct husk_vuart_fifo *fifo, uint32_t entry)
{
    fifo->data[(fifo->head + fifo->count) % HUSK_VUART_FIFO_DEPTH] = (uint16_t)entry;
    fifo->count++;
}

/* The caller has checked that it is not empty. */
static uint32_t fifo_pop(struct husk_vuart_fifo *fifo)
{
    const uint32_t entry = fifo->data[fifo->head];

    fifo->head = (fifo->head + 1) % HUSK_VUART_FIFO_DEPTH;
    fifo->count--;
    return entry;
}

/* No time passes in here, so the 32 bit periods of silence before a receive timeout are over at
 * once: what is received and not yet read raises it, and a guest needs no trigger level to hear of
 * a single key. A holding register has no timeout, its RX interrupt says it all. */
static uint32_t timeout(const struct husk_vuart *uart)
{
    return depth(uart) != 1 && uart->rx.count != 0 ? INT_RT : 0;
}

static void receive(struct husk_vuart *uart, uint32_t entry)
{
    if (uart->rx.count >= depth(uart)) {
        uart->overrun = true;
        uart->reg[RSR_ECR] |= RSR_OVERRUN;
        uart->reg[RIS] |= INT_OE;
        return;
    }
    fifo_push(&uart->rx, entry | (uart->overrun ? DR_OVERRUN : 0u));
    uart->overrun = false;
    uart->reg[RIS] |= uart->rx.count == rx_level(uart) ? INT_RX : 0u;
    uart->reg[RIS] |= (entry & DR_BREAK) != 0 ? INT_BE : 0u;
    uart->reg[RIS] |= timeout(uart);
}

/* Below the trigger level the RX interrupt falls by itself, and the timeout with the last one. */
static void settle_rx(struct husk_vuart *uart)
{
    uart->reg[RIS] &= ~(uart->rx.count < rx_level(uart) ? INT_RX : 0u);
    uart->reg[RIS] &= ~(uart->rx.count == 0 ? INT_RT : 0u);
    uart->reg[RIS] |= timeout(uart);
}

static uint32_t read_dr(struct husk_vuart *uart)
{
    uint32_t entry;

    if (uart->rx.count == 0) {
        return 0;
    }
    entry = fifo_pop(&uart->rx);
    uart->reg[RSR_ECR] =
        (uart->reg[RSR_ECR] & RSR_OVERRUN) | ((entry >> DR_ERROR_SHIFT) & RSR_PER_CHARACTER);
    settle_rx(uart);
    return entry;
}

static void write_dr(struct husk_vuart *uart, uint32_t value)
{
    if (uart->tx.count >= depth(uart)) {
        return; /* the guest did not look at TXFF: lost, as on hardware */
    }
    fifo_push(&uart->tx, value & 0xFF);
    uart->reg[RIS] &= ~(uart->tx.count > tx_level(uart) ? INT_TX : 0u);
    if (loop_back(uart)) {
        receive(uart, value & 0xFF);
    }
}

static uint32_t read_fr(const struct husk_vuart *uart)
{
    uint32_t fr = uart->tx.count == 0 ? FR_TXFE : FR_BUSY;

    fr |= uart->rx.count == 0 ? FR_RXFE : 0u;
    fr |= uart->rx.count >= depth(uart) ? FR_RXFF : 0u;
    fr |= uart->tx.count >= depth(uart) ? FR_TXFF : 0u;
    for (size_t i = 0; i < HUSK_COUNT(modem); i++) {
        fr |= (outputs(uart->reg[CR]) & modem[i].output) != 0 ? modem[i].input : 0u;
    }
    return fr;
}

static void changed_lcr_h(struct husk_vuart *uart, uint32_t changed)
{
    if ((changed & LCR_H_FEN) != 0) {
        /* What was received is flushed. What was sent is on its way: it stays for the caller. */
        uart->rx = (struct husk_vuart_fifo){ 0 };
        settle_rx(uart);
    }
    if ((changed & uart->reg[LCR_H] & LCR_H_BRK) != 0 && loop_back(uart)) {
        receive(uart, DR_BREAK);
    }
}

static void changed_outputs(struct husk_vuart *uart, uint32_t changed)
{
    for (size_t i = 0; i < HUSK_COUNT(modem); i++) {
        uart->reg[RIS] |= (changed & modem[i].output) != 0 ? modem[i].interrupt : 0u;
    }
}

/* The bits of a register that an access reaches; 0: there is none. */
static uint32_t reached(uint64_t offset, unsigned size_bytes)
{
    const bool is_valid = offset < HUSK_VUART_BYTES && husk_is_aligned(offset, 4) &&
                          (size_bytes == 1 || size_bytes == 2 || size_bytes == 4);

    return is_valid ? (uint32_t)HUSK_BITS(size_bytes * 8 - 1, 0) : 0;
}

void husk_vuart_reset(struct husk_vuart *uart)
{
    *uart = (struct husk_vuart){ 0 };
    uart->reg[CR] = CR_RESET;
    uart->reg[IFLS] = IFLS_RESET;
}

/* The guest's index is masked: under speculation it reads no memory but the registers. */
uint32_t husk_vuart_read(struct husk_vuart *uart, uint64_t offset, unsigned size_bytes)
{
    const uint32_t index = (uint32_t)offset / 4;
    const uint32_t mask = reached(offset, size_bytes);

    if (mask == 0) {
        return 0;
    }
    switch (index) {
    case DR:
        return read_dr(uart) & mask;
    case FR:
        return read_fr(uart) & mask;
    case MIS:
        return uart->reg[RIS] & uart->reg[IMSC] & mask;
    default:
        break;
    }
    if (index >= PERIPH_ID0) {
        return ids[(index - PERIPH_ID0) % sizeof(ids)];
    }
    return index < HUSK_VUART_REGISTERS ? uart->reg[index % HUSK_VUART_REGISTERS] & mask : 0;
}

void husk_vuart_write(struct husk_vuart *uart, uint64_t offset, unsigned size_bytes, uint32_t value)
{
    const uint32_t index = (uint32_t)offset / 4;
    const uint32_t mask = reached(offset, size_bytes);
    uint32_t *const reg = &uart->reg[index % HUSK_VUART_REGISTERS];
    const uint32_t old = *reg;

    if (mask == 0 || index >= HUSK_VUART_REGISTERS) {
        return;
    }
    value &= mask;
    *reg ^= (old ^ value) & writable[index % HUSK_VUART_REGISTERS];
    switch (index) {
    case DR:
        write_dr(uart, value);
        break;
    case RSR_ECR:
        *reg = 0;
        break;
    case LCR_H:
        changed_lcr_h(uart, old ^ *reg);
        break;
    case CR:
        changed_outputs(uart, outputs(old) ^ outputs(*reg));
        break;
    case ICR:
        uart->reg[RIS] &= ~value;
        break;
    default:
        break;
    }
}

bool husk_vuart_line(const struct husk_vuart *uart)
{
    return (uart->reg[RIS] & uart->reg[IMSC]) != 0;
}

bool husk_vuart_tx_pop(struct husk_vuart *uart, uint8_t *c)
{
    if (uart->tx.count == 0) {
        return false;
    }
    *c = (uint8_t)fifo_pop(&uart->tx);
    /* On the way down through the level, and once more when the last has left: whoever drains
     * after every character never lets the level be passed. */
    uart->reg[RIS] |= uart->tx.count == tx_level(uart) || uart->tx.count == 0 ? INT_TX : 0u;
    return true;
}

bool husk_vuart_rx_ready(const struct husk_vuart *uart)
{
    return !loop_back(uart) && uart->rx.count < depth(uart);
}

void husk_vuart_rx_push(struct husk_vuart *uart, uint8_t c)
{
    if (!loop_back(uart)) {
        receive(uart, c);
    }
}
