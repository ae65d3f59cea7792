/* SPDX-License-Identifier: Apache-2.0 */
/* ims KIND draft: an empty record to fill in, or a copy of a template file. */
#include <protobuf-c/protobuf-c.h>

#include "cli/commands.h"
#include "cli/draft.h"
#include "cli/fields.h"
#include "wire/codec.h"

#define INDENT 2

int draft_json(const struct cli *cli, const struct kind *kind, struct buf *json)
{
	const char *path = args_get(&cli->args, OPT_RECORD_TEMPLATE);
	struct ProtobufCMessage *m;
	struct arena a;
	int err = path ? read_json(path, kind, &a, &m) : empty_record(kind, &a, &m);

	if (err)
		return err;
	codec_json(m, INDENT, json);
	arena_fini(&a);
	return 0;
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
