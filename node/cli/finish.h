/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The end of a command that reads its own options with getopt_long(), whose `struct option` does not
 * go together with command.h's `enum option`: such files include this instead of cli.h.
 */
#ifndef CLI_FINISH_H
#define CLI_FINISH_H

#include "ims/err.h"

/* Report err (cli_fail), with `usage` when it is IMS_E_USAGE; returns the exit code. 0 is silent. */
int finish(const char *command, int err, const struct errtext *e, const char *usage);

#endif
