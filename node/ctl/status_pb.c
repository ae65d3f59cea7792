/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The node as a whole: one screen, and what a person should do next. What the loop knows is put
 * into the reply first; logs, records and what follows from them are added by a helper.
 */
#include "pb/ctl.pb-c.h"

#include <stdarg.h>
#include <stdio.h>

#include "base/clock.h"
#include "ctl/ctl_int.h"
#include "ctl/log_info.h"
#include "ctl/peers.h"
#include "ctl/recover.h"
#include "ledger/heads.h"
#include "registry/registry.h"
#include "search/search.h"
#include "view/poison.h"
#include "wire/codec.h"

#define UNREACHABLE_MS 60000
#define CERTIFICATE_SOON_DAYS 30
#define SIGNING_SOON_MS 10000
#define SECONDS_A_DAY 86400
#define CLONE_SHOWN_MS (24 * 3600000ll) /* after it was seen last */

struct status {
	Ims__Ctl__StatusReply reply;
	struct log_facts *log;
	size_t n_logs;
	size_t attention_max;
	int64_t heard_for_ms; /* how long peers have had to come */
};

__attribute__((format(printf, 4, 5))) static void attend(struct ctl_call *call, struct status *s,
							 char *command, const char *fmt, ...)
{
	Ims__Ctl__Attention *a = arena_alloc(&call->arena, sizeof(*a));
	char text[320];
	va_list ap;

	if (!a || s->reply.n_attention == s->attention_max)
		return;
	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	*a = CTL_NEW(Attention, attention);
	a->text = arena_text(&call->arena, bytes_of(text));
	a->command = command;
	s->reply.attention[s->reply.n_attention++] = a;
}

/* ---- the loop's part */
static void put_node(struct ctl_call *call, Ims__Ctl__StatusReply *r)
{
	const struct node_opts *o = node_options(call->node);
	const struct roster *roster = node_roster(call->node);
	const struct roster_region *self = roster_region(roster, bytes_of(o->commit.region));
	struct store_usage u;

	r->region = ctl_lend(o->commit.region);
	r->role = ctl_lend(self && self->class == ROSTER_SECRETARIAT ? "irs" : "region");
	r->federation = arena_text(&call->arena, bytes_of(roster->federation));
	r->roster = roster->version;
	r->origin = ctl_lend(o->commit.origin);
	r->software = ctl_lend(o->software);
	r->uptime_ms = mono_ms_between(call->ctl->started_at, loop_now(o->loop));
	r->address = arena_text(&call->arena, bytes_of(node_address(call->node)));
	r->certificate_days = (net_tls_self(o->tls)->not_after_s - clock_wall().ms / 1000) / SECONDS_A_DAY;
	if (store_usage(o->commit.store, &u) == 0) {
		r->store_used_bytes = u.used_bytes;
		r->store_map_bytes = u.map_max_bytes;
		r->disk_free_bytes = u.disk_free_bytes;
	}
}

/* How to go on when the own incarnation is over: the key of the next one, which it may have already. */
static char *next_incarnation(struct ctl_call *call)
{
	const struct roster_region *g =
		roster_region(node_roster(call->node), bytes_of(node_options(call->node)->commit.region));
	uint64_t n = g ? g->n_incarnations : 0;

	if (n && !g->incarnations[n - 1].open)
		n++;
	return arena_printf(&call->arena, "ims init --log-key %llu", (unsigned long long)n);
}

static int put_limits(struct ctl_call *call, Ims__Ctl__StatusReply *r)
{
	struct node_limits l;

	node_limits(call->node, &l);
	r->limits = arena_array(&call->arena, l.n, sizeof(*r->limits));
	for (size_t i = 0; r->limits && i < l.n; i++) {
		Ims__Ctl__Limit *to = arena_alloc(&call->arena, sizeof(*to));

		if (!to)
			return IMS_E_NOMEM;
		*to = CTL_NEW(Limit, limit);
		to->name = ctl_lend(l.limit[i].name);
		to->used = l.limit[i].used;
		to->max = l.limit[i].max;
		to->hits = l.limit[i].hits;
		r->limits[r->n_limits++] = to;
	}
	return r->limits ? 0 : IMS_E_NOMEM;
}

static void put_state(struct ctl_call *call, struct status *s)
{
	const char *reason;
	enum commit_state state = node_state(call->node, &reason);

	s->reply.reason = arena_text(&call->arena, bytes_of(reason));
	s->reply.state = ctl_lend(recover_state_name(state));
	if (commit_is_behind(state)) {
		attend(call, s, ctl_lend("ims recover"), "this node is behind its own published log%s: %s",
		       state == COMMIT_RECOVERING ? " and fetches it back" : "", reason);
	} else if (state == COMMIT_READ_ONLY) {
		attend(call, s, ctl_lend(""), "this node takes no writes: %s", reason);
	} else if (state == COMMIT_CLOSED) {
		s->reply.state = ctl_lend("read-only");
		attend(call, s, next_incarnation(call), "this node takes no writes: %s", reason);
	} else if (!node_is_member(call->node)) {
		s->reply.state = ctl_lend("learner");
		s->reply.reason = ctl_lend("the roster in force does not name this region");
		attend(call, s, ctl_lend("ims roster show"), "the roster in force does not name region %s",
		       s->reply.region);
	}
}

static void attend_poison(struct ctl_call *call, struct status *s)
{
	const struct poison_row *first = NULL;
	size_t n = poison_count(node_options(call->node)->commit.poison, &first);

	if (n)
		attend(call, s, ctl_lend("ims view digest"),
		       "%zu entries are quarantined, the first is %s index %llu: folding it ended the "
		       "process by "
		       "signal %u; 'ims view rebuild' by another version tries again",
		       n, first->origin, (unsigned long long)first->index, first->signo);
}

/* Peers come within moments; who is away holds signing up only where nobody else can vouch. */
static void attend_signing(struct ctl_call *call, struct status *s)
{
	struct bridge_recovery r;
	const char *reason;

	bridge_recovery(node_bridge(call->node), &r);
	if (r.signing || !r.heard.n_unheard || s->reply.uptime_ms < SIGNING_SOON_MS ||
	    commit_is_behind(node_state(call->node, &reason)))
		return;
	attend(call, s, ctl_lend("ims peer list"),
	       "nothing is signed before %s shown what %s of this log: %s; writes are durable meanwhile%s",
	       r.needs_all_heads ? "every region has" : "more regions have",
	       r.needs_all_heads ? "it holds" : "they hold", recover_unheard(&r, &call->arena),
	       r.needs_all_heads ? "; 'ims recover --override' says that those have none of it" : "");
}

static void attend_clock(struct ctl_call *call, struct status *s)
{
	if (call->ctl->clock_jumped)
		attend(call, s, ctl_lend("ims recover --override"),
		       "this node takes no writes: its clock has jumped ahead; set it right, or say that it "
		       "is");
}

static void attend_certificate(struct ctl_call *call, struct status *s)
{
	if (s->reply.certificate_days < CERTIFICATE_SOON_DAYS)
		attend(call, s, ctl_lend("ims init --renew"), "this node's certificate ends in %lld days",
		       (long long)s->reply.certificate_days);
}

/* A copy that somebody has started, of this node or of another one. */
static void attend_clones(struct ctl_call *call, struct status *s)
{
	const char *by;
	int64_t own_ms = node_clone_ms(call->node, &by);

	if (own_ms >= 0 && own_ms < CLONE_SHOWN_MS)
		attend(call, s, ctl_lend("ims journal list --outcome CLONE"),
		       "%s says that another node runs with the key of this one", by);
	if (node_is_refused_as_copy(call->node))
		attend(call, s, ctl_lend("ims peer list"),
		       "this node takes no writes: most regions refuse it and hear the other one; stop one of "
		       "the two");
	for (size_t i = 0; i < node_peer_count(call->node); i++) {
		struct node_peer_info p;

		node_peer_at(call->node, i, &p);
		if (p.clone_ms >= 0 && p.clone_ms < CLONE_SHOWN_MS)
			attend(call, s, ctl_lend("ims journal list --outcome CLONE"),
			       "two nodes run with the key of %s; the second one is refused", p.region);
	}
}

static void attend_peer(struct ctl_call *call, struct status *s, const Ims__Ctl__PeerStatus *p)
{
	bool away = strcmp(p->state, "unreachable") == 0 || strcmp(p->state, "refused") == 0;
	int64_t silent_ms = p->last_heard_ms < 0 ? s->heard_for_ms : p->last_heard_ms;
	char *command = arena_printf(&call->arena, "ims peer show %s", p->region);

	if (away && silent_ms > UNREACHABLE_MS)
		attend(call, s, command, "%s has been %s for %lld s: %s", p->region, p->state,
		       (long long)silent_ms / 1000, p->reason);
	if (strcmp(p->state, "over-quota") == 0)
		attend(call, s, command, "%s is over its quota: %s", p->region, p->reason);
	if (p->certificate_days >= 0 && p->certificate_days < CERTIFICATE_SOON_DAYS)
		attend(call, s, command, "the certificate of %s ends in %lld days", p->region,
		       (long long)p->certificate_days);
}

/* ---- the helper's part */
static void attend_log(struct ctl_call *call, struct status *s, const Ims__Ctl__LogInfo *l)
{
	char *command = arena_printf(&call->arena, "ims log show %s", l->origin);

	if (strcmp(l->state, "frozen") == 0 && l->kept_size)
		attend(call, s, command, "%s is frozen: what is stored of it is not what the roster kept",
		       l->origin);
	else if (strcmp(l->state, "frozen") == 0)
		attend(call, s, arena_printf(&call->arena, "ims log evidence %s", l->origin),
		       "%s is frozen: two histories of it were shown", l->origin);
	if (l->orphaned)
		attend(call, s, command,
		       "%s has an orphaned tail here: %llu entries above the %llu that were kept", l->origin,
		       (unsigned long long)l->orphaned, (unsigned long long)l->kept_size);
	if (l->holes)
		attend(call, s, command, "%llu payloads of %s are still wanted", (unsigned long long)l->holes,
		       l->origin);
	if (l->size && !l->root.len)
		attend(call, s, arena_printf(&call->arena, "ims log verify %s", l->origin),
		       "the stored tiles of %s do not give its root", l->origin);
}

/* What it would write, the others would judge by rules that it does not know. */
static void attend_rules(struct ctl_call *call, struct status *s)
{
	const struct roster *roster = node_roster(call->node);

	if (roster->rules > REGISTRY_RULES_VERSION)
		attend(call, s, NULL,
		       "the roster asks for version %llu of the shared rules, this imsd knows %d: update it; "
		       "until then it takes no writes",
		       (unsigned long long)roster->rules, REGISTRY_RULES_VERSION);
}

/* Asks the indexer, and may wait for it. */
static void attend_search(struct ctl_call *call, struct status *s)
{
	struct search_state is;

	if (!call->ctl->search)
		return;
	search_state(call->ctl->search, &is);
	if (is.err)
		attend(call, s, ctl_lend("ims match ID"),
		       "the search index cannot be used, and is tried again: %s%s%s", ims_strerror(is.err),
		       is.why.text[0] ? ": " : "", is.why.text);
}

static int read_status(struct ctl_call *call, struct store_txn *t, struct buf *out)
{
	struct status *s = call->data;
	Ims__Ctl__StatusReply *r = &s->reply;
	int err = log_info_read_all(t, s->log, s->n_logs, &call->arena, &r->logs);

	if (err)
		return err;
	r->n_logs = s->n_logs;
	r->records = store_count(t, TABLE_RECORDS);
	for (size_t i = 0; i < r->n_logs; i++) {
		attend_log(call, s, r->logs[i]);
		if (s->log[i].own) {
			r->size = r->logs[i]->size;
			r->signed_size = r->logs[i]->head_size;
		}
	}
	attend_search(call, s);
	codec_pack(&r->base, out);
	return 0;
}

int ctl_status(struct ctl_call *call, const Ims__Ctl__Empty *q)
{
	struct status *s = arena_array(&call->arena, 1, sizeof(*s));

	(void)q;
	if (!s)
		return IMS_E_NOMEM;
	s->reply = CTL_NEW(StatusReply, status_reply);
	s->reply.peers = peers_read(call, &s->reply.n_peers);
	s->log = log_facts_all(call, &s->n_logs);
	s->attention_max = 7 + 3 * s->reply.n_peers + 4 * s->n_logs;
	s->reply.attention = arena_array(&call->arena, s->attention_max, sizeof(Ims__Ctl__Attention *));
	if (!s->reply.peers || !s->log || !s->reply.attention || put_limits(call, &s->reply))
		return IMS_E_NOMEM;
	put_node(call, &s->reply);
	s->heard_for_ms = s->reply.uptime_ms;
	put_state(call, s);
	attend_signing(call, s);
	attend_certificate(call, s);
	attend_clock(call, s);
	attend_clones(call, s);
	attend_poison(call, s);
	attend_rules(call, s);
	for (size_t i = 0; i < s->reply.n_peers; i++)
		attend_peer(call, s, s->reply.peers[i]);
	call->data = s;
	return ctl_work(call, read_status);
}
