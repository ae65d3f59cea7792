/* SPDX-License-Identifier: Apache-2.0 */
#include "ledger/backup.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "base/failpoint.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/save.h"
#include "base/text.h"
#include "crypto/hash.h"
#include "ledger/copy_int.h"
#include "ledger/heads.h"
#include "ledger/ledger.h"
#include "ledger/meta.h"
#include "note/note.h"

#define TEXT_MAX_BYTES (NOTE_MAX_BYTES + 4096)
#define READ_BYTES (1u << 20)
#define SHA_LINE "\ndata-sha256 "

/* The files of a backup; freed with paths_fini(). */
struct paths {
	char *data, *mdb, *lock, *text;
};

static struct paths paths_of(const char *dir)
{
	return (struct paths){.data = mem_printf("%s/data", dir),
			      .mdb = mem_printf("%s/data/data.mdb", dir),
			      .lock = mem_printf("%s/data/lock.mdb", dir),
			      .text = mem_printf("%s/backup.txt", dir)};
}

static void paths_fini(struct paths *p)
{
	free(p->data);
	free(p->mdb);
	free(p->lock);
	free(p->text);
}

static int open_copy(const char *data, bool read_only, struct store **ret, struct errtext *e)
{
	const struct store_opts so = {.dir = data,
				      .tables = ledger_tables,
				      .n_tables = TABLE_COUNT,
				      .max_extra_tables = 3 * LEDGER_LOGS_MAX,
				      .read_only = read_only};

	return store_open(&so, ret, e);
}

/* ---- what backup.txt says */

struct sealed {
	uint64_t bytes;
	struct hash sha256;
};

static int seal(const char *path, struct sealed *ret, struct errtext *e)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct crypto_hasher *h;
	uint8_t *chunk;
	ssize_t n;

	if (fd < 0)
		return file_error(path, "read", e);
	h = crypto_hasher_new();
	chunk = mem_zalloc(READ_BYTES);
	ret->bytes = 0;
	while ((n = read(fd, chunk, READ_BYTES)) > 0 || (n < 0 && errno == EINTR)) {
		if (n < 0)
			continue;
		crypto_hasher_add(h, BYTES(chunk, (size_t)n));
		ret->bytes += (uint64_t)n;
	}
	crypto_hasher_finish(h, &ret->sha256);
	free(chunk);
	if (n < 0)
		file_error(path, "read", e);
	close(fd);
	return n < 0 ? IMS_E_IO : 0;
}

/* "<federation>/<region>/<incarnation>", cut from its end. */
static void put_names(struct buf *out, const char *origin)
{
	struct bytes o = bytes_of(origin), region;
	size_t end = o.n, slash;

	while (end && o.p[end - 1] != '/')
		end--;
	end = end ? end - 1 : 0;
	slash = end;
	while (slash && o.p[slash - 1] != '/')
		slash--;
	region = BYTES(o.p + slash, end - slash);
	buf_printf(out, "federation %.*s\nregion %.*s\n", (int)(slash ? slash - 1 : 0), origin, (int)region.n,
		   (const char *)region.p);
}

/* The whole of backup.txt from a copy and its file. */
static int describe(struct store_txn *t, const struct sealed *file, struct buf *out, struct backup_facts *ret)
{
	struct backup_facts f = {.data_bytes = file->bytes};
	const struct copy_marker *m = &f.marker;
	char time[CLOCK_TEXT_BYTES], hex[HEX_HASH_BYTES];
	struct head_row head;
	int err = copy_marker_get(t, &f.marker);

	if (err)
		return err == IMS_E_NOT_FOUND ? IMS_E_CORRUPT : err;
	buf_put_text(out, "imsd-backup/1\n");
	put_names(out, m->origin);
	buf_printf(out, "origin %s\ntime %s\nsize %llu\nroot %s\n", m->origin, clock_wall_text(m->time, time),
		   (unsigned long long)m->size, hex_hash(&m->root, hex));
	buf_printf(out, "data-bytes %llu" SHA_LINE "%s\n\n", (unsigned long long)file->bytes,
		   hex_hash(&file->sha256, hex));
	err = heads_newest(t, m->origin, m->size, &head);
	if (!err) {
		f.head_size = head.size;
		heads_put_note(t, m->origin, &head, out);
	}
	if (err && err != IMS_E_NOT_FOUND)
		return err;
	*ret = f;
	return out->failed ? IMS_E_NOMEM : 0;
}

static int describe_store(struct store *s, const struct sealed *file, struct buf *out,
			  struct backup_facts *ret)
{
	struct store_txn *t;
	int err = store_begin_read(s, &t);

	if (err)
		return err;
	err = describe(t, file, out, ret);
	store_abort(t);
	return err;
}

/* ---- making one */

static int mark(struct store *copy, const char *origin, struct wall now)
{
	struct copy_marker m = {.time = now};
	struct ledger_reader r;
	struct store_txn *t;
	struct bytes instance;
	int err = store_begin_write(copy, &t);

	if (err)
		return err;
	snprintf(m.origin, sizeof(m.origin), "%s", origin);
	err = ledger_read_open(t, origin, &r);
	if (!err)
		err = meta_get(t, META_INSTANCE, &instance);
	if (!err && instance.n != sizeof(m.instance))
		err = IMS_E_CORRUPT;
	if (!err) {
		memcpy(m.instance, instance.p, sizeof(m.instance));
		m.size = r.size;
		m.root = r.root;
		err = copy_marker_put(t, &m);
	}
	if (!err)
		return store_commit(t);
	store_abort(t);
	return err;
}

/* A store that writes has a file as long as its map; a backup is as long as what it holds. */
static int cut(const char *path, uint64_t used_bytes, struct errtext *e)
{
	int fd = open(path, O_RDWR | O_CLOEXEC), err = 0;

	if (fd < 0 || ftruncate(fd, (off_t)used_bytes) != 0 || fsync(fd) != 0)
		err = file_error(path, "shorten", e);
	if (fd >= 0)
		close(fd);
	return err;
}

static int mark_copy(const struct paths *p, const char *origin, struct wall now, struct errtext *e)
{
	struct store_usage u;
	struct store *copy;
	int err = open_copy(p->data, false, &copy, e);

	if (err)
		return err;
	err = mark(copy, origin, now);
	if (!err)
		err = store_usage(copy, &u);
	store_close(copy);
	if (!err)
		err = FAILPOINT_ERR(BACKUP_MARKED);
	unlink(p->lock);
	return err ? errtext_set(e, err, "%s: marking the copy", p->data) : cut(p->mdb, u.used_bytes, e);
}

static int write_text(const struct paths *p, struct backup_facts *ret, struct errtext *e)
{
	struct buf text = {0};
	struct sealed file;
	struct store *copy;
	int err = FAILPOINT_ERR(BACKUP_CUT);

	if (!err)
		err = seal(p->mdb, &file, e);
	if (!err)
		err = open_copy(p->data, true, &copy, e);
	if (err)
		return err;
	err = describe_store(copy, &file, &text, ret);
	store_close(copy);
	unlink(p->lock);
	if (err)
		errtext_set(e, err, "%s: describing the copy", p->data);
	else
		err = save_file(p->text, buf_bytes(&text), 0600, false, e);
	FAILPOINT(BACKUP_DESCRIBED);
	buf_fini(&text);
	return err;
}

static int fill(struct store *s, const struct paths *p, const char *origin, struct wall now,
		struct backup_facts *ret, struct errtext *e)
{
	int err = FAILPOINT_ERR(BACKUP_PREPARED);

	if (!err)
		err = store_copy(s, p->data, e);
	if (!err)
		err = FAILPOINT_ERR(BACKUP_COPIED);
	if (!err)
		err = mark_copy(p, origin, now, e);
	return err ? err : write_text(p, ret, e);
}

/* The folder, empty and with its name on the disk. */
static int prepare(const char *dir, bool *ret_made, struct errtext *e)
{
	char *above = mem_printf("%s/..", dir);
	struct dirent *ent;
	int err = 0, fd = -1;
	DIR *d;

	*ret_made = mkdir(dir, 0700) == 0;
	if (!*ret_made && errno != EEXIST)
		err = file_error(dir, "make the folder", e);
	d = err ? NULL : opendir(dir);
	if (!err && !d)
		err = file_error(dir, "read the folder", e);
	while (d && !err && (ent = readdir(d)))
		if (strcmp(ent->d_name, ".") != 0 && strcmp(ent->d_name, "..") != 0)
			err = errtext_set(e, IMS_E_EXISTS, "%s: is not empty", dir);
	if (d)
		closedir(d);
	if (!err && *ret_made) {
		fd = open(above, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		if (fd < 0 || fsync(fd) != 0)
			err = file_error(dir, "sync the folder of", e);
	}
	if (fd >= 0)
		close(fd);
	free(above);
	return err;
}

/* A disk that the backup fills up may be the node's own. */
static int check_room(struct store *s, const char *dir, struct errtext *e)
{
	struct store_usage u;
	struct statvfs fs;
	int err = store_usage(s, &u);

	if (err)
		return err;
	if (statvfs(dir, &fs) != 0)
		return file_error(dir, "measure the disk of", e);
	if ((uint64_t)fs.f_bavail * fs.f_frsize < u.used_bytes)
		return errtext_set(e, IMS_E_NO_SPACE, "%s: the copy may need %llu bytes", dir,
				   (unsigned long long)u.used_bytes);
	return 0;
}

int backup_make(struct store *s, const char *dir, const char *origin, struct wall now,
		struct backup_facts *ret, struct errtext *e)
{
	struct paths p = paths_of(dir);
	bool made = false;
	int err = prepare(dir, &made, e);

	if (err)
		goto out;
	err = check_room(s, dir, e);
	if (!err && mkdir(p.data, 0700) != 0)
		err = file_error(p.data, "make the folder", e);
	if (!err) {
		err = fill(s, &p, origin, now, ret, e);
		if (err) {
			unlink(p.mdb);
			unlink(p.lock);
			rmdir(p.data);
		}
	}
out:
	if (err && made)
		rmdir(dir);
	paths_fini(&p);
	return err;
}

/* ---- reading one */

/* The line of `a`, from 1, in which the two texts part. */
static size_t first_difference(struct bytes a, struct bytes b)
{
	size_t line = 1;

	for (size_t i = 0; i < a.n && i < b.n && a.p[i] == b.p[i]; i++)
		line += a.p[i] == '\n';
	return line;
}

/* Before LMDB maps the file: a damaged one can kill its reader. */
static int check_seal(const struct paths *p, struct buf *text, struct sealed *ret, struct errtext *e)
{
	char hex[HEX_HASH_BYTES];
	const char *line;
	int err = file_load(p->text, TEXT_MAX_BYTES, text, e);

	if (!err && strncmp(buf_text(text), "imsd-backup/", 12) == 0 &&
	    strncmp(buf_text(text), "imsd-backup/1\n", 14) != 0)
		return errtext_set(e, IMS_E_UNSUPPORTED, "%s: made by a later version", p->text);
	if (!err)
		err = seal(p->mdb, ret, e);
	if (err)
		return err;
	line = strstr(buf_text(text), SHA_LINE);
	if (!line || strncmp(line + strlen(SHA_LINE), hex_hash(&ret->sha256, hex), HEX_HASH_BYTES - 1) != 0)
		return errtext_set(e, IMS_E_CORRUPT, "%s: is not the file that backup.txt names: SHA-256 %s",
				   p->mdb, hex);
	return 0;
}

static int compare_text(const struct paths *p, struct store *copy, const struct sealed *file,
			struct buf *text, struct backup_facts *ret, struct errtext *e)
{
	struct buf derived = {0};
	int err = describe_store(copy, file, &derived, ret);

	if (err)
		errtext_set(e, err, "%s: describing the copy", p->data);
	else if (!bytes_eq(buf_bytes(text), buf_bytes(&derived)))
		err = errtext_set(e, IMS_E_CORRUPT, "%s: line %zu is not what the copy gives", p->text,
				  first_difference(buf_bytes(text), buf_bytes(&derived)));
	buf_fini(&derived);
	return err;
}

int backup_open(const char *dir, struct store **ret, struct backup_facts *ret_facts, struct errtext *e)
{
	struct paths p = paths_of(dir);
	struct buf text = {0};
	struct store *copy = NULL;
	struct sealed file;
	int err = check_seal(&p, &text, &file, e);

	if (!err)
		err = open_copy(p.data, true, &copy, e);
	if (!err)
		err = compare_text(&p, copy, &file, &text, ret_facts, e);
	if (err)
		store_close(copy);
	else
		*ret = copy;
	buf_fini(&text);
	paths_fini(&p);
	return err;
}
