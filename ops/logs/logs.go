// Package logs follows the logs that a runbook's signatures are looked for in: it counts, of each
// signature, the lines of the last five minutes, counts the refusals of the upstream API, and keeps
// the newest lines that look like trouble. It reads files only, a bounded part of each, and what it
// hands out is safe for a terminal.
package logs

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"calm/model/signal"
	"calm/ops"
	"calm/ops/reading"
	"calm/ops/secret"
	"calm/ops/tail"
)

const (
	source = "logs"
	// window is the span over which signatures are counted.
	window = 5 * time.Minute
	// backlog is how far before its end a log is begun, in bytes.
	backlog = 4 << 20
	// lastWords is the end of a log without times that is taken to have been written when the file
	// was last changed, in bytes: a crash's report is about as long.
	lastWords = 8 << 10
	// plausible is how far a line's own time may lie behind its arrival. A time zone that was left
	// out of the log puts it further.
	plausible = time.Hour
)

// File is one log and the name it has on screen.
type File struct {
	Name string
	Path string
}

// Options say what to look for.
type Options struct {
	Signatures []string // as the runbook has them; see parts for what matches
	Upstreams  []string // names of the API whose 429s are counted: "DeepSeek"

	Hide *secret.Redactor // what no line may show; nil hides what looks like a secret
}

// Source follows several logs. Recent and Follow may be called while a Collect runs.
type Source struct {
	signatures []string
	match      *matcher
	now        func() time.Time

	mu      sync.Mutex
	files   []*followed
	counts  []ring // by signature
	undated []int  // by signature: lines found at the start of which nobody knows how old they are
	began   time.Time
	recent  *recent
	sigs    []int // scratch
}

// followed is one log with what is known about it.
type followed struct {
	File
	tail *tail.File
	err  error
	// refused counts the upstream's refusals.
	refused ring
	old     *oldLines // while its backlog is read
	read    bool      // the backlog was read
}

// New makes a source. The logs are opened by the first Collect, some minutes before their end.
func New(files []File, o Options) *Source {
	s := &Source{signatures: o.Signatures[:min(len(o.Signatures), maxSignatures)], now: time.Now, recent: newRecent(o.Hide)}
	s.match = newMatcher(s.signatures, o.Upstreams)
	s.counts = make([]ring, len(s.signatures))
	s.undated = make([]int, len(s.signatures))
	s.began = s.now()
	s.Follow(files)
	return s
}

// Follow changes the logs that are followed. One that was followed before goes on where it was.
func (s *Source) Follow(files []File) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var now []*followed
	for _, f := range files {
		if slices.ContainsFunc(now, func(o *followed) bool { return o.Path == f.Path }) {
			continue
		}
		if i := slices.IndexFunc(s.files, func(o *followed) bool { return o.Path == f.Path }); i >= 0 {
			s.files[i].File = f
			now = append(now, s.files[i])
			continue
		}
		now = append(now, &followed{File: f, tail: &tail.File{Path: f.Path, Back: backlog, Age: s.age}})
	}
	for _, f := range s.files {
		if !slices.Contains(now, f) {
			f.tail.Close()
		}
	}
	s.files = now
}

// Name is "logs".
func (s *Source) Name() string { return source }

// Close lets go of the files.
func (s *Source) Close() { s.Follow(nil) }

// Recent gives the newest notable lines, newest first, at most 500, lines that differ only in
// numbers as one.
func (s *Source) Recent() []Line { return s.recent.lines() }

// Collect reads what was written since the last time and gives the count of every signature in the
// last five minutes, and the upstream's refusals in the last one. Nothing found is 0 as long as a
// log can be read; a log that can't is named in the note.
func (s *Source) Collect(ctx context.Context) ([]signal.Sample, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.now()
	b := reading.New(source, now)
	var errs []error
	for _, f := range s.files {
		if f.err = s.readFile(ctx, f, now); f.err != nil {
			errs = append(errs, f.err)
		}
	}
	switch {
	case len(s.files) == 0:
		return b.Fail(ops.Errorf(ops.Invalid, source, "no log is known"), s.signals()...)
	case len(errs) == len(s.files):
		return b.Fail(&ops.Error{Code: ops.CodeOf(errs[0]), Op: source, Detail: errs[0].Error(), Err: errors.Join(errs...)}, s.signals()...)
	}
	s.give(b, now, s.remark(len(errs)))
	return b.Samples, nil
}

func (s *Source) signals() []signal.Name {
	names := []signal.Name{signal.RateLimited}
	for _, sig := range s.signatures {
		names = append(names, signal.Logged(sig))
	}
	return names
}

func (s *Source) remark(failed int) string {
	if failed == 0 {
		return ""
	}
	i := slices.IndexFunc(s.files, func(f *followed) bool { return f.err != nil })
	if failed == 1 {
		return s.files[i].Name + " can't be read"
	}
	return fmt.Sprintf("%d of %d logs can't be read", failed, len(s.files))
}

func (s *Source) give(b *reading.Batch, now time.Time, note string) {
	b.Add(signal.Sample{Name: signal.RateLimited, Value: s.refusals(now), Note: note})
	for i, sig := range s.signatures {
		n := s.counts[i].sum(now, window)
		if n == 0 && s.undated[i] > 0 && now.Sub(s.began) < window {
			b.Unknown(fmt.Sprintf("in %d lines without a time", s.undated[i]), signal.Logged(sig))
			continue
		}
		b.Add(signal.Sample{Name: signal.Logged(sig), Value: float64(n), Note: note})
	}
}

// refusals gives those of the last minute in the log that has most: one refusal is often told to
// two, as a metric and as an error.
func (s *Source) refusals(now time.Time) (most float64) {
	for _, f := range s.files {
		most = max(most, float64(f.refused.sum(now, time.Minute)))
	}
	return most
}

// readFile reads one log on.
func (s *Source) readFile(ctx context.Context, f *followed, now time.Time) error {
	if !f.read && f.old == nil {
		f.old = &oldLines{}
	}
	p, err := f.tail.Read(ctx, func(line []byte) {
		shown := s.match.line(line, s.sigs)
		s.sigs = shown.sigs
		if f.old != nil {
			s.oldLine(f, line, shown, now)
			return
		}
		at := now
		if shown.notable {
			if t, ok := stamp(line); ok && t.Before(now) && now.Sub(t) < plausible {
				at = t
			}
		}
		s.note(f, line, shown, at)
	})
	switch {
	case f.old == nil:
	case err == nil:
		s.settle(f, p.Time, now)
	case ops.CodeOf(err) == ops.Unreachable:
		// What is not there yet has no backlog.
		f.old, f.read = nil, true
	}
	return err
}

// note counts what a line shows at a time.
func (s *Source) note(f *followed, line []byte, shown seen, at time.Time) {
	for _, i := range shown.sigs {
		s.counts[i].add(at)
	}
	if shown.refusal {
		f.refused.add(at)
	}
	if shown.notable {
		s.recent.add(at, f.Name, line)
	}
}

func (s *Source) age(line []byte) (old, dated bool) {
	t, ok := stamp(line)
	return ok && t.Before(s.now().Add(-window)), ok
}
