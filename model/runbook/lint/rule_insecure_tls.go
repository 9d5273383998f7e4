package lint

import "strings"

var insecureTLS = Rule{
	ID: "insecure-tls", Level: Note,
	Title: "The certificate is not looked at",
	Why: "With -k an expired certificate, or another host that answers in its place, looks the same as health; " +
		"users get an error while the check passes.",
	Mend: "Leave -k out, or name the authority: `--cacert FILE`; for another name, `--resolve NAME:443:ADDRESS`.",
	Bad: `## Is it up?

~~~bash
curl -kfsS https://shop.example/
~~~
`,
	Good: `## Is it up?

~~~bash
curl -fsS https://shop.example/
~~~
`,
	check: func(p *pass) {
		for _, s := range p.commands().of("curl", "wget") {
			if !s.Has("-k --insecure --no-check-certificate") || !elsewhere(s) {
				continue
			}
			p.finding(s, "an expired or a foreign certificate passes here", "Leave the flag out, or add `--cacert FILE`.")
		}
	},
}

// elsewhere reports whether a call names a host outside of this one.
func elsewhere(s site) bool {
	for _, a := range s.Args() {
		_, rest, ok := strings.Cut(a.Text, "https://")
		if ok && !startsWithAny(rest, "localhost", "127.", "[::1]", "\x01", "\x02", "\x03") && !containsAny(rest, []string{".svc", ".local", ".internal"}) {
			return strings.Contains(rest, ".")
		}
	}
	return false
}
