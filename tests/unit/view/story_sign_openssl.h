/* SPDX-License-Identifier: Apache-2.0 */
/* The signatures of a story: good ones, and each fault that one can have. */
#ifndef TESTS_UNIT_VIEW_STORY_SIGN_OPENSSL_H
#define TESTS_UNIT_VIEW_STORY_SIGN_OPENSSL_H

#include "unit/view/story.h"

#include "unit/registry/cms_parts_openssl.h"

/* The bytes that are signed, written out once more. */
static inline char *story_bytes(unsigned version, const char *lang)
{
	char *text = mem_printf(STORY_TEXT, version, lang), hex[HEX_HASH_BYTES], *bytes;
	struct hash h;

	crypto_sha256(bytes_of(text), &h);
	bytes = mem_printf(
		"ims-moa/1\nagreement eu-m-1\nversion %u\nlanguage %s\ninitiative eu-i-1\nsha256 %s\n\n%s",
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
	unsigned org = fault == FAULT_OUTSIDER
			       ? s->outsider
			       : (s->outsider + 1 + (unsigned)story_random(s, STORY_ORGS - 1)) % STORY_ORGS;
	unsigned version = fault == FAULT_OLD_VERSION && s->n_versions > 1
				   ? (unsigned)story_random(s, s->n_versions - 1) + 1
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
	json = mem_printf("{'agreement':%s,'lang':'%s','organisation':%s,'region':'%s',%s}", moa, lang,
			  organisation, story_region[g->region], how);
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

#endif
