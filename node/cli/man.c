/* SPDX-License-Identifier: Apache-2.0 */
/* ims(1) in roff's man macros, from the rows of commands.def, kinds.def and errors.def. */
#include "cli/command.h"
#include "ims/err.h"
#include "registry/registry.h"

/* Text with what roff would take as its own escaped. */
static void put(FILE *f, const char *text)
{
	if (*text == '.' || *text == '\'')
		fputs("\\&", f);
	for (; *text; text++) {
		if (*text == '\\')
			fputs("\\e", f);
		else if (*text == '-')
			fputs("\\-", f);
		else
			fputc(*text, f);
	}
}

static void put_option(FILE *f, const struct option_info *o)
{
	fputs(".TP\n\\fB", f);
	if (o->letter)
		fprintf(f, "\\-%c\\fR, \\fB", o->letter);
	fputs("\\-\\-", f);
	put(f, o->name);
	fputs("\\fR", f);
	if (o->value) {
		fputs(" \\fI", f);
		put(f, o->value);
		fputs("\\fR", f);
	}
	fputc('\n', f);
	put(f, o->help);
	fputc('\n', f);
}

static void put_command(FILE *f, const struct command *c)
{
	fputs(".SS \"ims ", f);
	put(f, c->noun);
	if (*c->verb) {
		fputc(' ', f);
		put(f, c->verb);
	}
	if (*c->args) {
		fputc(' ', f);
		put(f, c->args);
	}
	fputs("\"\n", f);
	put(f, c->help);
	fputs(".\n", f);
	for (unsigned i = 0; i < OPT_COUNT; i++)
		if (command_has_option(c, (enum option)i))
			put_option(f, &option_infos[i]);
}

static void put_item(FILE *f, const char *name, const char *text)
{
	fputs(".TP\n.B ", f);
	put(f, name);
	fputc('\n', f);
	put(f, text);
	fputc('\n', f);
}

static void put_kinds(FILE *f)
{
	size_t n;
	const struct kind *k = kind_all(&n);

	fputs(".SH KINDS\nWhere a command above says KIND, one of these. \\fBims KIND get ID\\fR shows the "
	      "members of its JSON, which may be left out when they are empty.\n",
	      f);
	for (size_t i = 0; i < n; i++) {
		put_item(f, k[i].name, k[i].help);
		fputs(".br\nkeys: ", f);
		put(f, k[i].key_names);
		fputc('\n', f);
	}
}

static void put_environment(FILE *f)
{
	fputs(".SH ENVIRONMENT\n", f);
	put_item(f, "IMS_NODE", "as --node");
	put_item(f, "IMS_CERT, IMS_KEY", "as --cert and --key");
	put_item(f, "IMS_PIN, IMS_ROSTER", "as --pin and --roster");
	put_item(f, "NO_COLOR", "when set, no colours; they are only used on a terminal anyway");
}

static void put_exits(FILE *f)
{
	static const char *const exits[] = {
		"done",
		"failed",
		"wrong usage",
		"the node cannot be reached",
		"something needs attention",
		"something does not verify",
		"not permitted",
	};
	size_t n;
	const struct ims_error *e = ims_error_all(&n);

	fputs(".SH EXIT STATUS\n", f);
	for (int i = 0; i < (int)(sizeof(exits) / sizeof(exits[0])); i++)
		fprintf(f, ".TP\n.B %d\n%s\n", i, exits[i]);
	fputs(".SH ERRORS\nA failure is one line on standard error, \"ims: object: cause [NAME]\", and NAME "
	      "gives the exit status:\n.PP\n.nf\n",
	      f);
	for (size_t i = 0; i < n; i++) {
		fprintf(f, "%d  ", e[i].exit_code);
		put(f, e[i].name);
		fputs("  ", f);
		put(f, e[i].text);
		fputc('\n', f);
	}
	fputs(".fi\n", f);
}

static void put_examples(FILE *f)
{
	static const char *const examples[][2] = {
		{"What needs attention, for cron (exit status 4):", "ims status"},
		{"Write an organisation, and wait until other regions hold it:",
		 "echo '{\"name\": \"Institute of Tools\", \"country\": \"DE\"}' |\n"
		 "    ims organisation put - --wait 5000"},
		{"Prove that entry 5 of the own log is there, and check it elsewhere, without a node:",
		 "ims log proof --index 5 > proof\n"
		 "ims verify proof --leaf HEX --roster roster.note"},
		{"Do two nodes hold one history of every log?",
		 "ims log compare --with unix:/run/other/control.sock"},
		{"What was refused since yesterday, as an auditor, over the network:",
		 "ims journal list --since yesterday --outcome refused \\\n"
		 "    --node ims://192.0.2.10:7443 --cert bob.crt --key bob.key --roster roster.note"},
	};

	fputs(".SH EXAMPLES\n", f);
	for (size_t i = 0; i < sizeof(examples) / sizeof(examples[0]); i++) {
		fputs(".PP\n", f);
		put(f, examples[i][0]);
		fputs("\n.PP\n.RS 4\n.nf\n", f);
		put(f, examples[i][1]);
		fputs("\n.fi\n.RE\n", f);
	}
}

void man_print(FILE *f)
{
	size_t n;
	const struct command *all = command_all(&n);

	fputs(".TH IMS 1 \"\" \"imsd " IMS_VERSION "\" \"User Commands\"\n"
	      ".SH NAME\nims \\- ask and steer a node of the federated registry\n"
	      ".SH SYNOPSIS\n.B ims\n.I NOUN VERB\n[\\fIWORD\\fR...] [\\fIOPTION\\fR...]\n"
	      ".SH DESCRIPTION\n"
	      "ims talks to a running imsd over its local socket, or over TLS with a certificate that the\n"
	      "roster pins for an operator or auditor.\n"
	      "What was asked for goes to standard output, everything else to standard error.\n"
	      "Every read takes \\fB\\-\\-json\\fR.\n"
	      "Lists are read to their end, page by page.\n"
	      ".SH OPTIONS\n",
	      f);
	for (unsigned i = 0; i < OPT_COUNT; i++)
		if (option_infos[i].global)
			put_option(f, &option_infos[i]);
	fputs(".SH COMMANDS\n", f);
	for (size_t i = 0; i < n; i++)
		put_command(f, &all[i]);
	put_kinds(f);
	put_environment(f);
	put_exits(f);
	put_examples(f);
	fputs(".SH FILES\n.TP\n.I /run/imsd/control.sock\nthe node's local socket\n"
	      ".SH SEE ALSO\n.BR imsd (8),\n.BR imsd.conf (5)\n",
	      f);
}
