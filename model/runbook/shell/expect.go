package shell

import (
	"strconv"
	"strings"

	"calm/model/pattern"
)

var (
	// The words that begin an expectation in a comment.
	expectLead = pattern.New(`(?i)^(?:→|=>|->|⇒|✓|✅)?\s*(?:(?:expected(?:\s+(?:output|result|response|value|status|exit code))?|expect(?:s|ing)?|should(?:\s+(?:now|still|all|only|also))?|must|(?:example\s+|sample\s+)?(?:output|result|response)\s*:|returns|outputs|prints|shows|exits?(?:\s+(?:code|with|status))|exit\s+\d)|(?:→|=>|->|⇒)\s*\S)`)
	arrowLead  = pattern.New(`^(?:→|=>|->|⇒)\s*`)
	exitWords  = pattern.New(`(?i)\bexits?(?:\s+(?:code|status|with))*\s*:?\s*(?:code|status)?\s*:?\s*(\d{1,3})\b`)
	// What stands between the expectation's first word and its value.
	expectFill = pattern.New(`(?i)^(?:expected(?:\s+(?:output|result|response|value|status))?|expect(?:s|ing)?|should(?:\s+(?:now|still|all|only|also))?|must|(?:example\s+|sample\s+)?(?:output|result|response)|returns?|outputs|prints|shows?)\b\s*(?:(?:to\s+)?(?:return|show|see|be|print|output|display|say|respond(?:\s+with)?|equal|contain|include|have|get|read|yield)s?\b)?\s*(?:value|output|with|a|an|the|http|status)?\s*(?:code|status)?\s*[:=]?\s*`)
	titleHint  = pattern.New(`(?i)\(((?:should|expect|expected|must)\b[^()]*)\)`)
)

// expectation reads a comment that says what a command shows; nil if it says
// something else.
func expectation(comment string) *Expect {
	text := strings.TrimSpace(comment)
	if text == "" || len(text) > 400 || text[0] < 0x80 && strings.IndexByte("esmorp=-ESMORP", text[0]) < 0 || !expectLead.MatchString(text) {
		return nil
	}
	e := &Expect{Text: text}
	if m := exitWords.FindStringSubmatch(text); m != nil {
		if code, err := strconv.Atoi(m[1]); err == nil && code < 256 {
			e.Exit = &code
			return e
		}
	}
	rest := arrowLead.ReplaceAllString(text, "")
	lead := expectFill.FindString(rest)
	value := strings.TrimSpace(rest[len(lead):])
	if lead == "" && rest == text {
		return nil
	}
	e.Output = literal(value, strings.Contains(lead, ":"))
	return e
}

// literal returns the value that a sentence names exactly, or "". After a
// colon everything is the value; otherwise only a number, a quoted text, or one
// word that is no word of a sentence.
func literal(value string, exact bool) string {
	value = strings.TrimSpace(strings.TrimSuffix(value, "."))
	if value == "" {
		return ""
	}
	if q := value[0]; q == '"' || q == '\'' || q == '`' {
		if end := strings.IndexByte(value[1:], q); end >= 0 {
			return value[1 : 1+end]
		}
	}
	if len(value) > 200 || strings.ContainsAny(value, "<>≥≤~") {
		return "" // "> 0" and "< 5 seconds" are conditions, not outputs
	}
	first, rest, more := strings.Cut(value, " ")
	if !more {
		return value
	}
	if number(first) && (strings.HasPrefix(rest, "(") || strings.HasPrefix(rest, "OK") || strings.HasPrefix(rest, "—") || strings.HasPrefix(rest, "-")) {
		return first
	}
	plain := 0
	for f := range strings.FieldsSeq(value) {
		if plainWord.MatchString(f) {
			plain++
		}
	}
	if exact && plain < 3 && strings.ContainsAny(value, "|{}=/_\"[:0123456789") && !strings.Contains(value, ", ") {
		return value
	}
	return ""
}

func number(s string) bool {
	_, err := strconv.ParseFloat(strings.TrimSuffix(s, "%"), 64)
	return err == nil
}
