/* SPDX-License-Identifier: Apache-2.0 */
#include "ctl/as_of.h"

#include "pb/ctl.pb-c.h"

#include "wire/codec.h"

static bool is_named_before(Ims__Ctl__SizeOf *const *of, size_t i)
{
	for (size_t k = 0; k < i; k++)
		if (strcmp(of[k]->key, of[i]->key) == 0)
			return true;
	return false;
}

/* What is not here yet would be answered as if it had never been. */
static int check_is_here(struct ctl_call *call, struct store_txn *t, const Ims__Ctl__SizeOf *of)
{
	struct ledger_reader r;
	int err = of->value ? ledger_read_open(t, of->key, &r) : 0;

	if (err == IMS_E_NOT_FOUND)
		return errtext_set(&call->why, err, "as of: there is no log %s here", of->key);
	if (!err && of->value && of->value > r.size)
		return errtext_set(&call->why, IMS_E_NOT_FOUND, "as of: %s has %llu entries here, not %llu", of->key,
				   (unsigned long long)r.size, (unsigned long long)of->value);
	return err;
}

int as_of_take(struct ctl_call *call, struct store_txn *t, size_t n, Ims__Ctl__SizeOf *const *of,
	       struct past_sizes *ret)
{
	struct past_size *sizes;

	if (n > PAST_SIZES_MAX)
		return errtext_set(&call->why, IMS_E_LIMIT, "as of at most %d logs", PAST_SIZES_MAX);
	sizes = arena_array(&call->arena, n + 1, sizeof(*sizes));
	if (!sizes)
		return IMS_E_NOMEM;
	for (size_t i = 0; i < n; i++) {
		struct origin_parts parts;
		int err;

		if (origin_parse(bytes_of(of[i]->key), &parts))
			return errtext_set(&call->why, IMS_E_INVALID, "as of: '%.80s' is no log's name",
					   of[i]->key);
		if (is_named_before(of, i))
			return errtext_set(&call->why, IMS_E_INVALID, "as of: %s is named twice", of[i]->key);
		err = check_is_here(call, t, of[i]);
		if (err)
			return err;
		sizes[i] = (struct past_size){.origin = of[i]->key, .size = of[i]->value};
	}
	*ret = (struct past_sizes){sizes, n};
	return 0;
}

int as_of_open(struct ctl_call *call, struct store_txn *t, size_t n, Ims__Ctl__SizeOf *const *of,
	       struct past **ret)
{
	struct past_sizes *sizes = arena_alloc(&call->arena, sizeof(*sizes));
	struct past *p = arena_alloc(&call->arena, sizeof(*p));
	int err = p && sizes ? as_of_take(call, t, n, of, sizes) : IMS_E_NOMEM;

	if (err)
		return err;
	*p = past_of(t, n ? sizes : NULL, &call->arena);
	*ret = p;
	return 0;
}

static int read_sizes(struct ctl_call *call, struct store_txn *t, struct buf *out)
{
	const Ims__Ctl__LogSizesRequest *q = (const Ims__Ctl__LogSizesRequest *)call->request;
	Ims__Ctl__LogSizesReply reply = CTL_NEW(LogSizesReply, log_sizes_reply);
	struct past_sizes s;
	int err = past_sizes_at(t, q->time_ms, &call->arena, &s);

	if (err)
		return err;
	reply.time_ms = q->time_ms;
	reply.sizes = arena_array(&call->arena, s.n + 1, sizeof(Ims__Ctl__SizeOf *));
	for (size_t i = 0; reply.sizes && i < s.n; i++) {
		Ims__Ctl__SizeOf *of = arena_alloc(&call->arena, sizeof(*of));

		if (!of)
			break;
		*of = CTL_NEW(SizeOf, size_of);
		of->key = ctl_lend(s.of[i].origin);
		of->value = s.of[i].size;
		reply.sizes[reply.n_sizes++] = of;
	}
	if (arena_failed(&call->arena))
		return IMS_E_NOMEM;
	codec_pack(&reply.base, out);
	return 0;
}

int ctl_log_sizes(struct ctl_call *call, const Ims__Ctl__LogSizesRequest *q)
{
	(void)q;
	return ctl_work(call, read_sizes);
}
