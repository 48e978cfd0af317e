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

# Exported functions, and those that the header defines itself
calls=$(sed -n 's/^[[:space:]]*\(utrace_[a-z_]*\);.*/\1/p' "$top/lib/libutrace.map")
inlines=$("${CC:-gcc}" -E -P -I"$top/../../include/uapi" "$top/include/libutrace.h" | tr '\n' ' ' |
	grep -o 'static inline [^(]*(' | sed -n 's/.*[ *]\(utrace_[a-z_]*\)(/\1/p')
for call in $calls $inlines; do
	page=$top/man/$call.3
	# A page of several calls is there under each name.
	so=$(sed -n 's,^\.so man3/,,p' "$page" 2>/dev/null)
	page=$top/man/${so:-$call.3}
	case $call in
	*_sized) name=${call%_sized} ;;
	utrace_rec_*) name=utrace_rec_ ;;
	utrace_orders_add_*) name=utrace_orders_add_ ;;
	*) name=$call ;;
	esac
	grep -q "^\.SH NAME" "$page" 2>/dev/null && grep -q "$name" "$page" &&
		grep -q "^\.SH RETURN VALUE" "$page"
	check $? "$call has a page"
	sed '1,/^\.SH EXAMPLES/d; /^\.SH/,$d' "$page" 2>/dev/null | grep -q .
	check $? "$call.3 has an example"
	if grep -q "^\.IR* errno\||errno\|Ierrno" "$page"; then
		sed '1,/^\.SH ERRORS/d; /^\.SH/,$d' "$page" | grep -q "^\.BR* E[A-Z]"
		check $? "$call.3 lists its errors"
	fi
done
for page in "$top"/man/utrace_*.3; do
	call=$(basename "$page" .3)
	echo "$calls $inlines" | tr ' ' '\n' | grep -qx "$call"
	check $? "$call.3 is about a call"
done
# Code that is not between .EX and .EE is joined into a paragraph.  Text in EXAMPLES ends
# with a full stop or a colon, and code does not.
# shellcheck disable=SC2013 # names without spaces
for page in $(grep -l '^\.SH EXAMPLES' "$top"/man/*.[1-9]); do
	awk '/^\.SH/ { examples = $2 == "EXAMPLES" }
	/^\.(EX|nf)/ { code = 1 }
	/^\.(EE|fi)/ { code = 0 }
	examples && !code && /^[^.]/ && !/[.:]$/ { print "# " $0; bad = 1 }
	END { exit bad }' "$page"
	check $? "the code of $(basename "$page") has its own layout"
done
# References lead somewhere.
# shellcheck disable=SC2013 # names without spaces
for page in $(grep -l '^\.TH' "$top"/man/*.[1-9]); do
	# shellcheck disable=SC2013
	for ref in $(grep -o '\(lib\)*utrace[a-z_]*\(\\fP\)*\( \)*([1-9])' "$page" |
		     sed 's/\\fP//; s/ //; s/(\(.\))/.\1/' | sort -u); do
		[ -e "$top/man/$ref" ] || check 1 "$(basename "$page") refers to $ref"
	done
done
for page in libutrace.3 utrace.4 utrace.7; do
	grep -q "^\.SH NAME" "$top/man/$page"
	check $? "$page exists"
done
# shellcheck disable=SC2013
for call in $(grep -L '^\.so' "$top"/man/utrace_*.3); do
	call=$(basename "$call" .3)
	grep -q "$call" "$top/man/libutrace.3"
	check $? "libutrace.3 lists $call"
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
