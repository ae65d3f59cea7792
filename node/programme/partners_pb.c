/* SPDX-License-Identifier: Apache-2.0 */
#include "pb/registry.pb-c.h"

#include <stdarg.h>
#include <stdio.h>

#include "programme/days.h"
#include "programme/partners.h"

static bool is(const char *a, const char *b)
{
	return strcmp(a, b) == 0;
}

/* ---- needs */
const char *need_state_name(enum need_state s)
{
	static const char *const names[] = {"open",   "past-deadline", "expired",
					    "filled", "closed",	       "withdrawn"};

	return names[s];
}

/* A day that a record names is over; one that it does not name never is. */
static bool is_over(const char *day, int64_t today)
{
	return day[0] && day_number(day) < today;
}

enum need_state need_state_on(const Ims__Registry__Need *m, int64_t day)
{
	if (!m)
		return NEED_WITHDRAWN;
	if (is(m->state, "filled"))
		return NEED_FILLED;
	if (!is(m->state, "open"))
		return NEED_CLOSED;
	if (is_over(m->expiry, day))
		return NEED_EXPIRED;
	return is_over(m->deadline, day) ? NEED_PAST_DEADLINE : NEED_OPEN;
}

bool need_wants_region(const Ims__Registry__Need *m, const char *region, const struct reference *reference)
{
	for (size_t i = 0; i < m->n_regions; i++)
		if (is(m->regions[i], region))
			return true;
	for (size_t i = 0; i < m->n_countries; i++)
		if (bytes_eq_text(reference_get(reference, "countries", bytes_of(m->countries[i]), "region"),
				  region))
			return true;
	return m->n_regions == 0 && m->n_countries == 0;
}

/* ---- interests */
bool interest_is_of_same(const Ims__Registry__Interest *a, const Ims__Registry__Interest *b)
{
	if (a->organisation[0] || b->organisation[0])
		return is(a->organisation, b->organisation);
	return is(a->name, b->name);
}

/* The state of its need in which it came, if that leaves it without effect; NEED_OPEN: it does not. The need
 * as it is now is looked at for the day of the interest: one that was renewed since takes what came in
 * between. */
static enum need_state void_state(const struct interest_said *s)
{
	enum need_state then;

	if (!s->need_time_ms)
		return NEED_OPEN; /* not here yet */
	then = need_state_on(s->need, day_of_ms(s->time_ms));
	return need_is_over(then) && s->time_ms <= s->need_time_ms ? NEED_OPEN : then;
}

bool interest_is_void(const struct interest_said *s)
{
	return void_state(s) != NEED_OPEN;
}

/* NULL: it has effect. */
static const char *why_void(const struct interest_said *s, struct arena *a)
{
	enum need_state then = void_state(s);

	if (then == NEED_OPEN)
		return NULL;
	if (then == NEED_EXPIRED)
		return arena_printf(a, "it came after the need had expired, on %s", s->need->expiry);
	if (then == NEED_PAST_DEADLINE)
		return arena_printf(a, "it came after the need's deadline, %s", s->need->deadline);
	return arena_printf(a, "it came when the need was %s already", need_state_name(then));
}

static void set_due(struct interest_now *n, const char *what, int64_t day, int64_t today)
{
	if (day == INT64_MIN)
		return;
	n->due_for = what;
	n->due = day;
	n->late_days = today > day ? today - day : 0;
}

static void judge_waiting(const struct interest_said *s, int64_t today, struct interest_now *n)
{
	int64_t by = s->m->answer_by[0] ? day_number(s->m->answer_by)
					: day_of_ms(s->time_ms) + INTEREST_ANSWER_DAYS;

	n->state = "waiting";
	if (s->need_time_ms && need_is_over(need_state_on(s->need, today)))
		n->remark = "the need is over: nobody waits for an answer any more";
	else
		set_due(n, "answer", by, today);
	if (!s->need_time_ms)
		n->remark = "the need has not come yet";
}

static void judge_answered(const struct interest_said *s, int64_t today, struct interest_now *n)
{
	const Ims__Registry__InterestAnswer *m = s->answer;

	n->state = m->decision;
	if (is(m->decision, "accepted") && m->meet_by[0] &&
	    !(s->need_time_ms && need_is_over(need_state_on(s->need, today))))
		set_due(n, "meeting", day_number(m->meet_by), today);
}

int interest_judge(const struct interest_said *s, int64_t today, struct arena *a, struct interest_now *ret)
{
	const char *why = why_void(s, a);

	*ret = (struct interest_now){.state = "", .due_for = "", .due = INT64_MIN, .remark = ""};
	if (s->answer) { /* whoever answers has seen when it came */
		judge_answered(s, today, ret);
		if (why)
			ret->remark = why;
	} else if (why) {
		ret->state = "void";
		ret->remark = why;
	} else if (s->is_superseded) {
		ret->state = "superseded";
		ret->remark = "a later interest of the same organisation takes its place";
	} else {
		judge_waiting(s, today, ret);
	}
	return arena_failed(a) ? IMS_E_NOMEM : 0;
}

/* ---- at the origin */
static void wrong(struct buf *problems, const char *pointer, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
static void wrong(struct buf *problems, const char *pointer, const char *fmt, ...)
{
	char text[200];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	buf_printf(problems, "%s: %s\n", pointer, text);
}

static void check_need_days(const Ims__Registry__Need *m, int64_t today, struct buf *problems)
{
	int64_t most = day_months_after(today, NEED_MONTHS_MAX);
	char day[DAY_BYTES];

	if (is_over(m->expiry, today))
		wrong(problems, "/expiry", "%s is over: a need is shown until a day that is still to come",
		      m->expiry);
	else if (day_number(m->expiry) > most)
		wrong(problems, "/expiry",
		      "at most %d months ahead, until %s: then it is renewed, if it still holds",
		      NEED_MONTHS_MAX, day_text(most, day));
	if (is_over(m->deadline, today))
		wrong(problems, "/deadline", "%s is over: name a later day, or none", m->deadline);
	else if (m->deadline[0] && day_number(m->deadline) > day_number(m->expiry))
		wrong(problems, "/deadline", "%s is behind the expiry, %s: until then it is shown",
		      m->deadline, m->expiry);
}

static void check_anonymous(const Ims__Registry__Need *m, const Ims__Registry__Need *before,
			    const char *owner, struct buf *problems)
{
	if (owner && before)
		wrong(problems, "/anonymous", "whose a need is, is said when it is published");
	else if (owner && !m->anonymous)
		wrong(problems, "/anonymous", "only of an anonymous need the initiative is kept apart");
	else if (m->anonymous && !before && !owner)
		wrong(problems, "/anonymous",
		      "whose it is has to be kept for the home alone: 'ims need publish INITIATIVE "
		      "--anonymous' does "
		      "that");
	else if (m->anonymous && before && !before->anonymous)
		wrong(problems, "/anonymous",
		      "its earlier revisions name the initiative, and stay: publish a new need");
}

void need_gate(const Ims__Registry__Need *m, const Ims__Registry__Need *before, const char *owner,
	       int64_t today, struct buf *problems)
{
	bool open = is(m->state, "open");

	check_anonymous(m, before, owner, problems);
	if (!before && !open)
		wrong(problems, "/state", "a new need is 'open', not '%s'", m->state);
	if (before && !is(before->state, "open") && open)
		wrong(problems, "/state", "it is %s, for good: publish a new need", before->state);
	if (open && (!before || !is(before->expiry, m->expiry) || !is(before->deadline, m->deadline)))
		check_need_days(m, today, problems);
}

void interest_gate(const Ims__Registry__Interest *m, const Ims__Registry__Need *need, int64_t today,
		   struct buf *problems)
{
	enum need_state s = need_state_on(need, today);
	const char *id = m->need->record;

	if (need_is_over(s))
		wrong(problems, "/need/record", "%s is %s: its region looks for nobody any more", id,
		      need_state_name(s));
	else if (s == NEED_EXPIRED)
		wrong(problems, "/need/record", "%s has expired on %s; its secretariat may renew it", id,
		      need->expiry);
	else if (s == NEED_PAST_DEADLINE)
		wrong(problems, "/need/record",
		      "the deadline of %s was %s; its secretariat may set a later one", id, need->deadline);
	if (is_over(m->answer_by, today))
		wrong(problems, "/answer_by", "%s is over", m->answer_by);
}

void answer_gate(const Ims__Registry__InterestAnswer *m, const Ims__Registry__InterestAnswer *before,
		 const Ims__Registry__Need *need, const char *owner, int64_t today, struct buf *problems)
{
	bool accepts = is(m->decision, "accepted");

	if (before && is(before->decision, "accepted"))
		wrong(problems, "/interest/record", "it is accepted already, and the owner told");
	if (accepts && !need)
		wrong(problems, "/decision", "the need is withdrawn: nobody is accepted any more");
	else if (accepts && !m->initiative[0])
		wrong(problems, "/initiative", "required: whoever is accepted is told whose the need is");
	else if (accepts && !owner[0])
		wrong(problems, "/initiative",
		      "whose the need is, is not known here: a record of kind owner says it");
	else if (accepts && !is(m->initiative, owner))
		wrong(problems, "/initiative", "the need is of %s", owner);
	if (accepts && !m->contact[0])
		wrong(problems, "/contact", "required: whoever is accepted is told whom to turn to");
	if (!accepts && m->contact[0] && need && need->anonymous)
		wrong(problems, "/contact",
		      "told with the decision 'accepted' alone: the owner wishes not to be known before");
	if (!accepts && !m->n_reason)
		wrong(problems, "/reason",
		      "required with the decision '%s': the other side reads nothing else", m->decision);
	if (is_over(m->meet_by, today))
		wrong(problems, "/meet_by", "%s is over", m->meet_by);
}
