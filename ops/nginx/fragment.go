package nginx

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"calm/ops"
)

// modifiers are those that a location may have.
var modifiers = []string{"=", "~", "~*", "^~"}

// Location is one location block of a fragment, as it will be written.
type Location struct {
	Modifier string // "", "=", "^~", "~", "~*"
	Path     string
	Body     string // between the braces
	Status   int    // of its `return`; 0 when it has none
}

// String is the block as nginx reads it.
func (l Location) String() string {
	head := "location "
	if l.Modifier != "" {
		head += l.Modifier + " "
	}
	return head + l.Path + " {" + l.Body + "}\n"
}

// Locations reads the location blocks of a runbook's fragment and makes them do what they are
// meant to: a plain prefix loses to any regular expression of the site, and /api/x/ does not match
// /api/x. What was changed is said, a sentence each. The error has the code Invalid for a fragment
// that holds anything else than location blocks and comments.
func Locations(fragment string) (list []Location, changes []string, err error) {
	rest := fragment
	for {
		rest = skipBlank(rest)
		if rest == "" {
			break
		}
		l, after, err := readLocation(rest)
		if err != nil {
			return nil, nil, err
		}
		list, rest = append(list, l), after
	}
	if len(list) == 0 {
		return nil, nil, ops.Errorf(ops.Invalid, "nginx fragment", "it has no location block")
	}
	list, changes = sharpen(list)
	return list, changes, nil
}

func sharpen(list []Location) (out []Location, changes []string) {
	have := func(path string) bool {
		for _, l := range list {
			if l.Modifier == "=" && l.Path == path {
				return true
			}
		}
		return false
	}
	for _, l := range list {
		if l.Modifier == "" {
			l.Modifier = "^~"
			changes = append(changes, fmt.Sprintf("^~ is added to %s: a plain prefix loses to any regular expression of the site", l.Path))
		}
		out = append(out, l)
		exact, slash := strings.CutSuffix(l.Path, "/")
		if l.Modifier == "^~" && slash && exact != "" && !have(exact) {
			changes = append(changes, fmt.Sprintf("the exact path %s is added: the prefix %s does not match it", exact, l.Path))
			out = append(out, Location{Modifier: "=", Path: exact, Body: l.Body, Status: l.Status})
		}
	}
	return out, changes
}

// readLocation reads one block off the front of a text.
func readLocation(text string) (l Location, rest string, err error) {
	open := strings.IndexByte(text, '{')
	if open < 0 {
		return l, "", odd(text)
	}
	words := strings.Fields(text[:open])
	switch {
	case len(words) == 2 && words[0] == "location":
		l.Path = words[1]
	case len(words) == 3 && words[0] == "location" && slices.Contains(modifiers, words[1]):
		l.Modifier, l.Path = words[1], words[2]
	default:
		return l, "", odd(text)
	}
	end, ok := closing(text[open:])
	if !ok {
		return l, "", ops.Errorf(ops.Invalid, "nginx fragment", "the block of %s is not closed", l.Path)
	}
	l.Body = text[open+1 : open+end]
	l.Status = statusOf(l.Body)
	return l, text[open+end+1:], nil
}

func odd(text string) error {
	line, _, _ := strings.Cut(strings.TrimSpace(text), "\n")
	return ops.Errorf(ops.Invalid, "nginx fragment", "%q is no location block; calm puts only those into a site", line)
}

// closing finds the brace that closes the one at the beginning, past quotes and comments.
func closing(text string) (int, bool) {
	depth, quoted := 0, byte(0)
	for i := 0; i < len(text); i++ {
		c := text[i]
		switch {
		case c == '\\':
			i++
		case quoted != 0:
			if c == quoted {
				quoted = 0
			}
		case c == '"' || c == '\'':
			quoted = c
		case c == '#':
			if n := strings.IndexByte(text[i:], '\n'); n >= 0 {
				i += n
			}
		case c == '{':
			depth++
		case c == '}':
			if depth--; depth == 0 {
				return i, true
			}
		}
	}
	return 0, false
}

// statusOf is the code of the block's own `return`.
func statusOf(body string) int {
	for line := range strings.SplitSeq(body, "\n") {
		line, _, _ = strings.Cut(line, "#")
		for statement := range strings.SplitSeq(line, ";") {
			words := strings.Fields(statement)
			if len(words) > 1 && words[0] == "return" {
				if code, err := strconv.Atoi(words[1]); err == nil && code >= 100 && code < 600 {
					return code
				}
			}
		}
	}
	return 0
}

// skipBlank drops blanks and comments from the front.
func skipBlank(s string) string {
	for {
		s = strings.TrimSpace(s)
		if !strings.HasPrefix(s, "#") {
			return s
		}
		_, s, _ = strings.Cut(s, "\n")
	}
}
