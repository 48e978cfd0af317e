#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# The demo, inside the guest: one multi-threaded Debian program is followed at
# the same time by two "utrace trace" and by stock strace (ptrace), and goes on
# when they leave.
#
# People read the console; the checks go as KTAP to descriptor 3, where init
# has the result port.  The exit status is 0 only if every check passed.
#
# Most functions here are called by name, as the argument of check or until_true:
# shellcheck disable=SC2317

plan=14
work=/tmp/demo
say_to=/dev/console
# Seconds that anything may take in an emulated guest on a busy machine.
patience=90

if [ ! -c "$say_to" ] || ! (: >"$say_to") 2>/dev/null; then
	say_to=/dev/stderr
fi
if ! (: >&3) 2>/dev/null; then
	exec 3>/dev/null
fi

failed=0
done_checks=0
pigz_pid=
a_pid=
b_pid=
c_pid=
feeder_pid=

say() {
	printf '%s\n' "$*" >"$say_to"
}

# check NAME COMMAND...: one line for people, one for the result
check() {
	name=$1
	shift
	done_checks=$((done_checks + 1))
	if "$@"; then
		say "   [ok]     $name"
		echo "ok $done_checks $name" >&3
	else
		say "   [FAILED] $name"
		echo "not ok $done_checks $name" >&3
		failed=$((failed + 1))
	fi
}

# finish: what was not reached has failed
finish() {
	touch "$work/stop"
	for pid in $c_pid $b_pid $a_pid $pigz_pid $feeder_pid; do
		kill -9 "$pid" 2>/dev/null
	done
	while [ "$done_checks" -lt "$plan" ]; do
		done_checks=$((done_checks + 1))
		failed=$((failed + 1))
		echo "not ok $done_checks not reached" >&3
	done
	say ""
	if [ "$failed" = 0 ]; then
		say "utrace demo: all $plan checks passed"
	else
		say "utrace demo: $failed of $plan checks FAILED or were not reached"
	fi
	[ "$failed" = 0 ]
	exit
}

# give_up REASON [FILE...]: say why, and show what may explain it
give_up() {
	say "   $1"
	echo "# $1" >&3
	shift
	for file; do
		[ -s "$file" ] || continue
		say "   last lines of ${file##*/}:"
		tail -n 5 "$file" | cut -c1-100 >"$say_to"
	done
	finish
}

# until_true COMMAND...: try it until it succeeds or patience ends
until_true() {
	end=$(($(date +%s) + patience))
	until "$@"; do
		[ "$(date +%s)" -lt "$end" ] || return 1
		sleep 0.1
	done
}

lines() {
	if [ -f "$1" ]; then
		wc -l <"$1"
	else
		echo 0
	fi
}

size() {
	stat -c %s "$1"
}

# The name, thread and result of each call in a trace file, whole or resumed.
# Both tools write the thread's id first, and mark a line that another thread
# interrupted in the same way.
calls() {
	sed -nE 's/^([0-9]+) +(<\.\.\. )?([a-z][a-z0-9_]*)(\(| resumed).*/\3/p' \
		"$1"
}

threads_in() {
	sed -nE 's/^([0-9]+) .*/\1/p' "$1" | sort -u
}

# results FILE CALL: one line with the calls' results, errors left out
results() {
	sed -nE "s/^[0-9]+ +(<\.\.\. )?$2(\(| resumed).* = ([0-9]+)$/\3/p" \
		"$1" | tr '\n' ' '
}

is_gone() {
	# No state: it went, perhaps just now.
	case $(sed -n 's/^State:[[:space:]]*//p' "/proc/$1/status" \
		2>/dev/null) in
	'' | Z*) return 0 ;;
	esac
	return 1
}

# The tracer of the ptrace interface; 0 if there is none.
ptracer() {
	sed -n 's/^TracerPid:[[:space:]]*//p' "/proc/$pigz_pid/status"
}

has_session() {
	for fd in "/proc/$1/fd"/*; do
		[ "$(readlink "$fd")" != /dev/utrace ] || return 0
	done
	return 1
}

threads() {
	set -- "/proc/$pigz_pid/task"/*
	echo $#
}

has_threads() {
	[ "$(threads)" -ge "$1" ]
}

grew() {
	[ "$(lines "$1")" -gt "$2" ]
}

output_grew() {
	[ "$(size "$work/out.gz")" -gt "$1" ]
}

# ---- 1. a program started by utrace trace ---------------------------------

ls_trace_is_whole() {
	head -n 1 "$work/ls.trace" | grep -q 'execve("/bin/ls", .* = 0$' &&
		grep -q 'openat(.*"/demo".* = [0-9]' "$work/ls.trace" &&
		grep -q 'getdents64(.* = [0-9]' "$work/ls.trace" &&
		tail -n 1 "$work/ls.trace" | grep -q '+++ exited with 0 +++'
}

# ---- 3. three tracers at once ---------------------------------------------

several_threads_in() {
	[ "$(threads_in "$work/$1" | wc -l)" -ge 3 ]
}

only_write_in_a() {
	[ "$(calls "$work/A" | sort -u | xargs)" = write ]
}

only_read_and_futex_in_b() {
	[ "$(calls "$work/B" | sort -u | xargs)" = "futex read" ] &&
		several_threads_in B
}

all_kinds_in_c() {
	for kind in futex read write; do
		calls "$work/C" | grep -qx "$kind" || return 1
	done
	several_threads_in C
}

# C came last and left first: what it saw of a call, A or B saw as well, in
# the same order.  Its first and last ones are left out: strace's own coming
# and leaving may have interrupted them.
same_in() {
	mine=$(results "$work/$1" "$2")
	its=$(results "$work/C" "$2" | awk '{
		for (i = 2; i < NF; i++)
			printf "%s ", $i
	}')
	[ "$(echo "$its" | wc -w)" -ge 3 ] || return 1
	case " $mine" in
	*" $its"*) return 0 ;;
	esac
	return 1
}

# show FILE LINES KIND...: of the lines that are new since it had LINES, the
# first of each kind of call.
show() {
	file=$1
	from=$(($2 + 1))
	to=$(lines "$work/$file")
	shift 2
	[ "$to" -ge "$from" ] || return 0
	for kind; do
		sed -n "${from},${to}p" "$work/$file" |
			grep -E "^[0-9]+ +(<\.\.\. )?${kind}[( ].* = " |
			head -n 1
	done | cut -c1-92 | sed "s/^/   $file| /" >"$say_to"
}

# What is checked at the end, when they have gone, needs this much: a busy machine
# may take more than four seconds for it.
enough_seen() {
	only_read_and_futex_in_b && all_kinds_in_c &&
		[ "$(results "$work/C" write | wc -w)" -ge 6 ] &&
		[ "$(results "$work/C" read | wc -w)" -ge 6 ]
}

watch_all_three() {
	together=0
	round=0
	while [ "$round" -lt "$patience" ]; do
		[ "$together" -lt 4 ] || ! enough_seen || break
		round=$((round + 1))
		a=$(lines "$work/A")
		b=$(lines "$work/B")
		c=$(lines "$work/C")
		sleep 1
		if [ "$together" -lt 3 ]; then
			show A "$a" write
			show B "$b" read futex
			show C "$c" write read futex
		fi
		if grew "$work/A" "$a" && grew "$work/B" "$b" &&
		   grew "$work/C" "$c"; then
			together=$((together + 1))
		fi
	done
}

all_three_are_there() {
	[ "$together" -ge 4 ] && has_session "$a_pid" &&
		has_session "$b_pid" && [ "$(ptracer)" = "$c_pid" ]
}

# ---- 4. they leave --------------------------------------------------------

# leave NAME PID: end that tracer; pigz must write more afterwards
leave() {
	kill -TERM "$2"
	until_true is_gone "$2" || return 1
	wait "$2" 2>/dev/null
	# Twice: the first growth may have been under way.
	for _ in 1 2; do
		before=$(size "$work/out.gz")
		until_true output_grew "$before" || return 1
	done
	say "   $1 is gone; pigz has written $(size "$work/out.gz") bytes"
}

nobody_is_left() {
	[ "$(ptracer)" = 0 ] && is_gone "$a_pid" && is_gone "$b_pid" &&
		is_gone "$c_pid"
}

output_is_right() {
	[ "$(pigz -dc "$work/out.gz" | sha256sum)" = "$(
		i=0
		while [ "$i" -lt "$blocks" ]; do
			cat "$work/block"
			i=$((i + 1))
		done | sha256sum)" ]
}

# ---------------------------------------------------------------------------

rm -rf "$work"
mkdir -p "$work"
cd "$work" || exit 1
echo "KTAP version 1" >&3
echo "1..$plan" >&3

say ""
say "utrace demo: Linux $(uname -r), $(uname -m), $(nproc) processor(s)"
say "Debian programs in this guest: $(tr '\n' ',' </etc/utrace-root |
	sed 's/,$//; s/,/, /g')"
say ""
say "1. A program is started under utrace:"
say "   utrace trace -e trace=execve,openat,getdents64,write -o ls.trace" \
	"/bin/ls /demo"
utrace trace -e trace=execve,openat,getdents64,write -o ls.trace \
	/bin/ls /demo >ls.out 2>ls.err
ls_status=$?
[ -s ls.trace ] || give_up "utrace trace wrote nothing (exit $ls_status)" ls.err
# The dynamic loader's vain searches would fill the screen.
grep -v ENOENT ls.trace | cut -c1-96 | sed 's/^/   | /' >"$say_to"
check "utrace trace saw ls from execve to its exit" ls_trace_is_whole
check "ls itself did its work and its exit status came through" \
	test "$ls_status,$(cat ls.out)" = "0,$(/bin/ls /demo)"

# The work: text, block after block, until $work/stop appears.
seq 1 12000 >block
mkfifo in
pigz -p 4 -b 32 -c <in >out.gz 2>pigz.err &
pigz_pid=$!
{
	n=0
	while [ ! -e stop ]; do
		cat block || break
		n=$((n + 1))
		sleep 0.05
	done
	echo "$n" >blocks
} >in 2>/dev/null &
feeder_pid=$!
until_true test -s out.gz || give_up "pigz writes nothing" pigz.err
# Its threads come with its first pieces of work.
until_true has_threads 4 ||
	give_up "pigz has not started its threads" pigz.err
say ""
say "2. pigz compresses a stream without end:" \
	"process $pigz_pid, $(threads) threads"
say ""
say "3. Three tracers follow it at the same time:"
say "   A: utrace trace -f -p $pigz_pid -e trace=write -s 16 -o A"
say "   B: utrace trace -f -p $pigz_pid -e trace=read,futex -s 16 -o B"
say "   C: strace -f -p $pigz_pid -s 16 -o C"

utrace trace -f -p "$pigz_pid" -e trace=write -s 16 -o A 2>A.err &
a_pid=$!
utrace trace -f -p "$pigz_pid" -e trace=read,futex -s 16 -o B 2>B.err &
b_pid=$!
until_true grew A 3 || give_up "A sees nothing" A.err
until_true grew B 3 || give_up "B sees nothing" B.err
strace -f -p "$pigz_pid" -s 16 -o C 2>C.err &
c_pid=$!
until_true grew C 3 || give_up "C sees nothing" C.err

watch_all_three
check "all three saw its calls at the same time, in each of 4 seconds" \
	all_three_are_there

say ""
say "4. The tracers leave one after the other:"
check "strace has left, pigz runs on under A and B" leave "C" "$c_pid"
check "B has left, pigz runs on under A" leave "B" "$b_pid"
check "A has left, pigz runs on alone" leave "A" "$a_pid"
check "no tracer is left" nobody_is_left

say ""
say "5. What they saw: A $(lines A) lines, B $(lines B), C $(lines C)"
check "A saw write and nothing else" only_write_in_a
check "B saw read and futex, of several threads, and nothing else" \
	only_read_and_futex_in_b
check "C saw all of these, of several threads" all_kinds_in_c
check "each write that C saw, A saw with the same result" same_in A write
check "each read that C saw, B saw with the same result" same_in B read

say ""
say "6. pigz gets no more input:"
touch stop
until_true test -s blocks || give_up "the feeder does not end"
blocks=$(cat blocks)
until_true is_gone "$pigz_pid" || give_up "pigz does not end" pigz.err
wait "$pigz_pid"
pigz_status=$?
pigz_pid=
check "pigz came to its end and exited with 0" test "$pigz_status" = 0
check "its output unpacks to the very $((blocks * $(size block))) bytes" \
	output_is_right
finish
