package runbook

import (
	"bytes"
	"strings"

	"calm/model/pattern"
)

// Ignore is a comment that silences rules of lint: `<!-- calm-lint-ignore RULE: reason -->` in
// Markdown, `# calm-lint-ignore RULE: reason` or the same with // in code. It is no part of what the
// runbook says.
type Ignore struct {
	Start, End int // bytes of the comment
	Code       bool
	Rules      []string // IDs as written
	Reason     string
}

const ignoreMark = "calm-lint-ignore"

var ignorePattern = pattern.New(`<!--[ \t]*` + ignoreMark + `(?:[ \t]+([^\n]*?))?[ \t]*-->|(?:#|//)[ \t]*` + ignoreMark + `(?:[ \t]+([^\n]*))?`)

// Ignores finds the comments that silence rules, in order.
func Ignores(src []byte) []Ignore {
	if !bytes.Contains(src, []byte(ignoreMark)) {
		return nil
	}
	var found []Ignore
	for _, m := range ignorePattern.FindAllStringSubmatchIndex(string(src), -1) {
		ig := Ignore{Start: m[0], End: m[1], Code: src[m[0]] != '<'}
		text := m[2:4]
		if ig.Code {
			text = m[4:6]
			if !beginsComment(src, m[0]) {
				continue
			}
		}
		if text[0] >= 0 {
			names, reason, _ := strings.Cut(string(src[text[0]:text[1]]), ":")
			ig.Rules = strings.FieldsFunc(names, func(r rune) bool { return r == ',' || r == ' ' || r == '\t' || r == '\r' })
			ig.Reason = strings.TrimSpace(reason)
		}
		found = append(found, ig)
	}
	return found
}

// beginsComment says whether a mark at an offset can begin a comment: behind a blank, and not within
// quotes, whose text would change with it.
func beginsComment(src []byte, at int) bool {
	before := src[bytes.LastIndexByte(src[:at], '\n')+1 : at]
	if n := len(before); n > 0 && before[n-1] != ' ' && before[n-1] != '\t' {
		return false
	}
	return bytes.Count(before, []byte{'"'})%2 == 0 && bytes.Count(before, []byte{'\''})%2 == 0
}

// withoutIgnores is the source with those comments blanked out, so that every place stays where it
// is and none of them titles a step.
func withoutIgnores(src []byte) []byte {
	found := Ignores(src)
	if len(found) == 0 {
		return src
	}
	out := bytes.Clone(src)
	for _, ig := range found {
		for i := ig.Start; i < ig.End; i++ {
			if out[i] != '\r' {
				out[i] = ' '
			}
		}
	}
	return out
}
