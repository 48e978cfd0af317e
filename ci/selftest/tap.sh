# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh
#
# For the tests here that are shell scripts: TAP.

# begin PREFIX LOG: of the names of tests, and what a failed one says.
begin()
{
	prefix=$1 log=$2 nr=0 failed=0
}

# ok STATUS NAME: a test is over.
ok()
{
	nr=$((nr + 1))
	if [ "$1" -eq 0 ]; then
		echo "ok $nr ${prefix}_$2"
	else
		sed 's/^/# /' "$log"
		echo "not ok $nr ${prefix}_$2"
		failed=1
	fi
}

finish()
{
	echo "1..$nr"
	exit "$failed"
}
