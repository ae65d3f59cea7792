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
#define SLICE_START_BYTES (4u << 20)
#define REST_MAX_NS 60000000
#define SHARED_SLOWER 3	 /* times the shared time, beside a slow flush */
#define WATCHED_TURNS 64 /* who was quiet in the last ones is expected again */

/* What a turn should take, how small and large its slice may get for it, and how many times as long as it
 * took the loud rest. Index keys lie anywhere: whatever the size of its transaction, a turn that is all of one
 * log's writes nearly each of their pages. So it is small only where somebody waits; more than the largest, the
 * pages that it changes would be most of a node's memory. */
static const struct pace {
	int64_t target_us;
	uint64_t slice_min, slice_max;
	unsigned rest;
} ALONE = {TURNS_TARGET_MS * 1000, 2u << 20, 4u << 20, 0},
  SHARED = {TURNS_SHARED_MS * 1000, 16u << 10, SHARE_BYTES, TURNS_REST};

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
	bool loud;     /* it had some of the loud */
	struct mono rest_until; /* before then every turn is of the quiet alone */
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
		return JOB_BYTES + job->u.put.payload.n + job->u.put.packed.n;
	case COMMIT_PACKAGE:
	case COMMIT_HEAD:
	case COMMIT_PAYLOADS:
		return JOB_BYTES + job->u.package.wire_bytes + job->u.package.n * ENTRY_BYTES;
	case COMMIT_BLOB:
		return JOB_BYTES + job->u.blob.data.n;
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
	case COMMIT_BLOB:
		return job->u.blob.origin;
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
	if (job->type == COMMIT_PUT || job->type == COMMIT_SYNC || job->type == COMMIT_READ ||
	    job->type == COMMIT_BLOB)
		return TURNS_LOCAL;
	return job->type == COMMIT_JOURNAL ? TURNS_JOURNAL : TURNS_NODE;
}

static struct queue *queue_of(struct turns *t, const struct commit_job *job)
{
	enum turns_queue kind = kind_of(job);

	return kind == TURNS_ORIGIN ? queue_of_origin(t, job_origin(job)) : &t->own[kind];
}

bool turns_push(struct turns *t, struct commit_job *job)
{
	enum turns_queue kind = kind_of(job);
	struct queue *q = queue_of(t, job);
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

static uint64_t item_bytes(const struct ledger_item *it)
{
	return ENTRY_BYTES + ledger_item_bytes(it);
}

/* The first one, or as much of a package as is allowed; one entry at least. */
static uint64_t move_part(struct turns *t, struct queue *q, uint64_t max, struct turn_list *to)
{
	struct commit_job *job = q->first;
	const struct commit_package *p = &job->u.package;
	uint64_t before = job_bytes(job), bytes;
	size_t n = 1;

	if (job->type != COMMIT_PACKAGE || p->n < 2)
		return move_one(t, q, to);
	for (bytes = item_bytes(&p->items[0]); n < p->n && bytes + item_bytes(&p->items[n]) <= max; n++)
		bytes += item_bytes(&p->items[n]);
	if (n == p->n)
		return move_one(t, q, to);
	*to->last = commit_job_split(job, n);
	to->last = &(*to->last)->next;
	to->n++;
	q->bytes -= before - job_bytes(job);
	return before - job_bytes(job);
}

void turns_give_back(struct turns *t, struct commit_job *job)
{
	struct queue *q = queue_of(t, job);
	uint64_t bytes = job_bytes(job);

	if (!q->first)
		q->last = &job->next;
	job->next = q->first;
	q->first = job;
	q->n++;
	q->bytes += bytes;
	t->n++;
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

/* Somebody waits for a local write, or for entries that come as they are written. What else is fetched of a log is of
 * who catches up, however little of it is here, and its end too: of thirty logs one or another always ends. And a
 * cosignature follows the loud one's heads. */
static bool has_writes(const struct queue *q)
{
	const struct commit_job *job = q->first;

	return job && (job->type == COMMIT_PUT || (job->type == COMMIT_PACKAGE && job->u.package.awaited));
}

/* What its credit allows, and `left` of the slice. */
static uint64_t spend_credit(struct turns *t, struct queue *q, uint64_t left, struct turn_list *to)
{
	uint64_t taken = 0;

	while (q->first && q->credit > 0 && taken < left) {
		uint64_t most = left - taken < (uint64_t)q->credit ? left - taken : (uint64_t)q->credit;
		uint64_t bytes = t->pace == &SHARED ? move_part(t, q, most, to) : move_one(t, q, to);

		q->credit -= (int64_t)bytes;
		taken += bytes;
	}
	return taken;
}

/* Deficit round robin: what is larger than a share waits until it has saved enough of them, or goes in parts
 * while somebody quiet is about. Returns the bytes taken, a slice of them. */
static uint64_t take_origins(struct turns *t, bool loud_too, struct turn_list *to)
{
	uint64_t taken = 0, share = t->slice < SHARE_BYTES ? t->slice : SHARE_BYTES;
	bool some = true;

	while (some && taken < t->slice) {
		some = false;
		for (size_t i = 0; i < t->n_origins && taken < t->slice; i++) {
			struct queue *q = &t->origins[t->next++ % t->n_origins];

			if (!q->first || (!loud_too && is_loud(q)))
				continue;
			some = true;
			q->credit += (int64_t)share;
			taken += spend_credit(t, q, t->slice - taken, to);
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
		if (has_writes(q))
			q->quiet_turn = t->turn;
	}
	c->watched |= is_watched(t, q);
}

static bool is_pressing(const struct queue *q)
{
	return has_writes(q) && !is_loud(q);
}

bool turns_pressed(const struct turns *t)
{
	bool pressing = is_pressing(&t->own[TURNS_LOCAL]);

	for (size_t i = 0; !pressing && i < t->n_origins; i++)
		pressing = is_pressing(&t->origins[i]);
	return t->loud && t->pace == &ALONE && pressing;
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

static uint64_t within(uint64_t n, const struct pace *p)
{
	return n < p->slice_min ? p->slice_min : n > p->slice_max ? p->slice_max : n;
}

struct mono turns_ready(const struct turns *t)
{
	bool loud = false;

	if (!t->n)
		return (struct mono){INT64_MAX};
	if (t->own[TURNS_NODE].first || t->own[TURNS_LOCAL].first)
		return (struct mono){0};
	for (size_t i = 0; i < t->n_origins; i++) {
		if (t->origins[i].first && !is_loud(&t->origins[i]))
			return (struct mono){0};
		loud |= t->origins[i].first != NULL;
	}
	return loud ? t->rest_until : (struct mono){0};
}

size_t turns_take(struct turns *t, struct mono now, struct commit_job **ret_list)
{
	struct turn_list to = {ret_list, 0};
	struct crowd c;

	*ret_list = NULL;
	if (!t->n)
		return 0;
	t->turn++;
	c = look_around(t);
	t->apart = c.loud && (now.ns < t->rest_until.ns || (c.quiet && !t->apart));
	t->loud = c.loud && !t->apart;
	t->pace = c.loud && c.watched ? &SHARED : &ALONE;
	t->slice = within(t->slice, t->pace);
	take_own(t, TURNS_NODE, &to);
	take_own(t, TURNS_LOCAL, &to);
	t->taken = c.loud ? take_origins(t, false, &to) : 0;
	if (!t->apart) {
		t->taken = max_u64(t->taken, take_origins(t, true, &to));
		take_own(t, TURNS_JOURNAL, &to);
	}
	return to.n;
}

static int64_t clamp_us(int64_t us, int64_t least, int64_t most)
{
	return us < least ? least : us > most ? most : us;
}

void turns_took(struct turns *t, struct mono now, int64_t us, int64_t cpu_us)
{
	int64_t rest_ns = us * 1000 * t->pace->rest, target_us = t->pace->target_us;

	if (t->apart) /* it says nothing of slices */
		return;
	if (t->loud)
		t->rest_until.ns = now.ns + (rest_ns < REST_MAX_NS ? rest_ns : REST_MAX_NS);
	if (t->pace == &SHARED) /* beside a slow flush, which costs the same for more, work is no burden */
		target_us = clamp_us(us / 4, target_us, target_us * SHARED_SLOWER);
	if (cpu_us > target_us)
		t->slice = within(t->slice / 2, t->pace);
	else if (cpu_us < target_us / 2 && t->taken >= t->slice)
		t->slice = within(t->slice * 2, t->pace);
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
