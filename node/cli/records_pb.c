/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/records.h"
#include "cli/as_of.h"
#include "cli/request.h"

#include <stdio.h>

#include "pb/ctl.pb-c.h"

#define PAGE_RECORDS 200

static Ims__Ctl__RecordListRequest request(const struct cli *cli, const char *kind, const struct as_of *as_of)
{
	Ims__Ctl__RecordListRequest q = REQUEST(RecordListRequest, record_list_request);

	q.kind = cli_lend(kind);
	q.region = cli_text(cli, OPT_HOME);
	q.key = cli_text(cli, OPT_FILTER);
	if (as_of) {
		q.n_as_of = as_of->n;
		q.as_of = as_of->of;
	}
	return q;
}

/* One page behind w->next, which moves on. */
static int walk_page(struct cli *cli, struct records_walk *w, uint64_t *left)
{
	Ims__Ctl__RecordListRequest q = request(cli, w->kind, w->as_of);
	char after[RECORD_ID_MAX_BYTES];
	Ims__Ctl__RecordListReply *r;
	ProtobufCMessage *reply;
	struct arena a;
	int err;

	memcpy(after, w->next, sizeof(after));
	q.after = after;
	q.limit = *left < PAGE_RECORDS ? (uint32_t)*left : PAGE_RECORDS;
	err = cli_call(cli, w->kind, VERB_RECORD_LIST, &q.base, &a, &reply);
	if (err)
		return err;
	r = (Ims__Ctl__RecordListReply *)reply;
	for (size_t i = 0; i < r->n_records && err == 0 && *left > 0; i++, (*left)--)
		err = w->each(w->ctx, r->records[i]);
	if (err == 0 && strlen(r->next) >= sizeof(w->next))
		err = cli_fail(w->kind, IMS_E_PROTOCOL, "the node names a place that is no record id");
	if (err == 0 && *r->next && strcmp(r->next, after) == 0)
		err = cli_fail(w->kind, IMS_E_PROTOCOL, "the node does not move on from %s", after);
	if (err == 0)
		snprintf(w->next, sizeof(w->next), "%s", r->next);
	arena_fini(&a);
	return err;
}

int records_walk(struct cli *cli, struct records_walk *w)
{
	uint64_t left = w->limit;
	int err;

	w->next[0] = '\0';
	do
		err = walk_page(cli, w, &left);
	while (err == 0 && left > 0 && w->next[0] && !out_is_broken(&cli->out));
	return err;
}

int records_count(struct cli *cli, const char *kind, uint64_t *ret)
{
	Ims__Ctl__RecordListRequest q;
	ProtobufCMessage *reply;
	struct as_of as_of;
	struct arena a;
	int err = as_of_init(cli, &as_of);

	if (err)
		return err;
	q = request(cli, kind, &as_of);
	q.count_only = true;
	err = cli_call(cli, kind, VERB_RECORD_LIST, &q.base, &a, &reply);
	as_of_fini(&as_of);
	if (err)
		return err;
	*ret = ((Ims__Ctl__RecordListReply *)reply)->count;
	arena_fini(&a);
	return 0;
}
