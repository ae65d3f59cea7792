/* SPDX-License-Identifier: Apache-2.0 */
/* A node (node.h) and jobs for it: organisations, withdrawals, whole turns. */
#ifndef TESTS_UNIT_VIEW_FIXTURE_H
#define TESTS_UNIT_VIEW_FIXTURE_H

#include "unit/view/node.h"

static inline struct commit_job *put_job(const char *kind, const char *json, const char *id)
{
	struct commit_job *j = commit_job_new(COMMIT_PUT);
	struct buf b = {0};

	payload_put(kind, json, &b);
	j->u.put.kind = mem_strdup(kind);
	j->u.put.operator_name = mem_strdup("anna");
	j->u.put.id = id ? mem_strdup(id) : NULL;
	j->u.put.payload = buf_bytes(&b); /* moves */
	return j;
}

/* An organisation named "<name>" of DE, that goes by its natural key. */
static inline struct commit_job *org_job(const char *name, const char *city)
{
	char json[400];

	snprintf(json, sizeof(json), "{'name':'%s','country':'DE','city':'%s'}", name, city);
	return put_job("organisation", json, NULL);
}

static inline struct commit_job *withdraw_job(const char *id)
{
	struct commit_job *j = commit_job_new(COMMIT_PUT);

	j->u.put.withdraw = true;
	j->u.put.operator_name = mem_strdup("anna");
	j->u.put.id = mem_strdup(id);
	return j;
}

static inline struct commit_job *roll_back_job(const char *why)
{
	struct commit_job *j = commit_job_new(COMMIT_ROLL_BACK);

	snprintf(j->u.text, sizeof(j->u.text), "%s", why);
	return j;
}

/* Run one job in a turn of its own; its answer stays in it. */
static inline int node_do(struct node *n, struct commit_job *j)
{
	unsigned before = n->n_completed;

	commit_run(n->commit, &j, 1);
	assert_int_equal(n->n_completed, before + 1); /* exactly once */
	return j->err;
}

/* The same, for a job whose answer nobody reads. */
static inline int node_run(struct node *n, struct commit_job *j)
{
	int err = node_do(n, j);

	commit_job_free(j);
	return err;
}

/* Peers have shown their heads: all of them, or enough. */
static inline int node_open_gate(struct node *n, bool all_shown)
{
	struct commit_job *j = commit_job_new(COMMIT_OPEN_GATE);

	j->u.all_shown = all_shown;
	return node_run(n, j);
}

static inline void node_sync(struct node *n)
{
	assert_int_equal(node_run(n, commit_job_new(COMMIT_SYNC)), 0);
}

/* `count` organisations, in one turn each. */
static inline void node_fill(struct node *n, unsigned count, const char *prefix)
{
	char name[64];

	for (unsigned i = 0; i < count; i++) {
		snprintf(name, sizeof(name), "%s %u", prefix, i);
		assert_int_equal(node_run(n, org_job(name, "Bonn")), 0);
	}
}

/* The same in a single turn: one group. */
static inline void node_fill_at_once(struct node *n, unsigned count, const char *prefix)
{
	struct commit_job **j = mem_zalloc(count * sizeof(struct commit_job *));
	char name[64];

	for (unsigned i = 0; i < count; i++) {
		snprintf(name, sizeof(name), "%s %u", prefix, i);
		j[i] = org_job(name, "Bonn");
	}
	commit_run(n->commit, j, count);
	for (unsigned i = 0; i < count; i++) {
		assert_int_equal(j[i]->err, 0);
		commit_job_free(j[i]);
	}
	free(j);
}

#endif
