/* SPDX-License-Identifier: Apache-2.0 */
/* Records to be filled in. */
#ifndef CLI_DRAFT_H
#define CLI_DRAFT_H

#include "base/buf.h"
#include "cli/cli.h"
#include "registry/registry.h"

/* Appends the JSON of a record with every field, those of the file of --template filled in. Reports failure, with
 * every wrong member of the file. */
IMS_MUST_CHECK int draft_json(const struct cli *cli, const struct kind *kind, struct buf *json);

#endif
