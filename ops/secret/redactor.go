package secret

import (
	"bytes"
	"cmp"
	"io"
	"slices"
	"strings"
)

// longestLine bounds, in bytes, what is held back of a line that does not end.
const longestLine = 64 << 10

// Redactor hides values in text; nil hides nothing. It may be used by several goroutines; a Writer
// by one.
type Redactor struct {
	key      []byte
	replacer *strings.Replacer
	forms    []form // longest first
	longest  int    // bytes of the longest form
}

// form is one way in which a value may stand in a text.
type form struct{ text, name, mark string }

// NewRedactor makes a redactor of known values. The key is that of the marks, as Key gives it.
func NewRedactor(key []byte, known []Known) *Redactor {
	r := &Redactor{key: key}
	seen := map[string]bool{}
	for _, k := range known {
		mark := Mark(key, k.Name, k.Value)
		for _, part := range parts(k.Value) {
			if len(part) < Shortest {
				continue
			}
			for _, text := range forms(part) {
				// Of a value that is longer than what is held back, the lines are looked for.
				if len(text) >= Shortest && len(text) <= longestLine/2 && !seen[text] {
					seen[text] = true
					r.forms = append(r.forms, form{text, k.Name, mark})
				}
			}
		}
	}
	slices.SortStableFunc(r.forms, func(a, b form) int { return cmp.Compare(len(b.text), len(a.text)) })
	var pairs []string
	for _, f := range r.forms {
		pairs = append(pairs, f.text, f.mark)
		r.longest = max(r.longest, len(f.text))
	}
	if len(pairs) > 0 {
		r.replacer = strings.NewReplacer(pairs...)
	}
	return r
}

// Holds says whether a text holds a known value in any form, and which.
func (r *Redactor) Holds(text string) (name string, ok bool) {
	if r == nil {
		return "", false
	}
	for _, f := range r.forms {
		if strings.Contains(text, f.text) {
			return f.name, true
		}
	}
	return "", false
}

// Text is a text with its secrets hidden.
func (r *Redactor) Text(s string) string {
	if r == nil {
		return s
	}
	var b strings.Builder
	w := r.Writer(&b)
	_, _ = w.Write([]byte(s)) // a Builder takes everything
	_ = w.Close()
	return b.String()
}

// Known hides the known values alone, and leaves the shape of the text as it is: for JSON.
func (r *Redactor) Known(b []byte) []byte {
	if r == nil || r.replacer == nil || !slices.ContainsFunc(r.forms, func(f form) bool { return bytes.Contains(b, []byte(f.text)) }) {
		return b
	}
	return []byte(r.replacer.Replace(string(b)))
}

// Writer passes text on to another writer with its secrets hidden. A value that was cut by a read is
// whole again: of a line that has not ended, whatever could be the beginning of one is held back.
// Close passes on the rest.
type Writer struct {
	*Redactor
	to      io.Writer
	pending []byte
	inKey   bool // between the first and the last line of a private key
}

// Writer gives a writer that hides what passes through it.
func (r *Redactor) Writer(to io.Writer) *Writer { return &Writer{Redactor: r, to: to} }

// Write takes all of p. Its error is that of the writer behind it.
func (w *Writer) Write(p []byte) (int, error) {
	end := bytes.LastIndexByte(p, '\n') + 1
	if end > 0 {
		end += len(w.pending)
	}
	w.pending = append(w.pending, p...)
	if end == 0 && (bytes.ContainsAny(p, " \t") || len(w.pending) > longestLine) {
		end = w.settled()
	}
	if end == 0 {
		return len(p), nil
	}
	err := w.pass(w.pending[:end])
	w.pending = append(w.pending[:0], w.pending[end:]...)
	return len(p), err
}

// Close passes on what was held back.
func (w *Writer) Close() error {
	err := w.pass(w.pending)
	w.pending = nil
	return err
}

func (w *Writer) pass(text []byte) error {
	if len(text) == 0 {
		return nil
	}
	hidden := string(text)
	if w.replacer != nil {
		hidden = w.replacer.Replace(hidden)
	}
	_, err := io.WriteString(w.to, w.shapes(hidden))
	return err
}

// settled is how much of a line that has not ended can hold no part of a value any more. People wait
// for what a command says bit by bit.
func (w *Writer) settled() int {
	line := w.pending
	long := len(line) > longestLine
	if !long && (w.inKey || suspicious(string(line))) {
		return 0
	}
	end := bytes.LastIndexAny(line, " \t") + 1
	if long && end < len(line)/2 {
		end = len(line)
	}
	for i := max(0, len(line)-w.longest); i < end; i++ {
		if w.begins(string(line[i:])) {
			end = i
		}
	}
	return w.between(end)
}

// begins says whether a text is the beginning of a known value.
func (w *Writer) begins(text string) bool {
	return slices.ContainsFunc(w.forms, func(f form) bool { return strings.HasPrefix(f.text, text) })
}

// between moves a place in the line to the left until it cuts no known value.
func (w *Writer) between(end int) int {
	for moved := true; moved; {
		moved = false
		from := max(0, end-w.longest)
		window := string(w.pending[from:min(len(w.pending), end+w.longest)])
		for _, f := range w.forms {
			for at := 0; ; {
				i := strings.Index(window[at:], f.text)
				if i < 0 {
					break
				}
				if start := from + at + i; start < end && start+len(f.text) > end {
					end, moved = start, true
				}
				at += i + 1
			}
			if moved {
				break
			}
		}
	}
	return end
}
