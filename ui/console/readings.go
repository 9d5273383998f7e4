package console

import (
	"time"

	tea "charm.land/bubbletea/v2"

	"calm/model/severity"
	"calm/model/situation"
	"calm/ui/command"
)

// remarkFor is how long a remark stays in the keys row.
const remarkFor = 6 * time.Second

// examineEvery is how old the doctor's findings may grow. The first look is with the first tick of
// the clock, when the first frame is drawn.
const examineEvery = 10 * time.Minute

// syncEvery is how often the journal is looked at for what other consoles appended.
const syncEvery = 2

// ask starts one round of a source, unless one is under way.
func (a *App) ask(i int) tea.Cmd {
	if a.inFlight[i] {
		return nil
	}
	a.asked[i]++
	a.inFlight[i] = true
	return command.Collect(a.session.Polls[i], i, a.asked[i])
}

// samples takes a source's answer in. One that comes after a newer round was asked is dropped.
func (a *App) samples(msg command.SamplesMsg) tea.Cmd {
	if msg.Gen != a.asked[msg.Source] {
		return nil
	}
	a.inFlight[msg.Source] = false
	if msg.Gen == 1 {
		a.firsts--
	}
	samples := msg.Samples
	if msg.Err != nil && len(samples) == 0 {
		samples = command.Silent(a.session.Polls[msg.Source], msg.Err, msg.At)
	}
	a.watch.Add(samples...)
	turn := command.Turn(a.session.Polls[msg.Source], msg.Source, msg.Gen, a.now())
	return tea.Batch(turn, a.observe())
}

func (a *App) turn(msg command.TurnMsg) tea.Cmd {
	if msg.Gen != a.asked[msg.Source] {
		return nil
	}
	return a.ask(msg.Source)
}

// tick is the clock: it ages readings, runs out clocks, and looks for other consoles' events.
func (a *App) tick() tea.Cmd {
	now := a.now()
	if a.flash != "" && now.Sub(a.flashed) > remarkFor {
		a.flash = ""
	}
	cmds := []tea.Cmd{command.Tick(now), a.observe()}
	if a.journal != nil && now.Unix()%syncEvery == 0 {
		cmds = append(cmds, command.Sync(a.journal, a.base.Last))
	}
	if now.Unix()%lookEvery == 0 {
		cmds = append(cmds, a.look())
	}
	if a.writes.failed {
		cmds = append(cmds, a.retry())
	}
	if a.quiet() && now.Sub(a.examined) >= examineEvery {
		cmds = append(cmds, a.examine())
	}
	return tea.Batch(cmds...)
}

// observe derives the situation anew, judges what waits for its effect, and writes down what
// changed.
func (a *App) observe() tea.Cmd {
	a.assess()
	cmds := []tea.Cmd{a.judge()}
	a.diary.See(a.latest)
	if a.journal != nil && a.seen() && !a.session.Observe {
		drafts := a.diary.Drafts(a.latest)
		for i := range drafts {
			drafts[i].Actor = a.calm()
		}
		cmds = append(cmds, a.write(drafts...))
	}
	return tea.Batch(cmds...)
}

// patience is how long a source may take for its first answer before the others go on without it.
const patience = 15 * time.Second

// seen says whether there are readings enough to write down what they do: at the start everything
// would seem to change.
func (a *App) seen() bool { return a.firsts <= 0 || a.now().Sub(a.started) > patience }

func (a *App) assess() {
	answers := situation.AnswersOf(a.inc)
	for _, x := range a.early {
		answers[x.ID] = severity.Answer(x.Answer)
	}
	a.latest = a.watch.Assess(a.now(), answers)
	a.stale = true
}

// refreshAll asks every source that is not being asked.
func (a *App) refreshAll() tea.Cmd {
	var cmds []tea.Cmd
	for i := range a.session.Polls {
		cmds = append(cmds, a.ask(i))
	}
	if a.session.Surroundings != nil {
		cmds = append(cmds, command.LookAround(a.session.Surroundings))
	}
	return tea.Batch(append(cmds, a.examine())...)
}

// quiet says whether nothing is wrong: while something is, the host has better things to do than to
// be examined.
func (a *App) quiet() bool { return !a.inc.Open() && a.latest.Level() == 0 }

// examine holds the runbook against the host, unless that is under way.
func (a *App) examine() tea.Cmd {
	if a.examining || a.session.Doctor == nil {
		return nil
	}
	a.examining = true
	return command.Examine(a.session.Doctor)
}
