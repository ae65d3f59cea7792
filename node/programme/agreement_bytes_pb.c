/* SPDX-License-Identifier: Apache-2.0 */
/* The bytes of an agreement that are signed (A1). */
#include "pb/registry.pb-c.h"

#include "base/text.h"
#include "programme/agreement.h"
#include "registry/cms.h"

static const Ims__Registry__AgreementText *find_text(const Ims__Registry__Agreement *m, const char *lang)
{
	for (size_t i = 0; i < m->n_texts; i++)
		if (strcmp(m->texts[i]->lang, lang) == 0)
			return m->texts[i];
	return NULL;
}

int agreement_bytes(const char *id, const Ims__Registry__Agreement *m, const char *lang, struct buf *out)
{
	const Ims__Registry__AgreementText *t = find_text(m, lang);
	char hex[HEX_HASH_BYTES];

	if (!t || t->sha256.len != sizeof(struct hash))
		return IMS_E_NOT_FOUND;
	buf_printf(out, "ims-moa/1\nagreement %s\nversion %u\nlanguage %s\ninitiative %s\nsha256 %s\n", id,
		   m->version, t->lang, m->initiative, hex_put(hex, BYTES(t->sha256.data, t->sha256.len)));
	if (t->document[0])
		buf_printf(out, "document %s\n", t->document);
	buf_put_u8(out, '\n');
	buf_put_text(out, t->text);
	return out->failed ? IMS_E_NOMEM : 0;
}

bool agreement_is_signed_by(const char *id, const Ims__Registry__Agreement *m,
			    const Ims__Registry__Signature *s)
{
	struct cms_parts parts;
	struct buf bytes = {0};
	bool is;

	if (!s->cms)
		return false;
	parts = (struct cms_parts){
		.algorithm = s->cms->algorithm,
		.signed_bytes = BYTES(s->cms->signed_bytes.data, s->cms->signed_bytes.len),
	};
	is = agreement_bytes(id, m, s->lang, &bytes) == 0 && cms_is_over(&parts, buf_bytes(&bytes));
	buf_fini(&bytes);
	return is;
}
