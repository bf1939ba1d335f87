// SPDX-License-Identifier: Apache-2.0
// Entry of the image, as the arm64 boot protocol has it (Linux Documentation/arch/arm64/booting.rst):
// EL2, MMU off, x0 = physical address of the device tree. Runs wherever it was loaded.
#include <husk/frame.h>
#include <husk/platform.h>
#include <husk/early_uart.S>

// One character on the boot UART for a stage that was reached.
.macro mark char:req
    mov     w11, #\char
    bl      early_mark
.endm

    .section .head, "ax"
    .globl _start
_start:
    .globl husk_ld_start
husk_ld_start:
    b       entry                   // code0
    .long   0                       // code1
    .quad   0                       // text_offset: 0 from a 2 MiB boundary
    .quad   husk_ld_image_size            // image_size: all memory the image needs
    .quad   0xa                     // flags: little endian, 4 KiB pages, anywhere in memory
    .quad   0, 0, 0                 // res2..res4
    .ascii  "ARM\x64"               // magic
    .long   0                       // res5: no PE header

// The rest has its room between the exception vectors (vectors.S).
    .section .text.vector.10.entry, "ax"
entry:
    mov     x19, x0
    msr     daifset, #0xf
    mrs     x0, CurrentEL
    cmp     x0, #(2 << 2)
    b.ne    wrong_el
    bl      husk_plain_el2
    mark    'H'
    adr     x1, husk_ld_stack_top   // not in .bss
    mov     sp, x1
    bl      husk_load               // relocates the image, clears .bss
    mark    'u'

    mov     x0, x19
    bl      husk_boot_map           // builds stage 1 of EL2, MMU still off
    mark    's'
    bl      husk_boot_mmu_on
    mov     x0, x19
    bl      husk_boot               // does not return

// w11 to the boot UART, when it has room; early_mark: unless the product wants silence. Clobbers x9, x10.
    .section .text.vector.07.mark, "ax"
early_mark:
    adr     x9, husk_product
    ldrb    w9, [x9, #HUSK_PRODUCT_NO_BOOT_MARKS]
    cbnz    w9, early_done
early_putc:
    husk_platform_early_putc
early_done:
    ret

// Plain EL2, with Husk's vectors. Clobbers x0.
    .section .text.vector.12.plain_el2, "ax"
    .globl husk_plain_el2
husk_plain_el2:
    // E2H off (it may be stuck on where an old loader left it), EL1 is AArch64; MMU and caches off.
    mov     x0, #(1 << 31)
    msr     hcr_el2, x0
    mov     x0, #0x0830
    movk    x0, #0x30c5, lsl #16    // SCTLR_EL2 RES1
    msr     sctlr_el2, x0
    adr     x0, husk_vectors
    msr     vbar_el2, x0
    isb
    ret

// Not at EL2: one line that says so, then sleep. Clobbers everything.
    .section .text.vector.11.wrong_el, "ax"
wrong_el:
    lsr     x0, x0, #2
    add     w0, w0, #'0'
    adr     x1, wrong_el_text
1:  ldrb    w11, [x1], #1
    cbz     w11, 3f
    cmp     w11, #'#'
    csel    w11, w0, w11, eq
    bl      early_putc
    b       1b
3:  wfi
    b       3b

    .section .text.vector.14.wrong_el_text, "ax"
wrong_el_text:
    .asciz  "husk: started at EL#, needs EL2 (QEMU: -M virt,virtualization=on and a raw image)\r\n"
    .balign 4
