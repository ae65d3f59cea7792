/* SPDX-License-Identifier: Apache-2.0 */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>
#include <sys/stat.h>

#include "base/arena.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/text.h"
#include "registry/csv.h"
#include "registry/registry.h"

#define LISTS_MAX 64
#define FILE_MAX_BYTES ((size_t)4 << 20)
#define ARENA_BYTES ((size_t)64 << 20)

struct list {
	char *name;
	struct bytes *column; /* of the header */
	size_t n_columns;
	struct bytes *cell; /* n_rows * n_columns, in file order */
	size_t n_rows, capacity;
	size_t *by_id; /* row numbers in the order of their ids */
};

struct reference {
	struct arena arena; /* every text */
	struct list list[LISTS_MAX];
	size_t n;
};

static struct bytes row_id(const struct list *l, size_t row)
{
	return l->cell[row * l->n_columns];
}

static const struct list *list_of(const struct reference *r, const char *name)
{
	for (size_t i = 0; i < r->n; i++)
		if (strcmp(r->list[i].name, name) == 0)
			return &r->list[i];
	return NULL;
}

/* Place of `id` in by_id: the first that is not below it. */
static size_t place_of(const struct list *l, struct bytes id)
{
	size_t low = 0, high = l->n_rows;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (bytes_cmp(row_id(l, l->by_id[middle]), id) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static bool row_of(const struct list *l, struct bytes id, size_t *ret)
{
	size_t place = place_of(l, id);

	if (place == l->n_rows || !bytes_eq(row_id(l, l->by_id[place]), id))
		return false;
	*ret = l->by_id[place];
	return true;
}

/* ---- loading */

static int add_row(struct reference *r, struct list *l, const struct csv *c, const char *path,
		   struct errtext *e)
{
	size_t row = l->n_rows, place;
	struct bytes *cell;

	if (c->problem)
		return errtext_set(e, IMS_E_SYNTAX, "%s:%u: %s", path, c->line, c->problem);
	if (c->n != l->n_columns)
		return errtext_set(e, IMS_E_SYNTAX, "%s:%u: %zu fields, the header has %zu", path, c->line,
				   c->n, l->n_columns);
	if (row == l->capacity) {
		size_t old = l->capacity;

		l->cell = mem_grow(l->cell, &l->capacity, row + 1, l->n_columns * sizeof(*l->cell));
		l->by_id = mem_grow(l->by_id, &old, row + 1, sizeof(*l->by_id));
	}
	cell = l->cell + row * l->n_columns;
	for (size_t i = 0; i < l->n_columns; i++) {
		struct bytes field = csv_field(c, i);

		if (!utf8_is_text(field))
			return errtext_set(e, IMS_E_SYNTAX, "%s:%u: not valid UTF-8 text", path, c->line);
		cell[i] = arena_dup(&r->arena, field);
	}
	if (arena_failed(&r->arena))
		return IMS_E_NOMEM;
	place = place_of(l, cell[0]);
	if (cell[0].n == 0 || (place < row && bytes_eq(row_id(l, l->by_id[place]), cell[0])))
		return errtext_set(e, IMS_E_SYNTAX, "%s:%u: %s id", path, c->line,
				   cell[0].n ? "second row with this" : "row without");
	memmove(l->by_id + place + 1, l->by_id + place, (row - place) * sizeof(*l->by_id));
	l->by_id[place] = row;
	l->n_rows++;
	return 0;
}

static int load_rows(struct reference *r, struct list *l, struct bytes text, const char *path,
		     struct errtext *e)
{
	struct csv c;
	int err = 0;

	csv_init(&c, text, ',');
	if (!csv_header(&c)) {
		err = errtext_set(e, IMS_E_SYNTAX, "%s:1: no header line", path);
	} else {
		l->n_columns = c.n_columns;
		l->column = arena_array(&r->arena, c.n_columns, sizeof(*l->column));
		for (size_t i = 0; l->column && i < c.n_columns; i++)
			l->column[i] = arena_dup(&r->arena, c.column[i]);
		err = arena_failed(&r->arena) ? IMS_E_NOMEM : 0;
	}
	while (!err && csv_next(&c))
		err = add_row(r, l, &c, path, e);
	csv_fini(&c);
	return err;
}

/* `file` is NAME.csv in `dir`. */
static int load_list(struct reference *r, const char *dir, const char *file, struct errtext *e)
{
	struct list *l;
	struct buf text;
	char *path;
	int err;

	if (r->n == LISTS_MAX)
		return errtext_set(e, IMS_E_LIMIT, "%s: more than %d lists", dir, LISTS_MAX);
	l = &r->list[r->n++];
	l->name = mem_strndup(BYTES(file, strlen(file) - strlen(".csv")));
	path = mem_printf("%s/%s", dir, file);
	buf_init(&text, 0);
	err = file_load(path, FILE_MAX_BYTES, &text, e);
	if (!err)
		err = load_rows(r, l, buf_bytes(&text), path, e);
	buf_fini(&text);
	free(path);
	return err;
}

int reference_load(const char *dir, struct reference **ret, struct errtext *e)
{
	struct reference *r;
	struct dirent *d;
	DIR *handle = opendir(dir);
	int err = 0;

	if (!handle)
		return file_error(dir, "read", e);
	r = mem_new(struct reference);
	arena_init(&r->arena, ARENA_BYTES);
	while (!err && (d = readdir(handle))) {
		size_t n = strlen(d->d_name);

		if (n > 4 && d->d_name[0] != '.' && strcmp(d->d_name + n - 4, ".csv") == 0)
			err = load_list(r, dir, d->d_name, e);
	}
	closedir(handle);
	if (err) {
		reference_free(r);
		return err;
	}
	*ret = r;
	return 0;
}

void reference_free(struct reference *r)
{
	if (!r)
		return;
	for (size_t i = 0; i < r->n; i++) {
		free(r->list[i].name);
		free(r->list[i].cell);
		free(r->list[i].by_id);
	}
	arena_fini(&r->arena);
	free(r);
}

/* ---- asking */

static size_t column_of(const struct list *l, const char *name)
{
	size_t i = 0;

	while (i < l->n_columns && !bytes_eq_text(l->column[i], name))
		i++;
	return i;
}

bool reference_has(const struct reference *r, const char *list, struct bytes id)
{
	const struct list *l = list_of(r, list);
	size_t row;

	return l && row_of(l, id, &row);
}

size_t reference_count(const struct reference *r, const char *list)
{
	const struct list *l = list_of(r, list);

	return l ? l->n_rows : 0;
}

struct bytes reference_id(const struct reference *r, const char *list, size_t i)
{
	const struct list *l = list_of(r, list);

	return l && i < l->n_rows ? row_id(l, i) : BYTES_NONE;
}

struct bytes reference_get(const struct reference *r, const char *list, struct bytes id, const char *column)
{
	const struct list *l = list_of(r, list);
	size_t row, i = l ? column_of(l, column) : 0;

	if (!l || i == l->n_columns || !row_of(l, id, &row))
		return BYTES_NONE;
	return l->cell[row * l->n_columns + i];
}

static bool cell_holds(struct bytes cell, struct bytes value)
{
	struct bytes part;

	while (text_split(&cell, ';', &part))
		if (part.n == value.n && part.n &&
		    strncasecmp((const char *)part.p, (const char *)value.p, part.n) == 0)
			return true;
	return false;
}

struct bytes reference_find(const struct reference *r, const char *list, const char *column,
			    struct bytes value)
{
	const struct list *l = list_of(r, list);
	size_t i = l ? column_of(l, column) : 0;

	for (size_t row = 0; l && i < l->n_columns && row < l->n_rows; row++)
		if (cell_holds(l->cell[row * l->n_columns + i], value))
			return row_id(l, row);
	return BYTES_NONE;
}

struct bytes reference_at_or_before(const struct reference *r, const char *list, struct bytes id)
{
	const struct list *l = list_of(r, list);
	size_t place = l ? place_of(l, id) : 0;

	if (!l)
		return BYTES_NONE;
	if (place < l->n_rows && bytes_eq(row_id(l, l->by_id[place]), id))
		return row_id(l, l->by_id[place]);
	return place ? row_id(l, l->by_id[place - 1]) : BYTES_NONE;
}
