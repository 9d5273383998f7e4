package shell

import (
	"strings"
	"sync"
)

// rule says what a program does, or one verb of it. The zero rule is Unknown:
// what a table does not say is never taken for harmless.
type rule struct {
	risk   Risk   // whatever the arguments
	verbs  family // what the first operand chooses among
	alone  Risk   // of a program with verbs that is given none
	valued string // flags whose value is the next word
	plain  string // flags without a value that may stand before the verb
	raise  raises // flags that make it worse
	single bool   // long flags have one dash; letters do not cluster
	stop   bool   // the first operand ends the flags: a command follows it
	raw    bool   // the words are no flags and operands; judge reads them itself
	wary   bool   // an argument made at run time could make it worse
	blind  bool   // no argument made at run time can, although it has a judge
	own    bool   // the shell does it itself: there is no program to find

	endless, interactive when
	touch                string // the kind of thing its operands name

	// judge says what a table cannot. It runs last and can only make the
	// risk worse.
	judge func(*call)

	byVerb map[string]*rule // verbs, indexed
}

// family is a table of rules under one or more names, separated by spaces.
type family map[string]rule

// raises is the risk of flags, under one or more names separated by spaces.
type raises map[string]Risk

// when is a condition on a command's flags.
type when struct {
	always  bool
	with    string // any of these flags makes it so
	without string // any of these flags makes it not so
}

// programs is everything known, by name.
var programs = sync.OnceValue(func() map[string]*rule {
	all := make(map[string]*rule)
	for _, f := range []family{
		builtinPrograms, filePrograms, textPrograms, systemPrograms, networkPrograms,
		containerPrograms, cloudPrograms, nodePrograms, packagePrograms, dataPrograms,
		versionPrograms, wrapperPrograms, interpreterPrograms,
	} {
		f.index(all)
	}
	return all
})

func (f family) index(into map[string]*rule) {
	for names, r := range f {
		if r.verbs != nil {
			r.byVerb = make(map[string]*rule, len(r.verbs))
			r.verbs.index(r.byVerb)
		}
		shared := &r
		for name := range strings.FieldsSeq(names) {
			into[name] = shared
		}
	}
}

// listed reports whether name is one of the space-separated names.
func listed(names, name string) bool {
	if name == "" {
		return false
	}
	for at := 0; ; {
		i := strings.Index(names[at:], name)
		if i < 0 {
			return false
		}
		i += at
		end := i + len(name)
		if (i == 0 || names[i-1] == ' ') && (end == len(names) || names[end] == ' ') {
			return true
		}
		at = end
	}
}

// flag is the risk that one flag adds. A shortened long flag counts as every
// flag it could stand for.
func (r raises) flag(name string) Risk {
	worst := Reads
	for names, risk := range r {
		if listed(names, name) {
			return risk
		}
		if len(name) < 4 || !strings.HasPrefix(name, "--") {
			continue
		}
		for full := range strings.FieldsSeq(names) {
			if strings.HasPrefix(full, name) {
				worst = worst.Worse(risk)
			}
		}
	}
	return worst
}

func (w when) holds(c *call) bool {
	if c.hasAny(w.without) {
		return false
	}
	return w.always || c.hasAny(w.with)
}
