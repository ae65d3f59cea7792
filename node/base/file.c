/* SPDX-License-Identifier: Apache-2.0 */
#include "base/file.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define CHUNK_BYTES 16384

static int open_error(struct errtext *e)
{
	switch (errno) {
	case ENOENT:
	case ENOTDIR:
		return errtext_set(e, IMS_E_NOT_FOUND, "no such file");
	case EACCES:
		return errtext_set(e, IMS_E_PERMISSION, "the file may not be read");
	default:
		return errtext_set(e, IMS_E_IO, "%s", strerror(errno));
	}
}

int file_read(const char *path, size_t max_bytes, struct buf *out, struct errtext *e)
{
	FILE *f = strcmp(path, "-") == 0 ? stdin : fopen(path, "rbe");
	uint8_t chunk[CHUNK_BYTES];
	size_t total = 0, n;
	int err = 0;

	if (!f)
		return open_error(e);
	while (err == 0 && (n = fread(chunk, 1, sizeof(chunk), f)) > 0) {
		total += n;
		if (total > max_bytes)
			err = errtext_set(e, IMS_E_LIMIT, "larger than %zu bytes", max_bytes);
		else
			buf_put(out, BYTES(chunk, n));
	}
	if (err == 0 && ferror(f))
		err = errtext_set(e, IMS_E_IO, "%s", strerror(errno));
	if (err == 0 && out->failed)
		err = errtext_set(e, IMS_E_NOMEM, "%s", ims_strerror(IMS_E_NOMEM));
	if (f != stdin)
		fclose(f);
	return err;
}

int file_load(const char *path, size_t max_bytes, struct buf *out, struct errtext *e)
{
	struct errtext why = {""};
	int err = file_read(path, max_bytes, out, &why);

	return err ? errtext_set(e, err, "%.150s: %.80s", path, why.text) : 0;
}

int file_error(const char *path, const char *what, struct errtext *e)
{
	int err = errno == EEXIST		      ? IMS_E_EXISTS
		  : errno == ENOENT		      ? IMS_E_NOT_FOUND
		  : errno == EACCES || errno == EPERM ? IMS_E_PERMISSION
						      : IMS_E_IO;

	return errtext_set(e, err, "%s: cannot %s: %s", path, what, strerror(errno));
}
