/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/overlap_file.h"

#include <jansson.h>

#include "pb/registry.pb-c.h"

#include "base/buf.h"
#include "base/text.h"

#define ITEMS_MAX 100 /* languages, keywords, domains */

typedef Ims__Registry__Text Text;

struct reading {
	json_t *root;
	struct arena *a;
	struct buf wrong; /* what is wrong, "; " between */
};

/* All that is wrong is told together, each with its place. */
static void wrong(struct reading *r, const char *name, size_t i, const char *expected)
{
	buf_put_text(&r->wrong, r->wrong.n ? "; " : "");
	if (i == SIZE_MAX)
		buf_printf(&r->wrong, "/%s: expected %s", name, expected);
	else
		buf_printf(&r->wrong, "/%s/%zu: expected %s", name, i, expected);
}

static char *copy(struct reading *r, json_t *text)
{
	return arena_text(r->a, BYTES(json_string_value(text), json_string_length(text)));
}

static void put_text(struct reading *r, const char *lang, json_t *text, Text ***list, size_t *n)
{
	Text *t = arena_alloc(r->a, sizeof(*t));

	if (!t)
		return; /* the arena tells it */
	ims__registry__text__init(t);
	t->lang = arena_text(r->a, bytes_of(lang));
	t->text = copy(r, text);
	if (t->lang && t->text)
		(*list)[(*n)++] = t;
}

static void read_text(struct reading *r, const char *name, size_t i, json_t *item, Text ***list, size_t *n)
{
	json_t *text = json_object_get(item, "text"), *lang = json_object_get(item, "lang");

	if (json_is_string(text) && (!lang || json_is_string(lang)))
		put_text(r, lang ? json_string_value(lang) : "und", text, list, n);
	else
		wrong(r, name, i, "{\"lang\": \"en\", \"text\": \"…\"}");
}

static void read_texts(struct reading *r, const char *name, Text ***list, size_t *n)
{
	json_t *v = json_object_get(r->root, name);

	*list = arena_array(r->a, ITEMS_MAX, sizeof(**list));
	if (!*list || !v || json_is_null(v))
		return;
	if (json_is_string(v))
		put_text(r, "und", v, list, n);
	else if (!json_is_array(v) || json_array_size(v) > ITEMS_MAX)
		wrong(r, name, SIZE_MAX,
		      "a text, or a list of at most 100 {\"lang\": \"en\", \"text\": \"…\"}");
	else
		for (size_t i = 0; i < json_array_size(v); i++)
			read_text(r, name, i, json_array_get(v, i), list, n);
}

static void read_word(struct reading *r, const char *name, size_t i, json_t *v, char ***list, size_t *n)
{
	char *word = json_is_string(v) ? copy(r, v) : NULL;

	if (!json_is_string(v))
		wrong(r, name, i, "a text");
	else if (word)
		(*list)[(*n)++] = word;
}

static void read_words(struct reading *r, const char *name, char ***list, size_t *n)
{
	json_t *v = json_object_get(r->root, name);

	*list = arena_array(r->a, ITEMS_MAX, sizeof(**list));
	if (!*list || !v || json_is_null(v))
		return;
	if (json_is_string(v))
		read_word(r, name, SIZE_MAX, v, list, n);
	else if (!json_is_array(v) || json_array_size(v) > ITEMS_MAX)
		wrong(r, name, SIZE_MAX, "a text, or a list of at most 100 texts");
	else
		for (size_t i = 0; i < json_array_size(v); i++)
			read_word(r, name, i, json_array_get(v, i), list, n);
}

static void read_acronym(struct reading *r, Ims__Registry__Initiative *m)
{
	json_t *v = json_object_get(r->root, "acronym");

	if (json_is_string(v))
		m->acronym = copy(r, v);
	else if (v && !json_is_null(v))
		wrong(r, "acronym", SIZE_MAX, "a text");
}

static int read_all(struct reading *r, Ims__Registry__Initiative *m, struct errtext *e)
{
	read_texts(r, "title", &m->title, &m->n_title);
	read_texts(r, "abstract", &m->abstract, &m->n_abstract);
	read_words(r, "keywords", &m->keywords, &m->n_keywords);
	read_words(r, "domains", &m->domains, &m->n_domains);
	read_acronym(r, m);
	if (arena_failed(r->a) || r->wrong.failed)
		return IMS_E_NOMEM;
	if (r->wrong.n)
		return errtext_set(e, IMS_E_INVALID, "%s", buf_text(&r->wrong));
	if (!m->n_title && !m->n_abstract)
		return errtext_set(e, IMS_E_MISSING, "neither /title nor /abstract");
	return 0;
}

int overlap_file_read(struct bytes json, struct arena *a, Ims__Registry__Initiative *ret, struct errtext *e)
{
	struct reading r = {.a = a};
	json_error_t at;
	int err;

	ims__registry__initiative__init(ret);
	if (json.n > OVERLAP_FILE_MAX_BYTES)
		return errtext_set(e, IMS_E_LIMIT, "more than %zu bytes", OVERLAP_FILE_MAX_BYTES);
	r.root = json_loadb((const char *)json.p, json.n, 0, &at);
	if (!r.root)
		return errtext_set(e, IMS_E_SYNTAX, "line %d, column %d: %s", at.line, at.column, at.text);
	err = json_is_object(r.root)
		      ? read_all(&r, ret, e)
		      : errtext_set(e, IMS_E_INVALID, "expected an object with \"title\" and \"abstract\"");
	buf_fini(&r.wrong);
	json_decref(r.root);
	return err;
}
