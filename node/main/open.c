/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/say.h"
#include "ledger/ledger.h"
#include "main/main_int.h"
#include "store/key.h"

static int folder_failed(const char *path)
{
	say(SAY_ERROR, "start", "%s: %s: cannot make the folder", path, ims_strerror(IMS_E_IO));
	return IMS_E_IO;
}

int make_dir(const char *path)
{
	char part[4096];

	snprintf(part, sizeof(part), "%s", path);
	for (char *p = part + 1; *p; p++)
		if (*p == '/') {
			*p = '\0';
			if (mkdir(part, 0750) && errno != EEXIST)
				return folder_failed(part);
			*p = '/';
		}
	if (mkdir(part, 0750) && errno != EEXIST)
		return folder_failed(part);
	return 0;
}

int become_user(const char *name)
{
	const struct passwd *p;
	int err = 0;

	if (!*name || geteuid() != 0)
		return 0;
	p = getpwnam(name);
	if (!p || initgroups(name, p->pw_gid) || setgid(p->pw_gid) || setuid(p->pw_uid))
		err = IMS_E_PERMISSION;
	if (err)
		say(SAY_ERROR, "start", "%s: %s: cannot become this user", name, ims_strerror(err));
	return err;
}

int open_store(const struct conf *c, bool read_only, struct store **ret)
{
	const struct store_opts so = {
		.dir = c->data_dir,
		.tables = ledger_tables,
		.n_tables = TABLE_COUNT,
		.max_extra_tables = 3 * LEDGER_LOGS_MAX,
		.map_bytes = (uint64_t)c->map_bytes,
		.map_max_bytes = (uint64_t)c->map_max_bytes,
		.max_readers = 126,
		.read_only = read_only,
	};
	struct errtext why = {""};
	int err = store_open(&so, ret, &why);

	if (err)
		say(SAY_ERROR, "store", "%s: %s (%s)", c->data_dir, ims_strerror(err), why.text);
	return err;
}

static int genesis(const struct conf *c, struct roster **ret)
{
	struct errtext why = {""};
	struct buf note = {0};
	int err = file_load(c->roster_file, ROSTER_NOTE_MAX_BYTES, &note, &why);

	if (!err)
		err = roster_parse(buf_bytes(&note), ret, &why);
	buf_fini(&note);
	if (!err) {
		err = roster_check_genesis(*ret, &c->roster_hash, &why);
		if (err)
			roster_unref(*ret);
	}
	if (err)
		say(SAY_ERROR, "roster", "%s: %s (%s)", c->roster_file, ims_strerror(err), why.text);
	return err;
}

int open_roster(const struct conf *c, struct store *s, struct roster **ret)
{
	struct store_txn *t;
	struct store_key k;
	struct bytes note;
	struct roster *r, *next;
	struct errtext why = {""};
	int err = genesis(c, &r);

	if (err)
		return err;
	err = store_begin_read(s, &t);
	if (err) {
		roster_unref(r);
		return err;
	}
	while ((err = store_get(t, TABLE_ROSTER, store_key(&k, "L", r->version + 1), &note)) == 0) {
		err = roster_parse(note, &next, &why);
		if (err)
			break;
		err = roster_check_successor(r, next, &why);
		if (err) {
			roster_unref(next);
			break;
		}
		roster_unref(r);
		r = next;
	}
	store_abort(t);
	if (err != IMS_E_NOT_FOUND) {
		say(SAY_ERROR, "roster", "stored version %llu: %s (%s)", (unsigned long long)r->version + 1,
		    ims_strerror(err), why.text);
		roster_unref(r);
		return err;
	}
	*ret = r;
	return 0;
}
