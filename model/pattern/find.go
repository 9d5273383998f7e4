package pattern

import "strings"

// maxWindow bounds what regexp is given at once: a longer line is left to it whole.
const maxWindow = 8 << 10

// window is the part of s, from an offset on, in which regexp finds the leftmost place that fits, as
// if it had read all of s. It is not decided where only the whole text can say.
func (a *automaton) window(s string, from int) (lo, hi int, found, decided bool) {
	st, at := a.starts[contextAt(s, from)], from
	lo = from
	for {
		next, n := a.next(st, s, at)
		if next == nil {
			return 0, 0, false, false
		}
		if next.final {
			found = next == a.accept
			break
		}
		if at += n; n == 0 {
			break
		}
		if st = next; st.idle {
			lo = at
		}
	}
	if !found {
		return 0, 0, false, true
	}
	// Inside a word the character before the window would be missed.
	for lo > from && wordAt(s, lo-1) && at-lo < maxWindow {
		lo--
	}
	if lo > 0 && wordAt(s, lo-1) {
		return 0, 0, false, false
	}
	hi = len(s)
	if a.oneLine {
		if end := strings.IndexByte(s[at:min(hi, at+maxWindow)], '\n'); end >= 0 {
			hi = at + end + 1
		}
	}
	return lo, hi, true, hi-lo <= 2*maxWindow
}

func contextAt(s string, at int) context {
	switch {
	case at == 0:
		return atStart
	case s[at-1] == '\n':
		return afterLine
	case wordAt(s, at-1):
		return afterWord
	}
	return afterOther
}

func wordAt(s string, at int) bool {
	c := s[at]
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '_'
}

// find lists the first n places that fit and those of their groups, all when n is negative.
func (p *Pattern) find(s string, n int) [][]int {
	if !p.MatchString(s) { // by far the most
		return nil
	}
	a := p.decider()
	if a == nil || a.fixed || a.empty {
		return p.compiled().FindAllStringSubmatchIndex(s, n)
	}
	var all [][]int
	for from := 0; n < 0 || len(all) < n; {
		lo, hi, found, decided := a.window(s, from)
		if !decided {
			return p.compiled().FindAllStringSubmatchIndex(s, n)
		}
		if !found {
			break
		}
		place := p.compiled().FindStringSubmatchIndex(s[lo:hi])
		for i := range place {
			if place[i] >= 0 {
				place[i] += lo
			}
		}
		all = append(all, place)
		from = place[1]
	}
	return all
}
