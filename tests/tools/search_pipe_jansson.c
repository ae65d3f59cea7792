/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The search without a daemon: a JSON object a line on standard input, an answer a line on standard output.
 *
 *   search_pipe FILE REFERENCE_DIR
 *   {"put": {"kind": "initiative", "id": …, "title": …, "abstract": …, "keywords": …, "acronym": …, "source":
 * …, "country": …, "type": …, "parties": […]}}                                     no answer
 *   {"settle": true}                                             {"texts": N, "usual": X, "us": T}
 *   {"overlap": {…}, "max": N}              {"us": T, "unusual": X, "matches": [{"id", "source", "score",
 * "alarm"}]}
 *   {"match": ID, "hide": ORGANISATION, "max": N}   {"us": T, "ids": […]}: as if it did not take part in it
 */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "search/corpus.h"
#include "search/match.h"
#include "search/overlap.h"

#define ARENA_BYTES ((size_t)64 << 20)

static struct reference *reference;
static struct match_weights weights;

static void must(int err, const char *what)
{
	if (!err)
		return;
	fprintf(stderr, "search_pipe: %s: %s\n", what, ims_strerror(err));
	exit(1);
}

static struct bytes text_of(json_t *o, const char *name)
{
	return bytes_of(json_string_value(json_object_get(o, name)));
}

static void doc_of(json_t *o, struct arena *a, struct doc *d)
{
	json_t *parties = json_object_get(o, "parties");

	*d = (struct doc){
		.kind = doc_kind_of(text_of(o, "kind")),
		.id = text_of(o, "id"),
		.source = text_of(o, "source"),
		.name = text_of(o, "title"),
		.acronym = text_of(o, "acronym"),
		.keywords = text_of(o, "keywords"),
		.country = text_of(o, "country"),
		.type = text_of(o, "type"),
		.state = text_of(o, "state"),
		.texts = arena_array(a, 1, sizeof(struct doc_text)),
		.n_texts = 1,
		.parties = arena_array(a, json_array_size(parties) + 1, sizeof(struct bytes)),
	};
	if (d->kind == DOC_ORGANISATION)
		d->n_texts = 0;
	d->texts[0] = (struct doc_text){.title = text_of(o, "title"), .body = text_of(o, "abstract")};
	for (; d->n_parties < json_array_size(parties); d->n_parties++)
		d->parties[d->n_parties] = bytes_of(json_string_value(json_array_get(parties, d->n_parties)));
}

static void put(struct corpus *c, json_t *o)
{
	struct arena a;
	struct doc d;

	arena_init(&a, ARENA_BYTES);
	doc_of(o, &a, &d);
	must(corpus_put(c, &d), "put");
	arena_fini(&a);
}

static void print(json_t *answer)
{
	char *text = json_dumps(answer, JSON_COMPACT);

	puts(text);
	fflush(stdout);
	free(text);
	json_decref(answer);
}

static void settle(struct corpus *c)
{
	struct mono begin = clock_mono();
	bool done = false;

	must(corpus_settle(c), "settle");
	while (!done)
		must(corpus_calibrate(c, &done), "calibrate");
	print(json_pack("{s:I, s:f, s:I}", "texts", (json_int_t)likeness_texts(corpus_likeness(c)), "usual",
			corpus_usual(c), "us", (json_int_t)mono_us_between(begin, clock_mono())));
}

static json_t *json_text(struct bytes b)
{
	return json_stringn(b.n ? (const char *)b.p : "", b.n);
}

static void overlap(struct corpus *c, json_t *o, size_t max)
{
	struct mono begin = clock_mono();
	json_t *list = json_array();
	struct overlap found;
	struct arena a;
	struct doc d;
	int64_t us;

	arena_init(&a, ARENA_BYTES);
	doc_of(o, &a, &d);
	must(overlap_find(c, &d, max, &a, &found), "overlap");
	us = mono_us_between(begin, clock_mono());
	for (size_t i = 0; i < found.n; i++) {
		const struct overlap_match *m = &found.matches[i];
		json_t *reasons = json_array();

		for (size_t k = 0; k < m->n_reasons; k++)
			json_array_append_new(reasons, json_string(m->reasons[k]));
		json_array_append_new(list, json_pack("{s:o, s:o, s:f, s:b, s:o}", "id", json_text(m->id),
						      "source", json_text(m->source), "score", m->score,
						      "alarm", (int)m->alarm, "reasons", reasons));
	}
	print(json_pack("{s:I, s:f, s:o}", "us", (json_int_t)us, "unusual", found.unusual, "matches", list));
	arena_fini(&a);
}

static void match(struct corpus *c, json_t *o, size_t max)
{
	struct mono begin = clock_mono();
	json_t *list = json_array();
	struct match_ask q = {.id = text_of(o, "match"),
			      .hide = text_of(o, "hide"),
			      .ref = reference,
			      .weights = &weights,
			      .today = "2026-01-01",
			      .max = max};
	struct match found;
	struct arena a;
	int64_t us;

	arena_init(&a, ARENA_BYTES);
	must(match_find(c, &q, &a, &found), "match");
	us = mono_us_between(begin, clock_mono());
	for (size_t i = 0; i < found.n; i++)
		json_array_append_new(list, json_text(found.items[i].id));
	print(json_pack("{s:I, s:o}", "us", (json_int_t)us, "ids", list));
	arena_fini(&a);
}

static void line(struct corpus *c, json_t *o)
{
	json_t *max = json_object_get(o, "max"), *part;
	size_t n = max ? (size_t)json_integer_value(max) : 10;

	if ((part = json_object_get(o, "put")) != NULL)
		put(c, part);
	else if (json_object_get(o, "settle"))
		settle(c);
	else if ((part = json_object_get(o, "overlap")) != NULL)
		overlap(c, part, n);
	else if (json_object_get(o, "match"))
		match(c, o, n);
}

int main(int argc, char **argv)
{
	char *text = NULL;
	size_t size = 0;
	struct errtext e = {""};
	struct corpus *c;

	if (argc != 3) {
		fputs("usage: search_pipe FILE REFERENCE_DIR\n", stderr);
		return 2;
	}
	must(reference_load(argv[2], &reference, &e), e.text);
	must(match_weights_load(reference, &weights, &e), e.text);
	must(corpus_open(argv[1], &c, &e), e.text);
	must(index_begin(corpus_index(c)), "begin");
	while (getline(&text, &size, stdin) > 0) {
		json_t *o = json_loads(text, 0, NULL);

		if (!o)
			must(IMS_E_SYNTAX, text);
		line(c, o);
		json_decref(o);
	}
	must(index_commit(corpus_index(c)), "commit");
	corpus_close(c);
	reference_free(reference);
	free(text);
	return 0;
}
