/* SPDX-License-Identifier: Apache-2.0 */
/* ims recover: the node fetches its own log back from its peers; watched until that is done. */
#include <inttypes.h>
#include <poll.h>
#include <stdio.h>

#include "pb/ctl.pb-c.h"

#include "base/text.h"
#include "cli/cli.h"
#include "cli/commands.h"
#include "cli/progress.h"
#include "cli/request.h"

#define LOOK_EVERY_MS 200
#define PATIENCE_S 15 /* without progress, unless --timeout says otherwise; the node goes on by itself */

/* What stands in the way, when nothing moves any more. */
static int say_waiting(const Ims__Ctl__RecoverReply *r)
{
	char why[400];
	int n = snprintf(why, sizeof(why), "%" PRIu64 " of %" PRIu64 " entries are here", r->size,
			 r->known_size);

	for (size_t i = 0; i < r->n_unheard && n > 0 && (size_t)n < sizeof(why); i++) {
		text_tame(r->unheard[i]);
		n += snprintf(why + n, sizeof(why) - (size_t)n, "%s%s",
			      i ? ", " : "; not heard yet: ", r->unheard[i]);
	}
	if (r->recovering && *r->reason)
		cli_tell("%s", r->reason);
	cli_tell("the node goes on by itself when they come; 'ims recover --override' goes on without them");
	return cli_fail("recover", IMS_E_ATTENTION, "%s", why);
}

/* Ask once, and print when it is the end. *ret_mark changes when something moves. */
static int look(struct cli *cli, struct progress *bar, const Ims__Ctl__RecoverRequest *q, bool patient,
		uint64_t *ret_mark, bool *ret_done)
{
	const Ims__Ctl__RecoverReply *r;
	ProtobufCMessage *reply;
	struct arena a;
	int err = cli_call(cli, "recover", VERB_RECOVER, &q->base, &a, &reply);

	if (err)
		return err;
	r = (const Ims__Ctl__RecoverReply *)reply;
	*ret_done = strcmp(r->state, "rolled-back") != 0;
	if (!*ret_done)
		progress_at(bar, "entries", r->size, r->known_size);
	if (*ret_done || !patient) {
		progress_clear(bar);
		out_message(&cli->out, reply);
		if (!*ret_done)
			err = say_waiting(r);
	}
	*ret_mark = r->size + r->n_unheard * (UINT64_C(1) << 40);
	arena_fini(&a);
	return err;
}

static int watch(struct cli *cli, Ims__Ctl__RecoverRequest *q)
{
	struct mono moved = clock_mono();
	struct progress bar;
	uint64_t last = UINT64_MAX, now = 0, patience_s;
	bool done = false;
	int err = cli_u64(cli, OPT_TIMEOUT, PATIENCE_S, &patience_s);

	if (err)
		return err;
	progress_init(&bar);
	while ((err = look(cli, &bar, q, mono_ms_between(moved, clock_mono()) < (int64_t)patience_s * 1000,
			   &now, &done)) == 0 &&
	       !done) {
		q->override_rollback = false; /* said once */
		if (now != last)
			moved = clock_mono();
		last = now;
		poll(NULL, 0, LOOK_EVERY_MS);
	}
	progress_clear(&bar);
	return err;
}

int cmd_recover(struct cli *cli)
{
	Ims__Ctl__RecoverRequest q = REQUEST(RecoverRequest, recover_request);
	int err = 0;

	q.override_rollback = args_has(&cli->args, OPT_OVERRIDE);
	if (q.override_rollback)
		err = cli_confirm(
			cli,
			"Going on without what peers that are away may have of this region's log can make\n"
			"two histories of it, which the others will prove, and freeze.",
			"override");
	if (!err)
		err = cli_connect(cli);
	if (err)
		return err;
	cli_be_patient(cli);
	return watch(cli, &q);
}
