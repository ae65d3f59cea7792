/* SPDX-License-Identifier: Apache-2.0 */
/* How a session begins: what each side holds, and what it knows of the other side's own log (sync.h S4). */
#include <string.h>

#include "base/check.h"
#include "replication/own.h"
#include "replication/sync.h"

static void hello_add(struct msg_hello *hello, struct arena *a, const struct head *h, bool named, bool unreached)
{
	struct buf note = {0};

	if (!h->size || hello->n_heads == SYNC_LOGS_MAX)
		return;
	head_put_note(h, &note);
	hello->heads[hello->n_heads] = (struct msg_head){arena_dup(a, buf_bytes(&note)), named, unreached};
	hello->n_heads += hello->heads[hello->n_heads].note.n > 0;
	buf_fini(&note);
}

/* It waits for a word of this node before it signs: where there is none yet, or one of what is not here, the
 * head that is reached follows. */
static void hello_to_origin(struct msg_hello *hello, struct arena *a, struct sync_log *l)
{
	const bool unreached = l->target.size > l->stored;

	l->told_unreached = unreached ? l->target.size : 0;
	l->told_nothing = !unreached && l->head.size == 0;
	if (unreached)
		hello_add(hello, a, &l->target, l->target_named, true);
}

void sync_hello(struct sync *s, const char *region, struct arena *a, struct msg_hello *ret)
{
	*ret = (struct msg_hello){
		.version = 1,
		.federation = bytes_of(s->roster->federation),
		.region = bytes_of(s->o.own_region),
		.roster_version = s->roster->version,
		.roster_hash = s->roster->hash,
		.software = bytes_of(s->o.software),
		.run = s->o.run,
		.takes_packed = true,
		.heads = arena_array(a, SYNC_LOGS_MAX, sizeof(*ret->heads)),
	};
	memcpy(ret->instance, s->o.instance, sizeof(ret->instance));
	/* First what decides whether the other one may sign. */
	for (size_t i = 0; ret->heads && i < s->n_logs; i++)
		if (!s->logs[i]->own && strcmp(s->logs[i]->region, region) == 0)
			hello_to_origin(ret, a, s->logs[i]);
	for (size_t i = 0; ret->heads && i < s->n_logs; i++)
		hello_add(ret, a, &s->logs[i]->head, s->logs[i]->named.size == s->logs[i]->head.size, false);
}

void sync_on_hello(struct sync *s, struct sync_peer *p, const struct msg_hello *h, struct mono now)
{
	OBJ_CHECK(s, SYNC_MAGIC);
	s->now = now;
	p->ready = true;
	p->takes_packed = h->takes_packed;
	p->roster_version = h->roster_version;
	if (h->roster_version > s->roster->version)
		s->o.ops.roster_behind(s->o.ops.ctx, p->session, h->roster_version);
	if (h->n_heads > SYNC_LOGS_MAX) {
		s->o.ops.misbehaved(s->o.ops.ctx, p->session, "", IMS_E_TOO_MANY, "heads in its hello");
		return;
	}
	for (size_t i = 0; i < h->n_heads; i++) {
		int err = heads_take(s, p, &h->heads[i], NULL);

		if (heads_judge_by_another_roster(s, p, err)) {
			own_put_off(s, p, &h->heads[i]);
		} else if (err) {
			s->o.ops.misbehaved(s->o.ops.ctx, p->session, "", err, "a head in its hello");
			return;
		}
	}
	for (size_t i = 0; i < s->n_logs; i++) {
		s->logs[i]->gossip_due |= s->logs[i]->named.size > 0; /* it may have moved since my hello */
		heads_tell_origin(s, s->logs[i]);
		pull_kick(s, s->logs[i]);
	}
}
