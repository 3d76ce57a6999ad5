/* test_tables.c - generic tables and bitmaps against plain arrays, under random operations. */
#include "support.h"

enum { KEYS = 64, OPERATIONS = 4000, BITS = 150 };

static uint32_t blocks;

static RTL_GENERIC_COMPARE_RESULTS compare(struct _RTL_AVL_TABLE *table, PVOID first, PVOID second)
{
    (void)table;
    int one = *(int *)first;
    int other = *(int *)second;
    return one < other ? GenericLessThan : one > other ? GenericGreaterThan : GenericEqual;
}

static PVOID allocate(struct _RTL_AVL_TABLE *table, ULONG size)
{
    (void)table;
    blocks++;
    return malloc(size);
}

static VOID give_back(struct _RTL_AVL_TABLE *table, PVOID buffer)
{
    (void)table;
    blocks--;
    free(buffer);
}

/* Depth of a subtree; fails when it is unbalanced or its links disagree. */
static int depth_of(const RTL_BALANCED_LINKS *node, const RTL_BALANCED_LINKS *parent)
{
    if (node == NULL) {
        return 0;
    }
    assert_ptr_equal(node->Parent, parent);
    int left = depth_of(node->LeftChild, node);
    int right = depth_of(node->RightChild, node);
    assert_int_equal(node->Balance, right - left);
    assert_in_range(right - left + 1, 0, 2);
    return 1 + (left > right ? left : right);
}

static void check_order(PRTL_AVL_TABLE table, const bool *present)
{
    PVOID restart = NULL;
    ULONG count = 0;
    for (int key = 0; key < KEYS; key++) {
        if (present[key]) {
            int *element = RtlEnumerateGenericTableWithoutSplayingAvl(table, &restart);
            assert_non_null(element);
            assert_int_equal(*element, key);
            assert_ptr_equal(RtlGetElementGenericTableAvl(table, count), element);
            count++;
        }
        assert_int_equal(RtlLookupElementGenericTableAvl(table, &key) != NULL, present[key]);
    }
    assert_null(RtlEnumerateGenericTableWithoutSplayingAvl(table, &restart));
    assert_int_equal(RtlNumberGenericTableElementsAvl(table), count);
    assert_int_equal(blocks, count);
}

static void table_is_a_sorted_set(void **state)
{
    (void)state;
    start_personality(PERSONALITY_FREE);
    RTL_AVL_TABLE table;
    bool present[KEYS] = {false};
    uint64_t random = 1;
    RtlInitializeGenericTableAvl(&table, compare, allocate, give_back, NULL);
    for (int i = 0; i < OPERATIONS; i++) {
        int key = (int)draw_below(&random, KEYS);
        bool insert = draw_below(&random, 2) == 0;
        if (insert) {
            BOOLEAN is_new;
            assert_int_equal(*(int *)RtlInsertElementGenericTableAvl(&table, &key, sizeof key, &is_new), key);
            assert_int_equal(is_new, !present[key]);
        } else {
            assert_int_equal(RtlDeleteElementGenericTableAvl(&table, &key), present[key]);
        }
        present[key] = insert;
        depth_of(table.BalancedRoot.RightChild, &table.BalancedRoot);
        if (i % 16 == 0) {
            check_order(&table, present);
        }
    }
    int *element;
    while ((element = RtlEnumerateGenericTableAvl(&table, TRUE)) != NULL) {
        RtlDeleteElementGenericTableAvl(&table, element);
    }
    assert_true(RtlIsGenericTableEmptyAvl(&table));
    assert_int_equal(blocks, 0);
}

static void enumeration_survives_deletion(void **state)
{
    (void)state;
    start_personality(PERSONALITY_FREE);
    RTL_AVL_TABLE table;
    RtlInitializeGenericTableAvl(&table, compare, allocate, give_back, NULL);
    for (int key = 0; key < KEYS; key++) {
        RtlInsertElementGenericTableAvl(&table, &key, sizeof key, NULL);
    }
    int expected = 0;
    for (int *element = RtlEnumerateGenericTableAvl(&table, TRUE); element != NULL;
         element = RtlEnumerateGenericTableAvl(&table, FALSE)) {
        assert_int_equal(*element, expected);
        expected++;
        if (*element % 3 == 0) {
            RtlDeleteElementGenericTableAvl(&table, element);
        }
    }
    assert_int_equal(expected, KEYS);
    for (int key = 0; key < KEYS; key++) {
        RtlDeleteElementGenericTableAvl(&table, &key);
    }
}

/* ------------------------------------------------------------------------------------------------------- bitmaps -- */

static ULONG first_run(const bool *bits, ULONG from, ULONG to, ULONG number, bool value)
{
    for (ULONG start = from; start < to; start++) {
        ULONG length = 0;
        while (start + length < BITS && length < number && bits[start + length] == value) {
            length++;
        }
        if (length == number) {
            return start;
        }
    }
    return MAXULONG;
}

static ULONG count_of(const bool *bits, bool value)
{
    ULONG count = 0;
    for (int bit = 0; bit < BITS; bit++) {
        count += bits[bit] == value;
    }
    return count;
}

static void bitmap_is_an_array_of_bits(void **state)
{
    (void)state;
    start_personality(PERSONALITY_FREE);
    ULONG words[(BITS + 31) / 32];
    bool bits[BITS] = {false};
    RTL_BITMAP map;
    uint64_t random = 7;
    RtlInitializeBitMap(&map, words, BITS);
    RtlClearAllBits(&map);
    for (int i = 0; i < OPERATIONS; i++) {
        ULONG start = draw_below(&random, BITS);
        ULONG length = draw_below(&random, BITS - start < 9 ? BITS - start : 9) + 1;
        bool value = draw_below(&random, 2) == 1;
        value ? RtlSetBits(&map, start, length) : RtlClearBits(&map, start, length);
        for (ULONG bit = start; bit < start + length; bit++) {
            bits[bit] = value;
        }
        ULONG bit = draw_below(&random, BITS);
        assert_int_equal(RtlTestBit(&map, bit), bits[bit]);
        assert_int_equal(RtlNumberOfSetBits(&map), count_of(bits, true));
        ULONG number = draw_below(&random, 12) + 1;
        ULONG hint = draw_below(&random, BITS);
        ULONG found = first_run(bits, hint, BITS, number, false);
        found = found == MAXULONG ? first_run(bits, 0, hint, number, false) : found;
        assert_int_equal(RtlFindClearBits(&map, number, hint), found);
        assert_int_equal(RtlAreBitsSet(&map, start, length), value);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(table_is_a_sorted_set),
        cmocka_unit_test(enumeration_survives_deletion),
        cmocka_unit_test(bitmap_is_an_array_of_bits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
