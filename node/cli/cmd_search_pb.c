/* SPDX-License-Identifier: Apache-2.0 */
/* ims initiative overlap, ims match: what is alike, and who could take part. */
#include "pb/ctl.pb-c.h"
#include "pb/registry.pb-c.h"

#include "base/file.h"
#include "cli/cli.h"
#include "cli/commands.h"
#include "cli/overlap_file.h"
#include "cli/request.h"
#include "wire/codec.h"
#include "wire/span_pb.h"

#define SHOWN_MAX 100

static int take_limit(const struct cli *cli, uint32_t *ret)
{
	uint64_t limit;
	int err = cli_u64(cli, OPT_LIMIT, 0, &limit);

	if (err)
		return err;
	if (limit > SHOWN_MAX)
		return cli_fail("--limit", IMS_E_USAGE, "at most %d", SHOWN_MAX);
	*ret = (uint32_t)limit;
	return 0;
}

static int read_file(const char *path, struct buf *ret_payload)
{
	Ims__Registry__Initiative m;
	struct errtext e = {""};
	struct buf json = {0};
	struct arena a;
	int err = file_read(path, OVERLAP_FILE_MAX_BYTES, &json, &e);

	arena_init(&a, 8u << 20);
	if (!err)
		err = overlap_file_read(buf_bytes(&json), &a, &m, &e);
	if (!err)
		codec_pack(&m.base, ret_payload);
	arena_fini(&a);
	buf_fini(&json);
	return err ? cli_fail(path, err, "%s", e.text) : 0;
}

int cmd_initiative_overlap(struct cli *cli)
{
	Ims__Ctl__OverlapRequest q = REQUEST(OverlapRequest, overlap_request);
	const char *id = args_word(&cli->args, 0), *file = args_get(&cli->args, OPT_TEXT_FILE);
	struct buf payload = {0};
	int err = take_limit(cli, &q.limit);

	if (!err && (id != NULL) == (file != NULL))
		err = cli_fail("overlap", IMS_E_USAGE, "either an initiative or --file FILE");
	if (!err && file)
		err = read_file(file, &payload);
	if (!err) {
		q.id = cli_lend(id);
		q.payload = PB_DATA(buf_bytes(&payload));
		err = cli_show(cli, id ? id : file, VERB_OVERLAP, &q.base);
	}
	buf_fini(&payload);
	return err;
}

int cmd_match(struct cli *cli)
{
	Ims__Ctl__MatchRequest q = REQUEST(MatchRequest, match_request);
	int err = take_limit(cli, &q.limit);

	q.id = cli_lend(args_word(&cli->args, 0));
	return err ? err : cli_show(cli, q.id, VERB_MATCH, &q.base);
}
