package shell

import "strings"

// interpreterPrograms run text or a file that they are given.
var interpreterPrograms = family{
	"sh bash zsh dash ksh ash fish rbash mksh": {
		risk: Reads, stop: true, valued: "-o -O --rcfile --init-file +o +O",
		plain: "-c -e -x -u -l -i -s -n -v -f -a -b -h -k -m -p -t -B -C -E -H -P -T --login --norc --noprofile --posix --restricted --verbose",
		judge: interpretShell,
	},
	"python python2 python3 pypy ruby perl lua php Rscript": {risk: Reads, raw: true, judge: interpretOther},
	"node nodejs deno bun ts-node tsx":                      {risk: Reads, raw: true, judge: interpretOther},
	"java groovy scala osascript pwsh powershell tclsh gdb": {risk: Unknown},
	"awk gawk mawk nawk":                                    {risk: Reads, raw: true, judge: awk},
	"sed gsed":                                              {risk: Reads, valued: "-e --expression -f --file -l --line-length", raise: raises{"-i --in-place": Changes, "-f --file": Unknown}, judge: sed},
	"vim vi nvim nano emacs ed ex pico micro code visudo vipw": {
		risk: Changes, interactive: when{always: true}, raise: raises{"-c --cmd -S": Unknown}, wary: true,
	},
}

// interpretShell judges bash -c TEXT, bash < text and bash FILE.
func interpretShell(c *call) {
	switch {
	case c.hasAny("-c"):
		if len(c.operand) == 0 {
			c.in.worse(Unknown)
			return
		}
		g := c.operand[0]
		c.in.shellReading(joined([]arg{g}), c.stdin)
	case len(c.operand) > 0 && !c.hasAny("-s") && c.operand[0].text != "-":
		c.in.worse(Unknown)
		c.in.warn("what the script " + show(c.operand[0].text) + " does is not known")
	case c.stdin.piped:
		c.in.interpretInput(c.stdin)
	case c.hasAny("--version --help"):
	default:
		c.in.worse(Unknown)
		c.in.out.Interactive = true
	}
}

// interpretInput judges what a shell reads on its standard input.
func (a *analyst) interpretInput(in input) {
	if !in.known {
		a.worse(Unknown)
		a.warn("a shell runs what it is piped")
		if in.text == "" {
			return
		}
	}
	a.heredoc = in.at
	a.shell(in.text)
}

// interpretOther judges the other languages' interpreters: only asking for
// their version, or for a formatter that is known, is harmless.
func interpretOther(c *call) {
	if len(c.args) == 1 && listed("--version -V -v --help", c.args[0].text) {
		return
	}
	if len(c.args) == 2 && c.args[0].text == "-m" && c.args[1].text == "json.tool" {
		return
	}
	c.in.worse(Unknown)
	if len(c.args) == 0 {
		c.in.out.Interactive = !c.stdin.piped
		return
	}
	if f := c.args[0]; strings.HasSuffix(c.name, "node") || c.name == "deno" || c.name == "bun" {
		c.in.endless = c.in.endless || listed("server server.js app.js index.js dist/server.js dist/index.js dist/main.js build/index.js", f.text)
	}
	for i, g := range c.args {
		if g.text == "http.server" && i > 0 && c.args[i-1].text == "-m" {
			c.in.endless = true
		}
		// `node --flags npm start` is the seed's own mistake; it still serves.
		if g.text == "start" && i > 0 && listed("npm yarn pnpm", c.args[i-1].text) {
			c.in.endless = true
		}
	}
}

// show makes a resolved word readable in a warning.
func show(text string) string {
	return strings.Map(func(r rune) rune {
		if r == hole || r == unseen || r == made {
			return '_'
		}
		return r
	}, text)
}
