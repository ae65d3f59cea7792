/* SPDX-License-Identifier: Apache-2.0 */
/* Sealed records of another region, and needs of this one that they are about. */
#ifndef TESTS_UNIT_VIEW_SEALED_H
#define TESTS_UNIT_VIEW_SEALED_H

#include "base/text.h"
#include "registry/audience.h"
#include "unit/view/foreign.h"
#include "unit/view/look.h"

#define SEALED_MX "ims.example/mx/1"

/* A sealed record of that log, for these regions ("eu,mx"), with this inside. */
static inline struct ledger_item *sealed_add(struct foreign *f, const char *id, const char *regions,
					     const char *kind, const char *json, int64_t time_ms)
{
	struct entry en = foreign_entry(f, "sealed", id, 0);
	struct buf inner = {0}, sealed = {0};
	struct ledger_item *it;
	struct bytes payload;

	en.audience = ENTRY_NAMED;
	en.time_ms = time_ms;
	payload_put(kind, json, &inner);
	assert_int_equal(registry_seal(BYTES_LIT("bea"), bytes_of(regions), bytes_of(kind), buf_bytes(&inner),
				       &sealed),
			 0);
	payload = buf_bytes(&sealed);
	it = foreign_add(f, en, &payload);
	buf_fini(&sealed);
	buf_fini(&inner);
	return it;
}

/* As another region's node leaves it out. */
static inline void sealed_keep_back(struct ledger_item *it)
{
	it->payload_state = LEDGER_PAYLOAD_NOT_FOR_ME;
	it->payload = it->salt = BYTES_NONE;
}

/* The entry as JSON of a Citation, in the arena. */
static inline const char *sealed_citation(struct node *n, const char *origin, uint64_t index,
					  const char *record, struct arena *a)
{
	struct store_txn *t = look_begin(n);
	char hex[HEX_HASH_BYTES];
	struct ledger_reader r;
	struct ledger_item it;

	assert_int_equal(ledger_read_open(t, origin, &r), 0);
	assert_int_equal(ledger_read_entry(&r, index, &it), 0);
	hex_hash(&it.leaf, hex);
	store_abort(t);
	return arena_printf(a, "{'record':'%s','origin':'%s','index':%llu,'leaf':'%s'}", record, origin,
			    (unsigned long long)index, hex);
}

/* A put of this region: its error; the words are in n->why. */
static inline int sealed_put(struct node *n, const char *kind, const char *json, const char *owner,
			     char id[64])
{
	struct commit_job *j = put_job(kind, json, NULL);
	int err;

	j->u.put.owner = owner ? mem_strdup(owner) : NULL;
	err = node_do(n, j);
	snprintf(n->why.text, sizeof(n->why.text), "%s",
		 j->u.put.problems.n ? buf_text(&j->u.put.problems) : j->why.text);
	if (!err && id)
		snprintf(id, 64, "%s", j->u.put.ret_id);
	commit_job_free(j);
	node_sync(n);
	return err;
}

/* An initiative from elsewhere, eu-i-1, which no rule of the programme governs, and its needs: eu-n-1, open,
 * at index 1, and eu-n-2, whose it is nobody is to know, at 2; its owner record at 3. */
static inline void sealed_begin(struct node *n)
{
	static const char initiative[] =
		"{'title':[{'lang':'en','text':'T'}],'state':'draft','source':{'scheme':'cordis','id':'1'}}";
	static const char need[] = "{'initiative':'eu-i-1','title':[{'lang':'en','text':'N'}],"
				   "'deadline':'2023-12-01','expiry':'2024-06-01','state':'open'}";
	static const char hidden[] =
		"{'anonymous':true,'owner_country':'DE','title':[{'lang':'en','text':'H'}],"
		"'expiry':'2024-06-01','state':'open'}";

	assert_int_equal(node_start(n), 0);
	assert_int_equal(sealed_put(n, "initiative", initiative, NULL, NULL), 0);
	assert_int_equal(sealed_put(n, "need", need, NULL, NULL), 0);
	assert_int_equal(sealed_put(n, "need", hidden, "eu-i-1", NULL), 0);
}

/* Interest of an organisation of that name. */
static inline struct ledger_item *sealed_interest(struct foreign *f, const char *id, const char *citation,
						  const char *name, int64_t time_ms)
{
	char json[800];

	snprintf(json, sizeof(json),
		 "{'need':%s,'name':'%s','country':'MX','cooperation':[{'lang':'en','text':'We'}]}", citation,
		 name);
	return sealed_add(f, id, "eu,mx", "interest", json, time_ms);
}

#endif
