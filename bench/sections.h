/* sections.h - the parts of the benchmark. Each measures its own and adds its rows to the table. */
#ifndef BENCH_SECTIONS_H
#define BENCH_SECTIONS_H

#include <stdint.h>

void bench_scheduler(void); /* what a scheduling point, a switch, a reset cost; executions of a bare program */
void bench_lock(void);      /* executions of the lock with all oracles */
void bench_drivers(void);   /* executions of whole drivers, with all judges */
void bench_races(void);     /* what looking for data races costs */
void bench_replays(void);   /* replays, read and run */
void bench_engines(void);   /* libFuzzer and AFL++ on our targets, libFuzzer on an empty one */
void bench_peers(void);     /* the same program elsewhere */
void bench_feedback(void);  /* executions until each mutant is found, with interleaving feedback and without */

/* How often bench_feedback repeats each search. */
extern uint32_t feedback_rounds;

#endif
