/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Re-deriving everything from stored bytes, in a child process: reading a damaged database through
 * its map can kill the reader, and must not kill the node (inv. 12). The child is this program with
 * `--verify-log CONFIG ORIGIN` or `--verify-backup DIR --config CONFIG`; it prints a packed
 * LogVerifyReply as one line of hex. Its end is known from the end of its output, then waitpid();
 * one child at a time.
 */
#include "pb/ctl.pb-c.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/text.h"
#include "ctl/ctl_int.h"
#include "wire/codec.h"

#define VERIFY_TIMEOUT_MS (10 * 60 * 1000)
#define VERIFY_OUTPUT_BYTES (1u << 20)
#define VERIFY_REAP_MS 20

struct verify {
	struct ctl_call *call;
	pid_t pid;
	int fd; /* its standard output; -1 at the end */
	struct loop_fd *readable;
	struct loop_timer *timer; /* the time it has; after its output, the next look at waitpid() */
	struct mono until;
	struct buf output;
	const char *ended_because; /* this node ended it */
};

/* The call stays with the caller. */
static void verify_free(struct verify *v)
{
	v->call->ctl->verify = NULL;
	loop_fd_free(v->readable);
	loop_timer_free(v->timer);
	if (v->fd >= 0)
		close(v->fd);
	buf_fini(&v->output);
	free(v);
}

/* ---- what came of it */
static void answer_failure(struct verify *v, const char *failure)
{
	Ims__Ctl__LogVerifyReply reply = CTL_NEW(LogVerifyReply, log_verify_reply);
	struct ctl_call *call = v->call;

	reply.failure = arena_text(&call->arena, bytes_of(failure));
	verify_free(v);
	if (reply.failure)
		ctl_answer(call, &reply.base);
	else
		ctl_fail(call, IMS_E_NOMEM);
}

/* One line of hex, which must be the reply's message. */
static int take_output(struct verify *v, struct buf *packed)
{
	struct bytes line = buf_bytes(&v->output);
	ProtobufCMessage *m;
	struct arena a;
	uint8_t *p;
	int err;

	if (line.n < 1 || line.n % 2 == 0 || line.p[line.n - 1] != '\n')
		return IMS_E_SYNTAX;
	line.n--;
	p = buf_reserve(packed, line.n / 2);
	if (line.n && (!p || !hex_get(line, p, line.n / 2)))
		return IMS_E_SYNTAX;
	arena_init(&a, codec_budget(packed->n));
	err = codec_unpack(&ims__ctl__log_verify_reply__descriptor, buf_bytes(packed), &a, &m, NULL);
	arena_fini(&a);
	return err;
}

static void answer_output(struct verify *v, int status)
{
	struct ctl_call *call = v->call;
	char text[160];
	struct buf packed = {0};

	if (take_output(v, &packed)) {
		snprintf(text, sizeof(text), "the verifying child ended with status %d and no result",
			 status);
		answer_failure(v, text);
	} else {
		verify_free(v);
		ctl_answer_packed(call, buf_bytes(&packed));
	}
	buf_fini(&packed);
}

static void ended(struct verify *v, int status)
{
	char text[160];

	if (v->ended_because) {
		answer_failure(v, v->ended_because);
	} else if (WIFSIGNALED(status)) {
		snprintf(text, sizeof(text),
			 "the verifying child was killed by signal %d: the database file is damaged",
			 WTERMSIG(status));
		answer_failure(v, text);
	} else {
		answer_output(v, WEXITSTATUS(status));
	}
}

/* ---- following it */

/* No more of its output; from now on the timer asks for its end. */
static void close_output(struct verify *v)
{
	loop_fd_free(v->readable);
	v->readable = NULL;
	close(v->fd);
	v->fd = -1;
	loop_timer_arm_ms(v->timer, 0);
}

/* Nothing is read after it: what the child may have started holds the pipe, too. */
static void end_child(struct verify *v, const char *because)
{
	v->ended_because = because;
	kill(v->pid, SIGKILL);
	close_output(v);
}

static void on_timer(void *ctx)
{
	static const char too_long[] = "the verifying child took longer than 10 minutes";
	struct verify *v = ctx;
	int status;
	pid_t pid;

	if (v->fd >= 0) {
		end_child(v, too_long);
		return;
	}
	if (!v->ended_because && loop_now(node_options(v->call->node)->loop).ns >= v->until.ns) {
		v->ended_because = too_long;
		kill(v->pid, SIGKILL);
	}
	pid = waitpid(v->pid, &status, WNOHANG);
	if (pid == v->pid)
		ended(v, status);
	else if (pid < 0)
		answer_failure(v, "the verifying child was lost");
	else
		loop_timer_arm_ms(v->timer, VERIFY_REAP_MS);
}

static void on_output(void *ctx)
{
	struct verify *v = ctx;
	uint8_t chunk[16384];
	ssize_t n = read(v->fd, chunk, sizeof(chunk));

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0) {
		close_output(v);
		return;
	}
	buf_put(&v->output, BYTES(chunk, (size_t)n));
	if (v->output.failed)
		end_child(v, "the verifying child said more than a reply holds");
}

/* ---- starting it */

/* The loop ignores SIGPIPE and takes signals; the child begins as any program does. */
static int spawn(const char *program, char *const argv[], int out_fd, pid_t *ret)
{
	posix_spawn_file_actions_t files;
	posix_spawnattr_t attr;
	sigset_t none, usual;
	int rc;

	posix_spawn_file_actions_init(&files);
	posix_spawnattr_init(&attr);
	sigemptyset(&none);
	sigemptyset(&usual);
	sigaddset(&usual, SIGPIPE);
	posix_spawnattr_setsigmask(&attr, &none);
	posix_spawnattr_setsigdefault(&attr, &usual);
	rc = posix_spawnattr_setflags(&attr, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
	if (rc == 0)
		rc = posix_spawn_file_actions_addopen(&files, 0, "/dev/null", O_RDONLY, 0);
	if (rc == 0)
		rc = posix_spawn_file_actions_adddup2(&files, out_fd, 1);
	if (rc == 0) /* not all that libraries open is close-on-exec: LMDB's data file is not */
		rc = posix_spawn_file_actions_addclosefrom_np(&files, 3);
	if (rc == 0)
		rc = posix_spawn(ret, program, &files, &attr, argv, environ);
	posix_spawnattr_destroy(&attr);
	posix_spawn_file_actions_destroy(&files);
	return rc;
}

static int start_child(const struct ctl *c, char *const argv[], pid_t *ret_pid, int *ret_fd)
{
	int fds[2], rc;

	if (pipe2(fds, O_CLOEXEC | O_NONBLOCK))
		return IMS_E_IO;
	if (fcntl(fds[1], F_SETFL, 0)) /* the child writes as to any pipe */
		rc = errno;
	else
		rc = spawn(c->verify_command, argv, fds[1], ret_pid);
	close(fds[1]);
	if (rc) {
		close(fds[0]);
		return IMS_E_IO;
	}
	*ret_fd = fds[0];
	return 0;
}

/* One that replication has, or the journal; a child is for nothing else. */
static bool is_known(const struct ctl_call *call, const char *origin)
{
	const struct sync *s = bridge_sync(node_bridge(call->node));
	char journal[ORIGIN_MAX_BYTES + 1];
	struct sync_log_info info;

	for (size_t i = 0; i < sync_log_count(s); i++) {
		sync_log_at(s, i, &info);
		if (strcmp(info.origin, origin) == 0)
			return true;
	}
	ctl_journal_origin(call, journal);
	return strcmp(journal, origin) == 0;
}

static int run_child(struct ctl_call *call, char *const argv[])
{
	struct ctl *c = call->ctl;
	struct loop *l = node_options(call->node)->loop;
	struct verify *v;
	pid_t pid;
	int fd, err;

	if (c->verify)
		return errtext_set(&call->why, IMS_E_AGAIN, "a verification is running");
	err = start_child(c, argv, &pid, &fd);
	if (err)
		return errtext_set(&call->why, err, "cannot start %.160s", c->verify_command);
	v = mem_new(struct verify);
	v->call = call;
	v->pid = pid;
	v->fd = fd;
	buf_init(&v->output, VERIFY_OUTPUT_BYTES);
	v->readable = loop_fd_new(l, fd, on_output, v);
	v->timer = loop_timer_new(l, on_timer, v);
	v->until = mono_plus_ms(loop_now(l), VERIFY_TIMEOUT_MS);
	loop_timer_arm_ms(v->timer, VERIFY_TIMEOUT_MS);
	c->verify = v;
	return CTL_LATER;
}

int ctl_log_verify(struct ctl_call *call, const Ims__Ctl__LogRequest *q)
{
	char *const argv[] = {ctl_lend("imsd"), ctl_lend("--verify-log"), call->ctl->config_path, q->origin,
			      NULL};

	if (*q->origin && !is_known(call, q->origin))
		return errtext_set(&call->why, IMS_E_NOT_FOUND, "%s", CTL_NO_LOG);
	return run_child(call, argv);
}

int ctl_backup_verify(struct ctl_call *call, const Ims__Ctl__BackupRequest *q)
{
	char *const argv[] = {ctl_lend("imsd"),	    ctl_lend("--verify-backup"), q->dir,
			      ctl_lend("--config"), call->ctl->config_path,	 NULL};

	if (*q->dir != '/')
		return errtext_set(&call->why, IMS_E_USAGE, "'%.160s' is no absolute path", q->dir);
	return run_child(call, argv);
}

void ctl_verify_stop(struct ctl *c)
{
	struct verify *v = c->verify;
	struct ctl_call *call;

	if (!v)
		return;
	call = v->call;
	kill(v->pid, SIGKILL);
	waitpid(v->pid, NULL, 0);
	verify_free(v);
	ctl_call_free(call);
}
