/* SPDX-License-Identifier: Apache-2.0 */
/* ims status, peer, view: the node as a whole. */
#include "pb/ctl.pb-c.h"

#include "cli/cli.h"
#include "cli/commands.h"
#include "cli/request.h"

int cmd_status(struct cli *cli)
{
	Ims__Ctl__Empty empty = REQUEST(Empty, empty);
	ProtobufCMessage *reply;
	bool attention;
	struct arena a;
	int err = cli_call(cli, "status", VERB_STATUS, &empty.base, &a, &reply);

	if (err)
		return err;
	out_message(&cli->out, reply);
	attention = ((Ims__Ctl__StatusReply *)reply)->n_attention > 0;
	arena_fini(&a);
	/* for cron: said on the screen already, so only the exit code is left to set */
	return attention ? IMS_E_ATTENTION : 0;
}

int cmd_peer_list(struct cli *cli)
{
	Ims__Ctl__Empty empty = REQUEST(Empty, empty);

	return cli_show(cli, "peers", VERB_PEER_LIST, &empty.base);
}

int cmd_peer_show(struct cli *cli)
{
	Ims__Ctl__Empty empty = REQUEST(Empty, empty);
	const char *region = args_word(&cli->args, 0);
	const Ims__Ctl__PeerListReply *list;
	const Ims__Ctl__PeerStatus *found = NULL;
	ProtobufCMessage *reply;
	struct arena a;
	int err = cli_call(cli, region, VERB_PEER_LIST, &empty.base, &a, &reply);

	if (err)
		return err;
	list = (Ims__Ctl__PeerListReply *)reply;
	for (size_t i = 0; i < list->n_peers; i++)
		if (strcmp(list->peers[i]->region, region) == 0)
			found = list->peers[i];
	if (found)
		out_message(&cli->out, &found->base);
	else
		err = cli_fail(region, IMS_E_NOT_FOUND, "no peer of this region");
	arena_fini(&a);
	return err;
}

int cmd_peer_ping(struct cli *cli)
{
	Ims__Ctl__PeerRequest q = REQUEST(PeerRequest, peer_request);

	q.region = cli_lend(args_word(&cli->args, 0));
	return cli_show(cli, q.region, VERB_PEER_PING, &q.base);
}

int cmd_view_digest(struct cli *cli)
{
	Ims__Ctl__Empty empty = REQUEST(Empty, empty);

	return cli_show(cli, "view", VERB_VIEW_DIGEST, &empty.base);
}

int cmd_view_rebuild(struct cli *cli)
{
	Ims__Ctl__Empty empty = REQUEST(Empty, empty);
	int err = cli_connect(cli);

	if (err)
		return err;
	cli_be_patient(cli);
	return cli_show(cli, "view", VERB_VIEW_REBUILD, &empty.base);
}
