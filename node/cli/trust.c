/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/trust.h"

#include <stdlib.h>

#include "base/file.h"
#include "base/mem.h"
#include "replication/roster.h"

int trust_set_roster(struct trust *t, const char *object, struct bytes note)
{
	struct errtext e = {""};
	int err = roster_parse(note, &t->roster, &e);

	if (err)
		return cli_fail(object, err, "%s", e.text);
	t->proof.roster = t->roster;
	return 0;
}

static int load_roster(const char *path, struct trust *t)
{
	struct buf note = {0};
	struct errtext e;
	int err = file_read(path, ROSTER_NOTE_MAX_BYTES, &note, &e);

	if (err)
		cli_fail(path, err, "%s", e.text);
	else
		err = trust_set_roster(t, path, buf_bytes(&note));
	buf_fini(&note);
	return err;
}

static int load_vkeys(const struct cli *cli, struct trust *t)
{
	size_t n = 0;

	while (args_nth(&cli->args, OPT_VKEY, n))
		n++;
	if (n == 0)
		return 0;
	t->vkeys = mem_zalloc(n * sizeof(*t->vkeys));
	for (size_t i = 0; i < n; i++) {
		int err = note_vkey_parse(bytes_of(args_nth(&cli->args, OPT_VKEY, i)), &t->vkeys[i]);

		if (err)
			return cli_fail("--vkey", err, "not a key of a C2SP note: %s", ims_strerror(err));
	}
	t->proof.vkeys = t->vkeys;
	t->proof.n_vkeys = n;
	return 0;
}

int trust_load(const struct cli *cli, struct trust *ret)
{
	const char *path = cli_target(cli).roster;
	int err;

	*ret = (struct trust){0};
	err = load_vkeys(cli, ret);
	/* keys that were named count, a roster from the environment does not override them */
	if (err == 0 && path && !ret->proof.n_vkeys)
		err = load_roster(path, ret);
	if (err)
		trust_fini(ret);
	return err;
}

void trust_fini(struct trust *t)
{
	roster_unref(t->roster);
	free(t->vkeys);
	*t = (struct trust){0};
}
