/* SPDX-License-Identifier: Apache-2.0 */
/* `ims init`: imsd.conf. The names are those of conf/options.def. */
#include <stdio.h>
#include <stdlib.h>

#include "base/buf.h"
#include "base/mem.h"
#include "base/save.h"
#include "cli/cmd_init.h"

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
	const char *state = o->state ? o->state : dir;

	buf_printf(out, "# Configuration of the node of %s in %s; every option is in imsd.conf(5).\n\n",
		   o->region, o->federation);
	buf_printf(out, "federation = \"%s\"\nregion = \"%s\"\n\n", o->federation, o->region);
	buf_printf(out,
		   "data_dir = \"%s/data\"\n# Best on another disk than data_dir:\n"
		   "commit_log_dir = \"%s/ring\"\n",
		   state, state);
	buf_printf(out, "keys_dir = \"%s/keys\"\n\n", dir);
	buf_printf(
		out,
		"# Version 1 of the roster, and the SHA-256 of its text, which 'ims roster verify' prints:\n"
		"# compare it with the other regions by another way than the one on which the note came.\n");
	buf_printf(out, "roster_file = \"%s/genesis.note\"\n", dir);
	if (o->roster_hash)
		buf_printf(out, "roster_hash = \"%s\"\n\n", o->roster_hash);
	else
		buf_put_text(out, "# roster_hash = \"64 hex digits\"\n\n");
	if (o->listen || o->n_addresses)
		buf_printf(out, "listen = \"%s\"\n", o->listen ? o->listen : o->addresses[0]);
	if (o->socket)
		buf_printf(out, "control_socket = \"%s\"\n", o->socket);
	else
		buf_printf(out, "control_socket = \"%s/control.sock\"\n", dir);
}

int init_conf(const struct init_options *o, const char *dir, struct errtext *e)
{
	char *path = mem_printf("%s/imsd.conf", o->dir);
	const char *const texts[] = {dir, o->listen, o->state, o->socket};
	struct buf text = {0};
	int err = 0;

	for (size_t i = 0; !err && i < sizeof(texts) / sizeof(texts[0]); i++)
		if (texts[i] && !is_plain(texts[i]))
			err = errtext_set(e, IMS_E_INVALID, "%s: a character that imsd.conf cannot hold",
					  texts[i]);
	if (!err &&
	    (o->socket ? strlen(o->socket) : strlen(dir) + strlen("/control.sock")) > SOCKET_PATH_MAX_BYTES)
		err = errtext_set(e, IMS_E_RANGE, "%s: too long a path for a control socket%s",
				  o->socket ? o->socket : dir, o->socket ? "" : " in it");
	put_text(o, dir, &text);
	if (!err)
		err = save_file(path, buf_bytes(&text), 0644, true, e);
	buf_fini(&text);
	free(path);
	return err;
}
