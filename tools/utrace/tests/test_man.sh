#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Every call has a page, and no page is about a call that is not there
set -u
top=$(cd "$(dirname "$0")/.." && pwd)
n=0
failed=0

check() {
	n=$((n + 1))
	if [ "$1" -eq 0 ]; then
		echo "ok $n - $2"
	else
		failed=1
		echo "not ok $n - $2"
	fi
}

calls=$(sed -n 's/^[[:space:]]*\(utrace_[a-z_]*\);.*/\1/p' "$top/lib/libutrace.map")
for call in $calls; do
	page=$top/man/$call.3
	grep -q "^\.SH NAME" "$page" 2>/dev/null && grep -q "$call" "$page" &&
		grep -q "^\.SH RETURN VALUE" "$page"
	check $? "$call has a page"
	if grep -q "^\.I errno" "$page"; then
		sed '1,/^\.SH ERRORS/d; /^\.SH/,$d' "$page" | grep -q "^\.BR* E[A-Z]"
		check $? "$call.3 lists its errors"
	fi
done
for page in "$top"/man/utrace_*.3; do
	call=$(basename "$page" .3)
	echo "$calls" | grep -qx "$call"
	check $? "$call.3 is about a call"
done
for cmd in trace regs; do
	opts=$(sed -n "s/^	{ \"\([a-z-]*\)\", '\(.\)',.*/-\2/p" "$top/cmd/$cmd.c")
	for opt in $opts; do
		grep -q "^\.BR* \\\\$opt" "$top/man/utrace-$cmd.1"
		check $? "utrace-$cmd.1 has $opt"
	done
	grep -q "^\.BR utrace.-$cmd (1)" "$top/man/utrace.1"
	check $? "utrace.1 has utrace-$cmd"
done
echo "1..$n"
exit $failed
