/* SPDX-License-Identifier: Apache-2.0 */
/* A corpus in a fresh folder, and documents for it. */
#ifndef TESTS_UNIT_SEARCH_CORPUS_H
#define TESTS_UNIT_SEARCH_CORPUS_H

#include "unit/registry/payload.h"
#include "unit/store/tmpdir.h"

#include "base/mem.h"
#include "search/corpus.h"

struct place {
	char *dir, *path;
	struct corpus *c;
};

static inline void place_open(struct place *p)
{
	struct errtext e = {""};

	assert_int_equal(corpus_open(p->path, &p->c, &e), 0);
}

static inline int place_setup(void **state)
{
	static struct place p;

	p.dir = tmpdir_new();
	p.path = mem_printf("%s/search.db", p.dir);
	place_open(&p);
	*state = &p;
	return 0;
}

static inline int place_teardown(void **state)
{
	struct place *p = *state;

	corpus_close(p->c);
	free(p->path);
	tmpdir_free(p->dir);
	return 0;
}

/* An initiative with one text. */
static inline struct doc initiative(const char *id, const char *title, const char *body, struct doc_text *text)
{
	*text = (struct doc_text){BYTES_LIT("en"), bytes_of(title), bytes_of(body)};
	return (struct doc){.kind = DOC_INITIATIVE,
			    .id = bytes_of(id),
			    .name = bytes_of(title),
			    .state = BYTES_LIT("active"),
			    .texts = text,
			    .n_texts = 1};
}

static inline void place_put(struct place *p, const struct doc *d)
{
	assert_int_equal(index_begin(corpus_index(p->c)), 0);
	assert_int_equal(corpus_put(p->c, d), 0);
	assert_int_equal(index_commit(corpus_index(p->c)), 0);
}

static inline void place_put_text(struct place *p, const char *id, const char *title, const char *body)
{
	struct doc_text text;
	struct doc d = initiative(id, title, body, &text);

	place_put(p, &d);
}

static inline void place_settle(struct place *p)
{
	bool done = false;

	assert_int_equal(corpus_settle(p->c), 0);
	while (!done)
		assert_int_equal(corpus_calibrate(p->c, &done), 0);
}

/* Forty initiatives of eight subjects, us-i-1 to us-i-40. */
static inline void place_fill(struct place *p)
{
	static const char *const subjects[] = {"welding robots", "battery recycling", "wheat genetics",
					       "ocean currents", "cancer imaging",    "railway noise",
					       "quantum memory", "museum tourism"};
	static const char *const ways[] = {"doctoral network", "pilot plant", "field trials", "mathematical models",
					   "policy advice"};
	char id[16], body[200];

	for (unsigned i = 0; i < 40; i++) {
		snprintf(id, sizeof(id), "us-i-%u", i + 1);
		snprintf(body, sizeof(body), "Partners of %u countries study %s by %s in project %u.", i % 7 + 2,
			 subjects[i % 8], ways[i % 5], i);
		place_put_text(p, id, subjects[i % 8], body);
	}
}

#endif
