package logs

import (
	"slices"
	"strings"
)

const (
	maxSignatures = 200
	maxSignature  = 200 // bytes
)

// notable are words of a line that is worth keeping. A line at the level of information is not,
// whatever it says about errors that there were none of.
var (
	notable = []string{
		"error", "exception", "fatal", "fail", "panic", "timeout", "timed out", "refused", "denied", "rejected", "unhandled",
		"out of memory", "econnreset", "enospc", "emfile", "eaddrinuse", "too many", "rate limit", "critical", "abort", "killed",
		`"s":"e"`, `"s":"f"`, `"s":"w"`,
	}
	ordinary = []string{`"level":"info"`, `"level":"debug"`, `"level":30`, `"s":"i"`, `"s":"d`, `"error":null`, `"error":false`, `"error":""`, `"errors":0`, `"failed":false`, "[notice]", "[info]"}
	// limiting are the words beside a 429, or in place of one, with which an upstream refuses.
	limiting = []string{"rate limit", "rate-limit", "ratelimit", "too many requests"}
)

// matcher knows what a line shows: signatures, a refusal by the upstream API, something notable.
type matcher struct {
	words    []string
	find     *automaton
	found    set
	sigs     [][]uint16 // the words that each signature needs
	notable  []uint16
	ordinary []uint16
	limiting []uint16
	upstream []uint16
	refused  uint16 // 429
}

// newMatcher builds one. The upstreams are names of the API whose refusals are counted.
func newMatcher(signatures, upstreams []string) *matcher {
	m := &matcher{}
	for _, s := range signatures {
		var need []uint16
		for _, w := range parts(s) {
			need = append(need, m.word(w))
		}
		m.sigs = append(m.sigs, need)
	}
	group := func(words []string) (is []uint16) {
		for _, w := range words {
			if w = fold(w); w != "" {
				is = append(is, m.word(w))
			}
		}
		return is
	}
	m.notable, m.ordinary, m.limiting, m.upstream = group(notable), group(ordinary), group(limiting), group(upstreams)
	m.refused = m.word("429")
	m.find = newAutomaton(m.words)
	m.found = newSet(len(m.words))
	return m
}

func (m *matcher) word(w string) uint16 {
	if i := slices.Index(m.words, w); i >= 0 {
		return uint16(i)
	}
	m.words = append(m.words, w)
	return uint16(len(m.words) - 1)
}

// parts are the strings that a line must hold all of to show a signature. One of two words, and one
// that names an HTTP status ("429 DeepSeek"), may have its words anywhere in the line: drivers write
// "connection 5 to … timeout" for a connection timeout. A longer one is a phrase: "No products
// found" in any order would be in half the lines of a shop.
func parts(signature string) []string {
	words := strings.Fields(fold(signature))
	if len(words) == 2 || len(words) > 2 && slices.ContainsFunc(words, status) {
		if long := slices.DeleteFunc(slices.Clone(words), func(w string) bool { return len(w) < 2 }); len(long) > 0 {
			return long
		}
	}
	if len(words) == 0 {
		return nil
	}
	return []string{strings.Join(words, " ")}
}

// status says whether a word is an HTTP status of a failure.
func status(w string) bool {
	return len(w) == 3 && number(w) && (w[0] == '4' || w[0] == '5')
}

func fold(s string) string {
	return strings.ToLower(strings.Trim(strings.TrimSpace(s), `"'“”`))
}

// seen is what one line shows.
type seen struct {
	sigs    []int // good until the next line
	refusal bool
	notable bool
}

// line looks at a line; into is reused for the signatures.
func (m *matcher) line(line []byte, into []int) (s seen) {
	s.sigs = into[:0]
	if !m.find.find(line, m.found) {
		return s
	}
	for i, need := range m.sigs {
		if len(need) > 0 && m.all(need) {
			s.sigs = append(s.sigs, i)
		}
	}
	limiting := m.any(m.limiting)
	s.refusal = m.found.has(m.refused) && (limiting || m.any(m.upstream)) || limiting && m.any(m.upstream)
	s.notable = len(s.sigs) > 0 || s.refusal || m.any(m.notable) && !m.any(m.ordinary)
	m.found.clear()
	return s
}

func (m *matcher) all(words []uint16) bool {
	for _, w := range words {
		if !m.found.has(w) {
			return false
		}
	}
	return true
}

func (m *matcher) any(words []uint16) bool { return slices.ContainsFunc(words, m.found.has) }
