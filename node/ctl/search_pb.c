/* SPDX-License-Identifier: Apache-2.0 */
/* Finding what is alike, and who could take part. */
#include "pb/ctl.pb-c.h"

#include <stdio.h>

#include "base/clock.h"
#include "ctl/ctl_int.h"
#include "ledger/ledger.h"
#include "search/search.h"
#include "view/record.h"
#include "wire/codec.h"
#include "wire/span_pb.h"

#define OVERLAP_DEFAULT 10
#define MATCH_DEFAULT 20
#define LIMIT_MAX 100
#define SEARCH_ARENA_BYTES ((size_t)32 << 20)

static int check_search(struct ctl_call *call)
{
	return call->ctl->search ? 0 : errtext_set(&call->why, IMS_E_UNSUPPORTED, "this node has no search");
}

static size_t limit_of(uint32_t limit, size_t otherwise)
{
	return !limit ? otherwise : limit < LIMIT_MAX ? limit : LIMIT_MAX;
}

static char *text_of(struct arena *a, struct bytes b)
{
	char *text = arena_text(a, b);

	return text ? text : ctl_lend("");
}

/* ---- overlap */

/* What the record says now. */
static int read_payload_in(struct ctl_call *call, struct store_txn *t, struct bytes id, struct arena *a,
			   struct bytes *ret)
{
	char origin[ORIGIN_MAX_BYTES + 1];
	struct ledger_reader reader;
	struct ledger_item item;
	struct record r;
	int err = record_get(t, id, &r, NULL);

	if (err == IMS_E_NOT_FOUND)
		return errtext_set(&call->why, err, "there is no such record");
	if (!err && (r.state != RECORD_LIVE || strcmp(r.kind, "initiative") != 0))
		return errtext_set(&call->why, IMS_E_INVALID, "it is no initiative that can be read");
	if (!err)
		err = ledger_origin_of(t, r.slot, origin);
	if (!err)
		err = ledger_read_open(t, origin, &reader);
	if (!err)
		err = ledger_read_item(&reader, r.index, a, &item);
	if (!err)
		*ret = arena_dup(a, item.payload);
	return err;
}

static int read_payload(struct ctl_call *call, struct bytes id, struct arena *a, struct bytes *ret)
{
	struct store_txn *t;
	int err = store_begin_read(node_options(call->node)->commit.store, &t);

	if (err)
		return err;
	err = read_payload_in(call, t, id, a, ret);
	store_abort(t);
	return err;
}

static void match_message(struct arena *a, const struct overlap_match *from, Ims__Ctl__OverlapMatch *m)
{
	*m = CTL_NEW(OverlapMatch, overlap_match);
	m->id = text_of(a, from->id);
	m->source = text_of(a, from->source);
	m->title = text_of(a, from->title);
	m->state = text_of(a, from->state);
	m->score = from->score;
	m->alarm = from->alarm;
	m->reasons = (char **)(uintptr_t)from->reasons;
	m->n_reasons = from->n_reasons;
}

static int match_messages(struct arena *a, const struct overlap *found, bool alarms, Ims__Ctl__OverlapMatch ***ret,
			  size_t *ret_n)
{
	Ims__Ctl__OverlapMatch *m = arena_array(a, found->n + 1, sizeof(*m));
	size_t n = 0;

	*ret = arena_array(a, found->n + 1, sizeof(**ret));
	if (!m || !*ret)
		return IMS_E_NOMEM;
	for (size_t i = 0; i < found->n; i++)
		if (found->matches[i].alarm || !alarms) {
			match_message(a, &found->matches[i], &m[n]);
			(*ret)[n] = &m[n];
			n++;
		}
	*ret_n = n;
	return arena_failed(a) ? IMS_E_NOMEM : 0;
}

/* `payload` is compared, or when it is empty what the record says. */
static int find_alike(struct ctl_call *call, const char *id, struct bytes payload, size_t limit, struct arena *a,
		      struct overlap *ret)
{
	struct doc d;
	int err = *id ? read_payload(call, bytes_of(id), a, &payload) : 0;

	if (!err)
		err = doc_read(BYTES_LIT("initiative"), bytes_of(id), payload, a, &d);
	return err ? err : search_overlap(call->ctl->search, &d, limit, a, ret, &call->why);
}

int ctl_alike(struct ctl_call *call, const char *id, struct arena *a, Ims__Ctl__OverlapMatch ***ret, size_t *ret_n)
{
	struct overlap found;
	int err = check_search(call);

	if (!err)
		err = find_alike(call, id, BYTES_NONE, OVERLAP_DEFAULT, a, &found);
	return err ? err : match_messages(a, &found, true, ret, ret_n);
}

static int find_overlap(struct ctl_call *call, struct arena *a, struct buf *out)
{
	const Ims__Ctl__OverlapRequest *q = (const Ims__Ctl__OverlapRequest *)call->request;
	Ims__Ctl__OverlapReply reply = CTL_NEW(OverlapReply, overlap_reply);
	struct overlap found;
	int err = find_alike(call, q->id, BYTES(q->payload.data, q->payload.len), limit_of(q->limit, OVERLAP_DEFAULT),
			     a, &found);

	if (!err)
		err = match_messages(a, &found, q->alarms, &reply.matches, &reply.n_matches);
	if (!err)
		codec_pack(&reply.base, out);
	return err;
}

static int with_arena(struct ctl_call *call, struct buf *out,
		      int (*fn)(struct ctl_call *call, struct arena *a, struct buf *out))
{
	struct arena a;
	int err;

	arena_init(&a, SEARCH_ARENA_BYTES);
	err = fn(call, &a, out);
	arena_fini(&a);
	return err;
}

static int read_overlap(struct ctl_call *call, struct store_txn *t, struct buf *out)
{
	(void)t;
	return with_arena(call, out, find_overlap);
}

int ctl_overlap(struct ctl_call *call, const Ims__Ctl__OverlapRequest *q)
{
	int err = check_search(call);

	if (!err && !*q->id && !q->payload.len)
		err = errtext_set(&call->why, IMS_E_MISSING, "neither an id nor a text");
	if (!err && q->payload.len > PAYLOAD_MAX_BYTES)
		err = errtext_set(&call->why, IMS_E_LIMIT, "a text has at most %d bytes", PAYLOAD_MAX_BYTES);
	return err ? err : ctl_work_apart(call, read_overlap);
}

/* ---- match */
static Ims__Ctl__MatchItem *item_message(struct arena *a, const struct match_item *from,
					 const struct match_weights *w)
{
	Ims__Ctl__MatchItem *m = arena_alloc(a, sizeof(*m));
	Ims__Ctl__MatchLine *line = arena_array(a, from->n_lines + 1, sizeof(*line));

	if (!m || !line)
		return NULL;
	*m = CTL_NEW(MatchItem, match_item);
	m->id = text_of(a, from->id);
	m->name = text_of(a, from->name);
	m->country = text_of(a, from->country);
	m->type = text_of(a, from->type);
	m->score = from->score;
	m->lines = arena_array(a, from->n_lines + 1, sizeof(*m->lines));
	for (size_t i = 0; m->lines && i < from->n_lines; i++) {
		const struct match_line *l = &from->lines[i];

		line[i] = CTL_NEW(MatchLine, match_line);
		line[i].feature = ctl_lend(match_feature_id(l->feature));
		line[i].name = text_of(a, w->name[l->feature]);
		line[i].value = l->value;
		line[i].weight = w->of[l->feature];
		line[i].points = l->points;
		line[i].text = ctl_lend(l->text ? l->text : "");
		m->lines[m->n_lines++] = &line[i];
	}
	return m;
}

static int put_match(struct arena *a, const struct match *found, const struct match_weights *w,
		     struct buf *out)
{
	Ims__Ctl__MatchReply reply = CTL_NEW(MatchReply, match_reply);

	reply.matches = arena_array(a, found->n + 1, sizeof(*reply.matches));
	for (size_t i = 0; reply.matches && i < found->n; i++) {
		reply.matches[reply.n_matches] = item_message(a, &found->items[i], w);
		reply.n_matches += reply.matches[reply.n_matches] != NULL;
	}
	if (arena_failed(a))
		return IMS_E_NOMEM;
	codec_pack(&reply.base, out);
	return 0;
}

static int find_match(struct ctl_call *call, struct arena *a, struct buf *out)
{
	const Ims__Ctl__MatchRequest *q = (const Ims__Ctl__MatchRequest *)call->request;
	char now[CLOCK_TEXT_BYTES], day[11];
	struct match_ask ask = {
		.id = bytes_of(q->id), .today = day, .max = limit_of(q->limit, MATCH_DEFAULT)};
	struct match found;
	int err;

	snprintf(day, sizeof(day), "%.10s", clock_wall_text(clock_wall(), now));
	err = search_match(call->ctl->search, &ask, a, &found, &call->why);
	if (err == IMS_E_NOT_FOUND)
		return errtext_set(&call->why, err, "there is no such initiative, need or organisation");
	return err ? err : put_match(a, &found, search_weights(call->ctl->search), out);
}

static int read_match(struct ctl_call *call, struct store_txn *t, struct buf *out)
{
	(void)t;
	return with_arena(call, out, find_match);
}

int ctl_match(struct ctl_call *call, const Ims__Ctl__MatchRequest *q)
{
	int err = check_search(call);

	(void)q;
	return err ? err : ctl_work_apart(call, read_match);
}
