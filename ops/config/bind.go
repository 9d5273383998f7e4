package config

import (
	"cmp"
	"slices"
	"strings"
)

// Substitution is one that Bind made.
type Substitution struct {
	From  string
	To    string
	Times int
}

// Bind replaces what the runbook says by what it is on this host, and says what it did, in the
// order of the text. Where several bindings fit in one place the longest does; what was put in is
// not looked at again. A binding fits only whole names: example.com is not in www.example.com, in
// example.com.tr or in example.company.
func (c Config) Bind(text string) (out string, did []Substitution) {
	if len(c.Bindings) == 0 {
		return text, nil
	}
	var b strings.Builder
	for pos := 0; pos < len(text); {
		from := c.fits(text, pos)
		if from == "" {
			b.WriteByte(text[pos])
			pos++
			continue
		}
		b.WriteString(c.Bindings[from])
		pos += len(from)
		at := slices.IndexFunc(did, func(s Substitution) bool { return s.From == from })
		if at < 0 {
			at = len(did)
			did = append(did, Substitution{From: from, To: c.Bindings[from]})
		}
		did[at].Times++
	}
	return b.String(), did
}

// fits gives the longest binding that stands at a place in the text.
func (c Config) fits(text string, pos int) string {
	longest := ""
	for from := range c.Bindings {
		if len(from) > len(longest) && strings.HasPrefix(text[pos:], from) && whole(text, pos, pos+len(from)) {
			longest = from
		}
	}
	return longest
}

// whole says whether the text between the two places is not part of a longer name or path.
func whole(text string, from, to int) bool {
	if from > 0 && named(text[from-1]) {
		return false
	}
	if to == len(text) || !named(text[to-1]) {
		return true
	}
	if text[to] == '.' {
		return to+1 == len(text) || !named(text[to+1])
	}
	return !named(text[to])
}

// named says whether a byte is of those that names of hosts and files are made of.
func named(b byte) bool {
	return b >= 'a' && b <= 'z' || b >= 'A' && b <= 'Z' || b >= '0' && b <= '9' || strings.IndexByte("._-", b) >= 0
}

// Bound lists the bindings, the longest first.
func (c Config) Bound() []Substitution {
	var list []Substitution
	for from, to := range c.Bindings {
		list = append(list, Substitution{From: from, To: to})
	}
	slices.SortFunc(list, func(a, b Substitution) int {
		return cmp.Or(cmp.Compare(len(b.From), len(a.From)), strings.Compare(a.From, b.From))
	})
	return list
}
