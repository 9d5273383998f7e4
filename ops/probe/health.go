// Package probe asks the service what a user or a monitor would ask it: is it healthy, and does its
// page hold what it should. It also has the HTTP client that every source with a URL uses: one kept
// connection, a bounded body, a timeout, and errors that fit on a line. It only sends GET requests.
package probe

import (
	"context"
	"net/url"
	"strconv"
	"strings"
	"time"

	"calm/model/signal"
	"calm/ops/jsonscan"
	"calm/ops/reading"
)

// verdict is what an answer says about one thing.
type verdict string

const (
	silent verdict = "" // it does not say
	good   verdict = "ok"
	bad    verdict = "error"
)

// Health asks a health URL. It understands what such endpoints answer in the wild:
// {"status":"ok","checks":{"database":"ok"}}, {"ok":true,"checks":{"db":"error"}} with status 200
// all the same, a bare "ok", and a status that is not 2xx.
type Health struct {
	client *Client
}

// NewHealth makes a source for a health URL. Where the URL has no query, check=db is asked for,
// which some services need to look at their database; the others ignore it.
func NewHealth(raw string) *Health {
	if u, err := url.Parse(raw); err == nil && u.RawQuery == "" {
		u.RawQuery = "check=db"
		raw = u.String()
	}
	return &Health{client: NewClient(raw, "application/json, text/plain;q=0.5, */*;q=0.1")}
}

// Name is "health".
func (h *Health) Name() string { return "health" }

// Close ends the kept connection.
func (h *Health) Close() { h.client.Close() }

// Collect gives the health of the service and of its database as the service tells it. A database
// in error makes the service's health an error too. An answer that says nothing about one of them
// leaves it unknown.
func (h *Health) Collect(ctx context.Context) ([]signal.Sample, error) {
	b := reading.New(h.client.Name(), time.Now())
	a, err := h.client.Get(ctx)
	if err != nil {
		return b.Fail(err, signal.Health, signal.DBHealth)
	}
	whole, db, why := judge(a)
	note := "HTTP " + strconv.Itoa(a.Status)
	if whole == good && db == bad {
		whole, note = bad, note+", its database is in error"
	}
	if whole == silent {
		b.Unknown(why, signal.Health)
	} else {
		b.State(signal.Health, string(whole), note)
	}
	switch {
	case db != silent:
		b.State(signal.DBHealth, string(db), "HTTP "+strconv.Itoa(a.Status))
	case whole == silent:
		b.Unknown(why, signal.DBHealth)
	default:
		b.Unknown("HTTP "+strconv.Itoa(a.Status)+" says nothing about the database", signal.DBHealth)
	}
	return b.Samples, nil
}

// judge reads an answer. why is filled when nothing can be said about the whole.
func judge(a Answer) (whole, db verdict, why string) {
	said, db, parsed := report(a.Body)
	switch {
	case !a.OK():
		return bad, db, ""
	case a.Cut:
		return silent, silent, "the answer is larger than 1 MiB"
	case parsed && said == silent && db == silent:
		return silent, silent, "the answer names no status"
	case parsed && said == silent:
		return db, db, ""
	case parsed:
		return said, db, ""
	}
	if v := word(strings.TrimSpace(string(a.Body[:min(len(a.Body), 40)]))); v != silent && len(a.Body) < 40 {
		return v, silent, ""
	}
	return silent, silent, "the answer is no health report but " + kind(a)
}

// report reads the JSON forms; parsed is false for anything else.
func report(body []byte) (whole, db verdict, parsed bool) {
	var ok, status verdict
	err := jsonscan.Object(body, func(k, v []byte) error {
		switch string(k) {
		case "ok", "healthy":
			ok = truth(v)
		case "status":
			status = word(jsonscan.Text(v))
		case "db", "database", "mongodb", "mongo":
			db = truth(v)
		case "checks", "services", "dependencies", "details", "components":
			if found := database(v); found != silent {
				db = found
			}
		}
		return nil
	})
	if err != nil {
		return silent, silent, false
	}
	whole = ok
	if whole == silent || status == bad {
		whole = status
	}
	return whole, db, true
}

// database finds what the checks say about the database: "ok", true, or {"status":"up"}.
func database(checks []byte) (db verdict) {
	_ = jsonscan.Object(checks, func(k, v []byte) error {
		switch strings.ToLower(string(k)) {
		case "db", "database", "mongodb", "mongo":
			db = truth(v)
		}
		return nil
	})
	return db
}

// truth reads a value that is a boolean, a word, or an object with a status.
func truth(v []byte) (t verdict) {
	switch v[0] {
	case 't':
		return good
	case 'f':
		return bad
	case '"':
		return word(jsonscan.Text(v))
	case '{':
		_ = jsonscan.Object(v, func(k, v []byte) error {
			switch string(k) {
			case "status", "ok", "healthy", "state":
				if v[0] != '{' {
					t = truth(v)
				}
			}
			return nil
		})
	}
	return t
}

// word says what a status word means. One that is not known says nothing.
func word(s string) verdict {
	switch strings.ToLower(strings.Trim(s, `"`)) {
	case "ok", "up", "healthy", "pass", "passing", "connected", "ready", "online", "green":
		return good
	case "error", "down", "unhealthy", "fail", "failed", "failing", "disconnected", "critical", "degraded", "unavailable", "red":
		return bad
	}
	return silent
}

// kind says what an answer is when it is not what was wanted.
func kind(a Answer) string {
	t, _, _ := strings.Cut(a.Type, ";")
	switch {
	case len(a.Body) == 0:
		return "empty"
	case strings.HasSuffix(t, "json"):
		return "broken JSON"
	case t == "":
		return "something else"
	}
	return printable(t)
}

func printable(s string) string {
	return oneLine(strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return -1
		}
		return r
	}, s))
}
