package lint

import (
	"strings"

	"calm/model/runbook/shell"
)

var ttyInPipe = Rule{
	ID: "tty-in-pipe", Level: Error,
	Title: "exec -t reads from a pipe or a file, and refuses",
	Why: "With -t, docker wants a terminal on its standard input: given a dump to read it says \"the input device is not a TTY\" and does nothing; " +
		"the restore that was to come of it never happens.",
	Mend: "Use -i alone: `docker exec -i db psql … <dump.sql`.",
	Bad: `## Load the prices

~~~bash
docker exec -it db psql -d shop -c '\copy prices from stdin' <prices.csv
~~~
`,
	Good: `## Load the prices

~~~bash
docker exec -i db psql -d shop -c '\copy prices from stdin' <prices.csv
~~~
`,
	check: func(p *pass) {
		for _, s := range p.commands().of("docker", "podman", "docker-compose") {
			if !s.Is(s.Program, "exec", "compose") || !s.Has("-t --tty") && !strings.Contains(s.written(), " -it ") || !readsFile(s) {
				continue
			}
			p.finding(s, "-t wants a terminal, and gets a file: \"the input device is not a TTY\"", "Write -i in place of -it.")
		}
	},
}

func readsFile(s site) bool {
	for _, r := range s.Redirects {
		if strings.HasPrefix(r.Op, "<") && r.From == "" {
			return true
		}
	}
	return s.In(shell.Fed)
}
