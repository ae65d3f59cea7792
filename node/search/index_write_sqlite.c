/* SPDX-License-Identifier: Apache-2.0 */
/* Documents into the index and out of it. */
#include "search/index.h"

#include <sqlite3.h>
#include <stdlib.h>

#include "search/index_int.h"

int index_begin(struct index *ix)
{
	return index_run(ix, ST_BEGIN, "");
}

int index_commit(struct index *ix)
{
	return index_run(ix, ST_COMMIT, "");
}

void index_rollback(struct index *ix)
{
	if (!sqlite3_get_autocommit(ix->db) && index_run(ix, ST_ROLLBACK, "")) {
		/* SQLite has rolled back itself, or the next begin says what is wrong */
	}
}

int index_set_mark(struct index *ix, const char *name, uint64_t value)
{
	return index_run(ix, ST_SET_MARK, "si", bytes_of(name), (int64_t)value);
}

int index_set_waiting(struct index *ix, struct bytes id, bool waits)
{
	return index_run(ix, waits ? ST_WAIT : ST_UNWAIT, "s", id);
}

/* ---- stems */
void index_stem_text(uint32_t stem, char out[8])
{
	size_t n = 0;

	do {
		out[n++] = (char)('a' + stem % 26);
		stem /= 26;
	} while (stem);
	out[n] = '\0';
}

/* As often as it stands there, the title's twice: bm25 counts. */
void index_stems_text(const struct terms *t, struct buf *out)
{
	char word[8];

	for (uint32_t i = 0; i < t->n[TERMS_STEMS]; i++) {
		double often = (double)t->of[TERMS_STEMS][i].often;

		index_stem_text(t->of[TERMS_STEMS][i].number, word);
		for (int k = (int)(often * often + 0.5); k > 0; k--)
			buf_printf(out, "%s ", word);
	}
}

void index_terms(const struct index_text *t, struct terms *ret)
{
	struct terms_builder b;

	terms_begin(&b);
	terms_add(&b, t->title, DOC_TITLE_WEIGHT);
	terms_add(&b, t->keywords, DOC_TITLE_WEIGHT);
	terms_add(&b, t->body, DOC_BODY_WEIGHT);
	terms_end(&b, ret);
}

static int run_stems(struct index *ix, enum index_statement first, const struct index_text *t)
{
	struct buf stems = {0};
	struct terms terms;
	int err;

	index_terms(t, &terms);
	index_stems_text(&terms, &stems);
	terms_fini(&terms);
	err = stems.failed ? IMS_E_NOMEM
			   : index_run(ix, first + (enum index_statement)((int)t->kind - 1), "is", t->number,
				       buf_bytes(&stems));
	buf_fini(&stems);
	return err;
}

/* ---- documents */
struct where {
	int64_t number, uses;
	int kind;
};

static int find(struct index *ix, struct bytes id, struct where *ret)
{
	int err;
	sqlite3_stmt *st = index_prepare(ix, ST_DOC_NUMBER, &err, "s", id);

	if (!st)
		return err;
	err = index_step(ix, st);
	if (err == 1)
		*ret = (struct where){sqlite3_column_int64(st, 0), sqlite3_column_int64(st, 2),
				      sqlite3_column_int(st, 1)};
	index_reset(st);
	return err == 1 ? 0 : err ? err : IMS_E_NOT_FOUND;
}

static int find_or_make(struct index *ix, struct bytes id, struct where *ret)
{
	int err = find(ix, id, ret);

	if (err != IMS_E_NOT_FOUND)
		return err;
	err = index_run(ix, ST_DOC_NEW, "s", id);
	if (!err)
		*ret = (struct where){.number = sqlite3_last_insert_rowid(ix->db)};
	return err;
}

struct numbers {
	int64_t *list;
	size_t n, capacity;
};

static int collect(void *ctx, int64_t number)
{
	struct numbers *c = ctx;

	if (c->n == c->capacity) {
		size_t more = c->capacity ? c->capacity * 2 : 64;
		int64_t *p = realloc(c->list, more * sizeof(*p));

		if (!p)
			return IMS_E_NOMEM;
		c->list = p;
		c->capacity = more;
	}
	c->list[c->n++] = number;
	return 0;
}

/* Who takes part is counted with the other side; one that nobody names any more, and that is not here, goes.
 */
static int remove_parties(struct index *ix, int64_t whole)
{
	struct numbers c = {0};
	int err = index_parties(ix, whole, collect, &c);

	for (size_t i = 0; !err && i < c.n; i++) {
		err = index_run(ix, ST_DOC_USED, "ii", c.list[i], (int64_t)-1);
		if (!err)
			err = index_run(ix, ST_DOC_UNUSED, "i", c.list[i]);
	}
	free(c.list);
	return err ? err : index_run(ix, ST_PARTY_DELETE, "i", whole);
}

static int put_parties(struct index *ix, int64_t whole, const struct doc *d)
{
	struct where w;
	int err = 0;

	for (size_t i = 0; !err && i < d->n_parties; i++) {
		err = find_or_make(ix, d->parties[i], &w);
		if (!err)
			err = index_run(ix, ST_PARTY_NEW, "ii", whole, w.number);
		if (!err && sqlite3_changes(ix->db))
			err = index_run(ix, ST_DOC_USED, "ii", w.number, (int64_t)1);
	}
	return err;
}

static int unput_stems(void *ctx, const struct index_text *t)
{
	return run_stems(ctx, ST_STEMS_DEL1, t);
}

static int remove_content(struct index *ix, int64_t number)
{
	int err = index_texts_of(ix, number, unput_stems, ix);

	if (!err)
		err = index_run(ix, ST_TEXT_DELETE, "i", number);
	return err ? err : remove_parties(ix, number);
}

/* The same for the same text on every node: a sample is drawn by it. */
static int64_t pick_of(const struct doc *d, const struct doc_text *t)
{
	uint64_t h = 0xcbf29ce484222325u;
	struct bytes part[] = {d->id, t->lang};

	for (size_t k = 0; k < 2; k++)
		for (size_t i = 0; i < part[k].n; i++)
			h = (h ^ part[k].p[i]) * 0x100000001b3u;
	h = (h ^ h >> 32) * 0xd6e8feb86659fd93u; /* ids that begin alike are to lie apart */
	h = (h ^ h >> 32) * 0xd6e8feb86659fd93u;
	return (int64_t)(h >> 1);
}

static int put_text(struct index *ix, int64_t number, const struct doc *d, const struct doc_text *t)
{
	struct index_text row = {
		.doc = number, .kind = d->kind, .title = t->title, .keywords = d->keywords, .body = t->body};
	int err = index_run(ix, ST_TEXT_NEW, "iiissss", number, (int64_t)d->kind, pick_of(d, t), t->lang,
			    t->title, d->keywords, t->body);

	row.number = sqlite3_last_insert_rowid(ix->db);
	return err ? err : run_stems(ix, ST_STEMS_PUT1, &row);
}

static int set_fields(struct index *ix, int64_t number, const struct doc *d)
{
	return index_run(ix, ST_DOC_SET, "iisssssssssssss", number, (int64_t)d->kind, d->source, d->name,
			 d->acronym, d->keywords, d->country, d->type, d->state, d->domains, d->platforms,
			 d->wanted_types, d->wanted_regions, d->wanted_countries, d->expiry);
}

int index_put(struct index *ix, const struct doc *d)
{
	struct where w;
	int err = find_or_make(ix, d->id, &w);

	if (!err)
		err = remove_content(ix, w.number);
	if (!err)
		err = set_fields(ix, w.number, d);
	for (size_t i = 0; !err && i < d->n_texts; i++)
		err = put_text(ix, w.number, d, &d->texts[i]);
	return err ? err : put_parties(ix, w.number, d);
}

int index_remove(struct index *ix, struct bytes id, bool *ret_was)
{
	static const struct doc nothing = {.kind = DOC_OTHER};
	struct where w;
	int err = find(ix, id, &w);

	*ret_was = err == 0 && w.kind != DOC_OTHER;
	if (err || !*ret_was)
		return err == IMS_E_NOT_FOUND ? 0 : err;
	err = remove_content(ix, w.number);
	if (err)
		return err;
	return w.uses > 0 ? set_fields(ix, w.number, &nothing) : index_run(ix, ST_DOC_DELETE, "i", w.number);
}

/* Deleted entries of FTS5 go with the merge of its segments, and their pages are overwritten. A negative
 * number begins a merge of all segments, a positive one goes on with it; one that has nothing to do changes a
 * row at most (sqlite.org/fts5.html, 6.9). */
int index_scrub(struct index *ix, bool first, bool *ret_done)
{
	int64_t pages = first ? -INDEX_SCRUB_PAGES : INDEX_SCRUB_PAGES;
	int err = 0;

	*ret_done = true;
	for (int i = 0; !err && i < DOC_KINDS - 1; i++) {
		int before = sqlite3_total_changes(ix->db);

		err = index_run(ix, ST_STEMS_MERGE1 + (enum index_statement)i, "i", pages);
		*ret_done &= sqlite3_total_changes(ix->db) - before < 2;
	}
	return err;
}
