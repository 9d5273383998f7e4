package shell

import (
	"strings"

	"mvdan.cc/sh/v3/syntax"
)

// steering are variables that decide what a program runs. Setting one makes
// the names in a text say nothing certain any more.
var steering = map[string]bool{
	"PATH": true, "IFS": true, "ENV": true, "BASH_ENV": true, "PROMPT_COMMAND": true, "SHELLOPTS": true, "PS4": true,
	"LD_PRELOAD": true, "LD_LIBRARY_PATH": true, "LD_AUDIT": true, "PAGER": true, "MANPAGER": true, "EDITOR": true,
	"VISUAL": true, "LESSOPEN": true, "LESSCLOSE": true, "GIT_PAGER": true, "GIT_SSH": true, "GIT_SSH_COMMAND": true,
	"GIT_EXTERNAL_DIFF": true, "GIT_EDITOR": true, "GIT_ASKPASS": true, "GIT_EXEC_PATH": true, "GIT_PROXY_COMMAND": true,
	"KUBECTL_EXTERNAL_DIFF": true, "KUBE_EDITOR": true, "PYTHONPATH": true, "PYTHONSTARTUP": true, "PERL5OPT": true,
	"PERL5LIB": true, "RUBYOPT": true, "RUBYLIB": true, "SYSTEMD_PAGER": true, "SYSTEMD_EDITOR": true, "BROWSER": true,
	"AWS_PAGER": true, "TAR_OPTIONS": true, "RSYNC_RSH": true, "SUDO_ASKPASS": true, "SSH_ASKPASS": true, "PSQLRC": true,
	"CDPATH": true, "GREP_OPTIONS": true, "NODE_PATH": true, "PSQL_PAGER": true, "PSQL_EDITOR": true, "LESS": true,
	"GIT_CONFIG_COUNT": true, "GIT_CONFIG_GLOBAL": true, "GIT_CONFIG": true, "GIT_DIR": true, "XDG_CONFIG_HOME": true, "RIPGREP_CONFIG_PATH": true, "CURL_HOME": true, "WGETRC": true, "INPUTRC": true, "HOME": true,
}

// steers reports whether an assignment can change what other commands do.
func steers(name, val string) bool {
	switch {
	case name == "NODE_OPTIONS":
		return strings.Contains(val, "require") || strings.Contains(val, "import") || strings.Contains(val, "-r") ||
			strings.Contains(val, "loader") || !fixed(val)
	case strings.HasSuffix(name, "PAGER"), strings.HasSuffix(name, "EDITOR"), strings.HasSuffix(name, "BROWSER"):
		return !listed("cat less more vim vi nano true", val) && val != ""
	case name == "IFS":
		// A reader's own separator is everyday; it only matters to words that
		// are split, and a command made of those is unknown anyway.
		return false
	case name == "PATH":
		return !trustedPath(val)
	}
	return steering[name] || strings.HasPrefix(name, "BASH_FUNC_") || strings.HasPrefix(name, "GIT_CONFIG_") || strings.HasPrefix(name, "GIT_TRACE")
}

// trustedPath reports whether a search path only adds system directories.
func trustedPath(val string) bool {
	for dir := range strings.SplitSeq(val, ":") {
		if dir != string(unseen) && !ofSystemBin(dir+"/x") {
			return false
		}
	}
	return true
}

// assign follows one NAME=value. lasting is false for a prefix of a command,
// which only that command sees.
func (a *analyst) assign(as *syntax.Assign, lasting bool) {
	if as.Value != nil {
		a.inside(as.Value)
	}
	if as.Array != nil {
		for _, el := range as.Array.Elems {
			a.inside(el)
		}
	}
	if as.Index != nil {
		a.inside(as.Index)
		a.arithmetic(as.Index)
	}
	if as.Name == nil || as.Naked {
		return
	}
	name := as.Name.Value
	g := a.word(as.Value)
	if steers(name, g.text) {
		a.worse(Unknown)
		a.warn("setting " + name + " changes what other commands do")
		a.poisoned = a.poisoned || lasting
	}
	if name == "PROMPT_COMMAND" || name == "PS4" {
		a.shell(g.text)
	}
	if !lasting {
		return
	}
	a.remember(as, name, g)
}

// remember keeps a variable's value. Set twice, or in parts, it counts as not
// known: which of the values holds depends on the way taken.
func (a *analyst) remember(as *syntax.Assign, name string, g arg) {
	_, again := a.vars[name]
	// What is set on a condition, or somewhere else, may not be what holds.
	whole := !again && a.level == 0 && !a.shifting[name] && as.Array == nil && as.Index == nil && !as.Append
	a.vars[name] = value{text: g.text, known: whole && !g.glob && len(g.text) <= maxValue}
	if !a.set[name] {
		a.set[name] = true
		a.out.EnvSets = add(a.out.EnvSets, name)
	}
}

// survey finds the variables that are set more than once, before anything is
// judged: in a loop, a use can come after an assignment that stands below it.
func (a *analyst) survey(list []*syntax.Stmt) {
	seen := make(map[string]bool)
	note := func(name string) {
		a.shifting[name] = a.shifting[name] || seen[name]
		seen[name] = true
	}
	for _, s := range list {
		syntax.Walk(s, func(n syntax.Node) bool {
			switch x := n.(type) {
			case *syntax.Assign:
				if x.Name != nil && !x.Naked {
					note(x.Name.Value)
				}
			case *syntax.WordIter:
				note(x.Name.Value)
			case *syntax.CallExpr:
				if len(x.Args) > 1 && listed("read mapfile readarray printf getopts unset wait let", x.Args[0].Lit()) {
					for _, w := range x.Args[1:] {
						note(w.Lit())
						note(w.Lit())
					}
				}
			}
			return true
		})
	}
}

// declare judges export, readonly, local, declare, typeset and nameref.
func (a *analyst) declare(d *syntax.DeclClause) {
	a.sets = a.assignments(d.Args)
	for _, as := range d.Args {
		if as.Naked && as.Name == nil && as.Value != nil {
			// An option, or an assignment made at run time.
			a.inside(as.Value)
			if g := a.word(as.Value); !g.fixed() || hidesCommand(g.text) || d.Variant.Value == "nameref" || strings.HasPrefix(g.text, "-n") {
				a.worse(Unknown)
			}
			continue
		}
		a.assign(as, true)
		if as.Naked && as.Name != nil && d.Variant.Value == "export" {
			a.out.EnvSets = add(a.out.EnvSets, as.Name.Value)
		}
	}
	if d.Variant.Value == "export" && len(d.Args) > 0 {
		// Nothing on the host changes yet, but every later command sees it.
		a.worse(Changes)
	}
	a.recordAt(d, d.Variant.Value, input{})
}
