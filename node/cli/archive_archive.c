/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/archive.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>

#include <archive.h>
#include <archive_entry.h>

#include "base/buf.h"
#include "base/mem.h"

#define CHUNK_BYTES 65536

struct walker {
	struct archive *a;
	const char *path;
	const struct archive_walk *w;
	struct errtext *e;
	struct buf data;
	uint64_t unpacked, members;
};

/* Formats and filters by name: "all" would also start external programs. */
static struct archive *archive_open(void)
{
	struct archive *a = archive_read_new();

	if (!a)
		return NULL;
	archive_read_support_format_tar(a);
	archive_read_support_format_zip(a);
	archive_read_support_format_raw(a);
	archive_read_support_format_empty(a);
	archive_read_support_filter_gzip(a);
	archive_read_support_filter_xz(a);
	archive_read_support_filter_zstd(a);
	return a;
}

static int archive_fail(struct walker *k)
{
	int err = archive_errno(k->a);
	bool of_system = err == ENOENT || err == EACCES || err == EISDIR || err == EIO;

	return errtext_set(k->e, of_system ? IMS_E_IO : IMS_E_SYNTAX, "%s: %s", k->path,
			   archive_error_string(k->a) ? archive_error_string(k->a) : "damaged");
}

/* The open member's bytes into k->data; *ret_fits is false when it is larger than wanted. */
static int member_read(struct walker *k, bool *ret_fits)
{
	uint8_t chunk[CHUNK_BYTES];
	la_ssize_t n;

	buf_clear(&k->data);
	*ret_fits = true;
	while ((n = archive_read_data(k->a, chunk, sizeof(chunk))) > 0) {
		k->unpacked += (uint64_t)n;
		if (k->unpacked > ARCHIVE_UNPACKED_MAX_BYTES)
			return errtext_set(k->e, IMS_E_LIMIT, "%s: unpacks to too much", k->path);
		if (k->data.n + (size_t)n > k->w->max_member_bytes) {
			*ret_fits = false;
			return 0;
		}
		buf_put(&k->data, BYTES(chunk, n));
		if (k->data.failed)
			return IMS_E_NOMEM;
	}
	return n < 0 ? archive_fail(k) : 0;
}

static bool ends_with(const char *name, const char *suffix)
{
	size_t n = strlen(name), m = strlen(suffix);

	return n >= m && strcmp(name + n - m, suffix) == 0;
}

static int member_visit(struct walker *k, struct archive_entry *entry)
{
	bool inside = archive_format(k->a) != ARCHIVE_FORMAT_RAW, fits;
	const char *inner = archive_entry_pathname_utf8(entry);
	char *name;
	int err;

	if (!inner)
		inner = "?";
	if (inside &&
	    (archive_entry_filetype(entry) != AE_IFREG || (k->w->suffix && !ends_with(inner, k->w->suffix))))
		return 0;
	err = member_read(k, &fits);
	if (err)
		return err;
	name = inside ? mem_printf("%s:%s", k->path, inner) : mem_strdup(k->path);
	if (fits)
		err = k->w->member(k->w->ctx, name, inside, buf_bytes(&k->data));
	else
		k->w->skipped(k->w->ctx, name, "too large");
	free(name);
	return err;
}

static int walk_members(struct walker *k)
{
	struct archive_entry *entry;
	int got, err = 0;

	while (!err && (got = archive_read_next_header(k->a, &entry)) != ARCHIVE_EOF) {
		if (got != ARCHIVE_OK && got != ARCHIVE_WARN)
			return archive_fail(k);
		if (++k->members > ARCHIVE_MEMBERS_MAX)
			return errtext_set(k->e, IMS_E_LIMIT, "%s: too many members", k->path);
		err = member_visit(k, entry);
		if (k->w->read)
			k->w->read(k->w->ctx, (uint64_t)archive_filter_bytes(k->a, -1));
	}
	return err;
}

int archive_walk(const char *path, const struct archive_walk *w, struct errtext *e)
{
	struct walker k = {.path = path, .w = w, .e = e};
	struct stat st;
	int err;

	if (stat(path, &st) != 0)
		return errtext_set(e, IMS_E_IO, "%s: %s", path, strerror(errno));
	if (st.st_size == 0 && S_ISREG(st.st_mode))
		return w->member(w->ctx, path, false, BYTES_NONE);
	k.a = archive_open();
	if (!k.a)
		return IMS_E_NOMEM;
	buf_init(&k.data, 0);
	if (archive_read_open_filename(k.a, path, CHUNK_BYTES) != ARCHIVE_OK)
		err = archive_fail(&k);
	else
		err = walk_members(&k);
	archive_read_free(k.a);
	buf_fini(&k.data);
	return err;
}
