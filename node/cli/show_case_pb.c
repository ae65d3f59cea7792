/* SPDX-License-Identifier: Apache-2.0 */
/* The checklist of an initiative, and an agreement with its signatures. */
#include <inttypes.h>

#include "pb/ctl.pb-c.h"

#include "cli/human.h"
#include "cli/show.h"

static enum mark verdict_mark(const char *verdict)
{
	return strcmp(verdict, "met") == 0	? MARK_GOOD
	       : strcmp(verdict, "waived") == 0 ? MARK_WARN
						: MARK_BAD;
}

static void show_marked(struct out *o, enum mark m, const char *text)
{
	if (o->colour)
		fprintf(o->file, "%s%s%s", mark_begin(m), text, MARK_END);
	else
		fputs(text, o->file);
}

/* Texts of records lose their control characters. */
static void show_text(struct out *o, const char *text)
{
	for (; *text; text++)
		fputc((unsigned char)*text < 0x20 || *text == 0x7f ? ' ' : *text, o->file);
}

static void show_line(struct out *o, const Ims__Ctl__StepLine *l)
{
	static const struct {
		const char *kind, *sign;
	} signs[] = {{"evidence", "+"}, {"missing", "-"}, {"next", ">"}, {"remark", "i"}};
	const char *sign = "?";

	for (size_t i = 0; i < sizeof(signs) / sizeof(signs[0]); i++)
		if (strcmp(signs[i].kind, l->kind) == 0)
			sign = signs[i].sign;
	fprintf(o->file, "     %s ", sign);
	show_text(o, l->text);
	if (*l->record) {
		fputs("  [", o->file);
		show_text(o, l->record);
		fputc(']', o->file);
	}
	fputc('\n', o->file);
}

static void check_whole(struct out *o, const ProtobufCMessage *m)
{
	const Ims__Ctl__InitiativeCheckReply *r = (const Ims__Ctl__InitiativeCheckReply *)m;

	fprintf(o->file, "%s is %s%s%s: %s\n", r->id, *r->state ? r->state : "not to be read",
		*r->reason ? ", " : "", r->reason,
		r->ok ? "all five steps are met" : "not all steps are met");
	for (size_t i = 0; i < r->n_steps; i++) {
		const Ims__Ctl__StepState *s = r->steps[i];

		fprintf(o->file, "\n  %zu. ", i + 1);
		show_text(o, s->title);
		fputs(": ", o->file);
		show_marked(o, verdict_mark(s->verdict), s->verdict);
		fputc('\n', o->file);
		for (size_t k = 0; k < s->n_lines; k++)
			show_line(o, s->lines[k]);
	}
	if (*r->next)
		fprintf(o->file, "\n  what can be done with it now: %s\n", r->next);
	if (*r->cut) {
		fputs("\n  not looked at: ", o->file);
		show_text(o, r->cut);
		fputc('\n', o->file);
	}
}

static const char *const signature_headings[] = {"ID",	"REGION", "ORGANISATION", "HOW", "COUNTS",
						 "WHY", NULL};

static void signature_row(struct table *t, const ProtobufCMessage *m)
{
	const Ims__Ctl__MoaSignature *s = (const Ims__Ctl__MoaSignature *)m;
	bool counts = strcmp(s->state, "counts") == 0;

	table_text(t, s->id);
	table_text(t, s->region);
	table_text(t, s->organisation);
	table_put(t, strcmp(s->how, "paper") == 0 ? MARK_WARN : MARK_NONE, "%s%s%s", s->how,
		  *s->algorithm ? ", " : "", s->algorithm);
	table_put(t, counts ? MARK_GOOD : MARK_WARN, "%s",
		  counts	     ? "yes"
		  : *s->state == 'p' ? "not yet"
				     : "no");
	table_put(t, MARK_NONE, "%s%s%s", s->reason, *s->reason && *s->remark ? "; " : "", s->remark);
}

static void moa_whole(struct out *o, const ProtobufCMessage *m)
{
	const Ims__Ctl__MoaReply *r = (const Ims__Ctl__MoaReply *)m;
	struct table t;

	show_pairs_begin(&t, o);
	show_pair(&t, "agreement", "%s, version %u (revision %" PRIu64 ")", r->id, r->version, r->revision);
	show_pair(&t, "initiative", "%s", r->initiative);
	show_pair(&t, "entry", "%" PRIu64 " of %s", r->index, r->origin);
	for (size_t i = 0; i < r->n_languages; i++)
		show_pair(&t, i ? "" : "texts in", "%s", r->languages[i]);
	show_pair(&t, "signed by", "%u of %u regions, by roster version %" PRIu64, r->regions,
		  r->regions_needed, r->roster_version);
	show_pair(&t, "concluded", "%s", r->concluded ? r->conclusion : "no");
	if (*r->reason)
		show_pair(&t, "nothing counts", "%s", r->reason);
	for (size_t i = 0; i < r->n_remarks; i++)
		show_pair(&t, i ? "" : "but", "%s", r->remarks[i]);
	if (*r->cut)
		show_pair(&t, "not looked at", "%s", r->cut);
	table_fini(&t);
	if (!r->n_signatures)
		return;
	fputc('\n', o->file);
	show_table(o, "", show_cases, &ims__ctl__moa_signature__descriptor,
		   (ProtobufCMessage *const *)r->signatures, r->n_signatures);
}

const struct show show_cases[] = {
	{&ims__ctl__initiative_check_reply__descriptor, check_whole, NULL, NULL},
	{&ims__ctl__moa_reply__descriptor, moa_whole, NULL, NULL},
	{&ims__ctl__moa_signature__descriptor, NULL, signature_headings, signature_row},
	{NULL, NULL, NULL, NULL},
};
