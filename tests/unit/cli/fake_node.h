/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A node that says what a test tells it to: a thread on a local socket in a folder of its own, one
 * connection at a time, one call of `answer` a request. And a way to run a command line against it.
 */
#ifndef TESTS_CLI_FAKE_NODE_H
#define TESTS_CLI_FAKE_NODE_H

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/check.h"
#include "cli/cli.h"
#include "wire/frame.h"
#include "wire/msg.h"

struct fake_node {
	char dir[64], path[96], address[128];
	int listener;
	pthread_t thread;
	/* Append frames to `out`; false closes the connection after they are sent. */
	bool (*answer)(struct fake_node *f, const struct msg_request *q, struct buf *out);
	void *ctx;
	unsigned n_requests;
	unsigned hold; /* answer only when so many requests are there, newest first */
};

static inline void fake_put(struct buf *out, const struct msg *m)
{
	CHECK(msg_encode(m, out) == 0);
}

static inline void fake_reply(struct buf *out, uint64_t id, int err, const char *text, struct bytes body)
{
	struct msg m = {.type = MSG_REPLY};

	m.u.reply =
		(struct msg_reply){.id = id, .code = (uint32_t)-err, .text = bytes_of(text), .body = body};
	fake_put(out, &m);
}

static inline bool fake_send(int fd, struct buf *out)
{
	size_t at = 0;

	while (at < out->n) {
		ssize_t n = send(fd, out->p + at, out->n - at, MSG_NOSIGNAL);

		if (n <= 0)
			return false;
		at += (size_t)n;
	}
	buf_clear(out);
	return true;
}

#define FAKE_HOLD_MAX 64

/* Requests at the front of `in`, answered; false when the connection is to end. */
static inline bool fake_serve(struct fake_node *f, int fd, struct buf *in)
{
	static _Thread_local struct {
		struct msg_request q;
		struct arena a;
	} held[FAKE_HOLD_MAX];
	static _Thread_local unsigned n_held;
	struct buf out = {0};
	struct frame fr;
	size_t at = 0;
	bool go_on = true;

	while (go_on && frame_take(BYTES(in->p + at, in->n - at), &fr) > 0) {
		struct msg m;
		struct arena a;

		arena_init(&a, 1 << 20);
		CHECK(msg_decode(fr.type, fr.message, &a, &m, NULL) == 0 && m.type == MSG_REQUEST);
		m.u.request.body = arena_dup(&a, m.u.request.body);
		at += fr.total_bytes;
		f->n_requests++;
		held[n_held].q = m.u.request;
		held[n_held++].a = a;
		if (n_held < f->hold)
			continue;
		while (n_held > 0 && go_on) {
			go_on = f->answer(f, &held[--n_held].q, &out);
			arena_fini(&held[n_held].a);
		}
	}
	memmove(in->p, in->p + at, in->n - at);
	in->n -= at;
	go_on = fake_send(fd, &out) && go_on;
	buf_fini(&out);
	return go_on;
}

static inline void *fake_run(void *arg)
{
	struct fake_node *f = arg;
	int fd;

	while ((fd = accept(f->listener, NULL, NULL)) >= 0) {
		struct buf in = {0};
		ssize_t n = 0;

		do {
			uint8_t *room = buf_reserve(&in, 65536);

			n = recv(fd, room, 65536, 0);
			in.n -= 65536 - (n > 0 ? (size_t)n : 0);
		} while (n > 0 && fake_serve(f, fd, &in));
		buf_fini(&in);
		close(fd);
	}
	return NULL;
}

static inline void fake_start(struct fake_node *f)
{
	struct sockaddr_un a = {.sun_family = AF_UNIX};

	snprintf(f->dir, sizeof(f->dir), "/tmp/ims-cli-XXXXXX");
	CHECK(mkdtemp(f->dir));
	snprintf(f->path, sizeof(f->path), "%s/node.sock", f->dir);
	snprintf(f->address, sizeof(f->address), "unix:%s", f->path);
	snprintf(a.sun_path, sizeof(a.sun_path), "%s", f->path);
	f->listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	CHECK(bind(f->listener, (struct sockaddr *)&a, sizeof(a)) == 0 && listen(f->listener, 8) == 0);
	CHECK(pthread_create(&f->thread, NULL, fake_run, f) == 0);
}

/* Clients have to be gone by now. */
static inline void fake_stop(struct fake_node *f)
{
	shutdown(f->listener, SHUT_RDWR);
	pthread_join(f->thread, NULL);
	close(f->listener);
	unlink(f->path);
	rmdir(f->dir);
}

/* Run a command line ("ims" is put in front); what it prints goes to *ret_text, which the caller
 * frees. Returns the command's error. */
static inline int run_ims(const char *node, char **ret_text, int argc, const char *const *argv)
{
	struct cli cli = {0};
	struct errtext e = {""};
	char *all[24] = {(char *)(uintptr_t) "ims", (char *)(uintptr_t) "--node", (char *)(uintptr_t)node};
	size_t n = 0;
	FILE *f;
	int err;

	CHECK(argc < 20);
	for (int i = 0; i < argc; i++)
		all[i + 3] = (char *)(uintptr_t)argv[i];
	*ret_text = NULL;
	f = open_memstream(ret_text, &n);
	err = args_parse(&cli.args, argc + 3, all, &e);
	if (err == 0) {
		out_init(&cli.out, args_has(&cli.args, OPT_JSON), f);
		err = cli.args.command->run(&cli);
	}
	fclose(f);
	client_free(cli.client);
	args_fini(&cli.args);
	return err;
}
#define RUN_IMS(node, ret_text, ...)                                                                         \
	run_ims(node, ret_text, (int)(sizeof((const char *[]){__VA_ARGS__}) / sizeof(char *)),               \
		(const char *[]){__VA_ARGS__})

#endif
