#!/bin/sh
# client_exports_test.sh HEADER LIBRARY...: each library gives out the names that the public header
# marks with WT_EXPORT, and no other.
set -eu
header=$1
shift
declared=$(grep -o '^WT_EXPORT [^(]*' "$header" | grep -o 'wt_[a-z_]*$' | sort)
[ -n "$declared" ]
for library in "$@"; do
	case $library in
	*.a) options='-g' ;;
	*) options='-D' ;;
	esac
	defined=$(nm $options --defined-only "$library" | awk 'NF == 3 { print $3 }' | sort)
	if [ "$defined" != "$declared" ]; then
		printf '%s: what it gives out (<) is not what %s declares (>):\n' \
			"$library" "$header"
		{
			printf '%s\n' "$defined" | sed 's/^/< /'
			printf '%s\n' "$declared" | sed 's/^/> /'
		} | sort -k 2 | uniq -f 1 -u
		exit 1
	fi
done
