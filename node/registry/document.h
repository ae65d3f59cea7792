/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Documents: what a payload says of a file whose bytes travel apart from it, by their hash, to those who may see
 * the payload and nobody else (DESIGN section 4).
 */
#ifndef REGISTRY_DOCUMENT_H
#define REGISTRY_DOCUMENT_H

#include "base/arena.h"
#include "base/bytes.h"
#include "ims/err.h"

#define DOCUMENT_KIND "document"
#define DOCUMENT_MAX_BYTES ((uint64_t)16 << 20)

struct document {
	struct hash sha256;
	uint64_t bytes;
	const char *name, *media_type, *lang, *title;	/* in the arena; the first title; "" when there is none */
	const char *named;				/* "eu,mx": for whom a sealed one is; else "" */
};

/* From the payload of an entry of this kind ("document", or "sealed" with a document inside); whoever asks has seen
 * that the payload is here. A document that breaks a shared rule is none. IMS_E_NOT_FOUND: of another kind, or
 * none; IMS_E_NOMEM. The arena has room for codec_budget(payload.n) three times over. */
IMS_MUST_CHECK int document_of(struct bytes kind, struct bytes payload, struct arena *a, struct document *ret);

#endif
