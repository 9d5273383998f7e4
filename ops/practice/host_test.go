package practice

import (
	"bytes"
	"context"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// within is how long anything may take to be seen, on a machine that has other things to do.
const within = 2 * time.Minute

// rehearsal is a fault as an operator meets it, with the real parts.
type rehearsal struct {
	fault    string
	symptom  func(*observer) bool
	vain     string // what the runbook says first, where it cures nothing
	remedy   string // what cures, run in an operator's shell in the checkout
	cured    func(*observer) bool
	severity [2]float64 // the ratio of failed requests lies between these while it lasts
}

// The leak, which takes longest, is among the first four: one host takes those, another the rest.
var rehearsals = []rehearsal{
	{
		fault:   "leak",
		symptom: func(o *observer) bool { return o.logged("JavaScript heap out of memory") && o.restarts() >= 2 },
		vain:    `export NODE_OPTIONS="--max-old-space-size=4096"; pm2 restart glowglitch-app; test "$(heap)" = 64`,
		remedy:  `export NODE_OPTIONS="--max-old-space-size=4096"; pm2 restart glowglitch-app --update-env; test "$(heap)" = 4096`,
		cured:   (*observer).serving,
	},
	{
		fault: "products-failing",
		symptom: func(o *observer) bool {
			return o.failing("GET /api/support/products") && o.logged("support/products", "notablescan")
		},
		severity: [2]float64{0.20, 0.50},
		vain:     `pm2 restart glowglitch-app`,
		remedy:   `mongosh $MONGODB_URI --eval 'db.products.createIndex({ readyToShip: 1, category: 1 })'`,
		cured:    (*observer).serving,
	},
	{
		fault:   "flag-off",
		symptom: func(o *observer) bool { return o.page() == 0 && o.health() == http.StatusOK },
		vain:    `export NEXT_PUBLIC_CONCIERGE_ENABLED=true; pm2 restart glowglitch-app`,
		remedy:  `export NEXT_PUBLIC_CONCIERGE_ENABLED=true; pm2 restart glowglitch-app --update-env`,
		cured:   func(o *observer) bool { return o.page() == 1 },
	},
	{
		fault: "tickets-corrupted",
		symptom: func(o *observer) bool {
			return o.failing("GET /api/support/tickets") && o.logged("stylistTickets", "is corrupt") && o.tickets() == 216
		},
		severity: [2]float64{0.01, 0.10},
		vain:     `pm2 stop glowglitch-app; mongorestore --uri="$MONGODB_URI" --dir=$BACKUP --drop; pm2 start glowglitch-app`,
		remedy:   `pm2 stop glowglitch-app; mongorestore --uri="$MONGODB_URI" --dir=$BACKUP/glowglitch --drop; pm2 start glowglitch-app`,
		cured:    func(o *observer) bool { return o.tickets() == 240 && o.serving() },
	},
	{
		fault: "pool-held",
		symptom: func(o *observer) bool {
			return o.health() == http.StatusServiceUnavailable && o.logged("Connection timeout", "checking out a connection from connection pool")
		},
		severity: [2]float64{0.50, 1},
		remedy:   `pm2 restart glowglitch-app`,
		cured:    (*observer).serving,
	},
	{
		fault:   "pool-held-again",
		symptom: func(o *observer) bool { return o.health() == http.StatusServiceUnavailable },
		vain:    `pm2 restart glowglitch-app`,
		remedy:  `sed -i 's/maxPoolSize: 10,/maxPoolSize: 50,/' src/lib/mongodb.ts; npm run build; pm2 restart glowglitch-app`,
		cured:   (*observer).serving,
	},
	{
		fault:    "deepseek-429",
		symptom:  func(o *observer) bool { return o.logged("DeepSeek API error: 429") && o.limit() == reducedLimit },
		severity: [2]float64{0.10, 0.20},
		remedy:   `export CONCIERGE_FALLBACK=on; pm2 restart glowglitch-app --update-env`,
		cured:    (*observer).serving,
	},
	{
		fault: "bad-release",
		symptom: func(o *observer) bool {
			return o.failing("POST /api/support/chat") && o.failing("GET /api/support/products")
		},
		severity: [2]float64{0.20, 0.50},
		vain:     `pm2 restart glowglitch-app`,
		remedy:   `git checkout --quiet HEAD~1; npm ci; npm run build; pm2 restart glowglitch-app`,
		cured:    (*observer).serving,
	},
	{
		fault:   "pii-leak",
		symptom: func(o *observer) bool { return strings.Contains(o.chat(), "@example.com") },
		vain:    `export NEXT_PUBLIC_CONCIERGE_ENABLED=false; pm2 restart glowglitch-app`,
		remedy:  `echo 'location ^~ /api/support/ { return 503; }' > $SNIPPETS/kill-switch.conf; nginx -s reload`,
		cured:   func(o *observer) bool { return strings.HasPrefix(o.chat(), "503 ") },
	},
}

// heap prints the heap limit that the running app was really started with.
const heap = `heap() { tr '\0' '\n' < /proc/$(pm2 pid glowglitch-app)/environ | sed -n 's/^NODE_OPTIONS=--max-old-space-size=//p'; }; set -e; `

// TestHost works with two hosts side by side: that halves the time, and each must leave the other alone.
func TestHost(t *testing.T) {
	first := bringUp(t)
	second := bringUp(t)
	t.Run("is healthy", func(t *testing.T) { isHealthy(t, first) })
	t.Run("can be opened and brought up again", func(t *testing.T) { isIdempotent(t, first) })
	t.Run("rehearsals", func(t *testing.T) {
		for name, part := range map[string]struct {
			host *Host
			list []rehearsal
		}{"first": {first, rehearsals[:4]}, "second": {second, rehearsals[4:]}} {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				for _, r := range part.list {
					t.Run(r.fault, func(t *testing.T) { rehearse(t, part.host, r) })
				}
			})
		}
	})
	t.Run("flags can be built in", func(t *testing.T) { buildsFlagsIn(t, first) })
	t.Run("comes back when its parts are gone", func(t *testing.T) { comesBack(t, first) })
	t.Run("goes without a trace", func(t *testing.T) { goesWithoutTrace(t, first) })
	if s, err := second.Status(t.Context()); err != nil || !s.Up {
		t.Errorf("the end of another host touched this one: %+v, %v", s, err)
	}
}

func bringUp(t *testing.T) *Host {
	t.Helper()
	// Not the test's folder itself: Down must be able to remove it.
	h, err := Up(t.Context(), Options{Dir: filepath.Join(t.TempDir(), "host"), Log: func(line string) { t.Log(line) }})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := h.Down(context.Background()); err != nil {
			t.Error(err)
		}
	})
	return h
}

func isHealthy(t *testing.T, h *Host) {
	s, err := h.Status(t.Context())
	if err != nil || !s.Up || len(s.Parts) != 6 || s.Fault != nil {
		t.Fatalf("status = %+v, %v", s, err)
	}
	for path, want := range map[string]string{
		"/":                              widgetMarker,
		"/api/health":                    `{"status":"ok","timestamp":"`,
		"/api/health?check=db":           `"checks":{"database":"ok"}`,
		"/api/metrics?format=summary":    `{"summary":{"/api/support/`,
		"/api/metrics":                   `"labels":{"endpoint":"/api/support/products"}`,
		"/api/metrics?format=prometheus": `concierge_api_latency_p95{endpoint="/api/support/products"} `,
		"/admin":                         "240 tickets",
		statusPath:                       "Active connections:",
	} {
		status, body, err := h.get(t.Context(), path)
		if err != nil || status != http.StatusOK || !strings.Contains(body, want) {
			t.Errorf("GET %s = %d %.300s (%v), want %q in it", path, status, body, err, want)
		}
	}
	sees(t, "20 requests a second in the access log", func() bool {
		before := len(tail(h.accessLog(), 1<<20))
		started := time.Now()
		return poll(t.Context(), 10*time.Second, func() bool { return len(tail(h.accessLog(), 1<<20)) >= before+40 }) && time.Since(started) < 6*time.Second
	})
}

func isIdempotent(t *testing.T, h *Host) {
	before, err := h.Status(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	again, err := Up(t.Context(), Options{Dir: h.Dir()})
	if err != nil {
		t.Fatal(err)
	}
	after, err := again.Status(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for i := range before.Parts {
		if *before.Parts[i].PID != *after.Parts[i].PID {
			t.Errorf("a second up replaced %s", before.Parts[i].Name)
		}
	}
	if opened, err := Open(h.Dir()); err != nil || opened.ConfigPath() != h.ConfigPath() {
		t.Errorf("open = %+v, %v", opened, err)
	}
}

func rehearse(t *testing.T, h *Host, r rehearsal) {
	if err := h.Fault(t.Context(), r.fault); err != nil {
		t.Fatal(err)
	}
	o := observe(t, h)
	sees(t, "symptoms", func() bool { return r.symptom(o) })
	if s, err := h.Status(t.Context()); err != nil || s.Fault == nil || *s.Fault != r.fault {
		t.Errorf("status does not name the fault: %+v, %v", s, err)
	}
	if r.severity[1] > 0 {
		sees(t, "the ratio of failed requests", func() bool { return r.severity[0] < o.ratio() && o.ratio() < r.severity[1] })
	}
	if r.vain != "" {
		o.operator(r.vain)
		if r.fault != "leak" { // that one takes its time to come back; the command itself has looked
			o = observe(t, h)
			sees(t, "symptoms after a remedy that cures nothing", func() bool { return r.symptom(o) })
		}
	}
	o.operator(r.remedy)
	sees(t, "that the remedy cures", func() bool { return r.cured(observe(t, h).settled()) })
	if err := h.Heal(t.Context()); err != nil {
		t.Fatal(err)
	}
	if why := h.unhealthy(t.Context()); why != "" {
		t.Errorf("after heal: %s", why)
	}
}

// buildsFlagsIn sees the trap of NEXT_PUBLIC_ variables: what a build has fixed, no restart changes.
func buildsFlagsIn(t *testing.T, h *Host) {
	o := observe(t, h)
	o.operator(`CONCIERGE_FLAGS=inline NEXT_PUBLIC_CONCIERGE_ENABLED=false npm run build; pm2 restart glowglitch-app`)
	sees(t, "no widget", func() bool { return o.page() == 0 })
	o.operator(`export NEXT_PUBLIC_CONCIERGE_ENABLED=true; pm2 restart glowglitch-app --update-env`)
	sees(t, "no widget after a restart with the flag on", func() bool { return o.page() == 0 })
	o.operator(`CONCIERGE_FLAGS=inline NEXT_PUBLIC_CONCIERGE_ENABLED=true npm run build; pm2 restart glowglitch-app`)
	sees(t, "the widget after another build", func() bool { return o.page() == 1 })
	if err := h.Heal(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// comesBack ends parts the way a bad night does, and lets Up repair.
func comesBack(t *testing.T, h *Host) {
	for _, find := range []func() (process, bool){h.mongod, h.pm2Daemon, h.nginx} {
		p, ok := find()
		if !ok {
			t.Fatal("a part of a healthy host does not run")
		}
		if err := endAll(t.Context(), []process{p}); err != nil {
			t.Fatal(err)
		}
	}
	s, err := h.Status(t.Context())
	if err != nil || s.Up {
		t.Fatalf("status = %+v, %v", s, err)
	}
	for _, p := range s.Parts {
		gone := p.Name == "mongod" || p.Name == "pm2" || p.Name == "nginx"
		if gone && (p.Up || p.PID != nil || p.Why == "") {
			t.Errorf("part that was ended: %+v", p)
		}
	}
	if _, err := Up(t.Context(), Options{Dir: h.Dir()}); err != nil {
		t.Error(err)
	}
}

func goesWithoutTrace(t *testing.T, h *Host) {
	if err := h.load(); err != nil {
		t.Fatal(err)
	}
	running := h.everything()
	if len(running) < 6 {
		t.Errorf("only %d processes were found on a host that is up", len(running))
	}
	for range 2 { // the second time there is nothing to do
		if err := h.Down(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	for _, p := range running {
		if p.alive() {
			t.Errorf("process %d still runs", p.PID)
		}
	}
	for _, file := range []string{"cmdline", "environ"} {
		paths, _ := filepath.Glob("/proc/[0-9]*/" + file)
		for _, path := range paths {
			// A process that has ended meanwhile is what is wanted.
			text, _ := os.ReadFile(path)
			if bytes.Contains(text, []byte(h.Dir())) {
				t.Errorf("%s still names the host's folder", path)
			}
		}
	}
	links, _ := filepath.Glob("/proc/[0-9]*/cwd")
	for _, link := range links {
		if dir, err := os.Readlink(link); err == nil && strings.HasPrefix(dir, h.Dir()) {
			t.Errorf("%s is still in the host's folder", link)
		}
	}
	if _, err := os.Stat(h.Dir()); !os.IsNotExist(err) {
		t.Errorf("the host's folder is still there: %v", err)
	}
}
