package run

import (
	"fmt"
	"io"
	"unicode/utf8"
)

// clean passes text on as what may be shown on any terminal: escape sequences are dropped, other
// control characters made visible, carriage returns made new lines, and what is no UTF-8 marked.
// It keeps its place between writes, so a sequence or a character that is cut by a read is whole
// again. Close passes on what was held back.
type clean struct {
	to    io.Writer
	state cleanState
	seen  int    // bytes of the sequence that is being dropped
	part  []byte // the beginning of a character
	out   []byte
}

type cleanState int

const (
	plainText cleanState = iota
	afterReturn
	afterEscape
	inControl    // CSI: until a byte from @ to ~
	inString     // OSC, DCS, APC, PM, SOS: until BEL or ST
	stringEscape // an escape inside a string: ST or a new sequence
)

// longestSequence bounds what is dropped as one sequence: an unterminated one must not hide the
// rest of the output.
const longestSequence = 4096

func newClean(to io.Writer) *clean { return &clean{to: to} }

func (c *clean) Write(p []byte) (int, error) {
	n := len(p)
	if len(c.part) > 0 {
		p = append(c.part, p...)
		c.part = nil
	}
	c.out = c.out[:0]
	for len(p) > 0 {
		if n := c.ordinary(p); n > 0 {
			c.out = append(c.out, p[:n]...)
			p = p[n:]
			continue
		}
		if !utf8.FullRune(p) {
			c.part = append([]byte(nil), p...)
			break
		}
		r, size := utf8.DecodeRune(p)
		c.rune(r, size == 1 && r == utf8.RuneError)
		p = p[size:]
	}
	_, err := c.to.Write(c.out)
	return n, err
}

// ordinary is how many bytes at the beginning are text as it may be shown. Nearly all output is nothing
// else, and floods are not to be held up.
func (c *clean) ordinary(p []byte) int {
	if c.state != plainText {
		return 0
	}
	for i, b := range p {
		if (b < ' ' || b > '~') && b != '\n' && b != '\t' {
			return i
		}
	}
	return len(p)
}

// Close writes the rest of a character that never came, and a return at the very end.
func (c *clean) Close() error {
	c.out = c.out[:0]
	if c.state == afterReturn {
		c.out = append(c.out, '\n')
	}
	for range c.part {
		c.out = utf8.AppendRune(c.out, utf8.RuneError)
	}
	c.part, c.state = nil, plainText
	_, err := c.to.Write(c.out)
	return err
}

func (c *clean) rune(r rune, invalid bool) {
	switch c.state {
	case plainText:
		c.text(r)
	case afterReturn:
		c.state = plainText
		if r != '\n' {
			c.out = append(c.out, '\n')
		}
		c.text(r)
	default:
		c.sequence(r, invalid)
	}
}

// sequence drops a character of an escape sequence and looks for its end.
func (c *clean) sequence(r rune, invalid bool) {
	c.seen++
	switch {
	case c.seen > longestSequence, invalid && c.state != inString:
		c.state = plainText
		c.text(r)
	case c.state == afterEscape:
		c.introduce(r)
	case c.state == inControl && r >= '@' && r <= '~':
		c.state = plainText
	case c.state == inControl && (r < ' ' || r > '~'):
		c.state = plainText
		c.text(r)
	case c.state == inString && (r == '\a' || r == 0x9c):
		c.state = plainText
	case c.state == inString && r == 0x1b:
		c.state = stringEscape
	case c.state == stringEscape && r == '\\':
		c.state = plainText
	case c.state == stringEscape:
		c.introduce(r)
	}
}

// introduce reads the character after an escape.
func (c *clean) introduce(r rune) {
	switch {
	case r == '[':
		c.state = inControl
	case r == ']' || r == 'P' || r == '_' || r == '^' || r == 'X':
		c.state = inString
	case r >= ' ' && r <= '/':
		// An intermediate: the final character is still to come.
		c.state = afterEscape
	case r < ' ' || r > '~':
		c.state = plainText
		c.text(r)
	default:
		c.state = plainText
	}
}

func (c *clean) text(r rune) {
	switch {
	case r == '\n' || r == '\t':
		c.out = append(c.out, byte(r))
	case r == '\r':
		c.state = afterReturn
	case r == 0x1b:
		c.state, c.seen = afterEscape, 0
	case r == 0x9b:
		c.state, c.seen = inControl, 0
	case r == 0x90 || r == 0x98 || r == 0x9d || r == 0x9e || r == 0x9f:
		c.state, c.seen = inString, 0
	case r < ' ':
		c.out = utf8.AppendRune(c.out, 0x2400+r) // the pictures of control characters
	case r == 0x7f:
		c.out = utf8.AppendRune(c.out, 0x2421)
	case deceptive(r):
		c.out = fmt.Appendf(c.out, "‹U+%04X›", r)
	default:
		c.out = utf8.AppendRune(c.out, r)
	}
}

// deceptive says whether a character is not seen, or makes others be seen in another order.
func deceptive(r rune) bool {
	switch {
	case r >= 0x80 && r < 0xa0, r == 0x061c, r >= 0x200b && r <= 0x200f, r >= 0x2028 && r <= 0x202e,
		r >= 0x2060 && r <= 0x206f, r == 0xfeff, r >= 0xe0000 && r <= 0xe0fff:
		return true
	}
	return false
}
