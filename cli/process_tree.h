/* process_tree.h - all processes below one, their memory, and their end. */
#ifndef CLI_PROCESS_TREE_H
#define CLI_PROCESS_TREE_H

#include <stdint.h>
#include <sys/types.h>

struct process_tree {
    uint32_t processes; /* below the root, which is not counted */
    uint64_t memory;    /* bytes that they occupy, without what they share with files and each other */
};

struct process_tree process_tree_look(pid_t root);

/* Sends the signal to every process below the root. Returns how many there are. */
uint32_t process_tree_signal(pid_t root, int signal);

#endif
