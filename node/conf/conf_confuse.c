/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The syntax, by libconfuse. To it every option is a text; values are judged by us as soon as
 * they are read, while it still knows the line. Its callbacks carry no context of ours, hence
 * the one static pointer to the draft being read.
 */
#include "conf/conf_int.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <confuse.h>

#include "base/check.h"

static struct conf_draft *reading;

/* libconfuse's own complaints. Ours come first, and then it only adds that parsing failed. */
__attribute__((format(printf, 2, 0))) static void on_error(cfg_t *cfg, const char *fmt, va_list ap)
{
	char what[160];

	if (reading->err)
		return;
	vsnprintf(what, sizeof(what), fmt, ap);
	reading->err = errtext_set(reading->e, strstr(fmt, "no such option") ? IMS_E_INVALID : IMS_E_SYNTAX,
				   "%s:%d: %s", reading->name, cfg->line, what);
}

static int on_value(cfg_t *cfg, cfg_opt_t *opt)
{
	const char *text = cfg_opt_getnstr(opt, 0);

	for (size_t i = 0; i < conf_rows_count; i++)
		if (conf_rows[i].type != CONF_GROUP && strcmp(conf_rows[i].name, opt->name) == 0)
			return conf_draft_set(reading, i, text ? text : "", cfg->line) ? 0 : -1;
	CHECK(!"an option without a row");
	return -1;
}

/*
 * Turn comments into spaces: libconfuse 3.3 counts the line of a comment more than once, and a
 * message with a wrong line is worse than one without.
 */
static void blank_comments(char *p)
{
	char quote = '\0';

	while (*p) {
		if (!quote && *p == '#') {
			size_t n = strcspn(p, "\n");

			memset(p, ' ', n);
			p += n;
			continue;
		}
		if (quote && *p == '\\' && p[1])
			p++;
		else if (quote ? *p == quote : (*p == '"' || *p == '\''))
			quote = quote ? '\0' : *p;
		p++;
	}
}

int conf_read(struct conf_draft *d, char *text)
{
	cfg_opt_t opts[CONF_ROWS_MAX + 1];
	size_t n = 0;
	cfg_t *cfg;
	int r;

	for (size_t i = 0; i < conf_rows_count; i++)
		if (conf_rows[i].type != CONF_GROUP)
			opts[n++] = (cfg_opt_t)CFG_STR(conf_rows[i].name, NULL, CFGF_NODEFAULT);
	opts[n] = (cfg_opt_t)CFG_END();
	cfg = cfg_init(opts, CFGF_NONE);
	if (!cfg)
		return errtext_set(d->e, IMS_E_NOMEM, "%s", ims_strerror(IMS_E_NOMEM));
	CHECK(reading == NULL);
	reading = d;
	blank_comments(text);
	cfg_set_error_function(cfg, on_error);
	for (size_t i = 0; i < n; i++)
		cfg_set_validate_func(cfg, opts[i].name, on_value);
	r = cfg_parse_buf(cfg, text);
	if (r != CFG_SUCCESS && !d->err)
		d->err = errtext_set(d->e, IMS_E_SYNTAX, "%s:%d: malformed", d->name, cfg->line);
	reading = NULL;
	cfg_free(cfg);
	return d->err;
}
