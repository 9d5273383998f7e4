package practice

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"calm/ops/run"
)

func sees(t *testing.T, what string, yes func() bool) {
	t.Helper()
	if !poll(t.Context(), within, yes) {
		t.Fatalf("not seen within %s: %s", within, what)
	}
}

// observer reads what a person on the host could read, from the moment it was made.
type observer struct {
	t      *testing.T
	h      *Host
	access int64
	errors int64
}

func observe(t *testing.T, h *Host) *observer {
	return &observer{t: t, h: h, access: size(h.accessLog()), errors: size(h.errorLog())}
}

func (h *Host) errorLog() string { return h.path("pm2", "logs", AppName+"-error.log") }

func size(path string) int64 {
	info, err := os.Stat(path)
	if err != nil {
		return 0
	}
	return info.Size()
}

func since(path string, from int64) string {
	text, _ := os.ReadFile(path)
	return string(text[min(from, int64(len(text))):])
}

// settled waits until visitors have made a few more requests.
func (o *observer) settled() *observer {
	poll(o.t.Context(), 5*time.Second, func() bool { return len(o.requests()) >= 40 })
	return o
}

// requests gives the lines of the access log, less what an observer asked itself.
func (o *observer) requests() []string {
	var list []string
	for line := range strings.SplitSeq(since(o.h.accessLog(), o.access), "\n") {
		if strings.Contains(line, " HTTP/1.1\" ") && !strings.HasPrefix(line, "127.0.0.1 ") {
			list = append(list, line)
		}
	}
	return list
}

// ratio is that of requests answered 5xx, -1 while there are too few of them.
func (o *observer) ratio() float64 {
	lines := o.requests()
	if len(lines) < 100 {
		return -1
	}
	return float64(len(failed(lines))) / float64(len(lines))
}

func failed(lines []string) []string {
	var list []string
	for _, line := range lines {
		if strings.Contains(line, " HTTP/1.1\" 5") {
			list = append(list, line)
		}
	}
	return list
}

func (o *observer) failing(request string) bool {
	return strings.Contains(strings.Join(failed(o.requests()), "\n"), request)
}

func (o *observer) serving() bool {
	lines := o.requests()
	return len(lines) >= 40 && len(failed(lines)) == 0 && o.health() == http.StatusOK
}

// logged tells whether one line of the app's error log has all the words.
func (o *observer) logged(words ...string) bool {
	for line := range strings.SplitSeq(since(o.h.errorLog(), o.errors), "\n") {
		all := true
		for _, w := range words {
			all = all && strings.Contains(line, w)
		}
		if all {
			return true
		}
	}
	return false
}

// page counts the lines with the widget's button, as the runbook does; -1 when there is no page.
func (o *observer) page() int {
	status, body, err := o.h.get(o.t.Context(), "/")
	if err != nil || status != http.StatusOK {
		return -1
	}
	n := 0
	for line := range strings.SplitSeq(body, "\n") {
		if strings.Contains(line, widgetMarker) {
			n++
		}
	}
	return n
}

func (o *observer) health() int {
	status, _, _ := o.h.get(o.t.Context(), "/api/health?check=db")
	return status
}

// tickets asks the dashboard; -1 when it does not say.
func (o *observer) tickets() int {
	_, body, _ := o.h.get(o.t.Context(), "/admin")
	var n int
	if _, after, ok := strings.Cut(body, "<p>"); ok {
		if _, err := fmt.Sscanf(after, "%d tickets", &n); err == nil {
			return n
		}
	}
	return -1
}

// chat gives status and body of a visitor's question.
func (o *observer) chat() string {
	question := strings.NewReader(`{"message":"hello","sessionId":"test"}`)
	req, err := http.NewRequestWithContext(o.t.Context(), http.MethodPost, o.h.siteURL()+"/api/support/chat", question)
	if err != nil {
		o.t.Fatal(err)
	}
	res, err := freshClient().Do(req)
	if err != nil {
		return err.Error()
	}
	defer res.Body.Close()
	var body bytes.Buffer
	_, _ = body.ReadFrom(res.Body)
	return fmt.Sprintf("%d %s", res.StatusCode, body.String())
}

// limit asks the language model's API for the account's limit, as the runbook does.
func (o *observer) limit() int {
	req, err := http.NewRequestWithContext(o.t.Context(), http.MethodHead, o.h.deepSeekURL()+"/v1/models", nil)
	if err != nil {
		o.t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+deepSeekKey)
	res, err := freshClient().Do(req)
	if err != nil {
		return -1
	}
	defer res.Body.Close()
	n, _ := strconv.Atoi(res.Header.Get("x-ratelimit-limit-requests"))
	return n
}

func (o *observer) restarts() int {
	res, err := o.h.pm2(o.t.Context(), nil, "jlist")
	if err != nil {
		o.t.Fatal(err)
	}
	var list []struct {
		Env struct {
			Restarts int `json:"restart_time"`
		} `json:"pm2_env"`
	}
	if err := json.Unmarshal(res.Stdout, &list); err != nil || len(list) != 1 {
		o.t.Fatalf("pm2 jlist: %v, %d apps", err, len(list))
	}
	return list[0].Env.Restarts
}

// operator runs lines in a shell as an operator on the host has it.
func (o *observer) operator(lines string) {
	env := append(o.h.Env(), "BACKUP="+o.h.rec.Backup, "SNIPPETS="+o.h.path("nginx", "snippets"))
	_, err := run.Local{}.Run(o.t.Context(), run.Command{Argv: []string{"sh", "-c", heap + lines}, Dir: o.h.checkout(), Env: env, Timeout: within})
	if err != nil {
		o.t.Fatalf("%s: %v", lines, err)
	}
}
