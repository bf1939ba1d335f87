// SPDX-License-Identifier: Apache-2.0
// A bare arm64 Image with its MMU off for life: header, stacks, where CPU_ON enters, vectors, calls.
    .section .head, "ax"
    .globl _start
_start:
    b       boot
    .word   0
    .quad   0                       // text_offset
    .quad   image_end - . + 16      // image_size
    .quad   0xa                     // little endian, 4 KiB pages, anywhere in memory
    .quad   0, 0, 0
    .ascii  "ARM\x64"
    .word   0
boot:
    mov     x1, #0
    adr     x2, stacks + 4096
    b       1f
    .globl secondary
secondary:                          // x0 = number of this CPU
    mov     x1, x0
    adr     x2, stacks
    add     x2, x2, #4096
    add     x2, x2, x0, lsl #12
1:  mov     sp, x2
    adr     x2, vectors
    msr     vbar_el1, x2
    isb
    bl      guest_main              // (tree or number, number); does not return

    .globl call_hvc, call_smc, call_null, call_xen_version
    .section .text.calls, "ax"
call_hvc:
    hvc     #0
    ret
call_smc:
    smc     #0
    ret
call_null:
    hvc     #0x7ff0
    ret
call_xen_version:                   // xen_version(XENVER_version), Xen's public/arch-arm.h
    mov     x16, #17
    mov     x0, #0
    hvc     #0xea1
    ret

.macro save
    sub     sp, sp, #176
    stp     x0, x1, [sp, #0]
    stp     x2, x3, [sp, #16]
    stp     x4, x5, [sp, #32]
    stp     x6, x7, [sp, #48]
    stp     x8, x9, [sp, #64]
    stp     x10, x11, [sp, #80]
    stp     x12, x13, [sp, #96]
    stp     x14, x15, [sp, #112]
    stp     x16, x17, [sp, #128]
    stp     x18, x30, [sp, #144]
.endm

    .section .text.vectors, "ax"
    .balign 2048
vectors:
    .skip   0x200                   // EL1 with its own stack pointer: nothing else is used
    b       on_sync
    .balign 128
    b       on_interrupt
    .balign 128
    b       .
    .balign 128
    b       .

on_interrupt:
    save
    bl      guest_interrupt
back:
    ldp     x0, x1, [sp, #0]
    ldp     x2, x3, [sp, #16]
    ldp     x4, x5, [sp, #32]
    ldp     x6, x7, [sp, #48]
    ldp     x8, x9, [sp, #64]
    ldp     x10, x11, [sp, #80]
    ldp     x12, x13, [sp, #96]
    ldp     x14, x15, [sp, #112]
    ldp     x16, x17, [sp, #128]
    ldp     x18, x30, [sp, #144]
    add     sp, sp, #176
    eret

// Past the instruction that was refused.
on_sync:
    save
    mrs     x0, elr_el1
    add     x0, x0, #4
    msr     elr_el1, x0
    bl      guest_refused
    b       back

    .bss
    .balign 16
stacks:
    .skip   8 * 4096

    .section .tail, "aw"
    .balign 8
    .quad   0
image_end:
