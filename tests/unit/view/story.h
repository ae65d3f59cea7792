/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Histories of an initiative over five logs, good and bad in every way that matters to an agreement, and
 * beside them what should come of it, said again in the simplest terms: by what the history was made of, not
 * by what its records say.
 */
#ifndef TESTS_UNIT_VIEW_STORY_H
#define TESTS_UNIT_VIEW_STORY_H

#include "programme/case.h"
#include "unit/view/foreign.h"

#define STORY_LOGS 5
#define STORY_ORGS 3 /* of each region */
#define STORY_SIGNATURES 120
#define STORY_CONCLUSIONS 12
#define STORY_ENTRIES 210

enum { EU, MX, US, ZA, IRS };
static const char *const story_region[STORY_LOGS] = {"eu", "mx", "us", "za", "irs"};

/* A signature's record, as it is last. */
struct story_signature {
	int region;
	unsigned number, version, org;
	uint64_t revisions, index; /* of its newest entry */
	bool good, withdrawn;
};

struct story_conclusion {
	bool stands;
	bool lists[STORY_SIGNATURES];
};

struct story {
	uint64_t seed;
	struct foreign *log[STORY_LOGS];
	unsigned next[STORY_LOGS]; /* numbers of records that are about nothing */
	struct {
		uint64_t index;
		unsigned ror;
	} org[STORY_LOGS][STORY_ORGS];
	unsigned outsider; /* the organisation of each region with this number is no party */
	struct {
		uint64_t index;
	} version[32];
	unsigned n_versions;
	uint64_t initiative_revision, notice;
	bool closed, concluded;
	struct story_signature signature[STORY_SIGNATURES];
	unsigned n_signatures;
	struct story_conclusion conclusion[STORY_CONCLUSIONS];
	unsigned n_conclusions;
};

static inline uint64_t story_random(struct story *s, uint64_t below)
{
	s->seed ^= s->seed << 13;
	s->seed ^= s->seed >> 7;
	s->seed ^= s->seed << 17;
	return s->seed % below;
}

static inline bool story_chance(struct story *s, unsigned percent)
{
	return story_random(s, 100) < percent;
}

static inline uint64_t story_put(struct story *s, int region, const char *kind, const char *id,
				 uint64_t revision, const char *json)
{
	struct foreign *f = s->log[region];
	struct entry en = foreign_entry(f, kind, id, revision);
	struct buf b = {0};
	struct bytes payload;

	payload_put(kind, json, &b);
	payload = buf_bytes(&b);
	foreign_add(f, en, &payload);
	buf_fini(&b);
	return f->size - 1;
}

/* JSON of a citation; the leaf may be spoilt. */
static inline char *story_cite(struct story *s, int region, const char *record, uint64_t index, bool spoilt)
{
	char hex[HEX_HASH_BYTES];
	struct hash h = {{0}};

	if (index < s->log[region]->size)
		h = s->log[region]->items[index].leaf;
	h.b[0] ^= spoilt;
	return mem_printf("{'record':'%s','origin':'%s','index':%llu,'leaf':'%s'}", record,
			  s->log[region]->origin, (unsigned long long)index, hex_hash(&h, hex));
}

static inline void story_org(struct story *s, int region, unsigned i)
{
	char id[32], ror[40] = "";

	/* one of them is the same in two regions */
	s->org[region][i].ror = i == 0 && (region == MX || region == US) ? 1 : 0;
	if (s->org[region][i].ror)
		snprintf(ror, sizeof(ror), ",'pic':'999999999'");
	snprintf(id, sizeof(id), "%s-o-%u", story_region[region], i + 1);
	{
		char *json = mem_printf("{'name':'Org %s %u','country':'%s'%s}", story_region[region], i,
					region == EU ? "DE" : "MX", ror);

		s->org[region][i].index = story_put(s, region, "organisation", id, 1, json);
		free(json);
	}
}

/* ---- the home's own */
static inline void story_initiative(struct story *s, const char *state)
{
	char *json = mem_printf(
		"{'title':[{'lang':'en','text':'Revision %llu'}],'platform':'P1','domains':['T01'],"
		"'budget_hundredths':200000000,'currency':'USD','start':'2024-01-01','end':'2026-12-31',"
		"'state':'%s'}",
		(unsigned long long)s->initiative_revision, state);

	story_put(s, EU, "initiative", "eu-i-1", ++s->initiative_revision, json);
	free(json);
}

#define STORY_TEXT "We shall do it, version %u, in %s."

static inline char *story_text(unsigned version, const char *lang)
{
	char *text = mem_printf(STORY_TEXT, version, lang), hex[HEX_HASH_BYTES], *json;
	struct hash h;

	crypto_sha256(bytes_of(text), &h);
	json = mem_printf("{'lang':'%s','text':'%s','sha256':'%s'}", lang, text, hex_hash(&h, hex));
	free(text);
	return json;
}

/* Every organisation but the outsiders is a party. */
static inline void story_version(struct story *s)
{
	unsigned v = s->n_versions + 1;
	char *en = story_text(v, "en"), *es = story_text(v, "es"), *json;
	struct buf parties = {0};

	for (int r = EU; r <= ZA; r++)
		for (unsigned i = 0; i < STORY_ORGS; i++)
			if (i != s->outsider)
				buf_printf(&parties, "%s{'organisation':'%s-o-%u','region':'%s'}",
					   parties.n ? "," : "", story_region[r], i + 1, story_region[r]);
	json = mem_printf("{'initiative':'eu-i-1','version':%u,'title':[{'lang':'en','text':'MoA'}],"
			  "'texts':[%s,%s],'parties':[%s]}",
			  v, en, es, buf_text(&parties));
	s->version[s->n_versions++].index = story_put(s, EU, "moa", "eu-m-1", v, json);
	buf_fini(&parties);
	free(json);
	free(en);
	free(es);
}

#endif
