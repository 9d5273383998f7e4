package runbook

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode"
)

// maxInfo bounds the info string that is read, in bytes.
const maxInfo = 4096

// attributes are the names and values of an info string, values as text.
type attributes struct {
	names  []string // lower-case, in the order of the text, each once
	values map[string]string
}

func (a *attributes) set(name, value string) {
	name = strings.ToLower(strings.TrimSpace(name))
	if a.values == nil {
		a.values = map[string]string{}
	}
	if _, ok := a.values[name]; !ok {
		a.names = append(a.names, name)
	}
	a.values[name] = value
}

// known says whether one of the names is one that calm reads.
func (a attributes) known() bool {
	return slices.ContainsFunc(a.names, func(n string) bool { return noteFields[n] != nil })
}

var smartQuotes = strings.NewReplacer("“", `"`, "”", `"`, "„", `"`)

// readAttributes reads what stands behind the language in an info string: {"name":"x"} as Runme has
// it, {name=x}, {name: x} and name=x. What is no attribute (a class, lines to highlight) is passed
// over. The error is for a note that was meant as one and can't be read.
func readAttributes(info string) (attributes, error) {
	var out attributes
	text := smartQuotes.Replace(mend(strings.TrimSpace(info)))
	if at := strings.IndexByte(text, '{'); at >= 0 && !strings.Contains(text[:at], "=") {
		text = text[at:]
	} else if _, text = cutLanguage(text); at < 0 && !strings.Contains(text, "=") {
		return out, nil
	}
	if len(text) > maxInfo {
		return out, fmt.Errorf("the note is longer than %d bytes", maxInfo)
	}
	if inner := strings.TrimLeft(strings.TrimPrefix(text, "{"), " \t"); strings.HasPrefix(text, "{") && strings.HasPrefix(inner, `"`) {
		return readObject(text)
	}
	return readPairs(text)
}

// cutLanguage takes the language off an info string. A first word with a = in it is no language.
func cutLanguage(info string) (language, rest string) {
	end := strings.IndexAny(info, " \t,")
	if end < 0 {
		end = len(info)
	}
	if strings.Contains(info[:end], "=") {
		return "", info
	}
	return info[:end], info[end:]
}

// readObject reads a JSON object. Objects in it, and lists with anything but texts, are no values
// that calm knows, and make no error: another program may.
func readObject(text string) (attributes, error) {
	var out attributes
	dec := json.NewDecoder(strings.NewReader(text))
	if _, err := dec.Token(); err != nil {
		return attributes{}, err
	}
	for dec.More() {
		name, err := dec.Token()
		if err != nil {
			return attributes{}, plainJSON(err)
		}
		var raw json.RawMessage
		if err := dec.Decode(&raw); err != nil {
			return attributes{}, plainJSON(err)
		}
		if value, ok := scalar(raw); ok {
			out.set(name.(string), value)
		} else if noteFields[strings.ToLower(name.(string))] != nil {
			return attributes{}, fmt.Errorf("the value of %v is neither a text nor a number", name)
		}
	}
	if _, err := dec.Token(); err != nil {
		return attributes{}, plainJSON(err)
	}
	return out, nil
}

func plainJSON(err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return errors.New("it ends too early: a } or a \" is missing")
	}
	return fmt.Errorf("it is no JSON object (%w)", err)
}

// scalar is a JSON value as the text that a person would have written without JSON.
func scalar(raw json.RawMessage) (string, bool) {
	switch {
	case len(raw) == 0 || raw[0] == '{':
		return "", false
	case raw[0] == '[':
		var list []string
		err := json.Unmarshal(raw, &list)
		return strings.Join(list, ", "), err == nil
	case raw[0] == '"':
		var text string
		err := json.Unmarshal(raw, &text)
		return text, err == nil
	}
	return string(raw), true
}

// readPairs reads name=value and, between braces, name: value.
func readPairs(text string) (attributes, error) {
	p := pairReader{rest: text}
	p.braces = strings.HasPrefix(text, "{")
	p.rest = strings.TrimPrefix(p.rest, "{")
	var broken error
	for p.next(&broken) {
	}
	if !p.out.known() {
		return attributes{}, nil
	}
	if broken == nil && p.braces && !p.closed {
		broken = errors.New("a } is missing")
	}
	return p.out, broken
}

// pairReader reads attributes that are not JSON, one after the other.
type pairReader struct {
	rest   string
	braces bool
	closed bool
	out    attributes
}

func isSeparator(r rune) bool { return unicode.IsSpace(r) || r == ',' || r == ';' }

func (p *pairReader) next(broken *error) bool {
	p.rest = strings.TrimLeftFunc(p.rest, isSeparator)
	if p.rest == "" {
		return false
	}
	if p.rest[0] == '}' {
		p.closed = true
		return false
	}
	stops := " \t,;}="
	if p.braces {
		stops += ":"
	}
	end := strings.IndexAny(p.rest, stops)
	if end < 0 {
		end = len(p.rest)
	}
	name := strings.Trim(p.rest[:end], `"'`)
	after := strings.TrimLeft(p.rest[end:], " \t")
	if after == "" || after[0] != '=' && (after[0] != ':' || !p.braces) {
		p.rest = p.rest[max(end, 1):] // a class, a flag, a range of lines
		return true
	}
	value, rest, err := cutValue(strings.TrimLeft(after[1:], " \t"), p.braces)
	p.rest = rest
	if name != "" {
		p.out.set(name, value)
	}
	if err != nil && *broken == nil {
		*broken = fmt.Errorf("%s: %w", name, err)
	}
	return true
}

// cutValue takes a value off: in quotes, or up to the next separator.
func cutValue(s string, braces bool) (value, rest string, err error) {
	if s != "" && (s[0] == '"' || s[0] == '\'') {
		end := strings.IndexByte(s[1:], s[0])
		if end < 0 {
			return s[1:], "", fmt.Errorf("a %c is missing", s[0])
		}
		return s[1 : 1+end], s[end+2:], nil
	}
	end := strings.IndexFunc(s, func(r rune) bool { return isSeparator(r) || braces && r == '}' })
	if end < 0 {
		end = len(s)
	}
	return s[:end], s[end:], nil
}
