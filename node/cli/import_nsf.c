/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include "base/mem.h"
#include "cli/import.h"
#include "cli/import_int.h"
#include "cli/nsf_xml.h"

#define RUN_ARENA_BYTES ((size_t)512 << 20)
#define BATCH 1000
#define BATCH_ARENA_BYTES ((size_t)1 << 30)

/* A year has some 12,000 awards: they go through in batches, memory stays bounded. */
struct nsf {
	struct import_run run;
	struct intern seen;		/* award ids */
	struct arena arena;		/* texts of the batch */
	struct import_project *project; /* of the batch */
	size_t n;
};

/* "07/01/2017" → "2017-07-01"; anything else stays as it is, for the check to name. */
static char *day_of(struct arena *a, struct bytes text)
{
	const char *t = (const char *)text.p;

	if (text.n != 10 || t[2] != '/' || t[5] != '/')
		return arena_text(a, text);
	return arena_printf(a, "%.4s-%.2s-%.2s", t + 6, t, t + 3);
}

static void add_institution(struct nsf *s, struct import_project *p, const struct nsf_award *w)
{
	struct arena *a = &s->run.arena;
	struct import_org org = {
		.name = import_line(a, w->institution),
		.city = import_line(a, w->city),
		.country = import_country(&s->run, w->country),
		.file = p->file,
	};
	struct import_party party = {.country = org.country, .share_hundredths = p->budget_hundredths};

	if (!org.name || !org.name[0] || !org.country) {
		import_problem(&s->run, p->file, 0, "institution %s: %s", org.name ? org.name : "",
			       org.country ? "no name" : "country not known");
		return;
	}
	party.role = arena_text(a, BYTES_LIT("awardee"));
	party.org = import_org_add(&s->run, &org);
	p->party = arena_array(&s->arena, 1, sizeof(*p->party));
	if (p->party)
		import_party_add(&s->run, p, &party);
}

/* False: said as a problem. */
static bool project_of(struct nsf *s, const struct nsf_award *w, const char *file, struct import_project *p)
{
	struct arena *a = &s->arena;
	bool is_new;

	*p = (struct import_project){
		.scheme = arena_text(a, BYTES_LIT("nsf")),
		.id = import_line(a, w->id),
		.title = import_line(a, import_unescape(a, w->title)),
		.abstract = import_lines(a, import_unescape(a, w->abstract)),
		.currency = arena_text(a, BYTES_LIT("USD")),
		.start = day_of(a, w->effective),
		.end = day_of(a, w->expiration),
		.state = arena_text(a, BYTES_LIT("active")),
		.programme = import_line(a, w->programme),
		.file = file,
	};
	if (!p->id || !p->id[0] || !p->title || !p->abstract || !p->programme) {
		import_problem(&s->run, file, 0, "no AwardID, or a text is not valid UTF-8");
		return false;
	}
	intern_put(&s->seen, bytes_of(p->id), &is_new);
	if (!is_new) {
		import_problem(&s->run, file, 0, "award %s stands twice", p->id);
		return false;
	}
	if (w->amount.n && !import_money(w->amount, &p->budget_hundredths)) {
		import_problem(&s->run, file, 0, "AwardAmount is not a number");
		return false;
	}
	p->link[0].rel = arena_text(a, BYTES_LIT("source"));
	p->link[0].url = arena_printf(a, "https://www.nsf.gov/awardsearch/showAward?AWD_ID=%s", p->id);
	add_institution(s, p, w);
	return true;
}

static int flush(struct nsf *s)
{
	int err = import_flush(&s->run, s->project, s->n);

	s->n = 0;
	arena_fini(&s->arena);
	arena_init(&s->arena, BATCH_ARENA_BYTES);
	return err;
}

static int on_member(void *ctx, const char *name, bool from_archive, struct bytes data)
{
	struct nsf *s = ctx;
	struct errtext e = {""};
	struct nsf_award w;
	int err = nsf_xml_parse(data, &s->arena, &w, &e);

	(void)from_archive;
	if (err == IMS_E_SYNTAX || err == IMS_E_LIMIT) {
		import_problem(&s->run, name, 0, "not an award: %s", e.text);
		return 0;
	}
	if (err)
		return err;
	name = arena_text(&s->run.arena, bytes_of(name));
	if (name && project_of(s, &w, name, &s->project[s->n]))
		s->n++;
	if (arena_failed(&s->arena) || arena_failed(&s->run.arena))
		return IMS_E_NOMEM;
	return s->n == BATCH ? flush(s) : 0;
}

int import_nsf(const struct import_opts *o, const char *const *files, size_t n, struct import_sink *sink,
	       struct import_report *r)
{
	struct nsf s = {.n = 0};
	struct import_reader reader = {&s, NSF_XML_MAX_BYTES, ".xml", on_member};
	int err;

	import_run_init(&s.run, o, sink, r, RUN_ARENA_BYTES);
	intern_init(&s.seen, &s.run.arena);
	arena_init(&s.arena, BATCH_ARENA_BYTES);
	s.project = mem_zalloc(BATCH * sizeof(*s.project));
	err = import_read_files(&s.run, &reader, files, n);
	if (!err)
		err = flush(&s);
	free(s.project);
	intern_fini(&s.seen);
	arena_fini(&s.arena);
	import_run_fini(&s.run);
	return err;
}
