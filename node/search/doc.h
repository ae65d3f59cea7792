/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the search knows of a record: the texts that it is found by, language by language, and the few facts
 * that a ranking looks at. Made of a payload; nothing of a sealed or erased one ever gets here.
 */
#ifndef SEARCH_DOC_H
#define SEARCH_DOC_H

#include "base/arena.h"
#include "base/bytes.h"
#include "ims/err.h"
#include "registry/registry.h"

#define DOC_TEXTS_MAX 24	/* languages of a record that are looked at */
#define DOC_LANG_BYTES 36

/* Stored: never renumber. */
enum doc_kind { DOC_OTHER = 0, DOC_INITIATIVE = 1, DOC_ORGANISATION = 2, DOC_NEED = 3, DOC_KINDS };

struct doc_text {
	struct bytes lang;	/* "" when it has none */
	struct bytes title, body;
};

/* Spans are borrowed. Lists of codes are texts with a space between. */
struct doc {
	enum doc_kind kind;
	struct bytes id;
	struct bytes source;		/* "cordis:101000210", the first one */
	struct bytes name;		/* to be shown: first title, or the organisation's name */
	struct bytes acronym, keywords;	/* keywords with ", " between; they belong to every language */
	struct bytes country, type, state;
	struct bytes domains, platforms;
	struct doc_text *texts;
	size_t n_texts;
	/* of an initiative: organisations that take part; of a need: the initiative it is for */
	struct bytes *parties;
	size_t n_parties;
	/* of a need */
	struct bytes wanted_types, wanted_regions, wanted_countries;
	struct bytes expiry;		/* YYYY-MM-DD: the last day on which it is open */
};

/* What kind of document a record of this kind is; DOC_OTHER: none. */
enum doc_kind doc_kind_of(struct bytes record_kind);
/* Weights of the fields in terms.h: the name counts twice. */
#define DOC_TITLE_WEIGHT 2.0
#define DOC_BODY_WEIGHT 1.0

/* Everything in the arena, or borrowed from `payload` and `id`. Errors: IMS_E_NOT_FOUND (no kind that is searched),
 * those of codec_unpack(). */
IMS_MUST_CHECK int doc_read(struct bytes record_kind, struct bytes id, struct bytes payload, struct arena *a,
			    struct doc *ret);

#endif
