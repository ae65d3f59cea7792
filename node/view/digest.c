/* SPDX-License-Identifier: Apache-2.0 */
#include "view/digest.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/mem.h"
#include "base/text.h"
#include "crypto/hash.h"
#include "ledger/ledger.h"
#include "store/key.h"
#include "view/record.h"

struct walk {
	struct store_txn *txn;
	struct crypto_hasher *hasher;
	struct digest *out;
	char origins[LEDGER_LOGS_MAX + 1][161];	/* by slot */
};

__attribute__((format(printf, 2, 3))) static void line(struct walk *w, const char *fmt, ...)
{
	char text[1024];
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	if (n > 0)
		crypto_hasher_add(w->hasher, BYTES(text, (size_t)n < sizeof(text) ? (size_t)n : sizeof(text) - 1));
}

static int add_log(void *ctx, const char *origin, uint32_t slot, uint64_t size)
{
	struct walk *w = ctx;
	struct digest *d = w->out;
	struct origin_parts parts;
	struct ledger_reader r;
	struct hash root;
	char hex[HEX_HASH_BYTES];
	int err;

	if (slot > LEDGER_LOGS_MAX)
		return IMS_E_CORRUPT;
	strcpy(w->origins[slot], origin);
	if (origin_parse(bytes_of(origin), &parts))
		return 0; /* a journal */
	err = ledger_read_open(w->txn, origin, &r);
	if (err)
		return err;
	size = ledger_counted(&r);
	err = ledger_root(&r, size, &root);
	if (err)
		return err;
	line(w, "log %s %llu %s\n", origin, (unsigned long long)size, hex_hash(&root, hex));
	d->logs = mem_realloc(d->logs, (d->n_logs + 1) * sizeof(*d->logs));
	strcpy(d->logs[d->n_logs].origin, origin);
	d->logs[d->n_logs++].size = size;
	return 0;
}

static int add_records(struct walk *w)
{
	struct store_cursor c;
	struct record r;
	char hex[HEX_HASH_BYTES];
	int err = 0;

	for (store_seek(&c, w->txn, TABLE_RECORDS, BYTES_NONE, BYTES_NONE, false); store_cursor_ok(&c) && !err;
	     store_next(&c)) {
		err = record_decode(c.value, &r);
		if (err || r.slot > LEDGER_LOGS_MAX) {
			err = IMS_E_CORRUPT;
			break;
		}
		w->out->records++;
		w->out->holes += r.state == RECORD_WANTED;
		line(w, "record %.*s %s %s %llu %s %llu %s\n", (int)c.key.n, (const char *)c.key.p, r.kind,
		     record_state_name(r.state), (unsigned long long)r.revision, w->origins[r.slot],
		     (unsigned long long)r.index, hex_hash(&r.leaf, hex));
	}
	store_cursor_fini(&c);
	return err;
}

/* What the fold may not look at is a hole: a node that may has another digest. */
static void count_quarantined(struct walk *w)
{
	struct store_cursor c;

	for (store_seek(&c, w->txn, TABLE_PROBLEMS, BYTES_NONE, BYTES_NONE, false); store_cursor_ok(&c); store_next(&c))
		w->out->holes += c.value.n >= 2 && be16_get(c.value.p) == -IMS_E_QUARANTINED;
	store_cursor_fini(&c);
}

static int add_keys(struct walk *w)
{
	struct store_cursor c;
	struct bytes name, value, id;
	int err = 0;

	for (store_seek(&c, w->txn, TABLE_KEYS, BYTES_NONE, BYTES_NONE, false); store_cursor_ok(&c) && !err;
	     store_next(&c)) {
		err = store_key_parse(c.key, "SSD", &name, &value, &id);
		if (err)
			break;
		w->out->keys++;
		line(w, "key %.*s %.*s %.*s\n", (int)name.n, (const char *)name.p, (int)value.n,
		     (const char *)value.p, (int)id.n, (const char *)id.p);
	}
	store_cursor_fini(&c);
	return err;
}

int digest_compute(struct store_txn *t, uint64_t roster_version, struct digest *ret)
{
	struct walk *w = mem_new(struct walk);
	int err;

	*ret = (struct digest){.roster = roster_version, .rules = REGISTRY_RULES_VERSION};
	*w = (struct walk){.txn = t, .hasher = crypto_hasher_new(), .out = ret};
	line(w, "imsd-view/1\nroster %llu\nrules %d\n", (unsigned long long)roster_version,
	     REGISTRY_RULES_VERSION);
	err = ledger_each(t, add_log, w);
	if (!err)
		err = add_records(w);
	if (!err)
		err = add_keys(w);
	count_quarantined(w);
	crypto_hasher_finish(w->hasher, &ret->digest);
	free(w);
	if (err)
		digest_fini(ret);
	return err;
}

void digest_fini(struct digest *d)
{
	free(d->logs);
	*d = (struct digest){0};
}
