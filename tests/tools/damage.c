/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Damage a copy of a node's files at random, and read all of it in a child:
 *
 *   damage DIR KIND SEED FIRST COUNT
 *
 *   DIR    holds data/data.mdb and ring/commit.ring of a stopped node, which are damaged and mended
 *          in place, and older/data.mdb, an earlier state of the same database
 *   KIND   bytes, page, stale, moved, truncated: of the database; ring: bytes of the commit log
 *   SEED, FIRST, COUNT   cases FIRST .. FIRST + COUNT - 1 of the seed; each can be had alone
 *
 * The child asks what a node is asked: logs with size and root, entries, payloads, records. An answer
 * is right, refused with an error, older (a log's true root at a smaller size, a record's true earlier
 * revision), or wrong. A child that died (a signal, a time limit) has served nothing. Prints the counts;
 * exit 1 when any answer was wrong, with the case.
 */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/check.h"
#include "base/mem.h"
#include "crypto/hash.h"
#include "ledger/ledger.h"
#include "sim/rng.h"
#include "store/key.h"
#include "store/ring.h"
#include "view/record.h"

#define PAGE_BYTES 4096
#define CHILD_S 10
#define ITEMS_MAX 20000
#define RECORDS_MAX 20000
#define GARBAGE_MAX_BYTES 4096

enum harm { HARM_BYTES, HARM_PAGE, HARM_STALE, HARM_MOVED, HARM_TRUNCATED, HARM_RING, HARM_COUNT };
enum outcome { OUT_RIGHT, OUT_NOT_OPENED, OUT_REFUSED, OUT_OLDER, OUT_DIED, OUT_WRONG, OUT_COUNT };

static const char *const harm_names[] = {"bytes", "page", "stale", "moved", "truncated", "ring"};
static const char *const outcome_names[] = {"right", "not opened", "refused", "older", "died", "wrong"};

/* What a sound copy answers: hashes, in the order of asking. */
struct truth {
	struct {
		char origin[161];
		uint64_t size;
		struct hash *root; /* by size */
		struct hash *item;
	} log[LEDGER_LOGS_MAX];
	size_t n_logs;
	struct {
		char id[200];
		struct hash now;
	} record[RECORDS_MAX];
	size_t n_records;
	struct hash ring[ITEMS_MAX];
	uint64_t ring_first, ring_last;
};

static struct truth truth;
static char *data_dir, *data_path, *ring_path, *older_path;

/* ---- asking */

static int open_data(struct store **ret)
{
	const struct store_opts o = {.dir = data_dir,
				     .tables = ledger_tables,
				     .n_tables = TABLE_COUNT,
				     .max_extra_tables = 3 * LEDGER_LOGS_MAX,
				     .read_only = true};

	return store_open(&o, ret, NULL);
}

static void hash_item(const struct ledger_item *it, struct hash *ret)
{
	struct crypto_hasher *h = crypto_hasher_new();
	uint8_t state = (uint8_t)it->payload_state;

	crypto_hasher_add(h, it->entry);
	crypto_hasher_add(h, it->salt);
	crypto_hasher_add(h, it->payload);
	crypto_hasher_add(h, BYTES(&state, 1));
	crypto_hasher_finish(h, ret);
}

static int read_hash(struct ledger_reader *r, uint64_t index, struct hash *ret)
{
	struct ledger_item item;
	struct arena a;
	int err;

	arena_init(&a, LEDGER_ITEM_BYTES);
	err = ledger_read_item(r, index, &a, &item);
	if (!err)
		hash_item(&item, ret);
	arena_fini(&a);
	return err;
}

static int ask_entry(const struct record *r, const char *id, const struct ledger_item *item,
		     int64_t *ret_time_ms)
{
	struct arena a;
	struct entry en;
	int err;

	arena_init(&a, 65536);
	err = record_entry(r, bytes_of(id), item, &a, &en);
	if (!err)
		*ret_time_ms = en.time_ms;
	arena_fini(&a);
	return err;
}

/* As ctl answers `ims record get`: row, entry, payload, checked against each other. */
static int ask_record(struct store_txn *t, const char *id, struct hash *ret, uint64_t *ret_revision)
{
	struct ledger_reader r;
	struct ledger_item item;
	struct record rec;
	struct buf shown = {0};
	int64_t time_ms;
	char origin[161];
	struct arena a;
	int err = record_get(t, bytes_of(id), &rec, NULL);

	arena_init(&a, LEDGER_ITEM_BYTES);
	if (!err)
		err = ledger_origin_of(t, rec.slot, origin);
	if (!err)
		err = ledger_read_open(t, origin, &r);
	if (!err)
		err = ledger_read_item(&r, rec.index, &a, &item);
	if (!err)
		err = ask_entry(&rec, id, &item, &time_ms);
	if (err)
		goto out;
	buf_printf(&shown, "%d %d %d %d %llu %s %llu %lld %s ", rec.state, rec.operation, rec.audience,
		   rec.reason, (unsigned long long)rec.revision, origin, (unsigned long long)rec.index,
		   (long long)time_ms, rec.kind);
	buf_put(&shown, item.payload);
	crypto_sha256(buf_bytes(&shown), ret);
	buf_fini(&shown);
	*ret_revision = rec.revision;
out:
	arena_fini(&a);
	return err;
}

/* ---- the truth */

static int learn_log(void *ctx, const char *origin, uint32_t slot, uint64_t size)
{
	struct store_txn *t = ctx;
	struct ledger_reader r;
	size_t at = truth.n_logs++;

	(void)slot;
	CHECK(size < ITEMS_MAX);
	snprintf(truth.log[at].origin, sizeof(truth.log[at].origin), "%s", origin);
	truth.log[at].size = size;
	truth.log[at].root = mem_zalloc((size + 1) * sizeof(struct hash));
	truth.log[at].item = mem_zalloc((size + 1) * sizeof(struct hash));
	CHECK(ledger_read_open(t, origin, &r) == 0);
	for (uint64_t i = 0; i <= size; i++)
		CHECK(ledger_root(&r, i, &truth.log[at].root[i]) == 0);
	for (uint64_t i = 0; i < size; i++)
		CHECK(read_hash(&r, i, &truth.log[at].item[i]) == 0);
	return 0;
}

static int learn_record(void *ctx, const char *code, uint64_t number, struct bytes row)
{
	size_t at = truth.n_records++;
	uint64_t revision;

	(void)row;
	CHECK(at < RECORDS_MAX);
	series_id_text(code, number, truth.record[at].id);
	CHECK(ask_record(ctx, truth.record[at].id, &truth.record[at].now, &revision) == 0);
	return 0;
}

static void learn_records(struct store_txn *t)
{
	struct series_list list;
	const struct series_walk all = {.list = &list, .table = TABLE_RECORDS};

	CHECK(series_list_load(t, &list) == 0);
	CHECK(series_walk(t, &all, learn_record, t) == 0);
	series_list_fini(&list);
}

static void learn_ring(void)
{
	const struct ring_opts o = {.path = ring_path, .read_only = true};
	struct errtext why = {""};
	struct ring *r;
	struct bytes body;

	CHECK(ring_open(&o, &r, &why) == 0);
	truth.ring_first = ring_first(r);
	truth.ring_last = ring_last(r);
	CHECK(truth.ring_last - truth.ring_first < ITEMS_MAX);
	for (uint64_t s = truth.ring_first; s && s <= truth.ring_last; s++) {
		CHECK(ring_read(r, s, &body) == 0);
		crypto_sha256(body, &truth.ring[s - truth.ring_first]);
	}
	ring_close(r);
}

static void learn(void)
{
	struct store *s;
	struct store_txn *t;

	CHECK(open_data(&s) == 0);
	CHECK(store_begin_read(s, &t) == 0);
	CHECK(ledger_each(t, learn_log, t) == 0);
	learn_records(t);
	store_abort(t);
	store_close(s);
	learn_ring();
}

/* ---- judging, in the child */

static enum outcome worse(enum outcome a, enum outcome b)
{
	return a > b ? a : b;
}

static enum outcome judge_log(struct store_txn *t, size_t at)
{
	enum outcome out = OUT_RIGHT;
	struct ledger_reader r;
	struct hash root, got;

	if (ledger_read_open(t, truth.log[at].origin, &r))
		return OUT_REFUSED;
	if (r.size > truth.log[at].size || !hash_eq(&r.root, &truth.log[at].root[r.size]))
		return ledger_root(&r, r.size, &root) == 0 && hash_eq(&root, &r.root) ? OUT_WRONG
										      : OUT_REFUSED;
	if (r.size < truth.log[at].size)
		out = OUT_OLDER;
	for (uint64_t i = 0; i < r.size; i++) {
		if (read_hash(&r, i, &got)) {
			out = worse(out, OUT_REFUSED);
			continue;
		}
		if (!hash_eq(&got, &truth.log[at].item[i]))
			return OUT_WRONG;
	}
	return out;
}

static enum outcome judge_records(struct store_txn *t)
{
	enum outcome out = OUT_RIGHT;

	for (size_t i = 0; i < truth.n_records; i++) {
		struct hash got;
		uint64_t revision;

		if (ask_record(t, truth.record[i].id, &got, &revision))
			out = worse(out, OUT_REFUSED);
		else if (!hash_eq(&got, &truth.record[i].now))
			return OUT_WRONG;
	}
	return out;
}

static enum outcome judge_ring(void)
{
	const struct ring_opts o = {.path = ring_path, .read_only = true};
	enum outcome out = OUT_RIGHT;
	struct errtext why = {""};
	struct ring *r;
	struct bytes body;
	struct hash got;

	if (ring_open(&o, &r, &why))
		return OUT_NOT_OPENED;
	if (ring_first(r) != truth.ring_first || ring_last(r) != truth.ring_last)
		out = OUT_REFUSED; /* a start compares the ends with the database */
	for (uint64_t s = ring_first(r); s && s <= ring_last(r); s++) {
		if (ring_read(r, s, &body)) {
			out = worse(out, OUT_REFUSED);
			continue;
		}
		crypto_sha256(body, &got);
		if (s > truth.ring_last || s < truth.ring_first ||
		    !hash_eq(&got, &truth.ring[s - truth.ring_first]))
			return OUT_WRONG;
	}
	ring_close(r);
	return out;
}

static enum outcome judge(enum harm harm)
{
	enum outcome out = OUT_RIGHT;
	struct store *s;
	struct store_txn *t;

	if (harm == HARM_RING)
		return judge_ring();
	if (open_data(&s))
		return OUT_NOT_OPENED;
	if (store_begin_read(s, &t))
		return OUT_REFUSED;
	for (size_t i = 0; i < truth.n_logs; i++)
		out = worse(out, judge_log(t, i));
	return worse(out, judge_records(t));
}

static enum outcome in_child(enum harm harm)
{
	int status;
	pid_t pid = fork();

	CHECK(pid >= 0);
	if (pid == 0) {
		int null = open("/dev/null", O_WRONLY);

		dup2(null, 2);
		alarm(CHILD_S);
		_exit((int)judge(harm));
	}
	CHECK(waitpid(pid, &status, 0) == pid);
	return WIFEXITED(status) ? (enum outcome)WEXITSTATUS(status) : OUT_DIED;
}

/* ---- damaging, and mending after it */

struct file {
	int fd;
	uint8_t *sound;
	size_t n;    /* bytes that are kept in `sound`; behind them the file is a hole */
	off_t whole; /* its length */
};

/* A database's file is as long as its map, and zero behind what it holds. */
static struct file file_open(const char *path)
{
	struct file f = {.fd = open(path, O_RDWR)};
	struct stat st;

	CHECK(f.fd >= 0 && fstat(f.fd, &st) == 0);
	f.whole = st.st_size;
	f.n = (size_t)st.st_size;
	f.sound = mem_zalloc(f.n);
	CHECK(pread(f.fd, f.sound, f.n, 0) == (ssize_t)f.n);
	while (f.n > PAGE_BYTES && f.sound[f.n - 1] == 0)
		f.n--;
	f.n = (f.n + PAGE_BYTES - 1) / PAGE_BYTES * PAGE_BYTES;
	return f;
}

static void put(const struct file *f, const void *p, size_t n, size_t at)
{
	if (at + n > f->n)
		n = f->n - at;
	CHECK(pwrite(f->fd, p, n, (off_t)at) == (ssize_t)n);
}

static void damage_bytes(const struct file *f, struct rng *r)
{
	size_t at = (size_t)(rng_next(r) % f->n), n = rng_range(r, 1, 16);
	uint8_t b[16];

	for (size_t i = 0; i < n; i++)
		b[i] = (uint8_t)(at + i < f->n ? f->sound[at + i] ^ rng_range(r, 1, 255) : 0);
	put(f, b, n, at);
}

static void damage_page(const struct file *f, struct rng *r)
{
	size_t n = rng_range(r, 1, 8) * 512u, at = (size_t)(rng_next(r) % (f->n / 512)) * 512;
	uint8_t b[GARBAGE_MAX_BYTES] = {0};

	for (size_t i = 0; rng_percent(r, 80) && i < n; i += 8) {
		uint64_t x = rng_next(r);

		memcpy(b + i, &x, 8);
	}
	put(f, b, n, at);
}

static void damage(enum harm harm, const struct file *f, const struct file *older, struct rng *r)
{
	size_t n_pages = (harm == HARM_STALE && older->n < f->n ? older->n : f->n) / PAGE_BYTES;
	size_t to = (size_t)(rng_next(r) % n_pages) * PAGE_BYTES,
	       from = (size_t)(rng_next(r) % n_pages) * PAGE_BYTES;

	switch (harm) {
	case HARM_PAGE:
		damage_page(f, r);
		break;
	case HARM_STALE:
		put(f, older->sound + to, PAGE_BYTES, to);
		break;
	case HARM_MOVED:
		put(f, f->sound + from, PAGE_BYTES, to);
		break;
	case HARM_TRUNCATED:
		CHECK(ftruncate(f->fd, (off_t)(rng_next(r) % f->n)) == 0);
		break;
	default:
		damage_bytes(f, r);
	}
}

static void mend(const struct file *f)
{
	put(f, f->sound, f->n, 0);
	CHECK(ftruncate(f->fd, f->whole) == 0);
}

/* ---- */

static int run(enum harm harm, uint64_t seed, uint64_t first, uint64_t count)
{
	const char *path = harm == HARM_RING ? ring_path : data_path;
	struct file f = file_open(path), older = file_open(older_path);
	uint64_t counts[OUT_COUNT] = {0};

	for (uint64_t i = first; i < first + count; i++) {
		enum outcome out;
		struct rng r;

		rng_init(&r, seed * 1000003 + i);
		damage(harm, &f, &older, &r);
		out = in_child(harm);
		mend(&f);
		counts[out]++;
		if (out == OUT_WRONG)
			printf("wrong: %s seed %llu case %llu\n", harm_names[harm], (unsigned long long)seed,
			       (unsigned long long)i);
	}
	printf("%s:", harm_names[harm]);
	for (int i = 0; i < OUT_COUNT; i++)
		printf("%s %llu %s", i ? "," : "", (unsigned long long)counts[i], outcome_names[i]);
	printf("\n");
	return counts[OUT_WRONG] ? 1 : 0;
}

int main(int argc, char **argv)
{
	enum harm harm = 0;

	while (argc == 6 && harm < HARM_COUNT && strcmp(argv[2], harm_names[harm]) != 0)
		harm++;
	if (argc != 6 || harm == HARM_COUNT) {
		fprintf(stderr, "usage: damage DIR bytes|page|stale|moved|truncated|ring SEED FIRST COUNT\n");
		return 2;
	}
	data_dir = mem_printf("%s/data", argv[1]);
	data_path = mem_printf("%s/data/data.mdb", argv[1]);
	ring_path = mem_printf("%s/ring/commit.ring", argv[1]);
	older_path = mem_printf("%s/older/data.mdb", argv[1]);
	learn();
	return run(harm, strtoull(argv[3], NULL, 10), strtoull(argv[4], NULL, 10),
		   strtoull(argv[5], NULL, 10));
}
