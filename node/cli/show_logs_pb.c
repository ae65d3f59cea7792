/* SPDX-License-Identifier: Apache-2.0 */
/* Logs, their entries, and what verifying found. */
#include <inttypes.h>

#include "pb/ctl.pb-c.h"

#include "base/text.h"
#include "cli/human.h"
#include "cli/show.h"
#include "wire/entry.h"

#define ROOT_SHOWN_BYTES 8

static void put_hash_start(struct table *t, ProtobufCBinaryData hash)
{
	char hex[2 * ROOT_SHOWN_BYTES + 1];

	if (hash.len < ROOT_SHOWN_BYTES)
		table_text(t, "-");
	else
		table_put(t, MARK_NONE, "%s", hex_put(hex, BYTES(hash.data, ROOT_SHOWN_BYTES)));
}

static void put_words(struct table *t, char *const *word, size_t n)
{
	struct buf b = {0};

	for (size_t i = 0; i < n; i++)
		buf_printf(&b, "%s%s", i ? " " : "", word[i]);
	table_text(t, buf_text(&b));
	buf_fini(&b);
}

static const char *const log_headings[] = {"ORIGIN",	"STATE", ">SIZE",      ">COSIGNED", ">HOLES",
					   "COSIGNERS", "ROOT",	 "LAST ENTRY", NULL};

static void log_row(struct table *t, const ProtobufCMessage *m)
{
	const Ims__Ctl__LogInfo *l = (const Ims__Ctl__LogInfo *)m;
	char time[HUMAN_BYTES];

	table_text(t, l->origin);
	table_put(t, show_state_mark(l->state), "%s%s", l->state, l->orphaned ? ", orphaned tail" : "");
	table_number(t, l->size);
	table_number(t, l->cosigned_size);
	table_put(t, l->holes ? MARK_WARN : MARK_NONE, "%" PRIu64, l->holes);
	put_words(t, l->cosigners, l->n_cosigners);
	put_hash_start(t, l->root);
	table_text(t, human_time(l->time_ms, time));
}

static void logs_whole(struct out *o, const ProtobufCMessage *m)
{
	const Ims__Ctl__LogListReply *l = (const Ims__Ctl__LogListReply *)m;

	show_table(o, "", show_logs, &ims__ctl__log_info__descriptor, (ProtobufCMessage **)l->logs,
		   l->n_logs);
}

static void show_root(struct table *t, ProtobufCBinaryData root)
{
	char hex[HEX_HASH_BYTES];

	show_pair(t, "root", "%s", root.len == 32 ? hex_put(hex, BYTES(root.data, root.len)) : "-");
}

static void show_cosignature(struct table *t, const Ims__Ctl__CosignatureInfo *c)
{
	char size[HUMAN_BYTES], time[HUMAN_BYTES];

	show_pair(t, "cosigned", "by %s at size %s, %s", c->region, human_count(c->size, size),
		  human_time(c->time_s * 1000, time));
}

static void log_whole(struct out *o, const ProtobufCMessage *m)
{
	const Ims__Ctl__LogShowReply *r = (const Ims__Ctl__LogShowReply *)m;
	const Ims__Ctl__LogInfo *l = r->log;
	char a[HUMAN_BYTES], b[HUMAN_BYTES];
	struct table t;

	show_pairs_begin(&t, o);
	if (l) {
		show_pair(&t, "origin", "%s", l->origin);
		show_pair(&t, "region", "%s", l->region);
		table_put(&t, MARK_DIM, "state");
		table_put(&t, show_state_mark(l->state), "%s", l->state);
		show_pair(&t, "size", "%s entries, largest head known %s", human_count(l->size, a),
			  human_count(l->head_size, b));
		if (l->kept_size)
			show_pair(&t, "kept", "%s entries when the roster closed it", human_count(l->kept_size, a));
		if (l->orphaned)
			show_pair(&t, "orphaned tail", "%s entries above that, which count no more",
				  human_count(l->orphaned, a));
		show_root(&t, l->root);
		show_pair(&t, "last entry", "%s", human_time(l->time_ms, a));
		show_pair(&t, "holes", "%s payloads still wanted", human_count(l->holes, a));
	}
	for (size_t i = 0; i < r->n_cosignatures; i++)
		show_cosignature(&t, r->cosignatures[i]);
	table_fini(&t);
	if (r->note.len)
		fprintf(o->file, "\n%.*s", (int)r->note.len, (const char *)r->note.data);
}

/* ---- entries */

static const char *const entry_headings[] = {">INDEX", "TIME",	   "OPERATION", "KIND", "RECORD",
					     ">REV",   "AUDIENCE", "PAYLOAD",	NULL};

const char *show_operation(int operation)
{
	return operation == ENTRY_PUT	     ? "put"
	       : operation == ENTRY_WITHDRAW ? "withdraw"
	       : operation == ENTRY_ERASE    ? "erase"
					     : "unknown";
}

const char *show_audience(int audience)
{
	return audience == ENTRY_PUBLIC	      ? "public"
	       : audience == ENTRY_FEDERATION ? "federation"
	       : audience == ENTRY_NAMED      ? "named"
					      : "unknown";
}

static void entry_row(struct table *t, const ProtobufCMessage *m)
{
	const Ims__Ctl__LogEntry *l = (const Ims__Ctl__LogEntry *)m;
	char time[HUMAN_BYTES];
	struct entry en = {0};
	struct arena a;
	int err;

	arena_init(&a, 65536);
	err = entry_decode(BYTES(l->entry.data, l->entry.len), &a, &en, NULL);
	table_number(t, l->index);
	table_text(t, err ? NULL : human_time(en.time_ms, time));
	table_put(t, err ? MARK_WARN : MARK_NONE, "%s", err ? "unreadable" : show_operation(en.operation));
	table_put(t, MARK_NONE, "%.*s", (int)en.kind.n, (const char *)en.kind.p);
	table_put(t, MARK_NONE, "%.*s", (int)en.record.n, (const char *)en.record.p);
	table_number(t, en.revision);
	table_text(t, err ? NULL : show_audience(en.audience));
	table_text(t, l->payload_state);
	arena_fini(&a);
}

/* ---- verification */

static const char *const verify_headings[] = {"ORIGIN", "RESULT",	">ENTRIES",	 ">PAYLOADS",
					      ">TILES", ">CHECKPOINTS", ">COSIGNATURES", NULL};

static void verify_row(struct table *t, const Ims__Ctl__LogVerifyItem *l)
{
	bool good = l->n_findings == 0;

	table_text(t, l->origin);
	table_put(t, good ? MARK_GOOD : MARK_BAD, "%s", good ? "verified" : "DOES NOT VERIFY");
	table_number(t, l->entries);
	table_number(t, l->payloads);
	table_number(t, l->tiles);
	table_number(t, l->checkpoints);
	table_number(t, l->cosignatures);
}

/* Of a log, or with "" of the whole. */
static void put_findings(struct out *o, const char *origin, Ims__Ctl__Finding *const *list, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		text_tame(list[i]->detail);
		fprintf(o->file, "%s%s%s: %s [%s]\n", origin, *origin ? ": " : "", list[i]->object,
			*list[i]->detail ? list[i]->detail : "does not verify", list[i]->problem);
	}
}

static void verify_whole(struct out *o, const ProtobufCMessage *m)
{
	const Ims__Ctl__LogVerifyReply *r = (const Ims__Ctl__LogVerifyReply *)m;
	struct table t;

	table_init(&t, o->file, o->colour, verify_headings, 0);
	for (size_t i = 0; i < r->n_logs; i++)
		verify_row(&t, r->logs[i]);
	table_fini(&t);
	for (size_t i = 0; i < r->n_logs; i++)
		put_findings(o, r->logs[i]->origin, r->logs[i]->findings, r->logs[i]->n_findings);
	put_findings(o, "", r->findings, r->n_findings);
	if (r->documents)
		fprintf(o->file, "%" PRIu64 " document%s hashed again\n", r->documents, r->documents == 1 ? "" : "s");
	if (*r->failure)
		fprintf(o->file, "verification did not finish: %s\n", r->failure);
}

static void proof_whole(struct out *o, const ProtobufCMessage *m)
{
	const Ims__Ctl__ProofReply *p = (const Ims__Ctl__ProofReply *)m;

	o->ops->note(o, "text", BYTES(p->text.data, p->text.len));
}

static void note_whole(struct out *o, const ProtobufCMessage *m)
{
	const Ims__Ctl__NoteReply *n = (const Ims__Ctl__NoteReply *)m;

	o->ops->note(o, "note", BYTES(n->note.data, n->note.len));
}

const struct show show_logs[] = {
	{&ims__ctl__log_info__descriptor, NULL, log_headings, log_row},
	{&ims__ctl__log_list_reply__descriptor, logs_whole, NULL, NULL},
	{&ims__ctl__log_show_reply__descriptor, log_whole, NULL, NULL},
	{&ims__ctl__log_entry__descriptor, NULL, entry_headings, entry_row},
	{&ims__ctl__log_verify_reply__descriptor, verify_whole, NULL, NULL},
	{&ims__ctl__proof_reply__descriptor, proof_whole, NULL, NULL},
	{&ims__ctl__note_reply__descriptor, note_whole, NULL, NULL},
	{NULL, NULL, NULL, NULL},
};
