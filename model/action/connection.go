package action

import "calm/model/pattern"

// unconnected is what OpenSSH's client says when it did not come to run anything; 9.2.
var unconnected = pattern.New(`(?m)ssh: connect to host |Could not resolve hostname|Permission denied \(|Host key verification failed|kex_exchange_identification|Connection closed by .* port \d+|Too many authentication failures|Bad configuration option|Bad owner or permissions|no matching .* found`)

// lostExit is how ssh, and what goes over it, says that it failed itself, rather than the command.
const lostExit = 255

// mayHaveRun says whether a command that ended with an exit code may have lost its connection to
// another host on the way: what it did there is not known then. A script's exit is its last
// command's, so only one of ssh alone tells.
func (p Plan) mayHaveRun(exit int, output string) bool {
	if exit != lostExit || p.Host != "" || p.Check {
		return false
	}
	calls, _ := Calls(p.Command)
	return len(calls) > 0 && calls[len(calls)-1].Is("ssh") && !unconnected.MatchString(output)
}
