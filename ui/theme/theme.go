// Package theme turns the tokens of the screens into styles for the terminal at hand: dark or
// light ground, true colour down to no colour at all, Unicode or ASCII. It owns the look and
// nothing else; it never asks the terminal anything.
package theme

import "github.com/charmbracelet/colorprofile"

// Options says what kind of terminal the styles are for.
type Options struct {
	Dark    bool                 // the ground is dark; take true when it is not known
	Profile colorprofile.Profile // ASCII is NO_COLOR: attributes, but no colours
	ASCII   bool                 // draw with ASCII only
}

// Styles is every style there is. The zero value draws plain Unicode text without any escape
// sequence.
type Styles struct {
	Text     Style
	Bold     Style
	Muted    Style // labels, ages, what is in bounds
	Track    Style // the empty part of bars, flat lines, the body behind an overlay
	Accent   Style // keys and focus
	Current  Style // the step or tab that is at hand: accent and bold
	OK       Style // became good, measured
	Warn     Style
	WarnBold Style
	Bad      Style
	BadBold  Style
	Critical Style // reverse red; only where the screens keep it for
	Unknown  Style
	Band     Style // ground of titles, tabs and next; put other styles over it
	Title    Style // bold, on a band or where a band would be

	ChipSev   [5]Style // by level; 0 is the style of a level beyond the fourth
	ChipWatch Style
	ChipNext  Style // next and OBSERVER

	ASCII bool
}

// token is one row of the table of tokens: a hex for both grounds, SGR parameters for 16 colours
// and for none.
type token struct {
	dark, light     string
	ansi, ansiLight string
	none            string
	cube, cubeLight string // colour of the 256 where the nearest one has another hue; empty takes the nearest
}

// ink is a token as a foreground and, for filled blocks, a background.
type ink struct {
	fg, bg token
	attr   string
}

var (
	// Faint instead of bright black: Solarized draws colour 8 in the colour of its ground.
	muted   = token{dark: "#8f95a8", light: "#5d6272", ansi: "2", ansiLight: "2", cube: "246", cubeLight: "241"}
	track   = token{dark: "#3d4356", light: "#d5d8e0", ansi: "2", ansiLight: "2", cube: "238", cubeLight: "253"}
	accent  = token{dark: "#5ab0f5", light: "#0066b3", ansi: "36", ansiLight: "34"}
	good    = token{dark: "#5fd7a7", light: "#007055", ansi: "32", ansiLight: "32"}
	warn    = token{dark: "#f2cf6b", light: "#8a5a00", ansi: "33", ansiLight: "30;43"}
	bad     = token{dark: "#ff7a66", light: "#9c1030", ansi: "1;31", ansiLight: "1;31", none: "1"}
	unknown = token{dark: "#e6b3e0", light: "#85357b", ansi: "35", ansiLight: "35"}
	band    = token{dark: "#242838", light: "#e6e8ee", cube: "236", cubeLight: "254"}
)

// New gives the styles for a terminal.
func New(o Options) Styles {
	p := palette{o}
	line := func(t token, attr string) Style { return p.style(ink{fg: t, attr: attr}) }
	return Styles{
		Text:      line(token{}, ""),
		Bold:      line(token{}, "1"),
		Muted:     line(muted, ""),
		Track:     line(track, ""),
		Accent:    line(accent, ""),
		Current:   line(accent, "1"),
		OK:        line(good, ""),
		Warn:      line(warn, ""),
		WarnBold:  line(warn, "1"),
		Bad:       line(bad, ""),
		BadBold:   line(bad, "1"),
		Critical:  p.fill("#ffffff", "#b3261e", "#a31515", "97;41"),
		Unknown:   line(unknown, ""),
		Band:      p.style(ink{bg: band}),
		Title:     line(token{}, "1"),
		ChipSev:   p.levels(),
		ChipWatch: p.fill("#06231a", "#5fd7a7", "#007055", "30;42"),
		ChipNext:  p.fill("#06161f", "#5ab0f5", "#0066b3", "30;46"),
		ASCII:     o.ASCII,
	}
}

// levels are the chips by severity.
func (p palette) levels() [5]Style {
	low := p.style(ink{fg: muted, attr: "7"})
	return [5]Style{
		low,
		p.fill("#ffffff", "#b3261e", "#a31515", "97;41"),
		p.fill("#1a1206", "#ff7a66", "#b8431f", "30;41"),
		p.fill("#1a1206", "#f2cf6b", "#8a5a00", "30;43"),
		low,
	}
}

// Chip is the style of the filled chip of a severity level.
func (s Styles) Chip(level int) Style {
	if level < 1 || level >= len(s.ChipSev) {
		return s.ChipSev[0]
	}
	return s.ChipSev[level]
}

// Level is the style of text about something that is out by a severity level; level 0 is out
// without a severity of its own.
func (s Styles) Level(level int) Style {
	switch level {
	case 1, 2:
		return s.Bad
	case 0, 3:
		return s.Warn
	}
	return s.Muted
}

// LevelBold is Level in bold.
func (s Styles) LevelBold(level int) Style {
	switch level {
	case 1, 2:
		return s.BadBold
	case 0, 3:
		return s.WarnBold
	}
	return s.Bold
}

// Risk is the style of a risk word. A word it does not know is muted: "code", "words".
func (s Styles) Risk(risk string) Style {
	switch risk {
	case "changes":
		return s.Warn
	case "destroys", "unknown":
		return s.BadBold
	case "DESTROYS":
		return s.Critical
	}
	return s.Muted
}
