/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The five steps of the programme (S0) as a checklist with evidence: of each whether it is met, by which
 * records, what is missing, and who can do what next. A function of a case, the reference lists and the day
 * on which it is asked; needs no state of its own.
 */
#ifndef PROGRAMME_STEPS_H
#define PROGRAMME_STEPS_H

#include "programme/case.h"

#define STEPS_COUNT 5
#define STEPS_USD_HUNDREDTHS INT64_C(100000000)	/* S0: "typically equivalent to a USD 1 million investment" */
#define STEPS_MONTHS 24				/* S0: "a runtime of two or more years" */

enum step_verdict { STEP_NOT, STEP_MET, STEP_WAIVED };

enum step_line_kind {
	STEP_EVIDENCE,	/* what speaks for it */
	STEP_MISSING,	/* what it lacks */
	STEP_NEXT,	/* who can do what */
	STEP_REMARK,	/* what a reader should know */
};

struct step_line {
	enum step_line_kind kind;
	const char *text;
	const char *record;	/* id, or "" */
	struct step_line *next;
};

struct step {
	const char *id, *title;	/* steps.def */
	bool may_be_waived;
	enum step_verdict verdict;
	struct step_line *lines;
};

struct steps {
	struct step step[STEPS_COUNT];
	bool all;		/* met or waived, each */
	unsigned state;		/* of the initiative; 0: not known */
	const char *state_why;	/* why it is not known */
};

/* Rows of steps.def. */
struct step_info {
	const char *id, *title;
	bool may_be_waived;
};
extern const struct step_info step_infos[STEPS_COUNT];
const char *step_verdict_name(enum step_verdict v);		/* "met", "not-met", "waived" */
const char *step_line_kind_name(enum step_line_kind kind);	/* "evidence", … */

/* `now_ms` is the instant for which it is asked. Memory is the arena's: IMS_E_NOMEM, IMS_E_LIMIT. */
IMS_MUST_CHECK int steps_check(const struct programme_case *c, const struct reference *ref, int64_t now_ms,
			       struct arena *a, struct steps *ret);

/* ---- money: the second step, and whoever wants to compare */
/* An amount in US dollars, by the newest rate in the list exchange-rates that is not after the day. What was
 * used goes to *ret_rate, in the arena ("1 USD = 0.92 EUR on 2024-07-01"). Errors: IMS_E_NOT_FOUND (no rate
 * of that currency so early), IMS_E_RANGE. */
IMS_MUST_CHECK int money_in_usd(const struct reference *ref, int64_t hundredths, const char *currency, const char *day,
				struct arena *a, int64_t *ret_hundredths, const char **ret_rate);

/* ---- pages: the third step, and whoever writes a description */
struct Ims__Registry__Description;
struct Ims__Registry__Template;
struct page_measure {
	uint64_t lines, pages;
	unsigned pages_max;
	const char *missing[32];	/* ids of required sections without text */
	size_t n_missing;
	const char *unknown[32];	/* ids of sections that the template has not */
	size_t n_unknown;
};
/* Laid out on the template, in its order; each line of the layout is handed to `line` (may be NULL). */
void description_measure(const struct Ims__Registry__Template *t, const struct Ims__Registry__Description *d,
			 void (*line)(void *ctx, struct bytes line), void *ctx, struct page_measure *ret);

#endif
