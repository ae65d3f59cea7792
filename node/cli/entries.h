/* SPDX-License-Identifier: Apache-2.0 */
/* Walking a log's entries in pages, for those who want all of them. */
#ifndef CLI_ENTRIES_H
#define CLI_ENTRIES_H

#include "cli/cli.h"

struct Ims__Ctl__LogEntry;
struct Ims__Ctl__LogInfo;

struct entries_walk {
	const char *origin;	/* "": own log */
	uint64_t from, to;	/* [from, to); UINT64_MAX: without end, waiting for more */
	bool payloads;
	void *ctx;
	/* Stop the walk with an error, already reported. */
	int (*each)(void *ctx, const struct Ims__Ctl__LogEntry *entry);
	/* After each page; may be NULL. */
	void (*page)(void *ctx, uint64_t next);
};
/* Reports failure. A log that ends before `to`: IMS_E_TRUNCATED. */
IMS_MUST_CHECK int entries_walk(struct cli *cli, const struct entries_walk *w);

/* The log's row as the node lists it, with *a to be ended by the caller on success; origin ""
 * is the node's own. Reports failure. */
IMS_MUST_CHECK int entries_log(struct cli *cli, const char *origin, struct arena *a,
			       struct Ims__Ctl__LogInfo **ret);

#endif
