/* SPDX-License-Identifier: Apache-2.0 */
/* Call a command's function in a fresh folder, and see what it printed. */
#ifndef TESTS_UNIT_CLI_HANDLER_H
#define TESTS_UNIT_CLI_HANDLER_H

#include "unit/hex.h"

#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/file.h"
#include "base/mem.h"
#include "cli/cli.h"

#define ARGS_MAX 48

static char *handler_folder;
/* What the last call printed. */
static struct buf handler_out, handler_err;

/* cmocka set-up and tear-down: work in an empty folder. */
static inline int handler_enter(void **state)
{
	const char *base = getenv("TMPDIR");

	(void)state;
	handler_folder = mem_printf("%s/ims-cli-XXXXXX", base && *base ? base : "/tmp");
	return mkdtemp(handler_folder) && chdir(handler_folder) == 0 ? 0 : -1;
}

static inline int handler_remove(const char *path, const struct stat *st, int type, struct FTW *at)
{
	(void)st, (void)type, (void)at;
	return remove(path);
}

static inline int handler_leave(void **state)
{
	int err = chdir("/") || nftw(handler_folder, handler_remove, 16, FTW_DEPTH | FTW_PHYS);

	(void)state;
	free(handler_folder);
	buf_fini(&handler_out);
	buf_fini(&handler_err);
	return err ? -1 : 0;
}

static inline void handler_read(const char *path, struct buf *out)
{
	struct errtext e = {""};

	buf_clear(out);
	if (file_read(path, 1 << 20, out, &e))
		fail_msg("%s: %s", path, e.text);
}

static inline void handler_write(const char *path, const char *text)
{
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	assert_int_equal(fputs(text, f) < 0, 0);
	assert_int_equal(fclose(f), 0);
}

static inline int handler_divert(int fd, FILE *stream, const char *path)
{
	int saved, to = open(path, O_CREAT | O_TRUNC | O_WRONLY, 0600);

	fflush(stream);
	saved = dup(fd);
	assert_true(saved >= 0 && to >= 0 && dup2(to, fd) == fd);
	close(to);
	return saved;
}

static inline void handler_restore(int fd, FILE *stream, int saved)
{
	fflush(stream);
	assert_int_equal(dup2(saved, fd), fd);
	close(saved);
}

static inline int handler_run(int argc, char **argv)
{
	struct cli cli = {.client = NULL};
	struct errtext e = {""};
	int err = args_parse(&cli.args, argc, argv, &e);

	out_init(&cli.out, args_has(&cli.args, OPT_JSON), stdout);
	err = err ? cli_fail("arguments", err, "%s", e.text) : cli.args.command->run(&cli);
	args_fini(&cli.args);
	return err;
}

/* Do what `ims` does with these words, which are separated by one space. Returns the exit code. */
static inline int handler_call(const char *line)
{
	char *words = mem_strdup(line), *argv[ARGS_MAX + 1] = {"ims"}, *save = NULL;
	int argc = 1, code, out, err;

	for (char *w = strtok_r(words, " ", &save); w && argc < ARGS_MAX; w = strtok_r(NULL, " ", &save))
		argv[argc++] = w;
	out = handler_divert(1, stdout, "out.tmp");
	err = handler_divert(2, stderr, "err.tmp");
	code = handler_run(argc, argv);
	handler_restore(1, stdout, out);
	handler_restore(2, stderr, err);
	handler_read("out.tmp", &handler_out);
	handler_read("err.tmp", &handler_err);
	free(words);
	return code ? ims_error(code)->exit_code : 0;
}

static inline void handler_expect(const char *line, int code)
{
	int got = handler_call(line);

	if (got != code)
		fail_msg("'%s': exit %d, not %d: %s", line, got, code, buf_text(&handler_err));
}

static inline void assert_printed(struct buf *b, const char *part)
{
	if (!strstr(buf_text(b), part))
		fail_msg("'%s' is not in: %s", part, buf_text(b));
}

#endif
