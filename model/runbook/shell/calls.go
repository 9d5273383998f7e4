package shell

import "strings"

// maxCalls bounds how many calls of one text are kept; what comes after is
// judged all the same.
const maxCalls = 512

// Place says what decides whether a call runs, and who hears of its failure.
type Place uint16

// The places a call can stand in; several hold at once.
const (
	Tested    Place = 1 << iota // it is the condition of an if or of a loop
	Branched                    // in a branch or a function: it may not run
	Looped                      // in the body of a loop
	Negated                     // behind a !: its success is a failure
	BeforeAnd                   // a && follows: what comes next waits for its success
	AfterAnd                    // it runs only if what stands before the && succeeds
	BeforeOr                    // a || follows: its failure is answered
	AfterOr                     // it runs only if what stands before the || fails
	Feeds                       // its output goes into a pipe, and its exit status nowhere
	Fed                         // it reads from a pipe
	Captured                    // in $(…) or <(…): its output becomes part of a command
	Subshell                    // in a shell of its own: what it sets is gone afterwards
	Behind                      // in the background
)

// Call is one command of a text, in the order in which the commands would
// start. A command that another one starts (sudo, xargs, ssh, bash -c) comes
// after it as a call of its own.
type Call struct {
	Program   string       // without its directory; "" for a bare redirection or assignment, or a name made at run time
	Verbs     []string     // what it is told to do: "restart"
	Sets      []Assignment // before it, for it alone; those of an export, or of no command, stay
	Redirects []Redirect
	Offset    int // in the step's text, in bytes; its line is right also inside quotes
	Place     Place
	Statement int // of the text's statements, from 0
	From, To  int // the calls at the other ends of its pipes, as indices; -1 for none
	By        int // the call that starts it, as an index; -1 for the shell itself

	Endless     bool // it never ends by itself; whether something around it ends it is in By
	Interactive bool // it wants a terminal and a person

	sorted   bool // flags and operands are known; otherwise only args
	flags    []option
	operands []arg
	args     []arg
}

// Assignment is one NAME=value.
type Assignment struct {
	Name  string
	Value Word
}

// Redirect is one redirection.
type Redirect struct {
	Op     string // ">", ">>", "&>", "<", "<<" …
	From   string // the file descriptor, where it is written: "2"
	Target Word
}

// Word is one word of a call.
type Word struct {
	// Text is what the program gets. What only the running shell knows stands
	// in it as one byte: \x01 for each byte of a placeholder, \x02 for a
	// variable or a harmless substitution, \x03 for everything else.
	Text   string
	Raw    string // as written, quotes and all
	Glob   bool   // holds an unquoted *, ? or [
	Quoted bool   // the whole of it stands in quotes
}

// Fixed reports whether all of the word is known without running anything.
func (w Word) Fixed() bool { return fixed(w.Text) }

// Variables are the names of the variables that the word is made of, as far as
// they stand in it as written.
func (w Word) Variables() []string {
	var names []string
	single := false
	for i := 0; i < len(w.Raw); i++ {
		switch c := w.Raw[i]; {
		case c == '\'' && !strings.HasPrefix(w.Raw, `"`):
			single = !single
		case c == '\\':
			i++
		case c == '$' && !single:
			start := i + 1
			if byteAt(w.Raw, start) == '{' {
				start++
			}
			n := runOf(w.Raw[start:], isWord)
			names = add(names, w.Raw[start:start+n])
			i = start + n - 1
		}
	}
	return names
}

func exported(g arg) Word {
	q := byteAt(g.raw, 0)
	quoted := len(g.raw) > 1 && (q == '"' || q == '\'') && strings.IndexByte(g.raw[1:], q) == len(g.raw)-2
	return Word{Text: g.text, Raw: g.raw, Glob: g.glob, Quoted: quoted}
}

// Is reports whether the call is of the program, and told to do one of the
// verbs where any are given.
func (c *Call) Is(program string, verbs ...string) bool {
	if c.Program != program {
		return false
	}
	if len(verbs) == 0 {
		return true
	}
	for _, v := range verbs {
		if len(c.Verbs) > 0 && c.Verbs[0] == v {
			return true
		}
	}
	return false
}

// In reports whether all of the places hold.
func (c *Call) In(p Place) bool { return c.Place&p == p }

// Has reports whether any of the flags, separated by spaces, is given. Letters
// in one word are told apart where the program is known.
func (c *Call) Has(names string) bool {
	for _, f := range c.flags {
		if listed(names, f.name) {
			return true
		}
	}
	if c.sorted {
		return false
	}
	for _, g := range c.args {
		if name, _, _ := strings.Cut(g.text, "="); g.isFlag() && listed(names, name) {
			return true
		}
	}
	return false
}

// Value is the last value given to any of the flags, separated by spaces.
func (c *Call) Value(names string) (Word, bool) {
	for i := len(c.flags) - 1; i >= 0; i-- {
		if f := c.flags[i]; f.has && listed(names, f.name) {
			return exported(f.value), true
		}
	}
	if c.sorted {
		return Word{}, false
	}
	for i, g := range c.args {
		name, val, has := strings.Cut(g.text, "=")
		switch {
		case !g.isFlag() || !listed(names, name):
		case has:
			return exported(arg{text: val, raw: g.raw}), true
		case i+1 < len(c.args):
			return exported(c.args[i+1]), true
		}
	}
	return Word{}, false
}

// Operands are the words that are neither verbs nor flags nor their values. Of
// a program that is not known they are all words that begin with no dash.
func (c *Call) Operands() []Word {
	list := c.operands
	if !c.sorted {
		list = c.args
	}
	words := make([]Word, 0, len(list))
	for _, g := range list {
		if c.sorted || !g.isFlag() {
			words = append(words, exported(g))
		}
	}
	return words
}

// Mentions reports whether a text stands in any of the call's words, as they are
// written.
func (c *Call) Mentions(text string) bool {
	for i := range c.args {
		if strings.Contains(c.args[i].raw, text) {
			return true
		}
	}
	for i := range c.Sets {
		if strings.Contains(c.Sets[i].Value.Raw, text) {
			return true
		}
	}
	for i := range c.Redirects {
		if strings.Contains(c.Redirects[i].Target.Raw, text) {
			return true
		}
	}
	return false
}

// Args are all words after the program's name, as they stand.
func (c *Call) Args() []Word {
	words := make([]Word, len(c.args))
	for i, g := range c.args {
		words[i] = exported(g)
	}
	return words
}
