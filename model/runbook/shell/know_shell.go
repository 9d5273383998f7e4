package shell

import "strings"

// builtinPrograms are what the shell does itself.
var builtinPrograms = family{
	"cd pushd popd dirs pwd echo printf true false : [ test type hash times ulimit umask jobs wait fg bg disown exit return break continue shift getopts help logout caller suspend": {risk: Reads, raw: true, own: true, blind: true, judge: subscripts},
	"history":               {risk: Reads, own: true, raise: raises{"-c -d -w -a -r -n -s": Changes}},
	"set shopt unset local": {risk: Reads, raw: true, own: true, blind: true, judge: subscripts},
	"export declare typeset readonly": {
		risk: Changes, raw: true, own: true,
	},
	"read mapfile readarray": {
		risk: Reads, own: true, valued: "-a -d -i -n -N -p -t -u -C -c -O -s", raise: raises{"-C": Unknown},
		judge: func(c *call) {
			subscripts(c)
			for _, g := range c.operand {
				c.in.vars[g.text] = value{}
				c.in.set[g.text] = true
			}
			c.in.out.Interactive = c.in.out.Interactive || !c.stdin.piped
		},
	},
	"let":     {risk: Reads, raw: true, own: true, blind: true, judge: subscripts},
	"command": {risk: Reads, stop: true, own: true, plain: "-p -v -V", judge: startsUnlessAsked},
	"builtin": {risk: Reads, stop: true, own: true, judge: startsOperands},
	"exec":    {risk: Reads, stop: true, own: true, valued: "-a", plain: "-c -l", judge: startsOperands},
	"eval":    {risk: Reads, raw: true, own: true, judge: readsAsShell},
	"trap": {
		risk: Reads, raw: true, own: true,
		judge: func(c *call) {
			if len(c.args) > 1 && !c.args[0].isFlag() {
				c.in.shell(c.args[0].text)
			}
		},
	},
	"alias":                 {risk: Reads, raw: true, own: true, judge: aliases},
	"unalias":               {risk: Reads, own: true},
	"source .":              {risk: Unknown, own: true},
	"bind complete compgen": {risk: Unknown, own: true},
	"enable":                {risk: Unknown, own: true},
	"coproc":                {risk: Unknown, own: true},
	"compopt fc":            {risk: Unknown, own: true},
	"which whereis whence":  {risk: Reads},
}

// subscripts guards the builtins that work out array subscripts in their
// arguments, and so run what is quoted in them.
func subscripts(c *call) {
	for i, g := range c.args {
		if c.name != "echo" && hidesCommand(g.text) {
			c.in.worse(Unknown)
		}
		// printf -v and hash -p give a name a new meaning.
		if i > 0 && c.name == "hash" && c.args[i-1].text == "-p" {
			c.in.worse(Unknown)
			c.in.poisoned = true
		}
		if i > 0 && c.name == "printf" && c.args[i-1].text == "-v" {
			c.in.vars[g.text] = value{}
		}
	}
	if c.name == "set" && len(c.args) > 0 && c.args[0].text == "--" {
		c.in.vars["@"] = value{}
	}
}

// startsOperands judges what follows as a command of its own.
func startsOperands(c *call) {
	c.in.nested(c.operand, c.stdin)
}

// startsUnlessAsked is for `command -v x`, which only says where x is.
func startsUnlessAsked(c *call) {
	if !c.hasAny("-v -V") {
		startsOperands(c)
	}
}

// readsAsShell joins the words and reads them as shell text, as eval does.
func readsAsShell(c *call) {
	c.in.shell(joined(c.args))
}

func joined(words []arg) string {
	parts := make([]string, len(words))
	for i, g := range words {
		parts[i] = g.text
		if g.computed && strings.IndexByte(g.text, made) < 0 {
			parts[i] += string(rune(made))
		}
	}
	return strings.Join(parts, " ")
}

func aliases(c *call) {
	for _, g := range c.args {
		name, body, ok := strings.Cut(g.text, "=")
		if !ok {
			continue
		}
		before := c.in.out.Risk
		c.in.out.Risk = Reads
		c.in.shell(body)
		// A script's shell does not look at aliases, a person's does.
		c.in.aliases[name] = c.in.out.Risk
		c.in.worse(before)
	}
}
