package practice

import (
	"context"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"

	"calm/ops"
)

func TestParseStat(t *testing.T) {
	line := "42 (a (b) c) S 7 42 42 0 -1 4194560 100 0 0 0 1 2 0 0 20 0 11 0 987654 1 2 3"
	got, ok := parseStat(line)
	if want := (procStat{state: 'S', parent: 7, start: 987654}); !ok || got != want {
		t.Errorf("parseStat = %+v, %v; want %+v", got, ok, want)
	}
	for _, bad := range []string{"", "42 (sh", "42 (sh) S 7", "42 (sh) S x 42 42 0 -1 4194560 100 0 0 0 1 2 0 0 20 0 11 0 9"} {
		if _, ok := parseStat(bad); ok {
			t.Errorf("parseStat(%q) was accepted", bad)
		}
	}
}

func TestAProcessIsMoreThanItsID(t *testing.T) {
	self, ok := identify(os.Getpid())
	if !ok || !self.alive() {
		t.Fatalf("this very process does not seem to be alive: %+v", self)
	}
	recycled := process{PID: self.PID, Start: self.Start + 1}
	if recycled.alive() {
		t.Error("a process with the same id and another start was taken for the remembered one")
	}
	recycled.kill() // must spare this test
	if (process{}).alive() {
		t.Error("no process at all is alive")
	}
}

func TestNodeMajor(t *testing.T) {
	for version, want := range map[string]int{"v20.20.2": 20, "v9.0.0": 9, "": 0, "nonsense": 0} {
		if got := nodeMajor(version); got != want {
			t.Errorf("nodeMajor(%q) = %d, want %d", version, got, want)
		}
	}
}

func TestTakesLog(t *testing.T) {
	for text, want := range map[string]bool{
		"nginx version: nginx/1.22.1\nbuilt by gcc": true,
		"nginx version: nginx/1.19.5":               true,
		"nginx version: nginx/1.18.0 (Ubuntu)":      false,
		"something else":                            false,
	} {
		if got := takesLog(text); got != want {
			t.Errorf("takesLog(%q) = %v, want %v", text, got, want)
		}
	}
}

func TestMissingLibraries(t *testing.T) {
	ldd := "\tlinux-vdso.so.1 (0x7)\n\tlibcurl.so.4 => not found\n\tlibz.so.1 => /lib/libz.so.1 (0x8)\n\tlibpcre2-8.so.0 => not found\n\tlibcurl.so.4 => not found\n"
	if got, want := missingLibraries(ldd), []string{"libcurl.so.4", "libpcre2-8.so.0"}; !reflect.DeepEqual(got, want) {
		t.Errorf("missingLibraries = %q, want %q", got, want)
	}
}

func TestLibraryPackages(t *testing.T) {
	for soname, want := range map[string]string{
		"libcurl.so.4":        "libcurl4",
		"libpcre2-8.so.0":     "libpcre2-8-0",
		"libidn2.so.0":        "libidn2-0",
		"libgssapi_krb5.so.2": "libgssapi-krb5-2",
		"libldap-2.5.so.0":    "libldap-2.5-0",
		"libcrypto.so.3":      "libssl3",
		"libz.so.1":           "zlib1g",
	} {
		if got := libraryPackages(soname); !slices.Contains(got, want) {
			t.Errorf("libraryPackages(%q) = %q, want %q among them", soname, got, want)
		}
	}
}

func TestVerifyRefusesAnotherFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "wheel")
	if err := os.WriteFile(path, []byte("abc"), 0o644); err != nil {
		t.Fatal(err)
	}
	const sum = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
	if err := verify(path, sum); err != nil {
		t.Errorf("the right file was refused: %v", err)
	}
	if err := verify(path, strings.Repeat("0", 64)); ops.CodeOf(err) != ops.Invalid {
		t.Errorf("another file was accepted: %v", err)
	}
}

func TestInstallIsWholeOrNotThere(t *testing.T) {
	c := cache{dir: t.TempDir(), log: func(string) {}}
	half := func(dir string) error {
		return errors.Join(os.WriteFile(filepath.Join(dir, "half"), nil, 0o644), errors.New("cut off"))
	}
	if _, err := c.install("tool", "a tool", half); err == nil {
		t.Fatal("a failed installation was taken for a good one")
	}
	if left, _ := os.ReadDir(c.dir); len(left) != 0 {
		t.Errorf("a failed installation left %v", left)
	}
	calls := 0
	whole := func(dir string) error { calls++; return os.WriteFile(filepath.Join(dir, "whole"), nil, 0o644) }
	for range 2 {
		dir, err := c.install("tool", "a tool", whole)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := os.Stat(filepath.Join(dir, "whole")); err != nil {
			t.Error(err)
		}
	}
	if calls != 1 {
		t.Errorf("installed %d times, want once", calls)
	}
	if err := os.Mkdir(filepath.Join(c.dir, "new-123"), 0o755); err != nil {
		t.Fatal(err)
	}
	c.clearInterrupted()
	if left, _ := os.ReadDir(c.dir); len(left) != 1 {
		t.Errorf("after an interrupted installation was cleared: %v, want the tool alone", left)
	}
}

func TestFreePortsDifferAndAreBelowOutgoingOnes(t *testing.T) {
	p, err := freePorts(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	all := []int{p.Nginx, p.App, p.Mongod, p.DeepSeek}
	slices.Sort(all)
	if len(slices.Compact(all)) != 4 {
		t.Errorf("ports are not four different ones: %+v", p)
	}
	for _, n := range all {
		if n < lowestPort || n >= portsBelow() {
			t.Errorf("port %d is outside %d to %d", n, lowestPort, portsBelow())
		}
	}
}

func TestChangelogUpTo(t *testing.T) {
	log := "# Changelog\n\n## 1.2.0\n\n- b\n\n## 1.1.0\n\n- a\n"
	for version, want := range map[string]string{
		"1.2.0": log,
		"1.1.0": "# Changelog\n\n## 1.1.0\n\n- a\n",
		"9.9.9": "# Changelog\n",
	} {
		if got := changelogUpTo(log, version); got != want {
			t.Errorf("changelogUpTo(%s) = %q, want %q", version, got, want)
		}
	}
}

func TestBaselineIsTheEmbeddedVersion(t *testing.T) {
	text, err := files.ReadFile("app/package.json")
	if err != nil {
		t.Fatal(err)
	}
	var p struct{ Version string }
	if err := json.Unmarshal(text, &p); err != nil || p.Version != baseline {
		t.Errorf("app/package.json has version %q (%v), the healthy release is %q", p.Version, err, baseline)
	}
}

// Every package must be pinned by hash, and from whatever registry the machine uses.
func TestLockFilesPinByHashAndNameNoRegistry(t *testing.T) {
	for _, folder := range []string{"tools", "app"} {
		text, err := files.ReadFile(folder + "/package-lock.json")
		if err != nil {
			t.Fatal(err)
		}
		var lock struct {
			Packages map[string]struct{ Version, Integrity, Resolved string }
		}
		if err := json.Unmarshal(text, &lock); err != nil {
			t.Fatal(err)
		}
		if len(lock.Packages) < 5 {
			t.Errorf("%s: %d packages locked", folder, len(lock.Packages))
		}
		for name, p := range lock.Packages {
			if name != "" && (!strings.HasPrefix(p.Integrity, "sha512-") || p.Resolved != "") {
				t.Errorf("%s: %s: integrity %q, resolved %q", folder, name, p.Integrity, p.Resolved)
			}
		}
	}
}

func TestEveryFaultyReleaseReplacesFilesOfTheShop(t *testing.T) {
	err := fs.WalkDir(files, "releases", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		_, inRelease, _ := strings.Cut(strings.TrimPrefix(path, "releases/"), "/")
		_, err = fs.Stat(files, "app/"+inRelease)
		return err
	})
	if err != nil {
		t.Error(err)
	}
}

func TestFaultsAreTheFiveScenariosAndMore(t *testing.T) {
	numbers, names := map[int]bool{}, map[string]bool{}
	for _, f := range Faults() {
		if names[f.Name] || f.Title == "" || f.Scenario == "" {
			t.Errorf("fault %+v: its name must be its own, its title and scenario must be said", f)
		}
		names[f.Name], numbers[f.Number] = true, true
	}
	for n := range 6 {
		if !numbers[n] {
			t.Errorf("no fault with the number %d", n)
		}
	}
}

func testHost(t *testing.T) *Host {
	t.Helper()
	h, err := locate(Options{Dir: filepath.Join(t.TempDir(), "host"), Cache: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	h.rec.Ports = ports{Nginx: 10001, App: 10002, Mongod: 10003, DeepSeek: 10004}
	h.rec.Backup = h.path("backups", "20261123")
	h.rec.Tools = tools{Node: "/opt/node/bin/node", NPM: "/opt/node/bin/npm", Git: "/usr/bin/git", Nginx: "/usr/sbin/nginx", Mongod: "/cache/mongod"}
	h.rec.Processes = map[string]process{}
	return h
}

func TestConfigBindsTheRunbooksNames(t *testing.T) {
	h := testHost(t)
	if err := h.layOut(); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(h.ConfigPath())
	if err != nil {
		t.Fatal(err)
	}
	var c config
	if err := yaml.UnmarshalWithOptions(text, &c, yaml.Strict()); err != nil {
		t.Fatalf("calm.yaml can't be read back: %v\n%s", err, text)
	}
	if !reflect.DeepEqual(c, h.config()) {
		t.Errorf("calm.yaml = %+v, want %+v", c, h.config())
	}
	for from, want := range map[string]string{
		"https://glowglitch.com":    "http://127.0.0.1:10001",
		"https://api.deepseek.com":  "http://127.0.0.1:10004",
		"/backups/latest":           h.rec.Backup,
		"production.glowglitch.com": "localhost",
	} {
		if c.Bind[from] != want {
			t.Errorf("bind %s = %q, want %q", from, c.Bind[from], want)
		}
	}
	if first, _, _ := strings.Cut(c.Env["PATH"], ":"); first != h.path("bin") {
		t.Errorf("PATH begins with %s, want the host's own programs", first)
	}
	if strings.Contains(strings.Join(h.Env(), "\n"), marker) {
		t.Errorf("an operator's shell carries %s: down would end what it started", marker)
	}
}

func TestEnvShellFileQuotes(t *testing.T) {
	if got, want := shellQuote("it's $HOME"), `'it'\''s $HOME'`; got != want {
		t.Errorf("shellQuote = %s, want %s", got, want)
	}
}

func TestRefusals(t *testing.T) {
	dir := t.TempDir()
	for name, c := range map[string]struct {
		do   func() error
		code ops.Code
		says string
	}{
		"open where there is none": {func() error { _, err := Open(dir); return err }, ops.Unreachable, "calm practice up"},
		"a folder in use": {func() error {
			if err := os.WriteFile(filepath.Join(dir, "thesis.txt"), nil, 0o644); err != nil {
				t.Fatal(err)
			}
			_, err := Up(context.Background(), Options{Dir: dir, Cache: t.TempDir()})
			return err
		}, ops.Conflict, "choose another folder"},
		"too long": {func() error { _, err := Open(filepath.Join(dir, strings.Repeat("d", 100))); return err }, ops.Invalid, "too long"},
		"odd name": {func() error { _, err := Open(dir + "/a{b}"); return err }, ops.Invalid, "choose another folder"},
		"a record of another kind": {func() error {
			other := t.TempDir()
			if err := os.WriteFile(filepath.Join(other, recordName), []byte("{"), 0o644); err != nil {
				t.Fatal(err)
			}
			_, err := Open(other)
			return err
		}, ops.Invalid, recordName},
	} {
		err := c.do()
		if ops.CodeOf(err) != c.code || !strings.Contains(err.Error(), c.says) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: %v (%s), want code %s and %q in one line", name, err, ops.CodeOf(err), c.code, c.says)
		}
	}
	if _, err := os.Stat(filepath.Join(dir, "thesis.txt")); err != nil {
		t.Errorf("a folder that is no practice host was touched: %v", err)
	}
}

func TestDownOfAHostThatIsGone(t *testing.T) {
	h := testHost(t)
	if err := h.Down(context.Background()); err != nil {
		t.Errorf("down where there is no host: %v", err)
	}
}
