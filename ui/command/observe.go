package command

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"calm/model/signal"
)

// Observe asks every source once, side by side, and gives what came within the limit. A source
// that did not answer in time gives a failed reading for each of its signals, so that its silence
// is said and never taken for health.
func Observe(ctx context.Context, s Session, limit time.Duration) []signal.Sample {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	var (
		mu   sync.Mutex
		all  []signal.Sample
		done = make([]bool, len(s.Polls))
		wait = make(chan struct{})
		wg   sync.WaitGroup
	)
	for i, p := range s.Polls {
		wg.Go(func() {
			msg, _ := Collect(Poll{Source: within{ctx, p.Source}, Every: p.Every, Timeout: limit}, i, 1)().(SamplesMsg)
			samples := msg.Samples
			if msg.Err != nil && len(samples) == 0 {
				samples = Silent(p, msg.Err, msg.At)
			}
			mu.Lock()
			defer mu.Unlock()
			if !done[i] {
				done[i] = true
				all = append(all, samples...)
			}
		})
	}
	go func() { wg.Wait(); close(wait) }()
	select {
	case <-wait:
	case <-ctx.Done():
	}
	mu.Lock()
	defer mu.Unlock()
	for i, p := range s.Polls {
		if !done[i] {
			done[i] = true
			all = append(all, Silent(p, fmt.Errorf("%s: no answer in %s", p.Name(), limit), time.Now())...)
		}
	}
	return all
}

// within gives every Collect the bounds of the whole observation.
type within struct {
	ctx context.Context
	Source
}

// Collect ends when the observation does. A deadline stays a deadline on the way: a source that was
// too slow must not say that somebody cancelled it.
func (w within) Collect(ctx context.Context) ([]signal.Sample, error) {
	end, ok := w.ctx.Deadline()
	if !ok {
		end = time.Now().Add(time.Hour)
	}
	ctx, cancel := context.WithDeadline(ctx, end)
	defer cancel()
	defer context.AfterFunc(w.ctx, func() {
		if errors.Is(w.ctx.Err(), context.Canceled) {
			cancel()
		}
	})()
	return w.Source.Collect(ctx)
}

// Silent makes failed readings for a source that gave nothing at all, one for each signal that it
// is known to give.
func Silent(p Poll, err error, at time.Time) []signal.Sample {
	out := make([]signal.Sample, 0, len(p.Gives))
	for _, n := range p.Gives {
		out = append(out, signal.Sample{Name: n, At: at, Source: p.Name(), Err: err.Error()})
	}
	return out
}
