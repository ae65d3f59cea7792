/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What happened in the rough part of a run, one step after the other. A step holds all that chance
 * decided about it, so that a schedule from which steps were taken away still runs: what a step
 * needs and does not find, it leaves. That is what makes a failing run short (minimise.c).
 */
#ifndef SIM_SCHEDULE_H
#define SIM_SCHEDULE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

enum act {
#define ACT(NAME, word, legend) ACT_##NAME,
#include "sim/acts.def"
#undef ACT
	ACT_COUNT
};

enum fault_kind {
#define FAULT(NAME, word, percent, legend) FAULT_##NAME,
#include "sim/faults.def"
#undef FAULT
	FAULT_COUNT
};

struct step {
	enum act act;
	enum fault_kind kind; /* of ACT_FAULT */
	unsigned a, b;	      /* hosts; of a frame: from b to a */
	unsigned n;	      /* how many writes, jobs, news */
	unsigned us;	      /* that pass before it */
	uint64_t seed;	      /* of what chance decides within it */
};

struct schedule {
	uint64_t seed;	/* of the run: who takes part, and how all is mended at the end */
	unsigned nodes; /* as they were given, 0: the seed decides */
	struct step *step;
	size_t n, capacity;
};

void schedule_add(struct schedule *s, const struct step *step);
void schedule_fini(struct schedule *s);

/* Text, a step a line: ACT KIND A B N MICROSECONDS SEED. */
void schedule_print(const struct schedule *s, FILE *out);
void step_print(const struct step *t, FILE *out);
/* False, and *ret_line, when a line is none. The schedule is empty before. */
bool schedule_read(FILE *in, struct schedule *ret, unsigned *ret_line);

const char *act_word(enum act act);
const char *fault_word(enum fault_kind kind);

#endif
