/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/fields.h"

#include <stdio.h>
#include <unistd.h>

#include "pb/registry.pb-c.h"

#include "base/file.h"
#include "base/text.h"
#include "cli/put_record.h"
#include "registry/tidy.h"
#include "wire/codec.h"

#define JSON_MAX_BYTES (1u << 20)
#define MORE_BYTES (4u << 20) /* for what options add */
#define ASKED_MAX_BYTES 20000 /* as registry/kind_int.h allows a text */

size_t option_count(const struct cli *cli, enum option o)
{
	size_t n = 0;

	while (args_nth(&cli->args, o, n))
		n++;
	return n;
}

int split_lang(const char *option, const char *value, struct arena *a, const char **ret_lang,
	       const char **ret_rest)
{
	struct bytes rest = bytes_of(value), lang;

	if (!text_split(&rest, '=', &lang) || !rest.p || !lang.n)
		return cli_fail(option, IMS_E_USAGE, "'%s': LANG=… is expected, as in en=…", value);
	*ret_lang = arena_text(a, lang);
	*ret_rest = arena_text(a, rest);
	return 0;
}

void **list_grown(struct arena *a, void *list, size_t n, size_t more)
{
	void **r = arena_array(a, n + more + 1, sizeof(void *));

	if (r && n)
		memcpy(r, list, n * sizeof(void *));
	return r;
}

static const char *name_of(enum option o, char out[64])
{
	snprintf(out, 64, "--%s", option_infos[o].name);
	return out;
}

static int text_of_file(const char *path, struct arena *a, const char **ret)
{
	struct buf text = {0};
	struct errtext e;
	int err = file_read(path, FIELD_FILE_MAX_BYTES, &text, &e);

	if (err)
		cli_fail(path, err, "%s", e.text);
	else
		*ret = arena_text(a, buf_bytes(&text));
	buf_fini(&text);
	return err;
}

/* The text in a language, at the end of the list if there is none yet. */
static Ims__Registry__Text *text_in(const char *lang, struct arena *a, Ims__Registry__Text **list, size_t *n)
{
	Ims__Registry__Text *t;

	for (size_t i = 0; i < *n; i++)
		if (strcmp(list[i]->lang, lang) == 0)
			return list[i];
	t = arena_alloc(a, sizeof(*t));
	if (t) {
		ims__registry__text__init(t);
		t->lang = cli_lend(lang);
		list[(*n)++] = t;
	}
	return t;
}

int option_texts(const struct cli *cli, enum option o, enum text_from from, struct arena *a,
		 Ims__Registry__Text ***list, size_t *n)
{
	size_t given = option_count(cli, o);
	const char *lang, *text;
	char name[64];
	int err = 0;

	if (given > FIELD_TEXTS_MAX)
		return cli_fail(name_of(o, name), IMS_E_USAGE, "at most %d", FIELD_TEXTS_MAX);
	*list = (Ims__Registry__Text **)list_grown(a, *list, *n, given);
	for (size_t i = 0; !err && *list && i < given; i++) {
		Ims__Registry__Text *t;

		err = split_lang(name_of(o, name), args_nth(&cli->args, o, i), a, &lang, &text);
		if (!err && from == TEXT_IN_FILE)
			err = text_of_file(text, a, &text);
		t = err ? NULL : text_in(lang, a, *list, n);
		if (t)
			t->text = cli_lend(text);
	}
	if (!err && arena_failed(a))
		err = cli_fail(name_of(o, name), IMS_E_LIMIT, "%s", "too long");
	return err;
}

int option_list(const struct cli *cli, enum option o, size_t max, struct arena *a, char ***list, size_t *n)
{
	size_t given = option_count(cli, o);
	char name[64];

	if (given > max)
		return cli_fail(name_of(o, name), IMS_E_USAGE, "at most %zu", max);
	if (!given)
		return 0;
	*list = arena_array(a, given, sizeof(char *));
	if (!*list)
		return cli_fail(name_of(o, name), IMS_E_NOMEM, "%s", "");
	for (*n = 0; *n < given; (*n)++)
		(*list)[*n] = cli_lend(args_nth(&cli->args, o, *n));
	return 0;
}

void option_field(const struct cli *cli, enum option o, char **field)
{
	if (args_has(&cli->args, o))
		*field = cli_text(cli, o);
}

/* ---- from a file */
int read_json(const char *path, const struct kind *k, struct arena *a, ProtobufCMessage **ret)
{
	struct buf json = {0}, problems = {0};
	struct errtext e = {""};
	int err = file_read(path, JSON_MAX_BYTES, &json, &e);

	arena_init(a, codec_budget(json.n) + TIDY_MAX_BYTES + MORE_BYTES);
	if (!err)
		err = codec_from_json(k->descriptor, buf_bytes(&json), a, ret, &problems, &e);
	if (err && problems.n)
		tell_problems(path, err, &problems);
	else if (err)
		cli_fail(path, err, "%s", e.text);
	buf_fini(&problems);
	buf_fini(&json);
	if (err)
		arena_fini(a);
	return err;
}

int read_json_record(const char *path, const struct kind *k, struct arena *a, ProtobufCMessage **ret)
{
	int err = read_json(path, k, a, ret);

	if (!err)
		registry_tidy(k, *ret, a);
	return err;
}

int empty_record(const struct kind *k, struct arena *a, ProtobufCMessage **ret)
{
	int err;

	arena_init(a, codec_budget(0) + MORE_BYTES);
	err = codec_unpack(k->descriptor, BYTES_NONE, a, ret, NULL);
	if (!err)
		return 0;
	arena_fini(a);
	return cli_fail(k->name, err, "%s", "");
}

/* ---- from a person */
bool can_ask(void)
{
	return isatty(STDIN_FILENO) && isatty(STDERR_FILENO);
}

int ask_text(const char *question, struct arena *a, const char **ret)
{
	struct buf text = {0};
	char line[4096];
	int err = 0;

	fprintf(stderr, "%s\n(an empty line ends the answer)\n> ", question);
	fflush(stderr);
	while (!err && fgets(line, sizeof(line), stdin) && line[0] != '\n') {
		buf_put_text(&text, line);
		if (text.n > ASKED_MAX_BYTES)
			err = cli_fail("the answer", IMS_E_LIMIT, "at most %d bytes", ASKED_MAX_BYTES);
		else if (line[strlen(line) - 1] == '\n')
			fputs("> ", stderr);
	}
	while (text.n && text.p[text.n - 1] == '\n')
		text.n--;
	*ret = text.n ? arena_text(a, buf_bytes(&text)) : "";
	buf_fini(&text);
	return err;
}
