/* SPDX-License-Identifier: Apache-2.0 */
/* ims roster show and publish: versions a node has, or is to have. */
#include <inttypes.h>

#include "pb/ctl.pb-c.h"

#include "base/file.h"
#include "base/text.h"
#include "cli/cli.h"
#include "cli/cmd_roster.h"
#include "cli/commands.h"
#include "cli/request.h"

/* Beside the note, what others pin it by. */
static void show(struct cli *cli, Ims__Ctl__RosterReply *r)
{
	char hex[HEX_HASH_BYTES];

	out_message(&cli->out, &r->base);
	if (!cli->out.json && r->hash.len == sizeof(struct hash))
		cli_tell("version %" PRIu64 ", SHA-256 of its text %s", r->version,
			 hex_put(hex, BYTES(r->hash.data, r->hash.len)));
}

/* A note, or with `unsigned_too` also a text that nobody has signed yet. */
static int read_note(const char *path, bool unsigned_too, struct buf *note, struct roster **ret)
{
	struct errtext e = {""};
	int err = file_read(path, ROSTER_NOTE_MAX_BYTES, note, &e);

	if (err == 0)
		err = unsigned_too ? roster_parse_either(buf_bytes(note), ret, &e)
				   : roster_parse(buf_bytes(note), ret, &e);
	return err ? cli_fail(path, err, "%s", e.text) : 0;
}

static int show_file(struct cli *cli, const char *path)
{
	Ims__Ctl__RosterReply r = REQUEST(RosterReply, roster_reply);
	struct roster *roster = NULL;
	struct buf note = {0};
	int err = read_note(path, true, &note, &roster);

	if (err == 0) {
		r.version = roster->version;
		r.hash = (ProtobufCBinaryData){sizeof(roster->hash.b), roster->hash.b};
		r.note = (ProtobufCBinaryData){note.n, note.p};
		show(cli, &r);
	}
	roster_unref(roster);
	buf_fini(&note);
	return err;
}

int cmd_roster_show(struct cli *cli)
{
	Ims__Ctl__RosterRequest q = REQUEST(RosterRequest, roster_request);
	const char *path = args_word(&cli->args, 0);
	ProtobufCMessage *reply;
	struct arena a;
	int err;

	if (path)
		return show_file(cli, path);
	err = cli_u64(cli, OPT_ROSTER_VERSION, 0, &q.version);
	if (err == 0)
		err = cli_call(cli, "roster", VERB_ROSTER_SHOW, &q.base, &a, &reply);
	if (err)
		return err;
	show(cli, (Ims__Ctl__RosterReply *)reply);
	arena_fini(&a);
	return 0;
}

int cmd_roster_publish(struct cli *cli)
{
	Ims__Ctl__RosterPublishRequest q = REQUEST(RosterPublishRequest, roster_publish_request);
	const char *path = args_word(&cli->args, 0);
	Ims__Ctl__RosterReply *r;
	struct roster *roster = NULL;
	ProtobufCMessage *reply;
	struct buf note = {0};
	struct arena a;
	int err = read_note(path, false, &note, &roster);

	if (err == 0) {
		q.note = (ProtobufCBinaryData){note.n, note.p};
		err = cli_call(cli, path, VERB_ROSTER_PUBLISH, &q.base, &a, &reply);
	}
	if (err == 0) {
		r = (Ims__Ctl__RosterReply *)reply;
		if (cli->out.json)
			out_message(&cli->out, reply);
		else
			cli_tell("roster version %" PRIu64 " is in force", r->version);
		arena_fini(&a);
	}
	roster_unref(roster);
	buf_fini(&note);
	return err;
}
