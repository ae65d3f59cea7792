/* SPDX-License-Identifier: Apache-2.0 */
/* `ims init`: imsd.conf. The names are those of conf/options.def. */
#include <stdio.h>
#include <stdlib.h>

#include "base/buf.h"
#include "base/mem.h"
#include "cli/cmd_init.h"
#include "base/save.h"

#define SOCKET_PATH_MAX_BYTES 100 /* control_socket in options.def */

/* What may stand between quotes of the configuration as it is. */
static bool is_plain(const char *path)
{
	for (const char *p = path; *p; p++)
		if ((unsigned char)*p < 0x20 || *p == '"' || *p == '\\' || *p == '$')
			return false;
	return true;
}

static void put_text(const struct init_options *o, const char *dir, struct buf *out)
{
	buf_printf(out, "# Configuration of the node of %s in %s; every option is in imsd.conf(5).\n\n",
		   o->region, o->federation);
	buf_printf(out, "federation = \"%s\"\nregion = \"%s\"\n\n", o->federation, o->region);
	buf_printf(out, "data_dir = \"%s/data\"\n# best on another disk\ncommit_log_dir = \"%s/ring\"\n", dir,
		   dir);
	buf_printf(out, "keys_dir = \"%s/keys\"\n\n", dir);
	buf_printf(
		out,
		"# Version 1 of the roster, and the hash of its text (ims roster verify prints it):\n"
		"# compare it with the other regions by another way than the one on which the note came.\n");
	buf_printf(out, "roster_file = \"%s/genesis.note\"\n", dir);
	if (o->roster_hash)
		buf_printf(out, "roster_hash = \"%s\"\n\n", o->roster_hash);
	else
		buf_put_text(out, "# roster_hash = \"64 hex digits\"\n\n");
	if (o->listen || o->n_addresses)
		buf_printf(out, "listen = \"%s\"\n", o->listen ? o->listen : o->addresses[0]);
	buf_printf(out, "control_socket = \"%s/control.sock\"\n", dir);
}

int init_conf(const struct init_options *o, const char *dir, struct errtext *e)
{
	char *path = mem_printf("%s/imsd.conf", o->dir);
	struct buf text = {0};
	int err = 0;

	if (!is_plain(dir) || (o->listen && !is_plain(o->listen)))
		err = errtext_set(e, IMS_E_INVALID, "%s: a character that imsd.conf cannot hold", dir);
	else if (strlen(dir) + strlen("/control.sock") > SOCKET_PATH_MAX_BYTES)
		err = errtext_set(e, IMS_E_RANGE, "%s: too long a path for a control socket in it", dir);
	put_text(o, dir, &text);
	if (!err)
		err = save_file(path, buf_bytes(&text), 0644, true, e);
	buf_fini(&text);
	free(path);
	return err;
}
