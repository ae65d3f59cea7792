/* SPDX-License-Identifier: Apache-2.0 */
/* Payloads of imported records. */
#include "pb/registry.pb-c.h"

#include "base/text.h"
#include "cli/import_int.h"
#include "registry/org_ids.h"
#include "wire/codec.h"

#define BUILD_ARENA_BYTES ((size_t)4 << 20)
#define KEYWORDS_MAX 100

typedef Ims__Registry__Text Text;
typedef Ims__Registry__Link Link;
typedef Ims__Registry__Source Source;

static void set(char **field, char *value)
{
	if (value && value[0])
		*field = value;
}

static Source *source_of(char *scheme, char *id, struct arena *a)
{
	Source *s = id ? arena_alloc(a, sizeof(*s)) : NULL;

	if (s) {
		ims__registry__source__init(s);
		set(&s->scheme, scheme);
		set(&s->id, id);
	}
	return s;
}

/* A list with one item, or with none when the text is empty. */
static size_t english(char *text, Text ***ret, struct arena *a)
{
	Text *t = text && text[0] ? arena_alloc(a, sizeof(*t)) : NULL;

	*ret = t ? arena_array(a, 1, sizeof(**ret)) : NULL;
	if (!*ret)
		return 0;
	ims__registry__text__init(t);
	t->lang = arena_text(a, BYTES_LIT("en"));
	t->text = text;
	(*ret)[0] = t;
	return t->lang ? 1 : 0;
}

static size_t links_of(const struct import_link *link, size_t n, Link ***ret, struct arena *a)
{
	size_t count = 0;

	*ret = arena_array(a, n, sizeof(**ret));
	for (size_t i = 0; *ret && i < n; i++) {
		Link *l = link[i].url && link[i].url[0] ? arena_alloc(a, sizeof(*l)) : NULL;

		if (!l)
			continue;
		ims__registry__link__init(l);
		set(&l->rel, link[i].rel);
		l->url = link[i].url;
		(*ret)[count++] = l;
	}
	return count;
}

void import_build_org(const struct import_org *org, struct buf *out)
{
	Ims__Registry__Organisation m;
	struct import_link homepage;
	struct arena a;
	Source *source;

	arena_init(&a, BUILD_ARENA_BYTES);
	homepage = (struct import_link){arena_text(&a, BYTES_LIT("homepage")), org->homepage};
	ims__registry__organisation__init(&m);
	set(&m.name, org->name);
	set(&m.short_name, org->short_name);
	set(&m.country, org->country);
	set(&m.city, org->city);
	set(&m.type, org->type);
	m.n_links = links_of(&homepage, 1, &m.links, &a);
	source = source_of(org->scheme, org->id, &a);
	if (source) {
		m.sources = &source;
		m.n_sources = 1;
	}
	if (org->scheme && strcmp(org->scheme, "pic") == 0 && pic_is_formed(bytes_of(org->id)))
		set(&m.pic, org->id);
	codec_pack(&m.base, out);
	out->failed |= arena_failed(&a);
	arena_fini(&a);
}

/* Distinct keywords, at most as many as an initiative may have. */
static size_t keywords_of(const struct import_project *p, char ***ret, struct arena *a)
{
	struct bytes rest = bytes_of(p->keywords), part;
	char delimiter = p->keywords && strchr(p->keywords, ';') ? ';' : ',';
	size_t n = 0;

	*ret = arena_array(a, KEYWORDS_MAX, sizeof(**ret));
	while (*ret && n < KEYWORDS_MAX && text_split(&rest, delimiter, &part)) {
		char *word = import_line(a, part);
		bool fresh = word && word[0];

		for (size_t i = 0; i < n && fresh; i++)
			fresh = strcmp((*ret)[i], word) != 0;
		if (fresh)
			(*ret)[n++] = word;
	}
	return n;
}

static size_t participants_of(struct import_run *run, const struct import_project *p,
			      Ims__Registry__Participant ***ret, struct arena *a)
{
	size_t n = 0;

	*ret = arena_array(a, p->n_parties, sizeof(**ret));
	for (size_t i = 0; *ret && i < p->n_parties; i++) {
		const struct import_party *party = &p->party[i];
		const struct import_org *org = &run->org[party->org];
		struct bytes id =
			org->ticket == UINT64_MAX ? BYTES_NONE : run->sink->id(run->sink->ctx, org->ticket);
		Ims__Registry__Participant *who = arena_alloc(a, sizeof(*who));

		if (!id.n) {
			import_problem(run, p->file, p->line, "participant %s has no record, left out",
				       org->name);
			continue;
		}
		if (!who)
			break;
		ims__registry__participant__init(who);
		set(&who->organisation, arena_text(a, id));
		set(&who->role, party->role);
		set(&who->country, party->country);
		who->share_hundredths = party->share_hundredths;
		(*ret)[n++] = who;
	}
	return n;
}

int import_build_project(struct import_run *run, const struct import_project *p, struct buf *out)
{
	Ims__Registry__Initiative m;
	struct arena a;
	int err;

	arena_init(&a, BUILD_ARENA_BYTES);
	ims__registry__initiative__init(&m);
	m.n_title = english(p->title, &m.title, &a);
	m.n_abstract = english(p->abstract, &m.abstract, &a);
	set(&m.acronym, p->acronym);
	m.budget_hundredths = p->budget_hundredths;
	set(&m.currency, p->currency);
	set(&m.start, p->start);
	set(&m.end, p->end);
	set(&m.state, p->state);
	m.n_participants = participants_of(run, p, &m.participants, &a);
	m.n_links = links_of(p->link, sizeof(p->link) / sizeof(p->link[0]), &m.links, &a);
	m.source = source_of(p->scheme, p->id, &a);
	m.n_keywords = keywords_of(p, &m.keywords, &a);
	set(&m.programme, p->programme);
	codec_pack(&m.base, out);
	err = arena_failed(&a) ? IMS_E_NOMEM : 0;
	arena_fini(&a);
	return err;
}
