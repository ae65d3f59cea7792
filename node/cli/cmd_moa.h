/* SPDX-License-Identifier: Apache-2.0 */
/* Shared by the files of `ims moa`. */
#ifndef CLI_CMD_MOA_H
#define CLI_CMD_MOA_H

#include "cli/cli.h"

struct Ims__Ctl__MoaReply;
struct Ims__Registry__Agreement;

/* What the node says of an agreement; the arena is begun here and ended by the caller on success. Reports failure. */
IMS_MUST_CHECK int moa_ask(struct cli *cli, const char *id, struct arena *a, struct Ims__Ctl__MoaReply **ret);
/* The version in force, in an arena of its own, likewise. */
IMS_MUST_CHECK int moa_open(const struct Ims__Ctl__MoaReply *r, struct arena *a,
			    struct Ims__Registry__Agreement **ret);
/* --lang, else English, else the first text's. */
const char *moa_lang(const struct cli *cli, const struct Ims__Registry__Agreement *m);

#endif
