/* SPDX-License-Identifier: Apache-2.0 */
#include "replication/roster.h"

#include <stdlib.h>

#include "base/text.h"
#include "crypto/hash.h"
#include "replication/roster_int.h"

#define LINE_MAX_BYTES 1024
#define MEMORY_MAX_BYTES (2u << 20) /* 64 KiB of text in its largest form, several times over */

int roster_fail(struct roster_parser *p, int err, const char *what)
{
	return errtext_set(p->e, err, "line %u: %s", p->line, what);
}

int roster_fail_nomem(struct roster_parser *p)
{
	return roster_fail(p, IMS_E_NOMEM, "out of memory");
}

bool roster_word_hash(struct bytes word, struct hash *ret)
{
	struct hash h;

	for (size_t i = 0; i < word.n; i++)
		if (word.p[i] >= 'A' && word.p[i] <= 'F')
			return false; /* one text for one roster */
	if (!hex_get(word, h.b, sizeof(h.b)))
		return false;
	*ret = h;
	return true;
}

bool roster_word_size(struct bytes word, uint64_t *ret)
{
	uint64_t v;

	if (!dec_get_u64(word, &v) || v > INT64_MAX)
		return false;
	*ret = v;
	return true;
}

void *roster_rows_grow(struct arena *a, void *rows, size_t n, size_t elem_bytes)
{
	void *more;

	if (n & (n - 1))
		return rows;
	more = arena_array(a, n ? 2 * n : 1, elem_bytes);
	if (more && n)
		memcpy(more, rows, n * elem_bytes);
	return more;
}

/* ---- the lines above the regions */

static int take_format(struct roster_parser *p)
{
	(void)p; /* the word is all there is to it */
	return 0;
}

static int take_federation(struct roster_parser *p)
{
	if (!roster_federation_is_valid(p->words[1]))
		return roster_fail(p, IMS_E_INVALID, "not a name for a federation");
	p->r->federation = arena_text(&p->r->memory, p->words[1]);
	return p->r->federation ? 0 : roster_fail_nomem(p);
}

static int take_version(struct roster_parser *p)
{
	if (!roster_word_size(p->words[1], &p->r->version) || p->r->version == 0)
		return roster_fail(p, IMS_E_INVALID, "a version is a number from 1");
	return 0;
}

static int take_previous(struct roster_parser *p)
{
	static const struct hash zero;

	if (!roster_word_hash(p->words[1], &p->r->previous))
		return roster_fail(p, IMS_E_INVALID, "not a hash");
	if (hash_eq(&p->r->previous, &zero) != (p->r->version == 1))
		return roster_fail(p, IMS_E_INVALID, "version 1 has no previous one, every other has");
	return 0;
}

static int take_rules(struct roster_parser *p)
{
	if (!roster_word_size(p->words[1], &p->r->rules) || p->r->rules == 0)
		return roster_fail(p, IMS_E_INVALID, "a rules version is a number from 1");
	return 0;
}

static int take_replicated(struct roster_parser *p)
{
	struct roster *r = p->r;
	uint64_t k;

	if (!roster_word_size(p->words[1], &k) || k > p->n_words - 2 || (k == 0 && p->n_words > 2))
		return roster_fail(p, IMS_E_INVALID, "not a number of cosigners among those named");
	r->replicated_k = (unsigned)k;
	for (size_t i = 2; i < p->n_words; i++) {
		char **name;

		if (!roster_code_is_valid(p->words[i]))
			return roster_fail(p, IMS_E_INVALID, "not the code of a region");
		if (i > 2 && bytes_cmp(p->words[i - 1], p->words[i]) >= 0)
			return roster_fail(p, IMS_E_INVALID, "regions stand once, in ascending order");
		name = ROSTER_ROW(p, r->replicated_regions, r->n_replicated);
		if (!name || !(*name = arena_text(&r->memory, p->words[i])))
			return roster_fail_nomem(p);
	}
	return 0;
}

static const struct roster_rule head_rules[] = {
	{"ims-roster/1", 1, 1, 1, 1, take_format}, /* the order of the text */
	{"federation", 2, 2, 1, 1, take_federation},
	{"version", 2, 2, 1, 1, take_version},
	{"previous", 2, 2, 1, 1, take_previous},
	{"rules", 2, 2, 1, 1, take_rules},
	{"replicated", 2, ROSTER_WORDS_MAX, 1, 1, take_replicated},
};

/* ---- lines and sections */

static int split_words(struct roster_parser *p, struct bytes line)
{
	struct bytes word;

	if (line.n > LINE_MAX_BYTES)
		return roster_fail(p, IMS_E_LIMIT, "line too long");
	p->n_words = 0;
	while (text_split(&line, ' ', &word)) {
		if (word.n == 0)
			return roster_fail(p, IMS_E_SYNTAX,
					   "words are separated by one space, lines are not empty");
		if (p->n_words == ROSTER_WORDS_MAX)
			return roster_fail(p, IMS_E_LIMIT, "too many words");
		p->words[p->n_words++] = word;
	}
	return 0;
}

/* Rows from p->at up to, not including, `next` are over: did each stand often enough? */
static int rows_end(struct roster_parser *p, size_t next)
{
	for (size_t row = p->at; row < next; row++)
		if ((row == p->at ? p->count : 0) < p->rules[row].min)
			return errtext_set(p->e, IMS_E_MISSING, "line %u: `%s` is missing before it", p->line,
					   p->rules[row].word);
	return 0;
}

static int section_begin(struct roster_parser *p)
{
	int err = p->rules ? rows_end(p, p->n_rules) : 0;

	if (err)
		return err;
	if (p->r->n_regions == (p->is_card ? 1 : ROSTER_REGIONS_MAX))
		return roster_fail(p, IMS_E_LIMIT, "too many regions");
	p->rules = roster_region_rules;
	p->n_rules = roster_n_region_rules;
	p->at = 0;
	p->count = 0;
	return 0;
}

static int take_line(struct roster_parser *p, struct bytes line)
{
	const struct roster_rule *rule;
	size_t row;
	int err = split_words(p, line);

	if (!err && bytes_eq_text(p->words[0], roster_region_rules[0].word))
		err = section_begin(p);
	if (err)
		return err;
	for (row = 0; row < p->n_rules; row++)
		if (bytes_eq_text(p->words[0], p->rules[row].word))
			break;
	if (row == p->n_rules)
		return roster_fail(p, IMS_E_SYNTAX, "a word that is not known here");
	if (row < p->at)
		return roster_fail(p, IMS_E_SYNTAX, "line out of order");
	err = rows_end(p, row);
	if (err)
		return err;
	if (row != p->at)
		p->count = 0;
	p->at = row;
	rule = &p->rules[row];
	if (p->n_words < rule->min_words || p->n_words > rule->max_words)
		return roster_fail(p, IMS_E_SYNTAX, "wrong number of words");
	if (p->count++ == rule->max)
		return rule->max == 1 ? roster_fail(p, IMS_E_DUPLICATE, "the line stands twice")
				      : roster_fail(p, IMS_E_LIMIT, "too many such lines");
	return rule->take(p);
}

static int parse_lines(struct roster_parser *p, struct bytes text)
{
	struct bytes line;
	int err = 0;

	if (text.n == 0 || text.p[text.n - 1] != '\n')
		return errtext_set(p->e, IMS_E_SYNTAX, "the text does not end with a newline");
	text.n--;
	while (!err && text_split(&text, '\n', &line)) {
		p->line++;
		err = take_line(p, line);
	}
	if (err)
		return err;
	p->line++;
	if (p->r->n_regions == 0)
		return roster_fail(p, IMS_E_MISSING, "no region");
	return rows_end(p, p->n_rules);
}

/* ---- the three things that are parsed */

static struct roster *roster_new(void)
{
	struct roster *r = calloc(1, sizeof(*r));

	if (!r)
		return NULL;
	r->refs = 1;
	arena_init(&r->memory, MEMORY_MAX_BYTES);
	return r;
}

static int parse_text_into(struct roster *r, struct bytes text, struct errtext *e)
{
	struct roster_parser p = {
		.r = r, .rules = head_rules, .n_rules = sizeof(head_rules) / sizeof(head_rules[0]), .e = e};
	int err = parse_lines(&p, text);

	if (err)
		return err;
	crypto_sha256(text, &r->hash);
	r->text_bytes = text.n;
	return roster_check_form(r, true, e);
}

static int parse_note_into(struct roster *r, struct bytes input, struct errtext *e)
{
	struct note n;
	int err = note_parse(input, &n);

	if (err)
		return errtext_set(e, err, "not a signed note: %s", ims_strerror(err));
	r->note = arena_alloc(&r->memory, input.n);
	if (!r->note)
		return errtext_set(e, IMS_E_NOMEM, "out of memory");
	memcpy(r->note, input.p, input.n);
	r->note_bytes = input.n;
	return parse_text_into(r, n.text, e);
}

static int parse_card_into(struct roster *r, struct bytes text, const char *federation, struct errtext *e)
{
	struct roster_parser p = {.r = r, .is_card = true, .e = e};
	int err;

	if (!roster_federation_is_valid(bytes_of(federation)))
		return errtext_set(e, IMS_E_INVALID, "not a name for a federation");
	r->federation = arena_text(&r->memory, bytes_of(federation));
	if (!r->federation)
		return errtext_set(e, IMS_E_NOMEM, "out of memory");
	err = parse_lines(&p, text);
	if (err)
		return err;
	r->text_bytes = text.n;
	return roster_check_form(r, false, e);
}

/* Hand `r` over, or free it. */
static int parsed(struct roster *r, int err, struct roster **ret)
{
	if (err)
		roster_unref(r);
	else
		*ret = r;
	return err;
}

static int parse_begin(struct bytes input, struct roster **ret, struct errtext *e)
{
	if (input.n > ROSTER_NOTE_MAX_BYTES)
		return errtext_set(e, IMS_E_LIMIT, "larger than %d bytes", ROSTER_NOTE_MAX_BYTES);
	*ret = roster_new();
	return *ret ? 0 : errtext_set(e, IMS_E_NOMEM, "out of memory");
}

int roster_parse(struct bytes note, struct roster **ret, struct errtext *e)
{
	struct roster *r;
	int err = parse_begin(note, &r, e);

	return err ? err : parsed(r, parse_note_into(r, note, e), ret);
}

int roster_parse_text(struct bytes text, struct roster **ret, struct errtext *e)
{
	struct roster *r;
	int err = parse_begin(text, &r, e);

	return err ? err : parsed(r, parse_text_into(r, text, e), ret);
}

int roster_parse_card(struct bytes card, const char *federation, struct roster **ret, struct errtext *e)
{
	struct roster *r;
	int err = parse_begin(card, &r, e);

	return err ? err : parsed(r, parse_card_into(r, card, federation, e), ret);
}

/* A counted object is shared as const; only its count changes. */
static struct roster *uncounted(const struct roster *r)
{
	return (struct roster *)(uintptr_t)r;
}

struct roster *roster_ref(const struct roster *r)
{
	struct roster *own = uncounted(r);

	__atomic_add_fetch(&own->refs, 1, __ATOMIC_RELAXED);
	return own;
}

void roster_unref(const struct roster *r)
{
	struct roster *own = uncounted(r);

	if (!own || __atomic_sub_fetch(&own->refs, 1, __ATOMIC_ACQ_REL) > 0)
		return;
	arena_fini(&own->memory);
	free(own);
}
