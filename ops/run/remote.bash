# What calm gives to bash on another host, over ssh's standard input. The command runs in a session of
# its own, so it goes on when the connection is lost; what it prints, and how it ends, lies in a folder
# that only this user can enter until calm has fetched it. Everything to the other side is a line that
# begins with \001calm; bytes follow only where that line says how many.

calm_say() { printf '\001calm %s\n' "$*"; }

# Making the folder is the fence: it can be made once. One who asks for a command that never came
# makes it too, and so keeps a late start from happening.
calm_claim() {
	local base=${calm_dir%/*}
	(umask 077 && mkdir -p "$base") && [ -O "$base" ] && mkdir -m 700 "$calm_dir"
}

# calm_start FOLDER COMMAND
calm_start() {
	local said need
	for need in setsid mkfifo env cat tail head wc; do
		command -v "$need" >/dev/null || { calm_say refused "$need is not there"; return; }
	done
	[ -r /proc/self/stat ] && [ "${BASH_VERSINFO[0]}" -ge 4 ] || { calm_say refused "calm needs Linux and bash 4 there"; return; }
	if [ -n "$1" ]; then
		cd -- "$1" 2>/dev/null || { calm_say refused "its folder $1 is not there"; return; }
	fi
	said=$(calm_claim 2>&1) || { calm_say refused "its folder could not be made: $said"; return; }
	mkfifo -m 600 "$calm_dir/printed" "$calm_dir/left" || { calm_say refused "no pipe can be made in $calm_dir"; return; }
	setsid bash --noprofile --norc -c "$calm_runner" calm "$calm_dir" "$2" </dev/null >/dev/null 2>&1 &
	disown
	calm_follow 0
}

# The runner outlives the connection. TERM is for the command: the runner stays to write down how it
# ended. The folder's files are complete when they have their names.
# shellcheck disable=SC2016
calm_runner='
dir=$1 command=$2
trap : TERM HUP INT
{
	trap "" TERM
	(ulimit -S -f 32768; trap "" XFSZ; exec cat) >"$dir/out" 2>/dev/null
	tail -c 65536 >"$dir/rest"
	[ -s "$dir/rest" ] && { printf "\n… calm kept the first and the last of this output on that host and cut the rest …\n"; cat "$dir/rest"; } >>"$dir/out"
} <"$dir/printed" &
{
	trap "" TERM
	declare -A was
	while IFS= read -r -d "" v; do was["${v%%=*}"]=$v; done < <(env -0)
	whole= first=
	while IFS= read -r -d "" v; do
		[ -z "$v" ] && { whole=1; break; }
		[ -z "$first" ] && { first=1; printf "%s\0" "$v"; continue; }
		name=${v%%=*}
		[ "${was["$name"]-}" = "$v" ] || printf "=%s\0" "$v"
		unset "was[\$name]"
	done <"$dir/left" >"$dir/context.new"
	for name in "${!was[@]}"; do printf "%s\0" "-$name"; done >>"$dir/context.new"
	[ -n "$whole" ] && mv "$dir/context.new" "$dir/context"
} &
left=$!
read -r stat <"/proc/$$/stat"
set -- ${stat##*) }
printf "%s %s\n" "$$" "${20}" >"$dir/pid.new" && mv "$dir/pid.new" "$dir/pid" || exit
bash --noprofile --norc -c "$command" </dev/null >"$dir/printed" 2>&1 19>"$dir/left"
code=$?
for i in 1 2 3 4 5 6 7 8 9 10; do kill -0 "$left" 2>/dev/null || break; sleep 0.1; done
kill -9 "$left" 2>/dev/null
sleep 0.1
printf "%s\n" "$code" >"$dir/exit.new" && mv "$dir/exit.new" "$dir/exit"
'

# calm_pid sets pid and ticks to those of the runner, which may take a moment to begin.
calm_pid() {
	local i
	for i in {1..50}; do
		[ -e "$calm_dir/pid" ] && read -r pid ticks <"$calm_dir/pid" && return
		sleep 0.1
	done
	return 1
}

# calm_of PID sets f to the fields of its stat, from the state on.
calm_of() {
	local line
	{ read -r line <"/proc/$1/stat"; } 2>/dev/null || return
	read -r -a f <<<"${line##*) }"
}

calm_alive() { calm_of "$pid" && [ "${f[19]}" = "$ticks" ] && [ "${f[0]}" != Z ]; }

# calm_members sets members to what still runs in the command's session. As long as one of it lives, no
# other process can have its number.
calm_members() {
	local f p
	members=()
	if calm_of "$pid" && [ "${f[19]}" != "$ticks" ]; then return; fi
	for p in /proc/[0-9]*; do
		calm_of "${p#/proc/}" && [ "${f[3]}" = "$pid" ] && [ "${f[0]}" != Z ] && members+=("${p#/proc/}")
	done
}

# calm_print gives what came since the first $1 bytes, and sets size to how many there are now.
calm_print() {
	{ size=$(wc -c <"$calm_dir/out"); } 2>/dev/null || size=0
	size=$((size))
	[ "$size" -gt "$1" ] || { size=$1; return 1; }
	calm_say out $((size - $1))
	tail -c "+$(($1 + 1))" "$calm_dir/out" | head -c $((size - $1))
}

# calm_follow FROM
calm_follow() {
	local size=$1 end='' pause=1 pid ticks members p
	calm_pid || { calm_say gone; return; }
	calm_say started "$pid"
	calm_say environment $(($(env -0 | wc -c)))
	env -0
	while :; do
		if ! calm_alive; then end=gone; fi
		if [ -e "$calm_dir/exit" ]; then end=exit; fi
		if calm_print "$size"; then pause=1; fi
		[ -z "$end" ] || break
		read -r -t "0.$pause"
		[ $? -gt 128 ] || exit 0 # the other side is gone
		pause=$((pause < 9 ? pause + 1 : 9))
	done
	calm_members
	for p in "${members[@]}"; do calm_named "$p"; done
	if [ -e "$calm_dir/context" ]; then
		calm_say context $(($(wc -c <"$calm_dir/context")))
		cat "$calm_dir/context"
	fi
	if [ "$end" = exit ]; then calm_say exit "$(<"$calm_dir/exit")"; else calm_say gone; fi
}

# calm_named tells of one process that was left, but not of those that take the output down.
calm_named() {
	local line
	line=$(tr '\0' ' ' <"/proc/$1/cmdline") 2>/dev/null || return
	case $line in "" | cat\ | tail\ -c* | *"$calm_dir"*) return ;; esac
	calm_say left "$1" "$line"
}

# calm_resume FROM
calm_resume() {
	if calm_claim 2>/dev/null; then
		calm_say never
	elif [ -d "$calm_dir" ]; then
		calm_follow "$1"
	else
		calm_say gone
	fi
}

# calm_end FROM TENTHS: ends all of it, TERM first, KILL when the time is over.
calm_end() {
	local pid ticks members i
	if calm_claim 2>/dev/null; then calm_say never; return; fi
	calm_pid || { calm_say gone; return; }
	if [ -e "$calm_dir/exit" ]; then calm_follow "$1"; return; fi
	calm_members
	calm_say ending
	kill -TERM "${members[@]}" 2>/dev/null
	for ((i = 0; i < $2; i++)); do
		calm_members
		[ ${#members[@]} -gt 0 ] || break
		sleep 0.1
	done
	if [ ${#members[@]} -gt 0 ]; then
		kill -KILL "${members[@]}" 2>/dev/null
		sleep 0.2
		calm_members
	fi
	calm_say ended ${#members[@]}
	calm_follow "$1"
}

calm_forget() { rm -rf -- "$calm_dir"; }
