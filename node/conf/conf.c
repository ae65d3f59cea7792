/* SPDX-License-Identifier: Apache-2.0 */
/* From a file to a struct conf: the rows, their defaults, and what options must agree on. */
#include "conf/conf.h"

#include <limits.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "base/file.h"
#include "base/mem.h"
#include "conf/conf_int.h"

const struct conf_row conf_rows[] = {
#define GROUP(title, text) {.name = title, .type = CONF_GROUP, .help = text},
#define OPT(name, type, min, max, def, unit, reloadable, help)                                               \
	{#name, CONF_##type, min, max, def, unit, reloadable, help, offsetof(struct conf, name)},
#include "conf/options.def"
#undef OPT
#undef GROUP
};

const size_t conf_rows_count = sizeof(conf_rows) / sizeof(conf_rows[0]);
_Static_assert(sizeof(conf_rows) / sizeof(conf_rows[0]) <= CONF_ROWS_MAX, "raise CONF_ROWS_MAX");

const char *conf_type_text(enum conf_type type)
{
	static const char *const texts[] = {
#define TYPE(name, ctype, text) [CONF_##name] = text,
#include "conf/types.def"
#undef TYPE
	};

	CHECK(type < CONF_TYPE_MAX);
	return texts[type];
}

bool conf_draft_set(struct conf_draft *d, size_t row, const char *value, int line)
{
	struct errtext why = {""};

	CHECK(row < conf_rows_count);
	if (d->seen[row]) {
		d->err = errtext_set(d->e, IMS_E_DUPLICATE, "%s:%d: option '%s' stands twice", d->name, line,
				     conf_rows[row].name);
		return false;
	}
	d->err = conf_value_parse(&conf_rows[row], value, d->dir, d->conf, &why);
	if (d->err)
		errtext_set(d->e, d->err, "%s:%d: option '%s' %s", d->name, line, conf_rows[row].name,
			    why.text);
	d->seen[row] = d->err == 0;
	return d->err == 0;
}

/* "@other/x": the value of `other`, then "/x". Owned by the caller. */
static char *expand_default(const struct conf *c, const char *def)
{
	size_t n = strcspn(def, "/");
	struct buf b;
	char *text;

	if (def[0] != '@')
		return mem_strdup(def);
	buf_init(&b, 0);
	for (size_t i = 0; i < conf_rows_count; i++)
		if (conf_rows[i].type != CONF_GROUP &&
		    bytes_eq_text(BYTES(def + 1, n - 1), conf_rows[i].name))
			conf_value_print(&conf_rows[i], c, &b);
	buf_put_text(&b, def + n);
	text = mem_strdup(buf_text(&b));
	buf_fini(&b);
	return text;
}

/* Give every option that the file does not set its default. */
static int fill(struct conf_draft *d)
{
	struct errtext why = {""};

	for (size_t i = 0; i < conf_rows_count && !d->err; i++) {
		const struct conf_row *row = &conf_rows[i];
		char *text;

		if (row->type == CONF_GROUP || d->seen[i])
			continue;
		if (!row->def) {
			d->err = errtext_set(d->e, IMS_E_MISSING, "%s: option '%s' is required", d->name,
					     row->name);
			break;
		}
		text = expand_default(d->conf, row->def);
		d->err = conf_value_parse(row, text, d->dir, d->conf, &why);
		if (d->err) /* a default built on another option's value may be too long */
			errtext_set(d->e, d->err, "%s: option '%s', by default '%.100s', %s", d->name,
				    row->name, text, why.text);
		free(text);
	}
	return d->err;
}

static int check_order(const struct conf_draft *d)
{
	const struct conf *c = d->conf;
	const struct {
		const char *low, *high;
		bool ok;
	} orders[] = {
		{"ping_ms", "dead_ms", c->ping_ms < c->dead_ms},
		{"reconnect_min_ms", "reconnect_max_ms", c->reconnect_min_ms <= c->reconnect_max_ms},
		{"map_bytes", "map_max_bytes", c->map_bytes <= c->map_max_bytes},
		{"commit_dirty_bytes", "ring_bytes", c->commit_dirty_bytes < c->ring_bytes},
	};

	for (size_t i = 0; i < sizeof(orders) / sizeof(orders[0]); i++)
		if (!orders[i].ok)
			return errtext_set(d->e, IMS_E_INVALID, "%s: option '%s' must be above '%s'", d->name,
					   orders[i].high, orders[i].low);
	return 0;
}

int conf_parse(struct bytes text, const char *name, const char *dir, struct conf **ret, struct errtext *e)
{
	struct conf_draft d = {.conf = mem_new(struct conf), .name = name, .dir = dir, .e = e};
	char *copy = NULL;
	int r;

	if (text.n > CONF_FILE_MAX_BYTES)
		r = errtext_set(e, IMS_E_LIMIT, "%s: larger than %d bytes", name, CONF_FILE_MAX_BYTES);
	else if (text.n && memchr(text.p, '\0', text.n))
		r = errtext_set(e, IMS_E_SYNTAX, "%s: holds a NUL byte", name);
	else
		r = conf_read(&d, copy = mem_strndup(text));
	free(copy);
	if (!r)
		r = fill(&d);
	if (!r)
		r = check_order(&d);
	if (r) {
		conf_free(d.conf);
		return r;
	}
	*ret = d.conf;
	return 0;
}

int conf_load(const char *path, struct conf **ret, struct errtext *e)
{
	char real[PATH_MAX], *slash;
	struct buf text;
	int r;

	if (!realpath(path, real))
		return file_error(path, "read", e);
	buf_init(&text, 0);
	r = file_load(real, CONF_FILE_MAX_BYTES, &text, e);
	slash = strrchr(real, '/');
	*slash = '\0';
	if (!r)
		r = conf_parse(buf_bytes(&text), path, real, ret, e);
	buf_fini(&text);
	return r;
}

void conf_free(struct conf *c)
{
	if (!c)
		return;
	for (size_t i = 0; i < conf_rows_count; i++)
		conf_value_fini(&conf_rows[i], c);
	free(c);
}

const char *conf_fixed_change(const struct conf *old, const struct conf *next)
{
	const char *found = NULL;
	struct buf a, b;

	buf_init(&a, 0);
	buf_init(&b, 0);
	for (size_t i = 0; i < conf_rows_count && !found; i++) {
		if (conf_rows[i].type == CONF_GROUP || conf_rows[i].reloadable)
			continue;
		buf_clear(&a);
		buf_clear(&b);
		conf_value_print(&conf_rows[i], old, &a);
		conf_value_print(&conf_rows[i], next, &b);
		if (!bytes_eq(buf_bytes(&a), buf_bytes(&b)))
			found = conf_rows[i].name;
	}
	buf_fini(&a);
	buf_fini(&b);
	return found;
}
