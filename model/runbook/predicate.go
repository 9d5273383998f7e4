package runbook

import (
	"strconv"
	"strings"

	"calm/model/pattern"
	"calm/model/signal"
)

// amount is a number in a sentence: how it is compared, and its unit.
type amount struct {
	compare string // ">", ">=", "<", "<=", or "" when the text says nothing
	low     float64
	high    float64 // of a range
	ranged  bool
	unit    string
	at, end int // in the sentence
}

const amountUnit = `(%|percent\b|ms\b|milliseconds?\b|msecs?\b|s\b|secs?\b|seconds?\b|min\b|mins\b|minutes?\b|hours?\b|[KMGT]i?B\b|/min\b|/s\b|rps\b|req/s\b|per minute\b|per second\b)`

var amountPattern = pattern.New(`(?i)(>=|<=|=>|≥|≤|>|<|\b(?:more than|greater than|higher than|above|over|exceed(?:s|ed|ing)?|at least|less than|lower than|below|under|fewer than|at most|up to|reach(?:es|ed)?|between|at|of|is)\b)?\s*(\d+(?:[.,]\d+)?)\s*` + amountUnit + `?\s*(?:(?:-|–|—|\bto\b|\band\b)\s*(\d+(?:[.,]\d+)?)\s*` + amountUnit + `?)?(\+)?`)

// notAbove are the words before a number that make it something else than the value itself: how
// long it lasted, or by how much it changed.
var notAbove = pattern.New(`(?i)\b(?:for|within|in|last|past|every|by|after|over the (?:last|past)|sustained|increased?|dropp?(?:s|ed)?|baseline|normal)\s*(?:the )?$`)

// ofPeople are the words after a percentage that make it a share of people or places, which no
// signal measures.
var ofPeople = pattern.New(`(?i)^\s*(?:\+\s*)?(?:of )?(?:the |our |all |active |total )*(?:users?|customers?|clients?|tenants?|accounts?|people|visitors|regions?|transactions?|members|patients|merchants|orders|traffic|increase|decrease|drop|above|over|higher|slower|more|baseline|budget)\b`)

var comparisons = map[string]string{
	">": ">", ">=": ">=", "=>": ">=", "≥": ">=", "<": "<", "<=": "<=", "≤": "<=",
	"more than": ">", "greater than": ">", "higher than": ">", "above": ">", "over": ">", "exceeds": ">", "exceed": ">", "exceeded": ">", "exceeding": ">",
	"at least": ">=", "reaches": ">=", "reached": ">=", "reach": ">=", "less than": "<", "lower than": "<", "below": "<", "under": "<",
	"fewer than": "<", "at most": "<=", "up to": "<=",
}

// amounts finds the numbers of a sentence that can be values of a signal.
func amounts(s string) []amount {
	var out []amount
	for _, m := range amountPattern.FindAllStringSubmatchIndex(s, -1) {
		group := func(i int) string {
			if m[2*i] < 0 {
				return ""
			}
			return s[m[2*i]:m[2*i+1]]
		}
		a := amount{at: m[0], end: m[1], unit: strings.ToLower(group(3))}
		word := strings.ToLower(group(1))
		a.compare = comparisons[word]
		if i := m[4]; i > 0 && isWord(rune(s[i-1])) || notAbove.MatchString(s[:m[0]]) || ofPeople.MatchString(s[m[1]:]) {
			continue // part of a word such as p95, a duration, or a share of people
		}
		a.low = number(group(2))
		if group(4) != "" {
			a.high, a.ranged = number(group(4)), true
			if group(5) != "" {
				a.unit = strings.ToLower(group(5))
			}
		}
		if group(6) == "+" && a.compare == "" {
			a.compare = ">="
		}
		out = append(out, a)
	}
	return out
}

var thousands = pattern.New(`,(\d{3})$`)

// number reads "1,000" and "2,5" alike as their writers meant them.
func number(s string) float64 {
	s = thousands.ReplaceAllString(s, "$1")
	v, _ := strconv.ParseFloat(strings.ReplaceAll(s, ",", "."), 64)
	return v
}

// scale gives what a unit is worth in a signal's own unit, and whether it fits at all.
func scale(unit string, of signal.Unit) (float64, bool) {
	switch of {
	case signal.Ratio:
		return 0.01, unit == "%" || unit == "percent"
	case signal.Seconds:
		switch {
		case strings.HasPrefix(unit, "ms"), strings.HasPrefix(unit, "milli"):
			return 0.001, true
		case unit == "s", strings.HasPrefix(unit, "sec"):
			return 1, true
		}
	case signal.Bytes:
		if i := strings.IndexByte("kmgt", (unit + " ")[0]); i >= 0 && strings.HasSuffix(unit, "b") {
			return float64(int64(1) << (10 * (i + 1))), true
		}
	case signal.PerMinute:
		return 1, unit == "/min" || unit == "per minute"
	case signal.PerSecond:
		return 1, unit == "/s" || unit == "rps" || unit == "req/s" || unit == "per second"
	}
	return 0, false
}

var (
	freePattern  = pattern.New(`(?i)\b(?:free|available|remaining|left)\b`)
	routePattern = pattern.New(`(?:^|[\s"'(])(/[a-z][\w\-./]*[\w])`)
	relative     = pattern.New(`(?i)\b(?:increase[sd]? (?:of|by)|\d+x\b|times (?:normal|baseline|higher)|(?:above|over|from|than) (?:the )?(?:baseline|normal|usual))`)
)

// measured reads a sentence that holds a measurement: "API latency 2-5 seconds (p95)".
func measured(s string) (*Predicate, bool) {
	found := amounts(s)
	if len(found) == 0 || relative.MatchString(s) {
		return nil, false
	}
	for _, m := range measures {
		if !m.words.MatchString(s) || m.not != nil && m.not.MatchString(s) {
			continue
		}
		p := &Predicate{Signal: m.signal}
		for _, a := range found {
			if f, ok := scale(a.unit, m.unit); ok {
				p.narrow(a, f)
			}
		}
		if p.Min == nil && p.Max == nil {
			continue
		}
		if m.invert || m.signal == signal.DiskRoot && freePattern.MatchString(s) || m.signal == signal.HostMemory && freePattern.MatchString(s) {
			p.invert()
		}
		if m.signal == signal.LatencyP95 && !p.quantile(s) {
			return nil, false
		}
		if r := routePattern.FindStringSubmatch(s); r != nil && (m.signal == signal.ErrorRatio || m.signal == signal.LatencyP95) {
			p.Subject = r[1]
		}
		return p, true
	}
	return nil, false
}

// narrow sets the bounds that an amount gives and that are not set yet.
func (p *Predicate) narrow(a amount, factor float64) {
	low, high := scaled(a.low, factor), scaled(a.high, factor)
	switch {
	case p.Min == nil && p.Max == nil && a.ranged:
		p.Min, p.Max = &low, &high
	case (a.compare == ">" || a.compare == ">=" || a.compare == "" && p.Max == nil) && p.Min == nil:
		p.Min, p.MinOpen = &low, a.compare == ">"
	case (a.compare == "<" || a.compare == "<=") && p.Max == nil:
		p.Max, p.MaxOpen = &low, a.compare == "<"
	}
}

// scaled keeps 20 % from becoming 0.20000000000000001.
func scaled(v, factor float64) float64 {
	if factor >= 1 {
		return v * factor
	}
	return v / float64(int64(1/factor+0.5))
}

// invert turns a range of the good part of a ratio into one of the bad part.
func (p *Predicate) invert() {
	flip := func(v *float64) *float64 {
		if v == nil {
			return nil
		}
		f := float64(int64((1-*v)*1e9+0.5)) / 1e9
		return &f
	}
	p.Min, p.Max = flip(p.Max), flip(p.Min)
	p.MinOpen, p.MaxOpen = p.MaxOpen, p.MinOpen
}

// quantile sets the percentile that the sentence names; it is false for one that nothing measures.
func (p *Predicate) quantile(s string) bool {
	for _, q := range quantiles {
		if q.words.MatchString(s) {
			p.Quantile, p.Signal = q.quantile, q.signal
			return q.signal != ""
		}
	}
	return true
}
