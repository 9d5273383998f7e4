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

// Redactor hides values in text. It may be used by several goroutines; a Writer by one.
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
	for _, f := range r.forms {
		if strings.Contains(text, f.text) {
			return f.name, true
		}
	}
	return "", false
}

// Text is a text with its secrets hidden.
func (r *Redactor) Text(s string) string {
	var b strings.Builder
	w := r.Writer(&b)
	_, _ = w.Write([]byte(s)) // a Builder takes everything
	_ = w.Close()
	return b.String()
}

// Known hides the known values alone, and leaves the shape of the text as it is: for JSON.
func (r *Redactor) Known(b []byte) []byte {
	if r.replacer == nil || !slices.ContainsFunc(r.forms, func(f form) bool { return bytes.Contains(b, []byte(f.text)) }) {
		return b
	}
	return []byte(r.replacer.Replace(string(b)))
}

// Writer passes text on to another writer with its secrets hidden. It passes on whole lines, so that
// a value which was cut by a read is whole again; a line that does not end is passed on in pieces
// that cut no value. Close passes on the rest.
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
	if end == 0 && len(w.pending) > longestLine {
		end = w.between()
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

// between is a place in a line that does not end, near its end, that lies in no known value, and
// where it can be had in no word.
func (w *Writer) between() int {
	end := len(w.pending) - w.longest
	if blank := bytes.LastIndexAny(w.pending[:max(end, 0)], " \t,;"); blank >= len(w.pending)/2 {
		end = blank + 1
	}
	if end <= 0 {
		return 0
	}
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
				start := from + at + i
				if start < end && start+len(f.text) > end {
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
