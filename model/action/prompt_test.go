package action

import (
	"fmt"
	"testing"

	"calm/model/runbook"
)

// stepsOf reads a fence.
func stepsOf(t *testing.T, fence string) []runbook.Step {
	t.Helper()
	rb, err := runbook.Parse("x.md", []byte("# Shop\n\n## Rollback by flag\n\n```bash\n"+fence+"\n```\n"))
	if err != nil || len(rb.Procedures) != 1 {
		t.Fatalf("%v %+v", err, rb)
	}
	return rb.Procedures[0].Steps
}

func TestPromptAt(t *testing.T) {
	tests := []struct {
		name, fence string
		want        string // for each step: how deep, its session, o where it opens, l where it leaves
	}{
		{"none", "cd /x\nls", "0/0 0/0"},
		{"a host", "ssh prod.example.com\ncd /srv\npm2 restart shop", "0/1o 1/1 1/1"},
		{"and back", "ssh -p 2222 deploy@prod.example.com\nls\nexit\nls", "0/1o 1/1 1/1l 0/0"},
		{"back with nothing done", "ssh prod.example.com\nexit\nls", "0/0 1/1l 0/0"},
		{"the last step", "ls\nssh prod.example.com", "0/0 0/0"},
		{"two hosts in turn", "ssh a.example.com\nls\nexit\nssh b.example.com\nls\nlogout\nls", "0/1o 1/1 1/1l 0/4o 1/4 1/4l 0/0"},
		{"one from the other", "ssh a.example.com\nssh b.example.com\nls\nexit\nls", "0/1o 1/2o 2/2 2/2l 1/1"},
		{"this host", "ssh here.example.com\nls\nexit\nls", "0/0o 0/0 0/0l 0/0"},
		{"through this host", "ssh here.example.com\nsudo -i\nls", "0/0o 0/2o 1/2"},
		{"another user", "sudo -i\nls", "0/1o 1/1"},
		{"su", "sudo su - deploy\nls", "0/1o 1/1"},
		{"a container", "docker exec -it db bash\nls\nexit\nls", "0/1o 1/1 1/1l 0/0"},
		{"a command in a container", "docker exec db ls\nls", "0/0 0/0"},
		{"a command there", "ssh prod.example.com 'pm2 restart shop'\nls", "0/0 0/0"},
		{"a script there", "ssh prod.example.com <<EOF\nls\nEOF\nls", "0/0 0/0"},
		{"an exit of its own", "exit\nls", "0/0 0/0"},
		{"an exit with a code", "ssh prod.example.com\nexit 1\nls", "0/1o 1/1 1/1"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			steps := stepsOf(t, tt.fence)
			got := ""
			for _, s := range steps {
				p := PromptAt(steps, s.ID, func(s runbook.Step) bool { return s.Remote == "here.example.com" })
				got += fmt.Sprintf(" %d/%d", len(p.Within), p.Session)
				if p.Opens {
					got += "o"
				}
				if p.Leaves {
					got += "l"
				}
			}
			if got != " "+tt.want {
				t.Errorf("%s, want %s", got[1:], tt.want)
			}
		})
	}
}

func TestAsUser(t *testing.T) {
	for text, want := range map[string]string{
		"sudo -i": "root", "sudo -s": "root", "sudo su -": "root", "su -": "root", "su": "root", "su - deploy": "deploy",
		"sudo -u deploy -i": "deploy", "sudo su - deploy": "deploy", "bash": "ana",
		"docker exec -it db bash": "", "ssh prod.example.com": "", "ls": "",
	} {
		if got, _ := AsUser(stepsOf(t, text+"\nls")[0], "ana"); got != want {
			t.Errorf("%s: %q, want %q", text, got, want)
		}
	}
}
