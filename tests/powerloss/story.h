/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A node's life on recorded files, and what it promised on the way. A fact holds from the
 * operation on before which it was told: a loss of power later than that must not undo it.
 */
#ifndef POWERLOSS_STORY_H
#define POWERLOSS_STORY_H

#include "powerloss/record.h"
#include "unit/view/foreign.h"

#define STORY_ENTRIES_MAX 8192

enum fact_type {
	FACT_ACKNOWLEDGED, /* entry n of the own log (inv. 3) */
	FACT_PUBLISHED,	   /* the own log has root `hash` at size n (inv. 3, 5) */
	FACT_TOLD,	   /* a write of this name is in the own log, or will be (inv. 3) */
	FACT_STORED,	   /* the other region's log is here up to size n (C3) */
};

struct fact {
	enum fact_type type;
	size_t at; /* operations before it */
	uint64_t n;
	struct hash hash;
	char name[24];
};

/* Coming back (back.h): operations before it began and ended, and what had been signed. */
struct back {
	size_t began, ended;
	uint64_t signed_size; /* 0: it has not happened */
	bool is_on;
};

struct story {
	struct node *node;
	struct recording calls, *now; /* now: the one that facts are counted in */
	struct fact *facts;
	size_t n_facts, capacity;
	struct hash leaf[STORY_ENTRIES_MAX]; /* of the own log, as published */
	struct foreign *foreign;
	struct foreign *elsewhere; /* the own log, as another life of the node has gone on with it */
	struct back back;
	uint64_t foreign_stored;
	struct rng rng;
};

/* A node of this seed in an empty directory of its own, not started; and its end with all files. */
struct story *story_new(uint64_t seed);
void story_free(struct story *s);

/* `steps` turns of clients, a peer and time, restarts and kills among them. Recorded. */
void story_tell(struct story *s, unsigned steps);
/* What the story was when it was told; back to it, with another seed for what follows. */
struct story_end {
	struct node node;
	struct back back;
	struct fact *facts;
	size_t n_facts;
	struct hash leaf[STORY_ENTRIES_MAX];
};
struct story_end *story_end_of(const struct story *s);
void story_end_free(struct story_end *end);
void story_back_to(struct story *s, const struct story_end *end, uint64_t seed);

/* After a loss before operation `cut`: a start on the files that are left, some writes, and an end
 * by kill, recorded into *calls; from now on facts count in these. The error of what failed. */
IMS_MUST_CHECK int story_go_on(struct story *s, size_t cut, const struct names *files,
			       struct recording *calls);

/* Open the files that are there. The error of what refused them, told in s->node->why. */
IMS_MUST_CHECK int story_open(struct story *s);
/* One write of a client: its error. */
IMS_MUST_CHECK int story_put_one(struct story *s);

#endif
