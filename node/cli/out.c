/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/out.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static bool may_colour(FILE *f)
{
	const char *no = getenv("NO_COLOR"), *term = getenv("TERM");

	return isatty(fileno(f)) && !(no && *no) && !(term && strcmp(term, "dumb") == 0);
}

void out_init(struct out *o, bool json, FILE *f)
{
	*o = (struct out){
		.ops = json ? &out_json_ops : &out_text_ops,
		.file = f,
		.json = json,
		.colour = !json && may_colour(f),
		.indent = isatty(fileno(f)) ? 2 : 0,
	};
}

int out_finish(struct out *o)
{
	return fflush(o->file) != 0 || ferror(o->file) ? IMS_E_IO : 0;
}

bool out_is_broken(const struct out *o)
{
	return ferror(o->file) != 0;
}
