/* SPDX-License-Identifier: Apache-2.0 */
#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/mem.h"
#include "crypto/begin.h"
#include "main/main_int.h"
#include "programme/acts.h"

static const char usage_text[] =
	"usage: imsd --config FILE            run the node\n"
	"       imsd --check-config FILE      read the file, print it with all defaults\n"
	"       imsd --verify-log FILE [ORIGIN]\n"
	"                                     re-derive stored logs; what `ims log verify` runs\n"
	"       imsd --verify-backup DIR --config FILE\n"
	"                                     the same of a backup; what `ims backup verify` runs\n"
	"       imsd --restore-backup DIR --config FILE [--force]\n"
	"                                     make a backup the database of the stopped node;\n"
	"                                     --force: what is there moves aside\n"
	"       imsd --print-man imsd.8|imsd.conf.5\n"
	"       imsd --version | --help\n";

static int check_config(const char *path)
{
	struct conf *c;
	struct errtext why = {""};
	struct buf text = {0};
	int err = conf_load(path, &c, &why);

	if (!err && actor_roles_check(c->operator_roles, &why)) {
		conf_free(c);
		err = IMS_E_SYNTAX;
	}
	if (err) {
		if (!why.text[0])
			errtext_set(&why, err, "%s: %s", path, ims_strerror(err));
		fprintf(stderr, "imsd: %s [%s]\n", why.text, ims_error(err)->name);
		return ims_error(err)->exit_code;
	}
	conf_print(c, &text);
	fputs(buf_text(&text), stdout);
	buf_fini(&text);
	conf_free(c);
	return 0;
}

/* What was asked for, and with which words. */
struct asked {
	int what; /* a letter of options below; 0: nothing, '?': what nobody understands */
	const char *object, *config;
	bool force;
};

static struct asked read_words(int argc, char **argv)
{
	static const struct option options[] = {
		{"config", required_argument, NULL, 'c'},
		{"check-config", required_argument, NULL, 'k'},
		{"verify-log", required_argument, NULL, 'v'},
		{"verify-backup", required_argument, NULL, 'b'},
		{"restore-backup", required_argument, NULL, 'r'},
		{"force", no_argument, NULL, 'f'},
		{"print-man", required_argument, NULL, 'm'},
		{"version", no_argument, NULL, 'V'},
		{"help", no_argument, NULL, 'h'},
		{NULL, 0, NULL, 0},
	};
	struct asked a = {.what = 0};
	int o;

	while ((o = getopt_long(argc, argv, "c:", options, NULL)) != -1) {
		if (o == 'c')
			a.config = optarg;
		else if (o == 'f')
			a.force = true;
		else if (a.what)
			a.what = '?';
		else {
			a.what = o;
			a.object = optarg;
		}
	}
	if (!a.what && a.config)
		a.what = 'c';
	return a;
}

int main(int argc, char **argv)
{
	struct asked a = read_words(argc, argv);

	mem_keep_freed();
	crypto_begin();
	if (a.what == 'c')
		return run(a.config);
	if (a.what == 'k')
		return check_config(a.object);
	if (a.what == 'v')
		return verify_child(a.object, optind < argc ? argv[optind] : NULL);
	if (a.what == 'b' && a.config)
		return verify_backup_child(a.config, a.object);
	if (a.what == 'r' && a.config)
		return restore(a.config, a.object, a.force);
	if (a.what == 'm')
		return print_man(a.object);
	if (a.what == 'V') {
		puts("imsd " IMS_VERSION);
		return 0;
	}
	fputs(usage_text, a.what == 'h' ? stdout : stderr);
	return a.what == 'h' ? 0 : 2;
}
