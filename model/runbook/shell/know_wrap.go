package shell

import "strings"

// wrapperPrograms start another command, given to them as words.
var wrapperPrograms = family{
	"sudo": {
		risk: Reads, stop: true,
		valued: "-u --user -g --group -h --host -p --prompt -C --close-from -T --command-timeout -r --role -t --type -D --chdir -R --chroot -U --other-user",
		plain:  "-n --non-interactive -E --preserve-env -H --set-home -S --stdin -b --background -k --reset-timestamp -K -v --validate -i --login -s --shell -l --list -A --askpass -P --preserve-groups -e --edit -B --bell -N",
		judge:  sudo,
	},
	"doas": {risk: Reads, stop: true, valued: "-u -C", plain: "-n -s -L", judge: sudo},
	"su":   {risk: Reads, valued: "-c --command -s --shell -g --group -G --supp-group -w", judge: su},
	"runuser": {
		risk: Reads, valued: "-c --command -u --user -s --shell -g --group", judge: su,
	},
	"env": {
		risk: Reads, stop: true, valued: "-u --unset -C --chdir -S --split-string -P", plain: "-i --ignore-environment - -0 --null -v --debug",
		judge: env,
	},
	"timeout": {
		risk: Reads, stop: true, valued: "-s --signal -k --kill-after", plain: "--preserve-status --foreground -v --verbose -f -p",
		judge: func(c *call) {
			c.in.bounded(func() { c.startAfterFirst() })
		},
	},
	"nohup setsid unbuffer caffeinate proxychains proxychains4 torsocks busybox toybox dbus-run-session catchsegv eatmydata": {
		risk: Reads, stop: true, plain: "-c -f -w -p -q -i -d -s -m", judge: startsOperands,
	},
	"nice":   {risk: Reads, stop: true, valued: "-n --adjustment", plain: "-0 -1 -2 -3 -4 -5 -6 -7 -8 -9", judge: startsOperands},
	"ionice": {risk: Reads, stop: true, valued: "-c --class -n --classdata -p --pid", plain: "-t", judge: startsOperands},
	"stdbuf": {risk: Reads, stop: true, valued: "-i -o -e --input --output --error", judge: startsOperands},
	"time":   {risk: Reads, stop: true, valued: "-f --format -o --output", plain: "-p -v -a --append --portability", raise: raises{"-o --output": Changes}, judge: startsOperands},
	"chrt":   {risk: Reads, stop: true, plain: "-f -r -o -b -i", judge: func(c *call) { c.startAfterFirst() }},
	"taskset": {
		risk: Reads, stop: true, plain: "-c --cpu-list -a", valued: "-p --pid",
		judge: func(c *call) {
			if c.hasAny("-p --pid") {
				c.in.worse(Changes)
			}
			c.startAfterFirst()
		},
	},
	"flock": {
		risk: Reads, stop: true, valued: "-w --wait --timeout -E --conflict-exit-code", plain: "-n --nonblock -x -s -e -u --exclusive --shared -o -F --verbose",
		judge: func(c *call) {
			if len(c.operand) > 1 && listed("-c --command", c.operand[1].text) {
				c.in.shell(joined(c.operand[2:]))
				return
			}
			c.startAfterFirst()
		},
	},
	"chroot nsenter unshare": {
		risk: Changes, stop: true, valued: "-t --target -S -G --userspec --groups", plain: "-a -m -n -p -i -u -U -r -f -C --all --mount --net --pid --ipc --uts --fork",
		judge: func(c *call) {
			if c.name == "chroot" {
				c.startAfterFirst()
				return
			}
			startsOperands(c)
		},
	},
	"strace ltrace": {
		risk: Reads, stop: true, valued: "-p -e -o -s -u -E -P -a -O -S -I -X", plain: "-f -ff -c -t -tt -ttt -T -y -yy -v -x -q -r -i -d -C -k -z -Z -n -w -A -D -F -h",
		raise: raises{"-o": Changes}, judge: traced,
	},
	"xargs": {
		risk: Reads, stop: true,
		valued: "-I -n -P -L -s -d -E -a --max-args --max-procs --delimiter --arg-file --max-chars",
		plain:  "-i -l -e --replace --max-lines --eof -0 -r -t -p -x --null --no-run-if-empty --verbose --interactive --exit --open-tty -o",
		judge:  xargs,
	},
	"parallel": {
		risk: Unknown, stop: true, valued: "-j --jobs -a --arg-file -I --colsep -N -n -L --delay --timeout --retries --joblog --results -S --sshlogin",
		plain: "-k --keep-order --bar --progress -q --quote -X -m --halt --line-buffer --tag --dry-run --pipe -0", judge: func(c *call) { c.in.shell(joined(c.operand)) },
	},
	"watch": {
		risk: Reads, stop: true, valued: "-n --interval -q --equexit", plain: "-d --differences -t --no-title -b --beep -e --errexit -g --chgexit -c --color -x --exec -p --precise -w --no-wrap -C -s",
		endless: when{always: true, without: "-g --chgexit -q --equexit"}, interactive: when{always: true},
		judge: func(c *call) {
			if c.hasAny("-x --exec") {
				startsOperands(c)
				return
			}
			c.in.shell(joined(c.operand))
		},
	},
	"systemd-run": {
		risk: Changes, stop: true, valued: "-u --unit -p --property --description --slice --uid --gid --on-active --on-calendar --on-boot -E --setenv -M --machine -H --host --working-directory",
		plain: "--user --scope -t --pty -P --pipe --wait -q --quiet -r --remain-after-exit -G --collect -d --same-dir -S --shell --no-block", judge: startsOperands,
	},
	"at batch screen tmux script expect entr fakeroot": {risk: Unknown},
}

// startAfterFirst judges the operands after the first as a command.
func (c *call) startAfterFirst() {
	if len(c.operand) > 1 {
		c.in.nested(c.operand[1:], c.stdin)
	}
}

// bounded judges a command that is stopped from outside.
func (a *analyst) bounded(judge func()) {
	outer := a.endless
	judge()
	a.endless = outer
}

func sudo(c *call) {
	c.in.out.Sudo = true
	words := c.operand
	for len(words) > 0 && isAssignment(words[0]) {
		name, val, _ := strings.Cut(words[0].text, "=")
		c.in.vars[name] = value{}
		if steers(name, val) {
			c.in.worse(Unknown)
		}
		words = words[1:]
	}
	switch {
	case c.hasAny("-e --edit"):
		c.in.worse(Changes)
		c.in.out.Interactive = true
	case c.hasAny("-i --login -s --shell") && len(words) > 0:
		c.in.shellReading(joined(words), c.stdin)
	case c.hasAny("-i --login -s --shell"):
		c.in.worse(Unknown)
		c.in.out.Interactive = true
	default:
		c.in.nested(words, c.stdin)
	}
}

func su(c *call) {
	c.in.out.Sudo = true
	if text, ok := c.value("-c --command"); ok {
		c.in.shellReading(joined([]arg{text}), c.stdin)
		return
	}
	if c.name == "runuser" && c.hasAny("-u --user") {
		c.in.worse(Unknown)
		startsOperands(c)
		return
	}
	c.in.worse(Unknown)
	c.in.out.Interactive = true
}

func env(c *call) {
	if text, ok := c.value("-S --split-string"); ok {
		c.in.shell(joined(append([]arg{text}, c.operand...)))
		return
	}
	words := c.operand
	for len(words) > 0 && isAssignment(words[0]) {
		name, val, _ := strings.Cut(words[0].text, "=")
		c.in.vars[name] = value{}
		if steers(name, val) {
			c.in.worse(Unknown)
		}
		words = words[1:]
	}
	c.in.nested(words, c.stdin)
}

func isAssignment(g arg) bool {
	name, _, ok := strings.Cut(g.text, "=")
	if !ok || name == "" || name[0] >= '0' && name[0] <= '9' {
		return false
	}
	for i := range len(name) {
		if !isWord(name[i]) {
			return false
		}
	}
	return true
}

// xargs adds words read at run time to the command it starts.
func xargs(c *call) {
	words := c.operand
	if len(words) == 0 {
		return // it echoes
	}
	run := make([]arg, 0, len(words)+1)
	mark, replaced := c.value("-I --replace")
	if !replaced && c.hasAny("-i --replace") {
		mark, replaced = arg{text: "{}"}, true
	}
	for _, g := range words {
		if replaced && mark.text != "" && strings.Contains(g.text, mark.text) {
			lead := strings.HasPrefix(g.text, mark.text)
			g = arg{text: strings.ReplaceAll(g.text, mark.text, string(rune(made))), computed: g.computed || lead}
		}
		run = append(run, g)
	}
	if !replaced {
		run = append(run, arg{text: string(rune(made)), computed: true})
	}
	c.in.nested(run, input{piped: true})
}

func traced(c *call) {
	if c.hasAny("-p") {
		c.in.endless = true
	}
	startsOperands(c)
}
