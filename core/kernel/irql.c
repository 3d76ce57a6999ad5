/* irql.c - each task has its own IRQL. It restricts what may be called; it does not keep other processors from running. */
#include "kernel.h"

#include <stdio.h>

static KIRQL *current(void)
{
    uint32_t task = scheduler_running();
    if (task >= kernel.irql_used) {
        kernel.irql_used = task + 1;
    }
    return &kernel.irql[task];
}

KIRQL KeGetCurrentIrql(VOID)
{
    return kernel.irql[scheduler_running()];
}

VOID KeRaiseIrql(KIRQL NewIrql, PKIRQL OldIrql)
{
    KIRQL *irql = current();
    *OldIrql = *irql;
    *irql = NewIrql;
}

VOID KeLowerIrql(KIRQL NewIrql)
{
    *current() = NewIrql;
}

void kernel_require_irql(KIRQL highest, const char *routine)
{
    KIRQL irql = KeGetCurrentIrql();
    if (irql <= highest) {
        return;
    }
    char text[96];
    snprintf(text, sizeof text, "%s is called at IRQL %d, allowed is %d", routine, irql, highest);
    kernel_remark(&(struct remark){.kind = REMARK_IRQL, .text = text});
}
