/* SPDX-License-Identifier: Apache-2.0 */
/* The files of a stopped node, as an administrator moves them about. */
#ifndef TESTS_UNIT_VIEW_FILES_H
#define TESTS_UNIT_VIEW_FILES_H

#include <fcntl.h>
#include <unistd.h>

#include "unit/view/node.h"

/* Into the file that is there: its inode stays. */
static inline void file_copy(struct node *n, const char *from, const char *to)
{
	char *a = tmpdir_path(n->dir, from), *b = tmpdir_path(n->dir, to);
	int in = open(a, O_RDONLY | O_CLOEXEC), out = open(b, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	static char block[1 << 16];
	ssize_t got;

	assert_true(in >= 0 && out >= 0);
	while ((got = read(in, block, sizeof(block))) > 0)
		assert_int_equal(write(out, block, (size_t)got), got);
	close(in);
	close(out);
	free(a);
	free(b);
}

static inline void file_remove(struct node *n, const char *name)
{
	char *path = tmpdir_path(n->dir, name);

	assert_int_equal(unlink(path), 0);
	free(path);
}

static inline void file_rename(struct node *n, const char *from, const char *to)
{
	char *a = tmpdir_path(n->dir, from), *b = tmpdir_path(n->dir, to);

	assert_int_equal(rename(a, b), 0);
	free(a);
	free(b);
}

#endif
