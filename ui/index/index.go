// Package index is the screen before the console: the runbooks of a folder, to search and choose
// from. It owns what is typed and which row is at hand. It reads no file and opens no console; main
// asks it what was chosen when it has ended.
package index

import (
	"slices"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/colorprofile"

	"calm/model/runbook/library"
	"calm/ui/command"
	"calm/ui/field"
	"calm/ui/row"
	"calm/ui/screen"
	"calm/ui/theme"
)

// Terminal is what the screen needs of the terminal besides drawing on it.
type Terminal interface {
	Off()
	Redraw()
}

// Options are what is known at the start.
type Options struct {
	Theme    string // "dark", "light", or empty: as the terminal says
	ASCII    bool
	Terminal Terminal // nil draws nowhere, as in tests
	Search   string   // words that are there already
	Remark   string   // one line on why a person has to choose
	Count    func(library.Entry) command.HoldsMsg
}

// App is the screen's model.
type App struct {
	index   library.Index
	options Options

	w, h    int
	profile colorprofile.Profile
	dark    bool
	st      theme.Styles

	word   field.Field
	hits   []int // places in index.Entries, best first
	at     int   // in hits
	top    int   // first of hits that is in view
	said   string
	chosen *library.Entry
	stale  bool
	drawn  screen.Frame
}

// New makes the screen over an index.
func New(x library.Index, o Options) *App {
	// What is counted while it is looked at is this screen's own.
	x.Entries = slices.Clone(x.Entries)
	a := &App{index: x, options: o, dark: o.Theme != "light", profile: colorprofile.TrueColor, word: field.New(o.Search), said: o.Remark, stale: true}
	a.restyle()
	a.search("")
	return a
}

// Chosen is the runbook that a person opened; ok is false when they left.
func (a *App) Chosen() (e library.Entry, ok bool) {
	if a.chosen == nil {
		return library.Entry{}, false
	}
	return *a.chosen, true
}

// Search is what was typed.
func (a *App) Search() string { return a.word.Text() }

// Init begins to count what the runbooks have.
func (a *App) Init() tea.Cmd { return a.count() }

// Update takes a key or a result in.
func (a *App) Update(msg tea.Msg) tea.Cmd {
	a.stale = true
	switch msg := msg.(type) {
	case tea.WindowSizeMsg:
		a.w, a.h = msg.Width, msg.Height
	case tea.ColorProfileMsg:
		a.profile = msg.Profile
		a.restyle()
	case tea.BackgroundColorMsg:
		if a.options.Theme == "" {
			a.dark = msg.IsDark()
			a.restyle()
		}
	case tea.KeyPressMsg:
		return a.key(msg)
	case tea.PasteMsg:
		a.typed(msg)
	case command.HoldsMsg:
		a.counted(msg)
		return a.count()
	}
	return nil
}

func (a *App) restyle() {
	a.st = theme.New(theme.Options{Dark: a.dark, Profile: a.profile, ASCII: a.options.ASCII})
}

func (a *App) key(msg tea.KeyPressMsg) tea.Cmd {
	switch k := msg.String(); k {
	case "ctrl+c":
		return tea.Quit
	case "esc":
		if a.word.Empty() {
			return tea.Quit
		}
		a.word.Set("")
		a.search("")
	case "ctrl+z":
		if a.options.Terminal != nil {
			a.options.Terminal.Off()
		}
		return tea.Suspend
	case "ctrl+l":
		if a.options.Terminal != nil {
			a.options.Terminal.Redraw()
		}
	case "enter":
		return a.open()
	case "up", "down", "pgup", "pgdown":
		a.at, _ = row.Move(k, a.at, len(a.hits), a.room())
		a.said = ""
	case "ctrl+p":
		a.at = max(0, a.at-1)
	case "ctrl+n":
		a.at = max(0, min(len(a.hits)-1, a.at+1))
	default:
		a.typed(msg)
	}
	return nil
}

// typed changes the words of the search. The best hit is at hand then.
func (a *App) typed(msg tea.Msg) {
	was := a.word.Text()
	a.word.Update(msg)
	if a.word.Text() != was {
		a.said = ""
		a.search("")
	}
}

// search brings the hits up to date, and stays on the row with a path where it is still there.
func (a *App) search(stay string) {
	a.hits, a.at = a.index.Search(a.word.Text()), 0
	for i, hit := range a.hits {
		if stay != "" && a.index.Entries[hit].Path == stay {
			a.at = i
		}
	}
}

func (a *App) current() (library.Entry, bool) {
	if a.at < 0 || a.at >= len(a.hits) {
		return library.Entry{}, false
	}
	return a.index.Entries[a.hits[a.at]], true
}

// open ends the screen with the runbook at hand, if it is one.
func (a *App) open() tea.Cmd {
	e, ok := a.current()
	switch {
	case !ok:
		a.said = "no runbook has all of these words; esc clears them"
	case e.Error != nil:
		a.said = *e.Error
	default:
		a.chosen = &e
		return tea.Quit
	}
	return nil
}

// count asks for the next runbook that was not counted, those in view first.
func (a *App) count() tea.Cmd {
	if a.options.Count == nil {
		return nil
	}
	seen := a.hits[min(a.top, len(a.hits)):]
	for _, places := range [][]int{seen[:min(len(seen), max(1, a.room()))], a.hits} {
		for _, i := range places {
			if e := a.index.Entries[i]; e.Holds == nil && e.Error == nil {
				return command.Count(a.options.Count, e)
			}
		}
	}
	for _, e := range a.index.Entries {
		if e.Holds == nil && e.Error == nil {
			return command.Count(a.options.Count, e)
		}
	}
	return nil
}

func (a *App) counted(msg command.HoldsMsg) {
	for i := range a.index.Entries {
		e := &a.index.Entries[i]
		if e.Path != msg.Path {
			continue
		}
		e.Holds = msg.Holds
		if msg.Err != nil {
			why := msg.Err.Error()
			e.Error = &why
		}
	}
	if !a.word.Empty() {
		e, _ := a.current()
		a.search(e.Path)
	}
}
