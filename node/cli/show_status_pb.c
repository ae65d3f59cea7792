/* SPDX-License-Identifier: Apache-2.0 */
/* The node and its peers. */
#include <inttypes.h>

#include "pb/ctl.pb-c.h"

#include "cli/human.h"
#include "cli/show.h"

#define CERT_SOON_DAYS 14 /* as the node's own attention does */

static enum mark days_mark(int64_t days)
{
	return days < 0 ? MARK_NONE : days < 3 ? MARK_BAD : days < CERT_SOON_DAYS ? MARK_WARN : MARK_NONE;
}

static void put_days(struct table *t, int64_t days)
{
	if (days < 0)
		table_text(t, "-");
	else
		table_put(t, days_mark(days), "%" PRId64 " d", days);
}

static void put_lag(struct table *t, const Ims__Ctl__PeerStatus *p)
{
	char count[HUMAN_BYTES], span[HUMAN_BYTES];

	if (p->lag_entries == 0) /* what one does not hear from may hold anything */
		table_text(t, strcmp(p->state, "unreachable") == 0 ? "-" : "0");
	else
		table_put(t, MARK_WARN, "%s / %s", human_count(p->lag_entries, count),
			  human_span(p->lag_ms, span));
}

static void put_round_trip(struct table *t, int64_t us)
{
	if (us <= 0)
		table_text(t, "-");
	else
		table_put(t, MARK_NONE, "%.1f ms", (double)us / 1000);
}

static const char *const peer_headings[] = {"REGION", "STATE",	 ">LAG", ">LAST HEARD", ">CERT",
					    ">RTT",   "ADDRESS", "WHY",	 NULL};

static void peer_row(struct table *t, const ProtobufCMessage *m)
{
	const Ims__Ctl__PeerStatus *p = (const Ims__Ctl__PeerStatus *)m;
	char span[HUMAN_BYTES];

	table_text(t, p->region);
	table_put(t, show_state_mark(p->state), "%s", p->state);
	put_lag(t, p);
	table_text(t, p->last_heard_ms < 0 ? "never" : human_span(p->last_heard_ms, span));
	put_days(t, p->certificate_days);
	put_round_trip(t, p->round_trip_us);
	table_text(t, p->address);
	table_put(t, MARK_NONE, "%s", p->reason);
}

static void peer_whole(struct out *o, const ProtobufCMessage *m)
{
	const Ims__Ctl__PeerStatus *p = (const Ims__Ctl__PeerStatus *)m;
	char a[HUMAN_BYTES], b[HUMAN_BYTES];
	struct table t;

	show_pairs_begin(&t, o);
	show_pair(&t, "region", "%s", p->region);
	show_state(&t, p->state, "");
	if (*p->reason)
		show_pair(&t, "why", "%s", p->reason);
	show_pair(&t, "lag", "%s entries, %s", human_count(p->lag_entries, a), human_span(p->lag_ms, b));
	show_pair(&t, "address", "%s", p->address);
	show_pair(&t, "dialled by", "%s", strcmp(p->direction, "in") == 0 ? "the peer" : "this node");
	show_pair(&t, "last heard", "%s", p->last_heard_ms < 0 ? "never" : human_span(p->last_heard_ms, a));
	table_put(&t, MARK_DIM, "certificate");
	put_days(&t, p->certificate_days);
	table_put(&t, MARK_DIM, "round trip");
	put_round_trip(&t, p->round_trip_us);
	show_pair(&t, "received", "%s", human_size(p->bytes_in, a));
	show_pair(&t, "sent", "%s", human_size(p->bytes_out, a));
	table_fini(&t);
}

static void peers_whole(struct out *o, const ProtobufCMessage *m)
{
	const Ims__Ctl__PeerListReply *l = (const Ims__Ctl__PeerListReply *)m;

	show_table(o, "", show_status, &ims__ctl__peer_status__descriptor, (ProtobufCMessage **)l->peers,
		   l->n_peers);
	if (l->n_peers == 0)
		fputs("no peers: the roster names no other region\n", o->file);
}

static void ping_whole(struct out *o, const ProtobufCMessage *m)
{
	const Ims__Ctl__PeerPingReply *p = (const Ims__Ctl__PeerPingReply *)m;

	fprintf(o->file, "%s answered in %.2f ms\n", p->region, (double)p->round_trip_us / 1000);
}

static void recover_whole(struct out *o, const ProtobufCMessage *m)
{
	const Ims__Ctl__RecoverReply *r = (const Ims__Ctl__RecoverReply *)m;
	char here[HUMAN_BYTES], known[HUMAN_BYTES];
	struct table t;

	show_pairs_begin(&t, o);
	show_state(&t, r->state, r->reason);
	show_pair(&t, "log", "%s entries here, %s the most that a peer shows", human_count(r->size, here),
		  human_count(r->known_size, known));
	for (size_t i = 0; i < r->n_unheard; i++)
		show_pair(&t, i ? "" : "not heard", "%s", r->unheard[i]);
	show_pair(&t, "signing", "%s", r->signing ? "yes" : "waits for peers");
	table_fini(&t);
}

/* ---- status */

static void put_own_log(struct table *t, const Ims__Ctl__StatusReply *s)
{
	char size[HUMAN_BYTES], head[HUMAN_BYTES];

	show_pair(t, "log", "%s  %s entries, signed up to %s", s->origin, human_count(s->size, size),
		  human_count(s->signed_size, head));
}

static void put_store(struct table *t, const Ims__Ctl__StatusReply *s)
{
	char records[HUMAN_BYTES], used[HUMAN_BYTES], map[HUMAN_BYTES], disk[HUMAN_BYTES];

	show_pair(t, "store", "%s records, %s of %s map, %s free on disk", human_count(s->records, records),
		  human_size(s->store_used_bytes, used), human_size(s->store_map_bytes, map),
		  human_size(s->disk_free_bytes, disk));
}

/* Bounds that somebody has met. */
static void put_limits(struct table *t, const Ims__Ctl__StatusReply *s)
{
	for (size_t i = 0; i < s->n_limits; i++)
		if (s->limits[i]->hits)
			show_pair(t, "limit met", "%s, %" PRIu64 " times", s->limits[i]->name,
				  s->limits[i]->hits);
}

/* Is a peer away that has not been away for long enough to need attention? */
static bool is_peer_away(const Ims__Ctl__StatusReply *s)
{
	for (size_t i = 0; i < s->n_peers; i++)
		if (show_state_mark(s->peers[i]->state) == MARK_BAD)
			return true;
	return false;
}

static void put_attention(struct out *o, const Ims__Ctl__StatusReply *s)
{
	const char *begin = o->colour ? mark_begin(MARK_WARN) : "", *end = o->colour ? MARK_END : "";

	if (s->n_attention == 0) {
		fputs(is_peer_away(s) ? "\nnothing needs attention yet\n" : "\nall is well\n", o->file);
		return;
	}
	fprintf(o->file, "\n%s%zu thing%s attention:%s\n", begin, s->n_attention,
		s->n_attention == 1 ? " needs" : "s need", end);
	for (size_t i = 0; i < s->n_attention; i++) {
		text_tame(s->attention[i]->text);
		text_tame(s->attention[i]->command);
		fprintf(o->file, "  %s%s%s\n", s->attention[i]->text,
			*s->attention[i]->command ? "\n    try: " : "", s->attention[i]->command);
	}
}

static void status_whole(struct out *o, const ProtobufCMessage *m)
{
	const Ims__Ctl__StatusReply *s = (const Ims__Ctl__StatusReply *)m;
	char up[HUMAN_BYTES];
	struct table t;

	show_pairs_begin(&t, o);
	show_pair(&t, "node", "%s (%s) of %s, roster %" PRIu64, s->region, s->role, s->federation, s->roster);
	show_state(&t, s->state, s->reason);
	show_pair(&t, "software", "%s, up %s", s->software, human_span(s->uptime_ms, up));
	table_put(&t, MARK_DIM, "address");
	table_put(&t, days_mark(s->certificate_days), "%s, certificate for %" PRId64 " days", s->address,
		  s->certificate_days);
	put_own_log(&t, s);
	put_store(&t, s);
	put_limits(&t, s);
	table_fini(&t);
	if (s->n_logs) {
		fputs("\nlogs\n", o->file);
		show_table(o, "  ", show_logs, &ims__ctl__log_info__descriptor, (ProtobufCMessage **)s->logs,
			   s->n_logs);
	}
	if (s->n_peers) {
		fputs("\npeers\n", o->file);
		show_table(o, "  ", show_status, &ims__ctl__peer_status__descriptor,
			   (ProtobufCMessage **)s->peers, s->n_peers);
	}
	put_attention(o, s);
}

const struct show show_status[] = {
	{&ims__ctl__status_reply__descriptor, status_whole, NULL, NULL},
	{&ims__ctl__peer_status__descriptor, peer_whole, peer_headings, peer_row},
	{&ims__ctl__peer_list_reply__descriptor, peers_whole, NULL, NULL},
	{&ims__ctl__peer_ping_reply__descriptor, ping_whole, NULL, NULL},
	{&ims__ctl__recover_reply__descriptor, recover_whole, NULL, NULL},
	{NULL, NULL, NULL, NULL},
};
