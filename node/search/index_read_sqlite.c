/* SPDX-License-Identifier: Apache-2.0 */
/* Reading the index. */
#include "search/index.h"

#include <sqlite3.h>

#include "search/index_int.h"

int index_mark(struct index *ix, const char *name, uint64_t *ret)
{
	int err;
	sqlite3_stmt *st = index_prepare(ix, ST_MARK, &err, "s", bytes_of(name));

	if (!st)
		return err;
	err = index_step(ix, st);
	*ret = err == 1 ? (uint64_t)sqlite3_column_int64(st, 0) : 0;
	index_reset(st);
	return err < 0 ? err : 0;
}

int index_waiting(struct index *ix, struct bytes after, size_t max, index_id_fn *fn, void *ctx)
{
	int err;
	sqlite3_stmt *st = index_prepare(ix, ST_WAITING, &err, "si", after, (int64_t)max);
	int r = 0;

	while (st && !r && (err = index_step(ix, st)) == 1)
		r = fn(ctx, index_column(st, 0));
	index_reset(st);
	return r ? r : err < 0 ? err : 0;
}

/* ---- documents */
static struct bytes kept(sqlite3_stmt *st, int column, struct arena *a)
{
	return arena_dup(a, index_column(st, column));
}

static int read_doc(struct index *ix, sqlite3_stmt *st, struct arena *a, struct index_doc *ret)
{
	int err = index_step(ix, st);

	if (err != 1)
		return err ? err : IMS_E_NOT_FOUND;
	*ret = (struct index_doc){
		.number = sqlite3_column_int64(st, 0),
		.doc =
			{
				.kind = (enum doc_kind)sqlite3_column_int(st, 1),
				.id = kept(st, 2, a),
				.source = kept(st, 3, a),
				.name = kept(st, 4, a),
				.acronym = kept(st, 5, a),
				.keywords = kept(st, 6, a),
				.country = kept(st, 7, a),
				.type = kept(st, 8, a),
				.state = kept(st, 9, a),
				.domains = kept(st, 10, a),
				.platforms = kept(st, 11, a),
				.wanted_types = kept(st, 12, a),
				.wanted_regions = kept(st, 13, a),
				.wanted_countries = kept(st, 14, a),
				.expiry = kept(st, 15, a),
			},
		.uses = (uint64_t)sqlite3_column_int64(st, 16),
	};
	return arena_failed(a) ? IMS_E_NOMEM : 0;
}

int index_find(struct index *ix, struct bytes id, struct arena *a, struct index_doc *ret)
{
	int err;
	sqlite3_stmt *st = index_prepare(ix, ST_DOC_FIND, &err, "s", id);

	if (st)
		err = read_doc(ix, st, a, ret);
	index_reset(st);
	return err;
}

int index_get(struct index *ix, int64_t number, struct arena *a, struct index_doc *ret)
{
	int err;
	sqlite3_stmt *st = index_prepare(ix, ST_DOC_GET, &err, "i", number);

	if (st)
		err = read_doc(ix, st, a, ret);
	index_reset(st);
	return err;
}

/* ---- texts */
static int each_text(struct index *ix, sqlite3_stmt *st, index_text_fn *fn, void *ctx)
{
	int err, r = 0;

	while ((err = index_step(ix, st)) == 1 && !r) {
		struct index_text t = {
			.number = sqlite3_column_int64(st, 0),
			.doc = sqlite3_column_int64(st, 1),
			.kind = (enum doc_kind)sqlite3_column_int(st, 2),
			.lang = index_column(st, 3),
			.title = index_column(st, 4),
			.keywords = index_column(st, 5),
			.body = index_column(st, 6),
		};

		r = fn(ctx, &t);
	}
	index_reset(st);
	return r ? r : err < 0 ? err : 0;
}

int index_texts_of(struct index *ix, int64_t doc, index_text_fn *fn, void *ctx)
{
	int err;
	sqlite3_stmt *st = index_prepare(ix, ST_TEXTS_OF, &err, "i", doc);

	return st ? each_text(ix, st, fn, ctx) : err;
}

int index_texts_after(struct index *ix, int64_t after, size_t max, index_text_fn *fn, void *ctx)
{
	int err;
	sqlite3_stmt *st = index_prepare(ix, ST_TEXTS_AFTER, &err, "ii", after, (int64_t)max);

	return st ? each_text(ix, st, fn, ctx) : err;
}

int index_sample(struct index *ix, enum doc_kind kind, size_t max, index_text_fn *fn, void *ctx)
{
	int err;
	sqlite3_stmt *st = index_prepare(ix, ST_SAMPLE, &err, "ii", (int64_t)kind, (int64_t)max);

	return st ? each_text(ix, st, fn, ctx) : err;
}

int index_text(struct index *ix, int64_t number, index_text_fn *fn, void *ctx)
{
	int err;
	sqlite3_stmt *st = index_prepare(ix, ST_TEXT_GET, &err, "i", number);

	return st ? each_text(ix, st, fn, ctx) : err;
}

/* ---- candidates */
int index_candidates(struct index *ix, enum doc_kind kind, const uint32_t *stems, size_t n, size_t max,
		     index_hit_fn *fn, void *ctx)
{
	struct buf match = {0};
	sqlite3_stmt *st;
	char word[8];
	int err, r = 0;

	for (size_t i = 0; i < n && i < INDEX_STEMS_MAX; i++) {
		index_stem_text(stems[i], word);
		buf_printf(&match, "%s\"%s\"", i ? " OR " : "", word);
	}
	if (!match.n)
		return 0;
	st = index_prepare(ix, ST_STEMS_FIND1 + (enum index_statement)((int)kind - 1), &err, "si",
			   buf_bytes(&match), (int64_t)max);
	while (st && !r && (err = index_step(ix, st)) == 1)
		r = fn(ctx, sqlite3_column_int64(st, 0), sqlite3_column_int64(st, 1));
	index_reset(st);
	buf_fini(&match);
	return r ? r : err < 0 ? err : 0;
}

/* ---- who takes part */
static int each_number(struct index *ix, sqlite3_stmt *st, index_number_fn *fn, void *ctx)
{
	int err, r = 0;

	while ((err = index_step(ix, st)) == 1 && !r)
		r = fn(ctx, sqlite3_column_int64(st, 0));
	index_reset(st);
	return r ? r : err < 0 ? err : 0;
}

int index_parties(struct index *ix, int64_t initiative, index_number_fn *fn, void *ctx)
{
	int err;
	sqlite3_stmt *st = index_prepare(ix, ST_PARTIES, &err, "i", initiative);

	return st ? each_number(ix, st, fn, ctx) : err;
}

int index_takes_part_in(struct index *ix, int64_t organisation, index_number_fn *fn, void *ctx)
{
	int err;
	sqlite3_stmt *st = index_prepare(ix, ST_TAKES_PART, &err, "i", organisation);

	return st ? each_number(ix, st, fn, ctx) : err;
}

int index_each(struct index *ix, enum doc_kind kind, size_t max, index_number_fn *fn, void *ctx)
{
	int err;
	sqlite3_stmt *st = index_prepare(ix, ST_DOC_EACH, &err, "ii", (int64_t)kind, (int64_t)max);

	return st ? each_number(ix, st, fn, ctx) : err;
}

int index_count(struct index *ix, enum doc_kind kind, uint64_t *ret)
{
	int err;
	sqlite3_stmt *st = index_prepare(ix, ST_COUNT, &err, "i", (int64_t)kind);

	if (!st)
		return err;
	err = index_step(ix, st);
	*ret = err == 1 ? (uint64_t)sqlite3_column_int64(st, 0) : 0;
	index_reset(st);
	return err < 0 ? err : 0;
}
