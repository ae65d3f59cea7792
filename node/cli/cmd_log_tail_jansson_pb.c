/* SPDX-License-Identifier: Apache-2.0 */
/* ims log tail: the last entries, and with -f those to come. */
#include <stdlib.h>

#include <jansson.h>

#include "pb/ctl.pb-c.h"

#include "base/text.h"
#include "cli/commands.h"
#include "cli/entries.h"
#include "cli/show.h"
#include "wire/entry.h"

#define DEFAULT_LINES 10
#define ENTRY_ARENA_BYTES 65536

static json_t *span(struct bytes b)
{
	return json_stringn((const char *)b.p, b.n);
}

/* A line of JSON: what the entry says, and how it stands with its payload. */
static void print_json(struct out *o, const Ims__Ctl__LogEntry *l)
{
	json_t *v = json_object();
	struct entry en;
	struct arena a;
	char hex[HEX_HASH_BYTES];

	arena_init(&a, ENTRY_ARENA_BYTES);
	json_object_set_new(v, "index", json_integer((json_int_t)l->index));
	if (entry_decode(BYTES(l->entry.data, l->entry.len), &a, &en, NULL) == 0) {
		json_object_set_new(v, "time_ms", json_integer(en.time_ms));
		json_object_set_new(v, "kind", span(en.kind));
		json_object_set_new(v, "record", span(en.record));
		json_object_set_new(v, "revision", json_integer((json_int_t)en.revision));
		json_object_set_new(v, "operation", json_string(show_operation(en.operation)));
		json_object_set_new(v, "audience", json_string(show_audience(en.audience)));
	}
	json_object_set_new(v, "payload_state", json_string(l->payload_state));
	if (l->leaf.len == sizeof(struct hash))
		json_object_set_new(v, "leaf", json_string(hex_put(hex, BYTES(l->leaf.data, l->leaf.len))));
	json_dumpf(v, o->file, JSON_COMPACT);
	fputc('\n', o->file);
	json_decref(v);
	arena_fini(&a);
}

static int each(void *ctx, const Ims__Ctl__LogEntry *entry)
{
	struct out *o = ctx;

	if (o->json)
		print_json(o, entry);
	else
		out_item(o, &entry->base);
	return 0;
}

/* What was held back for alignment is shown before the wait. */
static void page(void *ctx, uint64_t next)
{
	struct out *o = ctx;

	(void)next;
	if (!o->json)
		table_flush(&o->table);
	fflush(o->file);
}

int cmd_log_tail(struct cli *cli)
{
	const char *origin = args_word(&cli->args, 0);
	struct entries_walk w = {
		.origin = origin ? origin : "", .ctx = &cli->out, .each = each, .page = page};
	Ims__Ctl__LogInfo *info;
	uint64_t lines;
	struct arena a;
	int err = cli_u64(cli, OPT_LINES, DEFAULT_LINES, &lines);

	if (err == 0)
		err = entries_log(cli, w.origin, &a, &info);
	if (err)
		return err;
	w.from = info->size > lines ? info->size - lines : 0;
	w.to = args_has(&cli->args, OPT_FOLLOW) ? UINT64_MAX : info->size;
	arena_fini(&a);
	if (w.to == 0)
		cli_tell("the log is empty");
	if (!cli->out.json)
		out_list_begin(&cli->out, "entries", &ims__ctl__log_entry__descriptor);
	err = entries_walk(cli, &w);
	if (!cli->out.json)
		out_list_end(&cli->out, NULL, 0);
	return err;
}
