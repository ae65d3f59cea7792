/* SPDX-License-Identifier: Apache-2.0 */
/* --as-of: sizes of logs, "ims.example/eu/1=57,ims.example/mx/1=12". */
#ifndef CLI_AS_OF_H
#define CLI_AS_OF_H

#include "cli/cli.h"

struct Ims__Ctl__CaseRequest;

/* Into the request, in the arena; nothing when the option was not given. Reports failure. */
IMS_MUST_CHECK int as_of_take(const struct cli *cli, struct arena *a, struct Ims__Ctl__CaseRequest *q);

#endif
