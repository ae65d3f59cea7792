/* SPDX-License-Identifier: Apache-2.0 */
/* `as_of` of requests: the sizes of logs as of which something is asked. */
#ifndef CTL_AS_OF_H
#define CTL_AS_OF_H

#include "ctl/ctl_int.h"
#include "view/past.h"

struct Ims__Ctl__SizeOf;

/* In the call's arena, the origins being the request's. IMS_E_LIMIT, IMS_E_INVALID (no log has such a name, one is
 * named twice), IMS_E_NOT_FOUND (the log is not here, or has fewer entries here), IMS_E_NOMEM; call->why says
 * which. */
IMS_MUST_CHECK int as_of_take(struct ctl_call *call, struct store_txn *t, size_t n,
			      struct Ims__Ctl__SizeOf *const *of, struct past_sizes *ret);
/* The same with a reader of it; when nothing is named it is of now. */
IMS_MUST_CHECK int as_of_open(struct ctl_call *call, struct store_txn *t, size_t n,
			      struct Ims__Ctl__SizeOf *const *of, struct past **ret);

#endif
