package pattern

import (
	"encoding/binary"
	"regexp/syntax"
	"slices"
	"sync"
	"sync/atomic"
	"unicode/utf8"
)

// maxStates bounds the memory of an automaton; an expression that needs more on some text is left
// to package regexp there.
const maxStates = 600

// automaton decides whether an expression fits somewhere in a text. Its states are built when a
// text first needs them, and stay.
type automaton struct {
	prog    *syntax.Prog
	classes *classes
	sets    []int32   // by instruction: the set of characters that it accepts, -1 for none
	starts  [4]*state // by what stands before the text
	fixed   bool      // some place fits only where a line or the text begins, or only where the text ends
	empty   bool      // the empty text may fit
	oneLine bool      // what fits holds no line end
	accept  *state
	fail    *state

	mu     sync.Mutex
	states map[string]*state
	work   []uint32
	seen   []bool
}

// state is a set of places in the expression, and what stands before the next character.
type state struct {
	next   []atomic.Pointer[state] // by class, of ASCII and of the end
	beyond atomic.Pointer[wideStates]
	places []uint32 // instructions that take a character, look around, or match
	before context
	final  bool // accept or fail
	idle   bool // no character so far can be part of what fits
}

// wideStates follow a state on the classes beyond ASCII. Most states never meet one.
type wideStates [maxWideClasses]atomic.Pointer[state]

// on is where the state that follows on a class is kept; nil where nothing is yet.
func (st *state) on(class int) *atomic.Pointer[state] {
	if class < len(st.next) {
		return &st.next[class]
	}
	if wide := st.beyond.Load(); wide != nil {
		return &wide[class-len(st.next)]
	}
	return nil
}

// context is what the looks around a place need to know of the character before it.
type context uint8

const (
	afterOther context = iota
	afterWord
	afterLine
	atStart
)

// newAutomaton compiles an expression; nil is one that is left to package regexp.
func newAutomaton(expr string) *automaton {
	tree, err := syntax.Parse(expr, syntax.Perl)
	if err != nil {
		panic("pattern: " + err.Error())
	}
	prog, err := syntax.Compile(tree.Simplify())
	if err != nil {
		panic("pattern: " + err.Error())
	}
	a := &automaton{prog: prog, sets: make([]int32, len(prog.Inst)), states: map[string]*state{}, seen: make([]bool, len(prog.Inst))}
	a.classes = newClasses(a.collect())
	if len(a.classes.wide) > maxWideSets {
		return nil
	}
	a.accept, a.fail = &state{final: true}, &state{final: true}
	for before := range a.starts {
		clear(a.seen)
		a.work = a.spread(a.work[:0], uint32(prog.Start))
		a.starts[before] = a.intern(context(before), true)
	}
	a.survey()
	return a
}

// survey finds what is true of the whole program.
func (a *automaton) survey() {
	a.oneLine = true
	for i := range a.prog.Inst {
		if set := a.sets[i]; set >= 0 && a.classes.sets[set].has('\n') {
			a.oneLine = false
		}
		if in := &a.prog.Inst[i]; in.Op == syntax.InstEmptyWidth &&
			syntax.EmptyOp(in.Arg)&(syntax.EmptyBeginText|syntax.EmptyBeginLine|syntax.EmptyEndText) != 0 {
			a.fixed = true
		}
	}
	clear(a.seen)
	reached := a.spread(nil, uint32(a.prog.Start))
	for i := 0; i < len(reached); i++ { // it grows
		switch in := &a.prog.Inst[reached[i]]; in.Op {
		case syntax.InstMatch:
			a.empty = true
		case syntax.InstEmptyWidth:
			reached = a.spread(reached, in.Out)
		}
	}
}

// collect lists the sets of characters of the program, each once.
func (a *automaton) collect() []runes {
	var sets []runes
	index := map[string]int32{}
	for i := range a.prog.Inst {
		in := &a.prog.Inst[i]
		a.sets[i] = -1
		switch in.Op {
		case syntax.InstRune, syntax.InstRune1, syntax.InstRuneAny, syntax.InstRuneAnyNotNL:
			set := runesOf(in)
			k := string(set)
			at, have := index[k]
			if !have {
				at = int32(len(sets))
				index[k] = at
				sets = append(sets, set)
			}
			a.sets[i] = at
		}
	}
	return sets
}

// match says whether the expression fits somewhere in s. It is not decided where the automaton
// would become too large.
func (a *automaton) match(s string) (matched, decided bool) {
	if a == nil {
		return false, false
	}
	st := a.starts[atStart]
	if st.final { // the empty expression and its like
		return st == a.accept, true
	}
	for i := 0; i < len(s); {
		var next *state
		n := 1
		if c := s[i]; c < utf8.RuneSelf { // as next does: nearly all of the time goes by here
			next = st.next[a.classes.ascii[c]].Load()
		}
		if next == nil {
			if next, n = a.next(st, s, i); next == nil {
				return false, false
			}
		}
		if next.final {
			return next == a.accept, true
		}
		st = next
		i += n
	}
	next, _ := a.next(st, s, len(s))
	return next == a.accept, next != nil
}

// next is the state after the character at an offset, or after the end of the text, and the
// character's length. It is nil where the automaton would become too large.
func (a *automaton) next(st *state, s string, at int) (next *state, n int) {
	class := a.classes.end()
	switch {
	case at == len(s):
	case s[at] < utf8.RuneSelf:
		class, n = int(a.classes.ascii[s[at]]), 1
	default:
		r, size := utf8.DecodeRuneInString(s[at:])
		if class, n = a.classes.beyond(r), size; class < 0 {
			return nil, 0
		}
	}
	if place := st.on(class); place != nil {
		next = place.Load()
	}
	if next == nil {
		next = a.step(st, class)
	}
	return next, n
}

// step builds the state that follows a state on a class; nil when there are too many.
func (a *automaton) step(from *state, class int) *state {
	a.mu.Lock()
	defer a.mu.Unlock()
	place := from.on(class)
	if place == nil {
		from.beyond.Store(&wideStates{})
		place = from.on(class)
	}
	if next := place.Load(); next != nil {
		return next
	}
	next := a.follow(from, class)
	if next != nil {
		place.Store(next)
	}
	return next
}

func (a *automaton) follow(from *state, class int) *state {
	before, flags := a.look(from.before, class)
	here := slices.Clone(from.places)
	clear(a.seen)
	for _, pc := range here {
		a.seen[pc] = true
	}
	for i := 0; i < len(here); i++ { // it grows
		switch in := &a.prog.Inst[here[i]]; {
		case in.Op == syntax.InstMatch:
			return a.accept
		case in.Op == syntax.InstEmptyWidth && syntax.EmptyOp(in.Arg)&^flags == 0:
			here = a.spread(here, in.Out)
		}
	}
	if class == a.classes.end() {
		return a.fail
	}
	a.work = a.work[:0]
	clear(a.seen)
	for _, pc := range here {
		if set := a.sets[pc]; set >= 0 && a.classes.holds(int(set), class) {
			a.work = a.spread(a.work, a.prog.Inst[pc].Out)
		}
	}
	idle := len(a.work) == 0
	a.work = a.spread(a.work, uint32(a.prog.Start))
	return a.intern(before, idle)
}

// look gives what stands before the place after a class, and what is true of the place before it.
func (a *automaton) look(before context, class int) (after context, flags syntax.EmptyOp) {
	word := false
	switch c := a.classes; {
	case class == c.end():
		flags |= syntax.EmptyEndText | syntax.EmptyEndLine
	case class < c.end():
		r := rune(c.sample[class])
		word = syntax.IsWordChar(r)
		if r == '\n' {
			flags |= syntax.EmptyEndLine
			after = afterLine
		}
	}
	if word {
		after = afterWord
	}
	switch before {
	case atStart:
		flags |= syntax.EmptyBeginText | syntax.EmptyBeginLine
	case afterLine:
		flags |= syntax.EmptyBeginLine
	}
	if word != (before == afterWord) {
		flags |= syntax.EmptyWordBoundary
	} else {
		flags |= syntax.EmptyNoWordBoundary
	}
	return after, flags
}

// spread adds to a list the places that an instruction leads to without a look or a character.
func (a *automaton) spread(list []uint32, pc uint32) []uint32 {
	if a.seen[pc] {
		return list
	}
	a.seen[pc] = true
	in := &a.prog.Inst[pc]
	switch in.Op {
	case syntax.InstAlt, syntax.InstAltMatch:
		return a.spread(a.spread(list, in.Out), in.Arg)
	case syntax.InstCapture, syntax.InstNop:
		return a.spread(list, in.Out)
	case syntax.InstFail:
		return list
	}
	return append(list, pc)
}

// intern is the state of the places in work.
func (a *automaton) intern(before context, idle bool) *state {
	if before != atStart { // what fits only where the text begins will not fit any more
		a.work = slices.DeleteFunc(a.work, func(pc uint32) bool {
			in := &a.prog.Inst[pc]
			return in.Op == syntax.InstEmptyWidth && syntax.EmptyOp(in.Arg)&syntax.EmptyBeginText != 0
		})
	}
	if len(a.work) == 0 {
		return a.fail
	}
	looks := false
	for _, pc := range a.work {
		switch a.prog.Inst[pc].Op {
		case syntax.InstMatch:
			return a.accept
		case syntax.InstEmptyWidth:
			looks = true
		}
	}
	if !looks {
		before = afterOther
	}
	slices.Sort(a.work)
	key := make([]byte, 0, 4*len(a.work)+1)
	for _, pc := range a.work {
		key = binary.LittleEndian.AppendUint32(key, pc)
	}
	key = append(key, byte(before))
	if idle {
		key = append(key, 1)
	}
	if s, have := a.states[string(key)]; have {
		return s
	}
	if len(a.states) >= maxStates {
		return nil
	}
	s := &state{next: make([]atomic.Pointer[state], a.classes.end()+1), places: slices.Clone(a.work), before: before, idle: idle}
	a.states[string(key)] = s
	return s
}
