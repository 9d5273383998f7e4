package report

import (
	"strings"

	"calm/model/runbook"
)

// Unclear lists the fields of a template of which calm knows neither what fills them nor that only a
// person can, in order.
func Unclear(t runbook.Template) []string {
	var unclear []string
	w := writer{fields: t.Fields}
	for line := range strings.SplitSeq(strings.ReplaceAll(t.Body, "\r\n", "\n"), "\n") {
		w.enter(line)
		for _, s := range find(line, w.fields) {
			if !meant(w.place(line, s)) {
				unclear = append(unclear, line[s.from:s.to])
			}
		}
	}
	return unclear
}

// meant says whether a field is of some kind that calm knows.
func meant(p place) bool {
	for _, m := range meanings {
		if m.words.MatchString(m.in(p)) && (m.only == nil || m.only(p)) {
			return true
		}
	}
	return false
}
