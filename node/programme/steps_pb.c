/* SPDX-License-Identifier: Apache-2.0 */
/* The frame of the checklist: each step in turn, and waivers. */
#include "pb/registry.pb-c.h"

#include <stdarg.h>
#include <stdio.h>

#include "programme/days.h"
#include "programme/steps_int.h"

#define LINE_BYTES 600

const struct step_info step_infos[STEPS_COUNT] = {
#define STEP(function, id_, may_be_waived_, title_)                                                          \
	{.id = id_, .title = title_, .may_be_waived = may_be_waived_},
#include "programme/steps.def"
#undef STEP
};

typedef void step_fn(struct step_check *k);
static step_fn *const functions[STEPS_COUNT] = {
#define STEP(function, id, may_be_waived, title) step_##function,
#include "programme/steps.def"
#undef STEP
};

const char *step_verdict_name(enum step_verdict v)
{
	static const char *const names[] = {"not-met", "met", "waived"};

	return names[v];
}

const char *step_line_kind_name(enum step_line_kind kind)
{
	static const char *const names[] = {"evidence", "missing", "next", "remark"};

	return names[kind];
}

void step_say(struct step_check *k, enum step_line_kind kind, const char *record, const char *fmt, ...)
{
	struct step_line *line;
	char text[LINE_BYTES] = "there is more than is shown here";
	va_list args;

	if (kind != STEP_NEXT && k->n_lines++ > STEP_LINES_MAX)
		return;
	line = arena_alloc(k->arena, sizeof(*line));
	if (kind == STEP_NEXT || k->n_lines <= STEP_LINES_MAX) {
		va_start(args, fmt);
		vsnprintf(text, sizeof(text), fmt, args);
		va_end(args);
	}
	if (!line)
		return;
	*line = (struct step_line){
		.kind = kind,
		.text = arena_text(k->arena, bytes_of(text)),
		.record = record ? arena_text(k->arena, bytes_of(record)) : "",
	};
	*k->last = line;
	k->last = &line->next;
}

/* A coach of the home has let it be. */
static void look_for_waiver(struct step_check *k)
{
	for (const struct case_entry *e = NULL; (e = case_next_live(k->c, "waiver", e)) != NULL; e++) {
		const Ims__Registry__Waiver *w = (const Ims__Registry__Waiver *)e->m;

		if (strcmp(w->step, k->step->id) != 0 || strcmp(e->region, k->c->home) != 0)
			continue;
		k->step->verdict = STEP_WAIVED;
		step_say(k, STEP_EVIDENCE, e->record, "waived: %s", case_text(w->reason, w->n_reason));
		return;
	}
}

/* Why there is nothing to check. */
static const char *unknown_why(const struct programme_case *c)
{
	const struct case_entry *e = case_initiative(c);

	if (!e)
		return "the initiative is not here";
	switch (e->state) {
	case CASE_WANTED:
		return "its payload has not come yet";
	case CASE_WITHDRAWN:
		return "the record is withdrawn";
	case CASE_ERASED:
		return "its payload is erased";
	case CASE_INVALID:
		return e->reason;
	case CASE_LIVE:
		break;
	}
	return NULL;
}

static void check_step(struct step_check *k, size_t i)
{
	k->last = &k->step->lines;
	k->n_lines = 0;
	if (!k->m) {
		step_say(k, STEP_MISSING, NULL, "%s", unknown_why(k->c));
		return;
	}
	functions[i](k);
	if (k->step->verdict == STEP_NOT && k->step->may_be_waived)
		look_for_waiver(k);
	if (k->step->verdict == STEP_NOT && k->step->may_be_waived)
		step_say(k, STEP_NEXT, NULL, "or a coach of %s waives it, with the reason", k->c->home);
}

int steps_check(const struct programme_case *c, const struct reference *ref, int64_t now_ms, struct arena *a,
		struct steps *ret)
{
	const struct case_entry *e = case_initiative(c);
	struct steps s = {.all = true, .state_why = unknown_why(c)};
	struct step_check k = {.c = c, .ref = ref, .arena = a, .today = day_of_ms(now_ms)};

	if (e && e->state == CASE_LIVE) {
		k.entry = e;
		k.m = (const Ims__Registry__Initiative *)e->m;
	}
	if (case_state_before(c, NULL, &s.state))
		s.state = 0;
	for (size_t i = 0; i < STEPS_COUNT; i++) {
		s.step[i] = (struct step){
			.id = step_infos[i].id,
			.title = step_infos[i].title,
			.may_be_waived = step_infos[i].may_be_waived,
		};
		k.step = &s.step[i];
		check_step(&k, i);
		s.all &= s.step[i].verdict != STEP_NOT;
	}
	if (arena_failed(a))
		return arena_error(a);
	*ret = s;
	return 0;
}
