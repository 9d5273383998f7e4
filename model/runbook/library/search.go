package library

import (
	"cmp"
	"slices"
	"strings"
	"unicode"
)

// How much a word of the search counts by the place where it is found. An alert's exact name goes
// before anything that a title can say.
const (
	exactAlert  = 1000
	alertBegins = 100
	alertHas    = 70
	titleWord   = 50
	titleHas    = 35
	inHeading   = 15
	inSignature = 12
	inPath      = 10
	inSummary   = 5
)

// Search gives the entries in which every word occurs, best first, as places in Entries. No words at
// all give every entry in its order.
func (x Index) Search(words string) []int {
	asked := strings.Fields(strings.ToLower(words))
	type hit struct{ at, score int }
	var hits []hit
	for i, e := range x.Entries {
		if score, ok := e.score(asked, letters(words)); ok {
			hits = append(hits, hit{i, score})
		}
	}
	slices.SortStableFunc(hits, func(a, b hit) int { return b.score - a.score })
	out := make([]int, len(hits))
	for i, h := range hits {
		out[i] = h.at
	}
	return out
}

// Alert gives the entries that are for an alert: those that name it, else those whose title or file
// name says the same in words ("High Error Rate" for HighErrorRate).
func (x Index) Alert(name string) []Entry {
	var exact, spelled []Entry
	want := letters(name)
	for _, e := range x.Entries {
		switch {
		case want == "" || e.Error != nil:
		case slices.ContainsFunc(e.Alerts, func(a string) bool { return letters(a) == want }):
			exact = append(exact, e)
		case letters(e.Title) == want, letters(afterColon(e.Title)) == want, letters(stem(e.Path)) == want:
			spelled = append(spelled, e)
		}
	}
	if len(exact) > 0 {
		return exact
	}
	return spelled
}

// Sort puts entries into the order of the index: by title, those that can't be opened last.
func Sort(entries []Entry) {
	slices.SortStableFunc(entries, func(a, b Entry) int {
		if (a.Error == nil) != (b.Error == nil) {
			if a.Error == nil {
				return -1
			}
			return 1
		}
		return cmp.Or(strings.Compare(titleKey(a.Title), titleKey(b.Title)), strings.Compare(a.Path, b.Path))
	})
}

// titleKey leaves out what a title begins with and is not read: an emoji, a star.
func titleKey(title string) string {
	return strings.ToLower(strings.TrimLeftFunc(title, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) }))
}

// score is how well an entry fits; ok is false when a word is nowhere in it.
func (e Entry) score(words []string, whole string) (total int, ok bool) {
	if whole != "" && slices.ContainsFunc(e.Alerts, func(a string) bool { return letters(a) == whole }) {
		return exactAlert, true
	}
	for _, w := range words {
		best := e.word(w)
		if best == 0 {
			return 0, false
		}
		total += best
	}
	return total, true
}

// word says how much a word of the search counts in an entry; 0 when it is nowhere. An alert and a
// title that both have it are better than one of them.
func (e Entry) word(w string) int {
	alert, title := 0, 0
	for _, a := range e.Alerts {
		switch a = strings.ToLower(a); {
		case a == w:
			return exactAlert
		case strings.HasPrefix(a, w):
			alert = max(alert, alertBegins)
		case strings.Contains(a, w):
			alert = max(alert, alertHas)
		}
	}
	if t := strings.ToLower(e.Title); begins(t, w) {
		title = titleWord
	} else if strings.Contains(t, w) {
		title = titleHas
	}
	if alert+title > 0 {
		return alert + title
	}
	has := func(list []string) bool {
		return slices.ContainsFunc(list, func(s string) bool { return strings.Contains(strings.ToLower(s), w) })
	}
	switch {
	case has(e.Headings):
		return inHeading
	case e.Holds != nil && has(e.Holds.Signatures):
		return inSignature
	case strings.Contains(strings.ToLower(e.Path), w):
		return inPath
	case strings.Contains(strings.ToLower(e.Summary), w):
		return inSummary
	}
	return 0
}

// begins says whether a word of a text begins with w.
func begins(text, w string) bool {
	for f := range strings.FieldsFuncSeq(text, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) }) {
		if strings.HasPrefix(f, w) {
			return true
		}
	}
	return false
}

// letters is a name without what spellings differ in: case, blanks and marks.
func letters(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return unicode.ToLower(r)
		}
		return -1
	}, s)
}

// afterColon is a title without its kind: "High Error Rate" of "Runbook: High Error Rate".
func afterColon(title string) string {
	_, rest, ok := strings.Cut(title, ":")
	if !ok {
		return ""
	}
	return rest
}

// stem is a path's last part without its ending.
func stem(path string) string {
	base := path[strings.LastIndexByte(path, '/')+1:]
	name, _, _ := strings.Cut(base, ".")
	return name
}
