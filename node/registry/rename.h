/* SPDX-License-Identifier: Apache-2.0 */
/* Record ids inside a payload, for records that had to take another id. */
#ifndef REGISTRY_RENAME_H
#define REGISTRY_RENAME_H

#include "base/buf.h"
#include "registry/registry.h"

/* The id that stands for `id` now, or NULL: it stays. */
typedef const char *registry_renamed_fn(void *ctx, const char *id);

/* The payload with every text that is exactly a record id replaced as `fn` says, appended to `out`.
 * *ret_changed false: nothing was, and `out` is as before. The arena as for registry_check().
 * Errors: those of codec_unpack(), IMS_E_NOMEM. */
IMS_MUST_CHECK int registry_rename_ids(const struct kind *k, struct bytes payload, registry_renamed_fn *fn,
				       void *ctx, struct arena *a, bool *ret_changed, struct buf *out);
/* The same of what is inside a sealed payload; one of a kind that is not known here stays as it is. */
IMS_MUST_CHECK int registry_rename_sealed(struct bytes sealed, registry_renamed_fn *fn, void *ctx,
					  struct arena *a, bool *ret_changed, struct buf *out);

#endif
