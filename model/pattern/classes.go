package pattern

import (
	"regexp/syntax"
	"slices"
	"sync"
	"sync/atomic"
	"unicode"
	"unicode/utf8"
)

// runes is a set of characters as pairs of first and last.
type runes []rune

func (set runes) has(r rune) bool {
	for i := 0; i < len(set) && r >= set[i]; i += 2 {
		if r <= set[i+1] {
			return true
		}
	}
	return false
}

// runesOf is the set of characters that an instruction accepts.
func runesOf(in *syntax.Inst) runes {
	switch in.Op {
	case syntax.InstRuneAny:
		return runes{0, unicode.MaxRune}
	case syntax.InstRuneAnyNotNL:
		return runes{0, '\n' - 1, '\n' + 1, unicode.MaxRune}
	}
	if len(in.Rune) != 1 {
		return in.Rune
	}
	orbit := []rune{in.Rune[0]}
	if in.Op == syntax.InstRune && syntax.Flags(in.Arg)&syntax.FoldCase != 0 {
		for r := unicode.SimpleFold(in.Rune[0]); r != in.Rune[0]; r = unicode.SimpleFold(r) {
			orbit = append(orbit, r)
		}
		slices.Sort(orbit)
	}
	set := make(runes, 0, 2*len(orbit))
	for _, r := range orbit {
		set = append(set, r, r)
	}
	return set
}

const (
	maxWideSets    = 64 // sets with characters beyond ASCII: a bit each
	maxWideClasses = 24
)

// classes divides all characters into those that the expression can't tell apart. The ones of ASCII
// are known from the start; the others are told apart as they come.
type classes struct {
	ascii  [utf8.RuneSelf]uint8
	sample []byte // a character of each class of ASCII
	sets   []runes
	wide   []int // of sets, those with characters beyond ASCII

	mu     sync.Mutex
	masks  [maxWideClasses]uint64 // which of the wide sets hold the characters of the class
	filled atomic.Int32           // of masks
}

// newClasses tells characters apart by the sets, by being part of a word, and by being a line end.
func newClasses(sets []runes) *classes {
	c := &classes{sets: sets}
	count := uint8(1)
	split := func(set runes) {
		var renamed [utf8.RuneSelf + 1]uint8
		for i := 0; i < len(set) && set[i] < utf8.RuneSelf; i += 2 {
			for r := set[i]; r <= min(set[i+1], utf8.RuneSelf-1); r++ {
				old := c.ascii[r]
				if renamed[old] == 0 {
					renamed[old] = count
					count++
				}
				c.ascii[r] = renamed[old]
			}
		}
		c.compact(&count)
	}
	split(runes{'0', '9', 'A', 'Z', '_', '_', 'a', 'z'})
	split(runes{'\n', '\n'})
	for i, set := range sets {
		split(set)
		if len(set) > 0 && set[len(set)-1] >= utf8.RuneSelf {
			c.wide = append(c.wide, i)
		}
	}
	c.sample = make([]byte, count)
	for r, class := range c.ascii {
		c.sample[class] = byte(r)
	}
	return c
}

// compact numbers the classes anew, without those that have lost all their characters.
func (c *classes) compact(count *uint8) {
	var renamed [2*utf8.RuneSelf + 1]uint8
	n := uint8(0)
	for r, class := range c.ascii {
		if renamed[class] == 0 {
			n++
			renamed[class] = n
		}
		c.ascii[r] = renamed[class] - 1
	}
	*count = n
}

// end is the class of the end of the text; those of characters beyond ASCII follow it.
func (c *classes) end() int { return len(c.sample) }

// beyond is the class of a character beyond ASCII; it is negative when there are too many.
func (c *classes) beyond(r rune) int {
	var mask uint64
	for bit, i := range c.wide {
		if c.sets[i].has(r) {
			mask |= 1 << bit
		}
	}
	for i := range int(c.filled.Load()) {
		if c.masks[i] == mask {
			return c.end() + 1 + i
		}
	}
	return c.add(mask)
}

func (c *classes) add(mask uint64) int {
	c.mu.Lock()
	defer c.mu.Unlock()
	n := int(c.filled.Load())
	for i := range n {
		if c.masks[i] == mask {
			return c.end() + 1 + i
		}
	}
	if n == maxWideClasses {
		return -1
	}
	c.masks[n] = mask
	c.filled.Store(int32(n + 1))
	return c.end() + 1 + n
}

// holds says whether a set holds the characters of a class.
func (c *classes) holds(set, class int) bool {
	if class < c.end() {
		return c.sets[set].has(rune(c.sample[class]))
	}
	if class == c.end() {
		return false
	}
	bit := slices.Index(c.wide, set)
	return bit >= 0 && c.masks[class-c.end()-1]&(1<<bit) != 0
}
