/* weak_models.h - the two models behind weak.h, and what they share. */
#ifndef SCHEDULER_WEAK_MODELS_H
#define SCHEDULER_WEAK_MODELS_H

#include "weak.h"

struct weak_model {
    void (*reset)(void);
    void (*begin)(void);
    void (*spawn)(uint32_t child);
    enum scheduler_effect (*effect)(enum scheduler_operation operation, int order);
    atomic_value (*atomic)(const struct atomic_operation *operation, bool *stores, atomic_value *after);
    void (*fence)(int order);
    atomic_value (*volatile_load)(const struct atomic_operation *operation);
    void (*volatile_store)(const struct atomic_operation *operation); /* memory is as it was before */
    void (*plain)(const void *address, size_t size, bool write);
    void (*call)(const void *object);
    void (*release)(const void *object);
    void (*acquire)(const void *object);
};

extern const struct weak_model weak_buffers, weak_histories;

static inline atomic_value weak_value_at(const void *address, size_t size)
{
    atomic_value value = 0;
    __builtin_memcpy(&value, address, size > sizeof value ? sizeof value : size);
    return value;
}

static inline void weak_put(void *address, size_t size, atomic_value value)
{
    __builtin_memcpy(address, &value, size > sizeof value ? sizeof value : size);
}

#endif
