/* SPDX-License-Identifier: Apache-2.0 */
#include "view/poison.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/check.h"
#include "base/mem.h"

#define MAGIC "imsd-poison/1"

/* The file, of this machine only. */
struct page {
	char magic[16], version[48];
	uint64_t n_counted;
	volatile sig_atomic_t busy, signo; /* an entry is being folded; and the signal that ended it */
	struct poison_row now;
	struct poison_row row[POISON_ROWS];
};

struct poison {
	struct page *page;
	pthread_t folder; /* while busy */
};

static struct poison *volatile opened;

static struct poison_row *find(struct page *g, const struct hash *leaf)
{
	for (size_t i = 0; i < POISON_ROWS; i++)
		if (g->row[i].crashes && hash_eq(&g->row[i].leaf, leaf))
			return &g->row[i];
	return NULL;
}

/* A free row, or the one counted first. */
static struct poison_row *place(struct page *g)
{
	struct poison_row *first = &g->row[0];

	for (size_t i = 0; i < POISON_ROWS; i++) {
		if (g->row[i].crashes == 0)
			return &g->row[i];
		if (g->row[i].order < first->order)
			first = &g->row[i];
	}
	return first;
}

static void count(struct page *g, struct poison_row *ret_last)
{
	struct poison_row *r = find(g, &g->now.leaf);
	uint32_t before = r ? r->crashes : 0;

	if (!r)
		r = place(g);
	*r = g->now;
	r->origin[sizeof(r->origin) - 1] = '\0';
	r->crashes = before + 1;
	r->signo = (uint32_t)g->signo;
	r->order = ++g->n_counted;
	*ret_last = *r;
}

static void look_back(struct page *g, const char *version, struct poison_row *ret_last)
{
	*ret_last = (struct poison_row){0};
	if (memcmp(g->magic, MAGIC, sizeof(MAGIC)) != 0 ||
	    strncmp(g->version, version, sizeof(g->version) - 1) != 0) {
		memset(g, 0, sizeof(*g));
		memcpy(g->magic, MAGIC, sizeof(MAGIC));
		snprintf(g->version, sizeof(g->version), "%s", version);
	} else if (g->busy && g->signo) {
		count(g, ret_last);
	}
	g->busy = g->signo = 0;
}

int poison_open(const char *path, const char *version, struct poison **ret, struct poison_row *ret_last,
		struct errtext *e)
{
	int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600), err = 0;
	void *at = MAP_FAILED;

	if (fd < 0)
		return errtext_set(e, errno == ENOSPC ? IMS_E_NO_SPACE : IMS_E_IO, "%s: %s", path,
				   strerror(errno));
	/* all of it, or a full disk would be a signal later */
	err = posix_fallocate(fd, 0, sizeof(struct page));
	if (!err) {
		at = mmap(NULL, sizeof(struct page), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
		err = at == MAP_FAILED ? errno : 0;
	}
	close(fd);
	if (err)
		return errtext_set(e, err == ENOSPC ? IMS_E_NO_SPACE : IMS_E_IO, "%s: %s", path,
				   strerror(err));
	*ret = mem_new(struct poison);
	(*ret)->page = at;
	look_back(at, version, ret_last);
	opened = *ret;
	return 0;
}

void poison_close(struct poison *p)
{
	if (!p)
		return;
	if (opened == p)
		opened = NULL;
	munmap(p->page, sizeof(*p->page));
	free(p);
}

void poison_enter(struct poison *p, const char *origin, uint64_t index, const struct hash *leaf)
{
	struct poison_row *now;

	if (!p)
		return;
	now = &p->page->now;
	now->leaf = *leaf;
	now->index = index;
	memcpy(now->origin, origin, strnlen(origin, sizeof(now->origin) - 1) + 1);
	p->folder = pthread_self();
	p->page->busy = 1;
}

void poison_leave(struct poison *p)
{
	if (p)
		p->page->busy = 0;
}

unsigned poison_crashes(const struct poison *p, const struct hash *leaf)
{
	const struct poison_row *r = p && p->page->n_counted ? find(p->page, leaf) : NULL;

	return r ? r->crashes : 0;
}

size_t poison_count(const struct poison *p, const struct poison_row **ret)
{
	size_t n = 0;

	for (size_t i = 0; p && i < POISON_ROWS; i++) {
		const struct poison_row *r = &p->page->row[i];

		if (r->crashes < POISON_CRASHES)
			continue;
		if (n++ == 0 && ret)
			*ret = r;
	}
	return n;
}

void poison_crashed(int signo)
{
	struct poison *p = opened;

	if (p && p->page->busy && pthread_equal(p->folder, pthread_self()))
		p->page->signo = signo;
}
