/* SPDX-License-Identifier: Apache-2.0 */
/* What is alike, with reasons; partners, with what each part of their score is for. */
#include "pb/ctl.pb-c.h"

#include "cli/show.h"
#include "cli/table.h"

/* Texts of records lose their control characters. */
static void put_text(struct out *o, const char *text)
{
	for (; *text; text++)
		fputc((unsigned char)*text < 0x20 || *text == 0x7f ? ' ' : *text, o->file);
}

#define SHOWN_SCORE 0.0005

static void put_alarm(struct out *o)
{
	fprintf(o->file, "  %s%s%s", o->colour ? mark_begin(MARK_WARN) : "", "ALARM",
		o->colour ? MARK_END : "");
}

static void put_overlap(struct out *o, const Ims__Ctl__OverlapMatch *m)
{
	fprintf(o->file, "%.3f  %s%s%s", m->score, m->id, *m->source ? "  " : "", m->source);
	if (m->alarm)
		put_alarm(o);
	fputs("\n       ", o->file);
	put_text(o, m->title);
	fputc('\n', o->file);
	for (size_t i = 0; i < m->n_reasons; i++) {
		fputs("       - ", o->file);
		put_text(o, m->reasons[i]);
		fputc('\n', o->file);
	}
}

static void overlap_whole(struct out *o, const ProtobufCMessage *m)
{
	const Ims__Ctl__OverlapReply *r = (const Ims__Ctl__OverlapReply *)m;

	size_t shown = 0;

	/* best first; what would show as 0.000 is for programs */
	while (shown < r->n_matches && r->matches[shown]->score >= SHOWN_SCORE)
		put_overlap(o, r->matches[shown++]);
	if (!shown)
		fputs("nothing is alike\n", o->file);
}

static void put_item(struct out *o, const Ims__Ctl__MatchItem *m, size_t place)
{
	fprintf(o->file, "%3zu. %.3f  %s  %s%s", place, m->score, m->id, m->country, *m->country ? "  " : "");
	put_text(o, m->name);
	fputc('\n', o->file);
	for (size_t i = 0; i < m->n_lines; i++) {
		const Ims__Ctl__MatchLine *l = m->lines[i];

		fprintf(o->file, "       %.3f = %g x %.3f  ", l->points, l->weight, l->value);
		put_text(o, *l->name ? l->name : l->feature);
		fputs(*l->text ? ": " : "", o->file);
		put_text(o, l->text);
		fputc('\n', o->file);
	}
}

static void match_whole(struct out *o, const ProtobufCMessage *m)
{
	const Ims__Ctl__MatchReply *r = (const Ims__Ctl__MatchReply *)m;

	if (!r->n_matches)
		fputs("nothing fits\n", o->file);
	for (size_t i = 0; i < r->n_matches; i++)
		put_item(o, r->matches[i], i + 1);
}

static void step_whole(struct out *o, const ProtobufCMessage *m)
{
	const Ims__Ctl__StepReply *s = (const Ims__Ctl__StepReply *)m;

	show_written(o, s->id, s->outcome, s->revision, s->index, s->origin, s->ack);
	if (s->n_alike)
		fputs("\nIt is submitted; it may duplicate what is here already, which its coach sees too:\n",
		      o->file);
	for (size_t i = 0; i < s->n_alike; i++)
		put_overlap(o, s->alike[i]);
	if (*s->not_compared) {
		fputs("\nIt was not compared with other initiatives (ims initiative overlap ID does): ", o->file);
		put_text(o, s->not_compared);
		fputc('\n', o->file);
	}
}

const struct show show_search[] = {
	{&ims__ctl__step_reply__descriptor, step_whole, NULL, NULL},
	{&ims__ctl__overlap_reply__descriptor, overlap_whole, NULL, NULL},
	{&ims__ctl__match_reply__descriptor, match_whole, NULL, NULL},
	{NULL, NULL, NULL, NULL},
};
