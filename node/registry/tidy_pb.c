/* SPDX-License-Identifier: Apache-2.0 */
#include "registry/tidy.h"

#include "pb/registry.pb-c.h"

#include "base/text.h"
#include "crypto/hash.h"
#include "registry/org_ids.h"

static void replace(char **text, struct bytes now, struct arena *a)
{
	char *copy = arena_text(a, now);

	if (copy)
		*text = copy;
}

/* A ROR id is written in lower case. */
static void tidy_ror(char **ror, struct arena *a)
{
	replace(ror, ror_trim(bytes_of(*ror)), a);
	for (char *c = *ror; *c; c++)
		if (*c >= 'A' && *c <= 'Z')
			*c = (char)(*c - 'A' + 'a');
}

static void tidy_pic(char **pic, struct arena *a)
{
	char *to;

	replace(pic, bytes_of(*pic), a);
	to = *pic;
	for (const char *from = *pic; *from; from++)
		if (*from != ' ')
			*to++ = *from;
	*to = '\0';
}

static void tidy_organisation(Ims__Registry__Organisation *m, struct arena *a)
{
	if (m->ror[0])
		tidy_ror(&m->ror, a);
	if (m->pic[0])
		tidy_pic(&m->pic, a);
}

static void tidy_agreement(Ims__Registry__Agreement *m, struct arena *a)
{
	for (size_t i = 0; i < m->n_texts; i++) {
		Ims__Registry__AgreementText *t = m->texts[i];
		struct bytes copy;
		struct hash h;

		if (!t->text[0] || t->sha256.len)
			continue;
		crypto_sha256(bytes_of(t->text), &h);
		copy = arena_dup(a, bytes_of_hash(&h));
		if (copy.n)
			t->sha256 = (ProtobufCBinaryData){copy.n, (uint8_t *)(uintptr_t)copy.p};
	}
}

void registry_tidy(const struct kind *k, ProtobufCMessage *m, struct arena *a)
{
	if (k->descriptor == &ims__registry__organisation__descriptor)
		tidy_organisation((Ims__Registry__Organisation *)m, a);
	else if (k->descriptor == &ims__registry__agreement__descriptor)
		tidy_agreement((Ims__Registry__Agreement *)m, a);
}
