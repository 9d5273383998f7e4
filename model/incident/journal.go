package incident

import "context"

// Journal is an open incident on disk, as everything above ops sees it. Append returns when the
// events are durable; Since gives what was appended after a sequence number, by any console. AppendIf
// appends only where allowed has nothing against the events after one, with no other between them and
// its own; else it gives the error of allowed.
type Journal interface {
	Append(ctx context.Context, drafts ...Draft) ([]Event, error)
	AppendIf(ctx context.Context, after uint64, allowed func([]Event) error, drafts ...Draft) ([]Event, error)
	Since(seq uint64) ([]Event, error)
	Path() string // the incident's folder
	Close() error
}
