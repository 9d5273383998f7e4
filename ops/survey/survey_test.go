package survey

import (
	"context"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"calm/model/doctor"
	"calm/model/runbook"
	"calm/ops"
	"calm/ops/config"
	"calm/ops/mongo"
	"calm/ops/pm2"
	"calm/ops/probe"
	"calm/ops/run"
)

// keeper is a pm2 with two apps.
type keeper struct {
	err  error
	mute chan struct{} // not nil: no answer until it is closed
}

func (k keeper) Processes(ctx context.Context) ([]pm2.Process, error) {
	if k.mute != nil {
		<-k.mute // as a disk does, heedless of the context
	}
	return []pm2.Process{{Name: "shop", Status: "online"}, {Name: "worker", Status: "errored"}, {Name: "pm2-logrotate", Module: true}}, k.err
}

func (k keeper) Env(context.Context, string, []string) (map[string]string, error) {
	return map[string]string{"APP_ONLY": "sk-secret"}, k.err
}

// base is a database that answers, or does not.
type base struct {
	mu    sync.Mutex
	asked []string
	err   error
}

func (b *base) note(q string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.asked = append(b.asked, q)
}

func (b *base) Database() string { return "shop" }

func (b *base) Databases(context.Context) ([]string, error) {
	b.note("databases")
	return []string{"shop", "stats"}, b.err
}

func (b *base) Collections(_ context.Context, db string) ([]string, error) {
	b.note("collections of " + db)
	return map[string][]string{"shop": {"products", "fs.files"}, "stats": {"events"}}[db], b.err
}

func (b *base) Indexes(_ context.Context, db, coll string) ([]mongo.Index, error) {
	b.note("indexes of " + db + "." + coll)
	return []mongo.Index{{Name: "_id_", Keys: "_id: 1"}, {Name: "ready_1_category_1", Keys: "ready: 1, category: 1"}}, b.err
}

// bench is a host in a folder.
type bench struct {
	t       *testing.T
	dir     string
	options Options
}

func newBench(t *testing.T) *bench {
	b := &bench{t: t, dir: t.TempDir()}
	b.options = Options{
		Config: config.Config{
			Host: "prod-1", State: filepath.Join(b.dir, "state"), Workdir: filepath.Join(b.dir, "srv"), Origin: map[string]string{},
			PM2: config.PM2{App: "shop"}, Env: config.Environment{"SET": "x", "EMPTY": "", "PATH": b.dir + "/bin:" + os.Getenv("PATH"), "HOME": b.dir + "/home"},
		},
		PM2: keeper{}, Mongo: &base{}, Nginx: filepath.Join(b.dir, "nginx.conf"),
	}
	b.options.Env = func(...string) []string { return b.options.Config.Env.List() }
	for _, dir := range []string{"state", "srv/src", "home", "bin"} {
		if err := os.MkdirAll(filepath.Join(b.dir, dir), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	return b
}

func (b *bench) write(name, text string) string {
	b.t.Helper()
	full := filepath.Join(b.dir, name)
	if err := os.MkdirAll(filepath.Dir(full), 0o755); err != nil {
		b.t.Fatal(err)
	}
	if err := os.WriteFile(full, []byte(text), 0o755); err != nil {
		b.t.Fatal(err)
	}
	return full
}

// look holds a runbook of these commands against the host.
func (b *bench) look(commands ...string) doctor.Report {
	b.t.Helper()
	text := "# Shop\n\n## Rollback Procedures\n\n### Code Rollback\n\n```bash\n" + strings.Join(commands, "\n\n") + "\n```\n"
	rb, err := runbook.Parse("book.md", []byte(text))
	if err != nil {
		b.t.Fatal(err)
	}
	return Look(b.t.Context(), rb, b.options)
}

// thing finds a thing in a report.
func thing(t *testing.T, r doctor.Report, kind doctor.Kind, name string) doctor.Thing {
	t.Helper()
	i := slices.IndexFunc(r.Things, func(x doctor.Thing) bool { return x.Kind == kind && x.Name == name })
	if i < 0 {
		t.Fatalf("no %s %s in %+v", kind, name, r.Things)
	}
	return r.Things[i]
}

// holds says how a thing must be: its state, and what is said of it.
func holds(t *testing.T, x doctor.Thing, state doctor.State, says string) {
	t.Helper()
	if x.State != state || !strings.Contains(x.Detail+" / "+x.Help, says) {
		t.Errorf("%s %s is %s: %q, do %q; want %s with %q", x.Kind, x.Name, x.State, x.Detail, x.Help, state, says)
	}
	if (x.State == doctor.There) != (x.Help == "") {
		t.Errorf("%s %s is %s, and what to do is %q", x.Kind, x.Name, x.State, x.Help)
	}
}

func TestPrograms(t *testing.T) {
	b := newBench(t)
	own := b.write("bin/own-tool", "")
	b.write("srv/deploy.sh", "")
	r := b.look("own-tool && nowhere-to-be-found; ./deploy.sh; ./other.sh; cd /")
	holds(t, thing(t, r, doctor.Program, "own-tool"), doctor.There, own)
	holds(t, thing(t, r, doctor.Program, "nowhere-to-be-found"), doctor.Missing, "not in the PATH")
	holds(t, thing(t, r, doctor.Program, "./deploy.sh"), doctor.There, "srv/deploy.sh")
	holds(t, thing(t, r, doctor.Program, "./other.sh"), doctor.Missing, "workdir")
}

func TestProcesses(t *testing.T) {
	b := newBench(t)
	b.options.Config.Bindings = map[string]string{"web": "shop"}
	r := b.look("pm2 restart shop", "pm2 restart web", "pm2 stop worker", "pm2 reload gone")
	holds(t, thing(t, r, doctor.Process, "shop"), doctor.There, "online")
	holds(t, thing(t, r, doctor.Process, "worker"), doctor.There, "errored")
	holds(t, thing(t, r, doctor.Process, "gone"), doctor.Missing, "pm2 has shop, worker")
	if x := thing(t, r, doctor.Process, "web"); x.State != doctor.There || x.Here != "shop" {
		t.Errorf("what is bound is looked for by its name here: %+v", x)
	}
	b.options.PM2 = keeper{err: ops.Errorf(ops.Unreachable, "pm2", "no daemon in /x")}
	holds(t, thing(t, b.look("pm2 restart shop"), doctor.Process, "shop"), doctor.Unknown, "no daemon in /x")
}

func TestPaths(t *testing.T) {
	b := newBench(t)
	b.write("srv/src/db.ts", "")
	b.write("backups/20261123/shop/a.bson", "")
	b.write("home/.env", "")
	b.write("srv/logs/a.log", "")
	r := b.look("cat src/db.ts src/gone.ts ~/.env logs/*.log none/*.log", "ls "+b.dir+"/backups/latest "+b.dir+"/backups", "cat src/db.ts/below")
	holds(t, thing(t, r, doctor.Path, "src/db.ts"), doctor.There, filepath.Join(b.dir, "srv/src/db.ts"))
	holds(t, thing(t, r, doctor.Path, "src/gone.ts"), doctor.Missing, "no such file in "+b.dir+"/srv/src")
	holds(t, thing(t, r, doctor.Path, "~/.env"), doctor.There, "")
	holds(t, thing(t, r, doctor.Path, "logs/*.log"), doctor.There, "1 fit")
	holds(t, thing(t, r, doctor.Path, "none/*.log"), doctor.Missing, "")
	holds(t, thing(t, r, doctor.Path, b.dir+"/backups/latest"), doctor.Missing, "of its folders "+b.dir+"/backups is there")
	holds(t, thing(t, r, doctor.Path, b.dir+"/backups"), doctor.There, "")
	holds(t, thing(t, r, doctor.Path, "src/db.ts/below"), doctor.Missing, "")
	b.options.Config.Workdir = ""
	holds(t, thing(t, b.look("cat src/db.ts"), doctor.Path, "src/db.ts"), doctor.Unknown, "workdir")
}

// Whether a variable is there depends on whether a command would see it; no value is shown.
func TestVariables(t *testing.T) {
	b := newBench(t)
	r := b.look("echo $SET $EMPTY $APP_ONLY $NOBODYS")
	holds(t, thing(t, r, doctor.Variable, "SET"), doctor.There, "env in calm.yaml")
	holds(t, thing(t, r, doctor.Variable, "EMPTY"), doctor.Missing, "empty")
	holds(t, thing(t, r, doctor.Variable, "APP_ONLY"), doctor.Missing, "shop has it, but a command in a shell does not see that")
	b.options.Env = func(names ...string) []string { return []string{names0(names) + "=own"} }
	holds(t, thing(t, b.look("echo $OWN"), doctor.Variable, "OWN"), doctor.There, "calm's own")
	for _, x := range r.Things {
		if strings.Contains(x.Detail+x.Help+x.Here, "sk-secret") {
			t.Errorf("a value is shown: %+v", x)
		}
	}
}

func names0(names []string) string {
	if len(names) == 0 {
		return "NONE"
	}
	return names[0]
}

func TestData(t *testing.T) {
	b := newBench(t)
	db := &base{}
	b.options.Mongo = db
	commands := []string{
		`mongosh --eval 'db.products.find({}); db.orders.find({}); db.fs.files.find({})'`, `mongosh --eval 'db.products.createIndex({ ready: 1, category: 1 })'`,
		`mongosh --eval 'db.products.createIndex({ price: 1 })'`, `mongosh --eval 'db.products.dropIndex("old_1")'`, `mongorestore -d stats --collection events --dir=/x`,
		`mongorestore -d lost --dir=/x`,
	}
	r := b.look(commands...)
	holds(t, thing(t, r, doctor.Collection, "products"), doctor.There, "in shop")
	holds(t, thing(t, r, doctor.Collection, "orders"), doctor.Missing, "shop has products, fs.files")
	holds(t, thing(t, r, doctor.Collection, "fs.files"), doctor.There, "in shop")
	holds(t, thing(t, r, doctor.Collection, "stats.events"), doctor.There, "in stats")
	holds(t, thing(t, r, doctor.Database, "lost"), doctor.Missing, "mongod has shop, stats")
	holds(t, thing(t, r, doctor.Index, "products { ready: 1, category: 1 }"), doctor.There, "ready_1_category_1")
	holds(t, thing(t, r, doctor.Index, "products { price: 1 }"), doctor.Missing, "the runbook's own step makes it, line")
	holds(t, thing(t, r, doctor.Index, "products old_1"), doctor.Missing, "_id_, ready_1_category_1")
	slices.Sort(db.asked)
	if once := slices.Compact(slices.Clone(db.asked)); !slices.Equal(once, db.asked) {
		t.Errorf("each question is asked once: %q", db.asked)
	}

	b.options.Mongo = &base{err: ops.Errorf(ops.Unreachable, "mongod", "connection refused on 127.0.0.1:27017")}
	for _, x := range b.look(commands...).Things {
		if x.Kind == doctor.Collection || x.Kind == doctor.Index || x.Kind == doctor.Database {
			holds(t, x, doctor.Unknown, "connection refused on 127.0.0.1:27017")
		}
	}
}

// site is a web server that keeps what it was asked.
type site struct {
	mu   sync.Mutex
	seen []string
}

func (s *site) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	s.seen = append(s.seen, r.Method+" "+r.URL.Path+" by "+r.UserAgent())
	s.mu.Unlock()
	switch r.URL.Path {
	case "/moved":
		http.Redirect(w, r, "/elsewhere", http.StatusFound)
	case "/gone":
		http.NotFound(w, r)
	case "/locked", "/keyed":
		w.WriteHeader(http.StatusForbidden)
	case "/sick":
		w.WriteHeader(http.StatusServiceUnavailable)
	}
}

func TestURLs(t *testing.T) {
	b := newBench(t)
	s := &site{}
	web := httptest.NewServer(s)
	defer web.Close()
	b.options.Config.MetricsURL, b.options.Config.Nginx.AccessLog = web.URL+"/locked", "/var/log/x"
	b.options.Config.Bindings = map[string]string{"https://shop.example": web.URL}
	r := b.look("curl -f https://shop.example/", "curl "+web.URL+"/moved", "curl "+web.URL+"/gone", "curl "+web.URL+"/locked",
		"curl -H 'X: y' "+web.URL+"/keyed", "curl "+web.URL+"/sick", "curl -X POST "+web.URL+"/orders -d x=1")
	holds(t, thing(t, r, doctor.URL, "https://shop.example/"), doctor.There, "answers 200")
	holds(t, thing(t, r, doctor.URL, web.URL+"/moved"), doctor.There, "answers 302")
	holds(t, thing(t, r, doctor.URL, web.URL+"/gone"), doctor.Missing, "answers 404")
	holds(t, thing(t, r, doctor.URL, web.URL+"/locked"), doctor.Missing, "answers 403")
	holds(t, thing(t, r, doctor.URL, web.URL+"/keyed"), doctor.There, "without the step's credentials")
	holds(t, thing(t, r, doctor.URL, web.URL+"/sick"), doctor.Unknown, "answers 503")
	holds(t, thing(t, r, doctor.URL, web.URL+"/orders"), doctor.There, "not asked further")
	if x := thing(t, r, doctor.URL, web.URL+"/locked"); x.How.Instead != "error ratio comes from nginx" {
		t.Errorf("the metrics are refused, and nginx's log is there: %+v", x)
	}
	slices.Sort(s.seen)
	var want []string
	for _, path := range []string{"/", "/gone", "/keyed", "/locked", "/moved", "/sick"} {
		want = append(want, "GET "+path+" by "+probe.UserAgent)
	}
	if !slices.Equal(s.seen, want) {
		t.Errorf("asked were %q, want %q", s.seen, want)
	}
	web.Close()
	holds(t, thing(t, b.look("curl "+web.URL+"/"), doctor.URL, web.URL+"/"), doctor.Unknown, "connection refused")
}

// Another host's address is not asked: it only takes a connection.
func TestAnotherHostIsOnlyReached(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	s := &survey{}
	u := &url.URL{Scheme: "http", Host: l.Addr().String()}
	if a := s.reach(t.Context(), u.Hostname(), port(u)); a.state != doctor.There {
		t.Errorf("%+v", a)
	}
	_ = l.Close()
	if a := s.reach(t.Context(), u.Hostname(), port(u)); a.state != doctor.Unknown {
		t.Errorf("nothing listens, which tells nothing of what is there else: %+v", a)
	}
	b := newBench(t)
	b.options.Config.PageURL = "https://shop.example/"
	conf := &survey{Options: b.options}
	conf.prepare()
	for host, own := range map[string]bool{"127.0.0.1": true, "localhost": true, "prod-1": true, "shop.example": true, "api.deepseek.com": false, "10.1.2.3": false} {
		if conf.own(host) != own {
			t.Errorf("%s is this host's own: %v", host, !own)
		}
	}
	conf.Config.Origin["page_url"] = "the runbook, line 3"
	if conf.own("shop.example") {
		t.Error("the runbook's word does not make a host this one")
	}
	b.write("nginx.conf", "http { server { server_name shop.example; } }")
	conf.prepare()
	if !conf.own("shop.example") {
		t.Error("nginx here answers for it")
	}
}

func TestHosts(t *testing.T) {
	b := newBench(t)
	b.options.Config.Bindings = map[string]string{"production.example.com": "localhost"}
	r := b.look("ssh deploy@production.example.com", "ssh prod-1 'cat /etc/x'")
	holds(t, thing(t, r, doctor.Host, "production.example.com"), doctor.There, "calm is on it")
	holds(t, thing(t, r, doctor.Host, "prod-1"), doctor.There, "what the commands given to ssh name is not looked at")
	// No route leads there, or nobody answers in time: either way nothing on it was looked at.
	holds(t, thing(t, b.look("ssh 192.0.2.1 uptime"), doctor.Host, "192.0.2.1"), doctor.Unknown, "what its steps name there is not looked at")
}

func TestCommits(t *testing.T) {
	b := newBench(t)
	holds(t, thing(t, b.look("git log"), doctor.Commit, "HEAD"), doctor.Missing, "no checkout")
	b.options.Env = func(...string) []string { return append(run.BaseEnv(), "HOME="+b.dir) }
	for _, argv := range [][]string{
		{"git", "init", "--quiet", "--initial-branch=main"}, {"git", "-c", "user.name=t", "-c", "user.email=t@example.com", "commit", "--quiet", "--allow-empty", "-m", "Release 1.0"},
		{"git", "tag", "v1"},
	} {
		if res, err := (run.Local{}).Run(t.Context(), run.Command{Argv: argv, Dir: b.options.Config.Workdir}); err != nil {
			t.Fatalf("%v: %s", err, res.Stderr)
		}
	}
	b.write("srv/package.json", "{}")
	r := b.look("git checkout v1 && git checkout package.json && git checkout release-9")
	holds(t, thing(t, r, doctor.Commit, "HEAD"), doctor.There, "Release 1.0, main")
	holds(t, thing(t, r, doctor.Commit, "v1"), doctor.There, "Release 1.0")
	holds(t, thing(t, r, doctor.Commit, "release-9"), doctor.Missing, "no such commit, branch or tag")
	b.options.Exec = refuses{}
	holds(t, thing(t, b.look("git log"), doctor.Commit, "HEAD"), doctor.Unknown, "not installed")
}

type refuses struct{}

func (refuses) Run(context.Context, run.Command) (run.Result, error) {
	return run.Result{Exit: -1}, ops.Errorf(ops.Unreachable, "git", "git is not installed, or not in PATH")
}

// What hangs is unknown when its time is up; the rest is found all the same.
func TestWhatHangsIsUnknown(t *testing.T) {
	b := newBench(t)
	mute := make(chan struct{})
	defer close(mute)
	b.options.PM2 = keeper{mute: mute}
	begin := time.Now()
	r := b.look("for x in 1; do pm2 restart "+strings.Join(strings.Split("abcdefghijkl", ""), "; pm2 restart ")+"; done", "echo $SET && ls "+b.dir)
	if took := time.Since(begin); took > whole+grace+time.Second {
		t.Errorf("it took %s", took)
	}
	for _, x := range r.Things {
		if x.Kind == doctor.Process {
			holds(t, x, doctor.Unknown, "in time")
		}
	}
	holds(t, thing(t, r, doctor.Variable, "SET"), doctor.There, "")
	holds(t, thing(t, r, doctor.Path, b.dir), doctor.There, "")
}
