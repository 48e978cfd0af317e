#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# The command line where no kernel is needed: messages and exit statuses
set -u
utrace=$1
n=0
failed=0

# try STATUS TEXT ARGUMENT...: utrace must end so, and say TEXT
try() {
	want=$1
	text=$2
	shift 2
	# shellcheck disable=SC2086 # RUN is a program and its options
	out=$(${RUN:-} "$utrace" "$@" 2>&1)
	rc=$?
	n=$((n + 1))
	case $rc:$out in
	$want:*"$text"*) echo "ok $n - utrace $*" ;;
	*)
		failed=1
		echo "not ok $n - utrace $*"
		echo "# status $rc, not $want; or not \"$text\" in: $out"
		;;
	esac
}

try 0 "utrace 1." --version
try 0 "trace " help
try 0 "--follow-forks" help trace
try 0 "utrace 1." trace --version
try 0 "regs " help
try 0 "--target-description" help regs
try 0 "Usage: utrace trace" trace --help
try 1 "Usage: utrace COMMAND"
try 1 "no command 'trase'" trase
try 1 "no command 'nope'" help nope
try 1 "nothing to trace" trace
try 1 "utrace: invalid system call 'opne'" trace -e trace=opne true
try 1 "utrace: invalid system call 'opne'" trace -e opne true
try 1 "invalid system call class '%nope'" trace -e %nope true
try 1 "only trace=SET is known" trace -e signal=SIGINT true
try 1 "invalid process id 'x'" trace -p x
try 1 "invalid process id '0'" trace -p 0
try 1 "invalid process id '-1'" trace -p -1
try 1 "invalid process id '99999999999'" trace -p 99999999999
try 1 "invalid string length 'a'" trace -s a true
try 1 "invalid string length '5000'" trace -s 5000 true
try 1 "unrecognized option" trace --nope true
try 1 "no process: name one by its PID" regs
try 1 "invalid process id 'x'" regs x
try 1 "invalid process id '0'" regs 0
try 1 "invalid process id '99999999999'" regs 99999999999
try 1 "invalid thread id '-1'" regs -t -1 1
try 1 "one process at a time" regs 1 2
try 1 "names of registers need a process" regs -g 1 pc
try 1 "names of registers need a process" regs -s /dev/null 1 pc=1
try 1 "invalid process id 'pc'" regs pc 1
try 1 "-d and -g exclude each other" regs -d -g 1
try 1 "-f FILE needs the description" regs -f /dev/null
try 1 "-v shows saved registers" regs -v /dev/null 1
try 1 "-g needs registers" regs -g -v /dev/null
try 1 "utrace: cannot open /nonexistent/view: No such file" regs -v /nonexistent/view
try 1 "utrace: /dev/null: cannot load a description of registers: header: it is longer than the data" regs -v /dev/null
try 1 "utrace: $utrace: cannot load a description of registers: header: its magic number" regs -v "$utrace"
if [ ! -e /dev/utrace ]; then
	try 1 "CONFIG_UTRACE" trace true
	try 1 "CONFIG_UTRACE" regs 1
fi
echo "1..$n"
exit $failed
