package runbook

import (
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// maxSlug bounds an ID, so that a heading of a thousand words does not make one.
const maxSlug = 64

// slug makes an ID of a title: letters and digits, joined by single dashes, lower-case.
func slug(title string) string {
	// A lower-case letter may be longer than its capital: room for one more than the bound.
	var buf [maxSlug + 2*utf8.UTFMax]byte
	out := buf[:0]
	dash := false
	for _, r := range title {
		if r = unicode.ToLower(r); !unicode.IsLetter(r) && !unicode.IsDigit(r) {
			dash = len(out) > 0
			continue
		}
		if len(out) >= maxSlug {
			break
		}
		if dash {
			out = append(out, '-')
			dash = false
		}
		out = utf8.AppendRune(out, r)
	}
	if len(out) == 0 {
		return "part"
	}
	return string(out)
}

// names gives out IDs that are unique in the file.
type names map[string]int

// unique is the slug itself, or the slug with a number when it is taken.
func (n names) unique(id string) string {
	if n[id] == 0 {
		n[id] = 1
		return id
	}
	for {
		n[id]++
		candidate := id + "-" + strconv.Itoa(n[id])
		if n[candidate] == 0 {
			n[candidate] = 1
			return candidate
		}
	}
}

// firstWords shortens a text to its first words, for an ID.
func firstWords(s string, n int) string {
	words := make([]string, 0, 8)
	for w := range strings.FieldsSeq(s) {
		if words = append(words, w); len(words) == n {
			break
		}
	}
	return strings.Join(words, " ")
}
