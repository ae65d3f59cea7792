/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/as_of.h"

#include "pb/ctl.pb-c.h"

#include "base/text.h"

#define SIZES_MAX 256

int as_of_take(const struct cli *cli, struct arena *a, Ims__Ctl__CaseRequest *q)
{
	struct bytes rest = bytes_of(args_get(&cli->args, OPT_AS_OF)), part, origin;
	Ims__Ctl__SizeOf *size = arena_array(a, SIZES_MAX, sizeof(*size));
	Ims__Ctl__SizeOf **list = arena_array(a, SIZES_MAX, sizeof(Ims__Ctl__SizeOf *));
	uint64_t n;

	if (!size || !list)
		return cli_fail("--as-of", IMS_E_NOMEM, "%s", "");
	q->as_of = list;
	while (rest.n && text_split(&rest, ',', &part)) {
		struct bytes value = part;

		if (q->n_as_of == SIZES_MAX)
			return cli_fail("--as-of", IMS_E_USAGE, "at most %d logs", SIZES_MAX);
		if (!text_split(&value, '=', &origin) || !value.p || !dec_get_u64(value, &n))
			return cli_fail("--as-of", IMS_E_USAGE,
					"'%.*s' is not ORIGIN=N, as in 'ims log list'", (int)part.n,
					(const char *)part.p);
		ims__ctl__size_of__init(&size[q->n_as_of]);
		size[q->n_as_of].key = arena_text(a, origin);
		size[q->n_as_of].value = n;
		list[q->n_as_of] = &size[q->n_as_of];
		q->n_as_of++;
	}
	return 0;
}
