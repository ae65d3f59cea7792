/* SPDX-License-Identifier: Apache-2.0 */
#include "sim/schedule.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

#define HEADER "sim-schedule/1"
#define STEPS_MAX 1000000

static const char *const act_words[ACT_COUNT] = {
#define ACT(NAME, word, legend) [ACT_##NAME] = word,
#include "sim/acts.def"
#undef ACT
};

static const char *const fault_words[FAULT_COUNT] = {
#define FAULT(NAME, word, percent, legend) [FAULT_##NAME] = word,
#include "sim/faults.def"
#undef FAULT
};

const char *act_word(enum act act)
{
	return act_words[act];
}

const char *fault_word(enum fault_kind kind)
{
	return fault_words[kind];
}

void schedule_add(struct schedule *s, const struct step *step)
{
	s->step = mem_grow(s->step, &s->capacity, s->n + 1, sizeof(*s->step));
	s->step[s->n++] = *step;
}

void schedule_fini(struct schedule *s)
{
	free(s->step);
	*s = (struct schedule){0};
}

void step_print(const struct step *t, FILE *out)
{
	fprintf(out, "%s %s %u %u %u %u %016" PRIx64 "\n", act_words[t->act],
		t->act == ACT_FAULT ? fault_words[t->kind] : "-", t->a, t->b, t->n, t->us, t->seed);
}

void schedule_print(const struct schedule *s, FILE *out)
{
	fprintf(out, HEADER " %" PRIu64 " %u\n", s->seed, s->nodes);
	for (size_t i = 0; i < s->n; i++)
		step_print(&s->step[i], out);
}

static unsigned word_index(const char *word, const char *const *words, unsigned n)
{
	unsigned i = 0;

	while (i < n && strcmp(words[i], word) != 0)
		i++;
	return i;
}

static bool read_step(const char *line, struct step *ret)
{
	char act[24], kind[24], rest;

	*ret = (struct step){0};
	if (sscanf(line, "%23s %23s %u %u %u %u %" SCNx64 " %c", act, kind, &ret->a, &ret->b, &ret->n, &ret->us,
		   &ret->seed, &rest) != 7)
		return false;
	ret->act = word_index(act, act_words, ACT_COUNT);
	if (ret->act == ACT_FAULT)
		ret->kind = word_index(kind, fault_words, FAULT_COUNT);
	return ret->act < ACT_COUNT && ret->kind < FAULT_COUNT;
}

bool schedule_read(FILE *in, struct schedule *ret, unsigned *ret_line)
{
	char line[200];
	struct step step;

	*ret_line = 1;
	if (!fgets(line, sizeof(line), in) ||
	    sscanf(line, HEADER " %" SCNu64 " %u", &ret->seed, &ret->nodes) != 2)
		return false;
	while (fgets(line, sizeof(line), in)) {
		++*ret_line;
		if (ret->n == STEPS_MAX || !read_step(line, &step))
			return false;
		schedule_add(ret, &step);
	}
	return true;
}
