package plan_test

import (
	"bytes"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"calm/model/runbook"
)

const canary = "c4nary-passw0rd"

// passwords runs MongoDB's tools with a password in the address, and reads the arguments of every
// process meanwhile: as written it is seen there, and as calm runs them it is not.
func (r *real) passwords(t *testing.T) {
	plain := r.Options.Env["MONGODB_URI"]
	t.Cleanup(func() { r.Options.Env["MONGODB_URI"] = plain })
	if _, got := r.do(t, step(`mongosh "$MONGODB_URI" --quiet --eval 'db.getSiblingDB("admin").createUser({user: "calm", pwd: "`+canary+`", roles: ["root"]})'`), true); got.Exit.Outcome != "ok" {
		t.Fatalf("%+v %s", got.Exit, got.Output)
	}
	u, err := url.Parse(plain)
	if err != nil {
		t.Fatal(err)
	}
	u.User = url.UserPassword("calm", canary)
	u.RawQuery += "&authSource=admin"
	r.Options.Env["MONGODB_URI"] = u.String()

	dump := filepath.Join(t.TempDir(), "dump")
	for _, test := range []struct {
		step runbook.Step
		want string // in the output
	}{
		{step(`mongodump --uri="$MONGODB_URI" --out=` + dump), "done dumping"},
		{step(`mongorestore --uri "$MONGODB_URI" --dir=` + dump + `/glowglitch --drop`), "restored successfully"},
		{step(`mongosh $MONGODB_URI --quiet --eval "db.products.countDocuments()"`), "\n"},
	} {
		if !seen(t, func() { r.do(t, test.step, true) }) {
			t.Errorf("%s: as written, its password was not seen: this test sees nothing", test.step.Text)
		}
		if seen(t, func() {
			p, got := r.do(t, test.step, false)
			if got.Exit.Outcome != "ok" || !strings.Contains(string(got.Output), test.want) || len(p.Changes) != 1 || p.Risk != string(test.step.Risk) {
				t.Errorf("%s: %s, %s, %q\n%s", p.Command, p.Risk, got.Exit.Text, p.Changes, got.Output)
			}
			if bytes.Contains(got.Output, []byte(canary)) {
				t.Errorf("%s: its password is in its output", p.Command)
			}
		}) {
			t.Errorf("%s: its password was seen among the arguments of a process", test.step.Text)
		}
	}
}

// seen says whether the canary stood in the arguments of any process while do ran.
func seen(t *testing.T, do func()) bool {
	t.Helper()
	var found, done atomic.Bool
	stopped := make(chan struct{})
	go func() {
		defer close(stopped)
		for !done.Load() {
			all, _ := filepath.Glob("/proc/[0-9]*/cmdline")
			for _, path := range all {
				if b, err := os.ReadFile(path); err == nil && bytes.Contains(b, []byte(canary)) {
					found.Store(true)
				}
			}
		}
	}()
	do()
	done.Store(true)
	<-stopped
	return found.Load()
}
