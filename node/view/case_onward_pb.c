/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where a merged initiative goes on. Each merge is its own home's word; together they may lead nowhere, or round:
 * two regions may each let theirs go on in the other's at one time. That changes no state: it is told, and whoever
 * wrote one of the records withdraws it.
 */
#include "pb/registry.pb-c.h"

#include <stdio.h>

#include "base/text.h"
#include "view/case.h"

struct onward {
	struct store_txn *txn;
	const struct past_sizes *as_of;
	char seen[CASE_ONWARD_MAX][RECORD_ID_MAX_BYTES + 1];
	size_t n;
	char next[RECORD_ID_MAX_BYTES + 1]; /* "": that is where it ends */
	const char *what;		    /* that one is */
};

/* Where a case goes on, and else what state it is in. */
static void look(struct onward *o, const struct programme_case *c)
{
	const struct case_entry *merge = case_merge(c, NULL);
	unsigned state;
	int err = case_state_before(c, NULL, &state);

	o->next[0] = '\0';
	o->what = err ? "cannot be read yet" : initiative_state_id(state);
	if (merge)
		snprintf(o->next, sizeof(o->next), "%s", ((const Ims__Registry__Merge *)merge->m)->into->record);
}

static bool was_seen(const struct onward *o, const char *id)
{
	for (size_t i = 0; i < o->n; i++)
		if (strcmp(o->seen[i], id) == 0)
			return true;
	return false;
}

/* One further. *ret_end: it is the last one. */
static int step(struct onward *o, bool *ret_end)
{
	const struct case_wish wish = {.as_of = o->as_of};
	struct programme_case c;
	struct errtext why;
	struct arena a;
	int err;

	snprintf(o->seen[o->n++], sizeof(o->seen[0]), "%s", o->next);
	arena_init(&a, CASE_ARENA_BYTES);
	err = case_load(o->txn, bytes_of(o->next), &wish, &a, &c, &why);
	if (!err) {
		look(o, &c);
	} else if (err == IMS_E_NOT_FOUND || err == IMS_E_INVALID || err == IMS_E_SYNTAX) {
		o->next[0] = '\0';
		o->what = "not here (yet)";
		err = 0;
	}
	arena_fini(&a);
	*ret_end = !o->next[0];
	return err;
}

static void put_words(const struct onward *o, bool end, struct errtext *ret)
{
	struct buf b = {0};

	for (size_t i = 1; i < o->n; i++)
		buf_printf(&b, "%s%s", i == 1 ? "it goes on in " : ", that in ", o->seen[i]);
	if (end)
		buf_printf(&b, " (%s)", o->what);
	else if (was_seen(o, o->next))
		buf_printf(&b,
			   ", that in %s: round in a circle; one of their secretariats withdraws its record of "
			   "kind merge",
			   o->next);
	else
		buf_printf(&b, ", and so on");
	errtext_set(ret, 0, "%s", buf_text(&b));
	buf_fini(&b);
}

int case_goes_on(struct store_txn *t, const struct programme_case *c, const struct case_wish *wish,
		 struct errtext *ret)
{
	struct onward o = {.txn = t, .as_of = wish ? wish->as_of : NULL};
	bool end = false;
	int err = 0;

	ret->text[0] = '\0';
	look(&o, c);
	if (!o.next[0])
		return 0;
	snprintf(o.seen[o.n++], sizeof(o.seen[0]), "%s", c->initiative);
	while (!err && !end && !was_seen(&o, o.next) && o.n < CASE_ONWARD_MAX)
		err = step(&o, &end);
	if (!err)
		put_words(&o, end, ret);
	return err;
}
