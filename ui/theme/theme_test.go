package theme_test

import (
	"math"
	"reflect"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/charmbracelet/colorprofile"
	"pgregory.net/rapid"

	"calm/ui/theme"
)

// styles are all styles of a value, by name.
func styles(s theme.Styles) map[string]theme.Style {
	out := map[string]theme.Style{}
	v := reflect.ValueOf(s)
	for i := range v.NumField() {
		if st, ok := v.Field(i).Interface().(theme.Style); ok {
			out[v.Type().Field(i).Name] = st
		}
	}
	for i, st := range s.ChipSev {
		out["ChipSev"+strconv.Itoa(i)] = st
	}
	return out
}

func TestProfilesUseOnlyWhatTheTerminalHas(t *testing.T) {
	allowed := map[colorprofile.Profile]string{
		colorprofile.NoTTY:     `^$`,
		colorprofile.ASCII:     `^(\x1b\[(1|7|1;7)m)?$`,
		colorprofile.ANSI:      `^(\x1b\[([1-9]|3[0-7]|4[0-7]|97)(;([1-9]|3[0-7]|4[0-7]|97))*m)?$`,
		colorprofile.ANSI256:   `^(\x1b\[(1;|7;|1;7;)?(1|7|[34]8;5;\d+)(;[34]8;5;\d+)?m)?$`,
		colorprofile.TrueColor: `^(\x1b\[(1;|7;|1;7;)?(1|7|[34]8;2;\d+;\d+;\d+)(;[34]8;2;\d+;\d+;\d+)?m)?$`,
	}
	for p, pattern := range allowed {
		for _, dark := range []bool{true, false} {
			for name, st := range styles(theme.New(theme.Options{Dark: dark, Profile: p})) {
				if !regexp.MustCompile(pattern).MatchString(st.Open()) {
					t.Errorf("%v, dark %v: %s is %q", p, dark, name, st.Open())
				}
			}
		}
	}
}

// Test256 sees that a colour stays what it is: a dark ground must not become blue.
func Test256(t *testing.T) {
	s := theme.New(theme.Options{Dark: true, Profile: colorprofile.ANSI256})
	for want, st := range map[string]theme.Style{
		"\x1b[48;5;236m": s.Band, "\x1b[38;5;246m": s.Muted, "\x1b[38;5;75m": s.Accent, "\x1b[38;5;209m": s.Bad, "\x1b[38;5;221m": s.Warn,
	} {
		if st.Open() != want {
			t.Errorf("got %q, want %q", st.Open(), want)
		}
	}
}

// TestWithoutColour sees that what must stand out does so by an attribute.
func TestWithoutColour(t *testing.T) {
	s := theme.New(theme.Options{Dark: true, Profile: colorprofile.ASCII})
	for name, st := range map[string]theme.Style{"critical": s.Critical, "next": s.ChipNext, "declared": s.Chip(2)} {
		if !strings.Contains(st.Open(), "7") {
			t.Errorf("%s is not reversed: %q", name, st.Open())
		}
	}
	if !strings.Contains(s.Bad.Open(), "1") {
		t.Errorf("bad is not bold: %q", s.Bad.Open())
	}
}

var rgb = regexp.MustCompile(`([34])8;2;(\d+);(\d+);(\d+)`)

// TestContrast holds text to the ratio that the screens promise, on the band and on filled blocks.
func TestContrast(t *testing.T) {
	for _, dark := range []bool{true, false} {
		s := theme.New(theme.Options{Dark: dark, Profile: colorprofile.TrueColor})
		for name, st := range styles(s) {
			if name == "Track" || name == "Band" || name == "ChipSev0" || name == "ChipSev4" {
				continue
			}
			fg, bg := colours(st.Over(s.Band))
			if fg == nil {
				continue
			}
			if got := contrast(*fg, *bg); got < 4.5 {
				t.Errorf("dark %v: %s has a contrast of %.1f", dark, name, got)
			}
		}
	}
}

// colours are the last foreground and background of a style: the ones a terminal takes.
func colours(st theme.Style) (fg, bg *[3]float64) {
	for _, m := range rgb.FindAllStringSubmatch(st.Open(), -1) {
		var c [3]float64
		for i := range c {
			n, _ := strconv.Atoi(m[i+2])
			c[i] = float64(n) / 255
		}
		if m[1] == "3" {
			fg = &c
		} else {
			bg = &c
		}
	}
	return fg, bg
}

func contrast(a, b [3]float64) float64 {
	la, lb := luminance(a), luminance(b)
	return (math.Max(la, lb) + .05) / (math.Min(la, lb) + .05)
}

func luminance(c [3]float64) float64 {
	l := func(v float64) float64 {
		if v <= .03928 {
			return v / 12.92
		}
		return math.Pow((v+.055)/1.055, 2.4)
	}
	return .2126*l(c[0]) + .7152*l(c[1]) + .0722*l(c[2])
}

func TestCleanTakesOutWhatATerminalObeys(t *testing.T) {
	plain := theme.Style{}
	for in, want := range map[string]string{
		"plain":                        "plain",
		"a\tb\nc":                      "a b c",
		"\x1b[31mred\x1b[m":            "red",
		"\x1b]52;c;cm0gLXJm\x07copied": "copied",
		"\x1b]8;;http://x\x1b\\link":   "link",
		"bell\x07 and \x00 null":       "bell and  null",
		"left\u202eright":              "leftright",
		"⚠\ufe0f careful":              "⚠ careful",
		"98\u00a0% → ≥ 5 µs":           "98\u00a0% → ≥ 5 µs",
		"broken \xff byte":             "broken  byte",
		"\u009b31mC1 introducer":       "31mC1 introducer",
	} {
		if got := plain.Clean(in); got != want {
			t.Errorf("Clean(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestASCIIDrawsOnlyASCII(t *testing.T) {
	s := theme.New(theme.Options{Dark: true, Profile: colorprofile.ASCII, ASCII: true}).Text
	if got, want := s.Clean("● ▲ ✓ ▸ ░ ┄ ─ → … ⣀ ≥ 5–10 é"), "* ! x > % . - -> ~ * >= 5-10 ?"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	rapid.Check(t, func(t *rapid.T) {
		for _, r := range s.Clean(rapid.String().Draw(t, "text")) {
			if r < ' ' || r > '~' {
				t.Fatalf("rune %q is left", r)
			}
		}
	})
}
