package action

// mends are the lint rules whose findings calm mends by itself where it plans the step: the pm2 command
// that they are about, and the flag that is added to it.
var mends = map[string]struct {
	commands []string
	flag     string
}{
	"env-not-seen": {[]string{"restart", "reload", "start"}, "--update-env"},
	"endless-pipe": {[]string{"logs"}, "--nostream"},
}

// Mends is the flag that calm adds to a command for what a lint rule finds in it; empty for a finding
// that calm leaves to people.
func Mends(rule, command string) string {
	m, ok := mends[rule]
	if !ok {
		return ""
	}
	calls, _ := Calls(command)
	for _, c := range calls {
		if c.Is("pm2", m.commands...) && !c.Has(m.flag) {
			return m.flag
		}
	}
	return ""
}
