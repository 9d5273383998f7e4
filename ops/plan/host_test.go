package plan

import (
	"encoding/binary"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"calm/ops/run"
)

// dump writes a .bson file of n documents.
func dump(t *testing.T, path string, n int) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	var b []byte
	for range n {
		b = binary.LittleEndian.AppendUint32(b, 12)
		b = append(b, make([]byte, 8)...)
	}
	if err := os.WriteFile(path, b, 0o644); err != nil {
		t.Fatal(err)
	}
}

func TestRestore(t *testing.T) {
	p := planner(t, shop())
	dir := filepath.Join(t.TempDir(), "20261123")
	dump(t, filepath.Join(dir, "aurora", "stylistTickets.bson"), 17961)
	dump(t, filepath.Join(dir, "aurora", "products.bson"), 12)
	got := propose(t, p, Request{Step: step(`mongorestore --uri="$MONGODB_URI" --dir=` + dir + ` --drop`)})
	if got.Risk != "destroys" || got.Target != "aurora" || got.Timeout != 0 || got.Lease != "mongo" {
		t.Errorf("%+v", got)
	}
	for _, want := range []string{"stylistTickets 18,204 now, 17,961 in the dump", "products unknown now, 12 in the dump", "what was written since "} {
		if !strings.Contains(got.Lost, want) {
			t.Errorf("%q is not in %q", want, got.Lost)
		}
	}
	contains(t, "notes", got.Notes, "$MONGODB_URI names the database aurora, so this takes "+dir+" for its own folder")
	if got.Kept != "every other collection" || !strings.Contains(got.Undo, "none") {
		t.Errorf("%q %q", got.Kept, got.Undo)
	}
	got = propose(t, p, Request{Step: step(`mongorestore --uri="$MONGODB_URI" --dir=` + dir + ` --drop --nsInclude='aurora.prod*'`)})
	if strings.Contains(got.Lost, "stylistTickets") {
		t.Error(got.Lost)
	}
	got = propose(t, p, Request{Step: step("mongorestore --config=/x.yaml --dir=" + dir + "/aurora --drop")})
	if got.Target != "aurora" || !strings.Contains(got.Lost, "stylistTickets 18,204 now, 17,961 in the dump") {
		t.Errorf("the folder of one database: %q %q", got.Target, got.Lost)
	}
	missing := filepath.Join(filepath.Dir(dir), "latest")
	got = propose(t, p, Request{Step: step(`mongorestore --uri="$MONGODB_URI" --dir=` + missing + ` --drop`)})
	contains(t, "notes", got.Notes, "the newest folder beside it is "+dir)
	if !strings.HasPrefix(got.Lost, "not known") || got.Target == "" {
		t.Errorf("%q %q", got.Lost, got.Target)
	}
}

func TestDumpThatIsNotWhole(t *testing.T) {
	dir := t.TempDir()
	dump(t, filepath.Join(dir, "db", "whole.bson"), 3)
	dump(t, filepath.Join(dir, "db", "zipped.bson.gz"), 1)
	dump(t, filepath.Join(dir, "db", "system.views.bson"), 1)
	dump(t, filepath.Join(dir, "db", "torn.bson"), 2)
	if err := os.Truncate(filepath.Join(dir, "db", "torn.bson"), 20); err != nil {
		t.Fatal(err)
	}
	list, _, err := readDump(dir, "")
	if err != nil || len(list) != 3 {
		t.Fatal(list, err)
	}
	want := map[string]int64{"whole": 3, "zipped": -1, "torn": -1}
	for _, k := range list {
		if k.Database != "db" || k.Documents != want[k.Name] {
			t.Errorf("%+v", k)
		}
	}
	if _, _, err := readDump(t.TempDir(), ""); err == nil {
		t.Error("an empty folder is a dump")
	}
}

func TestEnvPassesOnOnlyWhatIsNamed(t *testing.T) {
	t.Setenv("CALM_CANARY", "x")
	t.Setenv("ASKED_FOR", "y")
	p := planner(t, shop())
	env := p.Env("ASKED_FOR")
	if _, ok := lookup(env, "CALM_CANARY"); ok {
		t.Error("passed on what nobody named")
	}
	if v, _ := lookup(env, "ASKED_FOR"); v != "y" {
		t.Error(env)
	}
	t.Setenv("MONGODB_URI", "mongodb://elsewhere")
	if v, _ := lookup(p.Env("MONGODB_URI"), "MONGODB_URI"); !strings.Contains(v, "127.0.0.1") {
		t.Error("the configuration does not win:", v)
	}
}

// pm2 keeps what it is given: the URI that calm's tools use is none of the app's business.
func TestEnvOfWhatPm2WouldStore(t *testing.T) {
	p := planner(t, shop())
	carried := run.Carried{}.Then(run.Carried{Set: map[string]string{flag: "false"}}, "step 1")
	restart := propose(t, p, Request{Step: step("pm2 restart glowglitch-app"), Carried: carried})
	if _, ok := lookup(p.EnvOf(restart), "MONGODB_URI"); ok {
		t.Error("pm2 would store MONGODB_URI")
	}
	if _, ok := lookup(p.EnvOf(restart), "PATH"); !ok {
		t.Error("PATH is gone")
	}
	read := propose(t, p, Request{Step: step("echo $MONGODB_URI")})
	if _, ok := lookup(p.EnvOf(read), "MONGODB_URI"); !ok {
		t.Error("the command reads MONGODB_URI and does not get it")
	}
}

func TestPackageVersion(t *testing.T) {
	dir := t.TempDir()
	pkg := filepath.Join(dir, "lib", "node_modules", "pm2")
	if err := os.MkdirAll(filepath.Join(pkg, "bin"), 0o755); err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{"package.json": `{"name":"pm2","version": "7.0.4"}`, "bin/pm2": "#!/bin/sh"} {
		if err := os.WriteFile(filepath.Join(pkg, name), []byte(text), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	link := filepath.Join(dir, "pm2")
	if err := os.Symlink(filepath.Join(pkg, "bin", "pm2"), link); err != nil {
		t.Fatal(err)
	}
	if v := packageVersion(link); v != "7.0.4" {
		t.Errorf("%q", v)
	}
	if v := packageVersion("/bin/sh"); v != "" {
		t.Errorf("%q", v)
	}
}
