/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Entries of a log as stored, and waiting for more of them (`ims log tail -f`). A call that waits
 * costs its few bytes in a list that a timer walks; there is no thread and no transaction in it.
 */
#include <stdlib.h>

#include "pb/ctl.pb-c.h"

#include "base/mem.h"
#include "ctl/ctl_int.h"
#include "ledger/ledger.h"
#include "wire/codec.h"
#include "wire/entry.h"
#include "wire/span_pb.h"

#define ENTRIES_DEFAULT 1000
#define ENTRIES_MAX 2000 /* their fields stay below scan_limits_default */
#define ENTRY_OVERHEAD_BYTES 64
#define FOLLOW_MAX 256 /* calls that wait; further ones are answered at once */
#define FOLLOW_MAX_MS 60000
#define FOLLOW_TICK_MS 50

static const char *origin_of(const struct ctl_call *call)
{
	const Ims__Ctl__EntriesRequest *q = (const Ims__Ctl__EntriesRequest *)call->request;

	return *q->origin ? q->origin : call->data;
}

/* ---- reading */

/* Inv. 10: an auditor sees what all nodes may see, no more; and of the rest no salt either, with
 * which a guess could be confirmed. */
static bool may_see(enum client_role role, struct bytes entry_bytes)
{
	struct entry en;
	struct arena a;
	bool yes = role != ROLE_AUDITOR;

	arena_init(&a, 65536);
	if (!yes && entry_decode(entry_bytes, &a, &en, NULL) == 0)
		yes = en.audience == ENTRY_PUBLIC || en.audience == ENTRY_FEDERATION;
	arena_fini(&a);
	return yes;
}

static const char *payload_state_name(enum ledger_payload s)
{
	static const char *const names[] = {
		[LEDGER_PAYLOAD_NONE] = "none",	    [LEDGER_PAYLOAD_HERE] = "here",
		[LEDGER_PAYLOAD_WANTED] = "wanted", [LEDGER_PAYLOAD_NOT_FOR_ME] = "not-for-me",
		[LEDGER_PAYLOAD_ERASED] = "erased",
	};

	return names[s];
}

static Ims__Ctl__LogEntry *make_entry(struct ctl_call *call, const struct ledger_item *item, bool payloads)
{
	Ims__Ctl__LogEntry *e = arena_alloc(&call->arena, sizeof(*e));
	enum ledger_payload state = item->payload_state;

	if (!e)
		return NULL;
	if (state == LEDGER_PAYLOAD_HERE && !may_see(call->role, item->entry))
		state = LEDGER_PAYLOAD_NOT_FOR_ME;
	*e = CTL_NEW(LogEntry, log_entry);
	e->index = item->index;
	e->entry = PB_DATA(item->entry);
	e->leaf = PB_DATA(arena_dup(&call->arena, bytes_of_hash(&item->leaf)));
	e->payload_state = ctl_lend(payload_state_name(state));
	if (payloads && state == LEDGER_PAYLOAD_HERE) {
		e->salt = PB_DATA(arena_dup(&call->arena, item->salt));
		e->payload = PB_DATA(arena_dup(&call->arena, item->payload));
	}
	return e;
}

/* What is not shown of a payload is not kept. */
static int read_entry(struct ctl_call *call, struct ledger_reader *r, uint64_t index, bool payloads,
		      Ims__Ctl__LogEntry **ret)
{
	struct ledger_item item;
	struct arena unpacked;
	int err;

	arena_init(&unpacked, LEDGER_ITEM_BYTES);
	err = ledger_read_item(r, index, &unpacked, &item);
	if (!err) {
		*ret = make_entry(call, &item, payloads);
		err = *ret ? 0 : IMS_E_NOMEM;
	}
	arena_fini(&unpacked);
	return err;
}

/* As many as the reply holds; an entry that does not read ends it, and fails the call that starts
 * with it. */
static int collect(struct ctl_call *call, struct ledger_reader *r, Ims__Ctl__EntriesReply *reply)
{
	const Ims__Ctl__EntriesRequest *q = (const Ims__Ctl__EntriesRequest *)call->request;
	uint64_t max = q->limit ? q->limit : ENTRIES_DEFAULT;
	size_t bytes = 0;

	max = max < ENTRIES_MAX ? max : ENTRIES_MAX;
	reply->entries = arena_array(&call->arena, max, sizeof(Ims__Ctl__LogEntry *));
	for (uint64_t i = q->from; reply->entries && i < ledger_counted(r) && reply->n_entries < max; i++) {
		Ims__Ctl__LogEntry *e;
		int err = read_entry(call, r, i, q->payloads, &e);

		if (err && reply->n_entries)
			return 0;
		if (err)
			return errtext_set(&call->why, err, "entry %llu", (unsigned long long)i);
		bytes += e->entry.len + e->payload.len + e->salt.len + e->leaf.len + ENTRY_OVERHEAD_BYTES;
		if (bytes > CTL_REPLY_BYTES && reply->n_entries)
			return 0;
		reply->entries[reply->n_entries++] = e;
	}
	return arena_failed(&call->arena) ? IMS_E_NOMEM : 0;
}

static int read_entries(struct ctl_call *call, struct store_txn *t, struct buf *out)
{
	Ims__Ctl__EntriesReply reply = CTL_NEW(EntriesReply, entries_reply);
	const char *origin = origin_of(call);
	struct ledger_reader r;
	int err = ledger_read_open(t, origin, &r);

	if (err)
		return errtext_set(&call->why, err, "%s", CTL_NO_LOG);
	reply.origin = ctl_lend(origin);
	reply.size = ledger_counted(&r);
	err = collect(call, &r, &reply);
	if (!err)
		codec_pack(&reply.base, out);
	return err;
}

/* ---- waiting */
struct follower {
	struct follower *next;
	struct ctl_call *call;
	struct mono until;
};

struct follow {
	struct ctl *ctl;
	struct loop_timer *timer;
	struct follower *first;
	size_t n;
};

/* What a reader of the log would find committed now; UINT64_MAX for a log that nobody tells of. */
static uint64_t committed_size(const struct ctl_call *call, const char *origin)
{
	struct bridge *b = node_bridge(call->node);
	const struct sync *s = bridge_sync(b);

	for (size_t i = 0; i < sync_log_count(s); i++) {
		struct sync_log_info info;

		sync_log_at(s, i, &info);
		if (strcmp(info.origin, origin) == 0)
			return bridge_committed_size(b, origin, info.size);
	}
	return UINT64_MAX;
}

static bool is_due(const struct follower *f, struct mono now)
{
	const Ims__Ctl__EntriesRequest *q = (const Ims__Ctl__EntriesRequest *)f->call->request;

	return now.ns >= f->until.ns || committed_size(f->call, origin_of(f->call)) > q->from;
}

static void on_follow(void *ctx)
{
	struct follow *w = ctx;
	struct mono now = loop_now(node_options(w->ctl->node)->loop);
	struct follower **at = &w->first;

	while (*at) {
		struct follower *f = *at;

		if (!is_due(f, now)) {
			at = &f->next;
			continue;
		}
		*at = f->next;
		w->n--;
		ctl_work(f->call, read_entries);
		free(f);
	}
	if (w->first)
		loop_timer_arm_ms(w->timer, FOLLOW_TICK_MS);
}

static void follow(struct ctl_call *call, uint32_t wait_ms)
{
	struct ctl *c = call->ctl;
	struct loop *l = node_options(call->node)->loop;
	struct follower *f = mem_new(struct follower);

	if (!c->follow) {
		c->follow = mem_new(struct follow);
		c->follow->ctl = c;
		c->follow->timer = loop_timer_new(l, on_follow, c->follow);
	}
	f->call = call;
	f->until = mono_plus_ms(loop_now(l), wait_ms < FOLLOW_MAX_MS ? wait_ms : FOLLOW_MAX_MS);
	f->next = c->follow->first;
	c->follow->first = f;
	c->follow->n++;
	if (!loop_timer_is_armed(c->follow->timer))
		loop_timer_arm_ms(c->follow->timer, FOLLOW_TICK_MS);
}

void ctl_follow_stop(struct ctl *c)
{
	struct follow *w = c->follow;

	if (!w)
		return;
	while (w->first) {
		struct follower *f = w->first;

		w->first = f->next;
		ctl_call_free(f->call);
		free(f);
	}
	loop_timer_free(w->timer);
	free(w);
	c->follow = NULL;
}

int ctl_log_entries(struct ctl_call *call, const Ims__Ctl__EntriesRequest *q)
{
	struct ctl *c = call->ctl;

	call->data = ctl_lend(ctl_own_origin(call));
	if (q->wait_ms == 0 || committed_size(call, origin_of(call)) > q->from ||
	    (c->follow && c->follow->n >= FOLLOW_MAX))
		return ctl_work(call, read_entries);
	follow(call, q->wait_ms);
	return CTL_LATER;
}
