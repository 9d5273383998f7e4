package logs

import "math/bits"

// automaton finds many strings in a line in one pass over its bytes, whatever their case (of
// ASCII), after Aho and Corasick. Its cost does not depend on how many strings there are.
type automaton struct {
	class [256]uint8 // of bytes; all that occur in no string share class 0
	shift int        // a state's row in next has 1<<shift places
	next  []uint32   // state<<shift | class to state<<shift, with ends added where strings end
	hits  [][]uint16 // strings that end at a state, by state
	size  []int      // of the strings
	whole []bool     // the string is a number: it must not be part of a longer one
}

// ends marks a state at which a string ends, so that the loop over bytes need not look it up.
const ends = 1 << 31

// newAutomaton builds one for strings in lower case, none of them empty.
func newAutomaton(words []string) *automaton {
	a := &automaton{}
	classes := 1
	for _, w := range words {
		a.size = append(a.size, len(w))
		a.whole = append(a.whole, number(w))
		for i := range len(w) {
			if a.class[w[i]] == 0 {
				a.class[w[i]] = uint8(classes)
				classes++
			}
		}
	}
	for c := 'A'; c <= 'Z'; c++ {
		a.class[c] = a.class[c-'A'+'a']
	}
	a.shift = bits.Len(uint(classes - 1))
	a.tree(words)
	a.link()
	return a
}

// tree makes the states: one for each beginning of a string. 0 in next stands for "no such state".
func (a *automaton) tree(words []string) {
	a.next = make([]uint32, 1<<a.shift)
	a.hits = [][]uint16{nil}
	for i, w := range words {
		state := uint32(0)
		for j := range len(w) {
			at := state + uint32(a.class[w[j]])
			if a.next[at] == 0 {
				a.next[at] = uint32(len(a.next))
				a.next = append(a.next, make([]uint32, 1<<a.shift)...)
				a.hits = append(a.hits, nil)
			}
			state = a.next[at]
		}
		a.hits[state>>a.shift] = append(a.hits[state>>a.shift], uint16(i))
	}
}

// link fills in, breadth first, where a state goes on with a byte that continues no string: to
// where the longest end of what was read, that is also a beginning, goes.
func (a *automaton) link() {
	fail := make([]uint32, len(a.hits))
	var queue []uint32
	for _, to := range a.next[:1<<a.shift] {
		if to != 0 {
			queue = append(queue, to)
		}
	}
	for len(queue) > 0 {
		state := queue[0]
		queue = queue[1:]
		back := fail[state>>a.shift]
		a.hits[state>>a.shift] = append(a.hits[state>>a.shift], a.hits[back>>a.shift]...)
		for c := range uint32(1) << a.shift {
			to := a.next[state+c]
			if to == 0 {
				a.next[state+c] = a.next[back+c]
				continue
			}
			fail[to>>a.shift] = a.next[back+c]
			queue = append(queue, to)
		}
	}
	for i, to := range a.next {
		if len(a.hits[to>>a.shift]) > 0 {
			a.next[i] |= ends
		}
	}
}

// find marks in found the strings that the line holds. It reports whether there are any.
func (a *automaton) find(line []byte, found set) (any bool) {
	state := uint32(0)
	next := a.next
	for i, c := range line {
		state = next[state+uint32(a.class[c])]
		if state&ends == 0 {
			continue
		}
		state &^= ends
		for _, w := range a.hits[state>>a.shift] {
			if a.whole[w] && !alone(line, i+1-a.size[w], i+1) {
				continue
			}
			found.add(w)
			any = true
		}
	}
	return any
}

// alone says whether the number in line[from:to] has no digit beside it.
func alone(line []byte, from, to int) bool {
	return (from == 0 || !digit(line[from-1])) && (to == len(line) || !digit(line[to]))
}

func digit(c byte) bool { return c >= '0' && c <= '9' }

func number(s string) bool {
	for i := range len(s) {
		if !digit(s[i]) {
			return false
		}
	}
	return true
}

// set is a set of strings of an automaton, by number.
type set []uint64

func newSet(n int) set { return make(set, (n+63)/64) }

func (s set) add(i uint16)      { s[i/64] |= 1 << (i % 64) }
func (s set) has(i uint16) bool { return s[i/64]&(1<<(i%64)) != 0 }
func (s set) clear()            { clear(s) }
