package runbook

import (
	"strconv"
	"strings"

	"calm/model/pattern"
)

// timeSpan is a duration as runbooks write it. Low is 0 for "< 15 minutes" and equals High for
// "about 15 minutes". Note is what the number leaves out: "business hours", "next business day".
type timeSpan struct {
	low, high float64 // seconds
	known     bool
	note      string
}

const unitWords = `(seconds?|secs?|minutes?|mins?|hours?|hrs?|business days?|working days?|days?|business hours?|working hours?|weeks?|wks?|months?|[smhdw])`

var (
	rangePattern  = pattern.New(`(?i)(\d+(?:\.\d+)?)\s*` + unitWords + `?\s*(?:-|–|—|to|and|/)\s*(\d+(?:\.\d+)?)\s*\+?[\s-]?` + unitWords + `\b`)
	singlePattern = pattern.New(`(?i)(<=?|>=?|≤|≥|~|within|under|less than|up to|at most|max(?:imum)?(?: of)?)?\s*(\d+(?:\.\d+)?)\s*\+?[\s-]?` + unitWords + `\b`)
	wordPattern   = pattern.New(`(?i)\b(half an hour|an hour|one hour|a day|one day|a week|hourly|daily|weekly|twice a day|every hour|every day|each hour)\b`)
	notePattern   = pattern.New(`(?i)\b((?:next|same|following) (?:business|working) day|next sprint|next release|best[- ]effort|immediate(?:ly)?|business hours|working hours|business days?|working days?|as (?:needed|required)|when convenient|backlog|as time permits|asap)\b`)
)

var wordSeconds = map[string]float64{
	"half an hour": 1800, "an hour": 3600, "one hour": 3600, "hourly": 3600, "every hour": 3600, "each hour": 3600,
	"a day": 86400, "one day": 86400, "daily": 86400, "every day": 86400, "twice a day": 43200,
	"a week": 604800, "weekly": 604800,
}

// unitSeconds gives the length of a unit.
func unitSeconds(unit string) float64 {
	u := strings.ToLower(unit)
	u = strings.TrimPrefix(strings.TrimPrefix(u, "business "), "working ")
	switch {
	case strings.HasPrefix(u, "mo"):
		return 30 * 86400
	case strings.HasPrefix(u, "m"):
		return 60
	case strings.HasPrefix(u, "h"):
		return 3600
	case strings.HasPrefix(u, "d"):
		return 86400
	case strings.HasPrefix(u, "w"):
		return 604800
	}
	return 1
}

// parseTime reads the first duration of a text.
func parseTime(s string) timeSpan {
	s = mend(s)
	var t timeSpan
	if m := notePattern.FindString(s); m != "" {
		t.note = m
	}
	rangeAt, singleAt := rangePattern.FindStringSubmatchIndex(s), singlePattern.FindStringSubmatchIndex(s)
	switch {
	case rangeAt != nil && (singleAt == nil || rangeAt[0] <= singleAt[4]):
		t.readRange(rangePattern.FindStringSubmatch(s))
	case singleAt != nil:
		t.readSingle(singlePattern.FindStringSubmatch(s))
	default:
		if m := wordPattern.FindString(s); m != "" {
			t.high = wordSeconds[strings.ToLower(m)]
			t.low, t.known = t.high, true
		} else if english, ok := unitsInEnglish(s); ok {
			return parseTime(english)
		}
	}
	return t
}

func (t *timeSpan) readRange(m []string) {
	low, _ := strconv.ParseFloat(m[1], 64)
	high, _ := strconv.ParseFloat(m[3], 64)
	unit := m[2]
	if unit == "" {
		unit = m[4]
	}
	t.low, t.high, t.known = low*unitSeconds(unit), high*unitSeconds(m[4]), true
}

func (t *timeSpan) readSingle(m []string) {
	v, _ := strconv.ParseFloat(m[2], 64)
	t.high = v * unitSeconds(m[3])
	t.low, t.known = t.high, true
	switch strings.ToLower(m[1]) {
	case "<", "<=", "≤", "within", "under", "less than", "up to", "at most", "max", "maximum", "max of", "maximum of":
		t.low = 0
	}
}

// upper is the time that must not be exceeded, nil when the text names none.
func (t timeSpan) upper() *float64 {
	if !t.known {
		return nil
	}
	v := t.high
	return &v
}

var everyPattern = pattern.New(`(?i)\b(?:every|each|once per|once every)\s+(\d+(?:\s*(?:-|–|to)\s*\d+)?\s*` + unitWords + `|half an hour|hour|day|week)\b|\b(hourly|daily|weekly|twice a day)\b`)

// parseCadence reads "every 30 minutes", "hourly": how often something is to be said.
func parseCadence(s string) *float64 {
	m := everyPattern.FindString(mend(s))
	if m == "" {
		return nil
	}
	switch low := strings.ToLower(m); {
	case strings.HasSuffix(low, " hour"):
		m = "1 hour"
	case strings.HasSuffix(low, " day") && !strings.ContainsAny(low, "0123456789") && low != "twice a day":
		m = "1 day"
	case strings.HasSuffix(low, " week") && !strings.ContainsAny(low, "0123456789"):
		m = "1 week"
	}
	return parseTime(m).upper()
}
