/* SPDX-License-Identifier: Apache-2.0 */
/* `ims roster verify`: a chain of files. */
#include "cli/cmd_roster.h"

#include "base/file.h"
#include "base/text.h"
#include "cli/cli.h"
#include "cli/commands.h"

static const char usage_text[] = "usage: ims roster verify [--genesis-hash HEX] [--json] FILE...\n";

/* A note has an empty line, a text of a roster has none. */
int roster_parse_either(struct bytes file, struct roster **ret, struct errtext *e)
{
	bool is_note = file.n && memmem(file.p, file.n, "\n\n", 2);

	return is_note ? roster_parse(file, ret, e) : roster_parse_text(file, ret, e);
}

int roster_read(const char *path, struct roster **ret, struct errtext *e)
{
	struct errtext cause = {""};
	struct buf file = {0};
	int err = file_read(path, ROSTER_NOTE_MAX_BYTES, &file, &cause);

	if (!err)
		err = roster_parse_either(buf_bytes(&file), ret, &cause);
	buf_fini(&file);
	return err ? errtext_set(e, err, "%s: %s", path, cause.text) : 0;
}

struct chain {
	const struct hash *pin; /* NULL: none given */
	bool json;
	struct roster *last; /* NULL at the start */
	int err;	     /* the first failure */
};

static int check_first(const struct chain *c, const struct roster *r, struct errtext *e)
{
	if (c->pin)
		return roster_check_genesis(r, c->pin, e);
	errtext_set(e, 0,
		    r->version != 1 ? "what came before it is not checked"
		    : r->note	    ? "by its hash alone: compare it, or give --genesis-hash"
				    : "by its hash alone, but nodes take it with signatures only");
	return 0;
}

static void print(const struct chain *c, const struct roster *r, int err, const char *reason)
{
	if (!c->json) {
		roster_print_check(c->last, r, err, reason, stdout);
		return;
	}
	fputs(c->last ? "," : "", stdout);
	roster_print_check_json(c->last, r, err, reason, stdout);
}

/* Errors: a file that cannot be read. What is read and does not hold is noted in c->err. */
static int check_file(struct chain *c, const char *path, struct errtext *e)
{
	struct errtext reason = {""};
	struct roster *r;
	int err = roster_read(path, &r, e);

	if (err)
		return err;
	err = c->last ? roster_check_successor(c->last, r, &reason) : check_first(c, r, &reason);
	print(c, r, err, reason.text);
	if (err && !c->err) {
		c->err = err;
		errtext_set(e, err, "%s: %s", path, reason.text);
	}
	roster_unref(c->last);
	c->last = r;
	return 0;
}

static int verify(struct chain *c, size_t n_files, const char *const *files, struct errtext *e)
{
	int err = 0;

	fputs(c->json ? "{\"versions\":[" : "", stdout);
	for (size_t i = 0; i < n_files && !err && !c->err; i++)
		err = check_file(c, files[i], e);
	if (c->json)
		printf("],\"valid\":%s}\n", err || c->err ? "false" : "true");
	roster_unref(c->last);
	return err ? err : c->err;
}

/* A file that is no roster is as invalid as one that does not follow. */
static int as_verdict(int err)
{
	switch (err) {
	case IMS_E_SYNTAX:
	case IMS_E_UTF8:
	case IMS_E_LIMIT:
	case IMS_E_TOO_MANY:
	case IMS_E_DUPLICATE:
	case IMS_E_INVALID:
	case IMS_E_MISSING:
	case IMS_E_UNSUPPORTED:
		return IMS_E_ROSTER;
	default:
		return err;
	}
}

int cmd_roster_verify(struct cli *cli)
{
	const struct args *a = &cli->args;
	struct chain c = {.json = cli->out.json};
	struct errtext e = {""};
	const char *text;
	struct hash pin;
	int err = 0;

	for (size_t i = 0; !err && (text = args_nth(a, OPT_GENESIS_HASH, i)); i++) {
		if (!hex_get(bytes_of(text), pin.b, sizeof(pin.b)))
			err = errtext_set(&e, IMS_E_USAGE, "--genesis-hash takes 64 hex digits");
		c.pin = &pin;
	}
	if (!err)
		err = verify(&c, a->n_words, a->word, &e);
	return cli_end("roster verify", as_verdict(err), &e, usage_text);
}
