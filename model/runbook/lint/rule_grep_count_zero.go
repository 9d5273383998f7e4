package lint

import "calm/model/runbook/shell"

var grepCountZero = Rule{
	ID: "grep-count-zero", Level: Error,
	Title: "grep -c is the check for 0, and exits 1 on the wanted answer",
	Why: "`grep -c` prints 0 and exits 1 when nothing matches. Whatever goes by the exit status takes the wanted answer for a failure; " +
		"and when the command before the pipe fails, grep counts 0 as well, and the check seems to pass.",
	Mend: "Fetch first and fail if that fails, then ask whether it is absent: `page=$(curl -fsS URL) && ! grep -q WORD <<<\"$page\"`.",
	Bad: `## Is the widget gone?

~~~bash
curl -fsS https://shop.example/ | grep -c "shop-widget"
# Should return 0
~~~
`,
	Good: `## Is the widget gone?

~~~bash
page=$(curl -fsS https://shop.example/) && ! grep -q "shop-widget" <<<"$page"
# Should exit 0
~~~
`,
	check: func(p *pass) {
		for _, s := range p.commands().of("grep", "egrep", "fgrep", "zgrep", "rg") {
			if !s.Has("-c --count") || s.Place&(shell.Feeds|shell.Captured|shell.BeforeOr|shell.Negated) != 0 || !wants0(s) {
				continue
			}
			help := "Ask for absence: `! grep -q …`, behind a fetch that can fail by itself."
			if from := s.call(s.From); from != nil && from.Program == "curl" && len(s.Operands()) > 0 {
				help = "Write `page=$(curl -fsS …) && ! grep -q " + shown(s.Operands()[0]) + ` <<<"$page"` + "`."
			}
			p.finding(s, "grep -c exits 1 when it counts 0, which is what is wanted here", help)
		}
	},
}

func wants0(s site) bool { return s.step.Expect != nil && s.step.Expect.Output == "0" }
