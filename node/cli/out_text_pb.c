/* SPDX-License-Identifier: Apache-2.0 */
/* Output for people. */
#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>

#include <protobuf-c/protobuf-c.h>

#include "base/mem.h"
#include "cli/human.h"
#include "cli/out.h"
#include "cli/show.h"
#include "wire/codec.h"

/* ---- helpers of show_*_pb.c */

void show_pairs_begin(struct table *t, const struct out *o)
{
	table_init(t, o->file, o->colour, NULL, 2);
}

void show_pair(struct table *t, const char *name, const char *fmt, ...)
{
	char *text = NULL;
	va_list ap;

	va_start(ap, fmt);
	if (vasprintf(&text, fmt, ap) < 0)
		text = mem_strdup("?");
	va_end(ap);
	table_put(t, MARK_DIM, "%s", name);
	table_text(t, text);
	free(text);
}

const struct show *show_find(const struct show *rows, const ProtobufCMessageDescriptor *of)
{
	for (; rows->of; rows++)
		if (rows->of == of)
			return rows;
	return NULL;
}

void show_table(const struct out *o, const char *indent, const struct show *rows,
		const ProtobufCMessageDescriptor *of, ProtobufCMessage *const *m, size_t n)
{
	const struct show *s = show_find(rows, of);
	struct table t;

	table_init(&t, o->file, o->colour, s->headings, 0);
	t.indent = indent;
	for (size_t i = 0; i < n; i++)
		s->row(&t, m[i]);
	table_fini(&t);
}

enum mark show_state_mark(const char *state)
{
	static const struct {
		const char *state;
		enum mark mark;
	} marks[] = {
		{"ready", MARK_GOOD},	{"in-sync", MARK_GOOD},	   {"ok", MARK_GOOD},
		{"live", MARK_GOOD},	{"behind", MARK_WARN},	   {"read-only", MARK_WARN},
		{"learner", MARK_WARN}, {"suspended", MARK_WARN},  {"over-quota", MARK_WARN},
		{"wanted", MARK_WARN},	{"rolled-back", MARK_BAD}, {"unreachable", MARK_BAD},
		{"refused", MARK_BAD},	{"frozen", MARK_BAD},	   {"invalid", MARK_BAD},
		{"conflict", MARK_BAD},
	};

	for (size_t i = 0; i < sizeof(marks) / sizeof(marks[0]); i++)
		if (strcmp(state, marks[i].state) == 0)
			return marks[i].mark;
	return MARK_NONE;
}

void show_state(struct table *t, const char *state, const char *reason)
{
	table_put(t, MARK_DIM, "state");
	table_put(t, show_state_mark(state), "%s%s%s", state, *reason ? ": " : "", reason);
}

/* ---- the walk */

static const struct show *find(const ProtobufCMessageDescriptor *of)
{
	static const struct show *const all[] = {show_status,	show_logs,   show_records, show_cases,
					       show_partners, show_search, show_rest};
	const struct show *s = NULL;

	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]) && !s; i++)
		s = show_find(all[i], of);
	return s;
}

/* What has no row yet is still readable. */
static void text_unknown(struct out *o, const ProtobufCMessage *m)
{
	struct buf b = {0};

	codec_json(m, 2, &b);
	fprintf(o->file, "%s\n", buf_text(&b));
	buf_fini(&b);
}

static void text_message(struct out *o, const ProtobufCMessage *m)
{
	const struct show *s = find(m->descriptor);

	if (!s) {
		text_unknown(o, m);
	} else if (s->whole) {
		s->whole(o, m);
	} else {
		table_init(&o->table, o->file, o->colour, s->headings, 0);
		s->row(&o->table, m);
		table_fini(&o->table);
	}
}

static void text_note(struct out *o, const char *name, struct bytes text)
{
	(void)name;
	fwrite(text.p, 1, text.n, o->file);
	if (text.n && text.p[text.n - 1] != '\n')
		fputc('\n', o->file);
}

static const char *field_text(const struct out_field *f, char out[HUMAN_BYTES])
{
	switch (f->type) {
	case OUT_NUMBER:
		return human_count(f->number, out);
	case OUT_TRUTH:
		return f->number ? "yes" : "no";
	default:
		return f->text ? f->text : "";
	}
}

static void text_fields(struct out *o, const struct out_field *f, size_t n)
{
	struct table t;
	char number[HUMAN_BYTES];

	show_pairs_begin(&t, o);
	for (size_t i = 0; i < n; i++) {
		char *name = mem_strdup(f[i].name);

		for (char *p = name; *p; p++)
			*p = *p == '_' ? ' ' : *p;
		show_pair(&t, name, "%s", field_text(&f[i], number));
		free(name);
	}
	table_fini(&t);
}

static void text_list_begin(struct out *o, const char *name, const ProtobufCMessageDescriptor *d)
{
	(void)name;
	if (d)
		table_init(&o->table, o->file, o->colour, find(d)->headings, 0);
}

static void text_item(struct out *o, const ProtobufCMessage *m)
{
	find(m->descriptor)->row(&o->table, m);
}

/* "other_size" becomes "OTHER SIZE". */
static void put_heading(struct table *t, const char *name)
{
	char *text = mem_strdup(name);

	for (char *p = text; *p; p++)
		*p = *p == '_' ? ' ' : *p >= 'a' && *p <= 'z' ? (char)(*p - 'a' + 'A') : *p;
	table_put(t, MARK_DIM, "%s", text);
	free(text);
}

/* Lists of fields have the columns of the first item, and its names as headings. */
static void text_item_fields(struct out *o, const struct out_field *f, size_t n)
{
	char number[HUMAN_BYTES];

	if (o->items == 0) {
		table_init(&o->table, o->file, o->colour, NULL, n);
		for (size_t i = 0; i < n; i++)
			put_heading(&o->table, f[i].name);
	}
	for (size_t i = 0; i < n; i++) {
		const char *text = field_text(&f[i], number);

		table_put(&o->table, show_state_mark(text), "%s", *text ? text : "-");
	}
}

static void text_list_end(struct out *o, const struct out_field *tail, size_t n)
{
	(void)tail;
	(void)n;
	if (o->table.file)
		table_fini(&o->table);
	o->table = (struct table){0};
}

const struct out_ops out_text_ops = {
	.message = text_message,
	.note = text_note,
	.fields = text_fields,
	.list_begin = text_list_begin,
	.item = text_item,
	.item_fields = text_item_fields,
	.list_end = text_list_end,
};
