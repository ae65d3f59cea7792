/* SPDX-License-Identifier: Apache-2.0 */
/* How far a node is on its way back, in words: for status and for the answer of `recover`. */
#ifndef CTL_RECOVER_H
#define CTL_RECOVER_H

#include "base/arena.h"
#include "peer/bridge.h"

/* "ready", "read-only", "rolled-back" (also while it recovers). Static. */
const char *recover_state_name(enum commit_state s);
/* "mx, us (suspended)": who has not shown what it holds of the own log. In the arena. */
char *recover_unheard(const struct bridge_recovery *r, struct arena *a);

#endif
