/* SPDX-License-Identifier: Apache-2.0 */
/* Messages about who is there: hello, heads, rosters, ping, bye, and the verbs of clients. */
#include "wire/msg_pb.h"

#include "base/text.h"
#include "pb/peer.pb-c.h"
#include "wire/span_pb.h"

/* Copy a field that has one length only. */
static int fixed_take(const ProtobufCBinaryData *data, uint8_t *out, size_t n, const char *path,
		      struct errtext *e)
{
	if (data->len != n)
		return errtext_set(e, IMS_E_INVALID, "%s: %zu bytes, not %zu", path, data->len, n);
	memcpy(out, data->data, n);
	return 0;
}

static int heads_take(size_t n, Ims__Peer__Head *const *pb, struct arena *a, struct msg_head **ret,
		      struct errtext *e)
{
	struct msg_head *heads = arena_array(a, n, sizeof(*heads));

	if (!heads)
		return errtext_set(e, arena_error(a), "%zu heads", n);
	for (size_t i = 0; i < n; i++)
		heads[i] = (struct msg_head){PB_BYTES(pb[i]->note), pb[i]->named, pb[i]->unreached};
	*ret = heads;
	return 0;
}

/* NULL when memory is short. */
static Ims__Peer__Head **heads_make(const struct msg_head *heads, size_t n, struct arena *a)
{
	Ims__Peer__Head **list = arena_array(a, n, sizeof(Ims__Peer__Head *));
	Ims__Peer__Head *each = arena_array(a, n, sizeof(*each));

	if (!list || !each)
		return NULL;
	for (size_t i = 0; i < n; i++) {
		ims__peer__head__init(&each[i]);
		each[i].note = PB_DATA(heads[i].note);
		each[i].named = heads[i].named;
		each[i].unreached = heads[i].unreached;
		list[i] = &each[i];
	}
	return list;
}

int msg_take_hello(const Ims__Peer__Hello *pb, struct arena *a, struct msg_hello *ret, struct errtext *e)
{
	int r;

	*ret = (struct msg_hello){
		.version = pb->version,
		.federation = bytes_of(pb->federation),
		.region = bytes_of(pb->region),
		.roster_version = pb->roster_version,
		.software = bytes_of(pb->software),
		.n_heads = pb->n_heads,
		.run = pb->run,
		.takes_packed = pb->takes_packed,
	};
	r = fixed_take(&pb->roster_hash, ret->roster_hash.b, sizeof(ret->roster_hash.b), "roster_hash", e);
	if (!r)
		r = fixed_take(&pb->instance, ret->instance, sizeof(ret->instance), "instance", e);
	return r ? r : heads_take(pb->n_heads, pb->heads, a, &ret->heads, e);
}

void msg_make_hello(const struct msg_hello *m, struct arena *a, Ims__Peer__Hello *pb)
{
	pb->version = m->version;
	pb->federation = arena_text(a, m->federation);
	pb->region = arena_text(a, m->region);
	pb->roster_version = m->roster_version;
	pb->roster_hash = PB_DATA(bytes_of_hash(&m->roster_hash));
	pb->instance = PB_DATA(BYTES(m->instance, sizeof(m->instance)));
	pb->software = arena_text(a, m->software);
	pb->run = m->run;
	pb->takes_packed = m->takes_packed;
	pb->n_heads = m->n_heads;
	pb->heads = heads_make(m->heads, m->n_heads, a);
}

int msg_take_heads(const Ims__Peer__Heads *pb, struct arena *a, struct msg_heads *ret, struct errtext *e)
{
	ret->n_heads = pb->n_heads;
	return heads_take(pb->n_heads, pb->heads, a, &ret->heads, e);
}

void msg_make_heads(const struct msg_heads *m, struct arena *a, Ims__Peer__Heads *pb)
{
	pb->n_heads = m->n_heads;
	pb->heads = heads_make(m->heads, m->n_heads, a);
}

int msg_take_roster_fetch(const Ims__Peer__RosterFetch *pb, struct arena *a, struct msg_roster_fetch *ret,
			  struct errtext *e)
{
	(void)a;
	(void)e;
	ret->from_version = pb->from_version;
	return 0;
}

void msg_make_roster_fetch(const struct msg_roster_fetch *m, struct arena *a, Ims__Peer__RosterFetch *pb)
{
	(void)a;
	pb->from_version = m->from_version;
}

int msg_take_roster_notes(const Ims__Peer__RosterNotes *pb, struct arena *a, struct msg_roster_notes *ret,
			  struct errtext *e)
{
	struct bytes *notes = arena_array(a, pb->n_notes, sizeof(*notes));

	if (!notes)
		return errtext_set(e, arena_error(a), "%zu notes", pb->n_notes);
	for (size_t i = 0; i < pb->n_notes; i++)
		notes[i] = PB_BYTES(pb->notes[i]);
	*ret = (struct msg_roster_notes){.notes = notes, .n_notes = pb->n_notes};
	return 0;
}

void msg_make_roster_notes(const struct msg_roster_notes *m, struct arena *a, Ims__Peer__RosterNotes *pb)
{
	pb->notes = arena_array(a, m->n_notes, sizeof(*pb->notes));
	if (!pb->notes)
		return;
	pb->n_notes = m->n_notes;
	for (size_t i = 0; i < m->n_notes; i++)
		pb->notes[i] = PB_DATA(m->notes[i]);
}

int msg_take_ping(const Ims__Peer__Ping *pb, struct arena *a, struct msg_ping *ret, struct errtext *e)
{
	(void)a;
	(void)e;
	*ret = (struct msg_ping){.nonce = pb->nonce, .reply = pb->reply, .alarm = pb->alarm};
	return 0;
}

void msg_make_ping(const struct msg_ping *m, struct arena *a, Ims__Peer__Ping *pb)
{
	(void)a;
	pb->nonce = m->nonce;
	pb->reply = m->reply;
	pb->alarm = m->alarm;
}

/* A copy for people: cut, and every byte that would make it no text replaced. */
static char *free_text(struct arena *a, struct bytes text, size_t max)
{
	char *s;

	if (text.n > max)
		text.n = max;
	s = arena_text(a, text);
	if (!s || utf8_is_text(text))
		return s;
	for (size_t i = 0; i < text.n; i++)
		if (!utf8_is_text(BYTES(s + i, 1)))
			s[i] = '?';
	return s;
}

int msg_take_bye(const Ims__Peer__Bye *pb, struct arena *a, struct msg_bye *ret, struct errtext *e)
{
	(void)a;
	(void)e;
	*ret = (struct msg_bye){.code = pb->code, .text = bytes_of(pb->text)};
	return 0;
}

void msg_make_bye(const struct msg_bye *m, struct arena *a, Ims__Peer__Bye *pb)
{
	pb->code = m->code;
	pb->text = free_text(a, m->text, MSG_BYE_TEXT_MAX_BYTES);
}

int msg_take_request(const Ims__Peer__Request *pb, struct arena *a, struct msg_request *ret,
		     struct errtext *e)
{
	(void)a;
	(void)e;
	*ret = (struct msg_request){.id = pb->id, .verb = pb->verb, .body = PB_BYTES(pb->body)};
	return 0;
}

void msg_make_request(const struct msg_request *m, struct arena *a, Ims__Peer__Request *pb)
{
	(void)a;
	pb->id = m->id;
	pb->verb = m->verb;
	pb->body = PB_DATA(m->body);
}

int msg_take_reply(const Ims__Peer__Reply *pb, struct arena *a, struct msg_reply *ret, struct errtext *e)
{
	(void)a;
	(void)e;
	*ret = (struct msg_reply){
		.id = pb->id,
		.code = pb->code,
		.text = bytes_of(pb->text),
		.body = PB_BYTES(pb->body),
		.more = pb->more,
	};
	return 0;
}

void msg_make_reply(const struct msg_reply *m, struct arena *a, Ims__Peer__Reply *pb)
{
	pb->id = m->id;
	pb->code = m->code;
	pb->text = free_text(a, m->text, MSG_REPLY_TEXT_MAX_BYTES);
	pb->body = PB_DATA(m->body);
	pb->more = m->more;
}
