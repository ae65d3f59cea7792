/* SPDX-License-Identifier: Apache-2.0 */
#include "base/save.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/mem.h"

static bool write_all(int fd, struct bytes b)
{
	while (b.n) {
		ssize_t n = write(fd, b.p, b.n);

		if (n < 0 && errno != EINTR)
			return false;
		if (n > 0)
			b = BYTES(b.p + n, b.n - (size_t)n);
	}
	return true;
}

static bool sync_folder_of(const char *path)
{
	char *copy = mem_strdup(path);
	int fd = open(dirname(copy), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	bool ok = fd >= 0 && fsync(fd) == 0;

	if (fd >= 0)
		close(fd);
	free(copy);
	return ok;
}

/* The finished file takes its name by link() or rename(): the first refuses to replace. */
static int name_it(const char *temporary, const char *path, bool replace, struct errtext *e)
{
	if ((replace ? rename(temporary, path) : link(temporary, path)) < 0)
		return file_error(path, "create", e);
	if (!sync_folder_of(path))
		return file_error(path, "sync the folder of", e);
	return 0;
}

int save_file(const char *path, struct bytes content, mode_t mode, bool replace, struct errtext *e)
{
	char *temporary = mem_printf("%s.XXXXXX", path);
	int fd = mkostemp(temporary, O_CLOEXEC), err = 0;

	if (fd < 0) {
		err = file_error(path, "create", e);
		free(temporary);
		return err;
	}
	if (fchmod(fd, mode) < 0 || !write_all(fd, content) || fsync(fd) < 0)
		err = file_error(path, "write", e);
	if (close(fd) < 0 && !err)
		err = file_error(path, "close", e);
	if (!err)
		err = name_it(temporary, path, replace, e);
	unlink(temporary);
	free(temporary);
	return err;
}

int save_folder(const char *path, struct errtext *e)
{
	struct stat st;

	if (mkdir(path, 0700) == 0)
		return 0;
	if (errno == EEXIST && stat(path, &st) == 0 && S_ISDIR(st.st_mode))
		return 0;
	return file_error(path, "make the folder", e);
}

bool save_exists(const char *path)
{
	struct stat st;

	return lstat(path, &st) == 0;
}
