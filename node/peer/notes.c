/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Journal rows about sessions. Who comes, and how often, is for others to decide, and a row is for
 * ever: each region has a budget of rows, all strangers together have one, all clients have one.
 * What is left out is counted in the next row that is written (inv. 11).
 */
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "peer/node_int.h"

#define NOTE_BURST 200	   /* rows at once */
#define NOTE_EVERY_MS 2000 /* then one each */
#define NOTE_DETAIL_BYTES 300

/* Takes a row from the budget. */
static bool budget_take(struct note_budget *b, struct mono now)
{
	int64_t back = mono_ms_between(b->since, now) / NOTE_EVERY_MS;

	if (back >= b->used) {
		b->used = 0;
		b->since = now;
	} else {
		b->used -= (unsigned)back;
		b->since = mono_plus_ms(b->since, back * NOTE_EVERY_MS);
	}
	if (b->used >= NOTE_BURST) {
		b->left_out++;
		return false;
	}
	b->used++;
	return true;
}

static struct note_budget *budget_of(struct session *s)
{
	struct dial *d = s->region[0] ? dial_find(s->node, s->region) : NULL;

	return d ? &d->notes : s->kind == SESSION_CLIENT ? &s->node->client_notes : &s->node->stranger_notes;
}

/* A text that was cut, perhaps within a character, or that is none. */
static size_t text_bytes(const char *text)
{
	size_t n = strnlen(text, NOTE_DETAIL_BYTES), cut = 0;

	while (n && cut < 4 && !utf8_is_text(BYTES(text, n))) {
		n--;
		cut++;
	}
	return cut < 4 ? n : 0;
}

static void note(struct node *n, struct note_budget *b, enum journal_event ev, const char *peer,
		 const char *origin, uint64_t bytes, int err, const char *text, const char *session)
{
	char detail[NOTE_DETAIL_BYTES + 80];
	int text_n = (int)text_bytes(text);

	if (!budget_take(b, loop_now(n->o.loop)))
		return;
	if (b->left_out)
		snprintf(detail, sizeof(detail), "%.*s%sand %llu rows before this one that were left out",
			 text_n, text, text_n ? "; " : "", (unsigned long long)b->left_out);
	else
		snprintf(detail, sizeof(detail), "%.*s", text_n, text);
	b->left_out = 0;
	bridge_note(n->bridge, ev, peer, origin, 0, 0, bytes, err, detail, session);
}

bool session_may_say(struct session *s)
{
	const struct note_budget *b = budget_of(s);

	return b->used < NOTE_BURST;
}

void session_note(struct session *s, enum journal_event ev, const char *peer, const char *origin,
		  uint64_t bytes, int err, const char *text)
{
	note(s->node, budget_of(s), ev, peer, origin, bytes, err, text, s->id);
}

void node_note_refused(struct node *n, const struct client *c, uint64_t bytes, int err, const char *text)
{
	const struct session *s = session_find(n, c->session);

	note(n, &n->client_notes, JOURNAL_REFUSED, c->name, "", bytes, err, text, s ? s->id : "");
}
