/* SPDX-License-Identifier: Apache-2.0 */
/* Walking the records of a kind in pages, with the filters of the command line. */
#ifndef CLI_RECORDS_H
#define CLI_RECORDS_H

#include "cli/cli.h"
#include "registry/registry.h"

struct Ims__Ctl__Record;
struct as_of;

struct records_walk {
	const char *kind;
	uint64_t limit;			/* UINT64_MAX: all */
	const struct as_of *as_of;	/* NULL: now */
	void *ctx;
	/* Stop the walk with an error, already reported. */
	int (*each)(void *ctx, const struct Ims__Ctl__Record *r);
	char next[RECORD_ID_MAX_BYTES];	/* out: where the next walk would go on; "" at the end */
};
/* Reports failure. */
IMS_MUST_CHECK int records_walk(struct cli *cli, struct records_walk *w);
IMS_MUST_CHECK int records_count(struct cli *cli, const char *kind, uint64_t *ret);

#endif
