/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>

#include "base/mem.h"
#include "base/text.h"
#include "cli/import.h"
#include "cli/import_int.h"
#include "registry/csv.h"
#include "registry/registry.h"

#define FILE_MAX_BYTES ((size_t)1 << 30)
#define RUN_ARENA_BYTES ((size_t)4 << 30)

/* A row of organization.csv; projects may come later, so these wait. */
struct party_row {
	size_t project; /* number in ids */
	struct import_party party;
	int64_t cost, contribution;
	const char *file;
	unsigned line;
};

struct cordis {
	struct import_run run;
	struct intern ids; /* project ids of both files */
	struct import_project *project;
	size_t n, capacity;
	size_t *place;	       /* by number in ids: where the project stands + 1; 0 not come, */
	size_t place_capacity; /* PLACE_BAD: its row was left out */
	struct party_row *row;
	size_t n_rows, row_capacity;
};
#define PLACE_BAD ((size_t)-1)

static size_t *place_of(struct cordis *s, size_t id)
{
	size_t had = s->place_capacity;

	s->place = mem_grow(s->place, &s->place_capacity, id + 1, sizeof(*s->place));
	if (s->place_capacity > had)
		memset(s->place + had, 0, (s->place_capacity - had) * sizeof(*s->place));
	return &s->place[id];
}

/* ---- columns: a field by the name of its column */

struct table {
	struct cordis *s;
	struct csv *csv;
	const char *file;
};

/* Of the row that is being read. */
#define row_problem(t, ...) import_problem(&(t)->s->run, (t)->file, (t)->csv->line, __VA_ARGS__)

static struct bytes field(const struct table *t, const char *name)
{
	return csv_field(t->csv, csv_column(t->csv, name));
}

static char *line_field(const struct table *t, const char *name)
{
	char *text = import_line(&t->s->run.arena, field(t, name));

	if (!text)
		row_problem(t, "%s is not valid UTF-8", name);
	return text;
}

/* Absent or empty is 0. */
static bool money_field(const struct table *t, const char *name, int64_t *ret)
{
	struct bytes text = field(t, name);

	*ret = 0;
	if (!text.n || import_money(text, ret))
		return true;
	row_problem(t, "%s \"%.*s\" is not an amount", name, (int)(text.n < 40 ? text.n : 40),
		    (const char *)text.p);
	return false;
}

/* Our code for theirs, by the list's column cordis; `absent` (may be NULL) for an empty field. */
static char *code_field(const struct table *t, const char *name, const char *list, const char *absent)
{
	struct bytes text = field(t, name), code = bytes_of(absent);

	if (text.n)
		code = reference_find(t->s->run.o->ref, list, "cordis", text);
	if (!code.n)
		row_problem(t, "%s \"%.*s\" is in no row of %s.csv", name, (int)(text.n < 40 ? text.n : 40),
			    text.p ? (const char *)text.p : "", list);
	return code.n ? arena_text(&t->s->run.arena, code) : NULL;
}

/* ---- project.csv */

static bool project_take(const struct table *t, struct import_project *p)
{
	struct arena *a = &t->s->run.arena;
	struct bytes doi = field(t, "grantDoi");
	int64_t contribution;

	*p = (struct import_project){.file = t->file, .line = t->csv->line};
	p->id = line_field(t, "id");
	p->title = line_field(t, "title");
	p->acronym = line_field(t, "acronym");
	p->start = line_field(t, "startDate");
	p->end = line_field(t, "endDate");
	p->programme = line_field(t, "frameworkProgramme");
	p->keywords = line_field(t, "keywords");
	p->state = code_field(t, "status", "initiative-states", NULL);
	p->abstract = import_lines(a, field(t, "objective"));
	if (!p->abstract)
		row_problem(t, "objective is not valid UTF-8");
	if (!money_field(t, "totalCost", &p->budget_hundredths) ||
	    !money_field(t, "ecMaxContribution", &contribution) || !p->id || !p->title || !p->acronym ||
	    !p->start || !p->end || !p->programme || !p->keywords || !p->state || !p->abstract)
		return false;
	p->by_contribution = p->budget_hundredths == 0;
	if (p->by_contribution)
		p->budget_hundredths = contribution;
	p->scheme = arena_text(a, BYTES_LIT("cordis"));
	p->currency = arena_text(a, BYTES_LIT("EUR"));
	p->link[0] = (struct import_link){arena_text(a, BYTES_LIT("source")),
					  arena_printf(a, "https://cordis.europa.eu/project/id/%s", p->id)};
	if (doi.n)
		p->link[1] = (struct import_link){
			arena_text(a, BYTES_LIT("doi")),
			arena_printf(a, "https://doi.org/%.*s", (int)doi.n, (const char *)doi.p)};
	return true;
}

static void project_row(const struct table *t)
{
	struct cordis *s = t->s;
	struct bytes id = field(t, "id");
	size_t *place;

	if (!id.n) {
		row_problem(t, "no id");
		return;
	}
	place = place_of(s, intern_put(&s->ids, id, NULL));
	if (*place) {
		row_problem(t, "project %.*s stands twice", (int)id.n, (const char *)id.p);
		return;
	}
	s->project = mem_grow(s->project, &s->capacity, s->n + 1, sizeof(*s->project));
	*place = project_take(t, &s->project[s->n]) ? ++s->n : PLACE_BAD;
}

/* ---- organization.csv */

static bool is_yes(struct bytes text)
{
	return text.n && strchr("tTyY1", text.p[0]);
}

/* Only for enterprises does the size make the type: "PRC+SME", "PRC-SME", or "PRC" when not told. */
static char *type_of(const struct table *t)
{
	struct bytes activity = field(t, "activityType"), sme = field(t, "SME"), type;
	const char *size = "";
	char text[16];

	if (activity.n > 8)
		return NULL;
	if (bytes_eq_text(activity, "PRC") && sme.n)
		size = is_yes(sme) ? "+SME" : "-SME";
	snprintf(text, sizeof(text), "%.*s%s", (int)activity.n, activity.p ? (const char *)activity.p : "",
		 size);
	type = reference_find(t->s->run.o->ref, "organisation-types", "cordis", bytes_of(text));
	return type.n ? arena_text(&t->s->run.arena, type) : NULL;
}

static char *homepage_of(const struct table *t)
{
	struct bytes url = field(t, "organizationURL");

	if (!bytes_has_prefix(url, BYTES_LIT("http://")) && !bytes_has_prefix(url, BYTES_LIT("https://")))
		return NULL;
	return arena_text(&t->s->run.arena, url);
}

static bool org_take(const struct table *t, struct import_org *org)
{
	struct arena *a = &t->s->run.arena;
	struct bytes country = field(t, "country"), pic = field(t, "organisationID");

	*org = (struct import_org){
		.name = line_field(t, "name"),
		.short_name = line_field(t, "shortName"),
		.country = import_country(&t->s->run, country),
		.city = line_field(t, "city"),
		.type = type_of(t),
		.homepage = homepage_of(t),
		.file = t->file,
		.line = t->csv->line,
	};
	if (pic.n) {
		org->scheme = arena_text(a, BYTES_LIT("pic"));
		org->id = arena_text(a, pic);
	}
	if (org->name && !org->name[0])
		row_problem(t, "no name");
	if (!org->country)
		row_problem(t, "country \"%.*s\" is not known", (int)(country.n < 40 ? country.n : 40),
			    (const char *)country.p);
	return org->name && org->name[0] && org->short_name && org->city && org->country;
}

static void org_row(const struct table *t)
{
	struct cordis *s = t->s;
	struct party_row row = {.file = t->file, .line = t->csv->line};
	struct bytes id = field(t, "projectID");
	struct import_org org;

	if (!id.n)
		row_problem(t, "no projectID");
	row.party.role = code_field(t, "role", "participant-roles", "participant");
	if (!org_take(t, &org) || !money_field(t, "totalCost", &row.cost) ||
	    !money_field(t, "ecContribution", &row.contribution) || !row.party.role || !id.n)
		return;
	row.party.org = import_org_add(&s->run, &org);
	row.party.country = org.country;
	row.project = intern_put(&s->ids, id, NULL);
	s->row = mem_grow(s->row, &s->row_capacity, s->n_rows + 1, sizeof(*s->row));
	s->row[s->n_rows++] = row;
}

/* ---- files */

/* Which of the columns is missing; NULL: none. */
static const char *missing(const struct csv *c, const char *const *columns)
{
	for (; *columns; columns++)
		if (csv_column(c, *columns) == CSV_NO_COLUMN)
			return *columns;
	return NULL;
}

static int read_rows(struct table *t, void (*row)(const struct table *t))
{
	struct csv *c = t->csv;

	while (csv_next(c)) {
		if (c->problem)
			import_problem(&t->s->run, t->file, c->line, "%s", c->problem);
		else if (c->n != c->n_columns)
			import_problem(&t->s->run, t->file, c->line, "%zu fields, the header has %zu", c->n,
				       c->n_columns);
		else
			row(t);
		if (arena_failed(&t->s->run.arena))
			return IMS_E_NOMEM;
	}
	return 0;
}

static int read_table(struct table *t, bool from_archive)
{
	static const char *const of_project[] = {"id", "title", "status", "startDate", "endDate", NULL};
	static const char *const of_org[] = {"projectID", "name", "country", NULL};
	bool is_org, has_header = csv_header(t->csv);
	const char *lacks;

	is_org = csv_column(t->csv, "projectID") != CSV_NO_COLUMN;
	lacks = missing(t->csv, is_org ? of_org : of_project);
	if (has_header && !lacks)
		return read_rows(t, is_org ? org_row : project_row);
	if (from_archive) /* the download holds other tables beside these two */
		return 0;
	import_problem(&t->s->run, t->file, has_header ? 1 : 0,
		       "not a CORDIS project or organization table: %s%s",
		       has_header ? "no column " : "no header line", has_header ? lacks : "");
	return IMS_E_SYNTAX;
}

static int on_member(void *ctx, const char *name, bool from_archive, struct bytes data)
{
	struct cordis *s = ctx;
	struct csv c;
	struct table t = {s, &c, arena_text(&s->run.arena, bytes_of(name))};
	int err;

	if (!t.file)
		return IMS_E_NOMEM;
	csv_init(&c, data, 0);
	err = read_table(&t, from_archive);
	csv_fini(&c);
	return err;
}

/* ---- joining the two */

static int join_parties(struct cordis *s)
{
	size_t *count = mem_zalloc(s->n * sizeof(*count));

	for (size_t i = 0; i < s->n_rows; i++) {
		size_t at = *place_of(s, s->row[i].project);

		if (!at)
			import_problem(&s->run, s->row[i].file, s->row[i].line, "no project %.*s",
				       (int)s->ids.text[s->row[i].project].n,
				       (const char *)s->ids.text[s->row[i].project].p);
		else if (at != PLACE_BAD)
			count[at - 1]++;
	}
	for (size_t i = 0; i < s->n; i++)
		s->project[i].party = arena_array(&s->run.arena, count[i], sizeof(struct import_party));
	free(count);
	if (arena_failed(&s->run.arena))
		return IMS_E_NOMEM;
	for (size_t i = 0; i < s->n_rows; i++) {
		size_t at = *place_of(s, s->row[i].project);
		struct party_row *row = &s->row[i];

		if (!at || at == PLACE_BAD)
			continue;
		row->party.share_hundredths =
			s->project[at - 1].by_contribution ? row->contribution : row->cost;
		import_party_add(&s->run, &s->project[at - 1], &row->party);
	}
	return 0;
}

int import_cordis(const struct import_opts *o, const char *const *files, size_t n, struct import_sink *sink,
		  struct import_report *r)
{
	struct cordis s = {.n = 0};
	struct import_reader reader = {&s, FILE_MAX_BYTES, ".csv", on_member};
	int err;

	import_run_init(&s.run, o, sink, r, RUN_ARENA_BYTES);
	intern_init(&s.ids, &s.run.arena);
	err = import_read_files(&s.run, &reader, files, n);
	if (!err)
		err = join_parties(&s);
	if (!err)
		err = import_flush(&s.run, s.project, s.n);
	free(s.project);
	free(s.place);
	free(s.row);
	intern_fini(&s.ids);
	import_run_fini(&s.run);
	return err;
}
