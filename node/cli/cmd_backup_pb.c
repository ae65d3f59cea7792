/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ims backup: the node makes and verifies copies of its database. Restoring needs the database and
 * not the node, which is stopped then; so it is the daemon's program that does it, and this one
 * becomes it.
 */
#include "pb/ctl.pb-c.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "cli/cli.h"
#include "cli/commands.h"
#include "cli/request.h"
#include "cli/verified.h"

/* The node's folder is not ours. Heap; NULL, reported, when there is no current folder. */
static char *absolute(const char *dir)
{
	char *here, *path;

	if (*dir == '/')
		return mem_strdup(dir);
	here = getcwd(NULL, 0);
	if (!here) {
		cli_fail(dir, IMS_E_NOT_FOUND, "no current folder to start from: %s", strerror(errno));
		return NULL;
	}
	path = mem_printf("%s/%s", here, dir);
	free(here);
	return path;
}

int cmd_backup_create(struct cli *cli)
{
	Ims__Ctl__BackupRequest q = REQUEST(BackupRequest, backup_request);
	char *dir = absolute(args_word(&cli->args, 0));
	int err;

	if (!dir)
		return IMS_E_NOT_FOUND;
	q.dir = dir;
	err = cli_connect(cli);
	if (err == 0) {
		cli_be_patient(cli);
		err = cli_show(cli, dir, VERB_BACKUP_CREATE, &q.base);
	}
	free(dir);
	return err;
}

int cmd_backup_verify(struct cli *cli)
{
	Ims__Ctl__BackupRequest q = REQUEST(BackupRequest, backup_request);
	char *dir = absolute(args_word(&cli->args, 0));
	int err;

	if (!dir)
		return IMS_E_NOT_FOUND;
	q.dir = dir;
	err = cli_show_verified(cli, dir, VERB_BACKUP_VERIFY, &q.base);
	free(dir);
	return err;
}

/* imsd beside this program, where `make install` puts it, or in PATH; returns only on failure. */
static void become_imsd(char *const argv[])
{
	static const char *const places[] = {"/imsd", "/../sbin/imsd"};
	char own[PATH_MAX];
	ssize_t n = readlink("/proc/self/exe", own, sizeof(own) - 1);
	char *slash;

	own[n > 0 ? n : 0] = '\0';
	slash = strrchr(own, '/');
	if (slash)
		*slash = '\0';
	for (size_t i = 0; slash && i < sizeof(places) / sizeof(places[0]); i++) {
		char *path = mem_printf("%s%s", own, places[i]);

		execv(path, argv);
		free(path);
	}
	execvp("imsd", argv);
}

int cmd_backup_restore(struct cli *cli)
{
	const char *dir = args_word(&cli->args, 0), *config = args_get(&cli->args, OPT_CONFIG);
	char *argv[] = {cli_lend("imsd"),
			cli_lend("--restore-backup"),
			cli_lend(dir),
			cli_lend("--config"),
			cli_lend(config),
			args_has(&cli->args, OPT_ASIDE) ? cli_lend("--force") : NULL,
			NULL};

	if (!config)
		return cli_fail("backup restore", IMS_E_USAGE,
				"give --config FILE, the configuration of the stopped node");
	become_imsd(argv);
	return cli_fail("imsd", IMS_E_NOT_FOUND,
			"cannot run it (%s); on the node's machine: imsd --restore-backup DIR --config FILE",
			strerror(errno));
}
