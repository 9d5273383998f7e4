package plan

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"calm/model/action"
	"calm/model/runbook"
	"calm/ops"
	"calm/ops/config"
	"calm/ops/run"
)

func TestPermission(t *testing.T) {
	for text, want := range map[string]string{
		"sudo nginx -s reload":              "sudo -n -l -- nginx -s reload",
		"sudo -n -u deploy pm2 restart app": "sudo -n -l -u deploy -- pm2 restart app",
		"sudo -E -- A=1 systemctl stop x":   "sudo -n -l -- systemctl stop x",
		"/usr/bin/sudo env A=1 nginx":       "/usr/bin/sudo -n -l -- env A=1 nginx",
		"nginx -s reload":                   "",
		"sudo -S nginx":                     "", // it takes its password from somewhere
		"sudo nginx -c $CONF":               "", // not known yet
		"sudo":                              "",
	} {
		calls, ok := action.Calls(text)
		if !ok || len(calls) == 0 && want != "" {
			t.Fatalf("%s: %+v", text, calls)
		}
		got := ""
		for _, c := range calls {
			if argv, ok := permission(c.Own); ok {
				got = strings.Join(argv, " ")
			}
		}
		if got != want {
			t.Errorf("%s: %q, want %q", text, got, want)
		}
	}
}

// A sudo that would ask for a password is found out before the step is shown, and the program itself is
// not run.
func TestSudoIsAskedBefore(t *testing.T) {
	dir := t.TempDir()
	fake := "#!/bin/bash\necho \"$*\" >>" + dir + "/asked\n" +
		"case \"$*\" in *'-l -- nginx'*) exit 0;; *'-l -- pm2'*) echo 'sudo: a password is required' >&2; exit 1;; *' -l '*) exit 1;; esac\ntouch " + dir + "/ran\n"
	if err := os.WriteFile(filepath.Join(dir, "sudo"), []byte(fake), 0o700); err != nil {
		t.Fatal(err)
	}
	p := New(Options{Dir: dir, Exec: run.Local{}, Env: config.Environment{"PATH": dir + ":" + os.Getenv("PATH")}})
	for text, want := range map[string]string{
		"sudo nginx -s reload":                          "",
		"touch a; sudo pm2 restart app":                 "would ask for a password",
		"sudo nginx -s reload && sudo systemctl stop x": `does not let`,
	} {
		_, err := p.Plan(t.Context(), Request{Step: runbook.Step{Kind: runbook.ShellStep, Text: text}})
		if want == "" && err != nil || want != "" && (ops.CodeOf(err) != ops.Denied || !strings.Contains(err.Error(), want)) {
			t.Errorf("%s: %v", text, err)
		}
	}
	raw, err := os.ReadFile(filepath.Join(dir, "asked"))
	asked := strings.Split(strings.TrimSpace(string(raw)), "\n")
	slices.Sort(asked)
	if err != nil || len(asked) != 4 {
		t.Errorf("asked %q, %v", asked, err)
	}
	if _, err := os.Stat(filepath.Join(dir, "ran")); err == nil {
		t.Error("it ran")
	}
}
