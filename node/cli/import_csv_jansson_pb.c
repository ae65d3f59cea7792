/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A table of any kind of record, a row each; of a kind with a list of members (an initiative's participants)
 * rows that say the same of the record, or nothing, go on with its list. Organisations that a row names are put
 * first, like those of the other sources.
 */
#include <stdlib.h>

#include <jansson.h>

#include "base/mem.h"
#include "base/text.h"
#include "cli/import_columns.h"
#include "registry/tidy.h"
#include "wire/codec.h"

#define RUN_ARENA_BYTES ((size_t)1 << 30)
#define FILE_MAX_BYTES ((size_t)64 << 20)
#define BATCH 500

/* A participant whose organisation is named, not told by its id. */
struct named {
	json_t *item; /* borrowed from its record */
	const char *member;
	size_t org;
};

struct row_record {
	json_t *value; /* owned; NULL: it had a problem, its other rows go with it */
	const char *id;
	unsigned line;
	size_t first_named; /* of its organisations in `named` */
};

struct table {
	struct import_run run;
	struct import_columns columns;
	const char *file;
	struct buf said, was_said; /* what the row, the one before, says of the record itself */
	bool lost;		   /* the row before could not be read: whose list goes on is not known */
	struct row_record record[BATCH];
	size_t n;
	struct named *named;
	size_t n_named, capacity;
};

/* ---- putting */
static void name_organisations(struct table *t)
{
	struct import_run *run = &t->run;

	for (size_t i = 0; i < t->n_named; i++) {
		const struct import_org *org = &run->org[t->named[i].org];
		struct bytes id = org->ticket == UINT64_MAX ? BYTES_NONE
							    : run->sink->id(run->sink->ctx, org->ticket);

		if (id.n)
			json_object_set_new(t->named[i].item, t->named[i].member,
					    json_stringn((const char *)id.p, id.n));
	}
	t->n_named = 0;
}

/* "/title/0/lang: …" lines. */
static void tell(struct table *t, const struct row_record *r, struct buf *problems, const char *otherwise)
{
	struct bytes rest = buf_bytes(problems), line;

	if (!rest.n)
		import_problem(&t->run, t->file, r->line, "%s", otherwise);
	while (rest.n && text_split(&rest, '\n', &line))
		if (line.n)
			import_problem(&t->run, t->file, r->line, "%.*s", (int)line.n, (const char *)line.p);
}

static int pack(struct table *t, const struct row_record *r, struct buf *payload)
{
	const struct kind *kind = t->run.o->kind;
	char *text = json_dumps(r->value, JSON_COMPACT);
	struct buf problems = {0};
	struct errtext e = {""};
	struct ProtobufCMessage *m;
	struct arena a;
	int err;

	if (!text)
		return IMS_E_NOMEM;
	arena_init(&a, codec_budget(strlen(text)) + TIDY_MAX_BYTES);
	err = codec_from_json(kind->descriptor, bytes_of(text), &a, &m, &problems, &e);
	if (!err) {
		registry_tidy(kind, m, &a);
		codec_pack(m, payload);
	}
	if (err && err != IMS_E_NOMEM)
		tell(t, r, &problems, e.text[0] ? e.text : ims_strerror(err));
	arena_fini(&a);
	buf_fini(&problems);
	free(text);
	return err;
}

static int put_record(struct table *t, struct row_record *r, struct buf *payload)
{
	struct import_run *run = &t->run;
	const struct import_put p = {
		.kind = run->o->kind->name, .id = r->id, .file = t->file, .line = r->line};
	uint64_t ticket;
	int err;

	buf_clear(payload);
	err = pack(t, r, payload);
	if (!err)
		err = import_put(run, &p, payload, &ticket, &run->r->initiatives);
	return err == IMS_E_NOMEM || (err && ims_error(err)->exit_code != 1) ? err : 0;
}

static int flush(struct table *t)
{
	struct import_run *run = &t->run;
	struct buf payload = {0};
	int err = 0;

	for (size_t i = 0; i < t->n_named && !err; i++)
		err = import_put_org(run, t->named[i].org, &payload);
	if (!err)
		err = run->sink->await(run->sink->ctx);
	if (!err)
		name_organisations(t);
	for (size_t i = 0; i < t->n; i++) {
		if (t->record[i].value && !err)
			err = put_record(t, &t->record[i], &payload);
		json_decref(t->record[i].value);
	}
	t->n = t->n_named = 0;
	buf_fini(&payload);
	return err ? err : run->sink->await(run->sink->ctx);
}

/* ---- reading */

/* What a column is of: the record itself, as opposed to an item of a list of it. */
static bool is_of_record(const struct import_column *c)
{
	return c->form != COLUMN_ASIDE && !c->member;
}

/* Takes down what the row says of the record itself; does it say anything? */
static bool take_down(struct table *t, const struct csv *csv)
{
	bool says = false;

	buf_clear(&t->said);
	for (size_t i = 0; i < t->columns.n; i++)
		if (is_of_record(&t->columns.of[i])) {
			struct bytes cell = csv_field(csv, i);

			says |= cell.n > 0;
			buf_put(&t->said, cell);
			buf_put_u8(&t->said, 0);
		}
	return says;
}

/* Does the row go on with the record before it? */
static bool goes_on(struct table *t, bool says)
{
	struct buf swap = t->said;

	if (t->n > 0 && t->columns.has_members &&
	    (!says || bytes_eq(buf_bytes(&t->said), buf_bytes(&t->was_said))))
		return true;
	t->said = t->was_said;
	t->was_said = swap;
	return false;
}

/* What the cells are put over: the record of the row's id, else the template, else nothing. */
static json_t *base_of(struct table *t, const struct csv *csv, struct row_record *r)
{
	struct import_run *run = &t->run;
	struct errtext e = {""};
	struct buf json = {0};
	json_t *base = NULL;

	for (size_t i = 0; i < t->columns.n; i++)
		if (t->columns.of[i].form == COLUMN_ID && csv_field(csv, i).n)
			r->id = import_line(&run->arena, csv_field(csv, i));
	if (r->id && run->sink->get) {
		if (run->sink->get(run->sink->ctx, r->id, run->o->kind, &json, &e))
			import_problem(run, t->file, r->line, "%s: %s", r->id, e.text);
		else
			base = json_loadb((const char *)json.p, json.n, 0, NULL);
		json_object_del(base, "header"); /* that is whoever acts now */
		buf_fini(&json);
		return base;
	}
	return run->o->template.n
		       ? json_loadb((const char *)run->o->template.p, run->o->template.n, 0, NULL)
		       : json_object();
}

/* The item's organisation by name, where it is no id: to be put, or found, by name and country. */
static void note_organisation(struct table *t, const struct row_record *r, json_t *item)
{
	struct import_run *run = &t->run;
	const char *name = json_string_value(json_object_get(item, "organisation"));
	const char *country = json_string_value(json_object_get(item, "country"));
	struct import_org org = {.file = t->file, .line = r->line};
	struct record_id rid;

	if (!name || !*name || record_id_parse(bytes_of(name), &rid) == 0)
		return;
	org.name = import_line(&run->arena, bytes_of(name));
	org.country = import_country(run, bytes_of(country));
	if (!org.name || !org.country)
		return; /* told by the check: it is no record id */
	t->named = mem_grow(t->named, &t->capacity, t->n_named + 1, sizeof(*t->named));
	t->named[t->n_named++] = (struct named){item, "organisation", import_org_add(run, &org)};
}

static void add_item(struct table *t, struct row_record *r, const char *list_name, json_t *item)
{
	json_t *list = json_object_get(r->value, list_name);

	if (!json_is_array(list)) {
		list = json_array();
		json_object_set_new(r->value, list_name, list);
	}
	json_array_append_new(list, item);
	note_organisation(t, r, item);
}

/* The row's cells; false: one of them is not what it should be. */
static bool put_cells(struct table *t, const struct csv *csv, struct row_record *r, bool first_row)
{
	json_t *item = json_object();
	const char *list_name = NULL;
	bool good = true;

	for (size_t i = 0; i < t->columns.n; i++) {
		const struct import_column *c = &t->columns.of[i];

		if (c->member)
			list_name = import_list_name(c);
		if (c->member || first_row)
			good &= import_cell_put(&t->run, c, t->file, csv->line, csv_field(csv, i), r->value, item);
	}
	if (list_name && json_object_size(item) && good)
		add_item(t, r, list_name, item);
	else
		json_decref(item);
	return good;
}

static void drop(struct table *t, struct row_record *r)
{
	t->n_named = r->first_named;
	json_decref(r->value);
	r->value = NULL;
}

static int take_row(struct table *t, const struct csv *csv)
{
	bool says = take_down(t, csv), on;
	struct row_record *r;
	int err;

	if (!says && t->lost)
		return 0;
	t->lost = false;
	on = goes_on(t, says);
	err = !on && t->n == BATCH ? flush(t) : 0;
	if (err)
		return err;
	if (!on) {
		r = &t->record[t->n++];
		*r = (struct row_record){.line = csv->line, .first_named = t->n_named};
		r->value = base_of(t, csv, r);
		t->run.r->projects += r->value != NULL;
	}
	r = &t->record[t->n - 1];
	if (r->value && !put_cells(t, csv, r, !on))
		drop(t, r);
	return arena_failed(&t->run.arena) ? IMS_E_NOMEM : 0;
}

/* A delimiter inside a cell that stands without quotes shifts all behind it. */
static bool is_too_wide(const struct csv *csv)
{
	for (size_t i = csv->n_columns; i < csv->n; i++)
		if (csv_field(csv, i).n)
			return true;
	return false;
}

static int take_rows(struct table *t, struct csv *csv)
{
	int err = 0;

	t->lost = false;
	while (!err && csv_next(csv)) {
		bool wide = !csv->problem && is_too_wide(csv);

		if (!csv->problem && !wide) {
			err = take_row(t, csv);
			continue;
		}
		t->lost = t->columns.has_members;
		if (wide)
			import_problem(&t->run, t->file, csv->line,
				       "more cells than headings: is one with a '%c' without quotes?", csv->delimiter);
		else
			import_problem(&t->run, t->file, csv->line, "%s", csv->problem);
	}
	return err;
}

static int on_member(void *ctx, const char *name, bool from_archive, struct bytes data)
{
	struct table *t = ctx;
	struct csv csv;
	int err;

	(void)from_archive;
	t->file = arena_text(&t->run.arena, bytes_of(name));
	csv_init(&csv, data, 0);
	if (!csv_header(&csv)) {
		import_problem(&t->run, name, 1, "%s", csv.problem ? csv.problem : "it has no heading");
		csv_fini(&csv);
		return IMS_E_SYNTAX;
	}
	err = import_columns_take(&t->run, t->file, &csv, &t->columns);
	if (!err)
		err = take_rows(t, &csv);
	csv_fini(&csv);
	if (!err)
		return flush(t);
	for (; t->n; t->n--)
		json_decref(t->record[t->n - 1].value);
	return err;
}

int import_csv(const struct import_opts *o, const char *const *files, size_t n, struct import_sink *sink,
	       struct import_report *r)
{
	struct table *t = mem_new(struct table);
	const struct import_reader reader = {t, FILE_MAX_BYTES, ".csv", on_member};
	int err;

	import_run_init(&t->run, o, sink, r, RUN_ARENA_BYTES);
	err = import_read_files(&t->run, &reader, files, n);
	import_run_fini(&t->run);
	buf_fini(&t->said);
	buf_fini(&t->was_said);
	free(t->named);
	free(t);
	return err;
}
