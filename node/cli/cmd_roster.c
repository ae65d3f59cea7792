/* SPDX-License-Identifier: Apache-2.0 */
/* `ims roster verify`: a chain of files. */
#include "cli/cmd_roster.h"

#include <getopt.h>

#include "base/text.h"
#include "base/file.h"
#include "cli/finish.h"

static const char usage_text[] = "usage: ims roster verify [--genesis-hash HEX] [--json] FILE...\n";

static const struct option options[] = {
	{"genesis-hash", required_argument, NULL, 'g'},
	{"json", no_argument, NULL, 'j'},
	{"help", no_argument, NULL, 'H'},
	{NULL, 0, NULL, 0},
};

/* A note has an empty line, a text of a roster has none. */
static bool is_note(struct bytes file)
{
	return file.n && memmem(file.p, file.n, "\n\n", 2);
}

int roster_read(const char *path, struct roster **ret, struct errtext *e)
{
	struct errtext cause = {""};
	struct buf file = {0};
	int err = file_read(path, ROSTER_NOTE_MAX_BYTES, &file, &cause);

	if (!err)
		err = is_note(buf_bytes(&file)) ? roster_parse(buf_bytes(&file), ret, &cause)
						: roster_parse_text(buf_bytes(&file), ret, &cause);
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
		    r->version == 1 ? "by its hash alone: compare it, or give --genesis-hash"
				    : "what came before it is not checked");
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

static int verify(struct chain *c, int n_files, char **files, struct errtext *e)
{
	int err = 0;

	fputs(c->json ? "{\"versions\":[" : "", stdout);
	for (int i = 0; i < n_files && !err && !c->err; i++)
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

int cmd_roster_verify(int argc, char **argv)
{
	struct chain c = {.json = false};
	struct errtext e = {""};
	struct hash pin;
	int letter, err = 0;

	optind = 0; /* start anew, whoever used it before */
	while (!err && (letter = getopt_long(argc, argv, "j", options, NULL)) != -1) {
		if (letter == 'H') {
			fputs(usage_text, stdout);
			return 0;
		}
		if (letter == 'j')
			c.json = true;
		else if (letter == 'g' && hex_get(bytes_of(optarg), pin.b, sizeof(pin.b)))
			c.pin = &pin;
		else
			err = errtext_set(&e, IMS_E_USAGE, "--genesis-hash takes 64 hex digits");
	}
	if (!err && optind == argc)
		err = errtext_set(&e, IMS_E_USAGE, "which files?");
	if (err)
		return finish("roster verify", err, &e, usage_text);
	err = verify(&c, argc - optind, argv + optind, &e);
	return finish("roster verify", as_verdict(err), &e, usage_text);
}
