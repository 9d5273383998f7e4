package survey

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"calm/model/doctor"
	"calm/model/runbook"
)

func check(t *testing.T, r doctor.Report, name string) doctor.Check {
	t.Helper()
	i := slices.IndexFunc(r.Checks, func(c doctor.Check) bool { return c.Name == name })
	if i < 0 {
		t.Fatalf("no check of the %s: %+v", name, r.Checks)
	}
	return r.Checks[i]
}

func TestBackup(t *testing.T) {
	b := newBench(t)
	if r := b.look("ls"); slices.ContainsFunc(r.Checks, func(c doctor.Check) bool { return c.Name == "backup" }) {
		t.Error("a runbook that restores nothing needs no backup")
	}
	dump := b.write("backups/20261123/shop/products.bson", strings.Repeat("x", 84<<10))
	hourAgo := time.Now().Add(-time.Hour - time.Minute)
	if err := os.Chtimes(dump, hourAgo, hourAgo); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(b.dir+"/backups/20261123", b.dir+"/backups/latest"); err != nil {
		t.Fatal(err)
	}
	c := check(t, b.look("mongorestore --drop --dir="+b.dir+"/backups/latest"), "backup")
	if c.State != doctor.There || !strings.HasPrefix(c.Text, "newest backup 1 h old, 84 kB; ") || !strings.HasSuffix(c.Text, " free") {
		t.Errorf("%+v", c)
	}
	c = check(t, b.look("mongorestore --drop --dir="+b.dir+"/backups/gone"), "backup")
	if c.State != doctor.Missing || !strings.Contains(c.Detail, b.dir+"/backups/20261123") || c.Help == "" {
		t.Errorf("the newest beside it is offered: %+v", c)
	}
}

func TestJournal(t *testing.T) {
	b := newBench(t)
	if c := check(t, b.look("ls"), "journal"); c.State != doctor.There || !strings.HasPrefix(c.Text, "journal writable, ") || !strings.HasSuffix(c.Text, " ms a sync") {
		t.Errorf("%+v", c)
	}
	if left, _ := os.ReadDir(b.dir + "/state"); len(left) != 0 {
		t.Errorf("the trial left %v", left)
	}
	b.options.Config.State = b.dir + "/not/yet"
	if c := check(t, b.look("ls"), "journal"); c.State != doctor.There || !strings.Contains(c.Text, "first incident") {
		t.Errorf("%+v", c)
	}
	if exists(b.dir + "/not") {
		t.Error("a look made the folder")
	}
	b.options.Config.State = b.write("in-the-way", "")
	if c := check(t, b.look("ls"), "journal"); c.State != doctor.Missing || !strings.Contains(c.Help, "--state") {
		t.Errorf("%+v", c)
	}
	b.options.Observe = true
	if c := check(t, b.look("ls"), "journal"); !strings.Contains(c.Text, "only observes") {
		t.Errorf("%+v", c)
	}
}

func TestPlaceholders(t *testing.T) {
	b := newBench(t)
	b.options.Fillings = func(_ context.Context, s runbook.Step) (map[string][]string, error) {
		return map[string][]string{"<commit>": {"4f2c1a9"}}, nil
	}
	if c := check(t, b.look("git checkout <commit>"), "placeholders"); c.State != doctor.There || c.Detail != "<commit>" {
		t.Errorf("%+v", c)
	}
	if c := check(t, b.look("git checkout <commit>", "kill <pid-of-it>"), "placeholders"); c.State != doctor.Unknown || c.Text != "1 of 2 placeholders have no suggestions" || c.Detail != "<pid-of-it>" {
		t.Errorf("%+v", c)
	}
}

const kill = "# Shop\n\n## Emergency Kill Switch\n\n```bash\ncurl -f https://shop.example/api/health\n\nnginx -t && nginx -s reload\n```\n\n```nginx\nlocation ^~ /api/support/ {\n  return 503;\n}\n```\n"

func (b *bench) kills() doctor.Report {
	b.t.Helper()
	rb, err := runbook.Parse("book.md", []byte(kill))
	if err != nil {
		b.t.Fatal(err)
	}
	return Look(b.t.Context(), rb, b.options)
}

func TestSites(t *testing.T) {
	b := newBench(t)
	const location = "location ^~ /api/support/"
	r := b.kills()
	holds(t, thing(t, r, doctor.Site, "shop.example"), doctor.Unknown, "nginx.conf")
	holds(t, thing(t, r, doctor.Site, location), doctor.Missing, "nginx.snippets")

	snippets := filepath.Join(b.dir, "snippets")
	b.options.Config.Nginx.Snippets = snippets
	b.write("nginx.conf", "http { server { server_name other.example; } }")
	r = b.kills()
	holds(t, thing(t, r, doctor.Site, "shop.example"), doctor.Missing, "nginx has other.example")
	holds(t, thing(t, r, doctor.Site, location), doctor.Missing, snippets+" is no folder")

	if err := os.Mkdir(snippets, 0o755); err != nil {
		t.Fatal(err)
	}
	holds(t, thing(t, b.kills(), doctor.Site, location), doctor.Missing, "no server block includes "+snippets)

	b.options.Config.Nginx.Site = b.write("site.conf", "server { server_name *.shop.example shop.example; include "+snippets+"/*.conf; }")
	r = b.kills()
	holds(t, thing(t, r, doctor.Site, "shop.example"), doctor.There, "site.conf, line 1")
	holds(t, thing(t, r, doctor.Site, location), doctor.There, "it can be put into "+snippets)
	if len(r.Notes) != 1 || !strings.Contains(r.Notes[0], "flag file") || !strings.Contains(r.Notes[0], "^~ /api/support/") {
		t.Errorf("a flag file is better: %q", r.Notes)
	}

	b.write("site.conf", "server { server_name shop.example; include "+snippets+"/*.conf; location ^~ /api/support/ { if (-f /run/x) { return 503; } } }")
	r = b.kills()
	holds(t, thing(t, r, doctor.Site, location), doctor.There, "in the site already")
	if len(r.Notes) != 0 {
		t.Errorf("it is provisioned: %q", r.Notes)
	}
}

func TestCertain(t *testing.T) {
	for head, want := range map[string]string{"/api/": "^~ /api/", "^~ /api/": "^~ /api/", "= /api": "= /api", "~ ^/api": "~ ^/api"} {
		if got := certain(head); got != want {
			t.Errorf("%s became %s", head, got)
		}
	}
}

func TestServes(t *testing.T) {
	for _, c := range []struct {
		name, host string
		want       bool
	}{
		{"shop.example", "shop.example", true}, {"shop.example", "www.shop.example", false}, {"*.shop.example", "www.shop.example", true},
		{"*.shop.example", "shop.example", false}, {".shop.example", "shop.example", true}, {".shop.example", "a.shop.example", true},
		{"*.shop.example", "myshop.example", false}, {"_", "shop.example", false}, {"*", "shop.example", false}, {"", "", false},
	} {
		if got := serves([]string{c.name}, c.host); got != c.want {
			t.Errorf("%q for %q: %v", c.name, c.host, got)
		}
	}
}

// snapshot is every file of a folder with its size and the time of its last change.
func snapshot(t *testing.T, dir string) string {
	t.Helper()
	var out strings.Builder
	err := filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
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
		t.Fatal(err)
	}
	return out.String()
}

// A look leaves the host as it was, calm's own folder apart, where a trial file comes and goes.
func TestALookChangesNothing(t *testing.T) {
	b := newBench(t)
	b.write("srv/src/db.ts", "x")
	b.write("backups/latest/shop/a.bson", "x")
	b.options.Config.State = filepath.Join(t.TempDir(), "state")
	before := snapshot(t, b.dir)
	b.look("mkdir -p "+b.dir+"/made; touch "+b.dir+"/made/x; rm -rf "+b.dir+"/srv", "cat src/db.ts > "+b.dir+"/copy", "pm2 delete all",
		"mongorestore --drop --dir="+b.dir+"/backups/latest", "git checkout <bad-sha>", "./made.sh > /dev/null")
	if after := snapshot(t, b.dir); after != before {
		t.Errorf("before\n%s\nafter\n%s", before, after)
	}
}
