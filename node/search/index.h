/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The search's own file: documents, their texts, who takes part in what, and an FTS5 index of their stems
 * (SQLite). Derived from the view and never the truth: whatever is wrong with it, it is made anew.
 *
 *  X1. Only what index_put() was given is in it, as long as it is not removed: index_remove() leaves no text of
 *      the document in the file once index_scrub() is done (secure_delete, and the FTS5 segments merged: they keep
 *      hashes of words, no words).
 *  X2. A transaction is all or nothing, also when the process is killed; what is stored with index_set_mark() in
 *      it tells what it covers. Nothing waits for the disk: the file is flushed when it is closed.
 *  X3. A file of another version, one that SQLite finds damaged, or one that was open when the machine stopped (the
 *      kernel's boot id is another) is IMS_E_CORRUPT: remove it, begin anew.
 *
 * One connection; one thread at a time (search.c holds a lock). Memory: SQLite's page cache, 8 MiB.
 */
#ifndef SEARCH_INDEX_H
#define SEARCH_INDEX_H

#include <stdbool.h>

#include "search/doc.h"
#include "search/terms.h"

#define INDEX_VERSION 2		/* of tables, words.h, terms.h and doc.h together */
#define INDEX_STEMS_MAX 64	/* of a question */

struct index;

/* Opens the file, or makes it. Errors: IMS_E_CORRUPT (X3), IMS_E_IO, IMS_E_NOMEM, IMS_E_NO_SPACE. */
IMS_MUST_CHECK int index_open(const char *path, struct index **ret, struct errtext *e);
void index_close(struct index *ix);

/* ---- writing, between begin and commit. Errors of all calls: IMS_E_CORRUPT, IMS_E_IO, IMS_E_NO_SPACE,
 * IMS_E_NOMEM; after one the transaction is to be rolled back. */
IMS_MUST_CHECK int index_begin(struct index *ix);
IMS_MUST_CHECK int index_commit(struct index *ix);
void index_rollback(struct index *ix);
/* In the place of what stood there under its id. */
IMS_MUST_CHECK int index_put(struct index *ix, const struct doc *d);
/* *ret_was: was it there? */
IMS_MUST_CHECK int index_remove(struct index *ix, struct bytes id, bool *ret_was);
/* After removals that must leave nothing: a piece of it, some INDEX_SCRUB_PAGES pages; *ret_done: all is done. No
 * transaction is open. `first`: it begins. */
#define INDEX_SCRUB_PAGES 200
IMS_MUST_CHECK int index_scrub(struct index *ix, bool first, bool *ret_done);
/* Small values by name; 0 when there is none. */
IMS_MUST_CHECK int index_set_mark(struct index *ix, const char *name, uint64_t value);
IMS_MUST_CHECK int index_mark(struct index *ix, const char *name, uint64_t *ret);
/* Ids to be looked at again: their payload is on its way. In order, those behind `after`. */
IMS_MUST_CHECK int index_set_waiting(struct index *ix, struct bytes id, bool waits);
typedef int index_id_fn(void *ctx, struct bytes id);
IMS_MUST_CHECK int index_waiting(struct index *ix, struct bytes after, size_t max, index_id_fn *fn, void *ctx);

/* ---- reading. Numbers of documents and of texts hold until the next write. */
struct index_doc {
	int64_t number;
	struct doc doc;		/* without texts and parties; in the arena */
	uint64_t uses;		/* of an organisation: initiatives it takes part in */
};
/* IMS_E_NOT_FOUND: no such document. */
IMS_MUST_CHECK int index_find(struct index *ix, struct bytes id, struct arena *a, struct index_doc *ret);
IMS_MUST_CHECK int index_get(struct index *ix, int64_t number, struct arena *a, struct index_doc *ret);

struct index_text {
	int64_t number, doc;	/* of the text, and of the document it is of */
	enum doc_kind kind;
	struct bytes lang, title, keywords, body;	/* until the next call */
};
typedef int index_text_fn(void *ctx, const struct index_text *t);
/* Its texts; all of a kind, which come after number `after`; a sample of a kind that is the same for the same texts.
 * They stop when fn returns non-zero, and return that. */
IMS_MUST_CHECK int index_texts_of(struct index *ix, int64_t doc, index_text_fn *fn, void *ctx);
IMS_MUST_CHECK int index_texts_after(struct index *ix, int64_t after, size_t max, index_text_fn *fn, void *ctx);
IMS_MUST_CHECK int index_sample(struct index *ix, enum doc_kind kind, size_t max, index_text_fn *fn, void *ctx);
IMS_MUST_CHECK int index_text(struct index *ix, int64_t number, index_text_fn *fn, void *ctx);
/* What a text counts as; the caller ends it. */
void index_terms(const struct index_text *t, struct terms *ret);

/* The texts of a kind that have any of the stems, best first by bm25. */
typedef int index_hit_fn(void *ctx, int64_t text, int64_t doc);
IMS_MUST_CHECK int index_candidates(struct index *ix, enum doc_kind kind, const uint32_t *stems, size_t n, size_t max,
				    index_hit_fn *fn, void *ctx);

/* Who takes part: documents by number. */
typedef int index_number_fn(void *ctx, int64_t number);
IMS_MUST_CHECK int index_parties(struct index *ix, int64_t initiative, index_number_fn *fn, void *ctx);
IMS_MUST_CHECK int index_takes_part_in(struct index *ix, int64_t organisation, index_number_fn *fn, void *ctx);
/* Documents of a kind in order of number, at most max; organisations: those with most initiatives first. */
IMS_MUST_CHECK int index_each(struct index *ix, enum doc_kind kind, size_t max, index_number_fn *fn, void *ctx);
/* Texts of a kind that are in it. */
IMS_MUST_CHECK int index_count(struct index *ix, enum doc_kind kind, uint64_t *ret);

#endif
