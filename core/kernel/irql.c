/*
 * irql.c - each task has its own IRQL. It restricts what may be called; it keeps other tasks from running only when there is
 * one processor: then nobody runs beside a task at DISPATCH_LEVEL.
 */
#include "kernel.h"

#include <stdarg.h>
#include <stdio.h>

KIRQL KeGetCurrentIrql(VOID)
{
    return kernel.irql[scheduler_running()];
}

void kernel_set_irql(KIRQL irql)
{
    uint32_t task = scheduler_running();
    if (task >= kernel.irql_used) {
        kernel.irql_used = task + 1;
    }
    KIRQL before = kernel.irql[task];
    kernel.irql[task] = irql;
    if (kernel.options.processors != 1 || (before >= DISPATCH_LEVEL) == (irql >= DISPATCH_LEVEL)) {
        return;
    }
    if (irql >= DISPATCH_LEVEL) {
        scheduler_disable_preemption();
        scheduler_acquire_order(&kernel.irql);
    } else {
        scheduler_release_order(&kernel.irql);
        scheduler_enable_preemption();
    }
}

__attribute__((format(printf, 1, 2))) static void remark(const char *format, ...)
{
    char text[96];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    kernel_remark(&(struct remark){.kind = REMARK_IRQL, .text = text});
}

KIRQL KfRaiseIrql(KIRQL NewIrql)
{
    KIRQL old = KeGetCurrentIrql();
    if (NewIrql < old) {
        remark("KeRaiseIrql to %d is called at IRQL %d", NewIrql, old);
    }
    kernel_set_irql(NewIrql);
    return old;
}

VOID KeRaiseIrql(KIRQL NewIrql, PKIRQL OldIrql)
{
    *OldIrql = KfRaiseIrql(NewIrql);
}

KIRQL KeRaiseIrqlToDpcLevel(VOID)
{
    return KfRaiseIrql(DISPATCH_LEVEL);
}

VOID KeLowerIrql(KIRQL NewIrql)
{
    KIRQL old = KeGetCurrentIrql();
    if (NewIrql > old) {
        remark("KeLowerIrql to %d is called at IRQL %d", NewIrql, old);
    }
    kernel_set_irql(NewIrql);
}

void kernel_require_irql(KIRQL highest, const char *routine)
{
    KIRQL irql = KeGetCurrentIrql();
    if (irql > highest) {
        remark("%s is called at IRQL %d, allowed is %d", routine, irql, highest);
    }
}

void kernel_require_lowest_irql(KIRQL lowest, const char *routine)
{
    KIRQL irql = KeGetCurrentIrql();
    if (irql < lowest) {
        remark("%s is called at IRQL %d, the least is %d", routine, irql, lowest);
    }
}

void kernel_require_exact_irql(KIRQL level, const char *routine)
{
    KIRQL irql = KeGetCurrentIrql();
    if (irql != level) {
        remark("%s is called at IRQL %d, not at %d", routine, irql, level);
    }
}

VOID KePagedCode(PCSTR File, ULONG Line)
{
    KIRQL irql = KeGetCurrentIrql();
    if (irql > APC_LEVEL) {
        remark("PAGED_CODE at %.48s:%u is reached at IRQL %d", File, Line, irql);
    }
}
