/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Named places at which a test build fails on command; failpoint.def has them, with the promise
 * that each puts to the test. Without -DIMS_FAILPOINTS (make FAIL=1) they compile to nothing.
 *
 * The environment says which, before the process starts:
 *
 *   IMS_FAILPOINT = RULE[,RULE...]      RULE = name[@where]:n:action
 *
 *   where   only hits at this place: "origin/index" of an entry, as FAILPOINT_AT() gives it
 *   n       the n-th hit of this process, from 1; "n+" that and every later one
 *   action  kill        SIGKILL to the own process
 *           abort       SIGABRT
 *           error=NAME  the place reports this row of errors.def; where it cannot, nothing happens
 *           pause=PATH  writes the name to the FIFO PATH.reached, goes on when PATH.go was opened
 *                       for writing
 *
 * A rule that cannot be read ends the process: a test that injects nothing must not pass.
 * Any thread may hit any of them.
 */
#ifndef BASE_FAILPOINT_H
#define BASE_FAILPOINT_H

#include <stddef.h>
#include <stdint.h>

enum failpoint {
#define FAIL(name, text, can_fail, promise) FAILPOINT_##name,
#include "base/failpoint.def"
#undef FAIL
	FAILPOINT_COUNT
};

#ifdef IMS_FAILPOINTS
/* 0, or the error that the place is to report. `origin` NULL: a place without a where. */
int failpoint_hit(enum failpoint f, const char *origin, uint64_t index);

#define FAILPOINT(name) ((void)failpoint_hit(FAILPOINT_##name, NULL, 0))
#define FAILPOINT_ERR(name) failpoint_hit(FAILPOINT_##name, NULL, 0)
#define FAILPOINT_AT(name, origin, index) failpoint_hit(FAILPOINT_##name, origin, index)
#else
#define FAILPOINT(name) ((void)0)
#define FAILPOINT_ERR(name) 0
#define FAILPOINT_AT(name, origin, index) 0
#endif

#endif
