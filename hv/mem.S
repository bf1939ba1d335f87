// SPDX-License-Identifier: Apache-2.0
// Two of the four functions a C compiler may call on its own, without FP or SIMD; the others are in
// memmove.S. picolibc's small ones go byte by byte; these win over them in the link. Works with the
// MMU off when the pointers are equally aligned to 8 (every caller before the MMU is on) or the counts
// are below 8. Both lie between the exception vectors (vectors.S).

// void *memset(void *x0, int w1, size_t x2)
    .section .text.vector.04.memset, "ax"
    .globl memset
memset:
    mov     x3, x0
    and     w1, w1, #0xff
    mov     x4, #0x0101010101010101
    mul     x1, x1, x4
1:  tst     x3, #7                  // up to the first word
    b.eq    2f
    cbz     x2, 9f
    strb    w1, [x3], #1
    sub     x2, x2, #1
    b       1b
7:  stp     x1, x1, [x3], #16
    stp     x1, x1, [x3], #16
    stp     x1, x1, [x3], #16
    stp     x1, x1, [x3], #16
2:  subs    x2, x2, #64
    b.hs    7b
    add     x2, x2, #64
4:  subs    x2, x2, #8
    b.lo    5f
    str     x1, [x3], #8
    b       4b
5:  adds    x2, x2, #8
    b.eq    9f
6:  strb    w1, [x3], #1
    subs    x2, x2, #1
    b.ne    6b
9:  ret

// void *memcpy(void *x0, const void *x1, size_t x2), upwards: memmove.S relies on it
    .section .text.vector.05.memcpy, "ax"
    .globl memcpy
memcpy:
    mov     x3, x0
    eor     x4, x3, x1
    tst     x4, #7
    b.ne    6f                      // never both aligned: bytes
1:  tst     x3, #7
    b.eq    copy_blocks
    cbz     x2, 9f
    ldrb    w4, [x1], #1
    strb    w4, [x3], #1
    sub     x2, x2, #1
    b       1b
copy_rest:                          // both aligned, x2 is the count less 64
    add     x2, x2, #64
4:  subs    x2, x2, #8
    b.lo    5f
    ldr     x4, [x1], #8
    str     x4, [x3], #8
    b       4b
5:  add     x2, x2, #8
6:  cbz     x2, 9f
7:  ldrb    w4, [x1], #1
    strb    w4, [x3], #1
    subs    x2, x2, #1
    b.ne    7b
9:  ret

    .section .text.vector.06.copy_blocks, "ax"
copy_blocks:                        // whole images go through here
    b       2f
1:  ldp     x4, x5, [x1], #16
    ldp     x6, x7, [x1], #16
    ldp     x8, x9, [x1], #16
    ldp     x10, x11, [x1], #16
    stp     x4, x5, [x3], #16
    stp     x6, x7, [x3], #16
    stp     x8, x9, [x3], #16
    stp     x10, x11, [x3], #16
2:  subs    x2, x2, #64
    b.hs    1b
    b       copy_rest
