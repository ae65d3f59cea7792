/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Once in a life the node comes back (DESIGN section 6): it starts, is not allowed to sign yet, takes writes,
 * and hears that peers have more of its log. What it wrote goes aside, its log is cut, pulled from the
 * peers, and what was aside is appended again. Power may be lost at any point of it.
 */
#ifndef POWERLOSS_BACK_H
#define POWERLOSS_BACK_H

#include "powerloss/story.h"

/* From the first step to the last; clients(): some writes. Nothing, when not all is signed. */
void back_tell(struct story *s, void (*clients)(struct story *s, unsigned n));
/* A loss before operation `cut`: was it in the middle of it? Operations count from here on anew. */
void back_cut(struct story *s, size_t cut);
/* After a start in the middle of it: the rest. The error of what failed. */
IMS_MUST_CHECK int back_go_on(struct story *s);
/* It is over. */
void back_ends(struct story *s);

#endif
