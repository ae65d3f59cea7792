/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/import_columns.h"

#include <ctype.h>
#include <stdlib.h>

#include <jansson.h>
#include <protobuf-c/protobuf-c.h>

#include "base/text.h"
#include "cli/export_cells.h"

#define HUNDREDTHS "_hundredths"

/* ---- headings */
typedef const ProtobufCFieldDescriptor field_t;
typedef const ProtobufCMessageDescriptor message_t;

/* "Short name" and "short-name" are "short_name". */
static char *as_name(struct arena *a, struct bytes text)
{
	char *name = arena_text(a, text);

	for (char *c = name; c && *c; c++)
		*c = *c == ' ' || *c == '-' ? '_' : (char)tolower((unsigned char)*c);
	return name;
}

/* Field 1, the header, is whoever acts now. */
static field_t *field_named(message_t *d, const char *name)
{
	field_t *f = protobuf_c_message_descriptor_get_field_by_name(d, name);

	return f && strcmp(f->name, "header") != 0 ? f : NULL;
}

/* "budget" for budget_hundredths: a person's amount. */
static field_t *amount_named(struct arena *a, message_t *d, const char *name)
{
	char *whole = arena_printf(a, "%s" HUNDREDTHS, name);

	return whole ? field_named(d, whole) : NULL;
}

static bool has_members(message_t *d, const char *one, const char *other)
{
	return d && field_named(d, one) && field_named(d, other);
}

static enum column_form form_of_message(message_t *d)
{
	if (has_members(d, "lang", "text"))
		return COLUMN_TEXT;
	if (has_members(d, "scheme", "id"))
		return COLUMN_SOURCE;
	return has_members(d, "rel", "url") ? COLUMN_LINK : COLUMN_JSON;
}

static enum column_form form_of(field_t *f)
{
	switch (f->type) {
	case PROTOBUF_C_TYPE_STRING:
		return strstr(f->name, "countr")      ? COLUMN_COUNTRY
		       : strcmp(f->name, "text") == 0 ? COLUMN_LINES
						      : COLUMN_WORD;
	case PROTOBUF_C_TYPE_BYTES:
		return COLUMN_WORD;
	case PROTOBUF_C_TYPE_BOOL:
		return COLUMN_TRUTH;
	case PROTOBUF_C_TYPE_MESSAGE:
		return form_of_message(f->descriptor);
	default:
		return COLUMN_NUMBER;
	}
}

static void find_field(struct import_run *run, message_t *d, const char *name, field_t **ret,
		       enum column_form *ret_form)
{
	*ret = field_named(d, name);
	if (*ret) {
		*ret_form = form_of(*ret);
		return;
	}
	*ret = amount_named(&run->arena, d, name);
	*ret_form = *ret ? COLUMN_AMOUNT : COLUMN_ASIDE;
}

/* Is it the i-th of the columns that an export puts first? They tell of the entry, not of the record. */
static bool is_of_entry(const struct csv *csv, size_t i)
{
	static const char *const first[] = {"id", "revision", "state", "origin", "index", "time"};

	for (size_t k = 0; k < sizeof(first) / sizeof(first[0]); k++)
		if (k >= csv->n_columns || !bytes_eq_text(csv->column[k], first[k]))
			return false;
	return i > 0 && i < sizeof(first) / sizeof(first[0]);
}

/* What --column HEADING=FIELD calls it, else itself. */
static struct bytes renamed(const struct import_run *run, struct bytes heading)
{
	for (size_t i = 0; i < run->o->n_columns; i++) {
		struct bytes rest = bytes_of(run->o->columns[i]), name;

		if (text_split(&rest, '=', &name) && rest.p && bytes_eq(name, heading))
			return rest;
	}
	return heading;
}

static void resolve(struct import_run *run, struct bytes heading, struct import_column *c)
{
	struct bytes rest = renamed(run, heading), name, member;
	message_t *d = run->o->kind->descriptor;
	char *lang = NULL;

	text_split(&rest, '@', &name);
	if (rest.p)
		lang = arena_text(&run->arena, rest);
	rest = name;
	text_split(&rest, '.', &member);
	if (!rest.p && strcasecmp(as_name(&run->arena, name), "id") == 0) {
		c->form = COLUMN_ID;
		return;
	}
	find_field(run, d, as_name(&run->arena, member), &c->field, &c->form);
	if (rest.p && c->field && c->form == COLUMN_JSON && c->field->label == PROTOBUF_C_LABEL_REPEATED)
		find_field(run, c->field->descriptor, as_name(&run->arena, rest), &c->member, &c->form);
	else if (rest.p)
		c->form = COLUMN_ASIDE;
	c->lang = lang ? lang : run->o->lang;
}

/* Which columns there are none for, in one line, with what there could be. */
static void remark(struct import_run *run, const char *file, const struct csv *csv, const char *aside)
{
	message_t *d = run->o->kind->descriptor;
	struct buf fields = {0};
	char *text;

	for (unsigned i = 1; i < d->n_fields; i++)
		buf_printf(&fields, "%s%s", i > 1 ? " " : "", d->fields[i].name);
	text = arena_printf(&run->arena, "left aside, being no field of %s: %s. Its fields: %s",
			    run->o->kind->name, aside, buf_text(&fields));
	if (text && run->o->problem)
		run->o->problem(run->o->ctx, file, csv->line, text);
	buf_fini(&fields);
}

int import_columns_take(struct import_run *run, const char *file, const struct csv *csv,
			struct import_columns *ret)
{
	struct buf aside = {0};
	size_t used = 0;

	*ret = (struct import_columns){.n = csv->n_columns};
	if (ret->n > IMPORT_COLUMNS_MAX) {
		import_problem(run, file, csv->line, "more than %d columns", IMPORT_COLUMNS_MAX);
		return IMS_E_LIMIT;
	}
	for (size_t i = 0; i < ret->n; i++) {
		struct import_column *c = &ret->of[i];

		c->heading = arena_text(&run->arena, csv->column[i]);
		if (is_of_entry(csv, i))
			continue;
		resolve(run, csv->column[i], c);
		used += c->form != COLUMN_ASIDE && c->form != COLUMN_ID;
		ret->has_members |= c->member != NULL;
		if (c->form == COLUMN_ASIDE)
			buf_printf(&aside, "%s'%s'", aside.n ? " " : "", c->heading);
	}
	if (aside.n)
		remark(run, file, csv, buf_text(&aside));
	buf_fini(&aside);
	if (arena_failed(&run->arena))
		return IMS_E_NOMEM;
	if (used)
		return 0;
	import_problem(run, file, csv->line, "no column is a field of %s: name them so, or use --column HEADING=FIELD",
		       run->o->kind->name);
	return IMS_E_SYNTAX;
}

const char *import_list_name(const struct import_column *c)
{
	return c->field->name;
}

/* ---- cells */
static json_t *text_of(struct import_run *run, struct bytes cell, bool lines)
{
	const char *text = lines ? import_lines(&run->arena, cell) : import_line(&run->arena, cell);

	return text ? json_string(text) : NULL;
}

/* NULL when one of the two is. */
static json_t *pair(const char *one, json_t *a, const char *other, json_t *b)
{
	json_t *v = json_object();
	int failed = json_object_set_new(v, one, a);

	failed |= json_object_set_new(v, other, b);
	if (!failed)
		return v;
	json_decref(v);
	return NULL;
}

static json_t *source_of(struct import_run *run, struct bytes cell)
{
	struct bytes rest = cell, scheme;

	if (!text_split(&rest, ':', &scheme) || !rest.n)
		return NULL;
	return pair("scheme", text_of(run, scheme, false), "id", text_of(run, rest, false));
}

/* A code where there is one; what is none is left for the check to name. */
static json_t *country_of(struct import_run *run, struct bytes cell)
{
	const char *code = import_country(run, cell);

	return code ? json_string(code) : text_of(run, cell, false);
}

static json_t *number_of(struct bytes cell)
{
	bool minus = cell.n && cell.p[0] == '-';
	uint64_t v;

	if (!dec_get_u64(minus ? BYTES(cell.p + 1, cell.n - 1) : cell, &v) || v > INT64_MAX)
		return NULL;
	return json_integer(minus ? -(json_int_t)v : (json_int_t)v);
}

static json_t *truth_of(struct bytes cell)
{
	static const char *const yes[] = {"true", "yes", "1"}, *const no[] = {"false", "no", "0"};

	for (size_t i = 0; i < 3; i++) {
		if (cell.n == strlen(yes[i]) && strncasecmp((const char *)cell.p, yes[i], cell.n) == 0)
			return json_true();
		if (cell.n == strlen(no[i]) && strncasecmp((const char *)cell.p, no[i], cell.n) == 0)
			return json_false();
	}
	return NULL;
}

static json_t *amount_of(struct bytes cell)
{
	int64_t hundredths;

	return import_money(cell, &hundredths) ? json_integer(hundredths) : NULL;
}

/* One value of the column's form; NULL: the cell is none. */
static json_t *value_of(struct import_run *run, const struct import_column *c, struct bytes cell)
{
	switch (c->form) {
	case COLUMN_NUMBER:
		return number_of(cell);
	case COLUMN_TRUTH:
		return truth_of(cell);
	case COLUMN_AMOUNT:
		return amount_of(cell);
	case COLUMN_COUNTRY:
		return country_of(run, cell);
	case COLUMN_TEXT:
		return pair("lang", json_string(c->lang ? c->lang : "en"), "text", text_of(run, cell, true));
	case COLUMN_SOURCE:
		return source_of(run, cell);
	case COLUMN_LINK:
		return pair("rel", json_string("homepage"), "url", text_of(run, cell, false));
	case COLUMN_WORD:
	case COLUMN_LINES:
		return text_of(run, cell, c->form == COLUMN_LINES);
	default:
		return NULL;
	}
}

static const char *what_is_expected(const struct import_column *c)
{
	switch (c->form) {
	case COLUMN_NUMBER:
		return "a whole number";
	case COLUMN_TRUTH:
		return "yes or no";
	case COLUMN_AMOUNT:
		return "an amount, as 1234.50";
	case COLUMN_SOURCE:
		return "a source, as cordis:101000210";
	case COLUMN_JSON:
		return "JSON, or columns of its members, as participants.role";
	default:
		return "valid UTF-8";
	}
}

/* A text replaces the one in its language; other lists grow. */
static void append(json_t *list, json_t *value)
{
	const char *lang = json_string_value(json_object_get(value, "lang"));

	for (size_t i = 0; lang && i < json_array_size(list); i++) {
		const char *its = json_string_value(json_object_get(json_array_get(list, i), "lang"));

		if (its && strcmp(its, lang) == 0) {
			json_array_set_new(list, i, value);
			return;
		}
	}
	json_array_append_new(list, value);
}

/* All values of a list's cell. A column of words takes the place of what a template has there. */
static bool put_list(struct import_run *run, const struct import_column *c, struct bytes cell, json_t *into,
		     const char *name)
{
	json_t *had = json_object_get(into, name);
	json_t *list = c->form == COLUMN_TEXT && json_is_array(had) ? json_deep_copy(had) : json_array();
	struct bytes rest = cell, part;
	bool good = true;

	while (good && (c->form == COLUMN_TEXT ? rest.n && (part = rest, rest = BYTES_NONE, true)
					       : text_split(&rest, ';', &part))) {
		json_t *v = part.n ? value_of(run, c, text_trim(part)) : NULL;

		good = v || !text_trim(part).n;
		if (v)
			append(list, v);
	}
	json_object_set_new(into, name, list);
	return good;
}

static bool is_list_of(const json_t *v, json_type item)
{
	if (!json_is_array(v))
		return false;
	for (size_t i = 0; i < json_array_size(v); i++)
		if (json_typeof(json_array_get(v, i)) != item)
			return false;
	return true;
}

/* Words and texts may begin with a bracket without being JSON. */
static bool put_json(const field_t *f, struct bytes cell, json_t *into)
{
	bool is_message = f->type == PROTOBUF_C_TYPE_MESSAGE;
	json_t *v = json_loadb((const char *)cell.p, cell.n, JSON_REJECT_DUPLICATES, NULL);

	if (is_list_of(v, is_message ? JSON_OBJECT : JSON_STRING) || (is_message && json_is_object(v)))
		return json_object_set_new(into, f->name, v) == 0;
	json_decref(v);
	return false;
}

static bool may_be_json(const field_t *f, struct bytes cell)
{
	return (f->type == PROTOBUF_C_TYPE_MESSAGE && (cell.p[0] == '[' || cell.p[0] == '{')) ||
	       (f->type == PROTOBUF_C_TYPE_STRING && f->label == PROTOBUF_C_LABEL_REPEATED && cell.p[0] == '[');
}

/* White space that the record has and a cell cannot hold is no change. */
static bool is_as_it_was(struct import_run *run, const json_t *had, const json_t *v)
{
	const char *was = json_string_value(had), *is = json_string_value(v);
	const char *tidy = was && is ? import_line(&run->arena, bytes_of(was)) : NULL;

	return tidy && strcmp(tidy, is) == 0;
}

bool import_cell_put(struct import_run *run, const struct import_column *c, const char *file, unsigned line,
		     struct bytes cell, json_t *record, json_t *item)
{
	field_t *f = c->member ? c->member : c->field;
	json_t *into = c->member ? item : record, *v;
	bool good;

	if (!f || !cell.n)
		return true;
	if (cell.n > 1 && cell.p[0] == '\'' && strchr(EXPORT_FORMULA, cell.p[1]))
		cell = BYTES(cell.p + 1, cell.n - 1);
	if (may_be_json(f, cell) && put_json(f, cell, into)) {
		good = true;
	} else if (f->label == PROTOBUF_C_LABEL_REPEATED) {
		good = put_list(run, c, cell, into, f->name);
	} else {
		v = value_of(run, c, cell);
		good = v != NULL;
		if (v && is_as_it_was(run, json_object_get(into, f->name), v))
			json_decref(v);
		else if (v)
			json_object_set_new(into, f->name, v);
	}
	if (!good)
		import_problem(run, file, line, "%s \"%.*s\": expected %s", c->heading,
			       (int)(cell.n < 40 ? cell.n : 40), (const char *)cell.p, what_is_expected(c));
	return good;
}
