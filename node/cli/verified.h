/* SPDX-License-Identifier: Apache-2.0 */
/* Verbs whose answer says that stored bytes verify, or which do not. */
#ifndef CLI_VERIFIED_H
#define CLI_VERIFIED_H

#include "cli/cli.h"

/* Ask, which may take long, and print the LogVerifyReply. IMS_E_CORRUPT, reported, when it says no. */
IMS_MUST_CHECK int cli_show_verified(struct cli *cli, const char *object, enum verb verb,
				     const struct ProtobufCMessage *request);

#endif
