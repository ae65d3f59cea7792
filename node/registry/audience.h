/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Payloads for named regions (inv. 10): the recipients stand inside the payload, in its header,
 * and the entry's own header says no more than "sealed".
 */
#ifndef REGISTRY_AUDIENCE_H
#define REGISTRY_AUDIENCE_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/bytes.h"
#include "ims/err.h"
#include "registry/registry.h"

#define SEALED_KIND "sealed"
#define SEALED_LETTER "x"
#define SEALED_REGIONS_MAX 64

/* For whom a payload of a kind whose audience is NAMED is, appended to `out` as "eu,mx" in the order of
 * their codes: the region that writes it, and the home of every record that it cites. The payload has
 * passed registry_judge(). Errors: those of codec_unpack(), IMS_E_NOMEM. */
IMS_MUST_CHECK int registry_recipients(const struct kind *k, struct bytes payload, struct bytes home,
				       struct arena *a, struct buf *out);
/* Field 1 of every payload, its header, as bytes that go in front of the rest: who acts. IMS_E_LIMIT. */
IMS_MUST_CHECK int registry_put_header(struct bytes operator_name, struct buf *out);
/* Is this region among the recipients of a sealed payload? False for anything undecodable. */
bool registry_names_region(struct bytes sealed, struct bytes region, struct arena *a);
/* What is inside a sealed payload, as the payload of its own kind: with a header that says who acted. In the arena,
 * which has codec_budget(sealed.n) and three times sealed.n. Errors: those of codec_unpack(), IMS_E_UNKNOWN_KIND,
 * IMS_E_NOMEM. Whether it keeps the kind's rules is not asked. */
IMS_MUST_CHECK int registry_unseal(struct bytes sealed, struct arena *a, const struct kind **ret_kind,
				   struct bytes *ret_payload);
/* Wrap a payload of some kind for regions given as "mx,us". Errors: IMS_E_INVALID (a code that is
 * none), IMS_E_TOO_MANY, IMS_E_NOMEM. */
IMS_MUST_CHECK int registry_seal(struct bytes operator_name, struct bytes regions, struct bytes kind,
				 struct bytes payload, struct buf *out);

#endif
