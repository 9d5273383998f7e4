package run

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"calm/model/action"
)

// swapped are the ways in which a program becomes another one behind a plan's back.
var swapped = map[string]func(t *testing.T, bin, other string){
	"script rewritten": func(t *testing.T, bin, _ string) { program(t, bin+"/tool", "#!/bin/sh\necho evil\n") },
	"link turned": func(t *testing.T, bin, _ string) {
		program(t, bin+"/evil", "#!/bin/sh\necho evil\n")
		if err := os.Rename(bin+"/link", bin+"/was"); err != nil {
			t.Fatal(err)
		}
		if err := os.Symlink("evil", bin+"/link"); err != nil {
			t.Fatal(err)
		}
	},
	"one before it in PATH": func(t *testing.T, _, other string) { program(t, other+"/tool", "#!/bin/sh\necho evil\n") },
	"removed": func(t *testing.T, bin, _ string) {
		if err := os.Remove(bin + "/tool"); err != nil {
			t.Fatal(err)
		}
	},
	"binary of the same size and age": func(t *testing.T, bin, _ string) {
		info, err := os.Stat(bin + "/large")
		if err != nil {
			t.Fatal(err)
		}
		program(t, bin+"/large", strings.Repeat("y", int(info.Size())))
		if err := os.Chtimes(bin+"/large", info.ModTime(), info.ModTime()); err != nil {
			t.Fatal(err)
		}
	},
	"interpreter": func(t *testing.T, bin, _ string) { program(t, bin+"/lang", "#!/bin/sh\necho evil\n") },
}

func program(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o700); err != nil {
		t.Fatal(err)
	}
}

// tools are a folder of programs, one before it in PATH, and a job that uses them as they are now.
func tools(t *testing.T) (bin, other string, j Job) {
	t.Helper()
	bin, other = t.TempDir(), t.TempDir()
	program(t, bin+"/tool", "#!/bin/sh\necho good\n")
	program(t, bin+"/lang", "#!/bin/sh\nexec sh \"$@\"\n")
	program(t, bin+"/script", "#!/usr/bin/env lang\necho good\n")
	program(t, bin+"/large", strings.Repeat("x", readWhole+1))
	if err := os.Symlink("tool", bin+"/link"); err != nil {
		t.Fatal(err)
	}
	path := other + ":" + bin + ":" + os.Getenv("PATH")
	j = job("tool; link", func(p *action.Plan) {
		for _, name := range []string{"tool", "link", "script", "large"} {
			id, err := Identity(filepath.Join(bin, name), path)
			if err != nil {
				t.Fatal(err)
			}
			p.Programs = append(p.Programs, action.Program{Name: name, Path: filepath.Join(bin, name), Identity: id})
		}
	})
	j.Env = append(j.Env, "PATH="+path)
	return bin, other, j
}

// What was shown is what runs, down to the programs.
func TestProgramSwappedAfterThePlan(t *testing.T) {
	for name, swap := range swapped {
		bin, other, j := tools(t)
		swap(t, bin, other)
		s := supervisor(t)
		_, err := s.Start(t.Context(), j)
		if err == nil || !strings.Contains(err.Error(), "propose the step again") {
			t.Errorf("%s: it started: %v", name, err)
		}
		if _, err := os.Stat(filepath.Join(s.Dir, j.Plan.Op, childFile)); err == nil {
			t.Errorf("%s: a process was made for it", name)
		}
	}
	_, _, j := tools(t)
	if p := finish(t, start(t, supervisor(t), j)); p.Exit.Outcome != "ok" || string(p.Output) != "good\ngood\n" {
		t.Errorf("unchanged, it ended as %+v, %q", p.Exit, p.Output)
	}
}

// Looking at programs costs next to nothing, however large they are.
func TestIdentityIsCheap(t *testing.T) {
	path := filepath.Join(t.TempDir(), "huge")
	program(t, path, "x")
	if err := os.Truncate(path, 1<<40); err != nil {
		t.Fatal(err)
	}
	since := time.Now()
	if id, err := Identity(path, ""); err != nil || id == "" || time.Since(since) > time.Second {
		t.Errorf("%q, %v, after %s", id, err, time.Since(since))
	}
}
