/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ims export jsonl: logs as the node stores them, for a checker that shares no code with us. A line
 * for the log ({"origin","size","checkpoint"}), then one for each of its entries ({"origin",
 * "index","entry","salt","payload","payload_state"}, bytes as base64). Without a checkpoint yet, the
 * text is empty and the entries are those the node has.
 */
#include <inttypes.h>

#include "pb/ctl.pb-c.h"

#include "base/text.h"
#include "cli/commands.h"
#include "cli/entries.h"
#include "cli/progress.h"
#include "cli/request.h"
#include "note/note.h"
#include "wire/entry.h"

struct exporting {
	struct cli *cli;
	const char *origin;
	uint64_t size;
	struct progress progress;
};

static void put_base64(FILE *f, const char *name, ProtobufCBinaryData b)
{
	char text[BASE64_BYTES(PAYLOAD_MAX_BYTES)];

	/* longer than either may be: a node that sends this is not believed anyway */
	if (b.len > PAYLOAD_MAX_BYTES)
		b.len = 0;
	fprintf(f, ",\"%s\":\"%s\"", name, base64_put(text, BYTES(b.data, b.len)));
}

/* A JSON string of text that is valid UTF-8. */
static void put_string(FILE *f, struct bytes text)
{
	fputc('"', f);
	for (size_t i = 0; i < text.n; i++) {
		if (text.p[i] == '"' || text.p[i] == '\\')
			fprintf(f, "\\%c", text.p[i]);
		else if (text.p[i] < 0x20)
			fprintf(f, "\\u%04x", text.p[i]);
		else
			fputc(text.p[i], f);
	}
	fputc('"', f);
}

static int put_entry(void *ctx, const Ims__Ctl__LogEntry *l)
{
	struct exporting *ex = ctx;
	FILE *f = ex->cli->out.file;

	fputs("{\"origin\":", f);
	put_string(f, bytes_of(ex->origin));
	fprintf(f, ",\"index\":%" PRIu64, l->index);
	put_base64(f, "entry", l->entry);
	put_base64(f, "salt", l->salt);
	put_base64(f, "payload", l->payload);
	fputs(",\"payload_state\":", f);
	put_string(f, bytes_of(l->payload_state));
	fputs("}\n", f);
	return 0;
}

static void show_progress(void *ctx, uint64_t next)
{
	struct exporting *ex = ctx;

	progress_at(&ex->progress, "entries", next, ex->size);
}

static void put_log(struct exporting *ex, struct bytes note)
{
	FILE *f = ex->cli->out.file;

	fputs("{\"origin\":", f);
	put_string(f, bytes_of(ex->origin));
	fprintf(f, ",\"size\":%" PRIu64 ",\"checkpoint\":", ex->size);
	put_string(f, note);
	fputs("}\n", f);
}

/* The size that the checkpoint names, which is the size the export has. */
static int checkpoint_size(const char *origin, struct bytes text, uint64_t *ret)
{
	struct checkpoint c;
	struct note n;
	int err = note_parse(text, &n);

	if (err == 0)
		err = checkpoint_parse(n.text, &c);
	if (err)
		return cli_fail(origin, err, "its checkpoint: %s", ims_strerror(err));
	*ret = c.size;
	return 0;
}

static int export_log(struct cli *cli, const char *origin)
{
	struct exporting ex = {.cli = cli, .origin = origin};
	struct entries_walk w = {
		.origin = origin, .payloads = true, .ctx = &ex, .each = put_entry, .page = show_progress};
	Ims__Ctl__LogRequest q = REQUEST(LogRequest, log_request);
	const Ims__Ctl__LogShowReply *show;
	ProtobufCMessage *reply;
	struct bytes note;
	struct arena a;
	int err;

	progress_init(&ex.progress);
	q.origin = cli_lend(origin);
	err = cli_call(cli, origin, VERB_LOG_SHOW, &q.base, &a, &reply);
	if (err)
		return err;
	show = (const Ims__Ctl__LogShowReply *)reply;
	note = BYTES(show->note.data, show->note.len);
	if (note.n)
		err = checkpoint_size(origin, note, &ex.size);
	if (err == 0 && show->log && (!note.n || strcmp(show->log->state, "closed") == 0)) {
		note = ex.size == show->log->size ? note : BYTES_NONE; /* the roster vouches for what it kept */
		ex.size = show->log->size;
	}
	if (err == 0)
		put_log(&ex, note);
	arena_fini(&a);
	w.to = ex.size;
	if (err == 0)
		err = entries_walk(cli, &w);
	progress_clear(&ex.progress);
	return err;
}

int cmd_export_jsonl(struct cli *cli)
{
	Ims__Ctl__Empty q = REQUEST(Empty, empty);
	const char *only = args_get(&cli->args, OPT_LOG);
	const Ims__Ctl__LogListReply *list;
	ProtobufCMessage *reply;
	struct arena a;
	int err;

	if (only)
		return export_log(cli, only);
	err = cli_call(cli, "logs", VERB_LOG_LIST, &q.base, &a, &reply);
	if (err)
		return err;
	list = (const Ims__Ctl__LogListReply *)reply;
	for (size_t i = 0; i < list->n_logs && err == 0; i++)
		err = export_log(cli, list->logs[i]->origin);
	arena_fini(&a);
	return err;
}
