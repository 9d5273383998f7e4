// Package console is the Bubble Tea program: it routes input, takes in results, keeps the one
// state that panes draw, and turns intents into commands. It does no I/O itself, and App.apply is
// the only writer of the incident.
package console

import (
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/colorprofile"

	"calm/model/incident"
	"calm/model/situation"
	"calm/ui/command"
	"calm/ui/overlay"
	"calm/ui/pane"
	"calm/ui/pane/actions"
	"calm/ui/pane/guide"
	"calm/ui/pane/logs"
	"calm/ui/pane/output"
	"calm/ui/pane/severity"
	"calm/ui/pane/signals"
	"calm/ui/pane/timeline"
	"calm/ui/screen"
	"calm/ui/theme"
)

// Options are what a person chose at the start.
type Options struct {
	Theme string // "dark", "light", or empty: as the terminal says
	ASCII bool
	Now   func() time.Time // nil means time.Now

	Terminal Terminal // nil draws nowhere, as in tests
}

// Terminal is what the program needs of the screen besides drawing on it.
type Terminal interface {
	On()
	Off()
	Redraw()
	Send(sequence string)
}

// App is the program's model.
type App struct {
	session command.Session
	options Options
	now     func() time.Time

	w, h    int
	profile colorprofile.Profile
	dark    bool

	watch  *situation.Watch
	diary  *situation.Diary
	latest situation.Assessment

	base    incident.Incident // as the journal has it
	inc     incident.Incident // with what waits for the journal
	journal incident.Journal
	writes  writes
	early   []incident.AnsweredData // answers from before the declaration
	ahead   []incident.Event        // came before the ones between; applied when the gap is closed
	trouble string                  // of the journal; empty when it is well
	last    string                  // one line on the incident before

	declaring bool      // a Declare is under way: no second one
	leaving   bool      // the console ends when everything is written
	another   bool      // and the person chooses another runbook then
	losing    time.Time // until then q leaves although not everything is written

	asked    []command.Gen // of each poll, the newest that was asked
	inFlight []bool
	firsts   int // polls that have not answered yet
	started  time.Time

	panes map[pane.ID]pane.Pane
	focus pane.ID
	zoom  bool
	chord bool // g was pressed, and waits for its second key
	over  overlay.Overlay

	pressed   time.Time // when the newest key was pressed
	proposing proposing
	act       *acting
	results   []pane.Result
	awaited   []string // hashes of approvals that are waited for
	begun     bool     // a Begin is under way: no second one
	glass     glass
	asWritten string // Op of the newest plan that was proposed without what calm would change in it
	book      book
	ids       ids // of the runbook; made when they are asked for
	changes   []pane.Change
	ready     []pane.Fact
	examined  time.Time // when the runbook was last held against the host
	examining bool
	flash     string
	flashed   time.Time
	state     pane.State
	drawn     screen.Frame
	stale     bool // the state changed since it was drawn
}

// New makes the program's model. Nothing is asked before Init.
func New(s command.Session, o Options) *App {
	now := o.Now
	if now == nil {
		now = time.Now
	}
	a := &App{
		session: s, options: o, now: now, dark: o.Theme != "light", profile: colorprofile.TrueColor,
		watch: situation.New(s.Runbook, s.Specs), diary: situation.NewDiary(),
		asked: make([]command.Gen, len(s.Polls)), inFlight: make([]bool, len(s.Polls)), firsts: len(s.Polls), started: now(),
		focus: pane.Signals, stale: true,
		panes: map[pane.ID]pane.Pane{
			pane.Signals: signals.New(), pane.Severity: severity.New(), pane.Guide: guide.New(),
			pane.Actions: actions.New(), pane.Timeline: timeline.New(), pane.Output: output.New(),
			pane.Logs: logs.New(),
		},
	}
	a.restyle()
	a.assess()
	return a
}

// Init asks every source at once, looks for an open incident, and starts the clock.
func (a *App) Init() tea.Cmd {
	cmds := []tea.Cmd{command.Resume(a.session.Incidents), command.Tick(a.now()), a.look(), command.Lint(a.session.Runbook)}
	for i := range a.session.Polls {
		cmds = append(cmds, a.ask(i))
	}
	if a.session.Surroundings != nil {
		cmds = append(cmds, command.LookAround(a.session.Surroundings))
	}
	return tea.Batch(cmds...)
}

// Update routes input to one place and results to their own.
func (a *App) Update(msg tea.Msg) tea.Cmd {
	var cmd tea.Cmd
	switch msg := msg.(type) {
	case tea.WindowSizeMsg, tea.ColorProfileMsg, tea.BackgroundColorMsg, tea.EnvMsg:
		a.terminal(msg)
	case tea.KeyPressMsg:
		cmd = a.key(msg)
	case tea.PasteMsg:
		cmd = a.paste(msg)
	default:
		cmd = a.result(msg)
	}
	a.surface()
	a.refresh()
	return cmd
}

// terminal takes in what the terminal says of itself, in whatever order it comes.
func (a *App) terminal(msg tea.Msg) {
	switch msg := msg.(type) {
	case tea.WindowSizeMsg:
		a.w, a.h = msg.Width, msg.Height
	case tea.ColorProfileMsg:
		a.profile = msg.Profile
	case tea.BackgroundColorMsg:
		if a.options.Theme == "" {
			a.dark = msg.IsDark()
		}
	}
	a.restyle()
	a.stale = true
}

func (a *App) restyle() {
	a.state.Theme = theme.New(theme.Options{Dark: a.dark, Profile: a.profile, ASCII: a.options.ASCII})
}

// result takes in what a command ended in.
func (a *App) result(msg tea.Msg) tea.Cmd {
	a.stale = true
	switch msg := msg.(type) {
	case command.SamplesMsg:
		return a.samples(msg)
	case command.TurnMsg:
		return a.turn(msg)
	case command.TickMsg:
		return a.tick()
	case command.SurroundingsMsg:
		a.changes = msg.Changes
	case command.ExaminedMsg:
		a.ready, a.examined, a.examining = facts(msg.Report), msg.At, false
	case command.ResumedMsg:
		return a.resumed(msg)
	case command.DeclaredMsg:
		return a.declared(msg)
	case command.AppendedMsg:
		return a.appended(msg)
	case command.SyncedMsg:
		return a.synced(msg)
	case command.MergedMsg:
		return a.merged(msg)
	case command.ClosedMsg:
		a.last = msg.Last
	case command.RunbookMsg:
		return a.looked(msg)
	case command.TrustedMsg:
		return a.given(msg)
	case command.RevisedMsg:
		return a.revised(msg)
	case command.LintedMsg:
		if msg.SHA256 == a.session.Runbook.SHA256 {
			a.book.findings = msg.Findings
		}
	case command.PlanMsg:
		return a.planned(msg)
	case command.FillingsMsg:
		return a.fillings(msg)
	case command.BegunMsg:
		return a.begin(msg)
	case command.ProgressMsg:
		return a.progress(msg)
	case command.AskedMsg:
		return a.askedFor(msg)
	case command.ApprovedMsg:
		return a.handedIn(msg)
	case command.AwaitedMsg:
		return a.heard(msg)
	default:
		return a.remark(msg)
	}
	return nil
}

// remark takes in answers that only need a word on the screen.
func (a *App) remark(msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case command.CancelledMsg:
		if msg.Err != nil {
			a.say("could not stop it: " + msg.Err.Error())
		}
	case command.CopiedMsg:
		if msg.Err != nil {
			a.say("copied to the clipboard only: " + msg.Err.Error())
		} else {
			a.say("copied, and written to " + msg.Path)
		}
	case command.ReadyMsg:
		return a.full(msg)
	case command.TerminalMsg:
		return a.cameBack(msg)
	default:
		return a.broadcast(msg)
	}
	return nil
}

// broadcast gives a message that is nobody's own to the overlay and the panes.
func (a *App) broadcast(msg tea.Msg) tea.Cmd {
	var cmds []tea.Cmd
	if a.over != nil {
		next, intent, cmd := a.over.Update(msg, a.state)
		a.over = next
		cmds = append(cmds, cmd, a.apply(intent))
	}
	for _, p := range a.panes {
		intent, cmd := p.Update(msg, a.state)
		cmds = append(cmds, cmd, a.apply(intent))
	}
	return tea.Batch(cmds...)
}

// say shows a short remark in the keys row for a few seconds.
func (a *App) say(text string) {
	a.flash, a.flashed, a.stale = text, a.now(), true
}
