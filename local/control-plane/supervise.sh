# Starts a program in the background and prints its pid. The program outlives its starter only if the starter committed:
# when standard input ends, because the starter closed it or died in whatever way, the file KEEP decides.
# usage: sh supervise.sh KEEP LOG PROGRAM ARGUMENT...
keep=$1 log=$2
shift 2
"$@" </dev/null >"$log" 2>&1 &
program=$!
# A starter that is gone already does not read the pid; that must not end this script before its last line.
trap '' PIPE
echo "$program" 2>/dev/null
while read -r _; do :; done
[ -e "$keep" ] || kill -KILL "$program"
