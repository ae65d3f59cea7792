/* SPDX-License-Identifier: Apache-2.0 */
#include "search/corpus.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/file.h"
#include "base/mem.h"
#include "search/corpus_int.h"

int corpus_open(const char *path, struct corpus **ret, struct errtext *e)
{
	struct corpus *c = mem_new(struct corpus);
	int err = index_open(path, &c->ix, e);

	if (err) {
		free(c);
		return err;
	}
	c->likeness = likeness_new();
	c->kept = mem_zalloc(KEPT_SLOTS * sizeof(*c->kept));
	c->usual = USUAL_UNKNOWN;
	c->writes = 1;
	arena_init(&c->organisations_arena, ORGANISATIONS_ARENA_BYTES);
	*ret = c;
	return 0;
}

static void kept_drop(struct corpus *c, struct corpus_text *t)
{
	if (!t->number)
		return;
	c->kept_bytes -= terms_bytes(&t->terms);
	terms_fini(&t->terms);
	*t = (struct corpus_text){0};
}

static void kept_clear(struct corpus *c)
{
	for (size_t i = 0; i < KEPT_SLOTS; i++)
		kept_drop(c, &c->kept[i]);
}

void corpus_close(struct corpus *c)
{
	if (!c)
		return;
	kept_clear(c);
	arena_fini(&c->organisations_arena);
	free(c->kept);
	likeness_free(c->likeness);
	index_close(c->ix);
	free(c);
}

/* SQLite keeps its journal by the name that the file was opened under, so it is closed in between. */
int corpus_move(struct corpus *c, const char *from, const char *to, struct errtext *e)
{
	char journal[4300];

	index_close(c->ix);
	c->ix = NULL;
	snprintf(journal, sizeof(journal), "%s-journal", from);
	unlink(journal); /* empty: the last transaction has ended */
	if (rename(from, to))
		return file_error(to, "rename", e);
	return index_open(to, &c->ix, e);
}

struct index *corpus_index(struct corpus *c)
{
	return c->ix;
}

const struct likeness *corpus_likeness(const struct corpus *c)
{
	return c->likeness;
}

double corpus_usual(const struct corpus *c)
{
	return c->usual;
}

/* ---- texts in memory */
static struct corpus_text *slot_of(struct corpus *c, int64_t number)
{
	return &c->kept[(uint64_t)number % KEPT_SLOTS];
}

static int keep(void *ctx, const struct index_text *t)
{
	struct corpus *c = ctx;
	struct corpus_text *slot = slot_of(c, t->number);

	if (c->kept_bytes > CORPUS_KEPT_BYTES)
		kept_clear(c);
	kept_drop(c, slot);
	slot->number = t->number;
	slot->doc = t->doc;
	index_terms(t, &slot->terms);
	c->kept_bytes += terms_bytes(&slot->terms);
	return 0;
}

int corpus_text(struct corpus *c, int64_t number, const struct corpus_text **ret)
{
	struct corpus_text *slot = slot_of(c, number);
	int err = slot->number == number ? 0 : index_text(c->ix, number, keep, c);

	if (err)
		return err;
	if (slot->number != number)
		return IMS_E_CORRUPT; /* the index names a text that is not there */
	if (slot->norm.version != likeness_version(c->likeness))
		likeness_norm(c->likeness, &slot->terms, &slot->norm);
	*ret = slot;
	return 0;
}

void corpus_put_away(struct corpus *c)
{
	kept_clear(c);
	likeness_put_away(c->likeness);
	arena_fini(&c->organisations_arena);
	arena_init(&c->organisations_arena, ORGANISATIONS_ARENA_BYTES);
	c->organisations = NULL;
	c->n_organisations = 0;
	c->organisations_at = 0;
}

/* ---- organisations */
static int count_one(void *ctx, int64_t number)
{
	(void)number;
	++*(size_t *)ctx;
	return 0;
}

struct listing {
	int64_t *of;
	size_t n;
};

static int list_one(void *ctx, int64_t number)
{
	struct listing *l = ctx;

	l->of[l->n++] = number;
	return 0;
}

static int read_organisations(struct corpus *c, struct listing *l)
{
	int err = 0;

	arena_fini(&c->organisations_arena);
	arena_init(&c->organisations_arena, ORGANISATIONS_ARENA_BYTES);
	c->n_organisations = 0;
	c->organisations = arena_array(&c->organisations_arena, l->n + 1, sizeof(*c->organisations));
	if (!c->organisations)
		return IMS_E_NOMEM;
	for (size_t i = 0; !err && i < l->n; i++) {
		err = index_get(c->ix, l->of[i], &c->organisations_arena, &c->organisations[i]);
		c->n_organisations = i + !err;
	}
	return err;
}

int corpus_organisations(struct corpus *c, const struct index_doc **ret, size_t *ret_n)
{
	size_t n = 0;
	struct listing l = {.n = 0};
	int err = 0;

	if (c->organisations_at != c->writes) {
		err = index_each(c->ix, DOC_ORGANISATION, CORPUS_ORGANISATIONS_MAX, count_one, &n);
		l.of = mem_zalloc((n + 1) * sizeof(*l.of));
		if (!err)
			err = index_each(c->ix, DOC_ORGANISATION, n, list_one, &l);
		if (!err)
			err = read_organisations(c, &l);
		free(l.of);
		c->organisations_at = err ? 0 : c->writes;
	}
	*ret = c->organisations;
	*ret_n = err ? 0 : c->n_organisations;
	return err;
}

/* ---- counting */
struct counting {
	struct corpus *c;
	int by;
	size_t n;
};

static int count_text(void *ctx, const struct index_text *t)
{
	struct counting *k = ctx;
	struct terms terms;

	k->n++;
	k->c->loaded_to = t->number > k->c->loaded_to ? t->number : k->c->loaded_to;
	if (k->by < 0)
		kept_drop(k->c, slot_of(k->c, t->number));
	if (t->kind != DOC_INITIATIVE)
		return 0;
	index_terms(t, &terms);
	likeness_count(k->c->likeness, &terms, k->by);
	k->c->changes++;
	terms_fini(&terms);
	return 0;
}

int corpus_load(struct corpus *c, size_t max, bool *ret_done)
{
	struct counting k = {.c = c, .by = 1};
	int err = index_texts_after(c->ix, c->loaded_to, max, count_text, &k);

	*ret_done = !err && k.n < max;
	return err;
}

static int count_doc(struct corpus *c, struct bytes id, int by)
{
	struct counting k = {.c = c, .by = by};
	struct index_doc d;
	struct arena a;
	int err;

	arena_init(&a, 1u << 20);
	err = index_find(c->ix, id, &a, &d);
	if (!err)
		err = index_texts_of(c->ix, d.number, count_text, &k);
	arena_fini(&a);
	return err == IMS_E_NOT_FOUND ? 0 : err;
}

int corpus_put(struct corpus *c, const struct doc *d)
{
	int err = count_doc(c, d->id, -1);

	c->writes++;
	if (!err)
		err = index_put(c->ix, d);
	return err ? err : count_doc(c, d->id, 1);
}

int corpus_remove(struct corpus *c, struct bytes id, bool *ret_was)
{
	int err = count_doc(c, id, -1);

	c->writes++;
	return err ? err : index_remove(c->ix, id, ret_was);
}

/* ---- settling */

/* A twentieth of other texts, or the first ones. */
bool corpus_needs_settling(const struct corpus *c)
{
	return c->changes && (!c->settled_texts || c->changes * 20 >= c->settled_texts);
}

struct sampling {
	struct corpus *c;
	struct terms of[LIKENESS_SAMPLE_MAX];
	size_t n;
};

static int sample_text(void *ctx, const struct index_text *t)
{
	struct sampling *s = ctx;

	s->c->probe[s->n] = t->number;
	index_terms(t, &s->of[s->n++]);
	return 0;
}

int corpus_settle(struct corpus *c)
{
	struct sampling *s = mem_new(struct sampling);
	const struct terms **list;
	int err;

	s->c = c;
	err = index_sample(c->ix, DOC_INITIATIVE, LIKENESS_SAMPLE_MAX, sample_text, s);
	list = mem_zalloc((s->n + 1) * sizeof(*list));
	for (size_t i = 0; i < s->n; i++)
		list[i] = &s->of[i];
	if (!err) {
		likeness_settle(c->likeness, list, s->n);
		c->settled_texts = likeness_texts(c->likeness);
		c->changes = 0;
		c->n_probes = s->n < CORPUS_PROBES ? s->n : CORPUS_PROBES;
		c->probes_done = 0;
	}
	for (size_t i = 0; i < s->n; i++)
		terms_fini(&s->of[i]);
	free(list);
	free(s);
	return err;
}
