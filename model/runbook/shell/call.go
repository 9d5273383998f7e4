package shell

import "strings"

// call is one command about to be judged: its words sorted into flags and
// operands as its program would sort them.
type call struct {
	in      *analyst
	name    string // the program, without its directory
	verbs   []string
	args    []arg // everything after the name
	rule    *rule // of the innermost verb
	flags   []option
	operand []arg
	after   []arg // what follows a bare --
	dashed  bool  // there was a bare --
	stdin   input
	chain   []*rule
	doubt   string // why it can't be judged; "" when it can
	index   int    // of its record among the analysis' calls; -1 for none
}

// option is one flag with its value.
type option struct {
	at    int    // of the word it stands in
	name  string // with its dashes
	value arg
	has   bool // a value was given
}

// judge sorts the words, then adds what the tables and the program's own judge
// say to the analysis.
func (c *call) judge() {
	c.chain = c.sort()
	c.keep()
	chain := c.chain
	worst := c.base()
	wary := false
	for _, r := range chain {
		wary = wary || r.wary || (r.judge != nil || r.raise != nil) && !r.blind
		for _, f := range c.flags {
			worst = worst.Worse(r.raise.flag(f.name))
		}
	}
	c.in.worse(worst)
	if c.doubt != "" {
		c.in.worse(Unknown)
		c.in.warn(c.doubt)
	}
	if wary && worst == Reads {
		c.distrust()
	}
	outer := c.in.by
	c.in.by = c.index + 1
	for _, r := range chain {
		c.traits(r.endless.holds(c), r.interactive.holds(c))
		if r.judge != nil {
			c.judgeBy(r)
		}
	}
	c.in.by = outer
	c.touchOperands()
}

// judgeBy lets a rule's own judge look, and keeps what it says of this call and
// not of one that it starts.
func (c *call) judgeBy(r *rule) {
	endless, interactive, started := c.in.endless, c.in.out.Interactive, len(c.in.out.Calls)
	r.judge(c)
	if started == len(c.in.out.Calls) {
		c.traits(c.in.endless && !endless, c.in.out.Interactive && !interactive)
	}
}

// traits notes what the call is, and with it the whole text.
func (c *call) traits(endless, interactive bool) {
	c.in.endless = c.in.endless || endless
	c.in.out.Interactive = c.in.out.Interactive || interactive
	if c.index >= 0 {
		r := &c.in.out.Calls[c.index]
		r.Endless, r.Interactive = r.Endless || endless, r.Interactive || interactive
	}
}

// keep completes the call's record with what its words turned out to be.
func (c *call) keep() {
	if c.index < 0 || c.rule.raw {
		return
	}
	r := &c.in.out.Calls[c.index]
	r.Verbs, r.flags, r.operands, r.sorted = c.verbs, c.flags, c.operand, true
}

func (c *call) base() Risk {
	if c.rule.byVerb != nil {
		if len(c.operand) == 0 && c.doubt == "" {
			// --help and --version are the only other ways to call it so.
			return c.rule.alone.Worse(Reads)
		}
		return Unknown
	}
	return c.rule.risk.Worse(Reads)
}

// distrust makes the call unknown when a word made at run time could be a flag
// that the tables fear. A word in quotes that a flag takes as its value cannot.
func (c *call) distrust() {
	for i, g := range c.args {
		if g.computed && (g.loose || i == 0 || !c.valued(c.args[i-1].text, c.chain)) {
			c.in.worse(Unknown)
			c.in.warn("an argument is computed when it runs")
			return
		}
	}
}

// sort splits the words into verbs, flags and operands and returns the rules
// on the way, outermost first.
func (c *call) sort() []*rule {
	chain := []*rule{c.rule}
	if c.rule.raw {
		return chain
	}
	for i := 0; i < len(c.args); i++ {
		g := c.args[i]
		switch {
		case g.text == "--":
			c.dashed = true
			c.after = c.args[i+1:]
			c.operand = append(c.operand, c.after...)
			return chain
		case g.isFlag():
			i += c.sortFlag(i, chain)
		case c.rule.byVerb != nil:
			next := c.verb(g)
			if next == nil {
				c.operand = append(c.operand, c.args[i:]...)
				return chain
			}
			c.rule = next
			chain = append(chain, next)
		case c.rule.stop:
			c.operand = append(c.operand, c.args[i:]...)
			return chain
		default:
			c.operand = append(c.operand, g)
		}
	}
	return chain
}

func (c *call) verb(g arg) *rule {
	if !g.fixed() || g.computed || g.glob {
		c.doubt = "what " + c.name + " is told to do is not known before it runs"
		return nil
	}
	next, ok := c.rule.byVerb[g.text]
	if !ok {
		if next, ok = c.rule.byVerb["*"]; !ok {
			return nil
		}
	}
	c.verbs = append(c.verbs, g.text)
	return next
}

// sortFlag takes the flag at i and returns how many words more it used.
func (c *call) sortFlag(i int, chain []*rule) int {
	text := c.args[i].text
	name, val, has := strings.Cut(text, "=")
	if !fixed(name) {
		c.doubt = "a flag is not known before it runs"
	}
	if strings.HasPrefix(text, "--") || singleDash(chain) {
		if has {
			c.flags = append(c.flags, option{i, name, arg{text: val, raw: c.args[i].raw, at: c.args[i].at}, true})
			return 0
		}
		return c.takeValue(name, i, chain)
	}
	for j := 1; j < len(text); j++ {
		letter := "-" + text[j:j+1]
		if c.valued(letter, chain) && j+1 < len(text) {
			c.flags = append(c.flags, option{i, letter, arg{text: strings.TrimPrefix(text[j+1:], "="), raw: c.args[i].raw, at: c.args[i].at}, true})
			return 0
		}
		if j == len(text)-1 {
			return c.takeValue(letter, i, chain)
		}
		c.known(letter, chain)
		c.flags = append(c.flags, option{at: i, name: letter})
	}
	return 0
}

func singleDash(chain []*rule) bool {
	for _, r := range chain {
		if r.single {
			return true
		}
	}
	return false
}

func (c *call) takeValue(name string, i int, chain []*rule) int {
	if c.valued(name, chain) {
		if i+1 < len(c.args) {
			c.flags = append(c.flags, option{i, name, c.args[i+1], true})
			return 1
		}
	} else {
		c.known(name, chain)
	}
	c.flags = append(c.flags, option{at: i, name: name})
	return 0
}

func (c *call) valued(name string, chain []*rule) bool {
	for _, r := range chain {
		if listed(r.valued, name) {
			return true
		}
	}
	return false
}

// known notes a doubt when a flag that no table has stands before the verb or
// before another command: the next word may be its value instead.
func (c *call) known(name string, chain []*rule) {
	if c.rule.byVerb == nil && !c.rule.stop {
		return
	}
	if listed("--help -h --version -v -V", name) {
		return
	}
	for _, r := range chain {
		if listed(r.plain, name) {
			return
		}
	}
	c.doubt = "the flag " + name + " before the command is not known"
}

// has reports whether any of the flags, separated by spaces, was given.
func (c *call) hasAny(names string) bool {
	if names == "" {
		return false
	}
	for _, f := range c.flags {
		if listed(names, f.name) {
			return true
		}
	}
	return false
}

// value returns the last value given to any of the flags.
func (c *call) value(names string) (arg, bool) {
	for i := len(c.flags) - 1; i >= 0; i-- {
		if f := c.flags[i]; f.has && listed(names, f.name) {
			return f.value, true
		}
	}
	return arg{}, false
}

// values returns every value given to any of the flags. A flag that stands
// where another one's value could be is counted all the same: `-p --eval X`
// asks for a password in some versions, and has one in others.
func (c *call) values(names string) []arg {
	var all []arg
	taken := make(map[int]bool)
	for _, f := range c.flags {
		if f.has && listed(names, f.name) {
			all = append(all, f.value)
			taken[f.at] = true
		}
	}
	for i, g := range c.args {
		name, val, has := strings.Cut(g.text, "=")
		switch {
		case taken[i] || !listed(names, name):
		case has:
			all = append(all, arg{text: val})
		case i+1 < len(c.args):
			all = append(all, c.args[i+1])
		}
	}
	return all
}

// shortened reports whether a flag is the beginning of one of the long flags,
// and none that is known by itself.
func (c *call) shortened(names string) bool {
	for _, f := range c.flags {
		if len(f.name) < 4 || listed(names, f.name) || listed(c.rule.valued, f.name) || listed(c.rule.plain, f.name) {
			continue
		}
		for full := range strings.FieldsSeq(names) {
			if strings.HasPrefix(full, f.name) {
				return true
			}
		}
	}
	return false
}

func (c *call) touchOperands() {
	if c.rule.touch == "" {
		return
	}
	for _, g := range c.operand {
		c.in.touch(c.rule.touch, g)
	}
}
