/*
 * crossing.S - from code under test into the environment and back, whatever the arguments are.
 *
 * A routine ROUTINE of the environment stands in the program as inside_ROUTINE; ROUTINE itself (made by crossings.sh) puts that
 * address into r11 and comes here. The return address is kept aside and replaced, so that the stack, with the arguments on
 * it, is what the routine expects.
 */
    .text
    .globl crossing_enter
    .type crossing_enter, @function
crossing_enter:
    sub $136, %rsp
    mov %rdi, 0(%rsp)
    mov %rsi, 8(%rsp)
    mov %rdx, 16(%rsp)
    mov %rcx, 24(%rsp)
    mov %r8, 32(%rsp)
    mov %r9, 40(%rsp)
    mov %rax, 48(%rsp)
    mov %r11, 56(%rsp)
    movsd %xmm0, 64(%rsp)
    movsd %xmm1, 72(%rsp)
    movsd %xmm2, 80(%rsp)
    movsd %xmm3, 88(%rsp)
    movsd %xmm4, 96(%rsp)
    movsd %xmm5, 104(%rsp)
    movsd %xmm6, 112(%rsp)
    movsd %xmm7, 120(%rsp)
    mov 136(%rsp), %rdi
    call crossing_into
    mov 0(%rsp), %rdi
    mov 8(%rsp), %rsi
    mov 16(%rsp), %rdx
    mov 24(%rsp), %rcx
    mov 32(%rsp), %r8
    mov 40(%rsp), %r9
    mov 48(%rsp), %rax
    mov 56(%rsp), %r11
    movsd 64(%rsp), %xmm0
    movsd 72(%rsp), %xmm1
    movsd 80(%rsp), %xmm2
    movsd 88(%rsp), %xmm3
    movsd 96(%rsp), %xmm4
    movsd 104(%rsp), %xmm5
    movsd 112(%rsp), %xmm6
    movsd 120(%rsp), %xmm7
    add $144, %rsp
    call *%r11
    sub $32, %rsp
    mov %rax, 0(%rsp)
    mov %rdx, 8(%rsp)
    movsd %xmm0, 16(%rsp)
    call crossing_back
    mov %rax, %r11
    mov 0(%rsp), %rax
    mov 8(%rsp), %rdx
    movsd 16(%rsp), %xmm0
    add $32, %rsp
    jmp *%r11
    .size crossing_enter, . - crossing_enter
    .section .note.GNU-stack, "", @progbits
