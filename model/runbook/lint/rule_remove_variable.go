package lint

import (
	"strings"

	"calm/model/runbook/shell"
)

var removeVariable = Rule{
	ID: "remove-variable", Level: Error,
	Title: "rm -rf of a path that begins with a variable, which may be empty",
	Why:   "With the variable unset, `rm -rf \"$DIR/\"*` is `rm -rf /*`. The variable was set in another terminal, or in a step that was skipped.",
	Mend:  "Let the shell stop: `rm -rf \"${DIR:?}/cache\"`.",
	Bad: `## Empty the cache

~~~bash
rm -rf "$CACHE_DIR"/pages
~~~
`,
	Good: `## Empty the cache

~~~bash
rm -rf "${CACHE_DIR:?}/pages"
~~~
`,
	check: func(p *pass) {
		for _, s := range p.commands().of("rm") {
			if !s.Has("-r -R --recursive") {
				continue
			}
			for _, o := range s.Operands() {
				names := o.Variables()
				if len(names) == 0 || !strings.HasPrefix(o.Text, "\x02/") && !strings.HasPrefix(o.Text, "\x03/") || strings.Contains(o.Raw, ":?") || s.setEarlier(names[0]) {
					continue
				}
				p.finding(s, "with "+names[0]+" empty this is rm -r "+strings.Map(printable, o.Text[1:]), "Write ${"+names[0]+":?} in place of $"+names[0]+": the shell stops while it is empty.")
				break
			}
		}
	},
}

func printable(r rune) rune {
	if r < ' ' {
		return '…'
	}
	return r
}

// setEarlier reports whether a step before the call sets the variable, or a loop around it does.
func (s site) setEarlier(name string) bool {
	return setBefore(s, name) || s.In(shell.Looped)
}
