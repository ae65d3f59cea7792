/* SPDX-License-Identifier: Apache-2.0 */
/*
 * All that can be found, ready to be asked: the index and what follows from its texts, kept in memory. Knows
 * no log and no view; tests and measurements use it as the daemon does.
 *
 *  corpus_open -> corpus_put*, corpus_remove* in transactions -> corpus_settle -> overlap_find(), match_*()
 *
 * Weights of terms follow from the initiatives' texts alone. They, the background, and what is unusual in
 * this corpus (calibration) are of the last corpus_settle(): a function of the texts.
 *
 * One thread at a time. Memory: likeness.h, index.h, and terms of texts that were looked at, CORPUS_KEPT_BYTES
 * at most, and the organisations, some 0.4 kB each: 100 MiB together with all of CORPUS_ORGANISATIONS_MAX;
 * 20 MiB while nobody asks.
 */
#ifndef SEARCH_CORPUS_H
#define SEARCH_CORPUS_H

#include "search/index.h"
#include "search/likeness.h"

#define CORPUS_KEPT_BYTES ((size_t)32 << 20)
#define CORPUS_CANDIDATES 2000	/* texts that are compared in full */

struct corpus;

/* The file at `path`; its texts are not counted yet (corpus_load()). Errors: those of index_open(). */
IMS_MUST_CHECK int corpus_open(const char *path, struct corpus **ret, struct errtext *e);
void corpus_close(struct corpus *c);
/* The file gets another name; all else stays. After an error only corpus_close() is allowed. */
IMS_MUST_CHECK int corpus_move(struct corpus *c, const char *from, const char *to, struct errtext *e);
/* Count the next texts of the file, at most `max`; true in *ret_done when there are no more. */
IMS_MUST_CHECK int corpus_load(struct corpus *c, size_t max, bool *ret_done);
/* For transactions, marks and what waits. */
struct index *corpus_index(struct corpus *c);

/* As index_put(), index_remove(), and counted. */
IMS_MUST_CHECK int corpus_put(struct corpus *c, const struct doc *d);
IMS_MUST_CHECK int corpus_remove(struct corpus *c, struct bytes id, bool *ret_was);

/* Have the texts changed since, and so much that the background is another? */
bool corpus_needs_settling(const struct corpus *c);
IMS_MUST_CHECK int corpus_settle(struct corpus *c);
/* What is usual here, from CORPUS_PROBES texts of the sample compared with all others: one more of them; true in
 * *ret_done when that was the last. To be called until then after corpus_settle(); queries may come in between. */
#define CORPUS_PROBES 300
IMS_MUST_CHECK int corpus_calibrate(struct corpus *c, bool *ret_done);

/* Frees what only queries need: to be settled again before the next one. */
void corpus_put_away(struct corpus *c);

/* ---- for overlap.c and match.c */
const struct likeness *corpus_likeness(const struct corpus *c);

/* A text that is compared with; until the next call of the corpus. */
struct corpus_text {
	int64_t number, doc;
	struct terms terms;
	struct likeness_norm norm;
};
IMS_MUST_CHECK int corpus_text(struct corpus *c, int64_t number, const struct corpus_text **ret);

/* A document as it compares with a query. */
struct corpus_hit {
	int64_t doc, text;	/* numbers; the text is the one of its texts that is most alike */
	struct likeness_score score;
	unsigned variant;	/* of the query */
};
struct corpus_hits {
	struct corpus_hit *of;	/* owned; most alike first */
	size_t n, capacity;
};
/* Documents of a kind as they compare with any of the queries; `without` (0: none) is left out. */
IMS_MUST_CHECK int corpus_compare(struct corpus *c, enum doc_kind kind, struct likeness_query *const *queries, size_t n,
				  int64_t without, struct corpus_hits *ret);
void corpus_hits_fini(struct corpus_hits *h);

#define CORPUS_ORGANISATIONS_MAX 100000	/* those with most initiatives */
/* All organisations, without their texts; until the next write. Read once after each change: some 0.4 kB each. */
IMS_MUST_CHECK int corpus_organisations(struct corpus *c, const struct index_doc **ret, size_t *ret_n);

/* How much the first hit stands out among the rest, a logarithm: of the twenty next ones, what it shares beyond its
 * strongest words (three quarters of it: where much is alike a lot in common says less), and its likeness (half). 0
 * without others. The weights separate second halves of projects' texts that find the first halves from those whose
 * own is left out, and rewordings of ours from another programme's texts. */
double corpus_prominence(const struct corpus_hits *h);
/* The prominence that texts of this corpus have among the others, the middle of them. */
double corpus_usual(const struct corpus *c);

#endif
