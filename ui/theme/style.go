package theme

import (
	"slices"
	"strconv"
	"strings"

	"github.com/charmbracelet/colorprofile"
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

// fill is a filled block in bold: foreground and background for dark, the background under white for
// light, the parameters on 16 colours, and reverse when there are none.
func (p palette) fill(fg, bg, bgLight, ansi16 string) Style {
	return p.style(ink{
		fg:   token{dark: fg, light: "#ffffff", ansi: ansi16, ansiLight: ansi16, none: "7"},
		bg:   token{dark: bg, light: bgLight},
		attr: "1",
	})
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
	r, g, b := int(n>>16&0xff), int(n>>8&0xff), int(n&0xff)
	which := "38"
	if ground {
		which = "48"
	}
	if p.Profile == colorprofile.ANSI256 {
		return which + ";5;" + strconv.Itoa(nearest(r, g, b))
	}
	return which + ";2;" + strconv.Itoa(r) + ";" + strconv.Itoa(g) + ";" + strconv.Itoa(b)
}

// nearest is the colour of xterm's 256 that comes closest: of the cube of 6×6×6, or of the greys,
// which are much denser where grounds and muted texts lie.
func nearest(r, g, b int) int {
	steps := [6]int{0, 0x5f, 0x87, 0xaf, 0xd7, 0xff}
	cube := func(v int) (i int) {
		for j, s := range steps {
			if abs(s-v) < abs(steps[i]-v) {
				i = j
			}
		}
		return i
	}
	ri, gi, bi := cube(r), cube(g), cube(b)
	grey := max(0, min(23, ((r+g+b)/3-8+5)/10))
	v := 8 + 10*grey
	if far(r, g, b, v, v, v) < far(r, g, b, steps[ri], steps[gi], steps[bi]) {
		return 232 + grey
	}
	return 16 + 36*ri + 6*gi + bi
}

func far(r, g, b, x, y, z int) int { return (r-x)*(r-x) + (g-y)*(g-y) + (b-z)*(b-z) }

func abs(n int) int { return max(n, -n) }
