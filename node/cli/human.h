/* SPDX-License-Identifier: Apache-2.0 */
/* Numbers as people read them, and times as people write them. */
#ifndef CLI_HUMAN_H
#define CLI_HUMAN_H

#include "base/clock.h"
#include "ims/err.h"

#define HUMAN_BYTES 32

/* All write into out and return it. */
char *human_count(uint64_t n, char out[HUMAN_BYTES]);		/* "18,204" */
char *human_size(uint64_t bytes, char out[HUMAN_BYTES]);	/* "512 B", "1.2 GiB" */
char *human_span(int64_t ms, char out[HUMAN_BYTES]);		/* "12 ms", "4.2 s", "2h 10m", "12d 4h" */
char *human_time(int64_t ms, char out[HUMAN_BYTES]);		/* "2026-11-22 09:24:08Z"; 0 is "-" */

/*
 * RFC 3339 ("2026-11-22T09:24:08Z", with fraction or offset), a day ("2026-11-22", its start in
 * UTC), "now", "today", "yesterday", "-90s", "-15m", "-2h", "-3d", or milliseconds since 1970.
 * Errors: IMS_E_USAGE.
 */
IMS_MUST_CHECK int human_time_parse(const char *text, struct wall now, int64_t *ret_ms, struct errtext *e);

#endif
