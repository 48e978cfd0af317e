#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Run the unit tests: each TEST prints TAP; then the generator's and the
# command line's.  RUN: a program that runs binaries of another architecture.
# Exit status 0 only if every test ran to its plan and was ok.
set -u

here=$(cd "$(dirname "$0")" && pwd)
tmp=$(mktemp -d) || exit 1
trap 'rm -rf "$tmp"' EXIT
bad=0

# one NAME PROGRAM [ARGUMENT...]
one() {
	name=$1
	shift
	"$@" >"$tmp/out" 2>&1
	rc=$?
	ran=$(grep -c '^ok ' "$tmp/out")
	plan=$(sed -n 's/^1\.\.//p' "$tmp/out")
	if [ $rc -eq 0 ] && [ "$ran" = "$plan" ] && [ "$ran" -gt 0 ]; then
		echo "ok - $name ($ran)"
	else
		bad=$((bad + 1))
		grep -v '^ok ' "$tmp/out"
		echo "not ok - $name (status $rc, $ran of ${plan:-?} ok)"
	fi
}

for t; do
	# shellcheck disable=SC2086 # RUN is a program and its options
	one "$(basename "$t")" ${RUN:-} "$t"
done
one test_gen "$PYTHON" "$here/test_gen.py" "$KSRC" "$O/gen"
one test_cli sh "$here/test_cli.sh" "$O/bin/utrace"
[ -n "${RUN:-}" ] || one test_abi sh "$here/test_abi.sh" "$O/lib/libutrace.so" "${CC:-gcc}"
one test_man sh "$here/test_man.sh"

if [ $bad -ne 0 ]; then
	echo "tools/utrace: $bad of the tests above failed" >&2
	exit 1
fi
