/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Histories of an initiative over five logs, good and bad in every way that matters to an agreement, and beside
 * them what should come of it, said again in the simplest terms: by what the history was made of, not by what its
 * records say.
 */
#ifndef TESTS_UNIT_VIEW_CASE_WORLD_OPENSSL_H
#define TESTS_UNIT_VIEW_CASE_WORLD_OPENSSL_H

#include "programme/case.h"
#include "unit/view/foreign.h"

#include "unit/registry/cms_parts_openssl.h"

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
	struct { uint64_t index; unsigned ror; } org[STORY_LOGS][STORY_ORGS];
	unsigned outsider; /* the organisation of each region with this number is no party */
	struct { uint64_t index; } version[32];
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

static inline uint64_t story_put(struct story *s, int region, const char *kind, const char *id, uint64_t revision,
				 const char *json)
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
	return mem_printf("{'record':'%s','origin':'%s','index':%llu,'leaf':'%s'}", record, s->log[region]->origin,
			  (unsigned long long)index, hex_hash(&h, hex));
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
	char *json = mem_printf("{'title':[{'lang':'en','text':'Revision %llu'}],'platform':'P1','domains':['T01'],"
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
				buf_printf(&parties, "%s{'organisation':'%s-o-%u','region':'%s'}", parties.n ? "," : "",
					   story_region[r], i + 1, story_region[r]);
	json = mem_printf("{'initiative':'eu-i-1','version':%u,'title':[{'lang':'en','text':'MoA'}],"
			  "'texts':[%s,%s],'parties':[%s]}",
			  v, en, es, buf_text(&parties));
	s->version[s->n_versions++].index = story_put(s, EU, "moa", "eu-m-1", v, json);
	buf_fini(&parties);
	free(json);
	free(en);
	free(es);
}

/* ---- signatures */

/* The bytes that are signed, written out once more. */
static inline char *story_bytes(unsigned version, const char *lang)
{
	char *text = mem_printf(STORY_TEXT, version, lang), hex[HEX_HASH_BYTES], *bytes;
	struct hash h;

	crypto_sha256(bytes_of(text), &h);
	bytes = mem_printf("ims-moa/1\nagreement eu-m-1\nversion %u\nlanguage %s\ninitiative eu-i-1\nsha256 %s\n\n%s",
			   version, lang, hex_hash(&h, hex), text);
	free(text);
	return bytes;
}

static inline char *story_cms(unsigned version, const char *lang, bool spoilt)
{
	char *bytes = story_bytes(version, lang), *json;
	char key[89], attributes[321], signature[129];
	struct made_parts p;

	bytes[0] ^= spoilt; /* it is over something else */
	made_sign(&p, lang, bytes_of(bytes));
	json = mem_printf("'cms':{'key':'%s','algorithm':'ed25519','signed_bytes':'%s','signature':'%s'}",
			  hex_put(key, BYTES(p.key, sizeof(p.key))),
			  hex_put(attributes, BYTES(p.attributes, p.n_attributes)),
			  hex_put(signature, BYTES(p.signature, sizeof(p.signature))));
	free(bytes);
	return json;
}

enum story_fault {
	FAULT_NONE,
	FAULT_OLD_VERSION,
	FAULT_FOREIGN_ORGANISATION,
	FAULT_OTHER_TEXT,
	FAULT_OUTSIDER,
	FAULT_LANGUAGE,
	FAULT_LEAF,
	FAULT_NOT_THERE,
	FAULT_COUNT,
};

static inline void story_sign(struct story *s, struct story_signature *g, enum story_fault fault)
{
	const char *lang = fault == FAULT_LANGUAGE ? "fr" : story_chance(s, 50) ? "en" : "es";
	int home = fault == FAULT_FOREIGN_ORGANISATION ? (g->region + 1) % IRS : g->region;
	unsigned org = fault == FAULT_OUTSIDER ? s->outsider
					       : (s->outsider + 1 + (unsigned)story_random(s, STORY_ORGS - 1)) % STORY_ORGS;
	unsigned version = fault == FAULT_OLD_VERSION && s->n_versions > 1 ? (unsigned)story_random(s, s->n_versions - 1) + 1
									    : s->n_versions;
	char org_id[32], id[32], *moa, *organisation, *how, *json;

	snprintf(org_id, sizeof(org_id), "%s-o-%u", story_region[home], org + 1);
	snprintf(id, sizeof(id), "%s-sg-%u", story_region[g->region], g->number);
	moa = story_cite(s, EU, "eu-m-1", fault == FAULT_NOT_THERE ? 100000 : s->version[version - 1].index,
			 fault == FAULT_LEAF);
	organisation = story_cite(s, home, org_id, s->org[home][org].index, false);
	how = fault == FAULT_OTHER_TEXT || story_chance(s, 15)
		      ? story_cms(version, lang, fault == FAULT_OTHER_TEXT)
		      : mem_printf("'paper':{'day':'2024-02-03','statement':[{'lang':'en','text':'Seen.'}]}");
	json = mem_printf("{'agreement':%s,'lang':'%s','organisation':%s,'region':'%s',%s}", moa, lang, organisation,
			  story_region[g->region], how);
	g->good = fault == FAULT_NONE || fault == FAULT_OLD_VERSION; /* an old version was good in its time */
	g->version = version;
	g->org = org;
	g->withdrawn = false;
	g->index = story_put(s, g->region, "signature", id, ++g->revisions, json);
	free(moa);
	free(organisation);
	free(how);
	free(json);
}

static inline void story_add_signature(struct story *s, enum story_fault fault)
{
	struct story_signature *g;
	unsigned number = 1;

	if (s->n_signatures == STORY_SIGNATURES)
		return;
	g = &s->signature[s->n_signatures];
	*g = (struct story_signature){.region = (int)story_random(s, IRS)};
	for (unsigned i = 0; i < s->n_signatures; i++)
		number += s->signature[i].region == g->region;
	g->number = number;
	s->n_signatures++;
	story_sign(s, g, fault);
}

static inline void story_withdraw(struct story *s, struct story_signature *g)
{
	struct entry en;
	char id[32];

	if (g->withdrawn)
		return;
	snprintf(id, sizeof(id), "%s-sg-%u", story_region[g->region], g->number);
	en = foreign_entry(s->log[g->region], "signature", id, ++g->revisions);
	en.operation = ENTRY_WITHDRAW;
	foreign_add(s->log[g->region], en, NULL);
	g->withdrawn = true;
}

/* ---- what counts, in the simplest terms: a region's first good signature of the version, in order of code; one
 * organisation for one region */
static inline unsigned story_count(const struct story *s, unsigned version, int ret[IRS])
{
	unsigned n = 0, rors = 0;

	for (int r = EU; r <= ZA; r++) {
		int best = -1;

		for (unsigned i = 0; i < s->n_signatures; i++) {
			const struct story_signature *g = &s->signature[i];
			bool taken = s->org[r][g->org].ror && rors;

			if (g->region == r && g->good && !g->withdrawn && g->version == version && !taken &&
			    (best < 0 || g->index < s->signature[best].index))
				best = (int)i;
		}
		ret[r] = best;
		n += best >= 0;
		rors += best >= 0 && s->org[r][s->signature[best].org].ror;
	}
	return n;
}

/* ---- conclusions: one that lists what counts, or one with a fault */
enum conclusion_fault { CONCLUDES, LISTS_TWO, LISTS_TWICE, LISTS_OLD, OTHER_ROSTER, CONCLUSION_FAULTS };

static inline void story_conclude(struct story *s, enum conclusion_fault fault)
{
	unsigned version = fault == LISTS_OLD && s->n_versions > 1 ? s->n_versions - 1 : s->n_versions, n, k = 0;
	struct story_conclusion *c = &s->conclusion[s->n_conclusions];
	int of[IRS];
	struct buf list = {0};
	char id[32], *moa, *json;

	n = story_count(s, version, of);
	if (s->n_conclusions == STORY_CONCLUSIONS || n < CASE_REGIONS_NEEDED)
		return;
	*c = (struct story_conclusion){.stands = fault == CONCLUDES && !s->closed};
	for (int r = EU; r <= ZA; r++) {
		const struct story_signature *g = of[r] >= 0 ? &s->signature[of[r]] : NULL;
		char *cited;

		if (!g || (fault == LISTS_TWO && k == 2))
			continue;
		snprintf(id, sizeof(id), "%s-sg-%u", story_region[r], g->number);
		cited = story_cite(s, r, id, g->index, false);
		buf_printf(&list, "%s{'signature':%s,'region':'%s'}", k ? "," : "", cited, story_region[r]);
		c->lists[of[r]] = true;
		k++;
		free(cited);
	}
	if (fault == LISTS_OLD && version == s->n_versions)
		c->stands = !s->closed;
	if (fault == LISTS_TWICE) { /* which its own rule refuses */
		struct bytes first = buf_bytes(&list);
		char *twice = mem_printf("%.*s,%.*s", (int)first.n, (const char *)first.p, (int)first.n,
					 (const char *)first.p);

		buf_clear(&list);
		buf_put_text(&list, twice);
		free(twice);
	}
	moa = story_cite(s, EU, "eu-m-1", s->version[version - 1].index, false);
	snprintf(id, sizeof(id), "eu-cl-%u", ++s->n_conclusions);
	json = mem_printf("{'agreement':%s,'roster_version':%u,'initiative':'eu-i-1','counted':[%s]}", moa,
			  fault == OTHER_ROSTER ? 7 : 1, buf_text(&list));
	story_put(s, EU, "conclusion", id, 1, json);
	s->concluded |= c->stands;
	buf_fini(&list);
	free(json);
	free(moa);
}

/* ---- everything else */
static inline void story_fill(struct story *s)
{
	int r = (int)story_random(s, STORY_LOGS);
	char id[32], *json, *cited;

	switch (story_random(s, 3)) {
	case 0:
		snprintf(id, sizeof(id), "%s-cn-%u", story_region[r], ++s->next[r]);
		story_put(s, r, "note", id, 1,
			  "{'initiative':'eu-i-1','day':'2024-03-04','topic':'manufacturing',"
			  "'text':[{'lang':'en','text':'It is.'}]}");
		break;
	case 1:
		snprintf(id, sizeof(id), "%s-o-%u", story_region[r], 100 + ++s->next[r]);
		json = mem_printf("{'name':'Filler %u','country':'US'}", s->next[r]);
		story_put(s, r, "organisation", id, 1, json);
		free(json);
		break;
	default:
		if (r == IRS)
			return;
		snprintf(id, sizeof(id), "%s-ma-%u", story_region[r], ++s->next[r]);
		cited = story_cite(s, IRS, "irs-mn-1", s->notice, false);
		json = mem_printf("{'notice':%s,'published':'2024-03-05','reach':%u}", cited, s->next[r]);
		story_put(s, r, "acknowledgement", id, 1, json);
		free(json);
		free(cited);
	}
}

static inline void story_begin(struct story *s, uint64_t seed)
{
	char *cited, *json;

	*s = (struct story){.seed = seed * 0x9e3779b97f4a7c15u + 1};
	for (int r = 0; r < STORY_LOGS; r++)
		s->log[r] = foreign_new(story_region[r]);
	s->outsider = (unsigned)story_random(s, STORY_ORGS);
	for (int r = EU; r <= ZA; r++)
		for (unsigned i = 0; i < STORY_ORGS; i++)
			story_org(s, r, i);
	story_initiative(s, "signing");
	cited = story_cite(s, EU, "eu-i-1", s->log[EU]->size - 1, false);
	json = mem_printf("{'initiative':%s,'text':[{'lang':'en','text':'Please.'}],'published':'2024-03-01',"
			  "'due_days':30}",
			  cited);
	s->notice = story_put(s, IRS, "notice", "irs-mn-1", 1, json);
	free(cited);
	free(json);
	story_version(s);
}

static inline uint64_t story_size(const struct story *s)
{
	uint64_t n = 0;

	for (int r = 0; r < STORY_LOGS; r++)
		n += s->log[r]->size;
	return n;
}

static inline void story_event(struct story *s)
{
	unsigned what = (unsigned)story_random(s, 1000);

	if (what < 380)
		story_add_signature(s, story_chance(s, 55) ? FAULT_NONE : (enum story_fault)story_random(s, FAULT_COUNT));
	else if (what < 430 && s->n_signatures)
		story_withdraw(s, &s->signature[story_random(s, s->n_signatures)]);
	else if (what < 470 && s->n_signatures)
		story_sign(s, &s->signature[story_random(s, s->n_signatures)], (enum story_fault)story_random(s, 3));
	else if (what < 490 && s->n_versions < 30)
		story_version(s);
	else if (what < 530)
		story_conclude(s, (enum conclusion_fault)story_random(s, CONCLUSION_FAULTS));
	else if (what < 533 && !s->closed) {
		static const char *const ends[] = {"withdrawn", "declined", "merged"};

		story_initiative(s, ends[story_random(s, 3)]);
		s->closed = true;
	} else if (what < 550 && !s->closed)
		story_initiative(s, "signing");
	else
		story_fill(s);
}

static inline void story_make(struct story *s, uint64_t seed)
{
	story_begin(s, seed);
	while (story_size(s) < STORY_ENTRIES)
		story_event(s);
}

static inline void story_end(struct story *s)
{
	for (int r = 0; r < STORY_LOGS; r++)
		foreign_free(s->log[r]);
}

/* Which signatures have to count in the end. */
static inline void story_expect(const struct story *s, bool ret[STORY_SIGNATURES])
{
	int of[IRS];

	memset(ret, 0, STORY_SIGNATURES * sizeof(*ret));
	for (unsigned i = 0; i < s->n_conclusions; i++)
		if (s->conclusion[i].stands) {
			memcpy(ret, s->conclusion[i].lists, STORY_SIGNATURES * sizeof(*ret));
			return;
		}
	if (s->closed)
		return;
	story_count(s, s->n_versions, of);
	for (int r = EU; r <= ZA; r++)
		if (of[r] >= 0)
			ret[of[r]] = true;
}

#endif
