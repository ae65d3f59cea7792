/* SPDX-License-Identifier: Apache-2.0 */
/* Manual pages, printed from the tables. */
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "ctl/ctl.h"
#include "main/main_int.h"
#include "view/journal.h"

static void put_verbs(struct buf *b)
{
	size_t n;
	const struct verb_info *v = verb_all(&n);

	buf_put_text(b, ".SH VERBS\nWhat clients may ask, and who: those on the local socket, operators and "
			"auditors of this region with certificates that the roster pins.\n");
	for (size_t i = 0; i < n; i++)
		buf_printf(b, ".TP\n.B %s\n%s (%s%s%s)\n", v[i].name, v[i].help,
			   v[i].roles & ROLE_LOCAL ? "local" : "", v[i].roles & ROLE_OPERATOR ? ", operators" : "",
			   v[i].roles & ROLE_AUDITOR ? ", auditors" : "");
}

static void put_events(struct buf *b)
{
	buf_put_text(b, ".SH JOURNAL\nEvents that a journal holds.\n");
#define JOURNAL(NAME, name, help) buf_put_text(b, ".TP\n.B " name "\n" help "\n");
#include "journal.def"
#undef JOURNAL
}

static void put_errors(struct buf *b)
{
	size_t n;
	const struct ims_error *e = ims_error_all(&n);

	buf_put_text(b, ".SH ERRORS\nCode, name and meaning, as peers, logs and the command line show them.\n");
	for (size_t i = 0; i < n; i++)
		buf_printf(b, ".TP\n.B %d %s\n%s%s\n", -e[i].code, e[i].name, e[i].text,
			   e[i].retry ? " (may succeed later)" : "");
}

static void put_incarnations(struct buf *b)
{
	buf_put_text(b,
		     ".SH INCARNATIONS\n"
		     "A log that was forked, whose key was stolen or whose tail nobody has is ended by a version of\n"
		     "the roster, which names size and root that are kept, and opens the next incarnation:\n"
		     ".PP\n.nf\n"
		     "ims init \\-\\-log\\-key 2 \\-\\-dir DIR \\-\\-federation NAME \\-\\-region CODE\n"
		     "ims roster propose \\-\\-from NOTE \\-\\-close CODE SIZE ROOT \\\\\n"
		     "    \\-\\-open CODE VKEY \\-o NEXT\n"
		     ".fi\n.PP\n"
		     "More than half of the participants sign it, and the new log key. From then on the node of the\n"
		     "region\n"
		     "takes no writes; with\n.B log_key_file\n"
		     "set to the new key it is started again and goes on.\n"
		     "Every node shows and serves the kept entries, and fetches what it lacks of them; more is\n"
		     "an orphaned tail, which is kept and counts no more. A node that holds other entries than those\n"
		     "that were kept shows the log as frozen; its database is removed and fetched again.\n");
}

static void put_imsd(struct buf *b)
{
	buf_put_text(b,
		     ".TH IMSD 8 \"\" \"imsd " IMS_VERSION "\" \"Administration\"\n"
		     ".SH NAME\nimsd \\- node of a federated registry of manufacturing research\n"
		     ".SH SYNOPSIS\n.B imsd \\-\\-config\n.I FILE\n.br\n.B imsd \\-\\-check\\-config\n.I FILE\n"
		     ".br\n.B imsd \\-\\-verify\\-log\n.I FILE\n[\\fIORIGIN\\fR]\n"
		     ".br\n.B imsd \\-\\-verify\\-backup\n.I DIR\n.B \\-\\-config\n.I FILE\n"
		     ".br\n.B imsd \\-\\-restore\\-backup\n.I DIR\n"
		     ".B \\-\\-config\n.I FILE\n[\\fB\\-\\-force\\fR]\n"
		     ".SH DESCRIPTION\n"
		     "imsd keeps the registry of one region, replicates it to the nodes of the other regions and to\n"
		     "the Inter-Regional Secretariat, and keeps verified copies of theirs. It is run with one file,\n"
		     ".BR imsd.conf (5),\nand talked to with\n.BR ims (1).\n"
		     "It stays in the foreground and logs to standard error, a line each.\n"
		     ".SH OPTIONS\n"
		     ".TP\n.BI \\-\\-config \" FILE\"\nrun the node\n"
		     ".TP\n.BI \\-\\-check\\-config \" FILE\"\ncheck the file and print it with all defaults\n"
		     ".TP\n.BI \\-\\-verify\\-log \" FILE \" [ ORIGIN ]\n"
		     "re-derive one log or all from stored bytes and print what was found, for programs;\n"
		     ".B ims log verify\nhas the node run it\n"
		     ".TP\n.BI \\-\\-verify\\-backup \" DIR\"\nthe same of a backup that\n"
		     ".B ims backup create\nhas made;\n.B ims backup verify\nhas the node run it\n"
		     ".TP\n.BI \\-\\-restore\\-backup \" DIR\"\n"
		     "make a backup the database of the node, which is stopped. A database or commit log that is\n"
		     "there is left alone, or with\n.B \\-\\-force\n"
		     "moved into a folder before\\-restore\\-TIME beside.\n"
		     "The node then starts read\\-only until\n.BR \"ims recover\" .\n"
		     "Keys, configuration and commit log are in no backup.\n"
		     ".TP\n.BI \\-\\-print\\-man \" PAGE\"\nprint imsd.8 or imsd.conf.5, roff\n"
		     ".TP\n.BR \\-\\-version \", \" \\-\\-help\nprint the version, or usage\n"
		     ".SH SIGNALS\n"
		     ".TP\n.B SIGTERM, SIGINT\nsay goodbye to peers, commit, stop\n"
		     ".TP\n.B SIGHUP\nread the configuration again: log level and certificate are taken over\n"
		     ".SH EXIT STATUS\n0 stopped as asked; else the exit code of the error that is logged last.\n");
	put_incarnations(b);
	put_verbs(b);
	put_events(b);
	put_errors(b);
	buf_put_text(b, ".SH FILES\n"
			".TP\n.I /etc/imsd/imsd.conf\nconfiguration, as the service has it\n"
			".TP\n.I /run/imsd/control.sock\nwhere ims looks for the node first\n"
			".TP\n.I " IMS_PREFIX "/share/imsd\nreference lists, sample of a configuration\n"
			".SH SEE ALSO\n.BR ims (1),\n.BR imsd.conf (5)\n");
}

int print_man(const char *page)
{
	struct buf b = {0};

	if (strcmp(page, "imsd.8") == 0)
		put_imsd(&b);
	else if (strcmp(page, "imsd.conf.5") == 0)
		conf_print_man(&b);
	else
		return 2;
	fputs(buf_text(&b), stdout);
	buf_fini(&b);
	return 0;
}
