package lint

import (
	"strings"

	"calm/model/runbook/shell"
)

var cdThenRemove = Rule{
	ID: "cd-then-remove", Level: Error,
	Title: "Files are removed from wherever the cd before has led, or has not",
	Why: "When the directory is not there, cd fails, the shell stays where it was and goes on to the next line: " +
		"the rm empties the home directory, or the application's.",
	Mend: "Join them, `cd DIR && rm …`; or better, name the directory: `rm -rf DIR/cache`.",
	Bad: `## Empty the cache

~~~bash
cd /srv/shop/cache
rm -rf pages
~~~
`,
	Good: `## Empty the cache

~~~bash
rm -rf /srv/shop/cache/pages
~~~
`,
	check: func(p *pass) {
		for _, s := range p.commands().of("rm") {
			if !s.Has("-r -R -f --recursive --force") || s.In(shell.AfterAnd) {
				continue
			}
			target := relative(s)
			cd := looseCD(p, s)
			if target == "" || cd == nil {
				continue
			}
			where := "the directory"
			if o := cd.Args(); len(o) > 0 {
				where = shown(o[0])
			}
			p.finding(s, "if the cd "+onLine(cd.line())+" fails, this removes "+target+" of another directory", "Write `rm … "+strings.TrimSuffix(where, "/")+"/"+target+"`, or `cd "+where+" && rm …`.")
		}
	},
}

// relative is the first operand that depends on the working directory.
func relative(s site) string {
	for _, o := range s.Operands() {
		if o.Text != "" && !strings.ContainsAny(o.Text[:1], "/~\x01\x02\x03") {
			return shown(o)
		}
	}
	return ""
}

// looseCD is the cd before a call whose failure stops nothing.
func looseCD(p *pass, s site) *site {
	for i := s.at - 1; i >= max(0, s.at-window); i-- {
		b := s.seq.sites[i]
		if !p.sameFence(b.step, s.step) {
			return nil
		}
		switch {
		case b.Program == "set" && strings.Contains(b.written(), "-e"):
			return nil
		case b.Program != "cd":
		case b.Place&(shell.BeforeAnd|shell.BeforeOr) != 0:
			return nil
		default:
			for _, earlier := range b.before() {
				if earlier.Program == "set" && strings.Contains(earlier.written(), "-e") {
					return nil
				}
			}
			return &b
		}
	}
	return nil
}
