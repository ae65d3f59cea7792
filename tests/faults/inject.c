/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Stands before libc in a daemon (LD_PRELOAD) and fails its calls on command.
 *
 *   IMS_INJECT = CALL:N:WHAT[:MORE]
 *     CALL   write (also pwrite, writev, pwritev), sync (fsync, fdatasync), truncate, rename, mkdir,
 *            unlink, create (open of a new file); alloc (malloc, calloc, realloc, aligned)
 *     N      the N-th such call, from 1; "N+" that and every later one. Of alloc a hash, in hex, of
 *            the stack that asks: its first request, or with "+" every one
 *     WHAT   EIO, ENOSPC, EROFS: it fails so; NOMEM for alloc; slow=MS: it takes so much longer
 *     MORE   persisted: the call is made, and reported as failed
 *   IMS_INJECT_DIR   only files below this folder count (not for alloc)
 *   IMS_INJECT_SEEN  a file of u64: calls that counted, faults that were made; then, of alloc, the
 *                    hashes of the stacks seen
 *
 * Stacks are told apart by their inner frames, as addresses: run the daemon without address space
 * randomisation. All state is in the shared file, so that it survives a kill.
 */
#undef _FORTIFY_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <execinfo.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#define STACKS_MAX 16384
#define FRAMES 5
#define FRAMES_OWN 3

enum call { CALL_WRITE, CALL_SYNC, CALL_TRUNCATE, CALL_RENAME, CALL_MKDIR, CALL_UNLINK, CALL_CREATE, CALL_ALLOC };

static const char *const call_names[] = {"write", "sync", "truncate", "rename", "mkdir", "unlink", "create", "alloc"};
static const struct {
	const char *name;
	int no;
} faults[] = {{"EIO", EIO}, {"ENOSPC", ENOSPC}, {"EROFS", EROFS}, {"NOMEM", ENOMEM}};

struct seen {
	uint64_t calls, made, n_stacks;
	uint64_t stack[STACKS_MAX];
};

static struct {
	bool on, ever_after, persisted;
	enum call call;
	uint64_t n;
	int no;
	long slow_ms;
	const char *dir;
	struct seen *seen;
} rule;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static _Thread_local bool inside;

void *__libc_malloc(size_t n);
void *__libc_calloc(size_t n, size_t size);
void *__libc_realloc(void *p, size_t n);
void *__libc_memalign(size_t alignment, size_t n);

static _Noreturn void bad_rule(const char *why)
{
	dprintf(2, "inject: %s\n", why);
	_exit(2);
}

static void read_rule(const char *text)
{
	char call[16], number[24], what[24], more[16] = "", *end;
	bool known = false;

	if (sscanf(text, "%15[^:]:%23[^:]:%23[^:]:%15s", call, number, what, more) < 3)
		bad_rule("IMS_INJECT is CALL:N:WHAT[:MORE]");
	for (size_t i = 0; i < sizeof(call_names) / sizeof(call_names[0]); i++)
		if (strcmp(call, call_names[i]) == 0) {
			rule.call = (enum call)i;
			known = true;
		}
	rule.n = strtoull(number, &end, rule.call == CALL_ALLOC ? 16 : 10);
	rule.ever_after = *end == '+';
	for (size_t i = 0; i < sizeof(faults) / sizeof(faults[0]); i++)
		if (strcmp(what, faults[i].name) == 0)
			rule.no = faults[i].no;
	if (sscanf(what, "slow=%ld", &rule.slow_ms) != 1 && !rule.no)
		known = false;
	rule.persisted = strcmp(more, "persisted") == 0;
	if (!known)
		bad_rule("IMS_INJECT: unknown call or fault");
}

__attribute__((constructor)) static void start(void)
{
	const char *text = getenv("IMS_INJECT"), *path = getenv("IMS_INJECT_SEEN");
	void *frame[FRAMES];
	int fd;

	if (!text || !path)
		return;
	backtrace(frame, FRAMES); /* loads what it needs now */
	read_rule(text);
	rule.dir = getenv("IMS_INJECT_DIR");
	fd = (int)syscall(SYS_openat, AT_FDCWD, path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (fd < 0 || syscall(SYS_ftruncate, fd, sizeof(struct seen)) != 0)
		bad_rule("IMS_INJECT_SEEN cannot be made");
	rule.seen = mmap(NULL, sizeof(struct seen), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (rule.seen == MAP_FAILED)
		bad_rule("IMS_INJECT_SEEN cannot be mapped");
	syscall(SYS_close, fd);
	rule.on = true;
}

/* ---- is it now? */

static bool path_counts(const char *path)
{
	return !rule.dir || strncmp(path, rule.dir, strlen(rule.dir)) == 0;
}

static bool fd_counts(int fd)
{
	char link[48], path[4096];
	ssize_t n;

	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	n = readlink(link, path, sizeof(path) - 1);
	if (n < 0)
		return false;
	path[n] = '\0';
	return path_counts(path);
}

static void wait_ms(long ms)
{
	poll(NULL, 0, (int)ms);
}

/* The call counts. 0, or the errno with which it is to fail. */
static int now(void)
{
	uint64_t n = __atomic_add_fetch(&rule.seen->calls, 1, __ATOMIC_RELAXED);

	if (n != rule.n && !(rule.ever_after && n > rule.n))
		return 0;
	__atomic_add_fetch(&rule.seen->made, 1, __ATOMIC_RELAXED);
	if (rule.slow_ms)
		wait_ms(rule.slow_ms);
	return rule.no;
}

static int fails_fd(enum call call, int fd)
{
	return rule.on && rule.call == call && fd_counts(fd) ? now() : 0;
}

static int fails_path(enum call call, const char *path)
{
	return rule.on && rule.call == call && path_counts(path) ? now() : 0;
}

#define INJECT(type, no, real)                                                                                       \
	do {                                                                                                         \
		int no_ = (no);                                                                                      \
		type done_ = no_ && !rule.persisted ? -1 : (type)(real);                                             \
		if (no_)                                                                                             \
			errno = no_;                                                                                 \
		return no_ ? -1 : done_;                                                                             \
	} while (0)

/* ---- files, in the place of libc's */

ssize_t write(int fd, const void *p, size_t n)
{
	INJECT(ssize_t, fails_fd(CALL_WRITE, fd), syscall(SYS_write, fd, p, n));
}

ssize_t pwrite(int fd, const void *p, size_t n, off_t offset)
{
	INJECT(ssize_t, fails_fd(CALL_WRITE, fd), syscall(SYS_pwrite64, fd, p, n, offset));
}

ssize_t writev(int fd, const struct iovec *v, int n_v)
{
	INJECT(ssize_t, fails_fd(CALL_WRITE, fd), syscall(SYS_writev, fd, v, n_v));
}

ssize_t pwritev(int fd, const struct iovec *v, int n_v, off_t offset)
{
	INJECT(ssize_t, fails_fd(CALL_WRITE, fd), syscall(SYS_pwritev, fd, v, n_v, offset, 0));
}

int fsync(int fd)
{
	INJECT(int, fails_fd(CALL_SYNC, fd), syscall(SYS_fsync, fd));
}

int fdatasync(int fd)
{
	INJECT(int, fails_fd(CALL_SYNC, fd), syscall(SYS_fdatasync, fd));
}

int ftruncate(int fd, off_t length)
{
	INJECT(int, fails_fd(CALL_TRUNCATE, fd), syscall(SYS_ftruncate, fd, length));
}

int rename(const char *from, const char *to)
{
	INJECT(int, fails_path(CALL_RENAME, to), syscall(SYS_rename, from, to));
}

int mkdir(const char *path, mode_t mode)
{
	INJECT(int, fails_path(CALL_MKDIR, path), syscall(SYS_mkdir, path, mode));
}

int unlink(const char *path)
{
	INJECT(int, fails_path(CALL_UNLINK, path), syscall(SYS_unlink, path));
}

int open(const char *path, int flags, ...)
{
	mode_t mode = 0;
	va_list ap;

	if (!(flags & O_CREAT))
		return (int)syscall(SYS_openat, AT_FDCWD, path, flags, 0);
	va_start(ap, flags);
	mode = va_arg(ap, mode_t);
	va_end(ap);
	if (faccessat(AT_FDCWD, path, F_OK, 0) == 0)
		return (int)syscall(SYS_openat, AT_FDCWD, path, flags, mode);
	INJECT(int, fails_path(CALL_CREATE, path), syscall(SYS_openat, AT_FDCWD, path, flags, mode));
}

/* ---- memory */

/* libConfuse asserts that it has memory, and nothing of ours runs yet: 0 for what it asks for. */
static __attribute__((noinline)) uint64_t stack_hash(void)
{
	void *frame[FRAMES + FRAMES_OWN];
	int n = backtrace(frame, FRAMES + FRAMES_OWN);
	uint64_t h = 0xcbf29ce484222325u;
	Dl_info object;

	for (int i = FRAMES_OWN; i < n; i++)
		h = (h ^ (uintptr_t)frame[i]) * 0x100000001b3u;
	if (n > FRAMES_OWN && dladdr(frame[FRAMES_OWN], &object) && object.dli_fname &&
	    strstr(object.dli_fname, "libconfuse"))
		h = 0;
	return h;
}

/* Where it stands in the table, open addressing; is_new: it stood there not yet. */
static bool note_stack(uint64_t h)
{
	size_t at = h % STACKS_MAX;
	bool is_new;

	pthread_mutex_lock(&lock);
	while (rule.seen->stack[at] && rule.seen->stack[at] != h)
		at = (at + 1) % STACKS_MAX;
	is_new = rule.seen->stack[at] == 0 && rule.seen->n_stacks < STACKS_MAX - 1;
	if (is_new) {
		rule.seen->stack[at] = h;
		rule.seen->n_stacks++;
	}
	pthread_mutex_unlock(&lock);
	return is_new;
}

static __attribute__((noinline)) bool alloc_fails(void)
{
	bool is_new, fails;
	uint64_t h;

	if (!rule.on || rule.call != CALL_ALLOC || inside)
		return false;
	inside = true;
	h = stack_hash();
	__atomic_add_fetch(&rule.seen->calls, 1, __ATOMIC_RELAXED);
	is_new = h && note_stack(h);
	fails = h && h == rule.n && (is_new || rule.ever_after);
	if (fails)
		__atomic_add_fetch(&rule.seen->made, 1, __ATOMIC_RELAXED);
	inside = false;
	if (fails)
		errno = ENOMEM;
	return fails;
}

void *malloc(size_t n)
{
	return alloc_fails() ? NULL : __libc_malloc(n);
}

void *calloc(size_t n, size_t size)
{
	return alloc_fails() ? NULL : __libc_calloc(n, size);
}

void *realloc(void *p, size_t n)
{
	return alloc_fails() ? NULL : __libc_realloc(p, n);
}

int posix_memalign(void **ret, size_t alignment, size_t n)
{
	void *p = alloc_fails() ? NULL : __libc_memalign(alignment, n);

	if (!p)
		return ENOMEM;
	*ret = p;
	return 0;
}

void *aligned_alloc(size_t alignment, size_t n)
{
	return alloc_fails() ? NULL : __libc_memalign(alignment, n);
}
