package console

import (
	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"

	"calm/model/action"
	"calm/model/incident"
	"calm/ui/command"
	"calm/ui/overlay"
	"calm/ui/pane"
)

// apply turns an intent into what happens. It is the only writer of the incident: every change
// becomes an event, and is shown when the journal has it.
func (a *App) apply(in pane.Intent) tea.Cmd {
	a.stale = true
	switch in := in.(type) {
	case nil:
		return nil
	case pane.Focus:
		a.focus = in.Pane
		return nil
	case pane.Show:
		return a.show(in)
	case pane.Copy:
		if a.options.Terminal != nil {
			a.options.Terminal.Send(ansi.SetSystemClipboard(in.Text))
		}
		return command.Copy(a.session.Copy, in.Text)
	case pane.Edit:
		return a.edit(in.Line)
	case pane.Refresh:
		return tea.Batch(a.retry(), a.refreshAll())
	case pane.Leave:
		return a.leave()
	case pane.Press:
		if b, ok := bound(in.Key); ok {
			return a.do(b)
		}
		return nil
	}
	if a.session.Observe {
		a.say("this console only observes; start calm without --observe to act")
		return nil
	}
	return a.enact(in)
}

// enact does what changes the incident or the host.
func (a *App) enact(in pane.Intent) tea.Cmd {
	switch in := in.(type) {
	case pane.Declare:
		return a.declare(in)
	case pane.Propose:
		a.glass = glass{}
		return a.propose(in)
	case pane.BreakGlass:
		return a.breakGlass(in)
	case pane.Run:
		return a.run(in)
	case pane.Approve:
		return a.handIn(in)
	case pane.Refuse:
		return a.by(incident.Refused, incident.RefusedData{Op: in.Plan.Op, What: in.Plan.Title, Why: "not confirmed"})
	case pane.Undo:
		return a.takeBackOf(in.Op)
	case pane.Stop:
		return a.stop()
	case pane.WaitLonger:
		a.waitLonger()
		return nil
	case pane.Settle:
		return a.settle(in)
	case pane.Trust:
		return a.giveTrust(in)
	}
	return a.record(in)
}

// record handles what is only written down.
func (a *App) record(in pane.Intent) tea.Cmd {
	if answer, ok := in.(pane.Answer); ok && a.journal == nil {
		// Kept in memory: it helps to decide, and is written down with the declaration.
		a.early = append(a.early, answer.AnsweredData)
		a.assess()
		return nil
	}
	if a.journal == nil {
		a.say("no incident is declared; s declares one")
		return nil
	}
	switch in := in.(type) {
	case pane.SetSeverity:
		return a.by(incident.Severity, incident.SeverityData{Level: in.Level, Was: a.inc.Level, Reason: in.Reason})
	case pane.Acknowledge:
		return a.by(incident.Acknowledged, nil)
	case pane.Tick:
		return a.by(incident.Ticked, in.TickedData)
	case pane.Answer:
		return a.by(incident.Answered, in.AnsweredData)
	case pane.Choose:
		return a.choose(in)
	case pane.AddNote:
		return a.by(incident.Note, incident.NoteData{Text: in.Text})
	case pane.TakeRole:
		return a.by(incident.RoleTaken, in.RoleData)
	case pane.Escalate:
		return a.by(incident.Escalated, in.EscalatedData)
	case pane.SendMessage:
		return a.by(incident.Messaged, in.MessageData)
	case pane.Keep:
		return a.by(incident.Kept, in.KeptData)
	case pane.Milestone:
		return a.milestone(in)
	}
	return nil
}

func (a *App) declare(in pane.Declare) tea.Cmd {
	if a.inc.Open() {
		return a.by(incident.Severity, incident.SeverityData{Level: in.Level, Was: a.inc.Level})
	}
	if a.declaring {
		return nil
	}
	a.declaring = true
	data := incident.DeclaredData{
		Level: in.Level, Title: in.Title, Service: a.session.Service, Host: a.session.Host,
		Scenario: in.Scenario, Runbook: a.session.Runbook.SHA256, Drill: a.session.Drill,
	}
	if at, margin, ok := a.latest.Snapshot.Onset(); ok {
		data.Onset, data.Margin = at, margin.Seconds()
	}
	return command.Declare(a.session.Incidents, a.session.Actor, data)
}

func (a *App) choose(in pane.Choose) tea.Cmd {
	text := "back to the list of scenarios"
	if s, ok := a.session.Runbook.ScenarioByID(in.Scenario); ok {
		text = s.Title + " opened"
	}
	a.focus = pane.Guide
	return a.by(incident.Leads, incident.LeadsData{Scenario: in.Scenario, Was: a.inc.Scenario, Text: text, Chosen: true})
}

func (a *App) milestone(in pane.Milestone) tea.Cmd {
	if in.Type == incident.Closed && a.busy() {
		a.say("not closed: a step is still under way; 4 shows it")
		return nil
	}
	if n := len(a.inc.Standing()); in.Type == incident.Closed && n > 0 {
		a.say("not closed: " + atWay(n))
		return a.apply(pane.Show{Overlay: "closing"})
	}
	return a.by(in.Type, incident.MilestoneData{Text: in.Text})
}

func (a *App) stop() tea.Cmd {
	if a.act == nil || a.act.view.Stage != pane.Running {
		a.say("nothing runs; q leaves")
		return nil
	}
	return command.Cancel(a.session.Conductor, a.journal, a.act.view.Plan.Op)
}

func (a *App) edit(line int) tea.Cmd {
	if a.session.Editor == nil {
		a.say("no editor: set EDITOR")
		return nil
	}
	program, err := a.session.Editor(line)
	if err != nil {
		a.say(err.Error())
		return nil
	}
	return a.give(program, "")
}

// give hands the terminal to a program, and takes it back after.
func (a *App) give(program action.Terminal, op string) tea.Cmd {
	return command.Give(lent{program, a.options.Terminal}, op)
}

// lent is a program that has the terminal to itself while it runs.
type lent struct {
	action.Terminal
	terminal Terminal
}

// Run runs the program with the screen off.
func (l lent) Run() error {
	if l.terminal != nil {
		l.terminal.Off()
		defer l.terminal.On()
	}
	return l.Terminal.Run()
}

// full starts a full-screen program whose intent is durable.
func (a *App) full(msg command.ReadyMsg) tea.Cmd {
	cmd := a.take(msg.Events)
	if msg.Err != nil {
		a.begun = false
		a.say(msg.Err.Error())
		return cmd
	}
	return tea.Batch(cmd, a.give(msg.Program, msg.Plan.Op))
}

// cameBack goes on after a full-screen program: the editor may have changed the runbook.
func (a *App) cameBack(msg command.TerminalMsg) tea.Cmd {
	if msg.Err != nil {
		a.say(msg.Err.Error())
	}
	if msg.Op == "" {
		return a.look()
	}
	a.begun = false
	end := incident.FinishedData{Op: msg.Op, Outcome: incident.OutcomeOK, Text: "had the terminal to itself"}
	if msg.Err != nil {
		end.Outcome, end.Exit, end.Text = incident.OutcomeFailed, -1, msg.Err.Error()
	}
	return a.by(incident.Finished, end)
}

// show opens an overlay by its name. One that is open stays.
func (a *App) show(in pane.Show) tea.Cmd {
	if a.over != nil {
		return nil
	}
	s := a.state
	switch in.Overlay {
	case "declare":
		a.over = overlay.NewDeclare(s)
	case "severity":
		a.over = overlay.NewSeverity(s)
	case "note":
		a.over = overlay.NewPrompt("Note", "goes into the timeline", "", false, func(text string) pane.Intent { return pane.AddNote{Text: text} })
	case "reason":
		a.reason(in.Arg)
	case "help":
		a.over = overlay.NewHelp(a.help())
	case "palette":
		a.over = overlay.NewPalette(a.entries())
	case "message":
		purpose, _ := in.Arg.(string)
		return a.message(purpose)
	case "escalate":
		a.over = overlay.NewEscalate(s)
	case "roles":
		a.over = overlay.NewRoles(s)
	case "closing":
		a.over = overlay.NewClosing(a.inc.Standing())
	case "glass":
		return a.askGlass(in.Arg)
	case "trust":
		if why := a.noTrust(); why != "" {
			a.say(why)
			return nil
		}
		a.askTrust()
	}
	return nil
}

// reason asks why an item is skipped or deferred.
func (a *App) reason(arg any) {
	tick, ok := arg.(pane.Tick)
	if !ok {
		return
	}
	a.over = overlay.NewPrompt("Why "+tick.State+"?", tick.Text, "", false, func(text string) pane.Intent {
		tick.Reason = text
		return tick
	})
}
