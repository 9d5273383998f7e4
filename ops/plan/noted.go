package plan

import (
	"cmp"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"calm/model/action"
	"calm/model/runbook"
	"calm/model/runbook/shell"
)

// folder is where the command runs. A folder that the runbook's note names is relative to the
// runbook, as Runme has it; an earlier step may have gone further down in it.
func (d *draft) folder() string {
	dir := d.Step.Cwd
	if dir == "" {
		return cmp.Or(d.Carried.Dir, d.Dir)
	}
	dir, _ = d.Bind(dir)
	if rest, ok := strings.CutPrefix(dir, "~"); ok && (rest == "" || rest[0] == '/') {
		home, _ := os.UserHomeDir()
		dir = home + rest
	}
	if !filepath.IsAbs(dir) {
		dir = filepath.Join(d.beside(), dir)
	}
	if real, err := filepath.EvalSymlinks(dir); err == nil {
		dir = real
	}
	if below, err := filepath.Rel(dir, d.Carried.Dir); err == nil && filepath.IsLocal(below) {
		return d.Carried.Dir
	}
	return dir
}

// beside is the folder of the runbook; where that is no file of this host, where commands run.
func (d *draft) beside() string {
	if d.Runbook != nil {
		if path, err := filepath.Abs(d.Runbook.Path); err == nil && d.Runbook.Path != "" {
			if _, err := os.Stat(path); err == nil {
				return filepath.Dir(path)
			}
		}
	}
	return d.Dir
}

// settle takes the risk of the command as it will run, and says where the runbook has another word
// for it.
func (d *draft) settle() shell.Risk {
	said, parsed := d.Step.Declared, d.known.Risk
	risk := d.Step.Risk.Worse(d.Step.Settle(parsed))
	if said == "" || said == parsed {
		return risk
	}
	switch {
	case parsed == shell.Unknown && risk == shell.Changes:
		d.note(fmt.Sprintf("the runbook says %s; calm can't tell", said))
	case risk == said:
		d.note(fmt.Sprintf("it counts as %s because the runbook says so", said))
	default:
		d.note(fmt.Sprintf("the runbook says %s; its text says %s, and that counts", said, risk))
	}
	return risk
}

// noted puts what the runbook says of this step in the place of what calm takes for granted.
func (d *draft) noted() {
	s := d.Step
	d.plan.Endless = d.plan.Endless || s.Background
	if s.Terminal != nil {
		d.plan.Terminal = *s.Terminal
	}
}

// limited is the timeout that the runbook's note names, or the usual one.
func (d *draft) limited(usual time.Duration) time.Duration {
	if d.Step.Timeout == nil || d.plan.Endless || d.plan.Terminal {
		return usual
	}
	for _, c := range d.calls {
		if c.Is("mongorestore") {
			d.note("the runbook's timeout is left out: half a restore is worse than a long one")
			return usual
		}
	}
	limit, _ := runbook.Seconds(d.Step.Timeout)
	return limit
}

// wayBack is how the runbook takes the step back, where it says so, or else how calm would.
func (d *draft) wayBack() {
	undo := d.Step.Undo
	if d.plan.Check {
		return
	}
	if undo == "" {
		d.wayBackOf()
		return
	}
	if d.Runbook != nil {
		if found := d.Runbook.StepsNamed(undo); len(found) > 0 {
			first := found[0].Step
			line, _, _ := strings.Cut(strings.TrimSpace(first.Text), "\n")
			d.plan.Undo = fmt.Sprintf("%s, line %d of the runbook: %s", undo, first.Line, line)
			d.says(textOf(found))
			return
		}
	}
	d.plan.Undo, _ = d.Bind(undo)
	d.says(undo)
}

// wayBackOf takes the way back of the whole procedure for that of the step that destroys, where calm
// has none of its own.
func (d *draft) wayBackOf() {
	proc := d.procedure()
	if proc.Undo == "" || d.plan.Inverse != nil || d.plan.Risk != string(shell.Destroys) {
		return
	}
	if proc.UndoCommand != "" {
		d.plan.Undo, _ = d.Bind(proc.Undo)
		d.says(proc.UndoCommand)
	}
}

// says makes the runbook's words the inverse, where they are a command that calm understands.
func (d *draft) says(command string) {
	known := shell.Analyze(command)
	if command == "" || len(known.Programs) == 0 || known.Risk == shell.Unknown || len(known.Placeholders) > 0 {
		d.plan.Inverse = nil
		return
	}
	d.plan.Inverse = &action.Inverse{Kind: action.Shell, Command: command, Dir: d.plan.Dir, Runbook: true}
}

// textOf is the commands of a fence; empty where one of its steps is none.
func textOf(steps []runbook.StepRef) string {
	var all []string
	for _, s := range steps {
		if s.Step.Kind != runbook.ShellStep {
			return ""
		}
		all = append(all, s.Step.Text)
	}
	return strings.Join(all, "\n")
}

// agreed is who must agree before the step runs: its own note goes before the procedure's.
func (d *draft) agreed(proc *runbook.Approval) *runbook.Approval {
	if d.Step.Approval != nil {
		return d.Step.Approval
	}
	return proc
}

// wanted is what the runbook's words and notes want of a command.
func (d *draft) wanted(in *action.Input) {
	in.Effects = d.Step.Effects
	if e := d.Step.Expect; e != nil {
		in.Expect = &action.ExpectedOutput{Text: e.Text, Output: e.Output, Pattern: e.Pattern, Exit: e.Exit}
	}
}
