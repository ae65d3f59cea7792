/* SPDX-License-Identifier: Apache-2.0 */
/* The part of an import that all sources share. */
#include "cli/import.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "base/mem.h"
#include "base/text.h"
#include "cli/archive.h"
#include "cli/import_int.h"
#include "registry/registry.h"
#include "wire/codec.h"

#define COUNTRY_UNKNOWN "ZZ"

void import_run_init(struct import_run *run, const struct import_opts *o, struct import_sink *sink,
		     struct import_report *r, size_t arena_bytes)
{
	*r = (struct import_report){0};
	*run = (struct import_run){.o = o, .sink = sink, .r = r};
	arena_init(&run->arena, arena_bytes);
	intern_init(&run->names, &run->arena);
}

void import_run_fini(struct import_run *run)
{
	intern_fini(&run->names);
	free(run->org);
	arena_fini(&run->arena);
}

void import_problem(struct import_run *run, const char *file, unsigned line, const char *fmt, ...)
{
	va_list ap;
	char *text = NULL;
	int n;

	run->r->problems++;
	va_start(ap, fmt);
	n = vasprintf(&text, fmt, ap);
	va_end(ap);
	if (n >= 0 && run->o->problem)
		run->o->problem(run->o->ctx, file, line, text);
	if (n >= 0)
		free(text);
}

void import_progress(struct import_run *run, const char *what, uint64_t done, uint64_t total)
{
	if (run->o->progress)
		run->o->progress(run->o->ctx, what, done, total);
}

/* ---- files */

struct reading {
	struct import_run *run;
	const struct import_reader *reader;
	uint64_t done_bytes, total_bytes; /* of the files before this one; of all */
};

static int on_member(void *ctx, const char *name, bool from_archive, struct bytes data)
{
	const struct import_reader *r = ((struct reading *)ctx)->reader;

	return r->member(r->ctx, name, from_archive, data);
}

static void on_skipped(void *ctx, const char *name, const char *why)
{
	import_problem(((struct reading *)ctx)->run, name, 0, "%s", why);
}

static void on_read(void *ctx, uint64_t bytes)
{
	struct reading *r = ctx;

	import_progress(r->run, "bytes read", r->done_bytes + bytes, r->total_bytes);
}

/* One that cannot be asked counts as nothing. */
static uint64_t file_bytes(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 ? (uint64_t)st.st_size : 0;
}

int import_read_files(struct import_run *run, const struct import_reader *reader, const char *const *files,
		      size_t n)
{
	struct reading r = {.run = run, .reader = reader};
	const struct archive_walk w = {
		.ctx = &r,
		.max_member_bytes = reader->max_member_bytes,
		.suffix = reader->suffix,
		.member = on_member,
		.skipped = on_skipped,
		.read = on_read,
	};
	struct errtext e = {""};
	int err = 0;

	for (size_t i = 0; i < n; i++)
		r.total_bytes += file_bytes(files[i]);
	for (size_t i = 0; i < n && !err; i++) {
		err = archive_walk(files[i], &w, &e);
		if (err && e.text[0])
			import_problem(run, files[i], 0, "%s", e.text);
		r.done_bytes += file_bytes(files[i]);
	}
	return err;
}

/* ---- organisations, countries, parties */

size_t import_org_add(struct import_run *run, const struct import_org *org)
{
	struct bytes name = registry_fold(bytes_of(org->name), &run->arena);
	char *key = arena_printf(&run->arena, "%.*s|%s", (int)name.n, name.p ? (const char *)name.p : "",
				 org->country);
	bool is_new;
	size_t i = intern_put(&run->names, bytes_of(key), &is_new);

	if (is_new) {
		run->org = mem_grow(run->org, &run->org_capacity, i + 1, sizeof(*run->org));
		run->org[i] = *org;
	}
	return i;
}

char *import_country(struct import_run *run, struct bytes text)
{
	const struct reference *ref = run->o->ref;
	struct bytes found = text;

	if (!text.n)
		found = BYTES_LIT(COUNTRY_UNKNOWN);
	else if (!reference_has(ref, "countries", text))
		found = reference_get(ref, "country-aliases", text, "country");
	if (!found.n)
		found = reference_find(ref, "countries", "name", text);
	return found.n ? arena_text(&run->arena, found) : NULL;
}

void import_party_add(struct import_run *run, struct import_project *p, const struct import_party *party)
{
	for (size_t i = 0; i < p->n_parties; i++) {
		struct import_party *have = &p->party[i];

		if (have->org != party->org)
			continue;
		have->share_hundredths += party->share_hundredths;
		if (party->role && strcmp(party->role, "coordinator") == 0)
			have->role = party->role;
		run->r->merged++;
		return;
	}
	p->party[p->n_parties++] = *party;
}

/* ---- choosing and putting */

static bool has_party_in(const struct import_run *run, const struct import_project *p, struct bytes region)
{
	for (size_t i = 0; i < p->n_parties; i++)
		if (bytes_eq(reference_get(run->o->ref, "countries", bytes_of(p->party[i].country), "region"),
			     region))
			return true;
	return false;
}

static bool belongs_here(const struct import_run *run, const struct import_project *p)
{
	struct bytes rest = bytes_of(run->o->assign), region;

	if (!rest.n)
		return true;
	while (text_split(&rest, ',', &region))
		if (!rest.p || has_party_in(run, p, region))
			break;
	return bytes_eq_text(region, run->o->region ? run->o->region : "");
}

/* The same rules as the node's, so that a refusal is told with file and line. */
static bool is_admissible(struct import_run *run, const char *kind, struct bytes payload, const char *file,
			  unsigned line)
{
	struct arena a;
	struct buf problems;
	struct bytes rest, what;
	int err;

	arena_init(&a, codec_budget(payload.n));
	buf_init(&problems, 0);
	err = registry_admit(kind_by_name(bytes_of(kind)), payload, run->o->ref, &a, &problems);
	rest = buf_bytes(&problems);
	while (err && text_split(&rest, '\n', &what))
		if (what.n)
			import_problem(run, file, line, "%.*s", (int)what.n, (const char *)what.p);
	if (err && problems.n == 0)
		import_problem(run, file, line, "%s", ims_strerror(err));
	buf_fini(&problems);
	arena_fini(&a);
	return err == 0;
}

int import_put(struct import_run *run, const struct import_put *p, struct buf *payload, uint64_t *ret_ticket,
	       size_t *count)
{
	int err;

	if (payload->failed)
		return IMS_E_NOMEM;
	if (!is_admissible(run, p->kind, buf_bytes(payload), p->file, p->line))
		return IMS_E_INVALID;
	err = run->sink->put(run->sink->ctx, p->kind, p->id, buf_bytes(payload), run->tickets);
	if (err)
		return err;
	*ret_ticket = run->tickets++;
	++*count;
	return 0;
}

int import_put_org(struct import_run *run, size_t number, struct buf *payload)
{
	struct import_org *org = &run->org[number];
	const struct import_put p = {.kind = "organisation", .file = org->file, .line = org->line};
	int err;

	if (org->was_put)
		return 0;
	buf_clear(payload);
	import_build_org(org, payload);
	err = import_put(run, &p, payload, &org->ticket, &run->r->organisations);
	if (err && err != IMS_E_INVALID)
		return err;
	if (err)
		org->ticket = UINT64_MAX; /* nothing to ask the sink for */
	org->was_put = true;
	return 0;
}

static int put_orgs_of(struct import_run *run, const struct import_project *p, struct buf *payload)
{
	int err = 0;

	for (size_t i = 0; i < p->n_parties && !err; i++)
		err = import_put_org(run, p->party[i].org, payload);
	return err;
}

static int put_project(struct import_run *run, const struct import_project *p, struct buf *payload)
{
	const struct import_put to = {.kind = "initiative", .file = p->file, .line = p->line};
	uint64_t ticket;
	int err;

	buf_clear(payload);
	err = import_build_project(run, p, payload);
	if (err)
		return err;
	err = import_put(run, &to, payload, &ticket, &run->r->initiatives);
	return err == IMS_E_INVALID ? 0 : err;
}

static int put_all(struct import_run *run, struct import_project *const *project, size_t n,
		   struct buf *payload)
{
	int err = 0;

	for (size_t i = 0; i < n && !err; i++) {
		err = put_orgs_of(run, project[i], payload);
		import_progress(run, "organisations", i + 1, n);
	}
	if (!err)
		err = run->sink->await(run->sink->ctx);
	for (size_t i = 0; i < n && !err; i++) {
		err = put_project(run, project[i], payload);
		import_progress(run, "initiatives", i + 1, n);
	}
	return err ? err : run->sink->await(run->sink->ctx);
}

int import_flush(struct import_run *run, struct import_project *project, size_t n)
{
	struct import_project **here = mem_zalloc(n * sizeof(struct import_project *));
	size_t n_here = 0;
	struct buf payload;
	int err;

	for (size_t i = 0; i < n; i++)
		if (belongs_here(run, &project[i]))
			here[n_here++] = &project[i];
	run->r->projects += n;
	run->r->elsewhere += n - n_here;
	buf_init(&payload, 0);
	err = n_here ? put_all(run, here, n_here, &payload) : 0;
	buf_fini(&payload);
	free(here);
	return err;
}
