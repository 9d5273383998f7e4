package runbook

import (
	"strconv"
	"strings"
	"unicode"
)

// maxSlug bounds an ID, so that a heading of a thousand words does not make one.
const maxSlug = 64

// slug makes an ID of a title: letters and digits, joined by single dashes, lower-case.
func slug(title string) string {
	var b strings.Builder
	dash := false
	for _, r := range strings.ToLower(title) {
		if !unicode.IsLetter(r) && !unicode.IsDigit(r) {
			dash = b.Len() > 0
			continue
		}
		if b.Len() >= maxSlug {
			break
		}
		if dash {
			b.WriteByte('-')
			dash = false
		}
		b.WriteRune(r)
	}
	if b.Len() == 0 {
		return "part"
	}
	return b.String()
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
	fields := strings.Fields(s)
	if len(fields) > n {
		fields = fields[:n]
	}
	return strings.Join(fields, " ")
}
