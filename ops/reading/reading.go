// Package reading builds what a source of readings hands over: one batch of samples, taken at one
// time, known or failed. It measures nothing.
package reading

import (
	"errors"
	"time"

	"calm/model/signal"
	"calm/ops"
)

// Batch is one observation by one source.
type Batch struct {
	source  string
	at      time.Time
	Samples []signal.Sample
}

// New begins a batch of a source at a time.
func New(source string, at time.Time) *Batch {
	return &Batch{source: source, at: at}
}

// Add adds a known sample; its time and source are the batch's.
func (b *Batch) Add(s signal.Sample) {
	s.At, s.Source = b.at, b.source
	b.Samples = append(b.Samples, s)
}

// Value adds a known number.
func (b *Batch) Value(name signal.Name, v float64) {
	b.Add(signal.Sample{Name: name, Value: v})
}

// State adds a known state, with a remark that may be empty.
func (b *Batch) State(name signal.Name, text, note string) {
	b.Add(signal.Sample{Name: name, Text: text, Note: note})
}

// Unknown adds signals of which nothing is known, and why, in a few words.
func (b *Batch) Unknown(why string, names ...signal.Name) {
	for _, n := range names {
		b.Add(signal.Sample{Name: n, Err: why})
	}
}

// Fail adds every one of the signals as unknown because of err, and returns the samples and err, as
// a Collect does when a whole source failed.
func (b *Batch) Fail(err error, names ...signal.Name) ([]signal.Sample, error) {
	b.Unknown(Why(err), names...)
	return b.Samples, err
}

// Why says an error in the few words that fit beside a signal. The cause's own text is left out
// where the operation says enough.
func Why(err error) string {
	var e *ops.Error
	if !errors.As(err, &e) {
		return err.Error()
	}
	return e.Error()
}
