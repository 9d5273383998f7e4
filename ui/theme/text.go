package theme

import (
	"strings"
	"unicode"
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
		case invisible(r) || b.Len() == 0 && extends(r):
		case joins(r):
			b.WriteByte('?')
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
	case r < ' ', r >= 0x7f && r < 0xa0, r == utf8.RuneError, r == 0x2028, r == 0x2029:
		return true
	case r >= 0xfe00 && r <= 0xfe0f, r >= 0xe0000 && r <= 0xe0fff:
		return true
	}
	return unicode.Is(unicode.Cf, r)
}

// extends are runes that change the one before them. At the beginning of a text they would change
// whatever is drawn to its left.
func extends(r rune) bool {
	return unicode.IsMark(r) || r == 0xff9e || r == 0xff9f || r >= 0x1f3fb && r <= 0x1f3ff
}

// joins are letters that grow together with their neighbours, so that the width of two texts is not
// the sum of both: conjoining Hangul, flags, and the few signs that belong to what follows them.
func joins(r rune) bool {
	switch {
	case r >= 0x1100 && r <= 0x11ff, r >= 0xa960 && r <= 0xa97f, r >= 0xd7b0 && r <= 0xd7ff:
		return true
	case r >= 0x1f1e6 && r <= 0x1f1ff, r == 0x0d4e, r >= 0x11000 && r <= 0x11fff:
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
