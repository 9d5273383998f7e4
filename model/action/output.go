package action

import (
	"strconv"
	"strings"

	"calm/model/pattern"
)

// mongorestore's last line, 100.x: "18204 document(s) restored successfully. 0 document(s) failed
// to restore."
var (
	restored   = pattern.New(`(\d+) document\(s\) restored successfully`)
	unrestored = pattern.New(`(\d+) document\(s\) failed to restore`)
	pm2Error   = pattern.New(`(?m)^.*\[PM2\]\[ERROR\]\s*(.+)$`)
)

// OutputProblem says what the output of a command tells against its success although its exit code
// does not, in one line; empty when it tells nothing. mongorestore exits 0 having restored nothing.
func OutputProblem(p Plan, output string) string {
	if p.Kind != Shell && p.Kind != "" {
		return "" // its Command is no command
	}
	calls, _ := Calls(p.Command)
	for _, c := range calls {
		switch {
		case c.Is("mongorestore") && !c.Has("--dryRun"):
			if text := restoreProblem(output); text != "" {
				return text
			}
		case c.Is("pm2", "restart", "reload", "start", "stop"):
			if m := pm2Error.FindStringSubmatch(output); m != nil {
				return "pm2: " + strings.TrimSpace(m[1])
			}
		}
	}
	return ""
}

func restoreProblem(output string) string {
	all := restored.FindAllStringSubmatch(output, -1)
	if len(all) == 0 {
		return "mongorestore did not say how many documents it restored"
	}
	sum := 0
	for _, m := range all {
		n, err := strconv.Atoi(m[1])
		if err != nil {
			return "mongorestore's count of documents makes no sense"
		}
		sum += n
	}
	if sum == 0 {
		return "mongorestore restored 0 documents"
	}
	for _, m := range unrestored.FindAllStringSubmatch(output, -1) {
		if m[1] != "0" {
			return m[1] + " documents failed to restore"
		}
	}
	return ""
}

// Outcome is how a command ended, as the journal says it: "ok", "failed", or "unknown" where it
// ran on another host and the connection to that was lost. A non-zero exit is ok
// when the runbook names it, or names an output that is there: `grep -c` exits 1 on the wanted 0.
func (p Plan) Outcome(exit int, output string) string {
	if exit == 0 {
		return "ok"
	}
	for _, e := range p.Expect {
		w := watch{Expectation: e}
		if !w.ofCommand() {
			continue
		}
		if w.command(&Ended{Exit: exit, Output: output}); w.good {
			return "ok"
		}
	}
	if p.mayHaveRun(exit, output) {
		return "unknown"
	}
	return "failed"
}
