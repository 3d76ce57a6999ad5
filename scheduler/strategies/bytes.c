/* bytes.c - one byte for each choice, modulo its alternatives; when they run out, the default. Any bytes are a schedule. */
#include "strategies.h"

struct bytes {
    struct strategy strategy;
    const uint8_t *bytes;
    size_t count;
    size_t position;
};

static struct bytes bytes;

static void begin(struct strategy *strategy, uint32_t task_count)
{
    (void)strategy, (void)task_count;
    bytes.position = 0;
}

static uint32_t choose(struct strategy *strategy, const struct choice *choice)
{
    (void)strategy;
    if (bytes.position == bytes.count) {
        return 0;
    }
    return bytes.bytes[bytes.position++] % choice->alternatives;
}

static bool end(struct strategy *strategy)
{
    (void)strategy;
    return true;
}

struct strategy *strategy_bytes(const uint8_t *data, size_t count)
{
    bytes.strategy = (struct strategy){.name = "bytes", .begin = begin, .choose = choose, .end = end};
    bytes.bytes = data;
    bytes.count = count;
    return &bytes.strategy;
}

struct strategy *bytes_open(const struct strategy_options *options)
{
    return strategy_bytes(options->bytes, options->byte_count);
}
