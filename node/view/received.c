/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The journal's rows of packages that were stored. A live log comes in hundreds of small ones a second: what
 * goes on where the last one ended is one row a second, and the pages of one more tree are not written with
 * each. What is noted here and not in the journal yet is lost when the process is killed, the entries are
 * not.
 */
#include <stdio.h>

#include "view/commit_int.h"

#define ROW_MS 1000

static bool goes_on(const struct received *r, const struct commit_package *p)
{
	return r->to == p->from && strcmp(r->origin, p->origin) == 0 && strcmp(r->peer, p->peer) == 0;
}

bool received_is_due(const struct commit *c)
{
	const struct received *r = &c->received;

	return r->to > r->from && mono_ms_between(r->since, c->o.ops.mono(c->o.ops.ctx)) >= ROW_MS;
}

int received_flush(struct commit *c)
{
	struct received *r = &c->received;
	int err = r->to > r->from ? commit_ensure_txn(c) : 0;

	if (err)
		return err;
	if (r->to > r->from)
		err = commit_note(c, JOURNAL_RECEIVED, r->peer, r->origin, r->from, r->to, r->bytes, 0, "");
	r->from = r->to = 0;
	return err;
}

int received_note(struct commit *c, const struct commit_package *p)
{
	struct received *r = &c->received;
	int err = goes_on(r, p) ? 0 : received_flush(c);

	if (err)
		return err;
	if (r->to == r->from) {
		*r = (struct received){.from = p->from, .to = p->from, .since = c->o.ops.mono(c->o.ops.ctx)};
		snprintf(r->origin, sizeof(r->origin), "%s", p->origin);
		snprintf(r->peer, sizeof(r->peer), "%s", p->peer);
	}
	r->to += p->n;
	r->bytes += p->wire_bytes;
	return received_is_due(c) ? received_flush(c) : 0;
}
