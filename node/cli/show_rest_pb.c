/* SPDX-License-Identifier: Apache-2.0 */
/* Roster, view, journal, backups. */
#include <inttypes.h>

#include "pb/ctl.pb-c.h"

#include "base/text.h"
#include "cli/human.h"
#include "cli/show.h"

/* The note itself, so that it can be kept in a file and signed. */
static void roster_whole(struct out *o, const ProtobufCMessage *m)
{
	const Ims__Ctl__RosterReply *r = (const Ims__Ctl__RosterReply *)m;

	o->ops->note(o, "note", BYTES(r->note.data, r->note.len));
}

static void digest_whole(struct out *o, const ProtobufCMessage *m)
{
	const Ims__Ctl__ViewDigestReply *v = (const Ims__Ctl__ViewDigestReply *)m;
	char hex[HEX_HASH_BYTES], a[HUMAN_BYTES], b[HUMAN_BYTES];
	struct table t;

	show_pairs_begin(&t, o);
	show_pair(&t, "digest", "%s",
		  v->digest.len == 32 ? hex_put(hex, BYTES(v->digest.data, v->digest.len)) : "-");
	show_pair(&t, "of", "%s records, %s keys; roster %" PRIu64 ", rules %" PRIu64,
		  human_count(v->records, a), human_count(v->keys, b), v->roster, v->rules);
	show_pair(&t, "holes", "%s", human_count(v->holes, a));
	for (size_t i = 0; i < v->n_sizes; i++)
		show_pair(&t, i ? "" : "logs", "%s  %s", v->sizes[i]->key,
			  human_count(v->sizes[i]->value, a));
	table_fini(&t);
}

static const char *const journal_headings[] = {"TIME",	 "EVENT",   "PEER",   "LOG", "RANGE",
					       ">BYTES", "OUTCOME", "DETAIL", NULL};

static void journal_row(struct table *t, const ProtobufCMessage *m)
{
	const Ims__Ctl__JournalItem *j = (const Ims__Ctl__JournalItem *)m;
	bool ok = strcmp(j->outcome, "ok") == 0;
	char size[HUMAN_BYTES];

	table_text(t, j->time);
	table_text(t, j->event);
	table_text(t, j->peer);
	table_text(t, j->origin);
	if (j->to)
		table_put(t, MARK_NONE, "%" PRIu64 "..%" PRIu64, j->from, j->to);
	else
		table_text(t, "-");
	table_text(t, j->bytes ? human_size(j->bytes, size) : "-");
	table_put(t, ok ? MARK_NONE : MARK_BAD, "%s", j->outcome);
	table_put(t, MARK_NONE, "%s", j->detail);
}

static void backup_whole(struct out *o, const ProtobufCMessage *m)
{
	const Ims__Ctl__BackupReply *b = (const Ims__Ctl__BackupReply *)m;
	char hex[HEX_HASH_BYTES], text[HUMAN_BYTES], head[HUMAN_BYTES];
	struct table t;

	show_pairs_begin(&t, o);
	show_pair(&t, "backup", "%s", b->dir);
	show_pair(&t, "of", "%s, %s", b->origin, human_time(b->time_ms, text));
	show_pair(&t, "size", "%s entries, signed to %s", human_count(b->size, text),
		  human_count(b->head_size, head));
	show_pair(&t, "root", "%s", b->root.len == 32 ? hex_put(hex, BYTES(b->root.data, b->root.len)) : "-");
	show_pair(&t, "file", "%s", human_size(b->bytes, text));
	table_fini(&t);
}

static const char *const document_headings[] = {"ID", "NAME", ">SIZE", "TYPE", "FOR", "STATE", NULL};

static void document_row(struct table *t, const ProtobufCMessage *m)
{
	const Ims__Ctl__DocumentInfo *d = (const Ims__Ctl__DocumentInfo *)m;
	char size[HUMAN_BYTES];

	table_text(t, d->id);
	table_text(t, d->name);
	table_text(t, human_size(d->bytes, size));
	table_text(t, d->media_type);
	table_text(t, d->audience);
	table_put(t, show_state_mark(d->state), "%s", d->state);
}

/* An empty reply says that it is done; people see nothing. */
static void nothing(struct out *o, const ProtobufCMessage *m)
{
	(void)o;
	(void)m;
}

const struct show show_rest[] = {
	{&ims__ctl__roster_reply__descriptor, roster_whole, NULL, NULL},
	{&ims__ctl__view_digest_reply__descriptor, digest_whole, NULL, NULL},
	{&ims__ctl__journal_item__descriptor, NULL, journal_headings, journal_row},
	{&ims__ctl__backup_reply__descriptor, backup_whole, NULL, NULL},
	{&ims__ctl__document_info__descriptor, NULL, document_headings, document_row},
	{&ims__ctl__empty__descriptor, nothing, NULL, NULL},
	{NULL, NULL, NULL, NULL},
};
