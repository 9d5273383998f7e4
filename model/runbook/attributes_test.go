package runbook

import (
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"calm/model/runbook/shell"
)

func TestReadAttributes(t *testing.T) {
	for info, want := range map[string]map[string]string{
		`sh {"name":"restart","interactive":"false"}`:    {"name": "restart", "interactive": "false"},
		`sh {"Name":"x","timeout":90,"background":true}`: {"name": "x", "timeout": "90", "background": "true"},
		`sh{"name":"x"}`:                       {"name": "x"},
		`{"name":"x"}`:                         {"name": "x"},
		`sh { "name" : "a b" } trailing words`: {"name": "a b"},
		`sh {“name”:“x”}`:                      {"name": "x"},
		`sh {"name":"x","tag":["a",{"b":1}],"deep":{"c":[[]]}}`: {"name": "x"},
		`sh {"approval":["CTO","Engineering Lead"]}`:            {"approval": "CTO, Engineering Lead"},
		`sh {name=restart interactive=false}`:                   {"name": "restart", "interactive": "false"},
		`sh { name: restart, timeout: 90s }`:                    {"name": "restart", "timeout": "90s"},
		`sh {'name':'a b'}`:                                     {"name": "a b"},
		`{name: restart}`:                                       {"name": "restart"},
		`{.bash #top name="a b" .wide}`:                         {"name": "a b"},
		`sh name=restart timeout=90s`:                           {"name": "restart", "timeout": "90s"},
		`sh,name=restart`:                                       {"name": "restart"},
		`name=restart`:                                          {"name": "restart"},
		`sh title="a { b" name=x`:                               {"title": "a { b", "name": "x"},
		`sh {expect="a=b, c" exit=1}`:                           {"expect": "a=b, c", "exit": "1"},
		// What is somebody else's is no attribute of calm's, and no mistake either.
		`sh`:                                     {},
		`sh {1,3-5}`:                             {},
		`sh title="deploy.sh" linenums="1`:       {},
		`sh {linenos=table,hl_lines=["1-2",5]}`:  {},
		`{r, echo=FALSE}`:                        {},
		`yaml {{< highlight "x" >}}`:             {},
		`sh {"terminalRows":"20","tag":"a,b"}`:   {"terminalrows": "20", "tag": "a,b"},
		`sh {name=x,name=y}`:                     {"name": "y"},
		`sh {"risk":"reads","risk":"destroys"} `: {"risk": "destroys"},
	} {
		got, err := readAttributes(info)
		if err != nil || !maps.Equal(got.values, want) && len(got.values)+len(want) > 0 {
			t.Errorf("%s: %v, %v; want %v", info, got.values, err, want)
		}
	}
	for _, info := range []string{
		`sh {"name":"x"`, `sh {"name":"x",}`, `sh {"name":}`, `sh {"name" "x"}`, `sh {name=x`, `sh {name="x}`, `sh name="x`,
		`sh {"risk":{"a":1}}`, `sh {"timeout":[1]}`, "sh {\"name\":\"\x01\"}", `sh {"name":"x"]`,
		`sh {"name":"` + strings.Repeat("x", 2*maxInfo) + `"}`, `sh {"x":` + strings.Repeat("[", 4000),
	} {
		if got, err := readAttributes(info); err == nil {
			t.Errorf("%.60s: read as %v", info, got.values)
		}
	}
}

// noteOf parses one fence of a procedure.
func noteOf(t *testing.T, info, commands string) (*Runbook, []Step) {
	t.Helper()
	r, err := Parse("x.md", []byte("# T\n\n## Rollback\n\n```"+info+"\n"+commands+"\n```\n"))
	if err != nil || len(r.Procedures) != 1 {
		t.Fatalf("%v %+v", err, r)
	}
	return r, r.Procedures[0].Steps
}

func TestDamagedNotesAreSaidAndLeftOut(t *testing.T) {
	for info, want := range map[string]string{
		`sh {"name":"x",}`:                               "no JSON object",
		`sh {name=x`:                                     "a } is missing",
		`sh {"timeout":"-4"}`:                            "timeout",
		`sh {"timeout":1e999}`:                           "timeout",
		`sh {"timeout":1e300}`:                           "timeout",
		`sh {"timeout":"NaN"}`:                           "timeout",
		`sh {"timeout":"soon"}`:                          "timeout",
		`sh {"timeout":0}`:                               "timeout",
		`sh {"timeout":""}`:                              "timeout",
		`sh {"risk":"none"}`:                             "risk",
		`sh {"exit":"256"}`:                              "exit",
		`sh {"exit":-1}`:                                 "exit",
		`sh {"expect":"/(/"}`:                            "regular expression",
		`sh {"expect":""}`:                               "expect",
		`sh {"interactive":"maybe"}`:                     "interactive",
		`sh {"effect":"gizmo ok"}`:                       "gizmo ok",
		`sh {"effect":"db health ok; gizmo 4"}`:          "gizmo 4",
		`sh {"effect":"error rate < 5"}`:                 "effect",
		`sh {"approval":", "}`:                           "names nobody",
		`sh {"undo":"a\nrm -rf /"}`:                      "control characters",
		`sh {"undo":"a\u202eb"}`:                         "control characters",
		`sh {"name":"\u001b[2J"}`:                        "control characters",
		`sh {"undo":"` + strings.Repeat("x", 301) + `"}`: "longer than 300",
	} {
		r, steps := noteOf(t, info, "frobnicate --now")
		if len(r.Warnings) != 1 || r.Warnings[0].Line != 5 || !strings.Contains(r.Warnings[0].Text, want) {
			t.Errorf("%s: %v", info, r.Warnings)
		}
		_, bare := noteOf(t, "sh", "frobnicate --now")
		s := steps[0]
		if s.Name != "" || s.Risk != bare[0].Risk || s.Timeout != nil || s.Expect != nil || s.Effects != nil || s.Undo != "" || s.Approval != nil || s.Terminal != nil {
			t.Errorf("%s: something of it stayed: %+v", info, s)
		}
	}
	r, _ := noteOf(t, `sh {"effect":"db health ok","undo":"x","approval":"CTO"}`, "ls /tmp")
	if len(r.Warnings) != 3 {
		t.Errorf("effect, undo and approval of a check: %v", r.Warnings)
	}
}

// No note gets a command past a person: over every pair of what was parsed and what is said.
func TestNoteNeverLowersARisk(t *testing.T) {
	want := map[shell.Risk]map[shell.Risk]shell.Risk{
		shell.Reads:    {"": shell.Reads, shell.Reads: shell.Reads, shell.Changes: shell.Changes, shell.Unknown: shell.Unknown, shell.Destroys: shell.Destroys},
		shell.Changes:  {"": shell.Changes, shell.Reads: shell.Changes, shell.Changes: shell.Changes, shell.Unknown: shell.Unknown, shell.Destroys: shell.Destroys},
		shell.Unknown:  {"": shell.Unknown, shell.Reads: shell.Changes, shell.Changes: shell.Changes, shell.Unknown: shell.Unknown, shell.Destroys: shell.Destroys},
		shell.Destroys: {"": shell.Destroys, shell.Reads: shell.Destroys, shell.Changes: shell.Destroys, shell.Unknown: shell.Destroys, shell.Destroys: shell.Destroys},
	}
	for parsed, row := range want {
		for said, risk := range row {
			if got := (Noted{Declared: said}).Settle(parsed); got != risk {
				t.Errorf("parsed %s, said %s: %s, want %s", parsed, said, got, risk)
			}
		}
	}
	for commands, risk := range map[string]shell.Risk{"rm -rf /srv/x": shell.Destroys, "frobnicate": shell.Changes, "pm2 restart x": shell.Changes} {
		if _, steps := noteOf(t, `sh {"risk":"reads"}`, commands); steps[0].Risk != risk {
			t.Errorf("%s is %s, want %s", commands, steps[0].Risk, risk)
		}
	}
}

func TestNoteOfAFenceWithSeveralCommands(t *testing.T) {
	_, steps := noteOf(t, `sh {"name":"Flag off","timeout":"90s","effect":"widget no within 1m","undo":"turn it on","approval":"CTO","expect":"ok","background":"true","cwd":"/srv"}`,
		"ls /tmp\nexport FLAG=off\npm2 restart shop\ncurl -f http://127.0.0.1/")
	if len(steps) != 4 {
		t.Fatalf("%d steps", len(steps))
	}
	for i, s := range steps {
		if want := []string{"flag-off", "flag-off-2", "flag-off-3", "flag-off-4"}[i]; s.ID != want || s.Name != "Flag off" {
			t.Errorf("%q %q", s.ID, s.Name)
		}
		if s.Timeout == nil || *s.Timeout != 90 || s.Cwd != "/srv" {
			t.Errorf("%d: %+v", i, s.Noted)
		}
		if changes := s.Risk != shell.Reads; (s.Approval != nil) != changes {
			t.Errorf("%s (%s): approval %v", s.Text, s.Risk, s.Approval)
		}
		if last := i == 2; (s.Undo != "") != last || (len(s.Effects) == 1) != last {
			t.Errorf("%s: %+v", s.Text, s.Noted)
		}
		if last := i == 3; s.Background != last || s.Endless != last || (s.Expect != nil) != last {
			t.Errorf("%s: %+v %v", s.Text, s.Noted, s.Expect)
		}
	}
}

func TestNamesBelongToOneFence(t *testing.T) {
	src := "# T\n\n## Rollback\n\n```sh {\"name\":\"go\"}\nls /a\nls /b\n```\n\nThen\n\n```sh {\"name\":\"GO\"}\nls /c\n```\n"
	r, err := Parse("x.md", []byte(src))
	if err != nil {
		t.Fatal(err)
	}
	if len(r.Warnings) != 1 || r.Warnings[0].Line != 12 || !strings.Contains(r.Warnings[0].Text, "line 5") {
		t.Errorf("%v", r.Warnings)
	}
	found := r.StepsNamed("Go")
	if len(found) != 2 || found[1].Step.Text != "ls /b" || len(r.StepsNamed("")) != 0 {
		t.Errorf("%+v", found)
	}
}

// docs/notes.md is a runbook itself: every attribute is explained there, and its example works.
func TestManualOfNotes(t *testing.T) {
	src, err := os.ReadFile("../../docs/notes.md")
	if err != nil {
		t.Fatal(err)
	}
	r, err := Parse("notes.md", src)
	if err != nil || len(r.Warnings) > 0 {
		t.Fatal(err, r.Warnings)
	}
	shown := map[string]bool{}
	r.EachStep(func(ref StepRef) bool {
		s := ref.Step
		for name, has := range map[string]bool{
			"name": s.Name != "", "risk": s.Declared != "", "timeout": s.Timeout != nil, "expect": s.Expect != nil && s.Expect.Pattern != "",
			"exit": s.Expect != nil && s.Expect.Exit != nil, "effect": len(s.Effects) == 2, "undo": s.Undo != "", "approval": s.Approval != nil,
			"cwd": s.Cwd != "", "interactive": s.Interactive, "background": s.Endless,
		} {
			shown[name] = shown[name] || has && strings.Contains(strings.ToLower(ref.Title), name)
		}
		return true
	})
	for name := range noteFields {
		if name != "signal" && !shown[name] {
			t.Errorf("%s has no section with an example of its own", name)
		}
		if !strings.Contains(string(src), "`"+name+"`") && !strings.Contains(string(src), "### "+name+"\n") {
			t.Errorf("%s is not on the page", name)
		}
	}
	var text strings.Builder
	if err := r.WriteText(&text); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"name: restart-shop", "timeout: 10 min", "undo: restart-shop", "approval: CTO, Engineering Lead", "in: /srv/shop", "effect: db health ok for 30s"} {
		if !strings.Contains(text.String(), want) {
			t.Errorf("%q is not shown:\n%s", want, text.String())
		}
	}
}

func FuzzAttributes(f *testing.F) {
	for _, seed := range []string{
		`sh {"name":"restart","interactive":"false"}`, `sh {name=x timeout=90s}`, `{ name: x }`, `sh name='x' risk=reads`, `sh {“name”:1e999}`,
		`sh {"effect":"error rate < 5 % within 2m for 1m and db health ok","expect":"/a+/"}`, `{"a":[[[`, "sh {\"undo\":\"\u202e\"}",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, info string) {
		if strings.ContainsAny(info, "\n\r`") {
			return
		}
		for _, command := range []string{"rm -rf /srv/x", "frobnicate"} {
			r, err := Parse("x.md", []byte("# T\n\n## Rollback\n\n```sh "+info+"\n"+command+"\n```\n"))
			if err != nil {
				return // binary
			}
			r.EachStep(func(ref StepRef) bool {
				s := ref.Step
				if strings.TrimSpace(s.Text) == command && s.Kind == ShellStep && s.Risk == shell.Reads {
					t.Errorf("%q makes %s harmless", info, command)
				}
				if s.Timeout != nil && !(*s.Timeout > 0 && *s.Timeout <= maxTimeout.Seconds()) {
					t.Errorf("%q: timeout %v", info, *s.Timeout)
				}
				for _, v := range []string{s.Name, s.Undo, s.Cwd} {
					if strings.ContainsFunc(v, func(r rune) bool { return r < ' ' }) {
						t.Errorf("%q: %q", info, v)
					}
				}
				if slices.ContainsFunc(s.Effects, func(e Effect) bool { return e.Signal == "" }) {
					t.Errorf("%q: an effect of nothing", info)
				}
				return true
			})
		}
	})
}
