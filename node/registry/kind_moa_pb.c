/* SPDX-License-Identifier: Apache-2.0 */
#include "pb/registry.pb-c.h"

#include "crypto/hash.h"
#include "registry/kind_int.h"

#define TEXTS_MAX 30
#define AGREEMENT_TEXT_MAX_BYTES 60000
#define PARTIES_MAX 200
#define TOPICS_MAX 50

/* A text, or a document with it; and the hash of its bytes. */
static void validate_text(const Ims__Registry__AgreementText *t, struct problems *p)
{
	struct hash h;

	check_language(p, "lang", t->lang);
	if (!t->text[0] == !t->document[0])
		problem_add(p, "text", "a text or a document, one of the two");
	check_long(p, "text", t->text, FIELD_OPTIONAL, AGREEMENT_TEXT_MAX_BYTES);
	check_record(p, "document", t->document, FIELD_OPTIONAL, "b");
	check_bytes(p, "sha256", &t->sha256, FIELD_REQUIRED, HASH_BYTES, HASH_BYTES);
	if (!t->text[0] || t->sha256.len != HASH_BYTES)
		return;
	crypto_sha256(bytes_of(t->text), &h);
	if (memcmp(h.b, t->sha256.data, HASH_BYTES) != 0)
		problem_add(p, "sha256", "not that of the text");
}

static void validate_texts(const Ims__Registry__Agreement *m, struct problems *p)
{
	if (m->n_texts == 0)
		problem_add(p, "texts", "required in one language at least");
	check_count(p, "texts", m->n_texts, TEXTS_MAX);
	for (size_t i = 0; i < m->n_texts; i++) {
		problem_enter(p, "texts", i);
		validate_text(m->texts[i], p);
		check_once(p, "lang", m->texts, i, offsetof(Ims__Registry__AgreementText, lang));
		problem_leave(p);
	}
}

/* A party signs for the region whose log holds its record. */
static void validate_parties(const Ims__Registry__Agreement *m, struct problems *p)
{
	check_count(p, "parties", m->n_parties, PARTIES_MAX);
	for (size_t i = 0; i < m->n_parties; i++) {
		const Ims__Registry__Party *who = m->parties[i];

		problem_enter(p, "parties", i);
		check_record(p, "organisation", who->organisation, FIELD_REQUIRED, "o");
		check_region(p, "region", who->region, FIELD_REQUIRED);
		check_home_of(p, "region", who->region, who->organisation);
		check_once(p, "organisation", m->parties, i, offsetof(Ims__Registry__Party, organisation));
		problem_leave(p);
	}
}

void registry_validate_moa(const ProtobufCMessage *base, struct problems *p)
{
	const Ims__Registry__Agreement *m = (const Ims__Registry__Agreement *)base;

	check_own_record(p, "initiative", m->initiative, FIELD_REQUIRED, "i");
	check_range(p, "version", m->version, 1, VERSION_MAX);
	check_texts(p, "title", m->title, m->n_title, FIELD_REQUIRED, TEXT_LINE);
	validate_texts(m, p);
	validate_parties(m, p);
	check_codes(p, "covers", m->covers, m->n_covers, TOPICS_MAX, "agreement-topics");
}

void registry_keys_moa(const ProtobufCMessage *base, struct registry_keys *keys)
{
	const Ims__Registry__Agreement *m = (const Ims__Registry__Agreement *)base;

	key_put_text(keys, "about", m->initiative);
	for (size_t i = 0; i < m->n_parties; i++)
		key_put_text(keys, "party", m->parties[i]->organisation);
	for (size_t i = 0; i < m->n_parties; i++)
		key_put_text(keys, "region", m->parties[i]->region);
}
