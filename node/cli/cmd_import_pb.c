/* SPDX-License-Identifier: Apache-2.0 */
/* ims import: the importers' payloads, through a pipe of puts, to the node. */
#include <stdlib.h>
#include <unistd.h>

#include "pb/ctl.pb-c.h"

#include "base/mem.h"
#include "cli/cli.h"
#include "cli/commands.h"
#include "cli/draft.h"
#include "cli/import.h"
#include "cli/progress.h"
#include "cli/put_pipe.h"
#include "cli/request.h"
#include "cli/show.h"
#include "registry/registry.h"
#include "wire/codec.h"

typedef int import_fn(const struct import_opts *o, const char *const *files, size_t n,
		      struct import_sink *sink, struct import_report *r);

struct importing {
	struct cli *cli;
	struct put_pipe pipe;
	struct progress progress;
	struct errtext e;
};

/* ---- the sink */

static int sink_put(void *ctx, const char *kind, const char *record, struct bytes payload, uint64_t ticket)
{
	struct importing *im = ctx;

	return put_pipe_put(&im->pipe, kind, record, payload, ticket, &im->e);
}

static int sink_await(void *ctx)
{
	struct importing *im = ctx;

	return put_pipe_await(&im->pipe, &im->e);
}

static struct bytes sink_id(void *ctx, uint64_t ticket)
{
	struct importing *im = ctx;

	return put_pipe_id(&im->pipe, ticket);
}

/* What of a record is to be written again: all but who acted. */
static int take_record(const Ims__Ctl__Record *r, const struct kind *kind, struct buf *json, struct errtext *e)
{
	struct ProtobufCMessage *m;
	struct arena a;

	if (strcmp(r->kind, kind->name) != 0)
		return errtext_set(e, IMS_E_INVALID, "is of kind %s, not %s", r->kind, kind->name);
	if (strcmp(r->state, "live") != 0)
		return errtext_set(e, IMS_E_INVALID, "is %s", r->state);
	m = payload_open(r, &a);
	if (m)
		codec_json(m, 0, json);
	arena_fini(&a);
	return m ? 0 : errtext_set(e, IMS_E_SYNTAX, "its payload cannot be read");
}

static int sink_get(void *ctx, const char *record, const struct kind *kind, struct buf *json, struct errtext *e)
{
	Ims__Ctl__RecordRequest q = REQUEST(RecordRequest, record_request);
	struct importing *im = ctx;
	ProtobufCMessage *reply;
	struct arena a;
	int err;

	q.id = cli_lend(record);
	err = verb_call(im->cli->client, VERB_RECORD_GET, &q.base, &a, &reply, e);
	if (err)
		return err;
	err = take_record((const Ims__Ctl__Record *)reply, kind, json, e);
	arena_fini(&a);
	return err;
}

static void on_refusal(void *ctx, uint64_t ticket, int err, const char *text)
{
	struct importing *im = ctx;

	(void)ticket;
	progress_clear(&im->progress);
	cli_tell("the node refused a record: %s [%s]", text, ims_error(err)->name);
}

/* ---- what the importer says */

static void on_progress(void *ctx, const char *what, uint64_t done, uint64_t total)
{
	struct importing *im = ctx;

	progress_at(&im->progress, what, done, total);
}

static void on_problem(void *ctx, const char *file, unsigned line, const char *text)
{
	struct importing *im = ctx;
	char *one = mem_printf("%s", text);

	progress_clear(&im->progress);
	text_tame(one);
	if (line)
		fprintf(stderr, "%s:%u: %s\n", file, line, one);
	else if (strncmp(one, file, strlen(file)) == 0) /* it names the file itself */
		fprintf(stderr, "%s\n", one);
	else
		fprintf(stderr, "%s: %s\n", file, one);
	free(one);
}

static void summary_of_table(struct importing *im, const struct import_report *r)
{
	const struct put_pipe *p = &im->pipe;
	const struct out_field fields[] = {
		OUT_FIELD_NUMBER("records", r->projects),
		OUT_FIELD_NUMBER("organisations_named", r->organisations),
		OUT_FIELD_NUMBER("created", p->created),
		OUT_FIELD_NUMBER("updated", p->updated),
		OUT_FIELD_NUMBER("unchanged", p->unchanged),
		OUT_FIELD_NUMBER("problems", r->problems + p->refused),
	};

	out_fields(&im->cli->out, fields, sizeof(fields) / sizeof(fields[0]));
}

static void summary(struct importing *im, const struct import_report *r)
{
	const struct put_pipe *p = &im->pipe;
	const struct out_field fields[] = {
		OUT_FIELD_NUMBER("projects", r->projects),
		OUT_FIELD_NUMBER("elsewhere", r->elsewhere),
		OUT_FIELD_NUMBER("organisations", r->organisations),
		OUT_FIELD_NUMBER("initiatives", r->initiatives),
		OUT_FIELD_NUMBER("created", p->created),
		OUT_FIELD_NUMBER("updated", p->updated),
		OUT_FIELD_NUMBER("unchanged", p->unchanged),
		OUT_FIELD_NUMBER("skipped", r->problems + p->refused),
	};

	out_fields(&im->cli->out, fields, sizeof(fields) / sizeof(fields[0]));
}

/* ---- setting up */

static int load_reference(const struct cli *cli, struct reference **ret)
{
	static const char *const places[] = {IMS_PREFIX "/share/imsd/reference", "/usr/share/imsd/reference",
					     "config/reference"};
	const char *dir = args_get(&cli->args, OPT_REFERENCE);
	struct errtext e = {""};
	int err;

	for (size_t i = 0; !dir && i < sizeof(places) / sizeof(places[0]); i++)
		if (access(places[i], R_OK) == 0)
			dir = places[i];
	if (!dir)
		return cli_fail("import", IMS_E_NOT_FOUND,
				"no reference lists in %s; name their folder: --reference DIR", places[0]);
	err = reference_load(dir, ret, &e);
	return err ? cli_fail(dir, err, "%s", e.text) : 0;
}

/* The region to import for: the one named, or with --assign the node's own. Caller frees. */
static int choose_region(struct cli *cli, char **ret)
{
	const char *region = args_get(&cli->args, OPT_HOME);
	Ims__Ctl__Empty q = REQUEST(Empty, empty);
	ProtobufCMessage *reply;
	struct arena a;
	int err;

	*ret = region ? mem_strdup(region) : NULL;
	if (region || !args_has(&cli->args, OPT_ASSIGN))
		return 0;
	err = cli_call(cli, "status", VERB_STATUS, &q.base, &a, &reply);
	if (err)
		return err;
	*ret = mem_strdup(((Ims__Ctl__StatusReply *)reply)->region);
	arena_fini(&a);
	return 0;
}

static int run_import(struct importing *im, import_fn *import, const struct import_opts *opts)
{
	const struct args *args = &im->cli->args;
	const size_t first = opts->kind ? 1 : 0; /* of a table the kind stands before its files */
	struct import_sink sink = {im, sink_put, sink_await, sink_id, sink_get};
	struct import_report report = {0};
	struct import_opts o = *opts;
	int err;

	o.ctx = im;
	o.progress = on_progress;
	o.problem = on_problem;

	put_pipe_init(&im->pipe, im->cli->client);
	im->pipe.fill_kind = "organisation"; /* several sources name the same one, each in its way */
	im->pipe.refusal = on_refusal;
	im->pipe.ctx = im;
	progress_init(&im->progress);
	err = import(&o, args->word + first, args->n_words - first, &sink, &report);
	progress_clear(&im->progress);
	if (o.kind)
		summary_of_table(im, &report);
	else
		summary(im, &report);
	if (err)
		cli_fail(args->word[first], err, "%s", im->e.text);
	else if (!im->pipe.created && !im->pipe.updated && !im->pipe.unchanged &&
		 (im->pipe.refused || (report.problems && !report.projects)))
		err = cli_fail(args->word[first], IMS_E_INVALID, "nothing was taken, for the reasons above");
	put_pipe_fini(&im->pipe);
	return err;
}

/* Rows that were left out have been said and counted: the import has done its work (exit 0). It has
 * failed when a file could not be read at all, or the node took no record at all. */
static int import_with(struct cli *cli, import_fn *import, struct import_opts *o)
{
	struct importing im = {.cli = cli};
	struct reference *ref = NULL;
	char *region = NULL;
	int err = load_reference(cli, &ref);

	if (err == 0)
		err = cli_connect(cli);
	if (err == 0)
		err = choose_region(cli, &region);
	o->ref = ref;
	o->region = region;
	if (err == 0)
		err = run_import(&im, import, o);
	free(region);
	reference_free(ref);
	return err;
}

static int import_source(struct cli *cli, import_fn *import)
{
	struct import_opts o = {.assign = args_get(&cli->args, OPT_ASSIGN)};

	return import_with(cli, import, &o);
}

int cmd_import_cordis(struct cli *cli)
{
	return import_source(cli, import_cordis);
}

int cmd_import_nsf(struct cli *cli)
{
	return import_source(cli, import_nsf);
}

/* ---- tables */
#define COLUMNS_GIVEN_MAX 256

/* --column HEADING=FIELD, as often as it was given. */
static int take_columns(const struct cli *cli, const char **list, size_t *ret_n)
{
	const char *text;

	for (*ret_n = 0; (text = args_nth(&cli->args, OPT_COLUMN, *ret_n)); ++*ret_n) {
		if (*ret_n == COLUMNS_GIVEN_MAX)
			return cli_fail("--column", IMS_E_USAGE, "at most %d", COLUMNS_GIVEN_MAX);
		if (!strchr(text, '=') || text[strlen(text) - 1] == '=')
			return cli_fail("--column", IMS_E_USAGE, "'%s' is not HEADING=FIELD", text);
		list[*ret_n] = text;
	}
	return 0;
}

int cmd_import_csv(struct cli *cli)
{
	const char *name = args_word(&cli->args, 0), *columns[COLUMNS_GIVEN_MAX];
	struct import_opts o = {.kind = kind_by_name(bytes_of(name)),
				.columns = columns,
				.lang = args_get(&cli->args, OPT_LANG)};
	struct buf template = {0};
	int err = o.kind ? take_columns(cli, columns, &o.n_columns)
			 : cli_fail(name, IMS_E_UNKNOWN_KIND, "%s", "");

	if (!err)
		err = draft_json(cli, o.kind, &template);
	o.template = buf_bytes(&template);
	if (!err)
		err = import_with(cli, import_csv, &o);
	buf_fini(&template);
	return err;
}
