#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# The test of scripts/prepare-tree, on a kernel of three files.  Prints TAP.
set -u

repo=$(cd "$(dirname "$0")/../.." && pwd)
work=$(mktemp -d)
trap 'chmod -R u+w "$work"; rm -rf "$work"' EXIT
export UTRACE_CACHE="$work/cache" KSRC="$work/linux.tar.xz"
unset LINK

# shellcheck source=/dev/null
. "$(dirname "$0")/tap.sh"
begin tree "$work/out"

prepare()
{
	"$work/repo/scripts/prepare-tree" 6.12 "$work/tree" > "$work/out" 2>&1
}

date_of()
{
	stat -c %Y "$1"
}

# The kernel, and a repository with a patch, a renaming patch and a file.
mkdir -p "$work/linux/kernel" "$work/linux/include" "$work/repo/scripts" \
	 "$work/repo/patches/6.12" "$work/repo/kernel"
printf 'VERSION = 6\nPATCHLEVEL = 12\nSUBLEVEL = 1\n' > "$work/linux/Makefile"
printf '%s\n' one two three > "$work/linux/kernel/a.c"
echo 'b' > "$work/linux/kernel/b.c"
echo 'old' > "$work/linux/include/h.h"
touch -d '2 days ago' "$work/linux/kernel/"* "$work/linux/include/h.h"
tar -cJf "$KSRC" -C "$work" linux
cp "$repo/scripts/prepare-tree" "$work/repo/scripts/"
echo '6.12 linux-test 6.12.1 0' > "$work/repo/KERNELS"
cat > "$work/repo/patches/6.12/1.patch" <<'PATCH'
--- a/kernel/a.c
+++ b/kernel/a.c
@@ -1,3 +1,3 @@
 one
-two
+TWO
 three
PATCH
cat > "$work/repo/patches/6.12/2.patch" <<'PATCH'
diff --git a/include/h.h b/include/new.h
similarity index 100%
rename from include/h.h
rename to include/new.h
PATCH
printf '%s\n' 1.patch 2.patch > "$work/repo/patches/6.12/series"
echo 'ours' > "$work/repo/kernel/utrace.c"
mkdir "$work/repo/include"
echo 'our h' > "$work/repo/include/h.h"

prepare && grep -q TWO "$work/tree/kernel/a.c" &&
	[ -L "$work/tree/kernel/utrace.c" ] &&
	grep -q ours "$work/tree/kernel/utrace.c"
ok $? applies_and_links

[ "$(cat "$work/tree/include/new.h")" = old ] &&
	[ "$(cat "$work/tree/include/h.h")" = 'our h' ]
ok $? ours_takes_a_renamed_place

[ "$(cat "$work/cache/linux-test/include/h.h")" = old ] &&
	! grep -q TWO "$work/cache/linux-test/kernel/a.c"
ok $? pristine_is_untouched

before=$(date_of "$work/tree/kernel/b.c")
touch -d '1 day ago' "$work/tree/kernel/a.c"
then=$(date_of "$work/tree/kernel/a.c")
prepare && [ ! -s "$work/out" ] && [ "$(date_of "$work/tree/kernel/a.c")" = "$then" ]
ok $? does_nothing_twice

sed -i 's/^+TWO/+Two/' "$work/repo/patches/6.12/1.patch"
new=$(date_of "$work/tree/include/new.h")
prepare && grep -q Two "$work/tree/kernel/a.c" &&
	[ "$(date_of "$work/tree/kernel/a.c")" != "$then" ] &&
	[ "$(date_of "$work/tree/kernel/b.c")" = "$before" ] &&
	[ "$(date_of "$work/tree/include/new.h")" = "$new" ]
ok $? a_changed_patch_rewrites_only_its_files

mv "$work/repo/kernel/utrace.c" "$work/repo/kernel/utrace2.c"
prepare && [ ! -L "$work/tree/kernel/utrace.c" ] &&
	[ -f "$work/tree/kernel/utrace2.c" ]
ok $? prunes_stale_links

echo 2.patch > "$work/repo/patches/6.12/series"
prepare && cmp -s "$work/tree/kernel/a.c" "$work/linux/kernel/a.c" &&
	[ "$(date_of "$work/tree/kernel/a.c")" != "$before" ]
ok $? a_dropped_patch_is_undone

echo b > "$work/repo/kernel/b.c"
! prepare && grep -q 'kernel/b.c is a stock file' "$work/out" &&
	[ ! -L "$work/tree/kernel/b.c" ]
ok $? refuses_to_replace_a_stock_file
rm "$work/repo/kernel/b.c"

# Context that is off by a line of text: no fuzz.
printf '%s\n' 1.patch 2.patch > "$work/repo/patches/6.12/series"
sed -i 's/^ one/ ONE/' "$work/repo/patches/6.12/1.patch"
! prepare && grep -q '6\.12' "$work/out" && grep -q '1\.patch' "$work/out" &&
	grep -q 'kernel/a\.c' "$work/out"
ok $? a_reject_names_kernel_patch_and_file

sed -i 's/^ ONE/ one/' "$work/repo/patches/6.12/1.patch"
prepare && grep -q Two "$work/tree/kernel/a.c"
ok $? recovers_after_a_reject

echo 3.patch >> "$work/repo/patches/6.12/series"
! prepare && grep -q '3\.patch' "$work/out"
ok $? names_a_patch_that_is_missing
sed -i /3.patch/d "$work/repo/patches/6.12/series"

if KSRC=$work/none.tar.xz "$work/repo/scripts/prepare-tree" 6.12 "$work/tree2" \
   > "$work/out" 2>&1; then
	false
else
	grep -q 'apt-get install linux-test' "$work/out"
fi
ok $? says_how_to_get_the_source

if "$work/repo/scripts/prepare-tree" 7.99 "$work/tree3" > "$work/out" 2>&1; then
	false
else
	grep -q 7.99 "$work/out"
fi
ok $? names_an_unknown_kernel

LINK=copy "$work/repo/scripts/prepare-tree" 6.12 "$work/export" > "$work/out" 2>&1 &&
	[ ! -L "$work/export/kernel/utrace2.c" ] &&
	[ "$(stat -c %h "$work/export/kernel/b.c")" = 1 ] &&
	grep -q Two "$work/export/kernel/a.c"
ok $? exports_plain_files

finish
