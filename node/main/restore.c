/* SPDX-License-Identifier: Apache-2.0 */
/*
 * `imsd --restore-backup`: a backup becomes the database of a node that does not run. The copy
 * marker comes along and the commit log stays away, so the node starts rolled back: it serves
 * reads and takes from its peers, and writes and signs nothing until the operator recovers it.
 *
 * The new database takes its name last; killed before that, the node has none, and restoring
 * again does the whole of it. Nothing that was there is removed: with force it moves into a
 * folder beside.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/failpoint.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/save.h"
#include "ledger/backup.h"
#include "main/main_int.h"

struct places {
	char *data, *lock, *ring, *partial, *partial_data, *partial_lock;
};

static struct places places_of(const struct conf *c)
{
	return (struct places){
		.data = mem_printf("%s/data.mdb", c->data_dir),
		.lock = mem_printf("%s/lock.mdb", c->data_dir),
		.ring = mem_printf("%s/commit.ring", c->commit_log_dir),
		.partial = mem_printf("%s/restoring", c->data_dir),
		.partial_data = mem_printf("%s/restoring/data.mdb", c->data_dir),
		.partial_lock = mem_printf("%s/restoring/lock.mdb", c->data_dir),
	};
}

static void places_fini(struct places *p)
{
	free(p->data);
	free(p->lock);
	free(p->ring);
	free(p->partial);
	free(p->partial_data);
	free(p->partial_lock);
}

/* A running node holds its commit log. */
static int check_stopped(const struct places *p, struct errtext *e)
{
	int fd = open(p->ring, O_RDWR | O_CLOEXEC), err = 0;

	if (fd < 0)
		return 0;
	if (flock(fd, LOCK_EX | LOCK_NB) != 0)
		err = errtext_set(e, IMS_E_AGAIN, "%s: the node runs; stop it first", p->ring);
	close(fd);
	return err;
}

/* A copy of another node's log would be signed with this one's key. */
static int check_owner(const struct conf *c, const struct copy_marker *m, struct errtext *e)
{
	char *own = mem_printf("%s/%s/", c->federation, c->region);
	int err = 0;

	if (strncmp(m->origin, own, strlen(own)) != 0)
		err = errtext_set(e, IMS_E_ORIGIN, "the backup is of %.100s, this node is %.100s", m->origin,
				  own);
	free(own);
	return err;
}

static int sync_folder(const char *path, struct errtext *e)
{
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC), err = 0;

	if (fd < 0 || fsync(fd) != 0)
		err = file_error(path, "sync the folder", e);
	if (fd >= 0)
		close(fd);
	return err;
}

/* One file into `aside`, if it is there. */
static int move_one(const char *path, const char *aside, const char *name, struct errtext *e)
{
	char *to = mem_printf("%s/%s", aside, name);
	int err = 0;

	if (save_exists(path)) {
		err = save_folder(aside, e);
		if (!err && rename(path, to) != 0)
			err = file_error(path, "move aside", e);
		else if (!err)
			fprintf(stderr, "imsd: what was there is now %s\n", to);
	}
	free(to);
	return err;
}

static int move_aside(const struct conf *c, const struct places *p, struct errtext *e)
{
	long long now = (long long)clock_wall().ms;
	char *data = mem_printf("%s/before-restore-%lld", c->data_dir, now),
	     *ring = mem_printf("%s/before-restore-%lld", c->commit_log_dir, now);
	int err = move_one(p->ring, ring, "commit.ring", e);

	FAILPOINT(RESTORE_RING_ASIDE);
	if (!err)
		err = move_one(p->data, data, "data.mdb", e);
	FAILPOINT(RESTORE_DATA_ASIDE);
	if (!err && unlink(p->lock) != 0 && save_exists(p->lock))
		err = file_error(p->lock, "remove", e);
	if (!err)
		err = sync_folder(c->commit_log_dir, e);
	if (!err)
		err = sync_folder(c->data_dir, e);
	free(data);
	free(ring);
	return err;
}

/* What a restoring that was killed has left is of no use. */
static int make_partial(const struct places *p, struct errtext *e)
{
	unlink(p->partial_data);
	unlink(p->partial_lock);
	return save_folder(p->partial, e);
}

static int put_copy(const struct conf *c, const struct places *p, struct store *copy, struct errtext *e)
{
	int err = make_partial(p, e);

	if (!err)
		err = store_copy(copy, p->partial, e);
	FAILPOINT(RESTORE_COPIED);
	if (!err && rename(p->partial_data, p->data) != 0)
		err = file_error(p->data, "create", e);
	FAILPOINT(RESTORE_NAMED);
	unlink(p->partial_data);
	unlink(p->partial_lock);
	rmdir(p->partial);
	return err ? err : sync_folder(c->data_dir, e);
}

static int restore_into(const struct conf *c, struct store *copy, bool force, struct errtext *e)
{
	struct places p = places_of(c);
	int err = make_dir(c->data_dir);

	if (!err)
		err = make_dir(c->commit_log_dir);
	if (!err)
		err = check_stopped(&p, e);
	if (!err && force)
		err = move_aside(c, &p, e);
	else if (!err && (save_exists(p.data) || save_exists(p.ring)))
		err = errtext_set(e, IMS_E_EXISTS, "%s: is there; --force moves it and its commit log aside",
				  save_exists(p.data) ? p.data : p.ring);
	if (!err)
		err = put_copy(c, &p, copy, e);
	places_fini(&p);
	return err;
}

int restore(const char *config_path, const char *dir, bool force)
{
	char time[CLOCK_TEXT_BYTES];
	struct backup_facts facts;
	struct errtext why = {""};
	struct conf *c = NULL;
	struct store *copy = NULL;
	int err = conf_load(config_path, &c, &why);

	if (!err)
		err = become_user(c->user);
	if (!err)
		err = backup_open(dir, &copy, &facts, &why);
	if (!err)
		err = check_owner(c, &facts.marker, &why);
	if (!err)
		err = restore_into(c, copy, force, &why);
	if (err)
		fprintf(stderr, "imsd: %s [%s]\n", why.text[0] ? why.text : ims_strerror(err),
			ims_error(err)->name);
	else
		fprintf(stderr,
			"imsd: %s is restored to size %llu, as of %s; the node will be read-only until "
			"'ims recover'\n",
			facts.marker.origin, (unsigned long long)facts.marker.size,
			clock_wall_text(facts.marker.time, time));
	store_close(copy);
	conf_free(c);
	return err ? ims_error(err)->exit_code : 0;
}
