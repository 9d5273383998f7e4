package practice

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"time"
)

// Status is what runs of a host.
type Status struct {
	Dir     string     `json:"dir"`
	URL     string     `json:"url"` // the shop, through nginx
	Up      bool       `json:"up"`  // every part is
	Parts   []Part     `json:"parts"`
	Fault   *string    `json:"fault"`    // applied and not healed by Heal; a remedy may have cured it
	FaultAt *time.Time `json:"fault_at"` // UTC
}

// Part is one program of the host.
type Part struct {
	Name string `json:"name"` // app, pm2, mongod, nginx, traffic or deepseek
	PID  *int   `json:"pid"`  // nil when it does not run
	Port *int   `json:"port"` // nil when it listens on none
	Up   bool   `json:"up"`
	Why  string `json:"why,omitempty"` // it is not up
}

// Status looks at every part. It starts nothing, and takes at most a few seconds when parts hang.
func (h *Host) Status(ctx context.Context) (Status, error) {
	if err := h.load(); err != nil {
		return Status{}, err
	}
	p := h.rec.Ports
	s := Status{Dir: h.dir, URL: h.siteURL(), Up: true, Parts: []Part{
		part("app", h.app, p.App, func() string { return h.answersOK(ctx, "/api/health", p.App) }),
		part("pm2", h.pm2Daemon, 0, func() string { return "" }),
		part("mongod", h.mongod, p.Mongod, func() string { return refusal(ctx, p.Mongod) }),
		part("nginx", h.nginx, p.Nginx, func() string { return h.answersOK(ctx, statusPath, p.Nginx) }),
		part("traffic", h.started("traffic"), 0, h.quiet),
		part("deepseek", h.started("deepseek"), p.DeepSeek, func() string { return refusal(ctx, p.DeepSeek) }),
	}}
	for _, part := range s.Parts {
		s.Up = s.Up && part.Up
	}
	if h.rec.Fault != "" {
		s.Fault, s.FaultAt = &h.rec.Fault, &h.rec.FaultAt
	}
	return s, nil
}

func part(name string, find func() (process, bool), port int, wrong func() string) Part {
	result := Part{Name: name}
	if port != 0 {
		result.Port = &port
	}
	p, ok := find()
	if !ok {
		result.Why = "it does not run"
		return result
	}
	result.PID = &p.PID
	result.Why = wrong()
	result.Up = result.Why == ""
	return result
}

func (h *Host) started(name string) func() (process, bool) {
	return func() (process, bool) { return h.rec.Processes[name], h.running(name) }
}

func refusal(ctx context.Context, port int) string {
	if accepts(ctx, port) {
		return ""
	}
	return fmt.Sprintf("port %d refuses connections", port)
}

func (h *Host) answersOK(ctx context.Context, path string, port int) string {
	ctx, cancel := context.WithTimeout(ctx, probeTimeout)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+address(port)+path, nil)
	if err != nil {
		return err.Error()
	}
	res, err := freshClient().Do(req)
	if err != nil {
		return err.Error()
	}
	defer func() { _ = res.Body.Close() }()
	if res.StatusCode != http.StatusOK {
		return fmt.Sprintf("GET %s answers %d", path, res.StatusCode)
	}
	return ""
}

// quiet tells when nginx has logged no visitor for a while.
func (h *Host) quiet() string {
	const patience = 5 * time.Second
	info, err := os.Stat(h.accessLog())
	if err != nil {
		return "nothing in " + h.accessLog()
	}
	if age := time.Since(info.ModTime()); age > patience {
		return fmt.Sprintf("no request for %s", age.Round(time.Second))
	}
	return ""
}
