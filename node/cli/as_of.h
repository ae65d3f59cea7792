/* SPDX-License-Identifier: Apache-2.0 */
/* --as-of: sizes of logs, "ims.example/eu/1=57,ims.example/mx/1=12", or a time, for which the node tells them. */
#ifndef CLI_AS_OF_H
#define CLI_AS_OF_H

#include "cli/cli.h"

struct Ims__Ctl__SizeOf;

struct as_of {
	size_t n;			/* 0: now */
	struct Ims__Ctl__SizeOf **of;	/* for `as_of` of a request */
	struct arena arena;
};

/* The option, if the command has it and it was given. Sizes that a time has become are told on standard error, to
 * be given instead of it another time. Connects for a time; reports failure. On success as_of_fini() is due. */
IMS_MUST_CHECK int as_of_init(struct cli *cli, struct as_of *ret);
void as_of_fini(struct as_of *a);

#endif
