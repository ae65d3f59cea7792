/* SPDX-License-Identifier: Apache-2.0 */
/* Admission of an agreement whose text is a document: what is signed is its hash, so it has to be that document's. */
#include "pb/registry.pb-c.h"

#include <stdio.h>

#include "base/text.h"
#include "view/admit_int.h"
#include "view/cites.h"

static void check_text(struct admission *a, const Ims__Registry__AgreementText *t, size_t n, const struct named *d)
{
	struct buf *problems = &a->put->problems;
	char hex[HEX_HASH_BYTES];

	if (d->is_now && d->bytes != NAMED_HERE)
		buf_printf(problems, "/texts/%zu/document: its bytes are not here yet: nobody could read here what "
				     "is signed\n", n);
	else if (!d->is_now && d->record == NAMED_LIVE)
		buf_printf(problems, "/texts/%zu/sha256: not that of %s, which is %s\n", n, t->document,
			   hex_hash(&d->sha256, hex));
	else if (!d->is_now)
		buf_printf(problems, "/texts/%zu/document: %s\n", n, named_words(d->record));
}

int admit_check_texts(struct admission *a, const struct kind *k, const ProtobufCMessage *m)
{
	const Ims__Registry__Agreement *moa = (const Ims__Registry__Agreement *)m;
	int err = 0;

	if (strcmp(k->name, "moa") != 0)
		return 0;
	for (size_t i = 0; !err && i < moa->n_texts; i++) {
		const Ims__Registry__AgreementText *t = moa->texts[i];
		struct named d;
		struct hash h;

		if (!t->document[0] || t->sha256.len != sizeof(h.b))
			continue;
		memcpy(h.b, t->sha256.data, sizeof(h.b));
		err = cites_named(a->c->txn, bytes_of(t->document), &h, &d);
		if (!err)
			check_text(a, t, i, &d);
	}
	return err;
}
