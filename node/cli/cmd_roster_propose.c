/* SPDX-License-Identifier: Apache-2.0 */
/* `ims roster propose`: the options, in their order, are edits of a draft (roster_draft.h). */
#include <getopt.h>
#include <inttypes.h>
#include <stdlib.h>

#include "base/mem.h"
#include "base/text.h"
#include "cli/cmd_roster.h"
#include "cli/finish.h"
#include "cli/roster_draft.h"
#include "base/save.h"

static const char usage_text[] =
	"usage: ims roster propose --genesis --federation NAME [--rules N]\n"
	"                [--replicated K REGION...] [-o FILE] CARD...\n"
	"       ims roster propose --from NOTE [--add CARD] [--set-card CARD]\n"
	"                [--suspend CODE] [--resume CODE] [--close CODE SIZE ROOT]\n"
	"                [--open CODE VKEY] [--rules N] [--replicated K REGION...] [-o FILE]\n";

static const struct option options[] = {
	{"genesis", no_argument, NULL, 'g'},	    {"federation", required_argument, NULL, 'f'},
	{"rules", required_argument, NULL, 'r'},    {"replicated", required_argument, NULL, 'k'},
	{"from", required_argument, NULL, 'F'},	    {"add", required_argument, NULL, 'a'},
	{"set-card", required_argument, NULL, 'c'}, {"suspend", required_argument, NULL, 's'},
	{"resume", required_argument, NULL, 'u'},   {"close", required_argument, NULL, 'x'},
	{"open", required_argument, NULL, 'n'},	    {"output", required_argument, NULL, 'o'},
	{"help", no_argument, NULL, 'H'},	    {NULL, 0, NULL, 0},
};

struct request {
	bool genesis;
	const char *federation, *from, *output;
	int argc;
	char **argv;
};

/* getopt's "-": words come as options of this letter, in their place, and argv stays as it is. */
#define WORD 1

/* The next part of a value of several, which is one word (CODE:SIZE:ROOT) or as many words, of which
 * getopt takes the first only. */
static const char *next_part(struct request *q, char **rest)
{
	if (*rest)
		return strsep(rest, ":");
	return optind < q->argc ? q->argv[optind++] : "";
}

/* First round: what the draft is made from. */
static int read_source(struct request *q, struct errtext *e)
{
	int letter;

	optind = 0; /* start anew, whoever used it before */
	while ((letter = getopt_long(q->argc, q->argv, "-o:", options, NULL)) != -1) {
		if (letter == '?')
			return errtext_set(e, IMS_E_USAGE, "unknown option, or one without its value");
		if (letter == 'g')
			q->genesis = true;
		else if (letter == 'f')
			q->federation = optarg;
		else if (letter == 'F')
			q->from = optarg;
		else if (letter == 'o')
			q->output = optarg;
	}
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

static int close_or_open(struct request *q, struct roster_draft *d, int letter, struct errtext *e)
{
	char *copy = mem_strdup(optarg), *rest = strchr(copy, ':') ? copy : NULL;
	const char *code = rest ? next_part(q, &rest) : copy, *first = next_part(q, &rest);
	uint64_t size = 0;
	int err;

	if (letter == 'n') {
		err = roster_draft_open(d, code, first, e);
	} else {
		err = number(first, &size, e);
		if (!err)
			err = roster_draft_close(d, code, size, next_part(q, &rest), e);
	}
	free(copy);
	return err;
}

static int edit(struct request *q, struct roster_draft *d, int letter, struct errtext *e)
{
	uint64_t n = 0;
	int err;

	switch (letter) {
	case 'r':
		err = number(optarg, &n, e);
		return err ? err : roster_draft_set_rules(d, n, e);
	case 'k':
		err = number(optarg, &n, e);
		return err ? err : roster_draft_set_replicated(d, n, e);
	case 'a':
	case 'c':
		return roster_draft_add_card(d, optarg, letter == 'c', e);
	case 's':
	case 'u':
		return roster_draft_suspend(d, optarg, letter == 's', e);
	case 'x':
	case 'n':
		return close_or_open(q, d, letter, e);
	case WORD:
		return take_word(q, d, optarg, e);
	default:
		return 0; /* seen in the first round */
	}
}

/* Second round: edits in their order. */
static int make_edits(struct request *q, struct roster_draft *d, struct errtext *e)
{
	int letter, err = 0;

	optind = 0;
	while (!err && (letter = getopt_long(q->argc, q->argv, "-o:", options, NULL)) != -1)
		err = edit(q, d, letter, e);
	while (!err && optind < q->argc) /* after "--" */
		err = take_word(q, d, q->argv[optind++], e);
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
			q->genesis ? "may be signed with these keys; nodes trust its hash alone"
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

int cmd_roster_propose(int argc, char **argv)
{
	struct request q = {.argc = argc, .argv = argv};
	struct errtext e = {""};
	int err;

	for (int i = 1; i < argc; i++) {
		if (strcmp(argv[i], "--help") != 0)
			continue;
		fputs(usage_text, stdout);
		return 0;
	}
	err = read_source(&q, &e);
	if (!err)
		err = propose(&q, &e);
	return finish("roster propose", err, &e, usage_text);
}
