/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/put_record.h"

#include "pb/ctl.pb-c.h"
#include "pb/registry.pb-c.h"

#include <stdlib.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/text.h"
#include "cli/request.h"
#include "cli/show.h"
#include "programme/days.h"
#include "wire/codec.h"

#define WAIT_MAX_MS 3600000

int tell_problems(const char *object, int err, const struct buf *problems)
{
	struct bytes rest = buf_bytes(problems), line;
	unsigned n = 0;

	while (text_split(&rest, '\n', &line))
		if (line.n) {
			size_t skip = line.p[0] == ':' ? 2 : 0; /* the JSON pointer to all of it is empty */

			cli_tell("%s: %.*s", object, (int)(line.n - skip), (const char *)line.p + skip);
			n++;
		}
	return cli_fail(object, err, "%u problem%s, not written", n, n == 1 ? "" : "s");
}

int check_payload(const char *object, const struct kind *k, struct bytes payload)
{
	struct buf problems = {0};
	struct arena a;
	int err;

	arena_init(&a, codec_budget(payload.n));
	err = registry_check(k, payload, &a, &problems);
	arena_fini(&a);
	if (err)
		err = problems.n ? tell_problems(object, err, &problems) : cli_fail(object, err, "%s", "");
	buf_fini(&problems);
	return err;
}

static int send_put(struct cli *cli, const char *object, Ims__Ctl__PutRequest *q, bool shows)
{
	ProtobufCMessage *reply;
	struct arena a;
	uint64_t wait_ms = 0;
	int err = command_has_option(cli->args.command, OPT_WAIT) ? cli_u64(cli, OPT_WAIT, 0, &wait_ms) : 0;

	if (err)
		return err;
	if (wait_ms > WAIT_MAX_MS)
		return cli_fail("--wait", IMS_E_USAGE, "at most %d ms", WAIT_MAX_MS);
	q->wait_replicated_ms = (uint32_t)wait_ms;
	err = cli_connect(cli);
	if (err)
		return err;
	if (wait_ms > CLI_TIMEOUT_MS / 2)
		client_set_timeout(cli->client, (int64_t)wait_ms + CLI_TIMEOUT_MS);
	if (shows)
		return cli_show(cli, object, VERB_RECORD_PUT, &q->base);
	err = cli_call(cli, object, VERB_RECORD_PUT, &q->base, &a, &reply);
	if (!err)
		arena_fini(&a);
	return err;
}

static int put(struct cli *cli, const char *object, const char *kind, const char *id, const char *owner,
	       const ProtobufCMessage *m, bool shows)
{
	Ims__Ctl__PutRequest q = REQUEST(PutRequest, put_request);
	bool may_be_for = command_has_option(cli->args.command, OPT_FOR);
	const char *regions = may_be_for ? args_get(&cli->args, OPT_FOR) : NULL;
	char *audience = regions ? mem_printf("named:%s", regions) : NULL;
	struct buf payload = {0};
	int err;

	codec_pack(m, &payload);
	err = payload.failed ? IMS_E_NOMEM : check_payload(object, kind_by_name(bytes_of(kind)), buf_bytes(&payload));
	if (!err) {
		q.kind = cli_lend(kind);
		q.id = cli_lend(id);
		q.audience = cli_lend(audience);
		q.owner = cli_lend(owner);
		q.payload = (ProtobufCBinaryData){payload.n, payload.p};
		err = send_put(cli, object, &q, shows);
	}
	free(audience);
	buf_fini(&payload);
	return err;
}

int put_record(struct cli *cli, const char *object, const char *kind, const char *id,
	       const ProtobufCMessage *m, bool shows)
{
	return put(cli, object, kind, id, NULL, m, shows);
}

int put_need(struct cli *cli, const char *object, const char *owner, const ProtobufCMessage *m)
{
	return put(cli, object, "need", NULL, owner, m, true);
}

int get_record(struct cli *cli, const char *id, const char *kind, struct arena *a, Ims__Ctl__Record **ret)
{
	Ims__Ctl__RecordRequest q = REQUEST(RecordRequest, record_request);
	ProtobufCMessage *reply;
	Ims__Ctl__Record *r;
	int err;

	q.id = cli_lend(id);
	err = command_has_option(cli->args.command, OPT_REVISION) ? cli_u64(cli, OPT_REVISION, 0, &q.revision) : 0;
	if (!err)
		err = cli_call(cli, id, VERB_RECORD_GET, &q.base, a, &reply);
	if (err)
		return err;
	r = (Ims__Ctl__Record *)reply;
	if (kind && strcmp(r->kind, kind) != 0)
		err = cli_fail(id, IMS_E_INVALID, "of kind %s, not %s", r->kind, kind);
	else if (strcmp(r->state, "live") != 0)
		err = cli_fail(id, IMS_E_INVALID, "%s%s%s", r->state, *r->reason ? ": " : "", r->reason);
	if (err)
		arena_fini(a);
	else
		*ret = r;
	return err;
}

int open_record(const Ims__Ctl__Record *r, struct arena *a, ProtobufCMessage **ret)
{
	*ret = payload_open(r, a);
	if (*ret)
		return 0;
	arena_fini(a);
	return cli_fail(r->id, IMS_E_SYNTAX, "its payload cannot be read");
}

void cite_record(const Ims__Ctl__Record *r, Ims__Registry__Citation *ret)
{
	ims__registry__citation__init(ret);
	ret->record = r->id;
	ret->origin = r->origin;
	ret->index = r->index;
	ret->leaf = r->leaf;
}

const char *today(char out[16])
{
	return day_text(day_of_ms(clock_wall().ms), out);
}
