#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# test_abi.sh LIBRARY CC: the header compiles as C and C++, for 64-bit and 32-bit
# programs, without warnings; the library exports what the map says, in its version.
set -u
lib=$1
cc=$2
top=$(cd "$(dirname "$0")/.." && pwd)
tmp=$(mktemp -d) || exit 1
trap 'rm -rf "$tmp"' EXIT
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

# A program that takes the address of every inline function, so that all are compiled.
cat >"$tmp/use.c" <<'END'
#include <libutrace.h>
END
"$cc" -E -P -I"$top/include" -I"$top/../../include/uapi" "$tmp/use.c" |
	tr '\n' ' ' | grep -o 'static inline [^(]*(' |
	sed -n 's/.*[ *]\(utrace_[a-z_]*\)(/\1/p' | sort -u >"$tmp/inlines"
{
	echo 'typedef void (*any)(void);'
	echo 'extern const any all[]; const any all[] = {'
	sed 's/.*/	(any)&,/' "$tmp/inlines"
	echo '};'
} >>"$tmp/use.c"
cp "$tmp/use.c" "$tmp/use.cc"
[ "$(wc -l <"$tmp/inlines")" -gt 30 ]
check $? "the inline functions are found"

# compile NAME COMPILER OPTION...: skip what is not installed
compile() {
	name=$1
	compiler=$2
	shift 2
	command -v "$compiler" >/dev/null || return
	echo '#include <stdint.h>' | "$compiler" "$@" -fsyntax-only -x c - 2>/dev/null || return
	case $name in
	*C++*) file=$tmp/use.cc ;;
	*) file=$tmp/use.c ;;
	esac
	"$compiler" "$@" -Wall -Wextra -Werror -pedantic -Wno-cast-function-type -I"$top/include" \
		-I"$top/../../include/uapi" -fsyntax-only "$file" 2>"$tmp/err"
	check $? "libutrace.h is $name"
	sed 's/^/# /' "$tmp/err"
}

compile C11 "$cc" -std=c11
compile "C17, by clang" clang -std=c17
compile "C11 for 32 bits" i686-linux-gnu-gcc -std=c11
for cxx in g++ clang++; do
	if command -v $cxx >/dev/null; then
		$cxx -std=c++17 -Wall -Wextra -Werror -pedantic -Wno-cast-function-type \
			-I"$top/include" -I"$top/../../include/uapi" -fsyntax-only \
			"$tmp/use.cc" 2>"$tmp/err"
		check $? "libutrace.h is C++17 for $cxx"
		sed 's/^/# /' "$tmp/err"
	fi
done

# Symbols and their version
if command -v readelf >/dev/null; then
	readelf -d "$lib" | grep -q 'SONAME.*\[libutrace\.so\.1\]'
	check $? "the soname is libutrace.so.1"
	readelf --dyn-syms -W "$lib" | awk '$7 != "UND" && $4 == "FUNC" { print $8 }' |
		sort >"$tmp/exported"
	sed -n 's/^[[:space:]]*\(utrace_[a-z_]*\);.*/\1@@LIBUTRACE_1.0/p' \
		"$top/lib/libutrace.map" | sort >"$tmp/map"
	diff "$tmp/map" "$tmp/exported" >"$tmp/err"
	check $? "the symbols are those of the map, in version LIBUTRACE_1.0"
	sed 's/^/# /' "$tmp/err"
	# Which the linker records in programs.
	printf '%s\n' '#include <libutrace.h>' \
		'int main(void) { utrace_close(utrace_open(0)); return 0; }' >"$tmp/main.c"
	"$cc" -I"$top/include" -I"$top/../../include/uapi" -o "$tmp/main" "$tmp/main.c" \
		-L"$(dirname "$lib")" -lutrace 2>"$tmp/err" &&
		readelf --dyn-syms -W "$tmp/main" | grep -q 'utrace_open@LIBUTRACE_1.0'
	check $? "a program needs LIBUTRACE_1.0"
	sed 's/^/# /' "$tmp/err"
fi
# The check of the map finds what is missing, on either side.
"$cc" -E -P -I"$top/include" -I"$top/../../include/uapi" -x c "$top/include/libutrace.h" >"$tmp/h.i"
sed '/utrace_close;/d' "$top/lib/libutrace.map" >"$tmp/less"
sed 's/utrace_close;/&\n	utrace_nothing;/' "$top/lib/libutrace.map" >"$tmp/more"
for map in less more; do
	"${PYTHON:-python3}" "$top/lib/check_map.py" LIBUTRACE_1.0 "$tmp/$map" <"$tmp/h.i" 2>/dev/null
	[ $? -eq 1 ]
	check $? "a map with one symbol $map is found"
done
echo "1..$n"
exit $failed
