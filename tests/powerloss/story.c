/* SPDX-License-Identifier: Apache-2.0 */
#include "powerloss/back.h"

#define QUIET_MS 20
#define CLIENTS_MAX 24
#define RING_BYTES (64u << 10) /* its end is reached within a life */
#define MAP_BYTES (1u << 20)

/* ---- what the commit object tells */

static struct fact *add_fact(struct story *s, enum fact_type type, uint64_t n)
{
	s->facts = mem_grow(s->facts, &s->capacity, s->n_facts + 1, sizeof(*s->facts));
	s->facts[s->n_facts] = (struct fact){.type = type, .at = s->now->n, .n = n};
	return &s->facts[s->n_facts++];
}

/* "Organisation 17" of a payload. */
static void add_told(struct story *s, struct bytes payload)
{
	static const char word[] = "Organisation ";
	const uint8_t *at = memmem(payload.p, payload.n, word, sizeof(word) - 1);
	const uint8_t *end = at ? at + sizeof(word) - 1 : NULL;
	struct fact *f;

	if (!at)
		return; /* of the life after */
	while (end < payload.p + payload.n && *end >= '0' && *end <= '9')
		end++;
	f = add_fact(s, FACT_TOLD, 0);
	CHECK((size_t)(end - at) < sizeof(f->name));
	memcpy(f->name, at, (size_t)(end - at));
}

static void on_complete(void *ctx, struct commit_job *job)
{
	struct story *s = ctx;

	node_complete(s->node, job);
	if (job->err)
		return;
	if (job->type == COMMIT_PUT && s->back.is_on) {
		add_told(s, job->u.put.payload);
	} else if (job->type == COMMIT_PUT) {
		add_fact(s, FACT_ACKNOWLEDGED, job->u.put.ret_index);
	} else if (job->type == COMMIT_PACKAGE && strcmp(job->u.package.origin, FIXTURE_ORIGIN) == 0) {
		if (job->u.package.ret_size == job->u.package.head_size)
			add_fact(s, FACT_PUBLISHED, job->u.package.head_size)->hash = job->u.package.head_root;
	} else if (job->type == COMMIT_PACKAGE) {
		s->foreign_stored = job->u.package.ret_size;
		add_fact(s, FACT_STORED, s->foreign_stored);
	}
}

static void on_published(void *ctx, struct commit_group *g)
{
	struct story *s = ctx;

	CHECK(g->size <= STORY_ENTRIES_MAX);
	for (size_t i = 0; i < g->n; i++)
		s->leaf[g->items[i].index] = g->items[i].leaf;
	if (g->note.n)
		add_fact(s, FACT_PUBLISHED, g->size)->hash = g->root;
	node_published(s->node, g);
}

static void on_committed(void *ctx, uint64_t own_size, uint64_t ring_seq)
{
	node_committed(((struct story *)ctx)->node, own_size, ring_seq);
}

static void on_state(void *ctx, enum commit_state state, const char *reason)
{
	node_state(((struct story *)ctx)->node, state, reason);
}

static void on_fatal(void *ctx, int err, const char *why)
{
	node_fatal(((struct story *)ctx)->node, err, why);
}

static struct wall tell_wall(void *ctx)
{
	return node_wall(((struct story *)ctx)->node);
}

static struct mono tell_mono(void *ctx)
{
	return node_mono(((struct story *)ctx)->node);
}

static void tell_random(void *ctx, void *p, size_t n_bytes)
{
	node_random(((struct story *)ctx)->node, p, n_bytes);
}

/* ---- start and end */

static int open_files(struct node *n)
{
	char *path = tmpdir_path(n->dir, "ring");
	struct store_opts so = {.dir = n->dir,
				.tables = ledger_tables,
				.n_tables = TABLE_COUNT,
				.max_extra_tables = 64,
				.map_bytes = n->map_bytes,
				.map_max_bytes = n->map_max_bytes};
	struct ring_opts ro = {
		.path = path, .size_bytes = n->ring_bytes, .instance = n->new_instance, .create = true};
	int err = store_open(&so, &n->store, &n->why);

	if (!err)
		err = ring_open(&ro, &n->ring, &n->why);
	free(path);
	return err;
}

int story_open(struct story *s)
{
	struct node *n = s->node;
	struct commit_opts o = {.federation = "ims.example",
				.region = "eu",
				.origin = FIXTURE_ORIGIN,
				.log_signer = &n->log_signer,
				.cosigner = &n->cosigner,
				.roster = n->roster,
				.reference = n->reference,
				.quiet_ms = QUIET_MS,
				.head_interval_ms = FIXTURE_HEAD_MS,
				.dirty_max_bytes = 64u << 20,
				.map_low_percent = n->map_low_percent,
				.gate_open = !s->back.is_on,
				.ops = {on_complete, on_published, on_committed, on_state, on_fatal,
					tell_wall, tell_mono, tell_random, s, NULL}};
	int err = open_files(n);

	n->state = COMMIT_READY;
	n->fatal = 0;
	o.store = n->store;
	o.ring = n->ring;
	return err ? err : commit_open(&o, &n->commit, &n->why);
}

struct story *story_new(uint64_t seed)
{
	struct story *s = mem_new(struct story);
	void *node;

	record_seed(seed);
	rng_init(&s->rng, seed);
	node_setup(&node);
	s->node = node;
	s->node->random = seed << 32;
	s->node->ring_bytes = RING_BYTES;
	s->node->map_bytes = MAP_BYTES;
	s->foreign = foreign_new("mx");
	s->elsewhere = foreign_new("eu");
	s->now = &s->calls;
	return s;
}

void story_free(struct story *s)
{
	void *node = s->node;

	node_teardown(&node);
	foreign_free(s->foreign);
	foreign_free(s->elsewhere);
	record_fini(&s->calls);
	free(s->facts);
	free(s);
}

/* ---- turns */

/* So long that the payload is stored packed. */
#define TEN_WORDS "and on and on and on and on and on "
#define PACKED_TEXT ", " TEN_WORDS TEN_WORDS TEN_WORDS TEN_WORDS TEN_WORDS "by the Danube"

static struct commit_job *client_job(struct story *s)
{
	static const char *const cities[] = {"Bonn", "Kiel", "Jena", "Ulm" PACKED_TEXT};
	char name[64];

	snprintf(name, sizeof(name), "Organisation %u", rng_below(&s->rng, 400));
	return org_job(name, cities[rng_below(&s->rng, 4)]);
}

/* Several clients at once: one group, or a few. What is refused is told so. */
static void clients_put(struct story *s, unsigned n)
{
	struct commit_job *jobs[CLIENTS_MAX] = {NULL};

	for (unsigned i = 0; i < n; i++)
		jobs[i] = client_job(s);
	commit_run(s->node->commit, jobs, n);
	for (unsigned i = 0; i < n; i++)
		commit_job_free(jobs[i]);
}

int story_put_one(struct story *s)
{
	struct commit_job *j;
	char name[64];
	int err;

	snprintf(name, sizeof(name), "Late %llu", (unsigned long long)rng_next(&s->rng));
	j = org_job(name, "Bonn");
	err = node_do(s->node, j);
	commit_job_free(j);
	return err;
}

/* What takes as much room packed; no message begins like it. */
static void noise(uint64_t seed, uint8_t *p, size_t n)
{
	struct rng r;

	rng_init(&r, seed);
	for (size_t i = 0; i < n; i++)
		p[i] = i ? (uint8_t)(rng_next(&r) >> 32) : 0;
}

/* An entry of the other region: an organisation, or what no kind can read and fills the map. */
static void peer_writes(struct story *s)
{
	uint8_t big[40000];
	struct bytes payload = BYTES(big, sizeof(big));
	struct foreign *f = s->foreign;
	char id[RECORD_ID_MAX_BYTES + 1], name[64];

	snprintf(id, sizeof(id), "mx-%llu", (unsigned long long)f->size);
	snprintf(name, sizeof(name), "Empresa %llu", (unsigned long long)f->size);
	if (rng_percent(&s->rng, 50)) {
		noise(f->size, big, sizeof(big));
		foreign_add(f, foreign_entry(f, "organisation", id, 1), &payload);
	} else {
		foreign_org(f, id, 1, name);
	}
}

/* The next entries of the other region, as one verified package. */
static void peer_gives(struct story *s, unsigned n)
{
	struct foreign *f = s->foreign;

	while (n--)
		peer_writes(s);
	assert_int_equal(node_run(s->node, foreign_job(f, COMMIT_PACKAGE, s->foreign_stored, f->size,
						       rng_percent(&s->rng, 50))),
			 0);
}

static void time_passes(struct story *s, int64_t ms)
{
	node_advance(s->node, ms);
	commit_tick(s->node->commit);
}

static void restart(struct story *s, bool killed)
{
	if (killed)
		node_crash(s->node);
	else
		node_stop(s->node);
	assert_int_equal(story_open(s), 0);
}

static void turn(struct story *s)
{
	unsigned what = rng_below(&s->rng, 100);

	if (what < 45)
		clients_put(s, rng_range(&s->rng, 1, 4));
	else if (what < 50)
		clients_put(s, CLIENTS_MAX);
	else if (what < 65)
		time_passes(s, QUIET_MS + 10);
	else if (what < 75)
		node_sync(s->node);
	else if (what < 85)
		peer_gives(s, rng_range(&s->rng, 1, 8));
	else if (what < 92)
		time_passes(s, FIXTURE_HEAD_MS + 50);
	else if (what < 95)
		restart(s, false);
	else
		restart(s, true);
	node_advance(s->node, rng_range(&s->rng, 0, 10));
}

void story_tell(struct story *s, unsigned steps)
{
	struct names none = {0};
	unsigned back_at = rng_range(&s->rng, 5, steps);

	record_begin(&s->calls, s->node->dir, &none);
	if (story_open(s))
		fail_msg("%s", s->node->why.text);
	for (unsigned i = 0; i < steps; i++) {
		turn(s);
		if (i >= back_at && !s->elsewhere->size)
			back_tell(s, clients_put);
	}
	node_crash(s->node);
	record_end();
}

/* ---- the life after */

struct story_end *story_end_of(const struct story *s)
{
	struct story_end *end = mem_new(struct story_end);

	end->node = *s->node;
	end->back = s->back;
	end->facts = mem_dup(s->facts, s->n_facts * sizeof(*s->facts));
	end->n_facts = s->n_facts;
	memcpy(end->leaf, s->leaf, sizeof(end->leaf));
	return end;
}

void story_end_free(struct story_end *end)
{
	free(end->facts);
	free(end);
}

void story_back_to(struct story *s, const struct story_end *end, uint64_t seed)
{
	*s->node = end->node;
	s->back = end->back;
	s->facts = mem_grow(s->facts, &s->capacity, end->n_facts, sizeof(*s->facts));
	memcpy(s->facts, end->facts, end->n_facts * sizeof(*s->facts));
	s->n_facts = end->n_facts;
	memcpy(s->leaf, end->leaf, sizeof(s->leaf));
	s->now = &s->calls;
	rng_init(&s->rng, seed);
	record_seed(seed);
}

/* What was promised by `cut` is promised from the start. */
static void keep_promises(struct story *s, size_t cut)
{
	size_t left = 0;

	for (size_t i = 0; i < s->n_facts; i++)
		if (s->facts[i].at <= cut) {
			s->facts[left] = s->facts[i];
			s->facts[left++].at = 0;
		}
	s->n_facts = left;
}

int story_go_on(struct story *s, size_t cut, const struct names *files, struct recording *calls)
{
	int err;

	keep_promises(s, cut);
	back_cut(s, cut);
	s->now = calls;
	record_begin(calls, s->node->dir, files);
	err = story_open(s);
	if (!err && s->back.is_on) {
		err = back_go_on(s);
		if (!err)
			back_ends(s);
	}
	for (unsigned i = 0; !err && i < 3; i++) {
		err = story_put_one(s);
		if (rng_percent(&s->rng, 30))
			time_passes(s, QUIET_MS + 10);
	}
	if (!err)
		node_crash(s->node);
	record_end();
	return err;
}
