/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Records in replies: what one is, and what an entry made of it. Payloads are read from the log that holds
 * them and checked against their leaf (L3).
 */
#ifndef CTL_RECORD_SHOW_H
#define CTL_RECORD_SHOW_H

#include "ctl/ctl_int.h"
#include "view/past.h"

#define RECORD_OVERHEAD_BYTES 320	/* of one in a reply, without its payload */

struct Ims__Ctl__Record;

/* IMS_E_INVALID with call->why. */
IMS_MUST_CHECK int ctl_check_record_id(struct ctl_call *call, const char *id);
/* What a record is, or was, by its row; its payload is lent by the transaction, or in the call's memory. */
IMS_MUST_CHECK int record_show(struct ctl_call *call, struct past *p, struct bytes id, const struct record *r,
			       struct Ims__Ctl__Record *ret);

/* What a reply holds of a revision, and of how many bytes a payload at most. */
struct revision_wish {
	uint64_t revision; /* 0: any */
	size_t room;
};
/* What an entry made, whatever came after. IMS_E_NOT_FOUND: it is not the one that is wished for. There may be a
 * thousand, and only what is shown is kept. */
IMS_MUST_CHECK int record_show_revision(struct ctl_call *call, struct past *p, uint32_t slot, uint64_t index,
					const struct revision_wish *w, struct Ims__Ctl__Record *ret);

#endif
