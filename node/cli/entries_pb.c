/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/entries.h"
#include "cli/request.h"

#include "pb/ctl.pb-c.h"

/* A reply has at most 1 MiB: entries are small, a payload has up to 64 KiB, and the node stops where
 * the reply is full. */
#define PAGE_ENTRIES 1000
#define FOLLOW_WAIT_MS 20000

/* One page from *at; moves *at behind it. */
static int walk_page(struct cli *cli, const struct entries_walk *w, uint64_t *at)
{
	Ims__Ctl__EntriesRequest q = REQUEST(EntriesRequest, entries_request);
	bool follow = w->to == UINT64_MAX;
	Ims__Ctl__EntriesReply *r;
	ProtobufCMessage *reply;
	struct arena a;
	int err;

	q.origin = cli_lend(w->origin);
	q.from = *at;
	q.limit = w->to - *at < PAGE_ENTRIES ? w->to - *at : PAGE_ENTRIES;
	q.payloads = w->payloads;
	if (follow) /* the answer has to come before we give the node up */
		q.wait_ms = client_timeout_ms(cli->client) < 2 * FOLLOW_WAIT_MS
				    ? (uint32_t)client_timeout_ms(cli->client) / 2
				    : FOLLOW_WAIT_MS;
	err = cli_call(cli, *w->origin ? w->origin : "own log", VERB_LOG_ENTRIES, &q.base, &a, &reply);
	if (err)
		return err;
	r = (Ims__Ctl__EntriesReply *)reply;
	for (size_t i = 0; i < r->n_entries && err == 0 && *at < w->to; i++) {
		if (r->entries[i]->index != *at)
			err = cli_fail(r->origin, IMS_E_INDEX,
				       "the node sent another entry than it was asked for");
		else
			err = w->each(w->ctx, r->entries[i]);
		*at += err == 0;
	}
	if (err == 0 && r->n_entries == 0 && !follow)
		err = cli_fail(w->origin, IMS_E_TRUNCATED, "the node gave no entry at %llu",
			       (unsigned long long)*at);
	arena_fini(&a);
	return err;
}

int entries_walk(struct cli *cli, const struct entries_walk *w)
{
	uint64_t at = w->from;
	int err = cli_connect(cli);

	while (err == 0 && at < w->to && !out_is_broken(&cli->out)) {
		err = walk_page(cli, w, &at);
		if (err == 0 && w->page)
			w->page(w->ctx, at);
	}
	return err;
}

int entries_log(struct cli *cli, const char *origin, struct arena *a, Ims__Ctl__LogInfo **ret)
{
	Ims__Ctl__LogRequest q = REQUEST(LogRequest, log_request);
	ProtobufCMessage *reply;
	int err;

	q.origin = cli_lend(origin);
	err = cli_call(cli, *origin ? origin : "own log", VERB_LOG_SHOW, &q.base, a, &reply);
	if (err)
		return err;
	*ret = ((Ims__Ctl__LogShowReply *)reply)->log;
	if (*ret)
		return 0;
	arena_fini(a);
	return cli_fail(*origin ? origin : "own log", IMS_E_PROTOCOL, "the node does not describe it");
}
