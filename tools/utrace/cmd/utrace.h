/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef UTRACE_CMD_UTRACE_H
#define UTRACE_CMD_UTRACE_H

/* The subcommands; argv[0] is "utrace NAME". */
int cmd_trace(int argc, char **argv);
int cmd_regs(int argc, char **argv);

#endif
