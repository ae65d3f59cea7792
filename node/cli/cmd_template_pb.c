/* SPDX-License-Identifier: Apache-2.0 */
/* ims template: the form of a description, and how long one is on it. */
#include "pb/ctl.pb-c.h"
#include "pb/registry.pb-c.h"

#include "base/file.h"
#include "base/mem.h"
#include "cli/commands.h"
#include "cli/put_record.h"
#include "programme/steps.h"
#include "wire/codec.h"

#define FILE_MAX_BYTES (1u << 20)
#define ARENA_BYTES (16u << 20)

/* JSON from a file, or from the node: a template may be either. The arena is ended by the caller in any case. */
static int read_json(const char *path, const ProtobufCMessageDescriptor *d, struct arena *a,
		     ProtobufCMessage **ret)
{
	struct buf json = {0}, problems = {0};
	struct errtext e = {""};
	int err = file_read(path, FILE_MAX_BYTES, &json, &e);

	if (!err)
		err = codec_from_json(d, buf_bytes(&json), a, ret, &problems, &e);
	if (err && problems.n)
		tell_problems(path, err, &problems);
	else if (err)
		cli_fail(path, err, "%s", e.text);
	buf_fini(&problems);
	buf_fini(&json);
	return err;
}

static int copy_payload(struct cli *cli, const char *id, struct arena *a, Ims__Registry__Template **ret)
{
	ProtobufCMessage *m;
	Ims__Ctl__Record *r;
	struct arena reply;
	int err = get_record(cli, id, "template", &reply, &r);

	if (err)
		return err;
	err = codec_unpack(&ims__registry__template__descriptor, BYTES(r->payload.data, r->payload.len), a,
			   &m, NULL);
	arena_fini(&reply);
	if (err)
		return cli_fail(id, err, "its payload cannot be read");
	*ret = (Ims__Registry__Template *)m;
	return 0;
}

static int find_template(struct cli *cli, const char *name, struct arena *a, Ims__Registry__Template **ret)
{
	struct record_id rid;
	ProtobufCMessage *m;
	int err;

	if (record_id_parse(bytes_of(name), &rid) == 0)
		return copy_payload(cli, name, a, ret);
	err = read_json(name, &ims__registry__template__descriptor, a, &m);
	if (!err)
		*ret = (Ims__Registry__Template *)m;
	return err;
}

static const char *text_in(Ims__Registry__Text *const *text, size_t n, const char *lang)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(text[i]->lang, lang) == 0)
			return text[i]->text;
	return case_text(text, n);
}

static const char *lang_of(const struct cli *cli)
{
	const char *lang = args_get(&cli->args, OPT_LANG);

	return lang ? lang : "en";
}

int cmd_template_show(struct cli *cli)
{
	const char *id = args_word(&cli->args, 0), *lang = lang_of(cli);
	Ims__Registry__Template *t;
	struct arena a;
	int err;

	arena_init(&a, ARENA_BYTES);
	err = find_template(cli, id, &a, &t);
	if (!err && cli->out.json) {
		out_message(&cli->out, &t->base);
	} else if (!err) {
		fprintf(cli->out.file, "%s %u: %s\nat most %u pages of %u lines of %u characters\n", t->name,
			t->version, text_in(t->title, t->n_title, lang), t->pages_max, t->lines, t->columns);
		for (size_t i = 0; i < t->n_sections; i++) {
			const Ims__Registry__TemplateSection *s = t->sections[i];

			fprintf(cli->out.file, "\n%s  [%s%s]\n%s\n", text_in(s->title, s->n_title, lang),
				s->id, s->required ? ", required" : "",
				text_in(s->guidance, s->n_guidance, lang));
		}
	}
	arena_fini(&a);
	return err;
}

/* An empty description: every section of the template, with what to write in it. */
static int put_form(struct cli *cli, const char *id, const Ims__Registry__Template *t, struct arena *a)
{
	const char *lang = lang_of(cli);
	Ims__Registry__Description d;
	Ims__Registry__Citation cited;
	Ims__Registry__DescriptionSection *s = arena_array(a, t->n_sections + 1, sizeof(*s));
	Ims__Ctl__Record *r;
	struct arena reply;
	struct buf json = {0};
	int err = get_record(cli, id, "template", &reply, &r);

	if (err)
		return err;
	ims__registry__description__init(&d);
	cite_record(r, &cited);
	d.initiative = cli_lend("REGION-i-NUMBER");
	d.template_ = &cited;
	d.lang = cli_lend(lang);
	d.sections = arena_array(a, t->n_sections + 1, sizeof(Ims__Registry__DescriptionSection *));
	for (size_t i = 0; s && d.sections && i < t->n_sections; i++) {
		ims__registry__description_section__init(&s[i]);
		s[i].id = t->sections[i]->id;
		s[i].text = cli_lend(text_in(t->sections[i]->guidance, t->sections[i]->n_guidance, lang));
		d.sections[d.n_sections++] = &s[i];
	}
	codec_json(&d.base, 2, &json);
	fprintf(cli->out.file, "%s\n", buf_text(&json));
	buf_fini(&json);
	arena_fini(&reply);
	return 0;
}

int cmd_template_draft(struct cli *cli)
{
	const char *id = args_word(&cli->args, 0);
	Ims__Registry__Template *t;
	struct arena a;
	int err;

	arena_init(&a, ARENA_BYTES);
	err = copy_payload(cli, id, &a, &t);
	if (!err)
		err = put_form(cli, id, t, &a);
	arena_fini(&a);
	return err;
}

/* ---- measure and layout */

/* The template that is named, else the one that the description cites. */
static int open_both(struct cli *cli, struct arena *a, Ims__Registry__Template **ret_t,
		     Ims__Registry__Description **ret_d)
{
	const char *path = args_word(&cli->args, 0), *name = args_get(&cli->args, OPT_TEMPLATE);
	ProtobufCMessage *m;
	int err = read_json(path, &ims__registry__description__descriptor, a, &m);

	if (err)
		return err;
	*ret_d = (Ims__Registry__Description *)m;
	if (!name && (*ret_d)->template_)
		name = (*ret_d)->template_->record;
	if (!name || !*name)
		return cli_fail(path, IMS_E_USAGE, "on which template: --template ID|FILE");
	return find_template(cli, name, a, ret_t);
}

static void tell_measure(const char *path, const struct page_measure *m)
{
	for (size_t i = 0; i < m->n_missing; i++)
		cli_tell("%s: section '%s' is missing", path, m->missing[i]);
	for (size_t i = 0; i < m->n_unknown; i++)
		cli_tell("%s: section '%s' is not in the template", path, m->unknown[i]);
}

int cmd_template_measure(struct cli *cli)
{
	const char *path = args_word(&cli->args, 0);
	Ims__Registry__Description *d;
	Ims__Registry__Template *t;
	struct page_measure m;
	struct arena a;
	int err;

	arena_init(&a, ARENA_BYTES);
	err = open_both(cli, &a, &t, &d);
	if (!err) {
		description_measure(t, d, NULL, NULL, &m);
		out_fields(&cli->out,
			   (struct out_field[]){
				   OUT_FIELD_NUMBER("lines", m.lines), OUT_FIELD_NUMBER("pages", m.pages),
				   OUT_FIELD_NUMBER("pages_max", m.pages_max),
				   OUT_FIELD_NUMBER("missing", m.n_missing),
				   OUT_FIELD_TRUTH("fits", m.pages <= m.pages_max && !m.n_missing)},
			   5);
		tell_measure(path, &m);
		if (m.pages > m.pages_max || m.n_missing)
			err = cli_fail(path, IMS_E_LIMIT, "it does not fit the template");
	}
	arena_fini(&a);
	return err;
}

struct layout {
	struct cli *cli;
	uint64_t n;
	unsigned lines;
};

static void put_layout_line(void *ctx, struct bytes line)
{
	struct layout *l = ctx;

	if (l->lines && l->n % l->lines == 0)
		fprintf(l->cli->out.file, "%s---- page %llu\n", l->n ? "\n" : "",
			(unsigned long long)(l->n / l->lines + 1));
	fprintf(l->cli->out.file, "%.*s\n", (int)line.n, (const char *)line.p);
	l->n++;
}

int cmd_template_layout(struct cli *cli)
{
	const char *path = args_word(&cli->args, 0);
	struct layout l = {.cli = cli};
	Ims__Registry__Description *d;
	Ims__Registry__Template *t;
	struct page_measure m;
	struct arena a;
	int err;

	arena_init(&a, ARENA_BYTES);
	err = open_both(cli, &a, &t, &d);
	if (!err) {
		l.lines = t->lines;
		description_measure(t, d, put_layout_line, &l, &m);
		tell_measure(path, &m);
	}
	arena_fini(&a);
	return err;
}
