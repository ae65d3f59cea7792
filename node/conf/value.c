/* SPDX-License-Identifier: Apache-2.0 */
/* Values of options: one parser and one printer for each row of types.def. */
#include "conf/conf_int.h"

#include <arpa/inet.h>
#include <inttypes.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "base/mem.h"
#include "base/text.h"

struct unit {
	const char *name;
	int64_t factor;
};

/* Largest first; the last is the base unit. */
static const struct unit byte_units[] = {
	{"TiB", (int64_t)1 << 40}, {"GiB", 1 << 30}, {"MiB", 1 << 20}, {"KiB", 1 << 10}, {"B", 1},
};
static const struct unit ms_units[] = {{"h", 3600000}, {"min", 60000}, {"s", 1000}, {"ms", 1}};
static const struct unit no_units[] = {{"", 1}};

static const struct unit *units_of(enum conf_type type, size_t *ret_count)
{
	switch (type) {
	case CONF_BYTES:
		*ret_count = sizeof(byte_units) / sizeof(byte_units[0]);
		return byte_units;
	case CONF_MS:
		*ret_count = sizeof(ms_units) / sizeof(ms_units[0]);
		return ms_units;
	default:
		*ret_count = 1;
		return no_units;
	}
}

void conf_number_print(enum conf_type type, int64_t v, struct buf *out)
{
	size_t n;
	const struct unit *u = units_of(type, &n);

	while (n > 1 && (v == 0 || v % u->factor != 0)) {
		u++;
		n--;
	}
	buf_printf(out, "%" PRId64 "%s", v / u->factor, u->name);
}

static int out_of_range(const struct conf_row *row, struct errtext *e)
{
	struct buf b;

	buf_init(&b, 0);
	buf_put_text(&b, "must be ");
	conf_number_print(row->type, row->min, &b);
	buf_put_text(&b, " to ");
	conf_number_print(row->type, row->max, &b);
	errtext_set(e, 0, "%s", buf_text(&b));
	buf_fini(&b);
	return IMS_E_INVALID;
}

/* Digits, perhaps one space, perhaps a unit; without a unit it is the base unit. */
static int parse_number(const struct conf_row *row, const char *text, int64_t *ret, struct errtext *e)
{
	size_t digits = strspn(text, "0123456789"), n;
	const struct unit *u = units_of(row->type, &n);
	const char *suffix = text + digits;
	uint64_t v;

	if (*suffix == ' ')
		suffix++;
	if (!*suffix)
		suffix = u[n - 1].name;
	while (n > 0 && strcmp(u->name, suffix) != 0) {
		u++;
		n--;
	}
	if (n == 0 || !dec_get_u64(BYTES(text, digits), &v))
		return errtext_set(e, IMS_E_INVALID, "must be: %s", conf_type_text(row->type));
	if (v > (uint64_t)(INT64_MAX / u->factor) || (int64_t)v * u->factor < row->min ||
	    (int64_t)v * u->factor > row->max)
		return out_of_range(row, e);
	*ret = (int64_t)v * u->factor;
	return 0;
}

static bool is_region(const char *text)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyz";
	static const char more[] = "abcdefghijklmnopqrstuvwxyz0123456789";
	size_t n = strspn(text, more);

	return text[n] == '\0' && n >= 2 && n <= 12 && strchr(letters, text[0]);
}

/* As net/ will read it: four numbers, or IPv6; no "1.2.3". */
static bool is_literal(const char *host)
{
	struct in6_addr any;

	return inet_pton(AF_INET, host, &any) == 1 || inet_pton(AF_INET6, host, &any) == 1;
}

static bool is_address(const char *text)
{
	const char *colon = strrchr(text, ':');
	char host[64];
	uint64_t port;
	size_t n;
	bool v6;

	if (!colon || !dec_get_u64(bytes_of(colon + 1), &port) || port > 65535)
		return false;
	n = (size_t)(colon - text);
	v6 = n >= 2 && text[0] == '[' && colon[-1] == ']';
	if (v6) {
		text++;
		n -= 2;
	}
	if (n == 0 || n >= sizeof(host) || v6 != (memchr(text, ':', n) != NULL))
		return false;
	memcpy(host, text, n);
	host[n] = '\0';
	return is_literal(host);
}

static bool has_form(enum conf_type type, const char *text)
{
	switch (type) {
	case CONF_ADDRESS:
		return is_address(text);
	case CONF_IP:
		return is_literal(text);
	case CONF_REGION:
		return is_region(text);
	default:
		return true;
	}
}

static int parse_text(const struct conf_row *row, const char *text, const char *dir, char **ret,
		      struct errtext *e)
{
	bool relative = row->type == CONF_PATH && *text && *text != '/';
	size_t n = strlen(text) + (relative ? strlen(dir) + 1 : 0);

	if (!utf8_is_text(bytes_of(text)) || strpbrk(text, "\t\n"))
		return errtext_set(e, IMS_E_INVALID, "must be UTF-8 text without control characters");
	if (*text ? !has_form(row->type, text) : row->min > 0)
		return errtext_set(e, IMS_E_INVALID, "must be: %s", conf_type_text(row->type));
	if ((int64_t)n < row->min || (int64_t)n > row->max)
		return errtext_set(e, IMS_E_INVALID, "must have %" PRId64 " to %" PRId64 " bytes, has %zu",
				   row->min, row->max, n);
	*ret = relative ? mem_printf("%s/%s", dir, text) : mem_strdup(text);
	return 0;
}

static void *field_of(const struct conf_row *row, struct conf *c)
{
	return (char *)c + row->offset;
}

static const void *const_field_of(const struct conf_row *row, const struct conf *c)
{
	return (const char *)c + row->offset;
}

int conf_value_parse(const struct conf_row *row, const char *text, const char *dir, struct conf *c,
		     struct errtext *e)
{
	void *field = field_of(row, c);
	int level;

	switch (row->type) {
	case CONF_INT:
	case CONF_BYTES:
	case CONF_MS:
		return parse_number(row, text, field, e);
	case CONF_HASH:
		if (!hex_get(bytes_of(text), ((struct hash *)field)->b, sizeof(struct hash)))
			return errtext_set(e, IMS_E_INVALID, "must be: %s", conf_type_text(row->type));
		return 0;
	case CONF_LEVEL:
		level = say_level_of(text);
		if (level < 0)
			return errtext_set(e, IMS_E_INVALID, "must be: %s", conf_type_text(row->type));
		*(enum say_level *)field = (enum say_level)level;
		return 0;
	default:
		return parse_text(row, text, dir, field, e);
	}
}

void conf_value_print(const struct conf_row *row, const struct conf *c, struct buf *out)
{
	static const char *const levels[] = {"error", "warn", "info", "debug"};
	const void *field = const_field_of(row, c);
	char hex[HEX_HASH_BYTES];

	switch (row->type) {
	case CONF_INT:
	case CONF_BYTES:
	case CONF_MS:
		conf_number_print(row->type, *(const int64_t *)field, out);
		break;
	case CONF_HASH:
		buf_put_text(out, hex_hash(field, hex));
		break;
	case CONF_LEVEL:
		buf_put_text(out, levels[*(const enum say_level *)field]);
		break;
	default:
		buf_put_text(out, *(char *const *)field);
	}
}

void conf_value_fini(const struct conf_row *row, struct conf *c)
{
	switch (row->type) {
	case CONF_STRING:
	case CONF_PATH:
	case CONF_ADDRESS:
	case CONF_IP:
	case CONF_REGION:
		free(*(char **)field_of(row, c));
		break;
	default:
		break;
	}
}
