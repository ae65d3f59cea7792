/* SPDX-License-Identifier: Apache-2.0 */
/* A fresh directory for a test, and its removal. */
#ifndef TEST_STORE_TMPDIR_H
#define TEST_STORE_TMPDIR_H

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/check.h"
#include "base/mem.h"

static inline char *tmpdir_new(void)
{
	const char *base = getenv("TMPDIR");
	char *dir = mem_printf("%s/imsd-store-XXXXXX", base && *base ? base : "/tmp");

	CHECK(mkdtemp(dir) != NULL);
	return dir;
}

static inline char *tmpdir_path(const char *dir, const char *name)
{
	return mem_printf("%s/%s", dir, name);
}

/* Remove the directory with the plain files in it, and free the name. */
static inline void tmpdir_free(char *dir)
{
	DIR *d = opendir(dir);

	for (struct dirent *ent; d && (ent = readdir(d));) {
		char *path = tmpdir_path(dir, ent->d_name);

		unlink(path);
		free(path);
	}
	if (d)
		closedir(d);
	rmdir(dir);
	free(dir);
}

#endif
