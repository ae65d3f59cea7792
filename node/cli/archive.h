/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The files inside a file: members of .tar (with gzip, xz, zstd or nothing) and .zip, or, when it
 * is no archive, the one file itself, unpacked if compressed. Nothing is written to disk, names
 * are only compared and shown. One thread.
 */
#ifndef CLI_ARCHIVE_H
#define CLI_ARCHIVE_H

#include "base/bytes.h"
#include "ims/err.h"

#define ARCHIVE_MEMBERS_MAX 2000000
#define ARCHIVE_UNPACKED_MAX_BYTES ((uint64_t)16 << 30) /* of one archive, all members */

struct archive_walk {
	void *ctx;
	size_t max_member_bytes; /* larger ones are skipped, and said so */
	/* Members whose name ends otherwise are passed over in silence; a file that is no archive
	 * is taken whatever its name. NULL: all. */
	const char *suffix;
	/* A whole file: `name` is the path, or "path:member"; both are borrowed. An error ends the walk. */
	int (*member)(void *ctx, const char *name, bool from_archive, struct bytes data);
	void (*skipped)(void *ctx, const char *name, const char *why);
	void (*read)(void *ctx, uint64_t bytes); /* of the outer file, so far */
};

/* Errors: IMS_E_IO, IMS_E_SYNTAX (damaged archive), IMS_E_LIMIT, IMS_E_NOMEM, what member() returns. */
IMS_MUST_CHECK int archive_walk(const char *path, const struct archive_walk *w, struct errtext *e);

#endif
