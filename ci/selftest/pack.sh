#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# The test of make-initrd and make-modules: the demo packs a target's guest while the
# kernel of another variant is built, whose make packs the same guest.  Prints TAP.
set -u

ci=$(cd "$(dirname "$0")/.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# shellcheck source=/dev/null
. "$(dirname "$0")/tap.sh"
begin pack "$work/err"

# at_once COMMAND...: eight at a time, ten times over.
at_once()
{
	for _ in 1 2 3 4 5 6 7 8 9 10; do
		for _ in 1 2 3 4 5 6 7 8; do
			"$@" || echo "exit status $?" &
		done
		wait
	done 2>&1 | sort | uniq -c > "$work/err"
	[ ! -s "$work/err" ]
}

# holds ARCHIVE NAME: it is complete, has NAME, and nothing lies beside it.
holds()
{
	gzip -dc "$1" | cpio -t --quiet 2>> "$work/err" | grep -qx "$2" || return 1
	ls -d "$1".* "$1"?* > "$work/err" 2> /dev/null
	[ ! -s "$work/err" ]
}

mkdir -p "$work/user/bin" "$work/kernel/include/config" "$work/kernel/lib"
echo init > "$work/user/init"
echo tool > "$work/user/bin/tool"
chmod +x "$work/user/init" "$work/user/bin/tool"
at_once "$ci/make-initrd" "$work/user" "$work/initrd.gz" &&
	holds "$work/initrd.gz" bin/tool
ok $? guests_at_once

echo 6.12.0 > "$work/kernel/include/config/kernel.release"
echo lib/a.o > "$work/kernel/modules.order"
echo a > "$work/kernel/lib/a.ko"
at_once "$ci/make-modules" "$work/kernel" &&
	holds "$work/kernel/modules.cpio.gz" usr/lib/modules/6.12.0/kernel/lib/a.ko
ok $? modules_at_once

mv "$work/user/init" "$work/user/was"
! "$ci/make-initrd" "$work/user" "$work/initrd.gz" 2> "$work/err" &&
	grep -q 'user/init is missing' "$work/err" &&
	holds "$work/initrd.gz" bin/tool
ok $? keeps_the_old_guest_on_failure

finish
