/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Filling a record from a second source: what is there stays, what is empty is taken from what is
 * offered, lists become the union in order of appearance. Doing it again changes nothing, in
 * whatever order the sources come back.
 */
#ifndef REGISTRY_FILL_H
#define REGISTRY_FILL_H

#include "registry/registry.h"

/* Payloads of kind `k`, their headers left out of the result. Errors: those of codec_unpack(),
 * IMS_E_NOMEM. */
IMS_MUST_CHECK int registry_fill(const struct kind *k, struct bytes have, struct bytes offered, struct arena *a,
				 struct buf *out);

#endif
