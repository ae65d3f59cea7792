/* SPDX-License-Identifier: Apache-2.0 */
/* ims KIND draft: an empty record to fill in, or a copy of a template file. */
#include <protobuf-c/protobuf-c.h>

#include "base/file.h"
#include "cli/commands.h"
#include "cli/draft.h"
#include "cli/put_record.h"
#include "wire/codec.h"

#define FILE_MAX_BYTES (1u << 20)
#define INDENT 2

static int read_template(const struct cli *cli, struct buf *json)
{
	const char *path = args_get(&cli->args, OPT_RECORD_TEMPLATE);
	struct errtext e;
	int err;

	if (!path) {
		buf_put_text(json, "{}");
		return 0;
	}
	err = file_read(path, FILE_MAX_BYTES, json, &e);
	return err ? cli_fail(path, err, "%s", e.text) : 0;
}

int draft_json(const struct cli *cli, const struct kind *kind, struct buf *json)
{
	const char *path = args_get(&cli->args, OPT_RECORD_TEMPLATE);
	struct buf text = {0}, problems = {0};
	struct errtext e = {""};
	struct ProtobufCMessage *m;
	struct arena a;
	int err = read_template(cli, &text);

	arena_init(&a, codec_budget(text.n));
	if (!err) {
		err = codec_from_json(kind->descriptor, buf_bytes(&text), &a, &m, &problems, &e);
		if (err && problems.n)
			tell_problems(path, err, &problems);
		else if (err)
			cli_fail(path, err, "%s", e.text);
	}
	if (!err)
		codec_json(m, INDENT, json);
	arena_fini(&a);
	buf_fini(&problems);
	buf_fini(&text);
	return err;
}

int cmd_kind_draft(struct cli *cli)
{
	struct buf json = {0};
	int err = draft_json(cli, kind_by_name(bytes_of(cli->args.noun)), &json);

	if (!err)
		fprintf(cli->out.file, "%s\n", buf_text(&json));
	buf_fini(&json);
	return err;
}
