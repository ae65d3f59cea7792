/* SPDX-License-Identifier: Apache-2.0 */
/* Records and what writing them did. */
#include <inttypes.h>

#include "pb/ctl.pb-c.h"

#include "cli/human.h"
#include "cli/show.h"
#include "wire/codec.h"

#define LABEL_COLUMNS 60

/* What a record is called, into a cell. */
static void put_label(struct table *t, const Ims__Ctl__Record *r)
{
	struct arena a;
	const ProtobufCMessage *m = payload_open(r, &a);

	table_cut(t, MARK_NONE, m ? payload_label(m) : "", LABEL_COLUMNS);
	arena_fini(&a);
}

static const char *const record_headings[] = {"ID", ">REV", "STATE", "TIME", "NAME", "WHY", NULL};

static void record_row(struct table *t, const ProtobufCMessage *m)
{
	const Ims__Ctl__Record *r = (const Ims__Ctl__Record *)m;
	char time[HUMAN_BYTES];

	table_text(t, r->id);
	table_number(t, r->revision);
	table_put(t, show_state_mark(r->state), "%s", r->state);
	table_text(t, human_time(r->time_ms, time));
	put_label(t, r);
	table_put(t, MARK_NONE, "%s", r->reason);
}

static void put_payload(struct out *o, const Ims__Ctl__Record *r)
{
	struct arena a;
	const ProtobufCMessage *m = payload_open(r, &a);
	struct buf text = {0};

	if (m) {
		codec_json(m, 2, &text);
		fprintf(o->file, "\n%s\n", buf_text(&text));
	} else if (r->payload.len) {
		fprintf(o->file, "\n%zu bytes that this version cannot read\n", r->payload.len);
	}
	buf_fini(&text);
	arena_fini(&a);
}

static void record_whole(struct out *o, const ProtobufCMessage *m)
{
	const Ims__Ctl__Record *r = (const Ims__Ctl__Record *)m;
	char time[HUMAN_BYTES];
	struct table t;

	show_pairs_begin(&t, o);
	show_pair(&t, "id", "%s", r->id);
	show_pair(&t, "kind", "%s", r->kind);
	show_pair(&t, "revision", "%" PRIu64, r->revision);
	show_state(&t, r->state, r->reason);
	show_pair(&t, "audience", "%s", r->audience);
	show_pair(&t, "entry", "%" PRIu64 " of %s", r->index, r->origin);
	show_pair(&t, "written", "%s", human_time(r->time_ms, time));
	table_fini(&t);
	put_payload(o, r);
}

static const char *const history_headings[] = {">REV",	"OPERATION", "STATE", "TIME",
					       "ENTRY", "NAME",	     "WHY",   NULL};

static void history_whole(struct out *o, const ProtobufCMessage *m)
{
	const Ims__Ctl__RecordHistoryReply *h = (const Ims__Ctl__RecordHistoryReply *)m;
	struct table t;

	table_init(&t, o->file, o->colour, history_headings, 0);
	for (size_t i = 0; i < h->n_revisions; i++) {
		const Ims__Ctl__Record *r = h->revisions[i];
		char time[HUMAN_BYTES];

		table_number(&t, r->revision);
		table_text(&t, r->operation);
		table_put(&t, show_state_mark(r->state), "%s", r->state);
		table_text(&t, human_time(r->time_ms, time));
		table_put(&t, MARK_NONE, "%s#%" PRIu64, r->origin, r->index);
		put_label(&t, r);
		table_put(&t, MARK_NONE, "%s", r->reason);
	}
	table_fini(&t);
}

void show_written(struct out *o, const char *id, const char *outcome, uint64_t revision, uint64_t index,
		  const char *origin, const char *ack)
{
	fprintf(o->file, "%s %s, revision %" PRIu64 ", entry %" PRIu64 " of %s, %s\n", id,
		*outcome ? outcome : "written", revision, index, origin, ack);
}

static void put_whole(struct out *o, const ProtobufCMessage *m)
{
	const Ims__Ctl__PutReply *p = (const Ims__Ctl__PutReply *)m;

	show_written(o, p->id, p->outcome, p->revision, p->index, p->origin, p->ack);
}

const struct show show_records[] = {
	{&ims__ctl__record__descriptor, record_whole, record_headings, record_row},
	{&ims__ctl__record_history_reply__descriptor, history_whole, NULL, NULL},
	{&ims__ctl__put_reply__descriptor, put_whole, NULL, NULL},
	{NULL, NULL, NULL, NULL},
};
