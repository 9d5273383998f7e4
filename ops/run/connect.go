package run

import (
	_ "embed"
	"fmt"
	"maps"
	"slices"
	"strings"

	"calm/model/action"
)

// far is what bash on the other host is given before it is told what to do.
//
//go:embed remote.bash
var far string

// login is what the other host's own shell is to run, whichever that is: bash with the environment
// of a login there, taking its commands from the connection, so that none of them is an argument.
const login = "exec bash -l -s"

// Connection is how OpenSSH's client is started, up to the destination: nothing is asked, nothing is
// forwarded, and whether a host's key is good is for OpenSSH and its configuration to say. own are
// the options that the runbook gives it; where it has two words for one thing the first counts.
func Connection(program string, own []string) []string {
	argv := []string{program}
	for _, o := range []string{
		"BatchMode=yes", "ConnectTimeout=10", "ServerAliveInterval=10", "ServerAliveCountMax=3",
		"ForwardAgent=no", "ForwardX11=no", "ClearAllForwardings=yes", "PermitLocalCommand=no",
		"RemoteCommand=none", "ControlMaster=no", "Compression=no",
	} {
		argv = append(argv, "-o", o)
	}
	return append(argv, own...)
}

// connection is the argv of one connection to the plan's host.
func connection(p action.Plan, terminal, command string) []string {
	return append(slices.Clone(p.Connect), terminal, "--", p.Host, command)
}

// overThere makes the text that begins the plan's command on the other host, or finds it again: the
// environment that is carried to it, then the call.
func overThere(op string, carried Carried, call ...string) string {
	var b strings.Builder
	b.WriteString(far)
	fmt.Fprintf(&b, "\ncalm_dir=${XDG_STATE_HOME:-$HOME/.local/state}/calm/remote/%s\n", op)
	for _, name := range carried.Unset {
		fmt.Fprintf(&b, "unset %s\n", name)
	}
	for _, name := range slices.Sorted(maps.Keys(carried.Set)) {
		fmt.Fprintf(&b, "export %s=%s\n", name, quote(carried.Set[name]))
	}
	for i, word := range call {
		if i > 0 {
			word = " " + quote(word)
		}
		b.WriteString(word)
	}
	return b.String() + "\n"
}

// leaving is a command with what keeps, at its end, where the shell stood and what it had exported.
func leaving(command string) string {
	return fmt.Sprintf("trap %s EXIT\n%s\n", quote(fmt.Sprintf(`{ printf '%%s\0' "$PWD"; env -0; printf '\0'; } >&%d 2>/dev/null`, keptFD)), command)
}

// leftThere reads what a command on the other host leaves to the next one: its folder, then each
// variable as "=NAME=value" or "-NAME", all ended by NUL.
func leftThere(b []byte) Carried {
	var c Carried
	for i, f := range strings.Split(strings.TrimSuffix(string(b), "\x00"), "\x00") {
		name, value, set := strings.Cut(strings.TrimPrefix(strings.TrimPrefix(f, "="), "-"), "=")
		switch {
		case i == 0:
			c.Dir = f
		case f == "" || ownVariable(name):
		case f[0] == '=' && set && shellName(name):
			if c.Set == nil {
				c.Set = map[string]string{}
			}
			c.Set[name] = value
		case f[0] == '-' && shellName(name):
			c.Unset = append(c.Unset, name)
		}
	}
	slices.Sort(c.Unset)
	return c
}

// shellName says whether a shell can set a variable of the name: exported functions are none.
func shellName(name string) bool {
	for i, r := range name {
		if r != '_' && (r < 'A' || r > 'Z') && (r < 'a' || r > 'z') && (i == 0 || r < '0' || r > '9') {
			return false
		}
	}
	return name != ""
}
