package logs

import (
	"container/list"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/charmbracelet/x/ansi"

	"calm/ops/secret"
)

const (
	maxRecent = 500
	maxText   = 1000 // bytes of a line that is kept
	maxKey    = 200  // bytes that decide whether two lines are the same
)

// Line is a notable line of a log, or several that differ only in their numbers.
type Line struct {
	At    time.Time // of the newest
	File  string    // the log's name
	Text  string    // of the newest, safe for a terminal
	Count int       // how many
}

// recent keeps the newest notable lines, repeats folded, in bounded memory. Lines are made safe
// when they are asked for: thousands a second may come in. It is safe for several goroutines.
type recent struct {
	mu    sync.Mutex
	byKey map[string]*list.Element
	order *list.List // of *kept, newest first
	key   []byte     // scratch
	hide  *secret.Redactor
}

type kept struct {
	key   string
	at    time.Time
	file  string
	raw   []byte
	long  bool // raw is only the beginning
	count int
}

func newRecent(hide *secret.Redactor) *recent {
	if hide == nil {
		hide = secret.NewRedactor(secret.Passing(), nil)
	}
	return &recent{hide: hide, byKey: map[string]*list.Element{}, order: list.New()}
}

func (r *recent) add(at time.Time, file string, line []byte) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.key = mask(append(append(r.key[:0], file...), 0), line)
	var k *kept
	if e := r.byKey[string(r.key)]; e != nil {
		k = e.Value.(*kept)
		r.order.MoveToFront(e)
	} else {
		k = &kept{key: string(r.key), file: file}
		r.byKey[k.key] = r.order.PushFront(k)
	}
	k.at, k.raw, k.long = at, append(k.raw[:0], line[:min(len(line), maxText)]...), len(line) > maxText
	k.count++
	if r.order.Len() > maxRecent {
		oldest := r.order.Back()
		delete(r.byKey, r.order.Remove(oldest).(*kept).key)
	}
}

// lines gives them newest first.
func (r *recent) lines() []Line {
	r.mu.Lock()
	defer r.mu.Unlock()
	all := make([]Line, 0, r.order.Len())
	for e := r.order.Front(); e != nil; e = e.Next() {
		k := e.Value.(*kept)
		all = append(all, Line{At: k.at, File: k.file, Text: r.hide.Text(clean(spoken(k.raw), k.long)), Count: k.count})
	}
	slices.SortStableFunc(all, func(a, b Line) int { return b.At.Compare(a.At) })
	return all
}

// mask appends a line to out, with # for every word that has a digit in it: times, ports, request
// IDs.
func mask(out, line []byte) []byte {
	for i, end := 0, len(out)+maxKey; i < len(line) && len(out) < end; {
		start, digits := i, false
		for i < len(line) && wordByte(line[i]) {
			digits = digits || digit(line[i])
			i++
		}
		switch {
		case i == start:
			out = append(out, line[i])
			i++
		case digits:
			out = append(out, '#')
		default:
			out = append(out, line[start:i]...)
		}
	}
	return out
}

func wordByte(c byte) bool {
	return digit(c) || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c == '_' || c == '-'
}

// clean makes a line safe to show: no escape sequences, other control bytes and what is no UTF-8
// visible, tabs as blanks. cut says that the line went on.
func clean(line []byte, cut bool) string {
	var b strings.Builder
	for _, r := range ansi.Strip(visible(line, cut)) {
		switch {
		case r == '\t':
			b.WriteString("    ")
		case r < ' ' || r == 0x7f:
			fmt.Fprintf(&b, "^%c", r^0x40)
		case unicode.In(r, unicode.Cc, unicode.Cf, unicode.Zl, unicode.Zp):
			fmt.Fprintf(&b, `\u%04x`, r)
		default:
			b.WriteRune(r)
		}
	}
	if cut {
		b.WriteString("…")
	}
	return strings.TrimRight(b.String(), " ")
}

// visible writes bytes that are no UTF-8 as \xff. A character that was cut in two is left out.
func visible(line []byte, cut bool) string {
	if utf8.Valid(line) {
		return string(line)
	}
	var b strings.Builder
	for len(line) > 0 {
		r, size := utf8.DecodeRune(line)
		switch {
		case r != utf8.RuneError || size > 1:
			b.Write(line[:size])
		case cut && len(line) < utf8.UTFMax && !utf8.FullRune(line):
			return b.String()
		default:
			fmt.Fprintf(&b, `\x%02x`, line[0])
		}
		line = line[size:]
	}
	return b.String()
}
