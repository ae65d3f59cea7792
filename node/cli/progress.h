/* SPDX-License-Identifier: Apache-2.0 */
/* A progress bar on standard error, only when that is a terminal; redrawn a few times a second. */
#ifndef CLI_PROGRESS_H
#define CLI_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/clock.h"

struct progress {
	bool shown;		/* is there a terminal */
	bool drawn;		/* a bar stands on the line */
	struct mono next;	/* when it may be redrawn */
};

void progress_init(struct progress *p);
/* total 0: not known. */
void progress_at(struct progress *p, const char *what, uint64_t done, uint64_t total);
/* Clear the line, before something else is said and at the end. */
void progress_clear(struct progress *p);

#endif
