package e2e

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"
)

// examined is one `calm doctor --json`.
type examined struct {
	OK                      bool
	Missing, Unknown, There int
	Things                  []struct {
		Kind, Name, Here, State, Detail, Help string
		NeededBy                              []struct{ Line int } `json:"needed_by"`
	}
	Checks  []struct{ Name, State, Text, Detail string }
	Signals []struct {
		Name, Source, Error string
		Measured            bool
	}
	code int
	took time.Duration
}

// in gives "kind name: detail" of the things in a state, what only a person can judge left out.
func (e examined) in(state string) []string {
	out := []string{}
	for _, x := range e.Things {
		if x.State == state && x.Kind != "channel" && !strings.Contains(x.Name, "monitoring.glowglitch.com") {
			out = append(out, x.Kind+" "+x.Name+": "+x.Detail)
		}
	}
	return out
}

// says fails unless exactly the things that begin with the texts are in a state.
func (e examined) says(t *testing.T, state string, texts ...string) {
	t.Helper()
	got := e.in(state)
	ok := len(got) == len(texts)
	for _, text := range texts {
		ok = ok && slices.ContainsFunc(got, func(x string) bool { return strings.Contains(x, text) })
	}
	if !ok {
		t.Errorf("%s are\n  %s\nwant\n  %s", state, strings.Join(got, "\n  "), strings.Join(texts, "\n  "))
	}
}

func (h *host) doctor(config string, args ...string) examined {
	h.t.Helper()
	cmd := exec.CommandContext(h.t.Context(), binary, append(args, "doctor", "--json", "--config", config, "--state", h.state)...)
	cmd.Env = h.env
	begin := time.Now()
	out, err := cmd.Output()
	e := examined{took: time.Since(begin), code: cmd.ProcessState.ExitCode()}
	if wrong := documented(string(out)); wrong != "" {
		h.t.Fatalf("calm doctor: %v: %s\n%s", err, wrong, out)
	}
	if err := json.Unmarshal(out, &e); err != nil {
		h.t.Fatal(err)
	}
	if want := map[bool]int{true: 0, false: 1}[e.Missing == 0]; e.code != want || e.OK != (e.Missing == 0) {
		h.t.Errorf("exit %d, ok %v, with %d missing", e.code, e.OK, e.Missing)
	}
	if e.Missing+e.Unknown+e.There != len(e.Things) {
		h.t.Errorf("%d, %d and %d are not all of %d", e.Missing, e.Unknown, e.There, len(e.Things))
	}
	return e
}

// edited is a copy of a file with something in it replaced.
func edited(t *testing.T, path, old, by string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	changed := strings.ReplaceAll(string(text), old, by)
	if changed == string(text) {
		t.Fatalf("%s has no %q", path, old)
	}
	copied := filepath.Join(t.TempDir(), filepath.Base(path))
	if err := os.WriteFile(copied, []byte(changed), 0o600); err != nil {
		t.Fatal(err)
	}
	return copied
}

// away takes a file off the host and gives what brings it back.
func away(t *testing.T, path string) (back func()) {
	t.Helper()
	if err := os.Rename(path, path+".away"); err != nil {
		t.Fatal(err)
	}
	return func() {
		if err := os.Rename(path+".away", path); err != nil {
			t.Fatal(err)
		}
	}
}

const (
	builtin      = "../runbooks/aurora-concierge.md"
	thoroughness = 3 * time.Second // that a look at a healthy host may take
)

// The runbook held against a real host: whole, then with one thing after the other taken away.
func TestDoctorOverAHost(t *testing.T) {
	t.Parallel()
	h := newHost(t)
	config := h.ConfigPath()
	before := h.picture()
	well := h.doctor(config)
	h.unchanged(before)
	well.says(t, "missing")
	well.says(t, "unknown")
	if well.There < 35 || well.took > thoroughness {
		t.Errorf("%d things there, in %s", well.There, well.took)
	}
	for _, s := range well.Signals {
		if !s.Measured || s.Source == "" {
			t.Errorf("a healthy host: %+v", s)
		}
	}
	for _, c := range well.Checks {
		if c.State != "there" {
			t.Errorf("a healthy host: %+v", c)
		}
	}
	t.Run("the seed", func(t *testing.T) {
		// What the team's first runbook gets wrong, and nothing else.
		in := *h
		in.t = t
		in.doctor(config, "--runbook", seed).says(t, "missing", "path npm: no such file", "variable NEXT_PUBLIC_CONCIERGE_ENABLED: glowglitch-app has it", "variable NEXT_PUBLIC_CONCIERGE_ROLLOUT_PERCENTAGE: glowglitch-app has it")
	})
	for _, fault := range absences {
		t.Run(fault.name, func(t *testing.T) {
			in := *h
			in.t = t
			fault.holds(&in)
		})
	}
	if out, code := h.calm("doctor", "nonesuch.md"); code != 2 || out != "" {
		t.Errorf("a runbook that is not there: exit %d, %q", code, out)
	}
}

// absence is one thing taken off the host, and what the doctor must say then.
type absence struct {
	name    string
	take    func(h *host) (config string, args []string, back func())
	missing []string
	unknown []string
}

var absences = []absence{
	{"a program", func(h *host) (string, []string, func()) {
		return h.ConfigPath(), nil, away(h.t, filepath.Join(h.Dir(), "bin", "mongorestore"))
	}, []string{"program mongorestore: not in the PATH"}, nil},
	{"a pm2 name", func(h *host) (string, []string, func()) {
		return h.ConfigPath(), []string{"--runbook", edited(h.t, builtin, "pm2 stop glowglitch-app", "pm2 stop glowglitch-web")}, nil
	}, []string{"process glowglitch-web: pm2 has glowglitch-app"}, nil},
	{"the backup", func(h *host) (string, []string, func()) {
		backups, err := filepath.Glob(filepath.Join(h.Dir(), "backups", "*"))
		if err != nil || len(backups) == 0 {
			h.t.Fatalf("backups: %q, %v", backups, err)
		}
		return h.ConfigPath(), nil, away(h.t, backups[len(backups)-1]) // the newest
	}, []string{"path /backups/latest/glowglitch: no such file"}, nil},
	{"a variable", func(h *host) (string, []string, func()) {
		return edited(h.t, h.ConfigPath(), "DEEPSEEK_API_KEY", "OTHER_KEY"), nil, nil
	}, []string{"variable DEEPSEEK_API_KEY: glowglitch-app has it, but a command in a shell does not see that"}, nil},
	{"an index", func(h *host) (string, []string, func()) {
		return h.ConfigPath(), []string{"--runbook", edited(h.t, builtin, "createIndex({ readyToShip: 1, category: 1 })", "createIndex({ price: 1 })")}, nil
	}, []string{"index products { price: 1 }: products has _id_"}, nil},
	{"a collection", func(h *host) (string, []string, func()) {
		return h.ConfigPath(), []string{"--runbook", edited(h.t, builtin, "db.stylistTickets", "db.tickets")}, nil
	}, []string{"collection tickets: glowglitch has "}, nil},
	{"a route", func(h *host) (string, []string, func()) {
		return h.ConfigPath(), []string{"--runbook", edited(h.t, builtin, "/api/health?check=db", "/api/wealth")}, nil
	}, []string{"url https://glowglitch.com/api/wealth: answers 404"}, nil},
	{"the snippets", func(h *host) (string, []string, func()) {
		return edited(h.t, h.ConfigPath(), "snippets: ", "snippets: /nonesuch"), nil, nil
	}, []string{"site location ^~ /api/support/: ", "site location = /api/support: "}, nil},
	{"mongod, mute", func(h *host) (string, []string, func()) { return h.mute("mongod") }, nil,
		[]string{"collection products: mongod", "collection stylistTickets: mongod", "index products { readyToShip: 1, category: 1 }: mongod", "/api/health?check=db", "/api/support/products"}},
	{"pm2, mute", func(h *host) (string, []string, func()) { return h.mute("pm2") }, nil, []string{"process glowglitch-app: pm2"}},
	{"nginx, off", func(h *host) (string, []string, func()) {
		pid := h.pid("nginx")
		h.signalTo("nginx", syscall.SIGQUIT)
		h.gone(pid)
		return h.ConfigPath(), nil, h.heal
	}, nil, []string{"https://glowglitch.com/: connection refused", "/api/metrics?format=summary: connection refused", "/api/health?check=db: connection refused", "/api/support/products: connection refused"}},
}

func (h *host) mute(part string) (string, []string, func()) {
	pid := h.pid(part)
	h.signalTo(part, syscall.SIGSTOP)
	return h.ConfigPath(), nil, func() {
		if err := syscall.Kill(pid, syscall.SIGCONT); err != nil {
			h.t.Error(err)
		}
	}
}

func (a absence) holds(h *host) {
	config, args, back := a.take(h)
	if back != nil {
		defer back()
	}
	e := h.doctor(config, args...)
	e.says(h.t, "missing", a.missing...)
	e.says(h.t, "unknown", a.unknown...)
	if strings.Contains(a.name, "backup") {
		i := slices.IndexFunc(e.Checks, func(c struct{ Name, State, Text, Detail string }) bool { return c.Name == "backup" })
		if i < 0 || e.Checks[i].State != "missing" {
			h.t.Errorf("no backup, and yet %+v", e.Checks)
		}
	}
	// The promise is for a healthy host; one that is not may keep the doctor a little longer.
	if e.took > 2*thoroughness {
		h.t.Errorf("it took %s", e.took)
	}
}

// picture is all of a host that a look must leave as it is: its processes, its files that nobody
// writes by themselves, and what was made or dropped in its database since it was started.
type picture struct{ processes, files, commands string }

func (h *host) picture() picture {
	h.t.Helper()
	s, err := h.Status(h.t.Context())
	if err != nil {
		h.t.Fatal(err)
	}
	var p picture
	for _, part := range s.Parts {
		if part.PID != nil {
			p.processes += fmt.Sprintln(part.Name, *part.PID, part.Up)
		}
	}
	p.files = h.files("srv", "backups", "bin", "etc", "nginx/nginx.conf", "nginx/sites", "nginx/snippets", "calm.yaml", ".gitconfig", ".npmrc")
	p.commands = h.made()
	return p
}

func (h *host) files(names ...string) string {
	var out strings.Builder
	for _, name := range names {
		err := filepath.WalkDir(filepath.Join(h.Dir(), name), func(path string, e fs.DirEntry, err error) error {
			if err != nil {
				return err
			}
			info, err := e.Info()
			if err == nil {
				fmt.Fprintln(&out, path, info.Mode(), info.Size(), info.ModTime().UnixNano())
			}
			return err
		})
		if err != nil {
			h.t.Fatal(err)
		}
	}
	return out.String()
}

// made counts the commands that make, change or drop something in mongod. Visitors insert and update
// all the time; nobody else of this host does any of these.
func (h *host) made() string {
	config, err := os.ReadFile(h.ConfigPath())
	if err != nil {
		h.t.Fatal(err)
	}
	_, uri, _ := strings.Cut(string(config), "uri: ")
	uri, _, _ = strings.Cut(uri, "\n")
	client, err := mongo.Connect(options.Client().ApplyURI(strings.Trim(uri, `"' `)))
	if err != nil {
		h.t.Fatal(err)
	}
	defer func() { _ = client.Disconnect(h.t.Context()) }()
	raw, err := client.Database("admin").RunCommand(h.t.Context(), bson.D{{Key: "serverStatus", Value: 1}}).Raw()
	if err != nil {
		h.t.Fatal(err)
	}
	var out strings.Builder
	for _, name := range []string{"create", "createIndexes", "drop", "dropDatabase", "dropIndexes", "delete", "collMod", "renameCollection"} {
		fmt.Fprintln(&out, name, raw.Lookup("metrics", "commands", name, "total").String())
	}
	return out.String()
}

func (h *host) unchanged(before picture) {
	h.t.Helper()
	if after := h.picture(); after != before {
		h.t.Errorf("the doctor changed the host: before\n%+v\nafter\n%+v", before, after)
	}
}
