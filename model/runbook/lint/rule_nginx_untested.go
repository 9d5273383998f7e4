package lint

import "strings"

var nginxUntested = Rule{
	ID: "nginx-untested", Level: Warning,
	Title: "nginx is reloaded without a test of its configuration",
	Why: "A reload with a broken file changes nothing, and by a signal it even exits 0; a restart with one leaves no nginx at all. " +
		"`nginx -t` says which line is wrong before anything is touched.",
	Mend: "Write `nginx -t && nginx -s reload`, and then ask the route whether it answers as it should.",
	Bad: `## Load the configuration

~~~bash
nginx -s reload
~~~
`,
	Good: `## Load the configuration

~~~bash
nginx -t && nginx -s reload
~~~
`,
	check: func(p *pass) {
		tested := map[*sequence]int{} // the first test in each sequence
		for _, s := range p.commands().of("nginx") {
			if _, ok := tested[s.seq]; !ok && s.Has("-t -T") {
				tested[s.seq] = s.at
			}
		}
		for _, s := range p.commands().of("nginx", "openresty", "systemctl", "service") {
			first, ok := tested[s.seq]
			if loads := loadsNginx(s); loads && (!ok || first > s.at) {
				p.finding(s, "`"+s.written()+"` loads a configuration that nothing has tested", "Write `"+sudo(s)+"nginx -t && "+sudo(s)+s.written()+"`.")
			}
		}
	},
}

func loadsNginx(s site) bool {
	switch s.Program {
	case "nginx", "openresty":
		signal, ok := s.Value("-s")
		return ok && signal.Text == "reload"
	case "systemctl":
		if !s.Is("systemctl", "reload", "restart", "reload-or-restart", "try-restart") {
			return false
		}
		for _, o := range s.Operands() {
			if o.Text == "nginx" || o.Text == "nginx.service" {
				return true
			}
		}
		return false
	}
	text := s.written()
	return strings.HasPrefix(text, "service nginx re")
}

func sudo(s site) string {
	if s.through("sudo") {
		return "sudo "
	}
	return ""
}
