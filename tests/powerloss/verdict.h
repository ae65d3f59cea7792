/* SPDX-License-Identifier: Apache-2.0 */
/* Whether a node that has lost power kept its promises. */
#ifndef POWERLOSS_VERDICT_H
#define POWERLOSS_VERDICT_H

#include "base/buf.h"
#include "powerloss/story.h"

/* Start the node on the files in its directory and check, against what was promised before
 * operation `cut`, that it is ready, that invariants 3 and 5 hold, that every log verifies, and
 * that a client can write at the end of the own log. A line for each thing that is wrong. */
void verdict_of(struct story *s, size_t cut, struct buf *wrong);

#endif
