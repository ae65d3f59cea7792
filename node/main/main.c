/* SPDX-License-Identifier: Apache-2.0 */
#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "main/main_int.h"

static const char usage_text[] =
	"usage: imsd --config FILE            run the node\n"
	"       imsd --check-config FILE      read the file, print it with all defaults\n"
	"       imsd --verify-log FILE [ORIGIN]\n"
	"                                     re-derive stored logs; what `ims log verify` runs\n"
	"       imsd --print-man imsd.8|imsd.conf.5\n"
	"       imsd --version | --help\n";

static int check_config(const char *path)
{
	struct conf *c;
	struct errtext why = {""};
	struct buf text = {0};
	int err = conf_load(path, &c, &why);

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

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{"config", required_argument, NULL, 'c'},     {"check-config", required_argument, NULL, 'k'},
		{"verify-log", required_argument, NULL, 'v'}, {"print-man", required_argument, NULL, 'm'},
		{"version", no_argument, NULL, 'V'},	      {"help", no_argument, NULL, 'h'},
		{NULL, 0, NULL, 0},
	};

	switch (getopt_long(argc, argv, "c:", options, NULL)) {
	case 'c':
		return run(optarg);
	case 'k':
		return check_config(optarg);
	case 'v':
		return verify_child(optarg, optind < argc ? argv[optind] : NULL);
	case 'm':
		return print_man(optarg);
	case 'V':
		puts("imsd " IMS_VERSION);
		return 0;
	case 'h':
		fputs(usage_text, stdout);
		return 0;
	default:
		fputs(usage_text, stderr);
		return 2;
	}
}
