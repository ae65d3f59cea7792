/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A text that is no record yet, as people have it: a JSON object with `title` and `abstract`, each a text or, as
 * records have them, a list of {"lang", "text"}; also `acronym`, `keywords` (a text or a list of texts) and `domains`.
 * Other members are passed over.
 */
#ifndef CLI_OVERLAP_FILE_H
#define CLI_OVERLAP_FILE_H

#include "base/arena.h"
#include "base/bytes.h"
#include "ims/err.h"

#define OVERLAP_FILE_MAX_BYTES ((size_t)256 << 10)

struct Ims__Registry__Initiative;

/* Everything in the arena. Errors: IMS_E_LIMIT, IMS_E_SYNTAX (no JSON: line and column), IMS_E_INVALID (the JSON
 * pointers of all members of another form), IMS_E_MISSING (neither title nor abstract). */
IMS_MUST_CHECK int overlap_file_read(struct bytes json, struct arena *a, struct Ims__Registry__Initiative *ret,
				     struct errtext *e);

#endif
