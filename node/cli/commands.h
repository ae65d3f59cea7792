/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The function of every row of commands.def. Each lives in cmd_<noun>*.c, reports its own failure
 * with cli_fail() and returns 0 or a negative IMS_E_*, whose row gives the exit code.
 */
#ifndef CLI_COMMANDS_H
#define CLI_COMMANDS_H

struct cli;

#define COMMAND(noun, verb, args, options, function, help) int function(struct cli *cli);
#include "cli/commands.def"

#endif
