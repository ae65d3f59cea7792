/* SPDX-License-Identifier: Apache-2.0 */
/* A notice of the IRS and what the regions have done about it: a function of its initiative's case and of a day. */
#ifndef PROGRAMME_MARKETING_H
#define PROGRAMME_MARKETING_H

#include "programme/case.h"

#define NOTICE_DAYS 30	/* of a notice that names none */

struct notice_region {
	const char *code;
	const struct case_entry *entry;	/* its acknowledgement; NULL: none yet */
	int64_t late_days;		/* of one that has not: 0 not late */
};
struct notice_now {
	int64_t published, due;		/* days */
	struct notice_region *regions;	/* that are asked, by the newest roster; in order of their codes */
	size_t n, n_acknowledged, n_late;
	uint64_t reach;			/* of all */
};

/* The clock runs from the day that the notice names. `notice` is a live one of the case. IMS_E_NOMEM. */
IMS_MUST_CHECK int notice_judge(const struct programme_case *c, const struct case_entry *notice, int64_t today,
				struct arena *a, struct notice_now *ret);

#endif
