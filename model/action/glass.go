package action

import (
	"strings"

	"calm/model/pattern"
	"calm/model/runbook"
)

// restart is pm2 restart and nothing besides: what a shell would do more is not in it.
var restart = pattern.New(`^pm2 restart( [A-Za-z0-9_./:@=-]+)+$`)

// BreaksGlass says whether a person may let a step run while the journal can't be written: a kill
// switch stops harm to people, and a restart is the one cure that loses nothing.
func BreaksGlass(rb *runbook.Runbook, ref Ref, command string) bool {
	if p, ok := rb.ProcedureByID(ref.Part); ok && p.Kind == runbook.KillSwitch && ref.Group == "procedure" {
		return true
	}
	return ref.Group != UndoGroup && restart.MatchString(strings.TrimSpace(command))
}
