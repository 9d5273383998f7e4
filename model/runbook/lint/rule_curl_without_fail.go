package lint

import (
	"strings"

	"calm/model/runbook/shell"
)

var curlWithoutFail = Rule{
	ID: "curl-without-fail", Level: Warning,
	Title: "curl is the check, and exits 0 on a 500",
	Why: "Without -f, curl is content with any answer: an error page of the app, or of the proxy before it, exits 0. " +
		"The check passes while the service fails.",
	Mend: "Write `curl -fsS`, or print the status: `curl -sS -o /dev/null -w '%{http_code}\\n' URL`.",
	Bad: `## Is it healthy?

~~~bash
# Verify health
curl -s https://shop.example/api/health
~~~
`,
	Good: `## Is it healthy?

~~~bash
# Verify health
curl -fsS https://shop.example/api/health
~~~
`,
	check: func(p *pass) {
		for _, s := range p.commands().of("curl") {
			if s.Has(curlShowsStatus) || s.Has(curlSends) || s.In(shell.Captured) || s.through("watch") || len(s.Redirects) > 0 && s.Redirects[0].Op == ">" && s.Redirects[0].From == "" {
				continue
			}
			if why := believed(s); why != "" {
				p.finding(s, "curl exits 0 on a 500: "+why, "Write `curl -fsS` in place of `curl"+silentFlag(s)+"`.")
			}
		}
	},
}

const (
	curlShowsStatus = "-f --fail --fail-with-body --fail-early -w --write-out -i --include --show-headers -I --head -v --verbose -D --dump-header -o --output -O --remote-name -K --config -V --version -h --help --trace --trace-ascii"
	curlSends       = "-X --request -d --data --data-raw --data-binary --data-urlencode --json -F --form -T --upload-file"
)

// believed says why a call's exit status is taken for the service's; "" when it is not.
func believed(s site) string {
	r := s.reader()
	switch {
	case r == nil && s.In(shell.Feeds):
		return ""
	case r == nil && s.Place&(shell.Tested|shell.BeforeAnd|shell.BeforeOr) != 0:
		return "what hangs on its success goes on all the same"
	case r == nil && isCheck(s) && !compared(s):
		return "this check passes while the service fails"
	case r == nil:
		return ""
	}
	switch r.Program {
	case "grep", "egrep", "fgrep", "rg":
		if r.In(shell.Negated) || r.Has("-v --invert-match") || r.Has("-c --count") && wants0(s) {
			return "an error page lacks the word too, and this check passes"
		}
	case "jq":
		if !r.Has("-e --exit-status") && isCheck(s) && !compared(s) {
			return "jq prints null from an error's JSON and exits 0 as well"
		}
	case "head", "tail", "cat", "tee", "wc":
		if isCheck(s) && !compared(s) {
			return "this check passes while the service fails"
		}
	}
	return ""
}

// isCheck reports whether the call's answer is to say if the service is well.
func isCheck(s site) bool {
	http := false
	for _, a := range s.Args() {
		low := strings.ToLower(a.Text)
		if strings.Contains(low, "://") && containsAny(low, []string{"health", "/ready", "/live", "/ping", "heartbeat"}) {
			return true
		}
		http = http || strings.HasPrefix(low, "http") && !strings.Contains(low, "/api/v1/query")
	}
	return http && verifies(s.step.Title) && !startsWithAny(strings.ToLower(s.step.Title), "check")
}

// compared reports whether the runbook says what the body has to look like: then somebody looks.
func compared(s site) bool {
	e := s.step.Expect
	if e == nil || e.Output == "" {
		return e != nil && !strings.Contains(e.Text, "200")
	}
	return !strings.HasPrefix(e.Output, "200")
}

func silentFlag(s site) string {
	if s.Has("-s --silent") {
		return " -s"
	}
	return ""
}

// verifies reports whether a title says that its step is a check.
func verifies(title string) bool {
	word, _, _ := strings.Cut(strings.ToLower(strings.TrimLeft(title, "*_ ")), " ")
	switch strings.TrimRight(word, ":") {
	case "verify", "check", "confirm", "ensure", "validate", "test", "assert":
		return true
	}
	return strings.HasPrefix(strings.ToLower(title), "make sure")
}
