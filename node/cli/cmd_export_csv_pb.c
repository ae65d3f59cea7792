/* SPDX-License-Identifier: Apache-2.0 */
/* ims export csv: records of a kind as a table, a row each. */
#include <inttypes.h>

#include "pb/ctl.pb-c.h"

#include "cli/as_of.h"
#include "cli/commands.h"
#include "cli/export_cells.h"
#include "cli/human.h"
#include "cli/records.h"
#include "cli/show.h"

struct table_export {
	FILE *file;
	const struct kind *kind;
};

static int put_record(void *ctx, const Ims__Ctl__Record *r)
{
	const struct table_export *t = ctx;
	struct arena a;
	const ProtobufCMessage *m = payload_open(r, &a);
	char number[HUMAN_BYTES];

	export_cell(t->file, r->id, false);
	snprintf(number, sizeof(number), "%" PRIu64, r->revision);
	export_cell(t->file, number, false);
	export_cell(t->file, r->state, false);
	export_cell(t->file, r->origin, false);
	snprintf(number, sizeof(number), "%" PRIu64, r->index);
	export_cell(t->file, number, false);
	export_cell(t->file, human_time(r->time_ms, number), false);
	export_fields(t->file, t->kind, m);
	arena_fini(&a);
	return 0;
}

int cmd_export_csv(struct cli *cli)
{
	const char *name = args_word(&cli->args, 0);
	struct table_export t = {.file = cli->out.file, .kind = kind_by_name(bytes_of(name))};
	struct as_of as_of;
	struct records_walk w = {.kind = name, .as_of = &as_of, .ctx = &t, .each = put_record};
	int err = cli_limit(cli, &w.limit);

	if (err)
		return err;
	if (!t.kind)
		return cli_fail(name, IMS_E_UNKNOWN_KIND, "%s", "");
	err = cli_connect(cli);
	if (!err)
		err = as_of_init(cli, &as_of);
	if (err)
		return err;
	fputs("id,revision,state,origin,index,time,", t.file);
	export_headings(t.file, t.kind);
	err = records_walk(cli, &w);
	as_of_fini(&as_of);
	return err;
}
