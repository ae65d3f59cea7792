/* SPDX-License-Identifier: Apache-2.0 */
#include "base/check.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/say.h"

void check_failed(const char *file, int line, const char *func, const char *what)
{
	say(SAY_ERROR, "check", "%s:%d %s: %s does not hold", file, line, func, what);
	abort();
}

bool bug_seen(const char *file, int line, const char *func, const char *what)
{
	say(SAY_ERROR, "bug", "%s:%d %s: %s", file, line, func, what);
	return true;
}
