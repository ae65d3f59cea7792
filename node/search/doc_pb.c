/* SPDX-License-Identifier: Apache-2.0 */
#include "search/doc.h"

#include <string.h>

#include "pb/registry.pb-c.h"

#include "base/buf.h"
#include "wire/codec.h"

typedef Ims__Registry__Text Text;

enum doc_kind doc_kind_of(struct bytes record_kind)
{
	if (bytes_eq_text(record_kind, "initiative"))
		return DOC_INITIATIVE;
	if (bytes_eq_text(record_kind, "organisation"))
		return DOC_ORGANISATION;
	return bytes_eq_text(record_kind, "need") ? DOC_NEED : DOC_OTHER;
}

static struct bytes join(char **list, size_t n, const char *between, struct arena *a)
{
	struct buf b = {0};
	struct bytes r;

	for (size_t i = 0; i < n; i++) {
		buf_put_text(&b, i ? between : "");
		buf_put_text(&b, list[i]);
	}
	r = arena_dup(a, buf_bytes(&b));
	buf_fini(&b);
	return r;
}

/* The text of that language, which is begun when there is none yet; NULL past DOC_TEXTS_MAX. */
static struct doc_text *text_of(struct doc *d, const char *lang)
{
	for (size_t i = 0; i < d->n_texts; i++)
		if (bytes_eq_text(d->texts[i].lang, lang))
			return &d->texts[i];
	if (d->n_texts == DOC_TEXTS_MAX)
		return NULL;
	d->texts[d->n_texts] = (struct doc_text){.lang = bytes_of(lang)};
	return &d->texts[d->n_texts++];
}

static void put_texts(struct doc *d, Text **list, size_t n, bool is_title)
{
	for (size_t i = 0; i < n; i++) {
		struct doc_text *t = text_of(d, list[i]->lang);

		if (t && is_title)
			t->title = bytes_of(list[i]->text);
		else if (t)
			t->body = bytes_of(list[i]->text);
	}
}

static struct bytes source_of(const Ims__Registry__Source *s, struct arena *a)
{
	return s ? bytes_of(arena_printf(a, "%s:%s", s->scheme, s->id)) : BYTES_NONE;
}

static void read_initiative(const Ims__Registry__Initiative *m, struct arena *a, struct doc *d)
{
	put_texts(d, m->title, m->n_title, true);
	put_texts(d, m->abstract, m->n_abstract, false);
	d->name = m->n_title ? bytes_of(m->title[0]->text) : BYTES_NONE;
	d->acronym = bytes_of(m->acronym);
	d->keywords = join(m->keywords, m->n_keywords, ", ", a);
	d->source = source_of(m->source, a);
	d->state = bytes_of(m->state);
	d->domains = join(m->domains, m->n_domains, " ", a);
	d->platforms = bytes_of(m->platform);
	d->parties = arena_array(a, m->n_participants + 1, sizeof(*d->parties));
	for (size_t i = 0; d->parties && i < m->n_participants; i++)
		d->parties[d->n_parties++] = bytes_of(m->participants[i]->organisation);
}

static void read_organisation(const Ims__Registry__Organisation *m, struct arena *a, struct doc *d)
{
	d->name = bytes_of(m->name);
	put_texts(d, m->about, m->n_about, false);
	d->keywords = join(m->keywords, m->n_keywords, ", ", a);
	d->source = m->n_sources ? source_of(m->sources[0], a) : BYTES_NONE;
	d->country = bytes_of(m->country);
	d->type = bytes_of(m->type);
	d->domains = join(m->domains, m->n_domains, " ", a);
	d->platforms = join(m->platforms, m->n_platforms, " ", a);
	if (!d->n_texts && d->keywords.n)
		text_of(d, "");
}

/* The last day on which it is open: both are days, as text in order; empty: none. */
static struct bytes first_day(const char *deadline, const char *expiry)
{
	return bytes_of(*deadline && (!*expiry || strcmp(deadline, expiry) < 0) ? deadline : expiry);
}

static void read_need(const Ims__Registry__Need *m, struct arena *a, struct doc *d)
{
	put_texts(d, m->title, m->n_title, true);
	put_texts(d, m->description, m->n_description, false);
	d->name = m->n_title ? bytes_of(m->title[0]->text) : BYTES_NONE;
	d->keywords = join(m->keywords, m->n_keywords, ", ", a);
	d->state = bytes_of(m->state);
	d->country = bytes_of(m->owner_country);
	d->type = bytes_of(m->owner_type);
	d->domains = join(m->domains, m->n_domains, " ", a);
	d->platforms = join(m->platforms, m->n_platforms, " ", a);
	d->wanted_types = join(m->organisation_types, m->n_organisation_types, " ", a);
	d->wanted_regions = join(m->regions, m->n_regions, " ", a);
	d->wanted_countries = join(m->countries, m->n_countries, " ", a);
	d->expiry = first_day(m->deadline, m->expiry);
	d->parties = arena_array(a, 1, sizeof(*d->parties));
	if (d->parties && m->initiative[0])
		d->parties[d->n_parties++] = bytes_of(m->initiative);
}

int doc_read(struct bytes record_kind, struct bytes id, struct bytes payload, struct arena *a,
	     struct doc *ret)
{
	const struct kind *k = kind_by_name(record_kind);
	enum doc_kind kind = doc_kind_of(record_kind);
	struct doc d = {.kind = kind, .id = id};
	ProtobufCMessage *m;
	struct errtext e;
	int err;

	if (!k || kind == DOC_OTHER)
		return IMS_E_NOT_FOUND;
	err = codec_unpack(k->descriptor, payload, a, &m, &e);
	if (err)
		return err;
	d.texts = arena_array(a, DOC_TEXTS_MAX, sizeof(*d.texts));
	if (!d.texts)
		return IMS_E_NOMEM;
	if (kind == DOC_INITIATIVE)
		read_initiative((const Ims__Registry__Initiative *)m, a, &d);
	else if (kind == DOC_ORGANISATION)
		read_organisation((const Ims__Registry__Organisation *)m, a, &d);
	else
		read_need((const Ims__Registry__Need *)m, a, &d);
	if (arena_failed(a))
		return arena_error(a);
	*ret = d;
	return 0;
}
