/* SPDX-License-Identifier: Apache-2.0 */
/* ims record and ims KIND: one record at a time. */
#include "pb/ctl.pb-c.h"

#include "base/text.h"
#include "cli/as_of.h"
#include "cli/cli.h"
#include "cli/commands.h"
#include "cli/fields.h"
#include "cli/put_record.h"
#include "cli/records.h"
#include "cli/request.h"
#include "registry/registry.h"
#include "wire/codec.h"

#define WAIT_MAX_MS 3600000

/* A file of JSON → payload bytes, with every wrong member and field named. */
static int read_payload(const char *path, const struct kind *k, struct buf *payload)
{
	ProtobufCMessage *m;
	struct arena a;
	int err = read_json_record(path, k, &a, &m);

	if (err)
		return err;
	codec_pack(m, payload);
	arena_fini(&a);
	if (payload->failed)
		return cli_fail(path, IMS_E_NOMEM, "%s", "");
	return check_payload(path, k, buf_bytes(payload));
}

static int send_put(struct cli *cli, const char *path, Ims__Ctl__PutRequest *q)
{
	uint64_t wait_ms;
	int err = cli_u64(cli, OPT_WAIT, 0, &wait_ms);

	if (err == 0)
		err = cli_u64(cli, OPT_IF_REVISION, 0, &q->if_revision);
	if (err)
		return err;
	if (wait_ms > WAIT_MAX_MS)
		return cli_fail("--wait", IMS_E_USAGE, "at most %d ms", WAIT_MAX_MS);
	q->wait_replicated_ms = (uint32_t)wait_ms;
	q->id = cli_text(cli, OPT_ID);
	q->audience = cli_text(cli, OPT_AUDIENCE);
	err = cli_connect(cli);
	if (err)
		return err;
	if (wait_ms > CLI_TIMEOUT_MS / 2)
		client_set_timeout(cli->client, (int64_t)wait_ms + CLI_TIMEOUT_MS);
	return cli_show(cli, *q->id ? q->id : path, VERB_RECORD_PUT, &q->base);
}

static int put(struct cli *cli, const char *kind_name, const char *path)
{
	Ims__Ctl__PutRequest q = REQUEST(PutRequest, put_request);
	const struct kind *k = kind_by_name(bytes_of(kind_name));
	struct buf payload = {0};
	int err;

	if (!k)
		return cli_fail(kind_name, IMS_E_UNKNOWN_KIND, "%s", "");
	err = read_payload(path, k, &payload);
	if (err == 0) {
		q.kind = cli_lend(k->name);
		q.payload = (ProtobufCBinaryData){payload.n, payload.p};
		err = send_put(cli, path, &q);
	}
	buf_fini(&payload);
	return err;
}

int cmd_record_put(struct cli *cli)
{
	return put(cli, args_word(&cli->args, 0), args_word(&cli->args, 1));
}

int cmd_kind_put(struct cli *cli)
{
	return put(cli, cli->args.noun, args_word(&cli->args, 0));
}

/* A request about the record that the first word names. */
static Ims__Ctl__RecordRequest request(const struct cli *cli)
{
	Ims__Ctl__RecordRequest q = REQUEST(RecordRequest, record_request);

	q.id = cli_lend(args_word(&cli->args, 0));
	return q;
}

static int show_as_of(struct cli *cli, enum verb verb, Ims__Ctl__RecordRequest *q)
{
	struct as_of as_of;
	int err = as_of_init(cli, &as_of);

	if (err)
		return err;
	q->n_as_of = as_of.n;
	q->as_of = as_of.of;
	err = cli_show(cli, q->id, verb, &q->base);
	as_of_fini(&as_of);
	return err;
}

int cmd_record_get(struct cli *cli)
{
	Ims__Ctl__RecordRequest q = request(cli);
	int err = cli_u64(cli, OPT_REVISION, 0, &q.revision);

	return err ? err : show_as_of(cli, VERB_RECORD_GET, &q);
}

int cmd_record_history(struct cli *cli)
{
	Ims__Ctl__RecordRequest q = request(cli);

	return show_as_of(cli, VERB_RECORD_HISTORY, &q);
}

int cmd_record_withdraw(struct cli *cli)
{
	Ims__Ctl__RecordRequest q = request(cli);

	q.reason = cli_text(cli, OPT_REASON);
	if (*q.reason == '\0')
		return cli_fail(q.id, IMS_E_USAGE, "say why: --reason TEXT");
	return cli_show(cli, q.id, VERB_RECORD_WITHDRAW, &q.base);
}

/* ---- lists */

static int print_record(void *ctx, const Ims__Ctl__Record *r)
{
	out_item(ctx, &r->base);
	return 0;
}

static int list(struct cli *cli, const char *kind)
{
	struct as_of as_of;
	struct records_walk w = {.kind = kind, .as_of = &as_of, .ctx = &cli->out, .each = print_record};
	struct out_field tail[] = {OUT_FIELD_NUMBER("count", 0), OUT_FIELD_TEXT("next", "")};
	int err = cli_limit(cli, &w.limit);

	/* before the list is begun, so that a node that cannot be asked leaves no half of a list */
	if (err == 0)
		err = cli_connect(cli);
	if (err == 0)
		err = as_of_init(cli, &as_of);
	if (err)
		return err;
	out_list_begin(&cli->out, "records", &ims__ctl__record__descriptor);
	err = records_walk(cli, &w);
	tail[0].number = cli->out.items;
	tail[1].text = w.next;
	out_list_end(&cli->out, tail, 2);
	as_of_fini(&as_of);
	if (err == 0 && cli->out.items == 0 && !cli->out.json)
		cli_tell("no such records");
	return err;
}

static int count(struct cli *cli, const char *kind)
{
	struct out_field field[] = {OUT_FIELD_NUMBER("count", 0)};
	int err = records_count(cli, kind, &field[0].number);

	if (err)
		return err;
	if (cli->out.json)
		out_fields(&cli->out, field, 1);
	else
		fprintf(cli->out.file, "%llu\n", (unsigned long long)field[0].number);
	return 0;
}

int cmd_record_list(struct cli *cli)
{
	const char *kind = args_word(&cli->args, 0);

	return args_has(&cli->args, OPT_COUNT_ONLY) ? count(cli, kind) : list(cli, kind);
}

int cmd_kind_list(struct cli *cli)
{
	return args_has(&cli->args, OPT_COUNT_ONLY) ? count(cli, cli->args.noun) : list(cli, cli->args.noun);
}

int cmd_kind_count(struct cli *cli)
{
	return count(cli, cli->args.noun);
}
