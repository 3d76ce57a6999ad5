/*
 * table.c - generic tables, as an AVL tree with parents.
 *
 * Nodes lie in memory of the driver's: every one that a routine comes by is announced, and so is the table.
 */
#include "rtl.h"

/* The element that follows a node's links in its block. */
static PVOID element_of(PRTL_BALANCED_LINKS node)
{
    return node == NULL ? NULL : node + 1;
}

static void touch_table(PRTL_AVL_TABLE table, bool write, uintptr_t site)
{
    touch(table, sizeof *table, write, site);
}

static PRTL_BALANCED_LINKS visit(PRTL_BALANCED_LINKS node, uintptr_t site)
{
    if (node != NULL) {
        touch(node, sizeof *node, false, site);
    }
    return node;
}

VOID RtlInitializeGenericTableAvl(PRTL_AVL_TABLE Table, PRTL_AVL_COMPARE_ROUTINE CompareRoutine,
                                  PRTL_AVL_ALLOCATE_ROUTINE AllocateRoutine, PRTL_AVL_FREE_ROUTINE FreeRoutine,
                                  PVOID TableContext)
{
    touch_table(Table, true, SITE);
    *Table = (RTL_AVL_TABLE){.CompareRoutine = CompareRoutine,
                             .AllocateRoutine = AllocateRoutine,
                             .FreeRoutine = FreeRoutine,
                             .TableContext = TableContext};
    Table->BalancedRoot.Parent = &Table->BalancedRoot;
}

/* ------------------------------------------------------------------------------------------------------- balance -- */

/* The root hangs to the right of the table's own links. */
static PRTL_BALANCED_LINKS *link_to(PRTL_BALANCED_LINKS node)
{
    PRTL_BALANCED_LINKS parent = node->Parent;
    return parent->LeftChild == node ? &parent->LeftChild : &parent->RightChild;
}

static PRTL_BALANCED_LINKS *child(PRTL_BALANCED_LINKS node, bool right)
{
    return right ? &node->RightChild : &node->LeftChild;
}

/* Balance is the depth to the right less the depth to the left. `right`: the right child takes the node's place. */
static PRTL_BALANCED_LINKS rotate(PRTL_BALANCED_LINKS node, bool right)
{
    PRTL_BALANCED_LINKS *link = link_to(node);
    PRTL_BALANCED_LINKS up = *child(node, right);
    PRTL_BALANCED_LINKS inner = *child(up, !right);
    up->Parent = node->Parent;
    *link = up;
    *child(up, !right) = node;
    node->Parent = up;
    *child(node, right) = inner;
    if (inner != NULL) {
        inner->Parent = node;
    }
    return up;
}

/* The node is two deeper on one side. Returns what stands in its place; `*shorter`: the tree below that lost a level. */
static PRTL_BALANCED_LINKS restore(PRTL_BALANCED_LINKS node, bool right, bool *shorter)
{
    CHAR heavy = right ? 1 : -1;
    PRTL_BALANCED_LINKS up = *child(node, right);
    *shorter = up->Balance != 0;
    if (up->Balance == heavy || up->Balance == 0) {
        node->Balance = up->Balance == 0 ? heavy : 0;
        up->Balance = up->Balance == 0 ? (CHAR)-heavy : 0;
        return rotate(node, right);
    }
    PRTL_BALANCED_LINKS inner = *child(up, !right);
    CHAR balance = inner->Balance;
    rotate(up, !right);
    rotate(node, right);
    node->Balance = balance == heavy ? (CHAR)-heavy : 0;
    up->Balance = balance == -heavy ? heavy : 0;
    inner->Balance = 0;
    return inner;
}

static void rise_after_insert(PRTL_AVL_TABLE table, PRTL_BALANCED_LINKS node)
{
    while (node->Parent != &table->BalancedRoot) {
        PRTL_BALANCED_LINKS parent = node->Parent;
        bool right = parent->RightChild == node;
        parent->Balance = (CHAR)(parent->Balance + (right ? 1 : -1));
        if (parent->Balance == 0) {
            return;
        }
        if (parent->Balance == 2 || parent->Balance == -2) {
            bool shorter;
            restore(parent, right, &shorter);
            return;
        }
        node = parent;
    }
}

/* The side of `parent` has lost a level. */
static void rise_after_delete(PRTL_AVL_TABLE table, PRTL_BALANCED_LINKS parent, bool right)
{
    while (parent != &table->BalancedRoot) {
        PRTL_BALANCED_LINKS node = parent;
        node->Balance = (CHAR)(node->Balance + (right ? -1 : 1));
        if (node->Balance == 1 || node->Balance == -1) {
            return;
        }
        if (node->Balance != 0) {
            bool shorter;
            node = restore(node, !right, &shorter);
            if (!shorter) {
                return;
            }
        }
        parent = node->Parent;
        right = parent->RightChild == node;
    }
}

/* -------------------------------------------------------------------------------------------------------- lookup -- */

/* The node that equals the buffer, or the last one on the way to where it would stand; `*result` tells which. */
static PRTL_BALANCED_LINKS find(PRTL_AVL_TABLE table, PVOID buffer, TABLE_SEARCH_RESULT *result, uintptr_t site)
{
    PRTL_BALANCED_LINKS node = visit(table->BalancedRoot.RightChild, site);
    PRTL_BALANCED_LINKS last = NULL;
    *result = TableEmptyTree;
    while (node != NULL) {
        RTL_GENERIC_COMPARE_RESULTS order = table->CompareRoutine(table, buffer, element_of(node));
        last = node;
        if (order == GenericEqual) {
            *result = TableFoundNode;
            break;
        }
        *result = order == GenericLessThan ? TableInsertAsLeft : TableInsertAsRight;
        node = visit(*child(node, order != GenericLessThan), site);
    }
    return last;
}

PVOID RtlLookupElementGenericTableFullAvl(PRTL_AVL_TABLE Table, PVOID Buffer, PVOID *NodeOrParent,
                                          TABLE_SEARCH_RESULT *SearchResult)
{
    TABLE_SEARCH_RESULT result;
    touch_table(Table, false, SITE);
    PRTL_BALANCED_LINKS node = find(Table, Buffer, &result, SITE);
    touch(NodeOrParent, sizeof *NodeOrParent, true, SITE);
    touch(SearchResult, sizeof *SearchResult, true, SITE);
    *NodeOrParent = node;
    *SearchResult = result;
    return result == TableFoundNode ? element_of(node) : NULL;
}

PVOID RtlLookupElementGenericTableAvl(PRTL_AVL_TABLE Table, PVOID Buffer)
{
    TABLE_SEARCH_RESULT result;
    touch_table(Table, false, SITE);
    PRTL_BALANCED_LINKS node = find(Table, Buffer, &result, SITE);
    return result == TableFoundNode ? element_of(node) : NULL;
}

/* ------------------------------------------------------------------------------------------------ insert, delete -- */

static PVOID insert(PRTL_AVL_TABLE table, PVOID buffer, ULONG size, PBOOLEAN added, PRTL_BALANCED_LINKS parent,
                    TABLE_SEARCH_RESULT result, uintptr_t site)
{
    bool is_new = result != TableFoundNode;
    PRTL_BALANCED_LINKS node = parent;
    if (is_new) {
        node = table->AllocateRoutine(table, (ULONG)sizeof *node + size);
    }
    if (added != NULL) {
        touch(added, sizeof *added, true, site);
        *added = is_new && node != NULL;
    }
    if (!is_new || node == NULL) {
        return element_of(node);
    }
    touch(buffer, size, false, site);
    touch(node, sizeof *node + size, true, site);
    *node = (RTL_BALANCED_LINKS){.Parent = result == TableEmptyTree ? &table->BalancedRoot : parent};
    __builtin_memcpy(element_of(node), buffer, size);
    *child(node->Parent, result != TableInsertAsLeft) = node;
    table->NumberGenericTableElements++;
    table->WhichOrderedElement = 0;
    rise_after_insert(table, node);
    return element_of(node);
}

PVOID RtlInsertElementGenericTableAvl(PRTL_AVL_TABLE Table, PVOID Buffer, ULONG BufferSize, PBOOLEAN NewElement)
{
    TABLE_SEARCH_RESULT result;
    touch_table(Table, true, SITE);
    PRTL_BALANCED_LINKS parent = find(Table, Buffer, &result, SITE);
    return insert(Table, Buffer, BufferSize, NewElement, parent, result, SITE);
}

PVOID RtlInsertElementGenericTableFullAvl(PRTL_AVL_TABLE Table, PVOID Buffer, ULONG BufferSize, PBOOLEAN NewElement,
                                          PVOID NodeOrParent, TABLE_SEARCH_RESULT SearchResult)
{
    touch_table(Table, true, SITE);
    return insert(Table, Buffer, BufferSize, NewElement, NodeOrParent, SearchResult, SITE);
}

/* The node beside another in the order of the table: the one after it, or the one before. */
static PRTL_BALANCED_LINKS neighbour(PRTL_AVL_TABLE table, PRTL_BALANCED_LINKS node, bool after, uintptr_t site)
{
    if (*child(node, after) != NULL) {
        node = visit(*child(node, after), site);
        while (*child(node, !after) != NULL) {
            node = visit(*child(node, !after), site);
        }
        return node;
    }
    while (node->Parent != &table->BalancedRoot && *child(node->Parent, after) == node) {
        node = visit(node->Parent, site);
    }
    return node->Parent == &table->BalancedRoot ? NULL : visit(node->Parent, site);
}

/* Puts `other` where `node` stands, with all of its links. */
static void take_place(PRTL_BALANCED_LINKS node, PRTL_BALANCED_LINKS other)
{
    *link_to(node) = other;
    *other = *node;
    if (other->LeftChild != NULL) {
        other->LeftChild->Parent = other;
    }
    if (other->RightChild != NULL) {
        other->RightChild->Parent = other;
    }
}

static void unlink_node(PRTL_AVL_TABLE table, PRTL_BALANCED_LINKS node, uintptr_t site)
{
    PRTL_BALANCED_LINKS gone = node->LeftChild != NULL && node->RightChild != NULL ? neighbour(table, node, true, site) : node;
    PRTL_BALANCED_LINKS below = gone->LeftChild != NULL ? gone->LeftChild : gone->RightChild;
    PRTL_BALANCED_LINKS parent = gone->Parent;
    bool right = parent->RightChild == gone;
    *link_to(gone) = below;
    if (below != NULL) {
        below->Parent = parent;
    }
    if (gone != node) {
        take_place(node, gone);
        parent = parent == node ? gone : parent;
    }
    rise_after_delete(table, parent, right);
}

BOOLEAN RtlDeleteElementGenericTableAvl(PRTL_AVL_TABLE Table, PVOID Buffer)
{
    TABLE_SEARCH_RESULT result;
    touch_table(Table, true, SITE);
    PRTL_BALANCED_LINKS node = find(Table, Buffer, &result, SITE);
    if (result != TableFoundNode) {
        return FALSE;
    }
    if (Table->RestartKey == node) {
        Table->RestartKey = neighbour(Table, node, false, SITE); /* so that an enumeration goes on behind it */
    }
    unlink_node(Table, node, SITE);
    Table->NumberGenericTableElements--;
    Table->DeleteCount++;
    Table->WhichOrderedElement = 0;
    Table->FreeRoutine(Table, node);
    return TRUE;
}

/* --------------------------------------------------------------------------------------------------- enumeration -- */

static PRTL_BALANCED_LINKS first_of(PRTL_AVL_TABLE table, uintptr_t site)
{
    PRTL_BALANCED_LINKS node = visit(table->BalancedRoot.RightChild, site);
    while (node != NULL && node->LeftChild != NULL) {
        node = visit(node->LeftChild, site);
    }
    return node;
}

/* `key` is the node that was given out last, or NULL. */
static PVOID enumerate(PRTL_AVL_TABLE table, PRTL_BALANCED_LINKS *key, uintptr_t site)
{
    *key = *key == NULL ? first_of(table, site) : neighbour(table, visit(*key, site), true, site);
    return element_of(*key);
}

PVOID RtlEnumerateGenericTableAvl(PRTL_AVL_TABLE Table, BOOLEAN Restart)
{
    touch_table(Table, true, SITE);
    if (Restart) {
        Table->RestartKey = NULL;
    }
    return enumerate(Table, &Table->RestartKey, SITE);
}

PVOID RtlEnumerateGenericTableWithoutSplayingAvl(PRTL_AVL_TABLE Table, PVOID *RestartKey)
{
    touch_table(Table, false, SITE);
    touch(RestartKey, sizeof *RestartKey, true, SITE);
    PRTL_BALANCED_LINKS key = *RestartKey;
    PVOID element = enumerate(Table, &key, SITE);
    *RestartKey = key;
    return element;
}

PVOID RtlGetElementGenericTableAvl(PRTL_AVL_TABLE Table, ULONG I)
{
    touch_table(Table, false, SITE);
    if (I >= Table->NumberGenericTableElements) {
        return NULL;
    }
    PRTL_BALANCED_LINKS node = first_of(Table, SITE);
    for (ULONG i = 0; i < I && node != NULL; i++) {
        node = neighbour(Table, node, true, SITE);
    }
    return element_of(node);
}

ULONG RtlNumberGenericTableElementsAvl(PRTL_AVL_TABLE Table)
{
    touch_table(Table, false, SITE);
    return Table->NumberGenericTableElements;
}

BOOLEAN RtlIsGenericTableEmptyAvl(PRTL_AVL_TABLE Table)
{
    touch_table(Table, false, SITE);
    return Table->NumberGenericTableElements == 0;
}
