package theme

import (
	"strings"
	"unicode/utf8"

	"github.com/charmbracelet/x/ansi"
)

// Clean makes a text fit to be drawn in this style: no escape sequences, no control or direction
// bytes, tabs as spaces, no selectors that terminals measure differently, and ASCII where the
// terminal has nothing else.
func (s Style) Clean(text string) string {
	if printable(text) {
		return text
	}
	if strings.ContainsAny(text, "\x1b\u009b\u009d\u0090") {
		text = ansi.Strip(text)
	}
	var b strings.Builder
	b.Grow(len(text))
	for _, r := range text {
		switch {
		case r == '\t' || r == '\n' || r == '\r':
			b.WriteByte(' ')
		case invisible(r):
		case r < utf8.RuneSelf || !s.ascii:
			b.WriteRune(r)
		default:
			b.WriteString(inASCII(r))
		}
	}
	return b.String()
}

// Width is the number of columns that a clean text takes.
func Width(text string) int {
	if printable(text) {
		return len(text)
	}
	return ansi.StringWidth(text)
}

// printable says that a text is ASCII that needs no care; most text is.
func printable(text string) bool {
	for i := range len(text) {
		if c := text[i]; c < ' ' || c > '~' {
			return false
		}
	}
	return true
}

// invisible are runes that a terminal obeys, or that make the widths of two libraries differ.
func invisible(r rune) bool {
	switch {
	case r < ' ', r >= 0x7f && r < 0xa0, r == utf8.RuneError:
		return true
	case r >= 0x200b && r <= 0x200f, r >= 0x202a && r <= 0x202e, r >= 0x2060 && r <= 0x2069:
		return true
	case r >= 0xfe00 && r <= 0xfe0f, r == 0xfeff, r >= 0xe0000 && r <= 0xe01ef:
		return true
	}
	return false
}

var ascii = map[rune]string{
	'●': "*", '○': "o", '▲': "!", '✓': "x", '▸': ">", '░': "%", '┄': ".", '┆': ":", '─': "-", '│': "|",
	'┌': "+", '┐': "+", '└': "+", '┘': "+", '→': "->", '←': "<-", '↑': "^", '↓': "v", '…': "~", '·': "-",
	'–': "-", '—': "-", '≥': ">=", '≤': "<=", '±': "+-", '×': "x", '█': "#", '▌': "_", '‹': "<", '›': ">",
	'“': `"`, '”': `"`, '„': `"`, '‘': "'", '’': "'", '\u00a0': " ", '¹': "1", '²': "2", '³': "3", '⚠': "!",
	'▁': "_", '▂': "_", '▃': ".", '▄': "-", '▅': "-", '▆': "=", '▇': "=",
}

// inASCII is what stands for a rune where only ASCII can be drawn.
func inASCII(r rune) string {
	if s, ok := ascii[r]; ok {
		return s
	}
	if r > 0x2800 && r <= 0x28ff {
		return "*"
	}
	return "?"
}
