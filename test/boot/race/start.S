// SPDX-License-Identifier: Apache-2.0
// A bare arm64 Image that may have its MMU off for life: header, stacks, and where CPU_ON enters.
    .section .head, "ax"
    .globl _start
_start:
    b       boot
    .word   0
    .quad   0                       // text_offset
    .quad   image_end - . + 16      // image_size
    .quad   0x2                     // little endian, 4 KiB pages
    .quad   0, 0, 0
    .ascii  "ARM\x64"
    .word   0
boot:
    mov     x1, #0                  // stack 0
    mov     x2, #0
    b       enter

// CPU_ON's entries: x0 = context, whose low 8 bits are the vCPU. Two of them, so that one which
// was asked for can be told from the other.
    .globl entry_a, entry_b
entry_a:
    mov     x2, #1
    b       1f
entry_b:
    mov     x2, #2
1:  and     x1, x0, #0xff
enter:
    adr     x3, stacks
    add     x4, x1, #1
    add     x3, x3, x4, lsl #12
    mov     sp, x3
    adr     x3, vectors
    msr     vbar_el1, x3
    isb
    bl      guest_main              // (context, vCPU, entry); does not return

    .section .text.vectors, "ax"
    .balign 2048
vectors:
    .rept   16
    .balign 128
    b       unexpected
    .endr
unexpected:
    mrs     x0, esr_el1
    mrs     x1, elr_el1
    mrs     x2, far_el1
    b       guest_exception

    .bss
    .balign 4096
stacks:
    .skip   8 * 4096
    .section .tail, "aw"
    .balign 8
    .quad   0
image_end:
