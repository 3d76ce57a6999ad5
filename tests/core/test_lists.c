/* test_lists.c - the list helpers, against an array that holds what the list should. */
#include "support.h"

enum { ENTRIES = 8, STEPS = 20000 };

struct item {
    uint32_t number;
    LIST_ENTRY entry;
    SINGLE_LIST_ENTRY single;
};

static struct item items[ENTRIES];
static uint32_t order[ENTRIES], length;

static bool is_listed(uint32_t number)
{
    for (uint32_t index = 0; index < length; index++) {
        if (order[index] == number) {
            return true;
        }
    }
    return false;
}

static void insert_at(uint32_t position, uint32_t number)
{
    memmove(&order[position + 1], &order[position], (length - position) * sizeof order[0]);
    order[position] = number;
    length++;
}

static void remove_at(uint32_t position)
{
    length--;
    memmove(&order[position], &order[position + 1], (length - position) * sizeof order[0]);
}

static void compare(LIST_ENTRY *head)
{
    LIST_ENTRY *forward = head->Flink;
    LIST_ENTRY *backward = head->Blink;
    for (uint32_t index = 0; index < length; index++) {
        assert_int_equal(CONTAINING_RECORD(forward, struct item, entry)->number, order[index]);
        assert_int_equal(CONTAINING_RECORD(backward, struct item, entry)->number, order[length - 1 - index]);
        forward = forward->Flink;
        backward = backward->Blink;
    }
    assert_ptr_equal(forward, head);
    assert_ptr_equal(backward, head);
    assert_int_equal(IsListEmpty(head), length == 0);
}

static void insert(LIST_ENTRY *head, uint32_t number, bool at_tail)
{
    if (is_listed(number)) {
        return;
    }
    if (at_tail) {
        InsertTailList(head, &items[number].entry);
    } else {
        InsertHeadList(head, &items[number].entry);
    }
    insert_at(at_tail ? length : 0, number);
}

static void remove_one(LIST_ENTRY *head, uint32_t kind, uint32_t position)
{
    if (length == 0) {
        return;
    }
    if (kind == 0) {
        assert_ptr_equal(RemoveHeadList(head), &items[order[0]].entry);
        remove_at(0);
    } else if (kind == 1) {
        assert_ptr_equal(RemoveTailList(head), &items[order[length - 1]].entry);
        remove_at(length - 1);
    } else {
        position %= length;
        uint32_t left = length - 1;
        assert_int_equal(RemoveEntryList(&items[order[position]].entry), left == 0);
        remove_at(position);
    }
}

static void double_lists_keep_their_order(void **state)
{
    LIST_ENTRY head;
    uint64_t seed = 1;
    (void)state;
    InitializeListHead(&head);
    length = 0;
    for (uint32_t number = 0; number < ENTRIES; number++) {
        items[number].number = number;
    }
    for (uint32_t step = 0; step < STEPS; step++) {
        uint32_t number = draw_below(&seed, ENTRIES);
        uint32_t kind = draw_below(&seed, 6);
        if (kind < 3) {
            insert(&head, number, kind == 0);
        } else {
            remove_one(&head, kind - 3, number);
        }
        compare(&head);
    }
}

static void single_lists_are_stacks(void **state)
{
    SINGLE_LIST_ENTRY head = {NULL};
    uint64_t seed = 2;
    (void)state;
    length = 0;
    assert_null(PopEntryList(&head));
    for (uint32_t step = 0; step < STEPS; step++) {
        uint32_t number = draw_below(&seed, ENTRIES);
        if (draw_below(&seed, 2) == 0 && !is_listed(number)) {
            PushEntryList(&head, &items[number].single);
            insert_at(0, number);
        } else if (length > 0) {
            assert_ptr_equal(PopEntryList(&head), &items[order[0]].single);
            remove_at(0);
        } else {
            assert_null(PopEntryList(&head));
        }
        assert_ptr_equal(head.Next, length == 0 ? NULL : &items[order[0]].single);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(double_lists_keep_their_order),
        cmocka_unit_test(single_lists_are_stacks),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
