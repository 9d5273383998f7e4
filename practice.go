package main

import (
	"context"
	"fmt"
	"strings"

	"calm/ops/practice"
	"calm/ui/cli"
)

// practiceHost is the practice host in a folder, as the commands drive it.
type practiceHost struct{ dir string }

func newPractice(dir string) cli.Practice { return practiceHost{dir} }

func (p practiceHost) Tools(ctx context.Context, log func(string)) error {
	return practice.Fetch(ctx, practice.Options{Dir: p.dir, Log: log})
}

func (p practiceHost) Up(ctx context.Context, log func(string)) error {
	_, err := practice.Up(ctx, practice.Options{Dir: p.dir, Log: log})
	return err
}

func (p practiceHost) Down(ctx context.Context) error {
	h, err := practice.Open(p.dir)
	if err != nil {
		return err
	}
	return h.Down(ctx)
}

func (p practiceHost) Status(ctx context.Context) (any, error) {
	h, err := practice.Open(p.dir)
	if err != nil {
		return nil, err
	}
	s, err := h.Status(ctx)
	return practiceStatus{s}, err
}

func (p practiceHost) Fault(ctx context.Context, name string) error {
	h, err := practice.Open(p.dir)
	if err != nil {
		return err
	}
	return h.Fault(ctx, name)
}

func (p practiceHost) Heal(ctx context.Context) error {
	h, err := practice.Open(p.dir)
	if err != nil {
		return err
	}
	return h.Heal(ctx)
}

func (p practiceHost) Config() (string, error) {
	h, err := practice.Open(p.dir)
	if err != nil {
		return "", err
	}
	return h.ConfigPath(), nil
}

func (p practiceHost) Faults() []string {
	var names []string
	for _, f := range practice.Faults() {
		names = append(names, f.Name)
	}
	return names
}

// practiceStatus is the status with a text for people.
type practiceStatus struct{ practice.Status }

// String is a line for each part.
func (s practiceStatus) String() string {
	var out strings.Builder
	fmt.Fprintf(&out, "%s in %s\n", s.URL, s.Dir)
	for _, p := range s.Parts {
		state := "up"
		if !p.Up {
			state = "not up: " + p.Why
		}
		pid := ""
		if p.PID != nil {
			pid = fmt.Sprintf("pid %d", *p.PID)
		}
		fmt.Fprintf(&out, "  %-9s %-12s %s\n", p.Name, pid, state)
	}
	fault := "none"
	if s.Fault != nil {
		fault = *s.Fault + " since " + s.FaultAt.UTC().Format("15:04:05 UTC")
	}
	fmt.Fprintf(&out, "  %-9s %s", "fault", fault)
	return out.String()
}
