/* SPDX-License-Identifier: Apache-2.0 */
/* Records put and steps made at their origin, by whom one likes; what was said of a refusal is in n->why. */
#ifndef TESTS_UNIT_VIEW_ACTING_H
#define TESTS_UNIT_VIEW_ACTING_H

#include "programme/acts.h"
#include "unit/view/foreign.h"
#include "unit/view/look.h"

static const char draft[] =
	"{'title':[{'lang':'en','text':'Cells'}],'platform':'P1','domains':['T01'],'state':'draft'}";

static inline struct node *begin(void **state)
{
	struct node *n = *state;

	assert_int_equal(node_start(n), 0);
	return n;
}

/* A put by somebody with these roles (0: the secretariat): its error; the words are in n->why. */
static inline int put(struct node *n, const char *kind, const char *json, const char *id, unsigned roles)
{
	struct commit_job *j = put_job(kind, json, id);
	int err;

	j->u.put.roles = roles;
	err = node_do(n, j);
	snprintf(n->why.text, sizeof(n->why.text), "%s",
		 j->u.put.problems.n ? buf_text(&j->u.put.problems) : j->why.text);
	commit_job_free(j);
	return err;
}

static inline int act(struct node *n, const char *id, const char *name, unsigned roles)
{
	struct commit_job *j = commit_job_new(COMMIT_PUT);
	int err;

	j->u.put.operator_name = mem_strdup("anna");
	j->u.put.id = mem_strdup(id);
	j->u.put.act = mem_strdup(name);
	j->u.put.roles = roles;
	err = node_do(n, j);
	snprintf(n->why.text, sizeof(n->why.text), "%s",
		 j->u.put.problems.n ? buf_text(&j->u.put.problems) : j->why.text);
	commit_job_free(j);
	return err;
}

#define EXPECT_REFUSED(n, what, error, words)                                                                \
	do {                                                                                                 \
		assert_int_equal(what, error);                                                               \
		assert_string_equal((n)->why.text, words);                                                   \
	} while (0)

/* A citation, as JSON; free(). */
static inline char *cite(struct node *n, const char *origin, uint64_t index, const char *record, bool spoilt)
{
	struct store_txn *t;
	struct ledger_reader r;
	struct ledger_item item;
	char hex[HEX_HASH_BYTES];

	node_sync(n);
	t = look_begin(n);
	assert_int_equal(ledger_read_open(t, origin, &r), 0);
	assert_int_equal(ledger_read_entry(&r, index, &item), 0);
	item.leaf.b[0] ^= spoilt;
	store_abort(t);
	return mem_printf("{'record':'%s','origin':'%s','index':%llu,'leaf':'%s'}", record, origin,
			  (unsigned long long)index, hex_hash(&item.leaf, hex));
}

static inline int put_about(struct node *n, const char *kind, const char *before, char *cited, const char *behind)
{
	char *json = mem_printf("%s%s%s", before, cited, behind);
	int err = put(n, kind, json, NULL, 0);

	free(json);
	free(cited);
	return err;
}

#endif
