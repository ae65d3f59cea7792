/* SPDX-License-Identifier: Apache-2.0 */
/* `ims roster propose`: the options, in their order, are edits of a draft (roster_draft.h). */
#include <inttypes.h>
#include <stdlib.h>

#include "base/mem.h"
#include "base/save.h"
#include "base/text.h"
#include "cli/cli.h"
#include "cli/cmd_roster.h"
#include "cli/commands.h"
#include "cli/roster_draft.h"

static const char usage_text[] =
	"usage: ims roster propose --genesis --federation NAME [--rules N]\n"
	"                [--replicated K REGION...] [-o FILE] CARD...\n"
	"       ims roster propose --from NOTE [--add CARD] [--set-card CARD]\n"
	"                [--suspend CODE] [--resume CODE] [--close CODE SIZE ROOT]\n"
	"                [--open CODE VKEY] [--rules N] [--replicated K REGION...] [-o FILE]\n";

struct request {
	const struct args *args;
	size_t option, word; /* those that come next, of the options and of the words */
	bool genesis;
	const char *federation, *from, *output;
};

/* The next option when it comes before the next word, else NULL. */
static const struct given_option *next_option(const struct request *q)
{
	const struct given_option *g = &q->args->given[q->option];

	return q->option < q->args->n_given && g->before_word <= q->word ? g : NULL;
}

/* The next part of a value of several, which is one word (CODE:SIZE:ROOT) or as many words, of which
 * the option has the first only. "" when there is none. */
static const char *next_part(struct request *q, char **rest)
{
	const char *word = next_option(q) ? NULL : args_word(q->args, q->word);

	if (*rest)
		return strsep(rest, ":");
	q->word += word != NULL;
	return word ? word : "";
}

/* What the draft is made from. */
static int read_source(struct request *q, struct errtext *e)
{
	q->genesis = args_has(q->args, OPT_GENESIS);
	q->federation = args_get(q->args, OPT_FEDERATION);
	q->from = args_get(q->args, OPT_FROM);
	q->output = args_get(q->args, OPT_OUTPUT);
	if (args_has(q->args, OPT_JSON))
		return errtext_set(e, IMS_E_USAGE, "unknown option, or one without its value");
	if (q->genesis == (q->from != NULL) || q->genesis != (q->federation != NULL))
		return errtext_set(e, IMS_E_USAGE, "either --genesis and --federation, or --from");
	return 0;
}

static int number(const char *text, uint64_t *ret, struct errtext *e)
{
	return dec_get_u64(bytes_of(text), ret) ? 0
						: errtext_set(e, IMS_E_USAGE, "'%s' is not a number", text);
}

static int take_word(const struct request *q, struct roster_draft *d, const char *word, struct errtext *e)
{
	if (roster_code_is_valid(bytes_of(word)))
		return roster_draft_replicate_at(d, word, e);
	if (q->genesis)
		return roster_draft_add_card(d, word, false, e);
	return errtext_set(e, IMS_E_USAGE, "'%s' is not expected here", word);
}

static int close_or_open(struct request *q, struct roster_draft *d, const struct given_option *g,
			 struct errtext *e)
{
	char *copy = mem_strdup(g->value), *rest = strchr(copy, ':') ? copy : NULL;
	const char *code = rest ? next_part(q, &rest) : copy, *first = next_part(q, &rest);
	uint64_t size = 0;
	int err;

	if (g->option == OPT_OPEN) {
		err = roster_draft_open(d, code, first, e);
	} else {
		err = number(first, &size, e);
		if (!err)
			err = roster_draft_close(d, code, size, next_part(q, &rest), e);
	}
	free(copy);
	return err;
}

static int edit(struct request *q, struct roster_draft *d, const struct given_option *g, struct errtext *e)
{
	uint64_t n = 0;
	int err;

	switch (g->option) {
	case OPT_RULES:
		err = number(g->value, &n, e);
		return err ? err : roster_draft_set_rules(d, n, e);
	case OPT_REPLICATED:
		err = number(g->value, &n, e);
		return err ? err : roster_draft_set_replicated(d, n, e);
	case OPT_ADD:
	case OPT_SET_CARD:
		return roster_draft_add_card(d, g->value, g->option == OPT_SET_CARD, e);
	case OPT_SUSPEND:
	case OPT_RESUME:
		return roster_draft_suspend(d, g->value, g->option == OPT_SUSPEND, e);
	case OPT_CLOSE:
	case OPT_OPEN:
		return close_or_open(q, d, g, e);
	default:
		return 0; /* of read_source(), or a general one */
	}
}

/* Options and words are edits, in their order. */
static int make_edits(struct request *q, struct roster_draft *d, struct errtext *e)
{
	int err = 0;

	while (!err && (q->option < q->args->n_given || q->word < q->args->n_words)) {
		const struct given_option *g = next_option(q);

		if (g) {
			q->option++;
			err = edit(q, d, g, e);
		} else {
			err = take_word(q, d, args_word(q->args, q->word++), e);
		}
	}
	return err;
}

static void tell_need(void *ctx, const struct roster_need *n)
{
	(void)ctx;
	fprintf(stderr, "ims:   %-4s  %s (%s)\n", roster_need_kind_name(n->kind), n->key->name, n->what);
}

static int put_out(const struct request *q, const struct roster_draft *d, struct errtext *e)
{
	struct roster *next = NULL;
	struct buf text = {0};
	int err = roster_draft_text(d, &text, &next, e);

	if (!err && q->output)
		err = save_file(q->output, buf_bytes(&text), 0644, false, e);
	else if (!err && fwrite(text.p, 1, text.n, stdout) != text.n)
		err = errtext_set(e, IMS_E_IO, "standard output could not be written");
	if (!err) {
		fprintf(stderr, "ims: version %" PRIu64 " %s:\n", next->version,
			q->genesis ? "is to be signed with these keys; nodes trust it by its hash"
				   : "takes effect when more than half of the votes and all others sign");
		roster_each_need(roster_draft_before(d), next, tell_need, NULL);
	}
	roster_unref(next);
	buf_fini(&text);
	return err;
}

static int propose(struct request *q, struct errtext *e)
{
	struct roster_draft *d = NULL;
	int err = q->genesis ? roster_draft_genesis(q->federation, &d, e) : roster_draft_from(q->from, &d, e);

	if (!err)
		err = make_edits(q, d, e);
	if (!err)
		err = put_out(q, d, e);
	roster_draft_free(d);
	return err;
}

int cmd_roster_propose(struct cli *cli)
{
	struct request q = {.args = &cli->args};
	struct errtext e = {""};
	int err = read_source(&q, &e);

	if (!err)
		err = propose(&q, &e);
	return cli_end("roster propose", err, &e, usage_text);
}
