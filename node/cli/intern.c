/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/intern.h"

#include <stdlib.h>

#include "base/mem.h"

void intern_init(struct intern *in, struct arena *a)
{
	*in = (struct intern){.arena = a};
}

void intern_fini(struct intern *in)
{
	free(in->text);
	free(in->slot);
	*in = (struct intern){0};
}

/* FNV-1a, 64 bits. */
static uint64_t mix(struct bytes text)
{
	uint64_t h = 0xcbf29ce484222325;

	for (size_t i = 0; i < text.n; i++)
		h = (h ^ text.p[i]) * 0x100000001b3;
	return h;
}

/* Slot of `text`: its own or the free one where it belongs. n_slots is a power of two. */
static size_t slot_of(const struct intern *in, struct bytes text)
{
	size_t i = mix(text) & (in->n_slots - 1);

	while (in->slot[i] && !bytes_eq(in->text[in->slot[i] - 1], text))
		i = (i + 1) & (in->n_slots - 1);
	return i;
}

static void grow(struct intern *in)
{
	if (in->n * 2 < in->n_slots)
		return;
	in->n_slots = in->n_slots ? in->n_slots * 2 : 64;
	free(in->slot);
	in->slot = mem_zalloc(in->n_slots * sizeof(*in->slot));
	for (size_t k = 0; k < in->n; k++)
		in->slot[slot_of(in, in->text[k])] = k + 1;
}

size_t intern_put(struct intern *in, struct bytes text, bool *ret_new)
{
	size_t i;

	grow(in);
	i = slot_of(in, text);
	if (ret_new)
		*ret_new = in->slot[i] == 0;
	if (in->slot[i] == 0) {
		in->text = mem_grow(in->text, &in->capacity, in->n + 1, sizeof(*in->text));
		in->text[in->n] = arena_dup(in->arena, text);
		in->slot[i] = ++in->n;
	}
	return in->slot[i] - 1;
}
