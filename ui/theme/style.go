package theme

import (
	"image/color"
	"slices"
	"strconv"
	"strings"

	"github.com/charmbracelet/colorprofile"
	"github.com/charmbracelet/x/ansi"
)

// Style is how a piece of text looks: SGR parameters, ready to be written. Drawing happens on
// every message, so a style is a string that is put in front, and nothing is computed then.
type Style struct {
	sgr   string
	ascii bool
}

// Render puts the style around a text that has no escape sequences of its own.
func (s Style) Render(text string) string {
	if s.sgr == "" || text == "" {
		return text
	}
	return s.Open() + text + Reset
}

// Reset ends a style.
const Reset = "\x1b[m"

// Open is the sequence that begins the style; empty for plain text.
func (s Style) Open() string {
	if s.sgr == "" {
		return ""
	}
	return "\x1b[" + s.sgr + "m"
}

// Plain says that the style changes nothing.
func (s Style) Plain() bool { return s.sgr == "" }

// ASCII says whether text in this style must be drawn with ASCII only.
func (s Style) ASCII() bool { return s.ascii }

// Over gives the style on the ground of another one. A style with a ground of its own keeps it,
// because of two parameters of a kind the terminal takes the last.
func (s Style) Over(ground Style) Style {
	switch {
	case ground.sgr == "":
		return s
	case s.sgr == "":
		return Style{ground.sgr, s.ascii || ground.ascii}
	}
	return Style{ground.sgr + ";" + s.sgr, s.ascii || ground.ascii}
}

// palette makes styles for one kind of terminal.
type palette struct{ Options }

func (p palette) style(i ink) Style {
	var sgr []string
	for _, part := range []string{i.attr, p.param(i.fg, false), p.param(i.bg, true)} {
		if part != "" && !slices.Contains(sgr, part) {
			sgr = append(sgr, part)
		}
	}
	if p.Profile <= colorprofile.NoTTY {
		sgr = nil
	}
	return Style{strings.Join(sgr, ";"), p.ASCII}
}

// fill is a filled block: foreground and background for dark and for light, the parameters on 16
// colours, and reverse when there are none.
func (p palette) fill(fg, bg, fgLight, bgLight, ansi16, attr string) Style {
	i := ink{
		fg:   token{dark: fg, light: fgLight, ansi: ansi16, ansiLight: ansi16, none: "7"},
		bg:   token{dark: bg, light: bgLight},
		attr: attr,
	}
	return p.style(i)
}

// param gives the SGR parameter of a token.
func (p palette) param(t token, ground bool) string {
	switch {
	case p.Profile <= colorprofile.ASCII:
		return t.none
	case p.Profile == colorprofile.ANSI && p.Dark:
		return t.ansi
	case p.Profile == colorprofile.ANSI:
		return t.ansiLight
	}
	hex, cube := t.light, t.cubeLight
	if p.Dark {
		hex, cube = t.dark, t.cube
	}
	switch {
	case hex == "":
		return ""
	case cube != "" && p.Profile == colorprofile.ANSI256:
		return which(ground) + ";5;" + cube
	}
	return p.rgb(hex, ground)
}

// which is the SGR parameter that says what a colour is for.
func which(ground bool) string {
	if ground {
		return "48"
	}
	return "38"
}

func (p palette) rgb(hex string, ground bool) string {
	n, err := strconv.ParseUint(strings.TrimPrefix(hex, "#"), 16, 32)
	if err != nil {
		return ""
	}
	c := color.RGBA{R: uint8(n >> 16), G: uint8(n >> 8), B: uint8(n), A: 255}
	if p.Profile == colorprofile.ANSI256 {
		return which(ground) + ";5;" + strconv.Itoa(int(ansi.Convert256(c)))
	}
	return which(ground) + ";2;" + strconv.Itoa(int(c.R)) + ";" + strconv.Itoa(int(c.G)) + ";" + strconv.Itoa(int(c.B))
}
