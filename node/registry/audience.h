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
/* Is this region among the recipients of a sealed payload? False for anything undecodable. */
bool registry_names_region(struct bytes sealed, struct bytes region, struct arena *a);
/* Wrap a payload of some kind for regions given as "mx,us". Errors: IMS_E_INVALID (a code that is
 * none), IMS_E_TOO_MANY, IMS_E_NOMEM. */
IMS_MUST_CHECK int registry_seal(struct bytes operator_name, struct bytes regions, struct bytes kind,
				 struct bytes payload, struct buf *out);

#endif
