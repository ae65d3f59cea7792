/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/as_of.h"

#include "pb/ctl.pb-c.h"

#include "base/text.h"
#include "cli/human.h"
#include "cli/request.h"

#define SIZES_MAX 256
#define ARENA_BYTES (1u << 20)

static int add(struct as_of *a, struct bytes origin, uint64_t size)
{
	Ims__Ctl__SizeOf *of;

	if (a->n == SIZES_MAX)
		return cli_fail("--as-of", IMS_E_USAGE, "at most %d logs", SIZES_MAX);
	of = arena_alloc(&a->arena, sizeof(*of));
	if (of) {
		ims__ctl__size_of__init(of);
		of->key = arena_text(&a->arena, origin);
		of->value = size;
		a->of[a->n++] = of;
	}
	return arena_failed(&a->arena) ? cli_fail("--as-of", IMS_E_LIMIT, "%s", "too long") : 0;
}

static int take_sizes(struct bytes text, struct as_of *a)
{
	struct bytes rest = text, part, origin;
	int err = 0;

	while (!err && rest.n && text_split(&rest, ',', &part)) {
		struct bytes value = part;
		uint64_t n;

		if (!text_split(&value, '=', &origin) || !value.p || !dec_get_u64(value, &n))
			return cli_fail("--as-of", IMS_E_USAGE,
					"'%.*s' is not ORIGIN=N, as in 'ims log list'", (int)part.n,
					(const char *)part.p);
		err = add(a, origin, n);
	}
	return err;
}

/* "ims: as of 2026-11-22 09:24:08Z: --as-of ims.example/eu/1=57,…" */
static void tell(const struct as_of *a, int64_t time_ms)
{
	char time[HUMAN_BYTES];
	struct buf text = {0};

	for (size_t i = 0; i < a->n; i++)
		buf_printf(&text, "%s%s=%llu", i ? "," : "", a->of[i]->key,
			   (unsigned long long)a->of[i]->value);
	cli_tell("as of %s, that is --as-of %s", human_time(time_ms, time), buf_text(&text));
	buf_fini(&text);
}

static int take_time(struct cli *cli, const char *text, struct as_of *a)
{
	Ims__Ctl__LogSizesRequest q = REQUEST(LogSizesRequest, log_sizes_request);
	const Ims__Ctl__LogSizesReply *r;
	ProtobufCMessage *reply;
	struct arena held;
	struct errtext e;
	int err = human_time_parse(text, clock_wall(), &q.time_ms, &e);

	if (err)
		return cli_fail("--as-of", err, "%s; or sizes of logs: ORIGIN=N,…", e.text);
	err = cli_call(cli, "--as-of", VERB_LOG_SIZES, &q.base, &held, &reply);
	if (err)
		return err;
	r = (const Ims__Ctl__LogSizesReply *)reply;
	for (size_t i = 0; !err && i < r->n_sizes; i++)
		err = add(a, bytes_of(r->sizes[i]->key), r->sizes[i]->value);
	arena_fini(&held);
	if (!err && a->n == 0)
		return cli_fail("--as-of", IMS_E_NOT_FOUND, "no log had an entry then");
	if (!err)
		tell(a, q.time_ms);
	return err;
}

int as_of_init(struct cli *cli, struct as_of *ret)
{
	const char *text = command_has_option(cli->args.command, OPT_AS_OF) ? args_get(&cli->args, OPT_AS_OF)
									   : NULL;
	int err;

	*ret = (struct as_of){.n = 0};
	if (!text)
		return 0;
	arena_init(&ret->arena, ARENA_BYTES);
	ret->of = arena_array(&ret->arena, SIZES_MAX, sizeof(Ims__Ctl__SizeOf *));
	if (!*text)
		err = cli_fail("--as-of", IMS_E_USAGE, "sizes of logs, ORIGIN=N,…, or a time");
	else if (!ret->of)
		err = cli_fail("--as-of", IMS_E_NOMEM, "%s", "");
	else
		err = strchr(text, '=') ? take_sizes(bytes_of(text), ret) : take_time(cli, text, ret);
	if (err)
		as_of_fini(ret);
	return err;
}

void as_of_fini(struct as_of *a)
{
	if (a->of)
		arena_fini(&a->arena);
	*a = (struct as_of){.n = 0};
}
