// SPDX-License-Identifier: Apache-2.0
// As mem.c, byte by byte: few call them.

// void *memmove(void *x0, const void *x1, size_t x2)
    .section .text.memmove, "ax"
    .globl memmove
memmove:
    mov     x3, x0
    sub     x4, x0, x1
    cmp     x4, x2
    b.hs    memcpy                  // not inside [x1, x1 + x2): forwards is safe
1:  cbz     x2, 9f
    sub     x2, x2, #1
    ldrb    w4, [x1, x2]
    strb    w4, [x3, x2]
    b       1b
9:  ret

// int memcmp(const void *x0, const void *x1, size_t x2)
    .section .text.memcmp, "ax"
    .globl memcmp
memcmp:
    mov     x3, x0
    mov     w0, #0
1:  cbz     x2, 9f
    ldrb    w4, [x3], #1
    ldrb    w5, [x1], #1
    sub     x2, x2, #1
    subs    w0, w4, w5
    b.eq    1b
9:  ret
