/* SPDX-License-Identifier: Apache-2.0 */
/* ims record diff: two states of a record, field by field. */
#include <stdlib.h>

#include <jansson.h>

#include "pb/ctl.pb-c.h"

#include "base/text.h"
#include "cli/as_of.h"
#include "cli/cli.h"
#include "cli/commands.h"
#include "cli/diff.h"
#include "cli/request.h"
#include "cli/show.h"
#include "wire/codec.h"

#define SHOWN_BYTES 300	     /* of a long text, to people */
#define BEFORE_BYTES 60	     /* of it, in front of the first difference */

/* One state: the record's revision and what is compared. */
struct side {
	uint64_t revision;
	json_t *value; /* owned */
};

/* What can change; who acted is no change of the record. */
static json_t *value_of(const Ims__Ctl__Record *r)
{
	struct arena a;
	const ProtobufCMessage *m = payload_open(r, &a);
	json_t *v = json_object(), *payload;
	struct buf text = {0};

	codec_json(m, 0, &text);
	payload = json_loadb((const char *)text.p, text.n, JSON_DECODE_ANY, NULL);
	json_object_del(payload, "header");
	json_object_set_new(v, "payload", payload ? payload : json_null());
	json_object_set_new(v, "state", json_string(r->state));
	json_object_set_new(v, "audience", json_string(r->audience));
	buf_fini(&text);
	arena_fini(&a);
	return v;
}

static int get(struct cli *cli, const char *id, uint64_t revision, const struct as_of *as_of, struct side *ret)
{
	Ims__Ctl__RecordRequest q = REQUEST(RecordRequest, record_request);
	const Ims__Ctl__Record *r;
	ProtobufCMessage *reply;
	struct arena a;
	int err;

	q.id = cli_lend(id);
	q.revision = revision;
	if (as_of) {
		q.n_as_of = as_of->n;
		q.as_of = as_of->of;
	}
	err = cli_call(cli, id, VERB_RECORD_GET, &q.base, &a, &reply);
	if (err)
		return err;
	r = (const Ims__Ctl__Record *)reply;
	ret->revision = r->revision;
	/* of revisions before, some keep no payload: what is not here cannot be compared */
	if (r->payload.len || strcmp(r->operation, "put") != 0) {
		json_decref(ret->value);
		ret->value = value_of(r);
	} else {
		err = cli_fail(id, IMS_E_NOT_FOUND, "revision %llu is %s: there is nothing to compare",
			       (unsigned long long)r->revision, r->state);
	}
	arena_fini(&a);
	return err;
}

static int parse_revision(const struct cli *cli, size_t word, uint64_t *ret)
{
	const char *text = args_word(&cli->args, word);

	*ret = 0;
	if (word >= cli->args.n_words || (dec_get_u64(bytes_of(text), ret) && *ret))
		return 0;
	return cli_fail(text, IMS_E_USAGE, "is not a revision: 1 or more, as 'ims record history' shows them");
}

/* The newest one first: without a number the other is the one before it. */
static int get_both(struct cli *cli, const char *id, struct side *was, struct side *is)
{
	struct as_of as_of;
	uint64_t from, to;
	int err = parse_revision(cli, 1, &from);

	if (!err)
		err = parse_revision(cli, 2, &to);
	if (!err && cli->args.n_words > 3)
		err = cli_fail("diff", IMS_E_USAGE, "at most two revisions");
	if (!err && from && args_has(&cli->args, OPT_AS_OF))
		err = cli_fail("diff", IMS_E_USAGE, "either a revision or --as-of");
	if (!err)
		err = as_of_init(cli, &as_of);
	if (err)
		return err;
	err = get(cli, id, to, NULL, is);
	if (!err && !from && !as_of.n)
		from = is->revision > 1 ? is->revision - 1 : 0; /* a sealed record's is 0 */
	if (!err && (from || as_of.n))
		err = get(cli, id, from, &as_of, was);
	as_of_fini(&as_of);
	return err;
}

/* ---- for people: pointer, what was, what is */
static const char *plain(const json_t *v, char **to_free)
{
	*to_free = json_is_string(v) ? NULL : json_dumps(v, JSON_ENCODE_ANY | JSON_COMPACT);
	return *to_free ? *to_free : json_is_string(v) ? json_string_value(v) : "";
}

/* Not inside a character. */
static size_t boundary(const char *text, size_t at)
{
	while (at && ((unsigned char)text[at] & 0xc0) == 0x80)
		at--;
	return at;
}

static void put_line(struct out *o, enum mark mark, char sign, const char *text, size_t from)
{
	size_t n = strlen(text), start, end;
	char *part;

	if (n <= SHOWN_BYTES)
		from = 0;
	start = boundary(text, from > BEFORE_BYTES ? from - BEFORE_BYTES : 0);
	end = n - start > SHOWN_BYTES ? boundary(text, start + SHOWN_BYTES) : n;
	part = strndup(text + start, end - start);
	if (!part)
		return;
	for (char *c = part; *c; c++) /* a text of several lines is shown in one */
		*c = *c == '\n' ? ' ' : *c;
	text_tame(part);
	fprintf(o->file, "%s  %c %s%s%s%s\n", o->colour ? mark_begin(mark) : "", sign, start ? "…" : "", part,
		end < n ? "…" : "", o->colour ? MARK_END : "");
	free(part);
}

static void print_change(struct out *o, const char *pointer, const json_t *was, const json_t *is)
{
	char *free_was, *free_is;
	const char *a = plain(was, &free_was), *b = plain(is, &free_is);
	size_t same = 0;

	while (a[same] && a[same] == b[same])
		same++;
	fprintf(o->file, "%s\n", pointer);
	if (was)
		put_line(o, MARK_BAD, '-', a, is ? same : 0);
	if (is)
		put_line(o, MARK_GOOD, '+', b, was ? same : 0);
	free(free_was);
	free(free_is);
}

static void on_change(void *ctx, const char *pointer, const json_t *was, const json_t *is)
{
	struct out *o = ctx;
	char *a = was ? json_dumps(was, JSON_ENCODE_ANY) : NULL, *b = is ? json_dumps(is, JSON_ENCODE_ANY) : NULL;

	if (o->json) {
		out_item_fields(o,
				(struct out_field[]){OUT_FIELD_TEXT("pointer", pointer),
						     OUT_FIELD_JSON("was", a), OUT_FIELD_JSON("is", b)},
				3);
	} else {
		print_change(o, pointer, was, is);
		o->items++;
	}
	free(a);
	free(b);
}

static void print(struct cli *cli, const char *id, const struct side *was, const struct side *is)
{
	const struct out_field tail[] = {OUT_FIELD_TEXT("id", id), OUT_FIELD_NUMBER("from", was->revision),
					 OUT_FIELD_NUMBER("to", is->revision)};
	struct out *o = &cli->out;

	if (o->json)
		out_list_begin(o, "changes", NULL);
	else
		fprintf(o->file, "%s, revision %llu to %llu\n", id, (unsigned long long)was->revision,
			(unsigned long long)is->revision);
	json_diff(was->value, is->value, on_change, o);
	if (o->json)
		out_list_end(o, tail, 3);
	else if (o->items == 0)
		fprintf(o->file, "no difference\n");
}

int cmd_record_diff(struct cli *cli)
{
	const char *id = args_word(&cli->args, 0);
	struct side was = {0, json_object()}, is = {0, json_object()};
	int err = get_both(cli, id, &was, &is);

	if (!err)
		print(cli, id, &was, &is);
	json_decref(was.value);
	json_decref(is.value);
	return err;
}
