package console_test

import (
	"fmt"
	"regexp"
	"runtime/debug"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"

	"calm/model/action"
	"calm/model/incident"
	"calm/ui/command"
	"calm/ui/console"
)

// rig is the whole console over a host, an archive and a conductor in memory. It runs inside a
// bubble of testing/synctest: its clock moves only when all of it is idle, so that every command
// and every timer is the real one and nothing waits.
type rig struct {
	t         *testing.T
	host      *host
	archive   *archive
	conductor *conductor
	session   command.Session
	options   console.Options
	app       *console.App
	program   *tea.Program
	w, h      int
	agreed    map[string]bool // hashes, shortened as on screen, of plans that a key has confirmed
	problems  []string
	ended     chan error
	over      bool
}

// startOfNight is the time of day at which the tests begin. The bubble's clock begins at midnight. It
// is no full second, so that what keys begin never ends at the same instant as the console's clock
// ticks.
const startOfNight = 3*time.Hour + 100*time.Millisecond

// large is a terminal on which a whole action and what comes after it can be seen.
func large(r *rig) { r.w, r.h = 120, 40 }

// drive runs a test in a bubble, over a console that has had its first readings.
func drive(t *testing.T, prepare func(*rig), test func(*rig)) {
	t.Helper()
	inBubble(t, func(t *testing.T) {
		r := newRig(t, prepare)
		defer r.finish()
		r.settle()
		test(r)
	})
}

func inBubble(t *testing.T, test func(*testing.T)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		time.Sleep(startOfNight)
		test(t)
	})
}

// finish ends the console and says what went wrong in it.
func (r *rig) finish() {
	r.close()
	for _, p := range r.problems {
		r.t.Error(p)
	}
}

func newRig(t *testing.T, prepare func(*rig)) *rig {
	r := &rig{t: t, host: newHost(), archive: &archive{}, w: 80, h: 24, agreed: map[string]bool{}, ended: make(chan error, 1)}
	r.conductor = newConductor(r.wrong)
	r.conductor.agreed = func(hash string) bool { return r.agreed[short(hash)] }
	r.session = command.Session{
		Service: "aurora-concierge", Host: "prod-1", Actor: incident.Actor{Name: "ana", UID: 1000, LoginUID: 1000},
		Runbook: builtin(), Specs: specs(), Polls: r.host.polls(), Incidents: r.archive, Conductor: r.conductor,
		Copy: func(string) (string, error) { return "/var/lib/calm/copied.txt", nil },
	}
	r.options = console.Options{Theme: "dark"}
	if prepare != nil {
		prepare(r)
	}
	r.app = console.New(r.session, r.options)
	r.program = tea.NewProgram(model{r}, tea.WithInput(nil), tea.WithOutput(discard{}), tea.WithoutRenderer(),
		tea.WithoutSignalHandler(), tea.WithFPS(1), tea.WithEnvironment([]string{"TERM=xterm-256color", "COLORTERM=truecolor"}))
	go func() {
		_, err := r.program.Run()
		r.ended <- err
	}()
	r.resize(r.w, r.h)
	return r
}

type discard struct{}

func (discard) Write(p []byte) (int, error) { return len(p), nil }

// model lets Bubble Tea run the console, and keeps what goes wrong in it.
type model struct{ r *rig }

func (m model) Init() tea.Cmd { return m.r.app.Init() }

func (m model) Update(msg tea.Msg) (next tea.Model, cmd tea.Cmd) {
	defer func() {
		if why := recover(); why != nil {
			m.r.wrong(fmt.Sprintf("panic on %T: %v\n%s", msg, why, debug.Stack()))
			next, cmd = m, nil
		}
	}()
	return m, m.r.app.Update(msg)
}

func (m model) View() tea.View { return tea.View{} }

func (r *rig) wrong(text string) { r.problems = append(r.problems, text) }

// close ends the program and lets every timer run out: a bubble must be empty when it ends.
func (r *rig) close() {
	r.conductor.closed.Store(true)
	if !r.left() {
		r.program.Kill()
		<-r.ended
	}
	time.Sleep(2 * time.Minute)
}

// left says whether the console has ended.
func (r *rig) left() bool {
	synctest.Wait()
	select {
	case <-r.ended:
		r.over = true
	default:
	}
	return r.over
}

// send gives a message to the program and waits until everything it led to has happened, but for
// what waits for the clock.
func (r *rig) send(msgs ...tea.Msg) {
	for _, msg := range msgs {
		if r.left() {
			return
		}
		r.program.Send(msg)
		synctest.Wait()
	}
	if !r.left() {
		r.sound()
	}
}

func (r *rig) resize(w, h int) {
	r.w, r.h = w, h
	r.send(tea.WindowSizeMsg{Width: w, Height: h})
}

// wait lets time go by.
func (r *rig) wait(d time.Duration) {
	time.Sleep(d)
	synctest.Wait()
	if !r.left() {
		r.sound()
	}
}

// settle waits until the first readings are there and what they say has lasted.
func (r *rig) settle() { r.wait(12 * time.Second) }

// special are the keys that print nothing.
var special = map[string]tea.Key{
	"enter": {Code: tea.KeyEnter}, "esc": {Code: tea.KeyEscape}, "tab": {Code: tea.KeyTab}, "backspace": {Code: tea.KeyBackspace},
	"shift+tab": {Code: tea.KeyTab, Mod: tea.ModShift}, "up": {Code: tea.KeyUp}, "down": {Code: tea.KeyDown},
	"left": {Code: tea.KeyLeft}, "right": {Code: tea.KeyRight}, "pgdown": {Code: tea.KeyPgDown}, "pgup": {Code: tea.KeyPgUp},
	"home": {Code: tea.KeyHome}, "end": {Code: tea.KeyEnd}, "space": {Code: tea.KeySpace, Text: " "}, "f1": {Code: tea.KeyF1},
	"ctrl+c": {Code: 'c', Mod: tea.ModCtrl}, "ctrl+l": {Code: 'l', Mod: tea.ModCtrl}, "ctrl+v": {Code: 'v', Mod: tea.ModCtrl},
}

func keyOf(name string) tea.KeyPressMsg {
	if k, ok := special[name]; ok {
		return tea.KeyPressMsg(k)
	}
	return tea.KeyPressMsg{Code: []rune(name)[0], Text: name}
}

// press presses keys, one after the other.
func (r *rig) press(names ...string) {
	for _, name := range names {
		r.consent(name)
		r.send(keyOf(name))
	}
}

// write types a text.
func (r *rig) write(text string) {
	for _, c := range text {
		r.press(string(c))
	}
}

// typed is the name that a dialog asks for, and what was typed so far.
var typed = regexp.MustCompile(`to go on \(([^)]+)\):[\s│]*(\S*)`)

// consent remembers the plan that is on the screen when a key is pressed that confirms it: y where y
// is offered, enter where the name of the target is whole.
func (r *rig) consent(name string) {
	if name != "y" && name != "enter" || r.left() {
		return
	}
	here := r.screen()
	_, rest, ok := strings.Cut(here, "─ plan ")
	mark, _, cut := strings.Cut(rest, " ")
	if !ok || !cut {
		return
	}
	word := typed.FindStringSubmatch(here)
	if name == "y" && strings.Contains(here, "y run it") || name == "enter" && word != nil && word[1] == word[2] {
		r.agreed[strings.ReplaceAll(mark, "·", "")] = true
	}
}

// short is a hash as the dialog shows it.
func short(hash string) string { return hash[:min(6, len(hash))] }

// screen is the picture as text, without blanks at the ends of lines.
func (r *rig) screen() string {
	lines := strings.Split(ansi.Strip(r.app.Frame().Content), "\n")
	for i := range lines {
		lines[i] = strings.TrimRight(lines[i], " ")
	}
	return strings.Join(lines, "\n") + "\n"
}

// foot is the next row.
func (r *rig) foot() string {
	lines := strings.Split(strings.TrimRight(r.screen(), "\n"), "\n")
	for i := len(lines) - 1; i >= 0; i-- {
		for _, chip := range []string{" next ", " run ", " check ", " asks "} {
			if strings.HasPrefix(lines[i]+" ", chip) {
				return lines[i]
			}
		}
	}
	return ""
}

// sound checks that the picture fits the terminal.
func (r *rig) sound() {
	picture := r.app.Frame().Content
	lines := strings.Split(picture, "\n")
	if r.w >= 60 && r.h >= 18 && len(lines) != r.h || len(lines) > r.h {
		r.wrong(fmt.Sprintf("%d lines on a terminal of %d×%d:\n%s", len(lines), r.w, r.h, ansi.Strip(picture)))
	}
	for i, l := range lines {
		if n := ansi.StringWidth(l); n > r.w {
			r.wrong(fmt.Sprintf("line %d has %d columns on a terminal of %d×%d: %s", i, n, r.w, r.h, ansi.Strip(l)))
		}
	}
}

// everySize looks at the picture at every size, and at one that is too small.
func (r *rig) everySize() {
	w, h := r.w, r.h
	for _, size := range [][2]int{{60, 18}, {80, 24}, {120, 40}, {200, 60}, {44, 6}, {59, 17}, {1, 1}} {
		r.resize(size[0], size[1])
	}
	r.resize(w, h)
}

// shows checks what is on the screen.
func (r *rig) shows(texts ...string) {
	r.t.Helper()
	for _, text := range texts {
		if !strings.Contains(r.screen(), text) {
			r.t.Errorf("%q is not on the screen:\n%s", text, r.screen())
		}
	}
}

func (r *rig) hides(texts ...string) {
	r.t.Helper()
	for _, text := range texts {
		if strings.Contains(r.screen(), text) {
			r.t.Errorf("%q is on the screen:\n%s", text, r.screen())
		}
	}
}

// next checks what the foot says.
func (r *rig) next(text string) {
	r.t.Helper()
	if !strings.Contains(r.foot(), text) {
		r.t.Errorf("next is %q, and not %q", r.foot(), text)
	}
}

// until lets time go by until something shows.
func (r *rig) until(limit time.Duration, texts ...string) {
	r.t.Helper()
	deadline := time.Now().Add(limit)
	for {
		here := r.screen()
		for _, text := range texts {
			if strings.Contains(here, text) {
				return
			}
		}
		if time.Now().After(deadline) {
			r.t.Fatalf("after %s there is still none of %q on the screen:\n%s", limit, texts, here)
		}
		r.wait(time.Second)
	}
}

// declare declares what calm suggests.
func (r *rig) declare() {
	r.t.Helper()
	r.next("Declare")
	r.press(".")
	r.shows("Declare an incident")
	r.press("enter")
	r.wait(time.Second)
}

// diagnose breaks the host, declares, and runs the checks of the scenario: what is next changes it.
func (r *rig) diagnose() {
	r.t.Helper()
	r.host.exhaust()
	r.wait(20 * time.Second)
	r.declare()
	for range 2 {
		r.next("reads")
		r.press(".")
		r.wait(3 * time.Second)
	}
	r.next("1 Restart the app")
}

// choose goes down in the focused pane to the row with a text.
func (r *rig) choose(text string) {
	r.t.Helper()
	for range 60 {
		for line := range strings.Lines(r.screen()) {
			if _, row, ok := strings.Cut(line, "▸"); ok && strings.Contains(row, text) {
				return
			}
		}
		r.press("down")
	}
	r.t.Fatalf("no row with %q can be chosen:\n%s", text, r.screen())
}

// on says what commands with a text in them do.
func (r *rig) on(text string, e effect) {
	before := r.conductor.does
	r.conductor.does = func(p action.Plan) effect {
		if strings.Contains(p.Command, text) {
			return e
		}
		return before(p)
	}
}

// cures makes a restart cure the host.
func (r *rig) cures() {
	r.on("pm2 restart", effect{takes: 2 * time.Second, output: "[PM2] [glowglitch-app](0) ✓", then: func() {
		r.host.restart()
		r.host.heal()
	}})
}
