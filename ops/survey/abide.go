package survey

import (
	"context"
	"sync"
	"time"

	"calm/ops"
)

// grace is what a look has after its time is up, to say so itself.
const grace = 50 * time.Millisecond

// job is one look. What look found is taken over by the function that it gives; when it was too
// slow, late says so instead, and nothing of it is taken over any more.
type job struct {
	look func(context.Context) func()
	late func()
}

// abide does the jobs, a few abreast, each within its time and all within the context's. A job that
// does not end when it is told to, on a disk that hangs, is left behind.
func abide(ctx context.Context, jobs []job) {
	turns := make(chan struct{}, abreast)
	takes := make([]func(), len(jobs))
	var wg sync.WaitGroup
	for i, j := range jobs {
		wg.Go(func() {
			takes[i] = j.late
			select {
			case turns <- struct{}{}:
			case <-ctx.Done():
				return
			}
			defer func() { <-turns }()
			if take := within(ctx, j); take != nil {
				takes[i] = take
			}
		})
	}
	wg.Wait()
	for _, take := range takes {
		take()
	}
}

// within does one job. What heeds its context has a little longer than that to say in its own words
// why it found nothing.
func within(ctx context.Context, j job) func() {
	look, cancel := context.WithTimeout(ctx, each)
	defer cancel()
	found := make(chan func(), 1)
	go func() { found <- j.look(look) }()
	select {
	case take := <-found:
		return take
	case <-look.Done():
	}
	select {
	case take := <-found:
		return take
	case <-time.After(grace):
		return nil
	}
}

// shared asks each question once, whoever asks it; the others wait for the same answer, and no
// longer than the first: where it hangs, only one look's time is lost.
type shared[T any] struct {
	mu      sync.Mutex
	answers map[string]*pending[T]
}

// pending is a question under way. Its answer may be read when done is closed.
type pending[T any] struct {
	done   chan struct{}
	until  context.Context
	answer T
	err    error
}

func (s *shared[T]) get(ctx context.Context, question string, ask func(context.Context) (T, error)) (T, error) {
	s.mu.Lock()
	p, ok := s.answers[question]
	if !ok {
		if s.answers == nil {
			s.answers = map[string]*pending[T]{}
		}
		p = &pending[T]{done: make(chan struct{}), until: ctx}
		s.answers[question] = p
		go func() {
			defer close(p.done)
			p.answer, p.err = ask(ctx)
		}()
	}
	s.mu.Unlock()
	var none T
	select {
	case <-p.done:
		return p.answer, p.err
	case <-p.until.Done():
	case <-ctx.Done():
	}
	select {
	case <-p.done:
		return p.answer, p.err
	default:
		return none, ops.Errorf(ops.Timeout, question, "no answer in time")
	}
}
