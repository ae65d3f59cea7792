/* SPDX-License-Identifier: Apache-2.0 */
/* The options as a file and as a manual page. */
#include "conf/conf.h"

#include <string.h>

#include "conf/conf_int.h"

/* Inside double quotes libconfuse expands ${NAME} and takes a backslash for an escape. */
static void put_quoted(struct buf *out, const char *text)
{
	buf_put_u8(out, '"');
	for (; *text; text++) {
		if (strchr("\"\\$", *text))
			buf_put_u8(out, '\\');
		buf_put_u8(out, (uint8_t)*text);
	}
	buf_put_u8(out, '"');
}

void conf_print(const struct conf *c, struct buf *out)
{
	struct buf value;

	buf_init(&value, 0);
	for (size_t i = 0; i < conf_rows_count; i++) {
		if (conf_rows[i].type == CONF_GROUP) {
			buf_printf(out, "%s# %s\n", i ? "\n" : "", conf_rows[i].name);
			continue;
		}
		buf_clear(&value);
		conf_value_print(&conf_rows[i], c, &value);
		buf_printf(out, "%s = ", conf_rows[i].name);
		put_quoted(out, buf_text(&value));
		buf_put_u8(out, '\n');
	}
	buf_fini(&value);
}

/* Text for roff: no line may begin with a control character, hyphens stay hyphens. */
static void put_roff(struct buf *out, const char *text)
{
	if (*text == '.' || *text == '\'')
		buf_put_text(out, "\\&");
	for (; *text; text++) {
		if (*text == '\\')
			buf_put_text(out, "\\e");
		else if (*text == '-')
			buf_put_text(out, "\\-");
		else
			buf_put_u8(out, (uint8_t)*text);
	}
}

static void put_range(struct buf *out, const struct conf_row *row)
{
	if (row->type != CONF_INT && row->type != CONF_BYTES && row->type != CONF_MS)
		return;
	buf_put_text(out, ", ");
	conf_number_print(row->type, row->min, out);
	buf_put_text(out, " to ");
	conf_number_print(row->type, row->max, out);
	if (*row->unit)
		buf_printf(out, " %s", row->unit);
}

static void put_default(struct buf *out, const struct conf_row *row)
{
	size_t n;

	if (!row->def) {
		buf_put_text(out, "Required");
	} else if (!*row->def) {
		buf_put_text(out, "Default: none");
	} else if (row->def[0] == '@') {
		n = strcspn(row->def, "/");
		buf_printf(out, "Default: \\fI%.*s\\fR", (int)n - 1, row->def + 1);
		put_roff(out, row->def + n);
	} else {
		buf_put_text(out, "Default: ");
		put_roff(out, row->def);
	}
	buf_put_text(out, row->reloadable ? "; taken over at a reload.\n" : ".\n");
}

static void put_option(struct buf *out, const struct conf_row *row)
{
	buf_printf(out, ".TP\n.B %s\n", row->name);
	put_roff(out, row->help);
	buf_put_text(out, "\n.br\nValue: ");
	put_roff(out, conf_type_text(row->type));
	put_range(out, row);
	buf_put_text(out, ".\n.br\n");
	put_default(out, row);
}

void conf_print_man(struct buf *out)
{
	buf_put_text(out,
		     ".TH IMSD.CONF 5 \"\" \"imsd " IMS_VERSION "\" \"File formats\"\n"
		     ".SH NAME\nimsd.conf \\- configuration of the registry node imsd\n"
		     ".SH SYNOPSIS\n.B imsd \\-\\-config\n.I FILE\n"
		     ".SH DESCRIPTION\n"
		     "The file consists of lines of the form\n.IP\n"
		     ".B option = \\(dqvalue\\(dq\n.PP\n"
		     "in any order, each option at most once. A hash sign starts a comment. Inside double\n"
		     "quotes ${NAME} stands for an environment variable, and a backslash escapes the\n"
		     "next character; a value in single quotes is taken as it is. An option that is not\n"
		     "described here is an error.\n.PP\n"
		     ".B imsd \\-\\-check\\-config\n.I FILE\n"
		     "checks a file and prints all options with their values.\n"
		     "At a reload (SIGHUP) the node takes over the options that are marked so; if another\n"
		     "one has changed, or the file has an error, it keeps all of the old ones and says why.\n"
		     ".SH OPTIONS\n");
	for (size_t i = 0; i < conf_rows_count; i++) {
		const struct conf_row *row = &conf_rows[i];

		if (row->type == CONF_GROUP) {
			buf_printf(out, ".SS %s\n", row->name);
			put_roff(out, row->help);
			buf_put_u8(out, '\n');
		} else {
			put_option(out, row);
		}
	}
	buf_put_text(out, ".SH SEE ALSO\n.BR imsd (8),\n.BR ims (1)\n");
}
