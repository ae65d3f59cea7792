/* SPDX-License-Identifier: Apache-2.0 */
#include "pb/registry.pb-c.h"

#include "programme/about.h"

static const char *cited(const Ims__Registry__Citation *c)
{
	return c ? c->record : "";
}

/* A row a kind: how its payload names what it is about. */
#define ABOUT_TEXT(kind, Message, field)                                                                     \
	static const char *about_##kind(const ProtobufCMessage *m)                                           \
	{                                                                                                    \
		return ((const Ims__Registry__##Message *)m)->field;                                         \
	}
#define ABOUT_CITED(kind, Message, field)                                                                    \
	static const char *about_##kind(const ProtobufCMessage *m)                                           \
	{                                                                                                    \
		return cited(((const Ims__Registry__##Message *)m)->field);                                  \
	}
ABOUT_TEXT(need, Need, initiative)
ABOUT_TEXT(description, Description, initiative)
ABOUT_TEXT(assignment, CoachAssignment, initiative)
ABOUT_TEXT(note, CaseNote, initiative)
ABOUT_TEXT(waiver, Waiver, initiative)
ABOUT_TEXT(moa, Agreement, initiative)
ABOUT_CITED(signature, Signature, agreement)
ABOUT_TEXT(conclusion, Conclusion, initiative)
ABOUT_CITED(endorsement, Endorsement, subject)
ABOUT_CITED(notice, Notice, initiative)
ABOUT_CITED(acknowledgement, Acknowledgement, notice)
ABOUT_CITED(overlap, OverlapLink, one)
ABOUT_TEXT(merge, Merge, initiative)

static const struct {
	const char *kind;
	const char *(*of)(const ProtobufCMessage *m);
} rows[] = {
	{"need", about_need},
	{"description", about_description},
	{"assignment", about_assignment},
	{"note", about_note},
	{"waiver", about_waiver},
	{"moa", about_moa},
	{"signature", about_signature},
	{"conclusion", about_conclusion},
	{"endorsement", about_endorsement},
	{"notice", about_notice},
	{"acknowledgement", about_acknowledgement},
	{"overlap", about_overlap},
	{"merge", about_merge},
};
#define ROWS_COUNT (sizeof(rows) / sizeof(rows[0]))

const char *about_of(const struct kind *k, const ProtobufCMessage *m)
{
	for (size_t i = 0; i < ROWS_COUNT; i++)
		if (strcmp(rows[i].kind, k->name) == 0)
			return rows[i].of(m);
	return "";
}

bool about_is_case_kind(const struct kind *k)
{
	for (size_t i = 0; i < ROWS_COUNT; i++)
		if (strcmp(rows[i].kind, k->name) == 0)
			return true;
	return false;
}

bool about_needs_history(const struct kind *k)
{
	static const char *const names[] = {"initiative", "moa", "conclusion", "merge"};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strcmp(names[i], k->name) == 0)
			return true;
	return false;
}

static int tell(const Ims__Registry__Citation *c, about_citation_fn *found, void *ctx)
{
	if (!c)
		return 0;
	return found(ctx, &(struct about_citation){c->record, c->origin, c->index,
						   BYTES(c->leaf.data, c->leaf.len)});
}

static int tell_conclusion(const Ims__Registry__Conclusion *c, about_citation_fn *found, void *ctx)
{
	int r = tell(c->agreement, found, ctx);

	for (size_t i = 0; !r && i < c->n_counted; i++)
		r = tell(c->counted[i]->signature, found, ctx);
	return r;
}

int about_each_citation(const struct kind *k, const ProtobufCMessage *m, about_citation_fn *found, void *ctx)
{
	int r = 0;

	if (strcmp(k->name, "signature") == 0) {
		r = tell(((const Ims__Registry__Signature *)m)->agreement, found, ctx);
		return r ? r : tell(((const Ims__Registry__Signature *)m)->organisation, found, ctx);
	}
	if (strcmp(k->name, "conclusion") == 0)
		return tell_conclusion((const Ims__Registry__Conclusion *)m, found, ctx);
	if (strcmp(k->name, "description") == 0)
		r = tell(((const Ims__Registry__Description *)m)->template_, found, ctx);
	return r;
}
