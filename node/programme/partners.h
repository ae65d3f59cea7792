/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How partners are sought: what a need is worth on a day, where an interest stands, and what an origin asks before it
 * writes one of them. Pure. "Expired", "late" and "due" are asked for a day (inv. 7); days are UTC's, and a day that
 * is named is in it.
 *
 *   need      open ── deadline is over ──> past-deadline ── expiry is over ──> expired ── renewed ──> open
 *               └── filled, closed, withdrawn: for good
 *   interest  waiting ── accepted | declined | more-information        (the newest answer says)
 *               ├── a later one of the same organisation in the same need, which is not void ──> superseded
 *               └── came behind the deadline, or when the need was over ──> void
 *
 * A declined interest may still be accepted; an accepted one stays so, for the owner is told.
 */
#ifndef PROGRAMME_PARTNERS_H
#define PROGRAMME_PARTNERS_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/arena.h"
#include "ims/err.h"
#include "registry/registry.h"

#define NEED_MONTHS_MAX 12	/* that a need is shown, and renewed for: what is sought changes within a year */
#define INTEREST_ANSWER_DAYS 30 /* for an answer, when the interest names no day */

struct Ims__Registry__Need;
struct Ims__Registry__Interest;
struct Ims__Registry__InterestAnswer;

enum need_state {
	NEED_OPEN,
	NEED_PAST_DEADLINE,
	NEED_EXPIRED,
	NEED_FILLED,
	NEED_CLOSED,
	NEED_WITHDRAWN,		/* or not to be read: it has no payload */
};
const char *need_state_name(enum need_state s);	/* "past-deadline" */
/* NULL: its record is not live. */
enum need_state need_state_on(const struct Ims__Registry__Need *m, int64_t day);
static inline bool need_is_over(enum need_state s)
{
	return s >= NEED_FILLED;
}
/* Is a partner from this region looked for? By regions and countries, or any when it names none. `reference` gives a
 * country's region. */
bool need_wants_region(const struct Ims__Registry__Need *m, const char *region, const struct reference *reference);

/* ---- where an interest stands */
struct interest_said {
	const struct Ims__Registry__Interest *m;
	int64_t time_ms;				/* of its entry */
	bool is_superseded;				/* as interest_is_of_same() and interest_is_void() say */
	const struct Ims__Registry__InterestAnswer *answer; /* the newest one; NULL: none */
	const struct Ims__Registry__Need *need;		/* its newest revision; NULL: not live */
	int64_t need_time_ms;				/* of that revision; 0: the need is not here */
};
struct interest_now {
	const char *state;	/* "waiting", "accepted", "declined", "more-information", "superseded", "void" */
	const char *due_for;	/* "answer", "meeting"; "" nothing */
	int64_t due;		/* day; INT64_MIN: none */
	int64_t late_days;	/* 0: not late */
	const char *remark;	/* in words; "" none. In the arena or static */
};
/* IMS_E_NOMEM. */
IMS_MUST_CHECK int interest_judge(const struct interest_said *s, int64_t today, struct arena *a,
				  struct interest_now *ret);
/* Did it come too late for its need, or when that was over? `answer` and `is_superseded` are not looked at. */
bool interest_is_void(const struct interest_said *s);
/* Do two interests come from the same organisation? They are of one region and one need. */
bool interest_is_of_same(const struct Ims__Registry__Interest *a, const struct Ims__Registry__Interest *b);

/* ---- at the origin: a line "<JSON pointer>: <what>" for each thing that is wrong, into `problems` */
/* `before`: the revision that is there, NULL of a new one. `owner`: the initiative that is kept beside it, or NULL. */
void need_gate(const struct Ims__Registry__Need *m, const struct Ims__Registry__Need *before, const char *owner,
	       int64_t today, struct buf *problems);
/* `need`: as it stands here; NULL: its record is not live. */
void interest_gate(const struct Ims__Registry__Interest *m, const struct Ims__Registry__Need *need, int64_t today,
		   struct buf *problems);
/* `before`: the newest answer; NULL: none. `need`: NULL when its record is not live. `owner`: the initiative whose the
 * need is; "" not known here. */
void answer_gate(const struct Ims__Registry__InterestAnswer *m, const struct Ims__Registry__InterestAnswer *before,
		 const struct Ims__Registry__Need *need, const char *owner, int64_t today, struct buf *problems);

#endif
