/* SPDX-License-Identifier: Apache-2.0 */
/* Sessions over real connections: who takes nothing is closed, how many there may be, whose time it is, and
 * who may say that this node is a copy. */
#include "unit/peer/bridge_world.h"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "loop/loop.h"
#include "peer/node_int.h"

#define CLIENTS_MAX 16
#define OUTPUT_MAX_BYTES (256u << 10)
#define BODY_BYTES (32u << 10)
#define DEADLINE_MS 10000
#define CPU_PERCENT 10
#define BURST_US (10 * 100000)

struct yard {
	struct bridge_world *w;
	struct node node; /* as much of it as sessions need */
	struct net_listener *listener;
	struct loop_timer *tick;
	struct mono until;
	unsigned n_wanted; /* sessions that are to be open */
	int fds[CLIENTS_MAX];
	size_t n_fds;
	char address[200];
};

/* ---- a node that listens, and clients that say nothing */
static int on_accept(void *ctx, struct net_conn *c, const struct net_conn_ops **ret_ops, void **ret_ctx)
{
	struct yard *y = ctx;
	struct session *s = session_new(&y->node, NULL);

	s->conn = c;
	*ret_ops = &session_ops;
	*ret_ctx = s;
	return 0;
}

static void on_tick(void *ctx)
{
	struct yard *y = ctx;
	unsigned n = 0;

	for (const struct session *s = y->node.sessions; s; s = s->next)
		n += s->kind != SESSION_OPENING;
	if (n == y->n_wanted || clock_mono().ns > y->until.ns)
		loop_stop(y->node.o.loop);
	else
		loop_timer_arm_ms(y->tick, 1);
}

static struct yard *yard_new(struct bridge_world *w)
{
	const char *const regions[] = {"br", "irs", "jp", "mx", "us"};
	struct net_limits limits = net_limits_default;
	struct yard *y = mem_new(struct yard);
	struct errtext e = {""};

	world_start(w, 0);
	y->w = w;
	assert_int_equal(loop_new(&y->node.o.loop), 0);
	y->node.magic = NODE_MAGIC;
	y->node.bridge = w->bridge;
	y->node.roster = w->roster;
	y->node.o.max_connections = 1000;
	y->node.o.dead_ms = y->node.o.ping_ms = 60000;
	for (size_t i = 0; i < sizeof(regions) / sizeof(regions[0]); i++)
		snprintf(y->node.dials[y->node.n_dials++].region, sizeof(y->node.dials[0].region), "%s", regions[i]);
	y->tick = loop_timer_new(y->node.o.loop, on_tick, y);
	limits.output_max_bytes = OUTPUT_MAX_BYTES;
	snprintf(y->address, sizeof(y->address), "unix:%s/s", w->shelf.dir);
	if (net_listen(y->node.o.loop, y->address, NULL, &limits, CLIENTS_MAX, on_accept, y, &y->listener, &e))
		fail_msg("%s", e.text);
	return y;
}

static void yard_free(struct yard *y)
{
	while (y->node.sessions) {
		struct session *s = y->node.sessions;

		net_conn_close(s->conn, 0);
		session_free(s);
	}
	while (y->n_fds)
		close(y->fds[--y->n_fds]);
	net_listener_free(y->listener);
	loop_timer_free(y->tick);
	loop_free(y->node.o.loop);
	free(y);
}

/* A session of this kind; the newest stands first. */
static struct session *come(struct yard *y, enum session_kind kind, const char *region)
{
	struct sockaddr_un to = {.sun_family = AF_UNIX};
	struct session *s;

	snprintf(to.sun_path, sizeof(to.sun_path), "%s", y->address + strlen("unix:"));
	assert_true(y->n_fds < CLIENTS_MAX);
	y->fds[y->n_fds] = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_int_equal(connect(y->fds[y->n_fds++], (struct sockaddr *)&to, sizeof(to)), 0);
	y->n_wanted = 1;
	for (s = y->node.sessions; s; s = s->next)
		y->n_wanted++;
	y->until = mono_plus_ms(clock_mono(), DEADLINE_MS);
	loop_timer_arm_ms(y->tick, 0);
	assert_int_equal(loop_run(y->node.o.loop), 0);
	s = y->node.sessions;
	assert_true(s && s->kind == SESSION_CLIENT);
	s->kind = kind;
	s->role = ROLE_OPERATOR; /* a local one takes no place */
	snprintf(s->region, sizeof(s->region), "%s", region);
	return s;
}

/* ---- session.c */
/* A message that was more than output_max_bytes allowed was lost, and the session went on without it. */
static void who_takes_nothing_is_closed(void **state)
{
	static const uint8_t body[BODY_BYTES];
	struct msg m = {.type = MSG_REPLY, .u.reply = {.id = 1, .body = BYTES(body, sizeof(body))}};
	struct yard *y = yard_new(*state);
	struct session *slow = come(y, SESSION_NODE, "mx"), *other = come(y, SESSION_NODE, "us");
	uint64_t number = slow->number;
	int err = 0;

	slow->hello_taken = other->hello_taken = true;
	for (size_t sent = 0; sent <= OUTPUT_MAX_BYTES && err != IMS_E_SLOW; sent += BODY_BYTES)
		err = session_send(slow, &m);
	assert_int_equal(err, IMS_E_SLOW);
	assert_true(net_conn_output_bytes(slow->conn) <= OUTPUT_MAX_BYTES);
	assert_ptr_equal(session_find(&y->node, number), slow); /* its caller may still use it */
	y->w->n_rows = 0;
	session_tick(other, loop_now(y->node.o.loop));
	session_tick(slow, loop_now(y->node.o.loop));
	assert_null(session_find(&y->node, number));
	assert_null(session_of(&y->node, "mx"));
	assert_int_equal(y->w->n_rows, 1);
	assert_string_equal(y->w->row_detail, "too much output waits for it");
	assert_ptr_equal(session_of(&y->node, "us"), other);
	yard_free(y);
}

/* ---- places.c */
static void sessions_are_found_by_their_number(void **state)
{
	struct yard *y = yard_new(*state);
	struct session *a = come(y, SESSION_NODE, "mx"), *b, *c;
	uint64_t first = a->number, second, third;

	y->node.next_session = first + SESSION_SLOTS - 1; /* the same slot */
	b = come(y, SESSION_NODE, "us");
	second = b->number;
	y->node.next_session = second + SESSION_SLOTS - 1;
	c = come(y, SESSION_NODE, "br");
	third = c->number;
	assert_int_equal((first ^ second) % SESSION_SLOTS, 0);
	session_close(b, IMS_E_STOPPING, "");
	assert_null(session_find(&y->node, second));
	assert_ptr_equal(session_find(&y->node, first), a);
	assert_ptr_equal(session_find(&y->node, third), c);
	session_close(c, IMS_E_STOPPING, "");
	assert_null(session_find(&y->node, third));
	assert_ptr_equal(session_find(&y->node, first), a);
	yard_free(y);
}

/* Of one region's connections without a hello the oldest gives way; those of others and open ones stay. */
static void a_region_has_few_connections_without_a_hello(void **state)
{
	struct yard *y = yard_new(*state);
	struct session *open = come(y, SESSION_NODE, "mx"), *other = come(y, SESSION_NODE, "us");
	struct session *oldest = come(y, SESSION_NODE, "mx"), *newest = oldest;
	uint64_t first = oldest->number, number;

	open->hello_taken = true;
	assert_true(places_take(oldest));
	for (unsigned i = 1; i < REGION_OPENING_MAX; i++) {
		newest = come(y, SESSION_NODE, "mx");
		assert_true(places_take(newest));
	}
	assert_ptr_equal(session_find(&y->node, first), oldest);
	assert_int_equal(y->node.turned_away[SESSION_NODE], 0);
	newest = come(y, SESSION_NODE, "mx");
	number = newest->number;
	assert_true(places_take(newest));
	assert_int_equal(y->node.turned_away[SESSION_NODE], 1);
	assert_null(session_find(&y->node, first));
	assert_ptr_equal(session_find(&y->node, number), newest);
	assert_ptr_equal(session_find(&y->node, open->number), open);
	assert_ptr_equal(session_find(&y->node, other->number), other);
	yard_free(y);
}

/* People leave room for the nodes: the one too many has to go, not those that are there. */
static void clients_have_their_places(void **state)
{
	struct yard *y = yard_new(*state);
	struct session *s;
	uint64_t number;

	assert_int_equal(places_max(&y->node, SESSION_CLIENT), 1000 - ROSTER_REGIONS_MAX - ROSTER_SESSIONS_MAX);
	y->node.o.max_connections = 4;
	assert_int_equal(places_max(&y->node, SESSION_CLIENT), 2);
	for (unsigned i = 0; i < 2; i++)
		assert_true(places_take(come(y, SESSION_CLIENT, "")));
	come(y, SESSION_CLIENT, "")->role = ROLE_LOCAL; /* has a listener of its own */
	assert_int_equal(places_count(&y->node, SESSION_CLIENT), 2);
	s = come(y, SESSION_CLIENT, "");
	number = s->number;
	assert_false(places_take(s));
	assert_null(session_find(&y->node, number));
	assert_int_equal(y->node.turned_away[SESSION_CLIENT], 1);
	assert_int_equal(places_count(&y->node, SESSION_CLIENT), 2);
	yard_free(y);
}

/* ---- pace.c */
static void a_region_that_has_used_its_time_waits(void **state)
{
	struct yard *y = yard_new(*state);
	struct dial *mx = dial_find(&y->node, "mx"), *us = dial_find(&y->node, "us");
	struct session *s = come(y, SESSION_NODE, "mx"), *again, *other = come(y, SESSION_NODE, "us"),
		       *person = come(y, SESSION_CLIENT, "");
	struct mono now = clock_mono();

	pace_start(mx, CPU_PERCENT, now);
	pace_start(us, CPU_PERCENT, now);
	assert_ptr_equal(pace_of(s), mx);
	assert_null(pace_of(person));
	pace_charge(NULL, BURST_US);
	pace_charge(mx, BURST_US - 1);
	assert_false(pace_holds(s, now));
	assert_false(pace_is_shown(mx, now));
	pace_charge(mx, 1);
	assert_true(pace_holds(s, now));
	assert_true(pace_holds(s, now));
	assert_int_equal(mx->n_paced, 1);
	assert_true(s->paced && pace_is_shown(mx, now));
	assert_false(pace_holds(other, now) || pace_holds(person, now) || pace_is_shown(us, now));

	/* a new session of the same region is no new start */
	session_close(s, IMS_E_STOPPING, "");
	again = come(y, SESSION_NODE, "mx");
	assert_true(pace_holds(again, now));
	pace_charge(mx, 100000); /* and a second of its rate more */
	now = mono_plus_ms(now, 900);
	assert_true(pace_holds(again, now));
	now = mono_plus_ms(now, 200);
	assert_false(pace_holds(again, now));
	assert_false(again->paced);
	assert_true(pace_is_shown(mx, now)); /* it was, a moment ago */
	assert_false(pace_is_shown(mx, mono_plus_ms(now, 20000)));
	yard_free(y);
}

/* ---- clone.c */
/* Of six regions three may lie, and cannot stop writes (inv. 12); four are believed, until they let it in. */
static void a_minority_makes_no_copy(void **state)
{
	const char *const regions[] = {"br", "mx", "us", "irs"};
	struct yard *y = yard_new(*state);
	struct session *s[4];

	for (size_t i = 0; i < 4; i++) {
		s[i] = come(y, SESSION_NODE, regions[i]);
		assert_false(node_is_refused_as_copy(&y->node));
		clone_on_refused(s[i]);
		clone_on_refused(s[i]); /* once more is no second voice */
	}
	assert_true(node_is_refused_as_copy(&y->node));
	clone_on_welcome(s[0]); /* its hello came before it had read ours */
	assert_true(node_is_refused_as_copy(&y->node));
	s[0]->hello_taken = true;
	clone_on_welcome(s[0]);
	assert_false(node_is_refused_as_copy(&y->node));
	yard_free(y);
}

#define T(name) cmocka_unit_test_setup_teardown(name, world_setup, world_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(who_takes_nothing_is_closed),
		T(sessions_are_found_by_their_number),
		T(a_region_has_few_connections_without_a_hello),
		T(clients_have_their_places),
		T(a_region_that_has_used_its_time_waits),
		T(a_minority_makes_no_copy),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
