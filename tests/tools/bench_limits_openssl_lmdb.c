/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What this machine can do at most, measured in the same run as the nodes:
 * bench_limits_openssl_lmdb FOLDER MS RECORDS [lmdb], where FOLDER stands on the disk of the nodes, MS
 * is the time for each and RECORDS are in the database before the clock runs; with `lmdb` nothing
 * else is measured. Nothing here is the daemon's code but SHA-256.
 *
 *   limit_fdatasync   2 KiB into a preallocated file, fdatasync, one after the other
 *   limit_group       the same with 64 records of 2 KiB a flush, in records
 *   limit_sha256      blocks of 1 MiB
 *   limit_tls         2 KiB there and back over TLS 1.3 on loopback, a thread a side
 *   limit_lmdb        a record of 1.5 KiB and an index key, a durable transaction each
 *   limit_lmdb_1000   the same, 1000 a transaction, in records
 */
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <sys/socket.h>
#include <unistd.h>

#include <lmdb.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include "base/buf.h"
#include "bench/measure.h"
#include "crypto/hash.h"

#define PIECE_BYTES 2048
#define GROUP 64
#define FILE_BYTES (64u << 20)
#define SHA_BYTES (1u << 20)
#define MAP_BYTES ((size_t)8 << 30)
#define RECORD_BYTES 1536
#define BATCH 1000

static int64_t run_ms;

static void report(const char *name, const char *unit, double n, struct mono start)
{
	printf("{\"name\": \"%s\", \"unit\": \"%s\", \"value\": %.3f}\n", name, unit,
	       n / seconds_between(start, clock_mono()));
}

static void must(bool ok, const char *what)
{
	if (!ok)
		die("%s: %s", what, errno ? strerror(errno) : "failed");
}

/* ---- the disk */

static void measure_flush(const char *folder, const char *name, size_t records)
{
	char *path = mem_printf("%s/flush", folder);
	size_t n_bytes = records * PIECE_BYTES, at = 0, flushes = 0;
	uint8_t *piece = mem_zalloc(n_bytes), *zeros = mem_zalloc(FILE_BYTES);
	int fd = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	struct mono start, end;

	must(fd >= 0 && write(fd, zeros, FILE_BYTES) == FILE_BYTES && fsync(fd) == 0, path);
	memset(piece, 0x5a, n_bytes);
	start = clock_mono();
	end = mono_plus_ms(start, run_ms);
	for (; clock_mono().ns < end.ns; flushes++) {
		must(pwrite(fd, piece, n_bytes, (off_t)at) == (ssize_t)n_bytes && fdatasync(fd) == 0, path);
		at = at + 2 * n_bytes > FILE_BYTES ? 0 : at + n_bytes;
	}
	report(name, "records/s", (double)(flushes * records), start);
	close(fd);
	unlink(path);
	free(piece);
	free(zeros);
	free(path);
}

static void measure_sha256(void)
{
	uint8_t *block = mem_zalloc(SHA_BYTES);
	struct mono start = clock_mono(), end = mono_plus_ms(start, run_ms);
	struct hash h;
	size_t n = 0;

	for (; clock_mono().ns < end.ns; n++) {
		crypto_sha256(BYTES(block, SHA_BYTES), &h);
		block[0] ^= h.b[0]; /* the next block waits for this hash */
	}
	report("limit_sha256", "MB/s", (double)n * SHA_BYTES / 1e6, start);
	free(block);
}

/* ---- TLS */

static bool read_piece(SSL *ssl, uint8_t *piece)
{
	for (size_t have = 0; have < PIECE_BYTES;) {
		int n = SSL_read(ssl, piece + have, (int)(PIECE_BYTES - have));

		if (n <= 0)
			return false;
		have += (size_t)n;
	}
	return true;
}

/* Answers until the other side closes. */
static void *echo_main(void *arg)
{
	SSL *ssl = arg;
	uint8_t piece[PIECE_BYTES];

	must(SSL_accept(ssl) == 1, "TLS accept");
	while (read_piece(ssl, piece))
		must(SSL_write(ssl, piece, PIECE_BYTES) == PIECE_BYTES, "TLS write");
	return NULL;
}

static void socket_pair(int fd[2])
{
	struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t n = sizeof(a);
	int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), on = 1;

	fd[0] = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	must(bind(listener, (struct sockaddr *)&a, n) == 0 && listen(listener, 1) == 0 &&
		     getsockname(listener, (struct sockaddr *)&a, &n) == 0 &&
		     connect(fd[0], (struct sockaddr *)&a, n) == 0,
	     "loopback");
	fd[1] = accept(listener, NULL, NULL);
	must(fd[1] >= 0, "loopback");
	close(listener);
	for (int i = 0; i < 2; i++)
		(void)setsockopt(fd[i], IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
}

static SSL_CTX *server_settings(void)
{
	SSL_CTX *ctx = SSL_CTX_new(TLS_server_method());
	EVP_PKEY *key = EVP_EC_gen("P-256");
	X509 *cert = X509_new();

	must(ctx && key && cert, "TLS settings");
	must(X509_gmtime_adj(X509_getm_notBefore(cert), -60) &&
		     X509_gmtime_adj(X509_getm_notAfter(cert), 3600) && X509_set_pubkey(cert, key) == 1 &&
		     X509_sign(cert, key, EVP_sha256()) > 0 && SSL_CTX_use_certificate(ctx, cert) == 1 &&
		     SSL_CTX_use_PrivateKey(ctx, key) == 1 &&
		     SSL_CTX_set_min_proto_version(ctx, TLS1_3_VERSION) == 1,
	     "TLS certificate");
	X509_free(cert);
	EVP_PKEY_free(key);
	return ctx;
}

static SSL *side(SSL_CTX *ctx, int fd)
{
	SSL *ssl = SSL_new(ctx);

	must(ssl && SSL_set_fd(ssl, fd) == 1, "TLS");
	return ssl;
}

static void measure_tls(void)
{
	SSL_CTX *server = server_settings(), *client = SSL_CTX_new(TLS_client_method());
	uint8_t piece[PIECE_BYTES] = {1};
	struct mono start, end;
	SSL *near, *far;
	pthread_t thread;
	size_t n = 0;
	int fd[2];

	socket_pair(fd);
	near = side(client, fd[0]);
	far = side(server, fd[1]);
	must(pthread_create(&thread, NULL, echo_main, far) == 0, "thread");
	must(SSL_connect(near) == 1, "TLS connect");
	start = clock_mono();
	end = mono_plus_ms(start, run_ms);
	for (; clock_mono().ns < end.ns; n++)
		must(SSL_write(near, piece, PIECE_BYTES) == PIECE_BYTES && read_piece(near, piece), "TLS");
	report("limit_tls", "round trips/s", (double)n, start);
	(void)shutdown(fd[0], SHUT_RDWR);
	pthread_join(thread, NULL);
	SSL_free(near);
	SSL_free(far);
	close(fd[0]);
	close(fd[1]);
	SSL_CTX_free(server);
	SSL_CTX_free(client);
}

/* ---- LMDB */

static void must_mdb(int err, const char *what)
{
	if (err)
		die("%s: %s", what, mdb_strerror(err));
}

static void put_record(MDB_txn *txn, MDB_dbi log, MDB_dbi index, uint64_t number_of, uint64_t *rng)
{
	uint8_t place[8], id[16], record[RECORD_BYTES] = {0};
	MDB_val key = {sizeof(place), place}, value = {sizeof(record), record};

	be64_put(place, number_of);
	be64_put(id, chance(rng));
	be64_put(id + 8, number_of);
	must_mdb(mdb_put(txn, log, &key, &value, MDB_APPEND), "mdb_put");
	key = (MDB_val){sizeof(id), id};
	value = (MDB_val){sizeof(place), place};
	must_mdb(mdb_put(txn, index, &key, &value, 0), "mdb_put");
}

struct base {
	MDB_env *env;
	MDB_dbi log, index;
	uint64_t n, rng;
};

static void put_batch(struct base *b, unsigned batch)
{
	MDB_txn *txn;

	must_mdb(mdb_txn_begin(b->env, NULL, 0, &txn), "mdb_txn_begin");
	for (unsigned i = 0; i < batch; i++)
		put_record(txn, b->log, b->index, b->n++, &b->rng);
	must_mdb(mdb_txn_commit(txn), "mdb_txn_commit");
}

static void measure_batches(struct base *b, const char *name, unsigned batch)
{
	struct mono start = clock_mono(), end = mono_plus_ms(start, run_ms);
	uint64_t before = b->n;

	while (clock_mono().ns < end.ns)
		put_batch(b, batch);
	report(name, "records/s", (double)(b->n - before), start);
}

static void measure_lmdb(const char *folder, uint64_t records)
{
	char *data = mem_printf("%s/lmdb", folder), *lock = mem_printf("%s/lmdb-lock", folder);
	struct base b = {.rng = 7};
	MDB_env *env;
	MDB_txn *txn;

	must_mdb(mdb_env_create(&env), "mdb_env_create");
	must_mdb(mdb_env_set_mapsize(env, MAP_BYTES), "mdb_env_set_mapsize");
	must_mdb(mdb_env_set_maxdbs(env, 2), "mdb_env_set_maxdbs");
	must_mdb(mdb_env_open(env, data, MDB_NOSUBDIR, 0600), "mdb_env_open");
	must_mdb(mdb_txn_begin(env, NULL, 0, &txn), "mdb_txn_begin");
	must_mdb(mdb_dbi_open(txn, "log", MDB_CREATE, &b.log), "mdb_dbi_open");
	must_mdb(mdb_dbi_open(txn, "index", MDB_CREATE, &b.index), "mdb_dbi_open");
	must_mdb(mdb_txn_commit(txn), "mdb_txn_commit");
	b.env = env;
	while (b.n < records)
		put_batch(&b, 10 * BATCH);
	measure_batches(&b, "limit_lmdb", 1);
	measure_batches(&b, "limit_lmdb_1000", BATCH);
	mdb_env_close(env);
	unlink(data);
	unlink(lock);
	free(data);
	free(lock);
}

int main(int argc, char **argv)
{
	if (argc != 4 && !(argc == 5 && strcmp(argv[4], "lmdb") == 0))
		die("usage: bench_limits_openssl_lmdb FOLDER MS RECORDS [lmdb]");
	run_ms = (int64_t)number("MS", argv[2]);
	if (argc == 4) {
		measure_flush(argv[1], "limit_fdatasync", 1);
		measure_flush(argv[1], "limit_group", GROUP);
		measure_sha256();
		measure_tls();
	}
	measure_lmdb(argv[1], number("RECORDS", argv[3]));
	return 0;
}
