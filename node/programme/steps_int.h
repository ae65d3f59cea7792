/* SPDX-License-Identifier: Apache-2.0 */
/* Shared by the files of the steps: what one is checked with, and its lines. */
#ifndef PROGRAMME_STEPS_INT_H
#define PROGRAMME_STEPS_INT_H

#include "programme/steps.h"

struct step_check {
	const struct programme_case *c;
	const struct case_entry *entry; /* the initiative's, live */
	const struct Ims__Registry__Initiative *m;
	const struct reference *ref;
	int64_t today;
	struct arena *arena;
	struct step *step;
	struct step_line **last;
	unsigned n_lines; /* of the step, without those of who can do what */
};

/* A line more; `record` may be NULL. Past STEP_LINES_MAX only that there are more. */
#define STEP_LINES_MAX 200
void step_say(struct step_check *k, enum step_line_kind kind, const char *record, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));

#define STEP(function, id, may_be_waived, title) void step_##function(struct step_check *k);
#include "programme/steps.def"
#undef STEP

#endif
