/* SPDX-License-Identifier: Apache-2.0 */
#include "peer/turns.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "ledger/ledger.h"

#define JOB_BYTES 512		/* of a job, whatever it carries */
#define ENTRY_BYTES 256		/* of an entry beside its bytes: tree, index keys */
#define SHARE_BYTES (64u << 10) /* of one origin before the next one comes; who waits with more is loud */
#define SLICE_START_BYTES (1u << 20)
#define SLICE_MAX_BYTES (16u << 20)
#define WATCHED_TURNS 64 /* who was quiet in the last ones is expected again */

/* What a turn should take, and how small its slice may get for it. */
static const struct pace {
	int64_t target_us;
	uint64_t slice_min;
} ALONE = {TURNS_TARGET_MS * 1000, 256u << 10}, SHARED = {TURNS_SHARED_MS * 1000, SHARE_BYTES};

/* What may wait, of one queue, and what of it one turn takes; origins: a slice of all of them. */
static const struct queue_limits {
	const char *name;
	size_t max_jobs, turn_jobs;
	uint64_t max_bytes, turn_bytes;
} QUEUES[TURNS_KINDS] = {
	[TURNS_NODE] = {"writer-node", 4096, SIZE_MAX, 64u << 20, UINT64_MAX},
	[TURNS_LOCAL] = {"writer-local", 65536, 4096, 128u << 20, 4u << 20},
	[TURNS_JOURNAL] = {"writer-journal", 16384, 1024, 16u << 20, UINT64_MAX},
	[TURNS_ORIGIN] = {"writer-origins", 4096, SIZE_MAX, 64u << 20, UINT64_MAX},
};

struct queue {
	char origin[ORIGIN_MAX_BYTES + 1]; /* "": of no origin */
	struct commit_job *first, **last;
	size_t n;
	uint64_t bytes;
	int64_t credit;	     /* bytes it may still give before the next one */
	uint64_t quiet_turn; /* the last one that found a little of it waiting; 0: none */
};

struct turns {
	struct queue own[TURNS_ORIGIN];
	struct queue *origins;
	size_t n_origins, capacity, next;
	size_t n;
	uint64_t turn; /* its number */
	bool apart;    /* the last one was of the quiet alone */
	const struct pace *pace;
	uint64_t slice, taken; /* bytes of origins in a turn: allowed, in the last one */
	uint64_t refused[TURNS_KINDS];
};

struct turns *turns_new(void)
{
	struct turns *t = mem_new(struct turns);

	t->pace = &ALONE;
	t->slice = SLICE_START_BYTES;
	return t;
}

static void queue_free(struct queue *q)
{
	while (q->first) {
		struct commit_job *job = q->first;

		q->first = job->next;
		commit_job_free(job);
	}
}

void turns_free(struct turns *t)
{
	if (!t)
		return;
	for (size_t i = 0; i < TURNS_ORIGIN; i++)
		queue_free(&t->own[i]);
	for (size_t i = 0; i < t->n_origins; i++)
		queue_free(&t->origins[i]);
	free(t->origins);
	free(t);
}

static uint64_t job_bytes(const struct commit_job *job)
{
	switch (job->type) {
	case COMMIT_PUT:
		return JOB_BYTES + job->u.put.payload.n;
	case COMMIT_PACKAGE:
	case COMMIT_HEAD:
	case COMMIT_PAYLOADS:
		return JOB_BYTES + job->u.package.wire_bytes + job->u.package.n * ENTRY_BYTES;
	default:
		return JOB_BYTES;
	}
}

/* NULL: not about one origin. */
static const char *job_origin(const struct commit_job *job)
{
	switch (job->type) {
	case COMMIT_PACKAGE:
	case COMMIT_HEAD:
	case COMMIT_PAYLOADS:
		return job->u.package.origin;
	case COMMIT_COSIGNATURE:
		return job->u.cosignature.origin;
	case COMMIT_EVIDENCE:
		return job->u.evidence.origin;
	default:
		return NULL;
	}
}

static bool is_watched(const struct turns *t, const struct queue *q)
{
	return q->quiet_turn && t->turn - q->quiet_turn < WATCHED_TURNS;
}

static struct queue *queue_of_origin(struct turns *t, const char *origin)
{
	struct queue *q;

	for (size_t i = 0; i < t->n_origins; i++)
		if (strcmp(t->origins[i].origin, origin) == 0)
			return &t->origins[i];
	for (size_t i = 0; i < t->n_origins; i++)
		if (!t->origins[i].first && !is_watched(t, &t->origins[i])) { /* nobody waits there any more */
			t->origins[i].quiet_turn = 0;
			snprintf(t->origins[i].origin, sizeof(t->origins[i].origin), "%s", origin);
			return &t->origins[i];
		}
	t->origins = mem_grow(t->origins, &t->capacity, t->n_origins + 1, sizeof(*t->origins));
	q = &t->origins[t->n_origins++];
	*q = (struct queue){0};
	snprintf(q->origin, sizeof(q->origin), "%s", origin);
	return q;
}

static enum turns_queue kind_of(const struct commit_job *job)
{
	if (job_origin(job))
		return TURNS_ORIGIN;
	/* a reader waits for the writes before it */
	if (job->type == COMMIT_PUT || job->type == COMMIT_SYNC)
		return TURNS_LOCAL;
	return job->type == COMMIT_JOURNAL ? TURNS_JOURNAL : TURNS_NODE;
}

bool turns_push(struct turns *t, struct commit_job *job)
{
	enum turns_queue kind = kind_of(job);
	struct queue *q = kind == TURNS_ORIGIN ? queue_of_origin(t, job_origin(job)) : &t->own[kind];
	uint64_t bytes = job_bytes(job);

	if (q->n >= QUEUES[kind].max_jobs || (q->n && q->bytes + bytes > QUEUES[kind].max_bytes)) {
		t->refused[kind]++;
		return false;
	}
	if (!q->first) {
		q->last = &q->first;
		q->credit = 0;
	}
	job->next = NULL;
	*q->last = job;
	q->last = &job->next;
	q->n++;
	q->bytes += bytes;
	t->n++;
	return true;
}

size_t turns_waiting(const struct turns *t)
{
	return t->n;
}

/* The list of a turn that is being made. */
struct turn_list {
	struct commit_job **last;
	size_t n;
};

static uint64_t move_one(struct turns *t, struct queue *q, struct turn_list *to)
{
	struct commit_job *job = q->first;
	uint64_t bytes = job_bytes(job);

	q->first = job->next;
	q->n--;
	q->bytes -= bytes;
	t->n--;
	job->next = NULL;
	*to->last = job;
	to->last = &job->next;
	to->n++;
	return bytes;
}

static void take_own(struct turns *t, enum turns_queue kind, struct turn_list *to)
{
	struct queue *q = &t->own[kind];
	uint64_t bytes = 0;

	for (size_t i = 0; q->first && i < QUEUES[kind].turn_jobs && bytes < QUEUES[kind].turn_bytes; i++)
		bytes += move_one(t, q, to);
}

static bool is_loud(const struct queue *q)
{
	return q->bytes > SHARE_BYTES;
}

/* Deficit round robin: what is larger than a share waits until it has saved enough of them. Returns the
 * bytes taken, a slice of them. */
static uint64_t take_origins(struct turns *t, bool loud_too, struct turn_list *to)
{
	uint64_t taken = 0;
	bool some = true;

	while (some && taken < t->slice) {
		some = false;
		for (size_t i = 0; i < t->n_origins && taken < t->slice; i++) {
			struct queue *q = &t->origins[t->next++ % t->n_origins];

			if (!q->first || (!loud_too && is_loud(q)))
				continue;
			some = true;
			q->credit += SHARE_BYTES;
			while (q->first && q->credit > 0) {
				uint64_t bytes = move_one(t, q, to);

				q->credit -= (int64_t)bytes;
				taken += bytes;
			}
		}
	}
	return taken;
}

/* Who waits when a turn begins. */
struct crowd {
	bool loud, quiet;
	bool watched; /* somebody who was quiet lately is so now, or does not wait */
};

static void look_at(struct turns *t, struct queue *q, bool loud, struct crowd *c)
{
	if (loud) {
		c->loud = true;
		return;
	}
	if (q->first) {
		c->quiet = true;
		/* not for a cosignature: those follow the loud one's heads */
		if (q->first->type == COMMIT_PUT || q->first->type == COMMIT_PACKAGE)
			q->quiet_turn = t->turn;
	}
	c->watched |= is_watched(t, q);
}

static uint64_t max_u64(uint64_t a, uint64_t b)
{
	return a > b ? a : b;
}

static struct crowd look_around(struct turns *t)
{
	struct crowd c = {.quiet = t->own[TURNS_NODE].first};

	look_at(t, &t->own[TURNS_LOCAL], false, &c);
	for (size_t i = 0; i < t->n_origins; i++)
		look_at(t, &t->origins[i], is_loud(&t->origins[i]), &c);
	return c;
}

size_t turns_take(struct turns *t, struct commit_job **ret_list)
{
	struct turn_list to = {ret_list, 0};
	struct crowd c;

	*ret_list = NULL;
	if (!t->n)
		return 0;
	t->turn++;
	c = look_around(t);
	t->apart = c.loud && c.quiet && !t->apart;
	t->pace = c.loud && c.watched ? &SHARED : &ALONE;
	take_own(t, TURNS_NODE, &to);
	take_own(t, TURNS_LOCAL, &to);
	t->taken = c.loud ? take_origins(t, false, &to) : 0;
	if (!t->apart) {
		t->taken = max_u64(t->taken, take_origins(t, true, &to));
		take_own(t, TURNS_JOURNAL, &to);
	}
	return to.n;
}

void turns_took(struct turns *t, int64_t us)
{
	uint64_t min = t->pace->slice_min;

	if (us > t->pace->target_us)
		t->slice = t->slice / 2 > min ? t->slice / 2 : min;
	else if (us < t->pace->target_us / 2 && t->taken >= t->slice)
		t->slice = t->slice * 2 < SLICE_MAX_BYTES ? t->slice * 2 : SLICE_MAX_BYTES;
}

const char *turns_queue_name(enum turns_queue q)
{
	return QUEUES[q].name;
}

size_t turns_queue_max(enum turns_queue q)
{
	return QUEUES[q].max_jobs;
}

static void count(struct turns_count *c, const struct queue *q)
{
	c->jobs += q->n;
	c->bytes += q->bytes;
}

void turns_count(const struct turns *t, struct turns_count ret[TURNS_KINDS])
{
	for (size_t i = 0; i < TURNS_KINDS; i++)
		ret[i] = (struct turns_count){.refused = t->refused[i]};
	for (size_t i = 0; i < TURNS_ORIGIN; i++)
		count(&ret[i], &t->own[i]);
	for (size_t i = 0; i < t->n_origins; i++)
		count(&ret[TURNS_ORIGIN], &t->origins[i]);
}
