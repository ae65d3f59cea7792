/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/finish.h"

#include <stdio.h>

#include "cli/cli.h"

int finish(const char *command, int err, const struct errtext *e, const char *usage)
{
	if (!err)
		return 0;
	cli_fail(command, err, "%s", e->text);
	if (err == IMS_E_USAGE)
		fputs(usage, stderr);
	return ims_error(err)->exit_code;
}
