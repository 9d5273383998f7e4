package plan

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"calm/model/action"
	"calm/ops/run"
)

// perform runs a plan to its end under a supervisor.
func perform(t *testing.T, p *Planner, done action.Plan) run.Progress {
	t.Helper()
	root := t.TempDir()
	sup := run.Supervisor{Dir: filepath.Join(root, "actions"), Leases: filepath.Join(root, "leases")}
	h, err := sup.Start(t.Context(), run.Job{Plan: done, Env: p.EnvOf(done), By: "test"})
	if err != nil {
		t.Fatal(err)
	}
	got, err := h.Wait(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return got
}

// A checkout that was made to run programs: what git can be kept from running does not run, neither for
// the proposal nor for the step; what belongs to the checkout itself is named before.
func TestHostileCheckout(t *testing.T) {
	p := planner(t, shop())
	hashes := releases(t, p)
	traps := t.TempDir()
	trap := func(name string) string { return "touch " + filepath.Join(traps, name) }
	write(t, filepath.Join(p.Dir, ".gitattributes"), "file filter=evil\n")
	commit(t, p.Dir, "Release 1.6.0")
	for _, hook := range []string{"post-checkout", "post-index-change", "reference-transaction", "pre-auto-gc", "fsmonitor-watchman"} {
		path := filepath.Join(p.Dir, ".git", "hooks", hook)
		write(t, path, "#!/bin/sh\n"+trap("hook-"+hook)+"\n")
		if err := os.Chmod(path, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	for name, value := range map[string]string{
		"core.fsmonitor":         filepath.Join(p.Dir, ".git", "hooks", "fsmonitor-watchman"),
		"core.hooksPath":         filepath.Join(p.Dir, ".git", "hooks"),
		"core.sshCommand":        trap("ssh"),
		"core.pager":             trap("pager"),
		"pager.log":              trap("pager-log"),
		"core.editor":            trap("editor"),
		"diff.external":          trap("external"),
		"diff.evil.textconv":     trap("textconv"),
		"credential.helper":      "!" + trap("credential"),
		"alias.checkout":         "!" + trap("alias"),
		"filter.evil.smudge":     trap("filter-smudge") + "; cat",
		"filter.evil.clean":      trap("filter-clean") + "; cat",
		"remote.origin.url":      "ssh://nowhere.invalid/x",
		"core.gitProxy":          trap("proxy"),
		"gpg.program":            trap("gpg"),
		"log.showSignature":      "true",
		"uploadpack.hideRefs":    "x",
		"core.askPass":           trap("askpass"),
		"sequence.editor":        trap("sequence"),
		"merge.evil.driver":      trap("merge"),
		"interactive.diffFilter": trap("difffilter"),
	} {
		gitRun(t, p.Dir, "-c", "core.hooksPath=/dev/null", "-c", "core.fsmonitor=false", "config", name, value)
	}
	ran := func() []string {
		t.Helper()
		entries, err := os.ReadDir(traps)
		if err != nil {
			t.Fatal(err)
		}
		var all []string
		for _, e := range entries {
			all = append(all, e.Name())
		}
		return all
	}
	// Touched, so that git compares what is in it.
	write(t, filepath.Join(p.Dir, "file"), "Release 1.6.0")
	if _, err := p.Fillings(t.Context(), step("git checkout <commit>")); err != nil {
		t.Fatal(err)
	}
	got := propose(t, p, Request{Step: step("git checkout --force --detach " + hashes[0])})
	if all := ran(); len(all) > 0 {
		t.Errorf("a proposal ran %q", all)
	}
	contains(t, "notes", got.Notes, "git may run filter.evil.smudge of .git/config: "+trap("filter-smudge"))
	if end := perform(t, p, got); end.Exit.Outcome != "ok" {
		t.Fatalf("%+v\n%s", end.Exit, end.Output)
	}
	for _, name := range ran() {
		if !strings.HasPrefix(name, "filter-") {
			t.Errorf("the checkout ran %q, of which nothing was said", name)
		}
	}
	if why := p.Problem(t.Context(), got); why != "" {
		t.Error(why)
	}
	got = propose(t, p, Request{Step: step("git log --oneline -3 --graph")})
	if end := perform(t, p, got); end.Exit.Outcome != "ok" || !strings.Contains(string(end.Output), "Release 1.4.0") {
		t.Errorf("%+v\n%s", end.Exit, end.Output)
	}
	got = propose(t, p, Request{Step: step("git fetch origin")})
	contains(t, "notes", got.Notes, "core.sshcommand of .git/config")
	got = propose(t, p, Request{Step: step("git co main")})
	if got.Risk == "reads" || got.Risk == "changes" {
		t.Errorf("an alias counts as %s", got.Risk)
	}
	for _, name := range ran() {
		if !strings.HasPrefix(name, "filter-") {
			t.Errorf("%q was run", name)
		}
	}
}

// The hooks that are off for a step do run without calm: the test's traps work.
func TestHooksRunAsWritten(t *testing.T) {
	p := planner(t, shop())
	hashes := releases(t, p)
	trap := filepath.Join(t.TempDir(), "ran")
	hook := filepath.Join(p.Dir, ".git", "hooks", "post-checkout")
	write(t, hook, "#!/bin/sh\ntouch "+trap+"\n")
	if err := os.Chmod(hook, 0o755); err != nil {
		t.Fatal(err)
	}
	perform(t, p, propose(t, p, Request{Step: step("git checkout " + hashes[0])}))
	if _, err := os.Stat(trap); err == nil {
		t.Fatal("the hook ran")
	}
	perform(t, p, propose(t, p, Request{Step: step("git checkout " + hashes[1]), AsWritten: true}))
	if _, err := os.Stat(trap); err != nil {
		t.Error("as written, the hook of the checkout does not run")
	}
}
