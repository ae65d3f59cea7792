/* SPDX-License-Identifier: Apache-2.0 */
#include "pb/registry.pb-c.h"

#include "registry/cms.h"
#include "registry/kind_int.h"

/* The signature by the key, over attributes that name a content; which content that has to be is the
 * agreement's matter (programme/agreement.h). */
static void check_cms(const Ims__Registry__CmsParts *c, struct problems *p)
{
	const struct cms_parts parts = {
		.key = BYTES(c->key.data, c->key.len),
		.algorithm = c->algorithm,
		.signed_bytes = BYTES(c->signed_bytes.data, c->signed_bytes.len),
		.signature = BYTES(c->signature.data, c->signature.len),
	};
	struct errtext why;

	if (cms_verify(&parts, &why))
		problem_add(p, "signature", "%s", why.text);
}

static void validate_cms(const Ims__Registry__CmsParts *c, struct problems *p)
{
	size_t before = p->n;

	problem_enter(p, "cms", PROBLEM_ONE);
	check_bytes(p, "key", &c->key, FIELD_REQUIRED, 1, CMS_KEY_MAX_BYTES);
	check_code(p, "algorithm", c->algorithm, FIELD_REQUIRED, "signature-algorithms");
	check_bytes(p, "signed_bytes", &c->signed_bytes, FIELD_REQUIRED, 1, CMS_ATTRIBUTES_MAX_BYTES);
	check_bytes(p, "signature", &c->signature, FIELD_REQUIRED, 1, CMS_SIGNATURE_MAX_BYTES);
	check_bytes(p, "certificate_sha256", &c->certificate_sha256, FIELD_OPTIONAL, HASH_BYTES, HASH_BYTES);
	if (p->n == before)
		check_cms(c, p);
	problem_leave(p);
}

static void validate_paper(const Ims__Registry__PaperParts *paper, struct problems *p)
{
	problem_enter(p, "paper", PROBLEM_ONE);
	check_day(p, "day", paper->day, FIELD_REQUIRED);
	check_record(p, "document", paper->document, FIELD_OPTIONAL, "b");
	check_texts(p, "statement", paper->statement, paper->n_statement, FIELD_REQUIRED, TEXT_LONG);
	problem_leave(p);
}

void registry_validate_signature(const ProtobufCMessage *base, struct problems *p)
{
	const Ims__Registry__Signature *m = (const Ims__Registry__Signature *)base;

	check_citation(p, "agreement", m->agreement, FIELD_REQUIRED, "m");
	check_language(p, "lang", m->lang);
	check_own_citation(p, "organisation", m->organisation, FIELD_REQUIRED, "o");
	check_region(p, "region", m->region, FIELD_REQUIRED);
	if (m->organisation)
		check_home_of(p, "region", m->region, m->organisation->record);
	check_record(p, "signatory", m->signatory, FIELD_OPTIONAL, "c");
	if (!m->cms == !m->paper)
		problem_add(p, "cms", "a CMS signature or one on paper, one of the two");
	if (m->cms)
		validate_cms(m->cms, p);
	if (m->paper)
		validate_paper(m->paper, p);
}

void registry_keys_signature(const ProtobufCMessage *base, struct registry_keys *keys)
{
	const Ims__Registry__Signature *m = (const Ims__Registry__Signature *)base;

	key_put_cited(keys, "about", m->agreement);
	key_put_cited(keys, "organisation", m->organisation);
	key_put_text(keys, "region", m->region);
}
